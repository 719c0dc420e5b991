"""`earnest demo`: an honest and a bad account play the main job; the money is checked to the wei."""

import sys
import time
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table

from earnest.core.errors import CoreError
from earnest.data import movie_reviews
from earnest.data.dataset import split
from earnest.demo.books import Books
from earnest.demo.client import PATIENCE, Client, DemoError, own_service

HONEST, BAD = 60, 12
TRAIN, HELD_OUT = 2000, 2000
COST = 10**15
DAY, HOUR = 86_400, 3_600
FUNDS = 10**18
#: Samples in one submission of the demo.
CHUNK = 20


def run(*, seed: int, url: str | None, admin_token: str | None) -> int:
    """Play the demo.

    Returns:
        exit code: 0 when money is conserved, the honest account does not end below the bad one, and the mirror's digest
        is the chain's; 1 otherwise, with one sentence on standard error.
    """
    try:
        if url is not None:
            if not admin_token:
                raise DemoError("With --url the demo needs --admin-token (or EARNEST_ADMIN_TOKEN).")
            with Client(url) as client:
                return _Demo(client, admin_token, seed).play()
        with own_service() as (own_url, own_token), Client(own_url) as client:
            return _Demo(client, own_token, seed).play()
    except (DemoError, CoreError) as error:
        print(f"The demo failed: {error}", file=sys.stderr)
        return 1


