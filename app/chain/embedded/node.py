"""One py-evm chain on a store: mines a block for each transaction, and remembers everything."""

import time
from typing import Any

from eth._utils.address import generate_contract_address
from eth.abc import SignedTransactionAPI
from eth.chains.base import MiningChain
from eth.db.atomic import AtomicDB
from eth.exceptions import VMError
from eth.vm.forks.prague import PragueVM
from eth.vm.spoof import SpoofTransaction
from eth_keys.exceptions import BadSignature
from eth_tester.backends.pyevm.main import get_default_genesis_params
from eth_typing import BlockNumber
from eth_utils.exceptions import ValidationError
from rlp.exceptions import RLPException

from earnest.chain.embedded.store import FORMAT, Store, StoreError

CHAIN_ID = 1337
BLOCK_GAS_LIMIT = 30_000_000
#: What the operator's account starts with: 10^9 ether.
FUNDS = 10**27
#: Gas price bounds nothing here; calls are free and bounded by the block.
_CALL_GAS = BLOCK_GAS_LIMIT
#: The type of EIP-1559's transactions.
_DYNAMIC_FEE = 2


class EmbeddedMiningChain(MiningChain):
    """Prague rules from genesis on, a constant gas limit."""

    chain_id = CHAIN_ID
    vm_configuration = ((BlockNumber(0), PragueVM),)

    def create_header_from_parent(self, parent_header: Any, **params: Any) -> Any:
        """A header whose gas limit does not drift."""
        return super().create_header_from_parent(parent_header, **{"gas_limit": parent_header.gas_limit, **params})


class NodeRefusal(Exception):
    """A transaction or call that the node does not take; the message is a node's usual words."""


class Reverted(Exception):
    """A call that reverted, with its data."""

    def __init__(self, data: bytes) -> None:
        super().__init__("execution reverted")
        self.data = data


def hexed(value: Any) -> str:
    """JSON-RPC's form of numbers and bytes."""
    return hex(value) if isinstance(value, int) else "0x" + value.hex()


def _signature(transaction: Any) -> dict[str, Any]:
    """What else was signed, and the signature: with these, whoever asks can check the hash."""
    signature = {"r": hexed(transaction.r), "s": hexed(transaction.s)}
    if not getattr(transaction, "type_id", None):
        return signature | {"v": hexed(transaction.v)}
    access = [
        {"address": hexed(address), "storageKeys": [f"0x{key:064x}" for key in keys]}
        for address, keys in transaction.access_list
    ]
    found = signature | {"v": hexed(transaction.y_parity), "yParity": hexed(transaction.y_parity), "accessList": access}
    if transaction.type_id == _DYNAMIC_FEE:
        fee, tip = _fees(transaction)
        found |= {"maxFeePerGas": hexed(fee), "maxPriorityFeePerGas": hexed(tip)}
    return found


def _fees(transaction: Any) -> tuple[int, int]:
    """Most that a unit of gas may cost, and the tip in it; untyped transactions have one price for both."""
    if hasattr(transaction, "max_fee_per_gas"):
        return transaction.max_fee_per_gas, transaction.max_priority_fee_per_gas
    return transaction.gas_price, transaction.gas_price


