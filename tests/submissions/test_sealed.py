"""A pool whose judge is sealed, over the API: quoted, contributed to, sealed, settled, withdrawn from."""

from dataclasses import dataclass
from typing import Any

import pytest
from sklearn.datasets import load_wine

from earnest.chain.deployment import ZERO_ADDRESS
from earnest.chain.tokens import Token
from earnest.core.incentives.base import Terms
from earnest.core.incentives.sealed import AGREED, AT_RISK, PROMISED
from earnest.core.incentives.sealed_assessment import SEALED_ASSESSMENT
from earnest.pools.incentives import default_settings
from earnest.submissions.errors import RiskNotAccepted
from earnest.submissions.sealed_calls import highest_accepted
from tests.fixtures.served_pool import World, assert_problem
from tests.fixtures.service import ADMIN, Service

EPOCH = 3_600
DEPOSIT = 10**15


@dataclass
class Sealed(World):
    """A sealed pool, and an account without standing."""

    def quote(self, features: list[int], label: int, account: str | None = None) -> dict[str, Any]:
        body = {"features": features, "label": label, **({"account": account} if account else {})}
        found: dict[str, Any] = self.service.call("POST", f"{self.path}/quotes", body)
        return found

    def act(self, verb: str, body: dict[str, Any] | None = None, token: str | None = None) -> Any:
        return self.service.ask("POST", f"{self.path}/{verb}s", body, token or self.token)

    def seal(self) -> None:
        self.service.advance(EPOCH)
        answer = self.act("seal")
        assert answer.status_code == 201, answer.text
        assert answer.json()["status"] == "confirmed", answer.text

    def settle(self, index: int) -> dict[str, Any]:
        (item,) = self.act("settle", {"indices": [index]}).json()["items"]
        return dict(item)

    def shown(self, index: int) -> dict[str, Any]:
        found: dict[str, Any] = self.service.call("GET", f"{self.path}/contributions/{index}")
        return found

    def mine(self) -> dict[str, Any]:
        (found,) = self.service.call("GET", "/accounts/me", token=self.token)["pools"]
        return dict(found)

    def earn(self, count: int) -> list[int]:
        """Standing by so many contributions that the judge agrees with; returns their indices."""
        found = []
        for number in range(count):
            features = [number, 20 + number, 60]
            answer = self.submit([{"features": features, "label": self.predicted(features)}])
            (item,) = answer.json()["items"]
            assert item["status"] == "confirmed", item
            found.append(item["index"])
        return found


@pytest.fixture
def sealed(shared_service: Service) -> Sealed:
    pool = shared_service.deploy(
        incentive="sealed-assessment", epoch_length=EPOCH, agreed_price=str(DEPOSIT), min_features=0, most_features=0
    )
    return Sealed(shared_service, pool, shared_service.account())


def test_rules_are_derived_and_explained_to_the_owner(sealed: Sealed):
    rules = sealed.pool["rules"]
    assert rules["incentive"] == "sealed-assessment/1"
    assert (rules["agreed_price"], rules["promised_price"], rules["risk_price"]) == tuple(
        str(times * DEPOSIT) for times in (1, 3, 7)
    )
    accuracy = sealed.pool["accuracy"]["value"]
    assert 1 <= rules["rate"] <= accuracy / (1 - accuracy)
    assert rules["reasons"][0].startswith(f"A disagreement takes {rules['rate']} standing: the judge agrees with at")
    # what the owner decided otherwise is told, and what it left to the data is not
    assert rules["reasons"][-1].startswith("The owner has set some of these otherwise: epoch_length is 3600, not 86400")
    assert any("no profit" in risk for risk in rules["risks"])


def test_rate_at_which_honest_accounts_lose_is_refused(shared_service: Service):
    request = {"name": "x", "dataset": "made-up-reviews", "num_words": 100, "train_size": 300, "held_out_size": 300}
    pool = shared_service._deploy_to_the_end({**request, "incentive": "sealed-assessment", "rate": 255})
    assert pool["status"] == "failed"
    assert "rate is 255" in pool["error"]
    assert "leave it out" in pool["error"]


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"refund_wait": 60}, 422, "leave out refund_wait"),
        ({"rate": 0}, 422, "rate"),
        ({"agreed_price": "0"}, 422, "agreed_price"),
        ({"incentive": "self-assessment", "rate": 3}, 422, "leave out rate"),
    ],
)
def test_what_cannot_become_a_sealed_pool_is_refused_with_a_sentence(shared_service: Service, change, status, words):
    request = {"name": "x", "dataset": "made-up-reviews", "incentive": "sealed-assessment", **change}
    answer = shared_service.ask("POST", "/pools", request, ADMIN)
    assert answer.status_code == status
    assert words in answer.text


