"""Choices of a browser: each form does what its button says."""

import httpx
from fastapi import FastAPI
from fastapi.testclient import TestClient

from earnest.dashboard.preferences import router
from earnest.dashboard.visitor import COOKIE, WALLET
from earnest.readiness import Readiness
from earnest.web.dependencies import READINESS

ADA = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def sent(form: dict[str, str]) -> httpx.Response:
    app = FastAPI()
    setattr(app.state, READINESS, Readiness())
    app.include_router(router)
    return TestClient(app).post("/preferences", data=form, follow_redirects=False)


def test_who_disconnects_is_shown_as_nobody() -> None:
    answer = sent({"back": "/account", "wallet": "none"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")
    cookies = answer.headers.get_list("set-cookie")
    assert {cookie.split("=")[0] for cookie in cookies} == {WALLET, COOKIE}
    assert all("Max-Age=0" in cookie for cookie in cookies)


def test_wallet_is_kept_and_what_says_nothing_is_refused_on_a_page() -> None:
    assert f"{WALLET}={ADA}" in sent({"wallet": ADA.lower()}).headers["set-cookie"]
    for form in ({"back": "/"}, {"wallet": ""}):
        answer = sent(form)
        assert answer.status_code == 422
        assert "<h1>Nothing chosen</h1>" in answer.text
