"""What the tests of the API share: a pool with a fixed price, and a look at everything that must not change."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.fixtures.service import Service

COST, REFUND_WAIT, COLLECT_WAIT = 10**15, 60, 600


@dataclass
class World:
    """A pool of the shared service, and an account with ether."""

    service: Service
    pool: dict[str, Any]
    account: dict[str, Any]

    @property
    def path(self) -> str:
        """The pool's path."""
        return f"/pools/{self.pool['id']}"

    @property
    def token(self) -> str:
        """The account's token."""
        token: str = self.account["token"]
        return token

    def submit(self, items: list[dict[str, Any]], **more: Any) -> httpx.Response:
        """Submit with the account, whatever comes of it."""
        key = more.pop("key", None)
        headers = {"Idempotency_Key": key} if key else {}
        token = more.pop("token", self.token)
        return self.service.ask("POST", f"{self.path}/submissions", {"items": items, **more}, token, **headers)

    def claim(self, verb: str, index: int, token: str | None = None) -> dict[str, Any]:
        """The item that one claim ends as."""
        answer = self.service.ask("POST", f"{self.path}/{verb}s", {"indices": [index]}, token or self.token)
        assert answer.status_code == 201, answer.text
        (item,) = answer.json()["items"]
        return dict(item)

    def predicted(self, features: list[int]) -> int:
        """The class that the model gives a sample."""
        body = {"samples": [{"features": features}]}
        label: int = self.service.call("POST", f"{self.path}/predictions", body)["predictions"][0]["label"]
        return label

    def contribute(self, features: list[int], *, agreeing: bool = True, token: str | None = None) -> int:
        """Contribute one sample whose label the model agrees with, or not; returns its index."""
        label = self.predicted(features) if agreeing else 1 - self.predicted(features)
        answer = self.submit([{"features": features, "label": label}], token=token or self.token)
        (item,) = answer.json()["items"]
        assert item["status"] == "confirmed", item
        index: int = item["index"]
        return index

    def actions(self, index: int) -> list[dict[str, Any]]:
        """What can be done with a contribution."""
        found: list[dict[str, Any]] = self.service.call("GET", f"{self.path}/contributions/{index}")["actions"]
        return found

    def facts(self) -> dict[str, Any]:
        """Everything that a refusal must leave as it is."""
        shown = self.service.call("GET", self.path)
        me = self.service.call("GET", "/accounts/me", token=self.token)
        names = ("contributions", "open_contributions", "escrow", "liabilities", "verified", "digest")
        return {name: shown[name] for name in names} | {
            "balance": me["balance"],
            "pools": me["pools"],
            "submissions": self.service.call("GET", "/submissions", token=self.token)["items"],
        }


def assert_problem(answer: httpx.Response, status: int, slug: str, *words: str) -> dict[str, Any]:
    """The answer is a problem document of this type whose detail holds these words."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["type"] == f"urn:earnest:problem:{slug}"
    assert document["status"] == status
    assert document["title"]
    for word in words:
        assert word in document["detail"], document["detail"]
    return document


def ids_of_pools(service: Service) -> list[str]:
    """Of the first hundred; what else a list of pools says changes with the time, as prices do."""
    return [pool["id"] for pool in service.call("GET", "/pools?limit=100")["items"]]