def test_pool_on_vectors_is_sealed_where_nothing_is_said_and_gives_deposits_back(shared_service: Service):
    """Measurements of wines, of three classes: quoted, contributed, sealed, settled, shown."""
    wines = load_wine().data.tolist()
    pool = shared_service.deploy(
        dataset="wine", model="dense-margin-perceptron", incentive=None, train_size=90, held_out_size=70,
        epoch_length=EPOCH, agreed_price=str(DEPOSIT),
    )  # fmt: skip
    sealed = Sealed(shared_service, pool, shared_service.account())
    assert (pool["model"], pool["classes"]) == ("dense-margin-perceptron/1", 3)
    rules = pool["rules"]
    assert rules["incentive"] == "sealed-assessment/1"
    assert (rules["most_features"], rules["judge_shift"]) == (0, 0)
    assert rules["gate"] > 10_000, "of units of 1 / 4,096"
    assert not any("numbers" in reason for reason in rules["reasons"])

    indices = []
    for row in wines[: rules["rate"]]:
        label = sealed.predicted(row)
        assert sealed.quote(row, label, sealed.account["address"])["sealed"]["case"] == "agreed"
        indices.append(sealed.contribute(row))
    other = (sealed.predicted(wines[-1]) + 1) % 3
    assert sealed.quote(wines[-1], other, sealed.account["address"])["sealed"]["case"] == "promised"
    (item,) = sealed.submit([{"features": wines[-1], "label": other}]).json()["items"]
    indices.append(item["index"])
    sealed.seal()
    sealed.seal()
    assert [sealed.settle(index)["status"] for index in indices] == ["confirmed"] * len(indices)
    assert sealed.shown(indices[-1])["sealed"]["case"] == "promised"
    sealed.seal()
    shown = shared_service.call("GET", sealed.path)
    assert (shown["sealed"]["epoch"], shown["digest_matches"]) == (3, True)
    page = shared_service.http.get(f"{sealed.path}/contributions/{indices[0]}")
    said = page.text.partition("<dt>Judge</dt><dd>")[2].partition("</dd>")[0]
    assert "class_0" in said, said
    assert ", agrees" in said


def test_pool_of_a_model_that_counts_is_sealed_where_nothing_is_said_and_gives_deposits_back(shared_service: Service):
    pool = shared_service.deploy(
        model="naive-bayes",
        incentive=None,
        epoch_length=EPOCH,
        agreed_price=str(DEPOSIT),
        min_features=0,
        most_features=0,
    )
    sealed = Sealed(shared_service, pool, shared_service.account())
    rules = pool["rules"]
    assert (rules["incentive"], rules["averaging"], rules["judge_shift"]) == ("sealed-assessment/1", 1, 0)
    assert any(reason.startswith("A seal takes the learner's counts as they are") for reason in rules["reasons"])
    index = sealed.contribute([1, 2, 3])
    sealed.seal()
    sealed.seal()
    assert sealed.settle(index)["status"] == "confirmed"
    sealed.seal()
    shown = shared_service.call("GET", sealed.path)
    assert (shown["sealed"]["epoch"], shown["digest_matches"]) == (3, True)


def test_judge_of_a_model_that_counts_is_no_mean(shared_service: Service):
    request = {"name": "x", "dataset": "made-up-reviews", "model": "naive-bayes", "num_words": 100, "averaging": 16}
    answer = shared_service.ask("POST", "/pools/check", request, ADMIN)
    assert "averaging is 16: the model naive-bayes counts" in answer.text
    assert "set averaging to 1 and judge_shift to 0, or leave them out" in answer.text


def test_length_of_vectors_that_would_refuse_all_of_them_is_refused(shared_service: Service):
    request = {"name": "x", "dataset": "wine", "train_size": 90, "held_out_size": 70, "most_features": 5}
    answer = shared_service.ask("POST", "/pools/check", request, ADMIN)
    assert "all samples of dense-margin-perceptron have 13 numbers: leave it out" in answer.text


