"""The one typed door to the chain: every read, every call and every transaction of the service goes through here.

Each method is one request; block tags are explicit; gas and fees are always passed.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from eth_utils.address import to_checksum_address

from earnest.chain import gas
from earnest.chain.clock import RecentTime
from earnest.chain.errors import (
    ChainError,
    ChainUnavailable,
    DevelopmentOnly,
    FeesTooHigh,
    GasLimitExceeded,
    LogRangeRefused,
    TransactionRefused,
    UnknownRevert,
)
from earnest.chain.events import Log, decode_log, logs_of, topic_of
from earnest.chain.interface import decode_answer, encode_call
from earnest.chain.raw_transaction import SignedCall, from_node
from earnest.chain.rpc import Rpc
from earnest.chain.signatures import CHECK_GAS, MAGIC, MAX_SIGNATURE, check_call
from earnest.chain.signer import Signer
from earnest.chain.types import (
    BatchProof,
    Block,
    Call,
    Claimed,
    ContributionKey,
    Fees,
    PoolDescription,
    PoolState,
    Prepared,
    Receipt,
)
from earnest.core.models.model import Model
from earnest.core.pool.events import Event, PoolCreated
from earnest.telemetry import span

#: Chain ids of development chains: the embedded one, and anvil's default.
EMBEDDED_CHAIN_ID = 1337
DEVELOPMENT_CHAIN_IDS = frozenset({EMBEDDED_CHAIN_ID, 31_337})

#: Of a claim on a contribution that has a slot of its own.
NO_BATCH = 2**256 - 1
#: Most blocks whose logs are asked for at once.
MAX_SPAN = 10_000
#: Wei for each unit of gas, for whoever makes the block.
TIP = 10**9

BlockTag = int | str


def _tag(block: BlockTag) -> str:
    return hex(block) if isinstance(block, int) else block


class Gateway:
    """A chain behind a JSON-RPC node; safe under threads, since each request stands alone.

    Args:
        url: the node's address; several, of one chain, are separated by commas, and stand in for each other.
        timeout: seconds for one request.
        finality: the newest block that is taken into the tables: latest, safe or finalized.
        confirmations: how many blocks must lie above it.
        max_fee: most wei for a unit of gas that is bid; None for any.
    """

    def __init__(
        self,
        url: str,
        timeout: float = 30.0,
        *,
        finality: str = "latest",
        confirmations: int = 0,
        max_fee: int | None = None,
    ) -> None:
        self.url = url
        self._rpc = Rpc(url, timeout)
        self._finality = finality
        self._confirmations = confirmations
        self._max_fee = max_fee
        #: how many blocks' logs the node tells at once, as far as is known
        self._span = MAX_SPAN
        self._chain_id: int | None = None
        self._recent = RecentTime(self.pending_time)
        self._block_gas_limit: int | None = None

    # CHAIN

    def chain_id(self) -> int:
        """The chain's id."""
        if self._chain_id is None:
            self._chain_id = int(self._rpc.request("eth_chainId"), 16)
        return self._chain_id

    def is_development(self) -> bool:
        """Whether time travel and faucets are allowed."""
        return self.chain_id() in DEVELOPMENT_CHAIN_IDS

    def require_development(self) -> None:
        """Refuse on chains with real money.

        Raises:
            DevelopmentOnly: this is one.
        """
        if not self.is_development():
            raise DevelopmentOnly("Managed accounts, the faucet and time travel exist on development chains only.")

    def genesis_hash(self) -> str:
        """Hash of block 0."""
        block = self.block(0)
        if block is None:
            raise ChainUnavailable("The node has no genesis block.")
        return block.hash

    def block(self, which: BlockTag) -> Block | None:
        """A block by number, tag or hash; None when the chain has none."""
        by_hash = isinstance(which, str) and len(which) == 66
        raw = self._rpc.request("eth_getBlockByHash" if by_hash else "eth_getBlockByNumber", _tag(which), False)
        if raw is None:
            return None
        found = Block(int(raw["number"], 16), raw["hash"], raw["parentHash"], int(raw["timestamp"], 16))
        self._recent.see(found.timestamp)
        return found

    def head(self) -> Block:
        """The latest block."""
        block = self.block("latest")
        if block is None:
            raise ChainUnavailable("The node has no latest block.")
        return block

    def settled_head(self) -> Block:
        """The newest block that is taken for settled: by the operator's choice, the latest one or an older one.

        Raises:
            ChainUnavailable: the node does not say which that is.
        """
        found = self.block(self._finality)
        if found is not None and self._confirmations:
            found = self.block(max(0, found.number - self._confirmations))
        if found is None:
            raise ChainUnavailable(f"The node does not say which block is {self._finality}.")
        return found

    def pending_time(self) -> int:
        """Timestamp that the next block would have; on a chain without pending blocks, the latest block's plus one."""
        raw = self._rpc.request("eth_getBlockByNumber", "pending", False)
        head = self.head()
        return max(int(raw["timestamp"], 16) if raw else 0, head.timestamp + 1)

    def recent_time(self) -> int:
        """The same as it was a moment ago, for whoever only looks; never before a block that was seen.

        Raises:
            ChainUnavailable: the node does not answer.
        """
        return self._recent.now()

    def time_at_hand(self) -> int | None:
        """The same where the node need not be asked; None where it must be."""
        return self._recent.at_hand()

    def block_gas_limit(self) -> int:
        """Gas of one block."""
        if self._block_gas_limit is None:
            self._block_gas_limit = int(self._rpc.request("eth_getBlockByNumber", "latest", False)["gasLimit"], 16)
        return self._block_gas_limit

    def transaction_gas_limit(self) -> int:
        """Most gas that one transaction may have: min(block gas limit, 2^24)."""
        return min(self.block_gas_limit(), gas.MAX_TRANSACTION_GAS)

    def advance_time(self, seconds: int) -> Block:
        """Move a development chain's clock forward and mine one block.

        Raises:
            DevelopmentOnly: the chain is not a development chain.
        """
        self.require_development()
        self._rpc.request("evm_increaseTime", hex(seconds))
        self._rpc.request("evm_mine")
        self._recent.forget()
        return self.head()

    # ACCOUNTS

    def code(self, address: str, block: BlockTag = "latest") -> bytes:
        """Code of an account."""
        return bytes.fromhex(self._rpc.request("eth_getCode", address, _tag(block))[2:])

    def balance(self, address: str, block: BlockTag = "latest") -> int:
        """Balance in wei."""
        return int(self._rpc.request("eth_getBalance", address, _tag(block)), 16)

    def nonce(self, address: str, block: BlockTag = "pending") -> int:
        """Transactions that an account has sent, pending ones included unless a block is named."""
        return int(self._rpc.request("eth_getTransactionCount", address, _tag(block)), 16)

    def stands_by(self, address: str, digest: bytes, signature: bytes) -> bool:
        """Whether a contract stands by a signature over a hash (ERC-1271); accounts without code stand by none.

        Raises:
            ChainUnavailable: the node does not answer.
        """
        if len(signature) > MAX_SIGNATURE or not self.code(address):
            return False
        call = {"to": address, "data": "0x" + check_call(digest, signature).hex(), "gas": hex(CHECK_GAS)}
        try:
            answer = str(self._rpc.request("eth_call", call, "latest"))
        except ChainUnavailable:
            raise
        except ChainError:
            return False
        return answer.lower() == "0x" + MAGIC.hex() + "00" * 28

    # POOL VIEWS

    def view(
        self, interface: str, pool: str, name: str, *arguments: Any, block: BlockTag = "latest"
    ) -> tuple[Any, ...]:
        """What a pool answers.

        Args:
            interface: the artifact that has the function, such as IPool.
            pool: its address.
            name: of the function.
            arguments: its arguments.
            block: as of which.

        Raises:
            ChainError: there is no contract.
        """
        call = {"to": pool, "data": "0x" + encode_call(interface, name, *arguments).hex()}
        answer = self._rpc.request("eth_call", call, _tag(block))
        if answer == "0x":
            raise ChainError(f"There is no pool at {pool}.")
        return decode_answer(interface, name, bytes.fromhex(answer[2:]))

    def _view(self, pool: str, name: str, *arguments: Any, block: BlockTag = "latest") -> tuple[Any, ...]:
        return self.view("IPool", pool, name, *arguments, block=block)

    def pool_state(self, pool: str, block: BlockTag = "latest") -> PoolState:
        """The pool's totals."""
        return PoolState(*self._view(pool, "state", block=block))

    def owner(self, pool: str, block: BlockTag = "latest") -> str:
        """Who owns the pool."""
        return to_checksum_address(self._view(pool, "owner", block=block)[0])

    def is_paused(self, pool: str, block: BlockTag = "latest") -> bool:
        """Whether the owner has paused contributions."""
        return bool(self._view(pool, "paused", block=block)[0])

    def pauses(self, pool: str, block: BlockTag = "latest") -> tuple[int, int, int]:
        """When the running pause began, when the last one ended, seconds of those that ended; 0 for what is not.

        Pools of earlier versions do not tell, and do not ask either: they answer zeros here.
        """
        try:
            since, resumed, total = self._view(pool, "pauses", block=block)
        except UnknownRevert:
            return 0, 0, 0
        return since, resumed, total

    def pool_account(self, pool: str, holder: str, block: BlockTag = "latest") -> tuple[int, int]:
        """Credit in wei, and verified count."""
        credit, verified = self._view(pool, "account", holder, block=block)
        return credit, verified

    def claimable(self, pool: str, index: int, block: BlockTag = "latest") -> int:
        """What is left of a contribution, in wei."""
        return int(self._view(pool, "claimable", index, block=block)[0])

    def has_reported(self, pool: str, index: int, reporter: str, block: BlockTag = "latest") -> bool:
        """Whether this account took a share of this contribution and more is left."""
        return bool(self._view(pool, "hasReported", index, reporter, block=block)[0])

    def price(self, pool: str, block: BlockTag = "latest") -> int:
        """Price in wei, by the contract."""
        return int(self._view(pool, "price", block=block)[0])

    def predict(self, pool: str, sample: bytes, block: BlockTag = "latest") -> tuple[int, int]:
        """Class and score, by the contract."""
        label, score = self._view(pool, "predict", sample, block=block)
        return label, score

    def digest(self, pool: str, block: BlockTag = "latest") -> bytes:
        """The contract's digest of its weights."""
        return bytes(self._view(pool, "digest", block=block)[0])

    def weights(self, pool: str, start: int, stop: int, block: BlockTag = "latest") -> list[int]:
        """Logical weights in [start, stop), bias last."""
        return list(self._view(pool, "weights", start, stop, block=block)[0])

    def pool_description(self, pool: str) -> PoolDescription:
        """What never changes about a pool."""

        def text(name: str) -> str:
            return bytes(self._view(pool, name)[0]).rstrip(b"\0").decode("ascii", "replace")

        return PoolDescription(
            owner=self.owner(pool),
            encoder_hash="0x" + bytes(self._view(pool, "encoderHash")[0]).hex(),
            incentive_id=text("incentiveId"),
            incentive_parameters=tuple(self._view(pool, "incentiveParameters")[0]),
            model_id=text("modelId"),
            sample_format=text("sampleFormat"),
            model_parameters=tuple(self._view(pool, "modelParameters")[0]),
            class_count=int(self._view(pool, "classCount")[0]),
        )

    # LOGS

    def logs(self, addresses: Sequence[str], first: int, last: int) -> list[Log[Event]]:
        """What these contracts say has happened in blocks first to last, in the order it did."""
        if not addresses or first > last:
            return []
        query = {"address": list(addresses), "fromBlock": hex(first), "toBlock": hex(last)}
        # what a node tells of others was not asked for
        asked = {address.lower() for address in addresses}
        found = [log for log in self._logs(query) if log.address.lower() in asked]
        return sorted(found, key=lambda log: (log.block_number, log.transaction_index, log.log_index))

    def creations(self, pool: str, first: int, last: int) -> list[Log[PoolCreated]]:
        """What says in blocks first to last that this pool was created; anybody may say so."""
        topics = [topic_of(PoolCreated), "0x" + pool[2:].lower().rjust(64, "0")]
        query = {"topics": topics, "fromBlock": hex(first), "toBlock": hex(last)}
        return logs_of(PoolCreated, self._logs(query))

    def _logs(self, query: dict[str, Any]) -> list[Log[Event]]:
        times: dict[int, int] = {}
        logs: list[Log[Event]] = []
        for raw in self.raw_logs(query):
            number = int(raw["blockNumber"], 16)
            if number not in times and raw.get("blockTimestamp"):
                times[number] = int(raw["blockTimestamp"], 16)
            if number not in times:
                block = self.block(number)
                if block is None:
                    raise ChainUnavailable(f"The node has logs of block {number} but not the block.")
                times[number] = block.timestamp
            log = decode_log(raw, times[number])
            if log is not None:
                logs.append(log)
        return logs

    def raw_logs(self, query: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Logs of a range of blocks, in as many questions as the node needs; what it takes is remembered."""
        first, last = int(query["fromBlock"], 16), int(query["toBlock"], 16)
        while first <= last:
            span = min(self._span, last - first + 1)
            part = query | {"fromBlock": hex(first), "toBlock": hex(first + span - 1)}
            try:
                told = self._rpc.request("eth_getLogs", part)
            except LogRangeRefused as error:
                if span == 1:
                    raise ChainUnavailable(f"The node does not tell the logs of block {first}.") from error
                self._span = span // 2
                continue
            yield from told
            first += span
            # a range that was refused for its many logs is no reason to ask for few blocks for ever
            self._span = min(MAX_SPAN, max(self._span, span) + max(1, span // 8))

    # CALLS

    def contribute_call(
        self,
        pool: str,
        samples: Sequence[bytes],
        labels: Sequence[int],
        max_price: int,
        value: int,
        *,
        committed: bool = False,
        model: Model | None = None,
    ) -> Call:
        """Contribute one sample, or several in one batch.

        Args:
            pool: its address.
            samples: packed samples.
            labels: one for each.
            max_price: highest price for any one of them, in wei.
            value: ether to send, in wei.
            committed: whether the batch shares one commitment; claims on it then bring a `BatchProof`.
            model: the pool's, for the bound of the gas; the default one unless given.
        """
        if committed:
            data = encode_call("IPool", "commitBatch", list(samples), list(labels), max_price)
        elif len(samples) == 1:
            data = encode_call("IPool", "contribute", samples[0], labels[0], max_price)
        else:
            data = encode_call("IPool", "contributeBatch", list(samples), list(labels), max_price)
        return Call(pool, data, value, gas.contribute_gas(samples, model))

    def refund_call(
        self,
        pool: str,
        key: ContributionKey,
        sample: bytes,
        batch: BatchProof | None = None,
        model: Model | None = None,
    ) -> Call:
        """Take one's own deposit back; `batch` for a contribution that is in a committed batch."""
        return _claim(pool, "refund", key, sample, batch, gas.claim_gas(sample, model))

    def report_call(
        self,
        pool: str,
        key: ContributionKey,
        sample: bytes,
        batch: BatchProof | None = None,
        model: Model | None = None,
    ) -> Call:
        """Take a share of another's deposit."""
        return _claim(pool, "report", key, sample, batch, gas.claim_gas(sample, model))

    def collect_call(
        self, pool: str, key: ContributionKey, sample_hash: bytes, batch: BatchProof | None = None
    ) -> Call:
        """Clear what is left at the end."""
        return _claim(pool, "collect", key, sample_hash, batch, 150_000)

    def claims_call(self, pool: str, verb: str, claims: Sequence[Claimed], model: Model | None = None) -> Call:
        """Several refunds, reports or collections in one call, all or none; `verb` says which."""
        if verb == "collect":
            structs = [(one.key.as_tuple(), one.sample_hash, *_place(one.batch)) for one in claims]
            limit = 150_000 * len(claims)
        else:
            structs = [(one.key.as_tuple(), one.sample, *_place(one.batch)) for one in claims]
            limit = sum(gas.claim_gas(one.sample, model) for one in claims)
        limit += 40_000 * sum(one.batch is not None for one in claims)
        return Call(pool, encode_call("IPool", f"{verb}Many", structs), 0, limit)

    def withdraw_call(self, pool: str) -> Call:
        """Pay one's credit out."""
        return Call(pool, encode_call("IPool", "withdraw"), 0, 150_000)

    def pause_call(self, pool: str, *, paused: bool) -> Call:
        """Stop new contributions, or let them go on; its owner's."""
        return Call(pool, encode_call("IPool", "pause" if paused else "unpause"), 0, 100_000)

    def transfer_call(self, to: str, value: int) -> Call:
        """Send ether."""
        return Call(to, b"", value, 21_000)

    def try_call(self, call: Call, sender: str) -> None:
        """Run a call on the pending state without sending it.

        Raises:
            ContractError, UnknownRevert: it would revert.
            GasLimitExceeded: it does not fit into one transaction.
        """
        request = {
            "from": sender,
            "data": "0x" + call.data.hex(),
            "value": hex(call.value),
            "gas": hex(self._bounded(call)),
        }
        if call.to is not None:
            request["to"] = call.to
        try:
            self._rpc.request("eth_call", request, "pending")
        except (UnknownRevert, TransactionRefused) as error:
            limit = self.transaction_gas_limit()
            if call.gas > limit:
                raise GasLimitExceeded(
                    f"The call needs up to {call.gas} gas, and one transaction may have {limit}: "
                    "give fewer samples at once, or samples with fewer features."
                ) from error
            raise

    # TRANSACTIONS

    def _bounded(self, call: Call) -> int:
        return min(call.gas, self.transaction_gas_limit())

    def highest_cost(self, call: Call) -> int:
        """What a transaction of this call can cost at most if it is sent now, in wei; its value is not counted."""
        return self._bounded(call) * self.fees().most

    def base_fee(self) -> int:
        """Wei that a unit of gas costs now, without a tip."""
        return int(self._rpc.request("eth_getBlockByNumber", "latest", False).get("baseFeePerGas") or "0x0", 16)

    def fees(self) -> Fees:
        """What to bid for gas now: enough for a base fee that doubles, within the operator's bound.

        Raises:
            FeesTooHigh: gas costs more than that now.
        """
        base, tip = self.base_fee(), self._tip()
        if self._max_fee is None:
            return Fees(base, 2 * base + tip, tip)
        if base + tip > self._max_fee:
            raise FeesTooHigh(
                f"A unit of gas costs {base + tip} wei now, and the service bids at most {self._max_fee}: what waits "
                "is sent when it costs less."
            )
        return Fees(base, min(2 * base + tip, self._max_fee), tip)

    def _tip(self) -> int:
        """What the node suggests, and never more than usual: on second layers a unit of gas costs far less."""
        if self.is_development():
            return TIP
        try:
            return min(TIP, int(self._rpc.request("eth_maxPriorityFeePerGas"), 16))
        except (ChainError, TypeError, ValueError):
            return TIP

    def unsigned(self, call: Call, nonce: int, fees: Fees) -> dict[str, Any]:
        """A complete EIP-1559 transaction, to be signed."""
        transaction: dict[str, Any] = {
            "type": 2,
            "chainId": self.chain_id(),
            "nonce": nonce,
            "gas": self._bounded(call),
            "maxFeePerGas": fees.most,
            "maxPriorityFeePerGas": fees.tip,
            "value": call.value,
            "data": "0x" + call.data.hex(),
        }
        return transaction if call.to is None else transaction | {"to": call.to}

    def prepare(self, call: Call, signer: Signer, nonce: int) -> Prepared:
        """Sign a transaction with gas and fees; nothing is sent."""
        signed = signer.sign(self.unsigned(call, nonce, self.fees()))
        return Prepared(signed.raw, signed.hash, signer.address, nonce, self._bounded(call))

    def send(self, raw: bytes, transaction_hash: str) -> None:
        """Hand a signed transaction to the node; sending it again changes nothing.

        Raises:
            TransactionRefused: the node refuses it and does not have it.
            ChainUnavailable: no answer; it may or may not have arrived.
        """
        with span("send", earnest__transaction=transaction_hash):
            try:
                self._rpc.request("eth_sendRawTransaction", "0x" + raw.hex())
            except TransactionRefused:
                if self._rpc.request("eth_getTransactionByHash", transaction_hash) is None:
                    raise

    def transaction(self, transaction_hash: str) -> SignedCall | None:
        """A transaction that the node has, mined or not; None when it has none.

        Raises:
            TransactionInvalid: it is of a kind that carries more than a call.
        """
        told = self._rpc.request("eth_getTransactionByHash", transaction_hash)
        return None if told is None else from_node(told)

    def receipt(self, transaction_hash: str) -> Receipt | None:
        """The receipt of a mined transaction, else None."""
        raw = self._rpc.request("eth_getTransactionReceipt", transaction_hash)
        if raw is None:
            return None
        block = self.block(raw["blockHash"])
        if block is None:
            return None
        logs = (decode_log(log, block.timestamp) for log in raw["logs"])
        address = raw.get("contractAddress")
        return Receipt(
            transaction_hash=raw["transactionHash"],
            status=int(raw["status"], 16),
            block_number=block.number,
            block_hash=block.hash,
            block_time=block.timestamp,
            gas_used=int(raw["gasUsed"], 16),
            gas_price=int(raw.get("effectiveGasPrice") or "0x0", 16),
            contract_address=to_checksum_address(address) if address else None,
            logs=tuple(log for log in logs if log is not None),
        )


def _place(batch: BatchProof | None) -> tuple[int, list[bytes]]:
    """Where a claimed contribution is: in no batch, or in one."""
    return (NO_BATCH, []) if batch is None else (batch.first_index, list(batch.proof))


def _claim(pool: str, verb: str, key: ContributionKey, sample: bytes, batch: BatchProof | None, limit: int) -> Call:
    if batch is None:
        return Call(pool, encode_call("IPool", verb, key.as_tuple(), sample), 0, limit)
    data = encode_call("IPool", f"{verb}FromBatch", key.as_tuple(), sample, batch.first_index, list(batch.proof))
    return Call(pool, data, 0, limit + 40_000)
