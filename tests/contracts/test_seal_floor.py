"""Who posts data anyway, and pays calldata's floor price for it (EIP-7623), runs code for nothing below that floor.

A seal in such a transaction adds nothing to its price: the gas is 21,000 and 40 a byte, with the seal and without it.
Open: docs/sealed-assessment.md says so. It takes the budget, which is gifts and lost deposits, and no open deposit.
"""

import time

import pytest

from earnest.chain.gateway import Gateway
from earnest.chain.interface import encode_call
from earnest.chain.rpc import Rpc
from earnest.contracts.tools.gas_sealed import ADA, DAY, POOL, SealedBench, random_reference
from earnest.core.models.naive_bayes import NaiveBayes
from earnest.core.models.sparse_perceptron import SparsePerceptron
from tests.contracts.test_seal_pay import ANY_BOUNTY, BUDGET, MOST_FEE, MOST_GAS, RICH, SECONDS, contributed, words

pytestmark = pytest.mark.loopback

#: Bytes that are posted anyway; less than nodes pass on (128 KiB).
POSTED = 120_000
POSTER = "0x" + "5d" * 20
#: Calls the contract of word 0 with the selector of word 1, unless that is 0, and fails where the call does. What is
#: behind is not looked at: it is there to be read by others.
CODE = "602035" + "8015601857" + "5f52" + "5f5f60045f5f5f355af1" + "15601a57" + "5b00" + "5b5f5ffd"


def post(bench: SealedBench, rpc: Rpc, verb: str | None) -> tuple[int, int]:
    """Post the data, and call the pool; the gas, and what each unit of it cost."""
    selector = b"" if verb is None else encode_call(POOL, verb)
    data = int(bench.pool, 16).to_bytes(32, "big") + selector.ljust(32, b"\0") + b"\xda" * POSTED
    call = {"from": ADA.address, "to": POSTER, "data": "0x" + data.hex(), "gas": hex(MOST_GAS)}
    sent = rpc.request("eth_sendTransaction", call | {"maxFeePerGas": hex(MOST_FEE), "maxPriorityFeePerGas": "0x0"})
    while (receipt := rpc.request("eth_getTransactionReceipt", sent)) is None:
        time.sleep(0.01)
    assert int(str(receipt["status"]), 16) == 1
    return int(str(receipt["gasUsed"]), 16), int(str(receipt["effectiveGasPrice"]), 16)


@pytest.mark.parametrize(
    "model", [words(SparsePerceptron, 1_000), words(NaiveBayes, 1_000)], ids=lambda one: one.name()
)
def test_a_seal_adds_next_to_nothing_where_calldata_pays_its_floor_and_is_paid_all_the_same(anvil_url: str, model):
    rpc = Rpc(anvil_url, SECONDS)
    rpc.request("anvil_setBalance", ADA.address, hex(RICH))
    rpc.request("anvil_setCode", POSTER, "0x" + CODE)
    name = f"SealedAssessed{model.CONTRACT}"
    bench = SealedBench(Gateway(anvil_url), model, random_reference(model), name, bounty=ANY_BOUNTY)
    bench.send("fund", value=BUDGET)
    contributed(bench, 1)
    bench.gateway.advance_time(DAY)
    snapshot = rpc.request("evm_snapshot")
    without, _ = post(bench, rpc, None)
    rpc.request("evm_revert", snapshot)
    sealing, fee = post(bench, rpc, "seal")
    paid = int(str(bench.view("account", POSTER)[0]))
    assert (bench.view("state")[1], fee > 0, paid > 0) == (1, True, True)
    # its selector's bytes are all that it costs more
    assert sealing - without < 200
    assert paid > (sealing - without) * fee
