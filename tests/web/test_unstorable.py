"""What the database takes for no value is the request's fault, and said in a sentence."""

from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text

from earnest.web.problems import install_problem_handlers


def test_text_with_a_nul_is_refused_with_a_sentence(postgres_url: str):
    app, engine = FastAPI(), create_engine(postgres_url)
    install_problem_handlers(app)

    @app.get("/")
    def ask() -> None:
        with engine.connect() as connection:
            connection.execute(text("SELECT :given"), {"given": "a\0b"})

    answer = TestClient(app, raise_server_exceptions=False).get("/")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:earnest:problem:value-invalid")
    assert "NUL" in answer.json()["detail"]
