"""Every verb of `IPoolFactory`, `IPool` and `ISealedPool`, sent once for whoever looks at what it left in the state.

A name begins with the function, behind "sealed" in pools whose judge is sealed: a test holds them against the
interfaces. Conditions are those of `earnest.contracts.tools.gas`; samples have 130 words.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from earnest.chain.deployment import deploy_contract, deploy_factory, store_chunk
from earnest.chain.gateway import Gateway
from earnest.chain.interface import encode_call
from earnest.chain.signer import LocalSigner
from earnest.chain.tokens import approve_call, deposit_call, describe, mint_call, permit_call, permit_to_sign
from earnest.chain.types import BatchProof, Call, Claimed, ContributionKey
from earnest.contracts.build import DEVELOPMENT
from earnest.contracts.tools.gas import ADA, BOB, CLAIMABLE, COST, DAY, WIDE, Bench, random_weights
from earnest.contracts.tools.gas_sealed import RATE, SealedBench
from earnest.contracts.tools.gas_tokens import MUCH, NEVER
from earnest.core.keccak import keccak256
from earnest.core.models.formats.words import pack_sample
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.pool import Contribution, merkle

#: Takes a verb's name and the gas of the newest block's one transaction, which was it.
Note = Callable[[str, int], None]
MANY, FUNDED, BOUNTY = 10, 10**18, 10**15
SEALED = "SealedAssessedSparsePerceptron"
PACKED = pack_sample(WIDE)
#: Gas that is enough for what takes little.
LITTLE = 150_000


def measure(gateway: Gateway, note: Note) -> None:
    """Send each, and tell of it."""
    factory = deploy_factory(gateway, ADA)
    _, stored = store_chunk(gateway, ADA, factory, bytes(range(1, 201)) * 10)
    note("storeChunk, 2,000 bytes", stored.gas_used)
    bench = Bench.deploy(gateway, random_weights())
    note("createPool, 1,000 words", bench.deployment)
    _contributing(bench, note)
    _claiming(bench, note)
    _claiming_many(bench, note)
    _claiming_from_batches(bench, note)
    _withdrawing(bench, note)
    _owning(lambda function, *given: _verb(bench, "IPool", ADA, function, *given), note, "")
    note("acceptOwnership", _verb(bench, "IPool", BOB, "acceptOwnership"))
    _tokens(gateway, note)
    weights = np.clip(random_weights(), -126, 127)
    reference = bytes(2 * len(weights))
    model = SparsePerceptron.from_weights(weights, eta0=3)
    _sealed(SealedBench(gateway, model, reference, SEALED, BOUNTY), note)
    _sealed_tokens(gateway, model, reference, note)


def _verb(bench: Bench, interface: str, who: LocalSigner, function: str, *given: object) -> int:
    return bench.send(Call(bench.pool, encode_call(interface, function, *given), 0, LITTLE), who).gas_used


def _contributing(bench: Bench, note: Note) -> None:
    note("contribute, the first ever that teaches", bench.contribute(ADA, WIDE, agrees=False)[1])
    bench.warm_up()
    note("contribute, agrees", bench.contribute(ADA, WIDE, agrees=True)[1])
    note("contribute, disagrees", bench.contribute(ADA, WIDE, agrees=False)[1])
    fifty = [WIDE] * 50, [True] * 50
    note("contributeBatch, 50 samples", bench.batch(ADA, *fifty)[1])
    note("commitBatch, 50 samples", bench.batch(ADA, *fifty, committed=True)[1])


def _good(bench: Bench, count: int) -> list[ContributionKey]:
    return [bench.contribute(ADA, WIDE, agrees=True)[0] for _ in range(count)]


def _bad(bench: Bench, count: int) -> list[ContributionKey]:
    """Of ADA's, with a label that the model does not say once all are there."""
    found: list[ContributionKey] = []
    said = bench.twin.predict_one(WIDE)[0]
    while len(found) < count or bench.twin.predict_one(WIDE)[0] != said:
        if bench.twin.predict_one(WIDE)[0] == said:
            found += bench.give(ADA, [WIDE], [1 - said])[0]
        else:
            bench.give(BOB, [WIDE], [said])
    return found[:count]


