"""Who posts data anyway, and pays calldata's floor price for it (EIP-7623), runs code for nothing below that floor.

A seal in such a transaction adds nothing to its price: the gas is 21,000 and 40 a byte, with the seal and without it.
So it is sealed, and not paid: neither out of a contract, nor by an account with code of its own (EIP-7702), nor where
the data stand behind the selector. The same seal alone in its transaction is paid.
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
#: What stands in front of the address whose code an account has taken on (EIP-7702).
DELEGATED = "0xef0100"


def post(rpc: Rpc, sender: str, to: str, data: bytes) -> tuple[int, int]:
    """Send a transaction; its gas, and what each unit of that cost."""
    call = {"from": sender, "to": to, "data": "0x" + data.hex(), "gas": hex(MOST_GAS)}
    sent = rpc.request("eth_sendTransaction", call | {"maxFeePerGas": hex(MOST_FEE), "maxPriorityFeePerGas": "0x0"})
    while (receipt := rpc.request("eth_getTransactionReceipt", sent)) is None:
        time.sleep(0.01)
    assert int(str(receipt["status"]), 16) == 1
    return int(str(receipt["gasUsed"]), 16), int(str(receipt["effectiveGasPrice"]), 16)


def calling(bench: SealedBench, selector: bytes) -> bytes:
    """Data for `CODE` that is posted anyway, with a call of the pool, or none."""
    return int(bench.pool, 16).to_bytes(32, "big") + selector.ljust(32, b"\0") + b"\xda" * POSTED


@pytest.mark.parametrize("way", ["a contract", "an account with code", "data behind the selector"])
@pytest.mark.parametrize(
    "model", [words(SparsePerceptron, 1_000), words(NaiveBayes, 1_000)], ids=lambda one: one.name()
)
def test_a_seal_that_is_free_beside_what_is_posted_anyway_is_not_paid(anvil_url: str, model, way: str):
    rpc = Rpc(anvil_url, SECONDS)
    rpc.request("anvil_setBalance", ADA.address, hex(RICH))
    rpc.request("anvil_setCode", POSTER, "0x" + CODE)
    name = f"SealedAssessed{model.CONTRACT}"
    bench = SealedBench(Gateway(anvil_url), model, random_reference(model), name, bounty=ANY_BOUNTY)
    bench.send("fund", value=BUDGET)
    contributed(bench, 1)
    bench.gateway.advance_time(DAY)
    selector = encode_call(POOL, "seal")

    if way == "an account with code":
        rpc.request("anvil_setCode", ADA.address, DELEGATED + POSTER[2:])
    snapshot = rpc.request("evm_snapshot")
    sealer, to, posted = ADA.address, ADA.address, calling(bench, b"")
    sealing_data = calling(bench, selector)
    if way == "a contract":
        sealer = to = POSTER
    elif way == "data behind the selector":
        posted = sealing_data = selector + b"\xda" * POSTED
    without, _ = post(rpc, ADA.address, to, posted)
    rpc.request("evm_revert", snapshot)
    sealing, fee = post(rpc, ADA.address, bench.pool if posted is sealing_data else to, sealing_data)
    paid = int(str(bench.view("account", sealer)[0]))
    assert (bench.view("state")[1], fee > 0) == (1, True)
    # free it is, but for its selector's bytes
    assert sealing - without < 200
    assert paid == 0


def test_the_same_seal_alone_in_its_transaction_is_paid(anvil_url: str):
    rpc = Rpc(anvil_url, SECONDS)
    rpc.request("anvil_setBalance", ADA.address, hex(RICH))
    model = words(SparsePerceptron, 1_000)
    name = f"SealedAssessed{model.CONTRACT}"
    bench = SealedBench(Gateway(anvil_url), model, random_reference(model), name, bounty=ANY_BOUNTY)
    bench.send("fund", value=BUDGET)
    contributed(bench, 1)
    bench.gateway.advance_time(DAY)
    used, fee = post(rpc, ADA.address, bench.pool, encode_call(POOL, "seal"))
    paid = int(str(bench.view("account", ADA.address)[0]))
    assert 0 < paid < used * fee
