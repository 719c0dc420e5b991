"""The guide under /guide: its pages where it is built, a sentence where it is not."""

import asyncio
from pathlib import Path

import httpx
from fastapi import FastAPI

from earnest.web.guide import mount_guide


def _ask(built: Path, *paths: str) -> list[httpx.Response]:
    app = FastAPI()
    mount_guide(app, built)

    async def answers() -> list[httpx.Response]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://guide") as client:
            return [await client.get(path) for path in paths]

    return asyncio.run(answers())


def test_guide_that_is_not_built_says_what_to_do(tmp_path: Path) -> None:
    for answer in _ask(tmp_path / "nowhere", "/guide", "/guide/", "/guide/start.html"):
        assert answer.status_code == 404
        assert "run `make docs`" in answer.text


def test_guide_that_is_built_is_served_with_its_pages(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<h1>Guide</h1>")
    (tmp_path / "start.html").write_text("<h1>Start</h1>")
    (tmp_path.parent / "secret.html").write_text("<h1>Secret</h1>")
    index, page, absent, outside = _ask(
        tmp_path, "/guide/", "/guide/start.html", "/guide/absent.html", "/guide/%2e%2e/secret.html"
    )
    assert "Guide" in index.text
    assert "Start" in page.text
    assert absent.status_code == 404
    assert "Secret" not in outside.text