def _claiming(bench: Bench, note: Note) -> None:
    gateway = bench.gateway
    good, bad = _good(bench, 2), _bad(bench, 2)
    gateway.advance_time(CLAIMABLE)
    # the credit, and what the reporter remembers of these numbers, are slots of their own
    bench.refund(ADA, good[0], WIDE)
    bench.report(BOB, bad[0], WIDE)
    note("refund", bench.refund(ADA, good[1], WIDE))
    note("report, a share", bench.report(BOB, bad[1], WIDE))
    gateway.advance_time(9 * DAY)
    note("collect", bench.collect(BOB, bad[1], WIDE))


def _claiming_many(bench: Bench, note: Note) -> None:
    gateway = bench.gateway
    good, bad = _good(bench, MANY), _bad(bench, MANY)
    gateway.advance_time(CLAIMABLE)
    for verb, who, keys, shown in (("refund", ADA, good, ""), ("report", BOB, bad, ", a share of each")):
        call = gateway.claims_call(bench.pool, verb, [Claimed(key, PACKED) for key in keys], bench.twin)
        note(f"{verb}Many, {MANY}{shown}", bench.send(call, who).gas_used)
    gateway.advance_time(9 * DAY)
    call = gateway.claims_call(bench.pool, "collect", [Claimed(key, PACKED) for key in bad], bench.twin)
    note(f"collectMany, {MANY}", bench.send(call, BOB).gas_used)


def _claiming_from_batches(bench: Bench, note: Note) -> None:
    gateway = bench.gateway
    said = bench.twin.predict_one(WIDE)[0]
    labels = [said] * 8
    # the first comes back, the last is reported and what is left of it collected: it is told wrong, and unlearned again
    labels[7] = 1 - said
    keys, _ = bench.give(ADA, [WIDE] * 8, labels, committed=True)
    while bench.twin.predict_one(WIDE)[0] != said:
        bench.give(BOB, [WIDE], [said])
    leaves = [Contribution(*key.as_tuple()).leaf(keccak256(PACKED)) for key in keys]
    proofs = [BatchProof(keys[0].index, tuple(merkle.proof(leaves, place))) for place in range(8)]
    gateway.advance_time(CLAIMABLE)
    note("refundFromBatch, of 8", bench.refund(ADA, keys[0], WIDE, proofs[0]))
    call = gateway.report_call(bench.pool, keys[7], PACKED, proofs[7], bench.twin)
    note("reportFromBatch, of 8, a share", bench.send(call, BOB).gas_used)
    gateway.advance_time(9 * DAY)
    call = gateway.collect_call(bench.pool, keys[6], keccak256(PACKED), proofs[6])
    note("collectFromBatch, of 8", bench.send(call, BOB).gas_used)


def _withdrawing(bench: Bench, note: Note) -> None:
    note("withdraw", bench.withdraw(BOB))
    note("withdrawTo", _verb(bench, "IPool", ADA, "withdrawTo", BOB.address))


def _owning(send: Callable[..., int], note: Note, family: str) -> None:
    """What the owner can do; the last of it, by the one to whom it is offered, is the caller's to send."""
    # how long a pool was paused is a slot of its own
    send("pause")
    send("unpause")
    note(f"{family}pause", send("pause"))
    note(f"{family}unpause", send("unpause"))
    note(f"{family}transferOwnership", send("transferOwnership", BOB.address))


def _tokens(gateway: Gateway, note: Note) -> None:
    address = deploy_contract(gateway, ADA, DEVELOPMENT[0])
    bench = Bench.deploy_model(gateway, SparsePerceptron.from_weights(random_weights()), tokens=[address])
    for who in (ADA, BOB):
        bench.send(mint_call(address, who.address, MUCH), who)
        bench.send(approve_call(address, bench.pool, MUCH), who)
    bench.warm_up()
    bench.send(deposit_call(bench.pool, COST), ADA)
    note("depositTokens", bench.send(deposit_call(bench.pool, COST), ADA).gas_used)
    for _ in range(2):
        # the account's first signature writes a slot of the token's
        used = bench.send(_permitted(gateway, address, bench.pool), ADA).gas_used
        note("depositTokensPermitted", used)