def test_quote_tells_the_four_cases_before_anything_is_paid(sealed: Sealed):
    features, rate = [1, 2, 3], sealed.pool["rules"]["rate"]
    label = sealed.predicted(features)
    me = sealed.account["address"]
    agreed = sealed.quote(features, label, me)
    assert (agreed["price"], agreed["expected_outcome"]) == (str(DEPOSIT), "refund")
    assert agreed["refund_from"] is agreed["report_from"] is None
    said = agreed["sealed"]
    assert (said["case"], said["standing"], said["standing_after"], said["needs_consent"]) == ("agreed", 0, 1, False)
    assert (said["epoch"], said["settle_from"], said["settle_until"]) == (0, 2, None)
    assert said["comes_back"] == str(DEPOSIT)

    risky = sealed.quote(features, 1 - label, me)
    assert (risky["price"], risky["expected_outcome"]) == (str(7 * DEPOSIT), "loss")
    said = risky["sealed"]
    assert (said["case"], said["comes_back"], said["settle_until"], said["needs_consent"]) == ("at risk", "0", 2, True)
    assert "is lost otherwise" in risky["risk"]

    sealed.earn(rate)
    promised = sealed.quote(features, 1 - label, me)
    said = promised["sealed"]
    assert (promised["price"], said["case"], said["standing"]) == (str(3 * DEPOSIT), "promised", rate)
    assert (said["standing_after"], said["settle_until"], said["needs_consent"]) == (0, None, False)
    # nobody named: a newcomer's
    assert sealed.quote(features, 1 - label)["sealed"]["case"] == "at risk"


def test_sample_that_the_reference_contradicts_is_told_to_teach_nothing(shared_service: Service):
    pool = shared_service.deploy(
        incentive="sealed-assessment", agreed_price=str(DEPOSIT), gate=0, min_features=0, most_features=0
    )
    world = Sealed(shared_service, pool, shared_service.account())
    told = {
        world.quote([one, one + 1], label)["sealed"]["teaches"]: world.quote([one, one + 1], label)["risk"]
        for one in range(0, 60, 7)
        for label in (0, 1)
    }
    assert set(told) == {True, False}
    assert "It would teach nothing" in told[False]
    assert "It would teach nothing" not in told[True]


def test_dear_case_is_not_sent_without_a_word(sealed: Sealed):
    features = [4, 5, 6]
    item = {"features": features, "label": 1 - sealed.predicted(features)}
    facts = sealed.facts()
    problem = assert_problem(sealed.submit([item]), 409, "risk-not-accepted", "accept_risk", "nothing was sent")
    assert (problem["values"]["position"], problem["values"]["price"]) == (0, str(7 * DEPOSIT))
    assert sealed.facts() == facts

    answer = sealed.submit([item], accept_risk=True)
    (made,) = answer.json()["items"]
    assert (made["status"], made["amount"]) == ("confirmed", str(7 * DEPOSIT))
    shown = sealed.shown(made["index"])
    assert (shown["sealed"]["case"], shown["sealed"]["state"], shown["status"]) == ("at risk", "waiting", "open")


def test_standing_within_one_submission_is_counted(sealed: Sealed):
    rate = sealed.pool["rules"]["rate"]
    agreeing = [{"features": [n, 30 + n], "label": sealed.predicted([n, 30 + n])} for n in range(rate)]
    other = {"features": [9, 50], "label": 1 - sealed.predicted([9, 50])}
    answer = sealed.submit([*agreeing, other])
    assert answer.status_code == 201, answer.text
    assert [item["amount"] for item in answer.json()["items"]] == [str(DEPOSIT)] * rate + [str(3 * DEPOSIT)]
    assert_problem(sealed.submit([other]), 409, "risk-not-accepted")
    assert_problem(sealed.submit([agreeing[0]], max_price=str(DEPOSIT - 1)), 409, "contract-price-above-maximum")


