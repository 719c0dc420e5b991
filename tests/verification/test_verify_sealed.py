"""`earnest verify` on pools whose judge is sealed: everything holds, and each lie is found by its check."""

from collections.abc import Callable
from typing import Any

import pytest

from earnest.chain.deployment import send_and_wait
from earnest.chain.events import topic_of
from earnest.chain.interface import encode_call
from earnest.chain.types import Call
from earnest.core.pool.sealed_events import Contributed, Funded, Sealed, Settled
from tests.fixtures.pools import OPERATOR, OTHER
from tests.fixtures.sealed_pools import SealedWorld, VectorsWorld
from tests.verification.conftest import lying
from tests.verification.lies import announced_twice, changed, hide_all_logs, no_money, other_credit, other_digest
from tests.verification.test_verify import verify

pytestmark = pytest.mark.loopback

JUDGE_DIGEST, AT_RISK, STATE = (
    "0x" + encode_call("ISealedPool", name, *arguments)[:4].hex()
    for name, arguments in (("judgeDigest", ()), ("atRisk", (0,)), ("state", ()))
)


def other_word(selector: str, word: int) -> Callable[[str, Any, Any], Any]:
    """A lie about a word of what a view answers."""

    def lie(method: str, params: Any, result: Any) -> Any:
        if method != "eth_call" or not params[0]["data"].startswith(selector):
            return result
        start = 2 + 64 * word
        return f"{result[:start]}{1234567:064x}{result[start + 64 :]}"

    return lie


def of_rules(method: str, result: Any) -> bool:
    """Whether it is the code of the chunk of rules: behind its first byte 67 and two for each of 51 weights."""
    return method == "eth_getCode" and len(result) == 2 + 2 * (1 + 67 + 102)


def other_reference(method: str, _: Any, result: Any) -> Any:
    """A bias of the reference that lets nothing of class 0 teach."""
    return result[:138] + "7f00" + result[142:] if of_rules(method, result) else result


def no_rules(method: str, _: Any, result: Any) -> Any:
    return "0xef" + result[4:] if of_rules(method, result) else result


def rules_out_of_range(method: str, _: Any, result: Any) -> Any:
    """No seal to wait for."""
    return result[:12] + "00" + result[14:] if of_rules(method, result) else result


@pytest.fixture
def lived(sqlite_sealed_world: SealedWorld) -> SealedWorld:
    """A sealed pool in which every verb was used."""
    world = sqlite_sealed_world
    world.live()
    world.fund(5)
    world.seal()
    for paused in (True, False):
        send_and_wait(world.gateway, world.gateway.pause_call(world.address, paused=paused), OPERATOR)
    world.seal()
    to_another = encode_call("ISealedPool", "withdrawTo", OTHER.address)
    send_and_wait(world.gateway, Call(world.address, to_another, 0, 150_000), OPERATOR)
    # another, that pays from its bounty, and more than is asked
    send_and_wait(world.gateway, world.gateway.withdraw_call(world.address), OTHER)
    world.give(world.sample(2), world.said(world.sample(2)), OTHER)
    return world


def test_verify_everything_holds_on_a_sealed_pool_with_a_history(lived: SealedWorld):
    code, found = verify(lived.address, "--node", lived.gateway.url)
    assert code == 0, found
    assert found["code"][1].startswith("SealedAssessedSparsePerceptron at 0x")
    assert found["rules"][1].startswith("epoch_length 3600, wait_seals 2, risk_seals 2")
    rate = lived.setting("rate")
    assert f"{rate + 3} contributions replayed" in found["history"][1]
    assert found["totals"][1] == f"{rate + 3} contributions, 4 seals"
    assert found["digest"][1].startswith("learner 0x")
    assert found["accounts"][1] == "2 accounts"


@pytest.mark.parametrize(
    ("lie", "check"),
    [
        (other_digest, "digest"),
        (other_word(JUDGE_DIGEST, 0), "digest"),
        (other_word(AT_RISK, 0), "totals"),
        (other_word(STATE, 1), "totals"),
        (other_word(STATE, 3), "escrow"),
        (other_word(STATE, 4), "escrow"),
        (other_credit, "accounts"),
        (no_money, "escrow"),
        (hide_all_logs, "totals"),
        (announced_twice(topic_of(Contributed)), "history"),
        (announced_twice(topic_of(Settled)), "history"),
        (announced_twice(topic_of(Sealed)), "history"),
        (changed(topic_of(Contributed), 1, 2), "history"),
        (changed(topic_of(Settled), 1, 0), "history"),
        (changed(topic_of(Sealed), 2, 99), "history"),
        (changed(topic_of(Funded), 0, 99), "history"),
        (other_reference, "history"),
        (no_rules, "code"),
        (rules_out_of_range, "code"),
    ],
)
def test_verify_finds_the_lie(lived: SealedWorld, lie: Callable[[str, Any, Any], Any], check: str):
    with lying(lived.gateway.url, lie) as liar:
        code, found = verify(lived.address, "--node", liar)
    assert code == 1, found
    assert found[check][0] is False, found


def test_pool_on_vectors_of_three_classes_is_verified(vectors_world: VectorsWorld):
    vectors_world.live()
    vectors_world.seal()
    code, found = verify(vectors_world.address, "--node", vectors_world.gateway.url)
    assert code == 0, found
    assert found["code"][1].startswith("SealedAssessedDenseMarginPerceptron at 0x")


def test_pool_of_a_model_that_counts_is_verified(counting_world: SealedWorld):
    counting_world.live()
    counting_world.seal()
    code, found = verify(counting_world.address, "--node", counting_world.gateway.url)
    assert code == 0, found
    assert found["digest"][1].startswith("learner 0x")
