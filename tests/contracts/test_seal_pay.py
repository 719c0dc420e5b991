"""Nobody gains by sealing: a seal is paid at most what it adds to the gas of its transaction, as receipts tell.

Clearing storage is refunded, up to a fifth of all that a transaction uses (EIP-3529): whoever clears slots anyway, more
of them than a fifth of that pays for, has a fifth of a seal's gas back. Whoever reads a pool anyway has its slots warm.
A seal is only paid alone in its transaction, where little of that can be had (authorizations of EIP-7702 are refunded,
too); it is held to the least that it could cost all the same: what it adds to a transaction that has all of that, sent
with the seal and without it. That one is not paid.
"""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from earnest.chain.gateway import Gateway
from earnest.chain.interface import encode_call
from earnest.chain.rpc import Rpc
from earnest.contracts.tools.gas_dense import random_features
from earnest.contracts.tools.gas_sealed import ADA, DAY, POOL, RATE, SealedBench, random_reference
from earnest.core.models.class_counts import ClassCounts
from earnest.core.models.dense_margin_perceptron import DenseMarginPerceptron
from earnest.core.models.dense_nearest_centroid import DenseNearestCentroid
from earnest.core.models.dense_perceptron import DensePerceptron
from earnest.core.models.formats.words import Words
from earnest.core.models.model import Model
from earnest.core.models.naive_bayes import NaiveBayes
from earnest.core.models.sparse_margin_perceptron import SparseMarginPerceptron
from earnest.core.models.sparse_nearest_centroid import SparseNearestCentroid
from earnest.core.models.sparse_perceptron import SparsePerceptron

SECONDS, RICH, BUDGET, ANY_BOUNTY = 60, 10**26, 10**24, 2**96 - 1
#: Slots that the transaction clears anyway: what is refunded for them is more than a fifth of the dearest seal's gas.
CLEARED = 700
#: Osaka's cap of a transaction, and what its gas may cost.
MOST_GAS, MOST_FEE = 2**24, 10**11

#: Where the contract below is put.
SEALER = "0x" + "5e" * 20
#: Writes word 2 of its calldata into each slot from word 0 until word 1, calls the contract of word 3 with each
#: selector in the words behind, and fails where one of these calls does. It takes ether.
CODE = (
    "5f35"  # the slot
    "5b6020358110156017576040358155600101600256"  # while it is below word 1: write it, go on to the next
    "5b506080"  # behind the four words
    "5b368110" + "15603c57"  # while there is calldata:
    "80355f525f5f60045f5f6060355af1" + "15603e57" + "602001601b56"  # call, go on to the next selector
    "5b00"
    "5b5f5ffd"
)


class Sealer:
    """A contract that clears slots, and may seal a pool, in one transaction."""

    def __init__(self, bench: SealedBench, url: str) -> None:
        self.bench = bench
        self._rpc = Rpc(url, SECONDS)
        self._rpc.request("anvil_setCode", SEALER, "0x" + CODE)

    def added_and_paid(self) -> tuple[int, int]:
        """What a seal adds to its transaction's gas, and what it is paid alone in one, at its block's base fee."""
        self._send([], value=1)
        self.bench.gateway.advance_time(DAY)
        call = {"from": SEALER, "to": self.bench.pool, "data": "0x" + encode_call(POOL, "seal").hex()}
        warm = self._rpc.request("eth_createAccessList", call)["accessList"]
        snapshot = self._rpc.request("evm_snapshot")
        without, _ = self._send([], warm=warm)
        self._rpc.request("evm_revert", snapshot)
        snapshot = self._rpc.request("evm_snapshot")
        sealing, _ = self._send(["seal"], warm=warm)
        assert self._credit(SEALER) == 0
        self._rpc.request("evm_revert", snapshot)
        before = self._credit(ADA.address)
        alone = {"from": ADA.address, "to": self.bench.pool, "data": call["data"]}
        _, fee = self._sent(alone)
        paid, rest = divmod(self._credit(ADA.address) - before, fee)
        assert rest == 0
        return sealing - without, paid

    def _credit(self, account: str) -> int:
        return int(str(self.bench.view("account", account)[0]))

    def _send(self, verbs: list[str], *, value: int = 0, warm: Sequence[Any] = ()) -> tuple[int, int]:
        """Write all slots, and call the pool; the gas, and what each unit of it cost."""
        words = (0, CLEARED, value, int(self.bench.pool, 16))
        calls = b"".join(encode_call(POOL, verb).ljust(32, b"\0") for verb in verbs)
        data = b"".join(word.to_bytes(32, "big") for word in words) + calls
        call = {"from": ADA.address, "to": SEALER, "data": "0x" + data.hex()}
        return self._sent(call | {"accessList": list(warm)})

    def _sent(self, call: dict[str, Any]) -> tuple[int, int]:
        fees = {"gas": hex(MOST_GAS), "maxFeePerGas": hex(MOST_FEE), "maxPriorityFeePerGas": "0x0"}
        sent = self._rpc.request("eth_sendTransaction", call | fees)
        while (receipt := self._rpc.request("eth_getTransactionReceipt", sent)) is None:
            time.sleep(0.01)
        assert int(str(receipt["status"]), 16) == 1
        return int(str(receipt["gasUsed"]), 16), int(str(receipt["effectiveGasPrice"]), 16)


