"""The guide under /guide: its pages where it is built, a sentence where it is not."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from earnest.web.guide import mount_guide


def test_guide_that_is_not_built_says_what_to_do(tmp_path: Path) -> None:
    app = FastAPI()
    mount_guide(app, tmp_path / "nowhere")
    client = TestClient(app)
    for path in ("/guide", "/guide/", "/guide/start.html"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert "run `make docs`" in answer.text


def test_guide_that_is_built_is_served_with_its_pages(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<h1>Guide</h1>")
    (tmp_path / "start.html").write_text("<h1>Start</h1>")
    app = FastAPI()
    mount_guide(app, tmp_path)
    client = TestClient(app)
    assert "Guide" in client.get("/guide/").text
    assert "Start" in client.get("/guide/start.html").text
    assert client.get("/guide/../start.html").status_code in (200, 404)
    assert client.get("/guide/absent.html").status_code == 404
