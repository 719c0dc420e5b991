"""Addresses that earlier versions gave out lead to where the page is now."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI

from earnest.dashboard.moved import router


def answer_of(method: str, path: str, form: dict[str, str] | None) -> httpx.Response:
    app = FastAPI()
    app.include_router(router)

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://earnest") as client:
            return await client.request(method, path, data=form)

    return asyncio.run(ask())


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("former", "now"),
    [
        ("/studies", "/sweeps"),
        ("/studies?cursor=abc&x=1", "/sweeps?cursor=abc&x=1"),
        ("/studies/3f2a", "/sweeps/3f2a"),
        # whatever is asked for, the answer leads to a page of this service
        ("/studies/%5C%5Celsewhere.example", "/sweeps/%5C%5Celsewhere.example"),
        ("/studies/a%3Fb%23c", "/sweeps/a%3Fb%23c"),
    ],
)
def test_former_addresses_lead_to_the_new_ones_for_good(method: str, former: str, now: str) -> None:
    answer = answer_of(method, former, {"action": "cancel"} if method == "POST" else None)
    assert (answer.status_code, answer.headers["location"]) == (308, now)
