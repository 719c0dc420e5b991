"""What pages say of pools whose judge is sealed: waits count seals, and a judge may refuse what is due."""

from typing import Any

import pytest

from earnest.contributions.schemas import Action, ContributionDetail, SealedFacts
from earnest.dashboard.pages.account import state_of
from earnest.dashboard.pages.contribute import ContributePage, FileQuote
from earnest.dashboard.pages.contribution import ContributionPage
from earnest.dashboard.pages.pool import seals_words
from earnest.dashboard.quoting import not_before
from earnest.pools.schemas import PoolShown, SealedShown
from earnest.submissions.schemas import SubmissionShown
from tests.dashboard.test_pages import nothing_in, pool, shown

DAY = 86_400
RULES = {"moves_money": True, "wait_seals": 2, "risk_seals": 3, "epoch_length": DAY, "rate": 3}


def sealed_pool(epoch: int) -> PoolShown:
    clock = SealedShown(epoch=epoch, sealed_at=0, next_seal_from=DAY, budget=0)
    return pool(status="ready", model="sparse-perceptron/1", classes=2, rules=RULES, sealed=clock, price=10**16)


def settle(**changes: Any) -> Action:
    values: dict[str, Any] = {
        "verb": "settle", "by": "contributor", "since": None, "until": None, "from_epoch": 2, "until_epoch": None,
        "open": False, "amount": 1, "reason": "too few seals since it was made",
    }  # fmt: skip
    return Action(**values | changes)


def contribution(case: str, state: str, *actions: Action) -> ContributionDetail:
    values: dict[str, Any] = nothing_in(ContributionDetail) | {
        "chain_id": 1, "pool": "the-id", "index": 0, "contributor": "0x" + "1" * 40, "label": 1, "predicted": 0,
        "predicted_now": 0, "deposit": 7 * 10**16, "claimable": 7 * 10**16, "status": "open", "time": 0, "features": 1,
        "sample_hash": "0x", "block_number": 1, "transaction_hash": "0x" + "2" * 64, "as_of_block": 1,
        "actions": list(actions), "sample": [1], "claims": [],
        "sealed": SealedFacts(case=case, epoch=0, state=state, standing=0),  # type: ignore[arg-type]
    }  # fmt: skip
    return ContributionDetail(**values)


@pytest.mark.parametrize(
    ("action", "epoch", "words"),
    [
        (settle(), 1, "from seal 2 (now 1)"),
        (settle(until_epoch=3), 0, "from seal 2, until seal 3 (now 0)"),
        (settle(open=True), 5, "now"),
        (settle(open=True, until_epoch=3), 2, "now, until seal 3"),
        # it is its turn, and the judge disagrees
        (settle(until_epoch=3), 2, "not now, until seal 3 (now 2)"),
    ],
)
def test_wait_in_seals_says_where_the_pool_is(action: Action, epoch: int, words: str) -> None:
    assert seals_words(action, epoch) == words


def test_what_a_judge_refuses_is_not_called_refundable() -> None:
    refused = settle(until_epoch=3, reason="the judge disagrees with the label")
    assert state_of(contribution("at risk", "waiting", refused), refused, 0) == "waiting"
    assert state_of(contribution("at risk", "due", refused), refused, 0) == "disagrees"
    agreed = settle(open=True)
    assert state_of(contribution("agreed", "due", agreed), agreed, 0) == "claimable"
    # while the chain is silent nothing can be done, and what comes back for ever still does, whatever the judge says
    assert state_of(contribution("agreed", "due"), None, None) == "claimable"
    assert state_of(contribution("promised", "due"), None, None) == "claimable"
    assert state_of(contribution("at risk", "due"), None, None) == "disagrees"


def test_earliest_date_counts_a_seal_in_each_epoch() -> None:
    assert not_before(sealed_pool(1), 2) == DAY
    assert not_before(sealed_pool(1), 4) == 3 * DAY
    assert not_before(sealed_pool(4), 4) is None
    assert not_before(pool(status="ready"), 4) is None


def test_contribution_says_what_the_judge_said_and_from_which_seal_it_comes_back() -> None:
    one = contribution("at risk", "waiting", settle(until_epoch=3))
    page = ContributionPage(
        pool=sealed_pool(1), one=one, classes=("ham", "spam"), money=True, transactions={}, digests=None,
        refund=one.actions[0], state="waiting",
    )  # fmt: skip
    text = shown(page)
    assert "the judge disagreed: the deposit is at risk" in text
    assert "and learned from it" not in text
    assert "By its author, from seal 2 until seal 3; the pool is at seal 1, the next from" in text
    # there are no dates to put into one
    assert "calendar.ics" not in text


def test_contribution_that_expired_says_that_its_deposit_is_lost() -> None:
    one = contribution("at risk", "expired").model_copy(update={"status": "expired", "claimable": 0})
    page = ContributionPage(
        pool=sealed_pool(4), one=one, classes=("ham", "spam"), money=True, transactions={}, digests=None, refund=None,
        state="expired",
    )  # fmt: skip
    text = shown(page)
    assert "the deposit was at risk" in text
    assert "its deposit is lost, and pays for seals" in text
    assert "when it is settled" not in text


def page_of(**changes: Any) -> ContributePage:
    values: dict[str, Any] = {
        "pool": sealed_pool(0), "sample": "text", "columns": (), "classes": ("ham", "spam"), "money": True,
        "mode": "one", "settle_from": 2 * DAY,
    }  # fmt: skip
    return ContributePage(**values | changes)


def test_what_was_confirmed_says_when_it_can_be_settled() -> None:
    submission = SubmissionShown(
        **nothing_in(SubmissionShown)
        | {
            "id": "s",
            "pool": "the-id",
            "account": "0x" + "1" * 40,
            "verb": "contribute",
            "status": "confirmed",
            "created_at": 0,
            "items": [],
        }
    )
    text = shown(page_of(submission=submission, made=contribution("at risk", "waiting", settle(until_epoch=3))))
    assert "Can be settled from seal 2" in text
    assert "after seal 3 it is lost" in text
    assert "3 Jan 1970" in text


def test_file_says_what_is_paid_for_it_and_a_file_of_nothing_says_so() -> None:
    values: dict[str, Any] = {
        "name": "f.csv", "format": "CSV", "unit": "line", "rows": (), "bad": (), "left": 0, "items": "[]",
        "kept": "{}",
    }  # fmt: skip
    asked = shown(page_of(mode="file", file=FileQuote(**values, agreeing=0)))
    assert "Nothing of this file can be sent" in asked
    unprepared = {"unprepared": "one at a time", "file": FileQuote(**values | {"items": "[1]"}, agreeing=3)}
    text = shown(page_of(mode="file", **unprepared), kind="development")
    assert "You contribute <b>3 samples</b>" in text
    assert "0.0300" in text
    assert f'name="max_price" value="{10**16}"' in text
    assert "3 Jan 1970" in text