class Node:
    """The chain. Not safe under threads: one caller at a time.

    Args:
        store: its disk.
        funded: 20-byte address that owns all ether at genesis.

    Raises:
        StoreError: the store holds a chain of other settings, or a damaged one.
    """

    def __init__(self, store: Store, funded: bytes) -> None:
        self._store = store
        fingerprint = f"prague/{CHAIN_ID}/{BLOCK_GAS_LIMIT}/0x{funded.hex()}"
        known = store.meta("fingerprint")
        if known is None:
            self._create(funded, fingerprint)
        elif known != fingerprint:
            raise StoreError(
                f"The chain's database was made for {known}, not for {fingerprint}: use the key it was made with."
            )
        else:
            self._reopen()
        self.offset = int(store.meta("offset") or "0")
        if store.block(self.head.block_number) is None:
            raise StoreError("The chain's database is damaged: its head is not in its index.")

    def _create(self, funded: bytes, fingerprint: str) -> None:
        params = get_default_genesis_params({"timestamp": int(time.time()), "gas_limit": BLOCK_GAS_LIMIT})
        state: Any = {funded: {"balance": FUNDS, "nonce": 0, "code": b"", "storage": {}}}
        self._chain: Any = EmbeddedMiningChain.from_genesis(AtomicDB(self._store), params, state)
        self._store.commit(
            block=self._block_json(self.head, []), meta={"fingerprint": fingerprint, "format": FORMAT, "offset": "0"}
        )

    def _reopen(self) -> None:
        try:
            self._chain = EmbeddedMiningChain(AtomicDB(self._store))
        except Exception as error:
            raise StoreError(
                f"The chain's database is damaged ({type(error).__name__}): restore it from a backup."
            ) from error

    # TIME

    @property
    def head(self) -> Any:
        """Header of the latest block."""
        return self._chain.get_canonical_head()

    def next_time(self) -> int:
        """Timestamp of a block that were mined now: the clock plus the offset, strictly rising."""
        following: int = self.head.timestamp + 1
        return max(following, int(time.time()) + self.offset)

    def increase_time(self, seconds: int) -> int:
        """Move the clock forward for good; returns the offset."""
        if type(seconds) is not int or not 0 <= seconds <= 10**10:
            raise NodeRefusal("time moves forward only, by whole seconds, at most 10^10")
        # from the time that the next block would have, which runs ahead of the clock after a burst of blocks
        offset = self.next_time() + seconds - int(time.time())
        self._store.commit(meta={"offset": str(offset)})
        self.offset = offset
        return offset

    # STATE

    def _header_at(self, tag: Any) -> Any:
        if tag == "pending":
            return self._pending()
        if tag in (None, "latest", "safe", "finalized"):
            return self.head
        number = 0 if tag == "earliest" else int(tag, 16)
        if number > self.head.block_number:
            raise NodeRefusal(f"block {number} is not there; the latest is {self.head.block_number}")
        return self._chain.get_canonical_block_header_by_number(number)

    def _pending(self) -> Any:
        return self._chain.create_header_from_parent(self.head, timestamp=self.next_time())

    def state_at(self, tag: Any) -> Any:
        """py-evm's state at the end of a block."""
        return self._chain.get_vm(self._header_at(tag)).state

    def call(self, request: dict[str, Any], tag: Any) -> bytes:
        """Run a call and forget it; `pending` runs at the time that the next block would have.

        Raises:
            Reverted: with the data.
        """
        header = self._header_at(tag)
        vm: Any = self._chain.get_vm(header)
        # calls are free: the base fee is 0 for them, and nothing of this state is ever persisted
        state = type(vm).build_state(
            self._chain.chaindb.db, header.copy(base_fee_per_gas=0), vm.chain_context, vm.previous_hashes
        )
        sender = bytes.fromhex(request.get("from", "0x" + "00" * 20)[2:])
        transaction = vm.create_unsigned_transaction(
            nonce=state.get_nonce(sender),
            gas_price=0,
            gas=min(int(request.get("gas", hex(_CALL_GAS)), 16), _CALL_GAS),
            to=bytes.fromhex(request["to"][2:]) if request.get("to") else b"",
            value=int(request.get("value", "0x0"), 16),
            data=bytes.fromhex((request.get("data") or request.get("input") or "0x")[2:]),
        )
        if transaction.value > state.get_balance(sender):
            raise NodeRefusal("insufficient funds for transfer")
        try:
            computation = state.costless_execute_transaction(SpoofTransaction(transaction, from_=sender))
        except (ValidationError, VMError) as error:
            raise NodeRefusal(str(error)) from None
        if computation.is_error:
            if computation.error.erases_return_data:
                raise NodeRefusal(f"{type(computation.error).__name__}: {computation.error}")
            raise Reverted(bytes(computation.output))
        return bytes(computation.output)

    # TRANSACTIONS

    def send(self, raw: bytes) -> str:
        """Mine a block with this transaction; it is on disk when this returns.

        Raises:
            NodeRefusal: malformed, of another chain, a wrong nonce, too little money; nothing was changed.
        """
        vm = self._chain.get_vm()
        try:
            transaction = vm.get_transaction_builder().decode(raw)
            transaction.validate()
            sender = transaction.sender
            chain_id = transaction.chain_id
        except (
            ValidationError,
            BadSignature,
            RLPException,
            VMError,
            ValueError,
            TypeError,
            IndexError,
            KeyError,
            # lists within lists: RLP's decoder calls itself
            RecursionError,
        ) as error:
            raise NodeRefusal(f"invalid transaction: {error}") from None
        if self._store.transaction(hexed(transaction.hash)) is not None:
            raise NodeRefusal("already known")
        if chain_id != CHAIN_ID:
            raise NodeRefusal(f"invalid chain id: {chain_id} instead of {CHAIN_ID}")
        state = self.state_at("latest")
        nonce = state.get_nonce(sender)
        if transaction.nonce != nonce:
            side = "low" if transaction.nonce < nonce else "high"
            raise NodeRefusal(f"nonce too {side}: next nonce {nonce}, tx nonce {transaction.nonce}")
        fee, _ = _fees(transaction)
        if state.get_balance(sender) < transaction.value + fee * transaction.gas:
            raise NodeRefusal("insufficient funds for gas * price + value")
        self._mine(transaction)
        return hexed(transaction.hash)

    def mine(self) -> None:
        """Mine an empty block."""
        self._mine(None)

    def _mine(self, transaction: SignedTransactionAPI | None) -> None:
        try:
            self._chain.header = self._pending()
            receipt = None
            if transaction is not None:
                _, receipt, _ = self._chain.apply_transaction(transaction)
            block = self._chain.mine_block(coinbase=b"\0" * 20, mix_hash=b"\0" * 32, blob_gas_used=0)
            pairs = [self._pair(block.header, transaction, receipt)] if transaction is not None else []
            self._store.commit(
                block=self._block_json(block.header, [body["hash"] for body, _ in pairs]), transactions=pairs
            )
        except BaseException as error:
            self._store.discard()
            self._reopen()
            if isinstance(error, ValidationError | VMError):
                raise NodeRefusal(str(error)) from None
            raise

    # JSON

    @staticmethod
    def _block_json(header: Any, transactions: list[str]) -> dict[str, Any]:
        return {
            "number": hexed(header.block_number),
            "hash": hexed(header.hash),
            "parentHash": hexed(header.parent_hash),
            "timestamp": hexed(header.timestamp),
            "gasLimit": hexed(header.gas_limit),
            "gasUsed": hexed(header.gas_used),
            "baseFeePerGas": hexed(header.base_fee_per_gas),
            "miner": hexed(header.coinbase),
            "difficulty": "0x0",
            "totalDifficulty": "0x0",
            "extraData": hexed(header.extra_data),
            "logsBloom": hexed(header.bloom.to_bytes(256, "big")),
            "mixHash": hexed(header.mix_hash),
            "nonce": hexed(header.nonce),
            "receiptsRoot": hexed(header.receipt_root),
            "sha3Uncles": hexed(header.uncles_hash),
            "stateRoot": hexed(header.state_root),
            "transactionsRoot": hexed(header.transaction_root),
            "size": "0x0",
            "uncles": [],
            "transactions": transactions,
        }

    @staticmethod
    def _pair(header: Any, transaction: Any, receipt: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        place = {
            "blockHash": hexed(header.hash),
            "blockNumber": hexed(header.block_number),
            "transactionIndex": "0x0",
        }
        to = hexed(transaction.to) if transaction.to else None
        created = None if to else hexed(generate_contract_address(transaction.sender, transaction.nonce))
        fee, tip = _fees(transaction)
        tip = min(tip, fee - header.base_fee_per_gas)
        price = hexed(header.base_fee_per_gas + tip)
        kind = hexed(getattr(transaction, "type_id", None) or 0)
        body = {
            **place,
            "hash": hexed(transaction.hash),
            "from": hexed(transaction.sender),
            "to": to,
            "nonce": hexed(transaction.nonce),
            "gas": hexed(transaction.gas),
            "gasPrice": price,
            "value": hexed(transaction.value),
            "input": hexed(transaction.data),
            "type": kind,
            "chainId": hexed(CHAIN_ID),
            **_signature(transaction),
        }
        logs = [
            {
                **place,
                "address": hexed(log.address),
                "topics": [hexed(topic.to_bytes(32, "big")) for topic in log.topics],
                "data": hexed(log.data),
                "logIndex": hexed(position),
                "transactionHash": body["hash"],
                "removed": False,
            }
            for position, log in enumerate(receipt.logs)
        ]
        succeeded = receipt.state_root == b"\x01"
        shown = {
            **place,
            "transactionHash": body["hash"],
            "from": body["from"],
            "to": to,
            "contractAddress": created if succeeded else None,
            "status": "0x1" if succeeded else "0x0",
            "gasUsed": hexed(receipt.gas_used),
            "cumulativeGasUsed": hexed(receipt.gas_used),
            "effectiveGasPrice": price,
            "logsBloom": hexed(receipt.bloom.to_bytes(256, "big")),
            "logs": logs,
            "type": kind,
        }
        return body, shown
