"""An implementation whose mover of tokens is left out at one of its places is none of ours.

An implementation has two immutables, its forwarder and its mover of tokens, at six places. A mover of zeros looks like
"no forwarder" to whoever asks only which addresses are there, and a call of nobody succeeds: deposits come in, credit
is taken off, `Withdrawn` is told, and no token moves.
"""

import pytest
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from earnest.chain.deployment import deploy_contract, deploy_factory, deploy_pool, send_and_wait, store_chunk
from earnest.chain.gateway import Gateway
from earnest.chain.implementations import first_created
from earnest.chain.interface import encode_call
from earnest.chain.types import Call
from earnest.contracts import load_artifact
from earnest.contracts.tools.anvil import running_anvil
from earnest.contracts.tools.gas import ADA, BOB
from earnest.contracts.tools.gas_sealed import NOBODY, PRICES, SealedBench, packed_rules
from earnest.core.models.formats.words import pack_sample
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.verification.checks import verify
from tests.verification.test_other_code_at_creation import ASKING, MAKER, Thief, leaving, word

pytestmark = pytest.mark.loopback

NAME, TOKEN = "SealedAssessedSparsePerceptron", "DevelopmentToken"
MODEL = SparsePerceptron.from_weights([50, 2, -50, 0])
#: Where the mover stands in the code, and in how many places.
PLACES = load_artifact(NAME).immutables["_MOVES"]


def implementation(gateway: Gateway, thief: Thief, left_out: set[int]) -> str:
    """This version's code and its mover, which is left out at these of its places."""
    maker = thief.left(MAKER)
    where = "0x" + keccak(b"\xff" + bytes.fromhex(maker[2:]) + bytes(32) + keccak(ASKING))[12:].hex()
    moves, real = first_created(where), deploy_contract(gateway, ADA, NAME, ("address", NOBODY))
    real_moves = first_created(real)
    code = bytearray(gateway.code(real).replace(real_moves, moves))
    for nth, (start, length) in enumerate(PLACES):
        if nth in left_out:
            code[start : start + length] = bytes(length)
    mover = gateway.code("0x" + real_moves.hex()).replace(real_moves, moves)
    thief.answers(maker, thief.left(leaving(mover)), thief.left(bytes(code)))
    thief.send(maker, word(0))
    assert gateway.code(where) == bytes(code)
    return to_checksum_address(where)


def wrong(pool: str, url: str) -> list[str]:
    results = list(verify(pool, url, None, None, 0))
    return [f"{result.name}: {result.detail}" for result in results if result.ok is False]


class Victim(SealedBench):
    """Ada in a pool of the thief's, in a token."""

    def __init__(self, gateway: Gateway, thief: Thief, left_out: set[int]) -> None:
        self.gateway, self.model, self.who = gateway, MODEL, ADA
        self.token = deploy_contract(gateway, ADA, TOKEN)
        factory = deploy_factory(gateway, ADA, [self.token])
        rules, _ = store_chunk(gateway, ADA, factory, packed_rules(4) + bytes(2 * MODEL.weight_count))
        made = implementation(gateway, thief, left_out)
        self.pool, _ = deploy_pool(
            gateway, BOB, factory=factory, implementation=made, encoder_hash=b"\1" * 32,
            incentive=bytes.fromhex(rules[2:]) + bytes(19), model=MODEL.pack_parameters(),
            chunks=MODEL.initial_chunks(), token=self.token,
        )  # fmt: skip
        self.call("mint", ADA.address, 10 * PRICES[0])
        self.call("approve", self.pool, 10 * PRICES[0])

    def call(self, verb: str, *arguments: object) -> None:
        send_and_wait(self.gateway, Call(self.token, encode_call(TOKEN, verb, *arguments), 0, 200_000), self.who)

    def owns(self, holder: str) -> int:
        return int(str(self.gateway.view(TOKEN, self.token, "balanceOf", holder)[0]))


def test_what_pays_out_is_called_right_and_pays_out():
    with running_anvil() as url:
        gateway = Gateway(url)
        victim = Victim(gateway, Thief(url), set())
        assert wrong(victim.pool, url) == []
        before = victim.owns(ADA.address)
        play(gateway, victim)
        assert victim.owns(ADA.address) == before
        assert len(PLACES) == 3


@pytest.mark.parametrize("place", range(len(PLACES)))
def test_what_leaves_its_mover_out_is_not_called_right(place: int):
    with running_anvil() as url:
        gateway = Gateway(url)
        victim = Victim(gateway, Thief(url), {place})
        assert [complaint for complaint in wrong(victim.pool, url) if "implementation" in complaint.lower()]


def play(gateway: Gateway, victim: Victim) -> None:
    """Contribute three samples that the judge agrees with, settle them, and withdraw."""
    sample = pack_sample([0])
    for _ in range(3):
        assert victim.view("quote", ADA.address, sample, 1) == (0, PRICES[0])
        victim.send("contribute", sample, 1, PRICES[0])
    for _ in range(2):
        gateway.advance_time(86_400)
        victim.send("seal")
    for index in range(3):
        victim.send("settle", (index, ADA.address, 1, 0, 0, PRICES[0]), sample)
    assert victim.view("account", ADA.address)[0] == 3 * PRICES[0]
    victim.send("withdraw")