class _Demo:
    def __init__(self, client: Client, admin_token: str, seed: int) -> None:
        self._client = client
        self._admin = admin_token
        self._seed = seed
        self._books = Books()
        self._console = Console(width=118, highlight=False)
        self._pool: dict[str, Any] = {}

    def play(self) -> int:
        self._say(f"Deploying a pool: a model trained on {TRAIN:,} reviews (seed {self._seed})")
        self._pool = self._deploy()
        before = self._pool["accuracy"]
        honest, bad = self._account("honest"), self._account("bad")
        self._contribute(honest, bad)
        self._say("A day passes; refunds, which open an hour before reports")
        self._advance(DAY + 1)
        for account in (honest, bad):
            self._claim("refund", account)
        self._say("An hour later: reports")
        self._advance(HOUR)
        for account in (honest, bad):
            self._claim("report", account)
        self._say("Nine days have passed; what is left is collected (here: burned), credit is withdrawn")
        self._advance(9 * DAY)
        self._claim("collect", honest)
        for account in (honest, bad):
            self._withdraw(account)
        return self._judge(honest, bad, before)

    # STEPS

    def _say(self, text: str) -> None:
        self._console.print(f"- {text}")

    def _call(self, method: str, path: str, body: Any = None, token: str | None = None) -> Any:
        return self._client.call(method, path, body, token)

    def _deploy(self) -> dict[str, Any]:
        request = {
            "name": f"Demo, seed {self._seed}",
            "dataset": movie_reviews.ID,
            "train_size": TRAIN,
            "held_out_size": HELD_OUT,
            "split_seed": self._seed,
            "price": {"rule": "fixed", "cost": str(COST)},
            "refund_wait": DAY,
            "collect_wait": 9 * DAY,
            "leftover": "burn",
            "head_start": HOUR,
        }
        pool: dict[str, Any] = self._call("POST", "/pools", request, self._admin)
        until = time.monotonic() + PATIENCE
        while pool["status"] == "deploying" or (pool["status"] == "ready" and pool["digest"] is None):
            if time.monotonic() > until:
                raise DemoError(f"The pool was not deployed within {PATIENCE:.0f} s.")
            time.sleep(0.2)
            pool = self._call("GET", f"/pools/{pool['id']}")
        if pool["status"] == "failed":
            raise DemoError(f"The pool could not be deployed: {pool['error']}")
        return pool

    def _account(self, name: str) -> dict[str, Any]:
        account: dict[str, Any] = self._call("POST", "/accounts", {"name": name})
        self._call("POST", "/accounts/me/faucet", {"amount": str(FUNDS)}, account["token"])
        return account

    def _advance(self, seconds: int) -> None:
        self._call("POST", "/chain/time", {"seconds": seconds}, self._admin)

    def _contribute(self, honest: dict[str, Any], bad: dict[str, Any]) -> None:
        """The bad account's flipped reviews come in the middle of the honest one's.

        The honest account does what the pages advise: it asks for a quote, and keeps a review to itself for which the
        quote expects a loss. The bad account does not care.
        """
        stream = split(movie_reviews.load(), self._seed, TRAIN, HELD_OUT).stream
        reviews = [
            {"text": text, "label": label} for text, label in zip(stream.texts, stream.labels.tolist(), strict=True)
        ]
        flipped = [{**review, "label": 1 - review["label"]} for review in reviews[:BAD]]
        others = iter(reviews[BAD:])
        looked_at = self._honest_part(honest, others, HONEST // 2)
        for start in range(0, BAD, CHUNK):
            self._submit(bad, "submissions", {"items": flipped[start : start + CHUNK]})
        looked_at += self._honest_part(honest, others, HONEST - HONEST // 2)
        self._say(f"{HONEST} reviews by the honest account, which kept {looked_at - HONEST} back for their quotes")
        self._say(f"{BAD} flipped reviews by the bad account, in the middle of them")

    def _honest_part(self, account: dict[str, Any], reviews: Iterator[dict[str, Any]], count: int) -> int:
        """Contribute as many reviews as asked for; returns how many were looked at for it."""
        chosen: list[dict[str, Any]] = []
        looked_at = 0
        while len(chosen) < count:
            review = next(reviews)
            looked_at += 1
            quote = self._call("POST", f"/pools/{self._pool['id']}/quotes", review)
            if quote["expected_outcome"] == "refund" and not quote["duplicates"]:
                chosen.append(review)
        for start in range(0, count, CHUNK):
            self._submit(account, "submissions", {"items": chosen[start : start + CHUNK]})
        return looked_at

    def _submit(self, account: dict[str, Any], what: str, body: Any) -> list[dict[str, Any]]:
        path = f"/pools/{self._pool['id']}/{what}"
        submission = self._call("POST", path, body, account["token"])
        until = time.monotonic() + PATIENCE
        while submission["status"] in ("prepared", "sent") and time.monotonic() < until:
            submission = self._call("GET", f"/submissions/{submission['id']}", token=account["token"])
        items: list[dict[str, Any]] = submission["items"]
        for transaction in {item["transaction_hash"] for item in items if item["block_number"] is not None}:
            self._books.enter(self._call("GET", f"/transactions/{transaction}"), account["address"])
        waiting = [item for item in items if item["status"] not in ("confirmed", "failed")]
        failed = [item for item in items if item["status"] == "failed"]
        if failed:
            raise DemoError(f"An item of submission {submission['id']} failed: {failed[0]['error']['detail']}")
        if waiting:
            raise DemoError(f"{len(waiting)} items of submission {submission['id']} are not decided.")
        return items

    def _contributions(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self._call("GET", f"/pools/{self._pool['id']}/contributions?limit=100&status=open{cursor}")
            rows += page["items"]
            if page["next"] is None:
                return rows
            cursor = f"&cursor={page['next']}"

    def _claim(self, verb: str, account: dict[str, Any]) -> None:
        mine = {"refund": True, "report": False, "collect": None}[verb]
        indices = [
            row["index"]
            for row in self._contributions()
            if any(action["verb"] == verb and action["open"] for action in row["actions"])
            and mine in (None, row["contributor"] == account["address"])
        ]
        for start in range(0, len(indices), CHUNK):
            self._submit(account, f"{verb}s", {"indices": indices[start : start + CHUNK]})

    def _withdraw(self, account: dict[str, Any]) -> None:
        standing = self._call("GET", "/accounts/me", token=account["token"])
        if any(int(pool["credit"]) for pool in standing["pools"] if pool["pool"] == self._pool["id"]):
            self._submit(account, "withdrawals", None)

    # JUDGEMENT

    def _judge(self, honest: dict[str, Any], bad: dict[str, Any], before: dict[str, Any]) -> int:
        pool = self._call("GET", f"/pools/{self._pool['id']}")
        books = self._books
        table = Table(title="From the receipts, in gwei (10^9 wei)")
        for column in ("", "paid in", "refunded", "reported", "collected", "result", "gas (apart)"):
            table.add_column(column, justify="left" if not column else "right")
        for name, account in (("honest", honest), ("bad", bad)):
            line = books.lines[account["address"]]
            cells = (line.paid, line.refunded, line.reported, line.collected, line.result)
            # gas is another amount each time, by the base fee and the accounts' addresses: whole gwei will do
            table.add_row(name, *(_gwei(cell) for cell in cells), f"{line.gas // 10**9:,}")
        self._console.print(table)
        difference = books.difference()
        self._console.print(
            f"burned {books.burned:,}; still claimable {books.claimable:,}; escrow {int(pool['escrow']):,}; "
            f"difference {difference:,}"
        )
        self._console.print(
            f"accuracy on {before['total']:,} held-out reviews: {before['value']:.4f} before, "
            f"{pool['accuracy']['value']:.4f} after {pool['contributions']} contributions"
        )
        self._console.print(
            f"digest {pool['digest']}: mirror and contract {'agree' if pool['digest_matches'] else 'DIFFER'}"
        )
        credit = books.total("refunded") + books.total("reported") + books.total("collected") - books.total("withdrawn")
        faults = []
        if difference or int(pool["escrow"]) != books.claimable + credit or pool["escrow"] != pool["liabilities"]:
            faults.append("money is not conserved")
        if books.lines[honest["address"]].result < books.lines[bad["address"]].result:
            faults.append("the honest account ends below the bad one")
        if not pool["digest_matches"]:
            faults.append("the mirror's digest differs from the chain's")
        if faults:
            raise DemoError("; ".join(faults) + ".")
        self._console.print("Money is conserved to the wei, and honesty paid better.")
        return 0


def _gwei(wei: int) -> str:
    """Exact: whole gwei, and the wei behind a point where there are any."""
    whole, rest = divmod(abs(wei), 10**9)
    return f"{'-' if wei < 0 else ''}{whole:,}" + (f".{rest:09d}" if rest else "")