def words(model: type[Any], number: int, classes: int = 2) -> Model:
    """A model on so many words; its weights are 0, or its counts 1."""
    if issubclass(model, ClassCounts):
        made: Model = model.from_counts(np.ones((classes, number), int), np.full(classes, 9))
    else:
        made = model.from_weights([0] * (number + 1), eta0=3)
    return made


def samples_of(model: Model) -> list[Any]:
    """The first thousand words and the last, which may be the same, or a vector without a 0."""
    if not isinstance(model.format, Words):
        return [random_features(3, model.format.width)]
    number = model.format.width
    starts = sorted({0, max(0, number - 1000)})
    return [np.arange(start, min(start + 1000, number), dtype=np.uint16) for start in starts]


def contributed(bench: SealedBench, label: int) -> list[tuple[Any, Any]]:
    """A contribution of each sample, with the standing that it may take; what can be settled later."""
    made = []
    for sample in samples_of(bench.model):
        for _ in range(RATE):
            bench.contribute(sample, bench.predicted(sample))
        made.append((bench.contribute(sample, label)[0], sample))
    return made


#: The smallest and the largest of each judge, and one between.
SHAPES = [
    words(SparsePerceptron, 1),
    words(SparsePerceptron, 1_000),
    words(SparsePerceptron, 11_969),
    words(SparseMarginPerceptron, 1_000),
    words(SparseMarginPerceptron, 11_969),
    DensePerceptron.from_weights([0] * 2),
    DensePerceptron.from_weights([0] * 385),
    DensePerceptron.from_weights([0] * 4_097),
    DenseMarginPerceptron.from_weights(np.zeros((16, 65), int)),
    DenseMarginPerceptron.from_weights(np.zeros((16, 385), int)),
    words(NaiveBayes, 1),
    words(NaiveBayes, 1_000),
    words(NaiveBayes, 736, 16),
    words(NaiveBayes, 5_984),
    words(SparseNearestCentroid, 1_000),
    words(SparseNearestCentroid, 5_984),
    DenseNearestCentroid.from_sums(np.ones((2, 1), int), np.full(2, 9)),
    DenseNearestCentroid.from_sums(np.ones((3, 384), int), np.full(3, 9)),
    DenseNearestCentroid.from_sums(np.ones((15, 384), int), np.full(15, 9)),
]


@pytest.mark.parametrize(
    "model", SHAPES, ids=lambda model: f"{model.name()}, {model.format.width}, {model.class_count}"
)
def test_seal_is_paid_no_more_than_it_adds_to_its_transaction(anvil_url: str, model: Model) -> None:
    Rpc(anvil_url, SECONDS).request("anvil_setBalance", ADA.address, hex(RICH))
    name = f"SealedAssessed{model.CONTRACT}"
    bench = SealedBench(Gateway(anvil_url), model, random_reference(model), name, bounty=ANY_BOUNTY)
    bench.send("fund", value=BUDGET)
    sealer, learners, found = Sealer(bench, anvil_url), [bench.view("digest")], {}
    lessons = contributed(bench, 1)
    found["first"] = sealer.added_and_paid()
    found["nothing changed"] = sealer.added_and_paid()
    # what the one state taught the other takes back, where a model can
    for state, then in (("changed", 0), ("changed back", 1)):
        for what, sample in lessons:
            bench.settle(what, sample)
        learners.append(bench.view("digest"))
        lessons = contributed(bench, then)
        found[state] = sealer.added_and_paid()
        bench.seal()
    assert learners[0] != learners[1] != learners[2]
    assert all(paid for _, paid in found.values())
    assert {state: (added, paid) for state, (added, paid) in found.items() if paid > added} == {}