def _permitted(gateway: Gateway, token: str, pool: str) -> Call:
    typed = permit_to_sign(gateway, describe(gateway, token), ADA.address, pool, COST, NEVER)
    if typed is None:
        raise ValueError("the token takes no signatures")
    return permit_call(pool, COST, NEVER, ADA.sign_typed(typed))


def _sealed(bench: SealedBench, note: Note) -> None:
    note("sealed createPool, 1,000 words", bench.creation)
    bench.send("fund", value=FUNDED)
    note("sealed fund", bench.send("fund", value=FUNDED))
    bench.seal()
    bench.warm_up()
    bench.seal()
    bench.seal()
    _as_newcomer(bench)
    near = _turning(bench)
    turned, _ = bench.contribute(near, 1 - bench.predicted(near))
    spent, used = bench.contribute(WIDE, 1 - bench.predicted(WIDE))
    note("sealed contribute, at risk", used)
    _earn(bench)
    bench.who = ADA
    agreed, used = bench.contribute(WIDE, bench.predicted(WIDE))
    note("sealed contribute, agreed", used)
    _earn(bench)
    promised, used = bench.contribute(WIDE, 1 - bench.predicted(WIDE))
    note("sealed contribute, promised", used)
    bench.seal()
    note("sealed seal, 1,000 words, paid for", bench.seal())
    note("sealed settle, agreed, teaches nothing", bench.settle(agreed, WIDE)[1])
    note("sealed settle, promised, teaches", bench.settle(promised, WIDE)[1])
    bench.who = BOB
    if bench.predicted(near) != turned[2] or bench.predicted(WIDE) == spent[2]:
        raise AssertionError("The figures are of other cases than their names say.")
    note("sealed settle, at risk, the judge agrees now", bench.settle(turned, near)[1])
    note("sealed settle, at risk, for standing", bench.settle(spent, WIDE)[1])
    note("sealed withdraw", bench.send("withdraw"))
    bench.who = ADA
    note("sealed withdrawTo", bench.send("withdrawTo", BOB.address))
    _owning(bench.send, note, "sealed ")
    bench.who = BOB
    note("sealed acceptOwnership", bench.send("acceptOwnership"))


def _earn(bench: SealedBench) -> None:
    """Standing for one disagreement."""
    few = WIDE[:1]
    for _ in range(RATE):
        bench.contribute(few, bench.predicted(few))


def _as_newcomer(bench: SealedBench) -> None:
    """Send as BOB from here on, who has credit and no standing: what it had is spent."""
    bench.who = BOB
    _earn(bench)
    few = WIDE[:1]
    bench.contribute(few, 1 - bench.predicted(few))


def _turning(bench: SealedBench) -> NDArray[Any]:
    """A sample on which the judge is about to say what the learner says: of many the one that it is least sure of."""
    rng = np.random.default_rng(5)
    judge, learner = (
        bench.model.judging(np.array(bench.view(view, 0, bench.model.weight_count)[0], dtype=np.int32))
        for view in ("judgeWeights", "weights")
    )
    for_one = judge.weights_[:-1] > 0
    candidates = []
    for many in range(30, 100):
        for _ in range(10):
            ones = rng.choice(np.flatnonzero(for_one), many, replace=False)
            zeros = rng.choice(np.flatnonzero(~for_one), len(WIDE) - many, replace=False)
            candidates.append(np.sort(np.concatenate([ones, zeros])).astype(np.uint16))
    unlike = [one for one in candidates if judge.predict_one(one)[0] != learner.predict_one(one)[0]]
    return min(unlike, key=lambda sample: abs(judge.predict_one(sample)[1]))


def _sealed_tokens(gateway: Gateway, model: SparsePerceptron, reference: bytes, note: Note) -> None:
    address = deploy_contract(gateway, ADA, DEVELOPMENT[0])
    bench = SealedBench(gateway, model, reference, SEALED, token=address)
    plain = Bench(gateway, bench.pool, model, 0)
    plain.send(mint_call(address, ADA.address, MUCH), ADA)
    plain.send(approve_call(address, bench.pool, MUCH), ADA)
    bench.send("depositTokens", COST)
    note("sealed depositTokens", bench.send("depositTokens", COST))
    for _ in range(2):
        note("sealed depositTokensPermitted", plain.send(_permitted(gateway, address, bench.pool), ADA).gas_used)