def test_deposit_comes_back_after_two_seals_and_is_withdrawn(sealed: Sealed):
    first, *_ = sealed.earn(1)
    early = sealed.settle(first)
    assert early["status"] == "failed"
    assert "can be settled from epoch 2 on" in early["error"]["detail"]
    (action,) = sealed.actions(first)
    assert (action["verb"], action["by"], action["open"]) == ("settle", "contributor", False)
    assert (action["since"], action["from_epoch"], action["until_epoch"]) == (None, 2, None)
    assert action["reason"] == "too few seals since it was made"

    assert_problem(sealed.act("refund", {"indices": [first]}), 409, "verb-of-other-pools", "settle")
    sealed.seal()
    again = sealed.act("seal").json()["items"][0]
    assert again["status"] == "failed"
    assert "The pool can be sealed from" in again["error"]["detail"]
    sealed.seal()
    (action,) = sealed.actions(first)
    assert action["open"] is True
    assert sealed.shown(first)["sealed"]["state"] == "due"
    settled = sealed.settle(first)
    assert (settled["status"], settled["amount"]) == ("confirmed", str(DEPOSIT))
    shown = sealed.shown(first)
    assert (shown["status"], shown["sealed"]["state"], shown["claimable"], shown["actions"]) == (
        "settled", "settled", "0", [],
    )  # fmt: skip
    (claim,) = shown["claims"]
    assert (claim["verb"], claim["amount"], claim["taught"]) == ("settle", str(DEPOSIT), True)
    mine = sealed.mine()
    assert (mine["credit"], mine["standing"], mine["refunds"]) == (str(DEPOSIT), 1, str(DEPOSIT))
    withdrawn = sealed.act("withdrawal").json()["items"][0]
    assert (withdrawn["status"], withdrawn["amount"]) == ("confirmed", str(DEPOSIT))
    pool = sealed.service.call("GET", sealed.path)
    assert (pool["escrow"], pool["liabilities"], pool["digest_matches"]) == ("0", "0", True)
    assert (pool["sealed"]["epoch"], pool["price"]) == (2, str(DEPOSIT))
    assert pool["judge_digest"] != pool["digest"]
    for page in ("", "/contribute", f"/contributions/{first}", "/try", "/proof"):
        assert sealed.service.http.get(sealed.path + page).status_code == 200, page


def test_what_nobody_settles_in_time_expires_without_a_transaction(sealed: Sealed):
    features = [7, 8, 9]
    item = {"features": features, "label": 1 - sealed.predicted(features)}
    index = sealed.submit([item], accept_risk=True).json()["items"][0]["index"]
    for _ in range(4):
        sealed.seal()
    shown = sealed.shown(index)
    assert (shown["status"], shown["sealed"]["state"], shown["claimable"]) == ("expired", "expired", "0")
    refused = sealed.settle(index)
    assert refused["status"] == "failed"
    assert "could be settled up to epoch 2" in refused["error"]["detail"]
    pool = sealed.service.call("GET", sealed.path)
    # what was lost has paid the gas of the seal that took it, and no more
    paid = int(sealed.mine()["credit"])
    assert 0 < paid < DEPOSIT
    assert pool["sealed"]["budget"] == str(7 * DEPOSIT - paid)
    assert pool["open_contributions"] == 0
    listed = sealed.service.call("GET", f"{sealed.path}/contributions?status=expired")["items"]
    assert [one["index"] for one in listed] == [index]


def test_seal_and_settle_are_no_verbs_of_other_pools(world: World):
    for verb, body in (("seal", None), ("settle", {"indices": [0]})):
        index = world.contribute([1, 2]) if body else None
        answer = world.service.ask("POST", f"{world.path}/{verb}s", body and {"indices": [index]}, world.token)
        assert_problem(answer, 409, "verb-of-other-pools", "refund, report, collect")


def terms_with(**prices: int) -> Terms:
    return SEALED_ASSESSMENT.terms_of(default_settings(SEALED_ASSESSMENT) | prices)


def test_without_consent_no_maximum_reaches_what_may_be_lost():
    terms = terms_with(agreed_price=10, promised_price=30, risk_price=70)
    assert highest_accepted(terms, AGREED, 10, None, accept_risk=False) == 10
    assert highest_accepted(terms, AGREED, 10, 10**18, accept_risk=False) == 69
    assert highest_accepted(terms, AGREED, 10, 10**18, accept_risk=True) == 10**18
    with pytest.raises(RiskNotAccepted, match="would be 70 wei"):
        highest_accepted(terms, AT_RISK, 70, 10**18, accept_risk=False)
    with pytest.raises(RiskNotAccepted, match=r"would be 0\.7 DEV"):
        highest_accepted(terms, AT_RISK, 70, 10**18, accept_risk=False, token=Token(ZERO_ADDRESS, "DEV", 2, "", False))


def test_where_prices_are_the_same_no_maximum_can_tell_and_consent_is_asked():
    terms = terms_with(agreed_price=10, promised_price=30, risk_price=30)
    assert highest_accepted(terms, AGREED, 10, 30, accept_risk=False) == 29
    with pytest.raises(RiskNotAccepted, match="costs no more"):
        highest_accepted(terms, PROMISED, 30, None, accept_risk=False)
    assert highest_accepted(terms, PROMISED, 30, None, accept_risk=True) == 30
