"""Receipts and statements of the running service add up."""

import csv
import io
from typing import Any

import pytest

from tests.fixtures.served_pool import COLLECT_WAIT, COST, REFUND_WAIT, World, assert_problem


def statement(world: World, address: str, limit: int = 100) -> list[dict[str, Any]]:
    """All pages."""
    path = f"{world.path}/statements/{address}?limit={limit}"
    pages = [world.service.call("GET", path)]
    while pages[-1]["next"] is not None:
        pages.append(world.service.call("GET", f"{path}&cursor={pages[-1]['next']}"))
    return pages


def test_receipt_adds_up_and_names_digests_verdict_and_every_transaction(world: World) -> None:
    before = world.service.call("GET", world.path)["digest"]
    index = world.contribute([8, 31, 60], agreeing=False)
    path = f"{world.path}/contributions/{index}/receipt"
    receipt = world.service.call("GET", path)
    assert receipt["digest_before"] == before
    assert receipt["digest_after"] == world.service.call("GET", world.path)["digest"] != before
    assert (receipt["deposit"], receipt["claimed"], receipt["pending"]) == (str(COST), "0", str(COST))
    assert receipt["verdict"] in ("agrees", "disagrees")
    assert receipt["contribution"]["actions"]

    good = world.contribute([9, 32, 61])
    world.service.advance(REFUND_WAIT + 1)
    world.claim("refund", good)
    refunded = world.service.call("GET", f"{world.path}/contributions/{good}/receipt")
    assert (refunded["verdict"], refunded["claimed"], refunded["pending"]) == ("refunded", str(COST), "0")
    assert [each["verb"] for each in refunded["transactions"]] == ["contribute", "refund"]
    assert all(each["transaction_hash"].startswith("0x") for each in refunded["transactions"])

    world.service.advance(COLLECT_WAIT + 1)
    assert world.claim("collect", index)["status"] == "confirmed"
    collected = world.service.call("GET", path)
    assert (collected["verdict"], collected["claimed"], collected["pending"]) == ("collected", str(COST), "0")
    assert "burned" in collected["reason"]
    assert (collected["digest_before"], collected["digest_after"]) == (before, receipt["digest_after"])


@pytest.mark.parametrize("limit", [1, 2, 500])
def test_statement_sums_to_the_credit_on_every_page(world: World, limit: int) -> None:
    me = world.account["address"]
    first, second = world.contribute([11, 40]), world.contribute([12, 41])
    world.submit([{"features": [n, 50], "label": 1} for n in (13, 14, 15)])
    world.service.advance(REFUND_WAIT + 1)
    world.claim("refund", first)
    world.service.call("POST", f"{world.path}/withdrawals", token=world.token)
    world.claim("refund", second)
    pages = statement(world, me, limit)
    credit = 0
    for page in pages:
        assert int(page["opening"]) == credit
        for entry in page["items"]:
            credit += int(entry["amount"])
            assert int(entry["credit"]) == credit
        assert int(page["closing"]) == credit
    (standing,) = world.service.call("GET", "/accounts/me", token=world.token)["pools"]
    assert str(credit) == standing["credit"] == pages[-1]["credit"]
    entries = [entry for page in pages for entry in page["items"]]
    assert entries == statement(world, me)[0]["items"]
    assert [e["kind"] for e in entries if e["index"] in (first, second)] == ["deposit", "deposit", "refund", "refund"]
    assert sum(int(e["amount"]) for e in entries if e["kind"] == "payment") == 5 * COST
    assert [e["amount"] for e in entries if e["kind"] == "withdrawal"] == [str(-COST)]


def test_statement_as_csv_is_the_statement(world: World) -> None:
    me = world.account["address"]
    world.contribute([16, 42])
    answer = world.service.ask("GET", f"{world.path}/statements/{me}/statement.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    (page,) = statement(world, me)
    assert [(row["kind"], row["amount"], row["credit"]) for row in rows] == [
        (entry["kind"], entry["amount"], entry["credit"]) for entry in page["items"]
    ]
    assert len(rows) == 2


def test_who_takes_no_part_has_an_empty_statement(world: World) -> None:
    (page,) = statement(world, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed")
    assert (page["items"], page["opening"], page["closing"], page["credit"]) == ([], "0", "0", "0")


@pytest.mark.parametrize("address", ["nobody", "0x12", "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"])
def test_what_is_no_address_is_refused(world: World, address: str) -> None:
    assert_problem(world.service.ask("GET", f"{world.path}/statements/{address}"), 422, "address-invalid")
    answer = world.service.ask("GET", f"{world.path}/statements/{address}/statement.csv")
    assert_problem(answer, 422, "address-invalid")


@pytest.mark.parametrize("cursor", ["x", "WzEsMiwzXQ", "WzEsMiwiLTEiXQ", "WzEsMiwiMWUzMCJd"])
def test_cursor_that_this_list_did_not_make_is_refused(world: World, cursor: str) -> None:
    path = f"{world.path}/statements/{world.account['address']}?cursor={cursor}"
    assert_problem(world.service.ask("GET", path), 422, "cursor-invalid")


def test_receipt_of_what_is_not_there_is_refused(world: World) -> None:
    answer = world.service.ask("GET", f"{world.path}/contributions/{2**39}/receipt")
    assert_problem(answer, 404, "contribution-unknown")
