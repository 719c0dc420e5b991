"""`earnest verify` on a real node: everything holds, and each lie is found by the check that is there for it."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from earnest.chain.deployment import ZERO_ADDRESS, deploy_factory, deploy_implementation, deploy_pool
from earnest.chain.gateway import Gateway
from earnest.chain.implementations import implementation_name
from earnest.chain.interface import encode_call
from earnest.chain.types import Call
from earnest.cli import app
from earnest.contracts.tools import gas_dense
from earnest.contracts.tools.anvil import running_anvil
from earnest.contracts.tools.gas import ADA, BOB, CLAIMABLE, COST, DAY, HEAD_START, Bench
from earnest.core.incentives.base import Terms
from earnest.core.incentives.points import POINTS
from earnest.core.incentives.self_assessment import LEFTOVER_ANYONE, PRICE_DECAYING, SELF_ASSESSMENT
from earnest.core.incentives.windows import ALL_SAFEGUARDS
from earnest.core.models.naive_bayes import NaiveBayes
from earnest.core.models.sparse_nearest_centroid import SparseNearestCentroid
from earnest.core.models.sparse_perceptron import SparsePerceptron
from tests.fixtures.service import Service
from tests.verification.conftest import lying, serving
from tests.verification.lies import (
    BATCH_COMMITTED,
    COLLECTED,
    CONTRIBUTED,
    PAUSED,
    REFUNDED,
    REPORTED,
    WITHDRAWN,
    announced_twice,
    changed,
    hide_all_logs,
    hide_the_creation,
    hide_the_last_withdrawal,
    hide_the_new_owner,
    hide_the_second_log,
    longer_batch,
    no_money,
    other_code,
    other_credit,
    other_digest,
    other_escrow,
    other_weights,
)

pytestmark = pytest.mark.loopback


def verify(*arguments: str) -> tuple[int, dict[str, tuple[bool | None, str]]]:
    """Exit code, and (ok, detail) by check."""
    result = CliRunner().invoke(app, ["verify", *arguments, "--json"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    found = [json.loads(line) for line in result.stdout.splitlines()]
    return result.exit_code, {line["name"]: (line["ok"], line["detail"]) for line in found}


def test_verify_everything_holds_on_a_pool_with_a_history(history):
    node, pool = history
    code, found = verify(pool, "--node", node)

    assert code == 0
    assert {name for name, (ok, _) in found.items() if ok is None} == {"encoder", "service"}
    assert all(ok is not False for ok, _ in found.values())
    assert found["code"][1].startswith("SelfAssessedSparsePerceptron at 0x")
    assert "6 contributions replayed" in found["history"][1]
    assert found["escrow"][1].endswith("7 sent in by force")


def one_sample_more(method: str, _: Any, result: Any) -> Any:
    return result.replace("0x00000a", "0x00000b") if method == "eth_getCode" else result


@pytest.mark.parametrize("kind", [NaiveBayes, SparseNearestCentroid])
def test_verify_replays_models_that_count(anvil_url, kind):
    gateway = Gateway(anvil_url)
    bench = Bench.deploy_model(gateway, kind.from_counts([[3, 0, 7], [1, 9, 7]], [10, 10]))
    good, _ = bench.contribute(ADA, [0, 2], agrees=True)
    bench.batch(BOB, [[1], [2], [0, 1]], [True, False, True], committed=True)
    gateway.advance_time(CLAIMABLE)
    bench.refund(ADA, good, [0, 2])

    code, found = verify(bench.pool, "--node", anvil_url)

    assert code == 0, found
    assert found["code"][1].startswith(f"SelfAssessed{kind.CONTRACT} at 0x")
    assert found["initial weights"][1].startswith(
        f"{kind.MODEL_ID}, max_features 1024, num_classes 2, num_words 3; keccak256 0x"
    )
    assert found["digest"] == (True, "0x" + bench.twin.digest().hex())
    # the node says that class 0 had another sample in the beginning
    with lying(anvil_url, one_sample_more) as liar:
        code, found = verify(bench.pool, "--node", liar)
    assert (code, found["digest"][0]) == (1, False)
    assert "weights' hash" in found["creation"][1]


@pytest.mark.parametrize("build", [gas_dense.random_perceptron, gas_dense.random_centroid])
def test_verify_everything_holds_on_pools_of_vectors(build):
    with running_anvil() as node:
        bench = gas_dense.DenseBench(Gateway(node), build(20))
        for seed in range(4):
            bench.contribute(gas_dense.random_features(seed, 20), seed % 2)
        code, found = verify(bench.pool, "--node", node)
    assert code == 0
    assert found["code"][1].startswith(f"SelfAssessed{bench.twin.CONTRACT} at 0x")
    assert "dimensions 20" in found["initial weights"][1]
    assert "4 contributions replayed" in found["history"][1]
    assert found["digest"] == (True, "0x" + bench.twin.digest().hex())


def test_verify_prints_one_line_a_check(history):
    node, pool = history
    result = CliRunner().invoke(app, ["verify", pool, "--node", node])
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("ok      block: ")
    assert "-       service: not checked: give --service" in lines


# A NODE THAT LIES


@pytest.mark.parametrize(
    ("lie", "check"),
    [
        (hide_the_second_log, "history"),
        (hide_the_last_withdrawal, "escrow"),
        (hide_the_new_owner, "totals"),
        (hide_the_creation, "creation"),
        (longer_batch, "history"),
        (hide_all_logs, "totals"),
        (changed(PAUSED, 0, 5), "history"),
        (other_digest, "digest"),
        (other_escrow, "escrow"),
        (other_credit, "accounts"),
        (no_money, "escrow"),
        (other_code, "code"),
    ],
)
def test_verify_finds_each_lie_of_a_node(history, lie: Callable[[str, Any, Any], Any], check: str):
    node, pool = history
    with lying(node, lie) as liar:
        code, found = verify(pool, "--node", liar)
    assert code == 1
    assert found[check][0] is False, found


@pytest.mark.parametrize(
    ("lie", "sentence"),
    [
        # a first contribution cannot have cost less than what the clock says since the creation
        (changed(CONTRIBUTED, 2, COST - 1), f"Contributed in block .*: deposit is {COST - 1}, the twin says {COST}$"),
        (changed(CONTRIBUTED, 1, 7), "Contributed in block .*: predicted is 7, the twin says [01]$"),
        (changed(CONTRIBUTED, 0, 7), "Contributed in block .*: the twin refuses it with LabelOutOfRange"),
        (longer_batch, "BatchCommitted in block .*: count is 4, the twin says 3$"),
        (announced_twice(BATCH_COMMITTED), "BatchCommitted in block .*: it follows no contribution"),
        (changed(REFUNDED, 0, 1), f"Refunded in block .*: amount is 1, the twin says {COST}$"),
        (announced_twice(REFUNDED), "Refunded in block .*: the twin refuses it with ContributionClosed"),
        (changed(REPORTED, 1, 1), "Reported in block .*: remaining is 1, the twin says 0$"),
        (changed(COLLECTED, 1, 0), "Collected in block .*: burned is False, the twin says True$"),
        (changed(WITHDRAWN, 0, 1), "Withdrawn in block .*: amount is 1, the twin says "),
        (announced_twice(WITHDRAWN), "Withdrawn in block .*: the twin refuses it with NothingToWithdraw"),
        (announced_twice(PAUSED), "Paused in block .*: the twin emits nothing here"),
    ],
)
def test_verify_says_which_event_is_not_what_the_twin_emits(history, lie: Callable[[str, Any, Any], Any], sentence):
    node, pool = history
    with lying(node, lie) as liar:
        code, found = verify(pool, "--node", liar)
    assert (code, found["history"][0]) == (1, False), found
    assert re.match(sentence, found["history"][1]), found["history"][1]


#: A price that decays from 60 times the weight.
DECAYING = SELF_ASSESSMENT.terms(
    PRICE_DECAYING, LEFTOVER_ANYONE, 10, 9 * DAY, COST // 60, 10**9, ALL_SAFEGUARDS, HEAD_START
)


def deployed(gateway: Gateway, terms: Terms, forwarder: str = ZERO_ADDRESS) -> Bench:
    """A pool of a sparse perceptron under these terms."""
    model = SparsePerceptron.from_weights([3, -2, 5, 1])
    pool, _ = deploy_pool(
        gateway,
        ADA,
        factory=deploy_factory(gateway, ADA),
        implementation=deploy_implementation(
            gateway, ADA, implementation_name(terms.incentive, type(model)), forwarder
        ),
        encoder_hash=b"\1" * 32,
        incentive=terms.pack(),
        model=model.pack_parameters(),
        chunks=model.initial_chunks(),
    )
    return Bench(gateway, pool, model.restarted(), 0)


@pytest.mark.parametrize("terms", [DECAYING, POINTS.terms(10, 9 * DAY, ALL_SAFEGUARDS, HEAD_START)])
def test_verify_replays_incentives_with_credit_pauses_and_claims(terms):
    with running_anvil() as node:
        gateway = Gateway(node)
        bench = deployed(gateway, terms)
        gateway.advance_time(1_000)
        # pays more than the price: the rest is credit, which the next one is paid from
        good, _ = bench.contribute(ADA, [0, 2], agrees=True)
        bad, _ = bench.contribute(BOB, [1], agrees=False)
        left, _ = bench.batch(BOB, [[0], [1, 2]], [True, False])
        bench.send(gateway.pause_call(bench.pool, paused=True), ADA)
        gateway.advance_time(100)
        bench.refund(ADA, good, [0, 2])
        bench.send(gateway.pause_call(bench.pool, paused=False), ADA)
        gateway.advance_time(2 * HEAD_START)
        bench.report(ADA, bad, [1])
        gateway.advance_time(9 * DAY)
        bench.collect(ADA, left[1], [1, 2])
        code, found = verify(bench.pool, "--node", node)
        assert code == 0, found
        assert "4 contributions replayed" in found["history"][1]
        price = 0 if terms.incentive is POINTS else terms.price_after(1_000)
        with lying(node, changed(CONTRIBUTED, 2, price + 1)) as liar:
            code, found = verify(bench.pool, "--node", liar)
    assert (code, found["history"][0]) == (1, False)
    assert f"deposit is {price + 1}, the twin says" in found["history"][1]


def test_verify_other_initial_weights_do_not_lead_to_the_digest(history):
    node, pool = history
    with lying(node, other_weights) as liar:
        code, found = verify(pool, "--node", liar)
    assert code == 1
    assert False in (found["history"][0], found["digest"][0])


@pytest.mark.parametrize("answer", [b"", b"<html>", b"[]", b"{}", b'{"result": 5}', b'{"result": "0x"}', b"\xff\xfe"])
def test_verify_a_node_that_talks_nonsense_is_one_sentence(history, answer):
    _, pool = history
    with serving(lambda _path, _body: answer) as liar:
        result = CliRunner().invoke(app, ["verify", pool, "--node", liar])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1


def test_verify_nobody_listens():
    result = CliRunner().invoke(app, ["verify", "0x" + "1" * 40, "--node", "http://127.0.0.1:9"])
    assert result.exit_code == 2
    assert "does not answer" in result.stderr


@pytest.mark.parametrize("pool", ["", "0x12", "pool", "0x" + "g" * 40])
def test_verify_refuses_what_is_no_address(pool):
    result = CliRunner().invoke(app, ["verify", pool, "--node", "http://127.0.0.1:9"])
    assert result.exit_code == 2
    assert "no address" in result.stderr


def test_verify_an_address_without_a_pool_fails_on_its_code(history):
    node, _ = history
    code, found = verify("0x" + "1" * 40, "--node", node)
    assert code == 1
    assert found["code"] == (False, "there is no contract at this address")
    assert found["history"] == (None, "not checked: an earlier check failed")


def test_verify_a_contract_that_is_no_pool_fails_on_its_code(history):
    node, _ = history
    # anvil's own CREATE2 deployer
    code, found = verify("0x4e59b44847b379578588920cA78FbF26c0B4956C", "--node", node)
    assert code == 1
    assert found["code"][1] == "the code is not that of a clone as the factory makes it"


# A SERVICE


def test_verify_compares_what_a_service_says_with_the_chain(tmp_path, anvil_url):
    service = Service(
        tmp_path / "data",
        CHAIN_URL=anvil_url,
        OPERATOR_KEY="0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
    )
    service.start()
    try:
        pool = service.deploy()
        code, found = verify(pool["address"], "--node", anvil_url, "--service", service.url)
        assert code == 0, found
        assert all(ok for ok, _ in found.values())
        shown = service.call("GET", f"/pools/{pool['id']}")
        encoder = service.http.get(f"/v1/encoders/{shown['encoder_hash']}").content
    finally:
        service.stop()

    other = tmp_path / "encoder.txt"
    other.write_bytes(encoder + b"x\n")
    code, found = verify(pool["address"], "--node", anvil_url, "--encoder", str(other))
    assert (code, found["encoder"][0]) == (1, False)
    code, found = verify(pool["address"], "--node", anvil_url, "--encoder", str(tmp_path / "none"))
    assert (code, found["encoder"][0]) == (1, False)

    for lie, word in (
        ({"digest": "0x" + "0" * 64}, "digest"),
        ({"escrow": "1"}, "escrow"),
        ({"contributions": 3}, "contributions"),
        ({"block_number": 10**9}, "block"),
        ({"block_number": None}, "does not follow"),
        ({"escrow": "much"}, "escrow"),
        ({"address": "0x" + "2" * 40}, "answers with the pool at"),
    ):
        said = json.dumps(shown | lie).encode()
        with serving(lambda _path, _body, said=said: said) as liar:
            code, found = verify(pool["address"], "--node", anvil_url, "--service", liar)
        assert code == 1
        assert found["service"][0] is False
        assert word in found["service"][1]
    with serving(lambda _path, _body: b"<html>") as liar:
        code, found = verify(pool["address"], "--node", anvil_url, "--service", liar)
    assert (code, found["service"][0], found["encoder"][0]) == (1, False, False)


def test_verify_works_on_the_embedded_chain_whose_address_is_in_a_file(service: Service):
    service.start()
    pool = service.deploy()
    said = (service.folder / "chain-url").read_text().strip()
    code, found = verify(pool["address"], "--node", said, "--service", service.url)
    assert code == 0, found
    assert all(ok for ok, _ in found.values())


def test_verify_fails_where_a_forwarder_that_nobody_named_takes_everybodys_credit():
    """An account as trusted forwarder signs for all: it has the credit of others paid out to itself."""
    with running_anvil() as node:
        gateway = Gateway(node)
        bench = deployed(gateway, DECAYING, BOB.address)
        gateway.advance_time(1_000)
        bench.contribute(ADA, [0, 2], agrees=True)
        assert gateway.pool_account(bench.pool, ADA.address)[0] > 0
        in_her_name = encode_call("IPool", "withdrawTo", BOB.address) + bytes.fromhex(ADA.address[2:])
        bench.send(Call(bench.pool, in_her_name, 0, 200_000), BOB)
        assert gateway.pool_account(bench.pool, ADA.address)[0] == 0

        code, found = verify(bench.pool, "--node", node)
        assert code == 1
        ok, detail = found["forwarder"]
        assert ok is False
        assert BOB.address in detail
        assert "take every credit" in detail
        assert [name for name, (ok, _) in found.items() if ok is False] == ["forwarder"]

        # whoever knows better says so, in whatever case of letters, and beside others
        named = ("--forwarder", ADA.address, "--forwarder", BOB.address.lower())
        code, found = verify(bench.pool, "--node", node, *named)
        assert (code, found["forwarder"][0]) == (0, True)
        assert verify(bench.pool, "--node", node, "--forwarder", ADA.address)[0] == 1


def test_verify_says_that_there_is_no_forwarder_and_refuses_names_that_are_no_addresses(history):
    node, pool = history
    assert verify(pool, "--node", node)[1]["forwarder"] == (True, "none: everybody speaks for themselves")
    result = CliRunner().invoke(app, ["verify", pool, "--node", node, "--forwarder", "0x12"])
    assert (result.exit_code, "'0x12' is no address" in result.output) == (2, True)
