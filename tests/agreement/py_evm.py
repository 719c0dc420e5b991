"""pyrevm's interface over py-evm, for the Pythons that pyrevm has no wheel for: the same answers, much slower.

Only what `evm.py` calls is here. Gas is plentiful and free, as it is there; but here blocks have a base fee, and a
call's gas is a transaction's.
"""

from dataclasses import dataclass, field
from typing import Any

import rlp
from eth.constants import BLANK_ROOT_HASH, CREATE_CONTRACT_ADDRESS, ZERO_ADDRESS, ZERO_HASH32
from eth.db.atomic import AtomicDB
from eth.exceptions import Revert
from eth.vm.execution_context import ExecutionContext
from eth.vm.forks.prague.state import PragueState
from eth.vm.message import Message
from eth_utils import keccak, to_canonical_address, to_checksum_address

GAS = 2**30


@dataclass(frozen=True)
class BlockEnv:
    number: int
    timestamp: int
    basefee: int = 0


@dataclass(frozen=True)
class Log:
    address: str
    #: topics and data
    data: tuple[list[bytes], bytes]


@dataclass
class Result:
    logs: list[Log] = field(default_factory=list)
    #: that the receipt of such a transaction would tell; of calls
    gas_used: int = 0


class EVM:
    """One chain under Prague's rules."""

    def __init__(self, spec_id: str) -> None:
        assert spec_id == "PRAGUE"
        self.result = Result()
        self._state = PragueState(AtomicDB(), self._context(BlockEnv(number=1, timestamp=1)), BLANK_ROOT_HASH)

    @staticmethod
    def _context(block: BlockEnv) -> ExecutionContext:
        return ExecutionContext(
            coinbase=ZERO_ADDRESS,
            timestamp=block.timestamp,
            block_number=block.number,  # type: ignore[arg-type]
            difficulty=0,
            mix_hash=ZERO_HASH32,
            gas_limit=GAS,
            prev_hashes=[],
            chain_id=1,
            base_fee_per_gas=block.basefee,
            excess_blob_gas=0,
        )

    def set_block_env(self, block: BlockEnv) -> None:
        self._state.execution_context = self._context(block)

    def get_balance(self, holder: str) -> int:
        return self._state.get_balance(to_canonical_address(holder))

    def set_balance(self, holder: str, amount: int) -> None:
        self._state.set_balance(to_canonical_address(holder), amount)

    def message_call(self, caller: str, to: str, calldata: bytes, *, value: int = 0) -> bytes:
        target = to_canonical_address(to)
        code = self._state.get_code(target)
        message = Message(GAS, target, to_canonical_address(caller), value, calldata, code)
        computation = self._run(message)
        used = 21_000 + sum(16 if byte else 4 for byte in calldata) + computation.get_gas_used()
        self.result.gas_used = used - min(used // 5, max(0, computation.get_gas_refund()))
        return bytes(computation.output)

    def deploy(self, deployer: str, code: bytes) -> str:
        sender = to_canonical_address(deployer)
        nonce = self._state.get_nonce(sender)
        self._state.increment_nonce(sender)
        created = keccak(rlp.encode([sender, nonce]))[12:]
        self._run(Message(GAS, CREATE_CONTRACT_ADDRESS, sender, 0, b"", code, create_address=created))
        return to_checksum_address(created)

    def _run(self, message: Message) -> Any:
        kind = self._state.computation_class
        context = self._state.transaction_context_class(gas_price=0, origin=message.sender, blob_versioned_hashes=())
        apply = kind.apply_create_message if message.is_create else kind.apply_message
        computation = apply(self._state, message, context)
        # what a transaction's end does: original storage values, warm places and transient storage start anew
        self._state.lock_changes()
        if computation.is_error and isinstance(computation.error, Revert):
            raise RuntimeError(f"Revert {{ gas_used: 0, output: 0x{computation.output.hex()} }}")
        if computation.is_error:
            raise RuntimeError(f"Halt: {computation.error!r}")
        logs = computation.get_log_entries()
        self.result = Result(
            [
                Log(to_checksum_address(emitter), ([topic.to_bytes(32, "big") for topic in topics], bytes(data)))
                for emitter, topics, data in logs
            ]
        )
        return computation
