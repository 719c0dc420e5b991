"""A stranger that says, before an honest pool is made, that it has made it, and becomes a factory afterwards.

`find_creation` takes the first log of whoever has a factory's code now; that it was none when it said so is looked at
later, when no other log is asked for any more. So whoever sees the transaction that creates a pool, and puts one before
it, has every verification of that pool fail for ever, and every import of it refused.
"""

import pytest
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from earnest.chain.gateway import Gateway
from earnest.chain.implementations import is_factory
from earnest.contracts.tools.anvil import running_anvil
from earnest.contracts.tools.gas import Bench, random_weights
from earnest.verification.checks import verify
from tests.verification.test_other_code_at_creation import ASKING, MAKER, Thief, assembled, word

pytestmark = pytest.mark.loopback


def wrong(pool: str, url: str) -> list[str]:
    results = list(verify(pool, url, None, None, 0))
    return [f"{result.name}: {result.detail}" for result in results if result.ok is False]


def test_a_stranger_that_becomes_a_factory_keeps_no_honest_pool_from_being_verified():
    with running_anvil() as url:
        gateway, thief = Gateway(url), Thief(url)
        # what the creation will say: all of it follows from the transaction that waits
        before = thief.rpc.request("evm_snapshot")
        foreseen = Bench.deploy(gateway, random_weights()).pool
        named = "0x" + foreseen[2:].lower().rjust(64, "0")
        (told,) = thief.rpc.request("eth_getLogs", {"fromBlock": "0x0", "toBlock": "latest", "topics": [None, named]})
        factory_code = gateway.code(told["address"])
        assert wrong(foreseen, url) == []
        thief.rpc.request("evm_revert", before)

        maker = thief.left(MAKER)
        where = "0x" + keccak(b"\xff" + bytes.fromhex(maker[2:]) + bytes(32) + keccak(ASKING))[12:].hex()
        said, pool, implementation, owner = (topic[2:] for topic in told["topics"])
        stranger = assembled(
            "#01 calldatasize eq @die jumpi calldatasize 0 0 calldatacopy "
            f"#{owner} #{implementation} #{pool} #{said} calldatasize 0 log4 stop :die caller die"
        )
        thief.answers(maker, "0x" + "0" * 40, thief.left(stranger))
        thief.send(maker, word(int(where, 16)) + bytes.fromhex(told["data"][2:]))

        honest = Bench.deploy(Gateway(url), random_weights())
        assert honest.pool == to_checksum_address(foreseen)
        assert wrong(honest.pool, url) == []

        thief.answers(maker, "0x" + "0" * 40, thief.left(factory_code))
        thief.send(maker, word(0))
        assert is_factory(Gateway(url).code(where))
        complaints = wrong(honest.pool, url)
        print(f"verification's complaints about an honest pool: {complaints}")
        assert complaints == []
