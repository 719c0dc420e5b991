"""Calls of pools that accounts sign and the service sends (ERC-2771, EIP-712): the operator pays the gas, and no more.

What is relayed moves the signer's own money alone: no coins are sent along, so that a contribution is paid of credit
or of a token. A request takes effect once, by its place in the signer's order at the forwarder, however often it is
sent. It is sent from an account of its own, whose key follows from the operator's, and which the operator gives at
most a budget a day, counted from the process's start: nothing else of the operator's waits for it, and nothing more
can be lost. No code of strangers runs in it: only calls that the service would prepare itself are sent, for accounts
without code.
"""

import hmac
import math
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from earnest.chain.deployment import send_and_wait
from earnest.chain.errors import ChainError, TransactionRefused, UnknownRevert
from earnest.chain.forwarder import (
    ForwardRequest,
    execute_call,
    gas_to_forward,
    inner_call,
    next_nonce,
    signer_of,
)
from earnest.chain.gateway import Gateway
from earnest.chain.raw_transaction import decode
from earnest.chain.signer import LocalSigner, Signer, TypedSignature
from earnest.chain.types import Call
from earnest.db.engine import Sessions
from earnest.db.queries.pools import pool_at
from earnest.db.queries.submissions import highest_nonce, submission_of_key, transactions_by, transactions_of
from earnest.db.tables import Pool, Submission
from earnest.pools.service import PoolService
from earnest.submissions.errors import QueueFull
from earnest.submissions.sender import DROPPED, MINED, UNDER_WAY
from earnest.submissions.service import SubmissionService
from earnest.verification.forwarders import is_ours
from earnest.wallet.about import meant_of, with_numbers_as_strings
from earnest.wallet.canonical import canonical
from earnest.wallet.errors import RelayOutOfTurn, RelayUnfit
from earnest.wallet.following import Followed, fitting, store, store_again
from earnest.wallet.schemas import MAX_ITEMS, RelayRequest, RelayToSign
from earnest.wallet.verbs import RELAYED as RELAYED_VERBS
from earnest.wallet.verbs import Meant, Verb
from earnest.web.addresses import parse_address
from earnest.web.limits import CLIENT, RELAYED_OF_ACCOUNT, RELAYS, Limits, RateLimited

#: Seconds of chain time for which a request that is prepared can be sent, and the longest that any may.
LASTS, LONGEST = 3_600, 86_400
#: What is said where nothing is relayed.
NOT_HERE = "This service relays no calls (EARNEST_RELAY_BUDGET): send the transaction yourself."
#: Seconds over which the budget is given, and into how many parts it goes.
DAY, PARTS = 86_400, 10


def relayer_of(operator_key: str) -> LocalSigner:
    """Who sends relayed calls for an operator: its key follows from the operator's, and says nothing of it."""
    secret = bytes.fromhex(operator_key.removeprefix("0x"))
    return LocalSigner(hmac.digest(secret, b"earnest relayer", "sha256"))


class Relaying:
    """What is sent for others.

    Args:
        sessions: the database.
        gateway: the chain.
        pools: finds pools and their mirrors.
        submissions: shows and queues what becomes of transactions.
        operator: pays the gas.
        relayer: sends; the operator keeps coins there.
        limits: knows how often somebody may ask, and what one account may use up.
        budget: wei that the relayer is given a day; 0 for no relaying.
        clock: of this machine, in seconds.
    """

    def __init__(
        self,
        sessions: Sessions,
        gateway: Gateway,
        pools: PoolService,
        submissions: SubmissionService,
        operator: Signer,
        relayer: Signer,
        limits: Limits,
        budget: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions, self._gateway, self._pools = sessions, gateway, pools
        self._operator, self._relayer, self._clock = operator, relayer, clock
        self.submissions, self._limits, self._budget = submissions, limits, budget
        #: forwarders whose code was found to be ours; deployed code stays as it is
        self._known: set[str] = set()
        #: when the relayer was given coins, and how many
        self._given: list[tuple[float, int]] = []
        #: two that are told the same request at once must not both send it
        self._sending = threading.Lock()

    def to_sign(self, pool: Pool, account: str, call: Call, verb: Verb) -> RelayToSign | None:
        """What an account signs for a call to be relayed; None where it is not.

        Args:
            pool: that is called.
            account: who is to sign.
            call: what.
            verb: that the call says.

        Raises:
            ChainUnavailable: the node does not answer.
        """
        if not self._budget or not self._is_believed(pool) or call.value or call.to is None or call.to != pool.address:
            return None
        if verb.name not in RELAYED_VERBS:
            return None
        forwarder = pool.forwarder or ""
        request = ForwardRequest(
            account=account,
            to=call.to,
            value=0,
            gas=gas_to_forward(call, self._gateway.transaction_gas_limit()),
            nonce=next_nonce(self._gateway, forwarder, account),
            deadline=self._gateway.pending_time() + LASTS,
            data=call.data,
        )
        typed = request.typed(forwarder, self._gateway.chain_id())
        return RelayToSign(
            forwarder=forwarder,
            gas=request.gas,
            nonce=request.nonce,
            deadline=request.deadline,
            typed_data=with_numbers_as_strings(typed),
        )

    def relay(self, given: RelayRequest) -> tuple[str, str]:
        """Send a call that an account signed; handed in again, it is the same submission.

        Returns:
            the account, and the submission's id.

        Raises:
            RelayUnfit: it is not signed by the account, calls no pool that is relayed for, or can never take effect.
            RelayOutOfTurn: its place in the account's order is taken, or not the next one.
            RateLimited: what the operator gives for it is used up.
            ContractError: the pool refuses it now.
            QueueFull: too many are under way.
        """
        if not self._budget:
            raise RelayUnfit(NOT_HERE)
        account, to = parse_address(given.account), parse_address(given.to)
        with self._sessions() as session:
            pool = pool_at(session, to)
        if pool is None or not self._is_believed(pool):
            raise RelayUnfit(f"No pool of this service at {to} takes calls that are relayed for others.")
        forwarder, chain_id = pool.forwarder or "", self._gateway.chain_id()
        request = ForwardRequest(account, to, 0, given.gas, given.nonce, given.deadline, bytes.fromhex(given.data[2:]))
        key = request.digest(forwarder, chain_id)
        known = self._known_submission(account, key)
        if known is None or known[1]:
            # whoever lost the answer asks for it again, and is told whatever else was asked for in the meantime
            self._limits.take(RELAYS, CLIENT.get())
        raw = bytes.fromhex(given.signature[2:])
        signature = TypedSignature(raw[64] + 27 if raw[64] < 27 else raw[64], raw[:32], raw[32:64])
        if signer_of(request, forwarder, chain_id, signature) != account:
            raise RelayUnfit(
                f"The signature is not {account}'s over this call, or for another chain or forwarder: sign it anew, "
                "with that account. Contracts' accounts (ERC-1271) sign nothing that a forwarder takes."
            )
        meant = self._meant(pool, request)
        kept = fitting(self._pools, pool, meant, given.texts)
        if known is None or known[1]:
            call = execute_call(forwarder, request, signature)
            self._require_possible(pool, request, meant, call)
            with self._sending:
                # another may have come first with the same
                known = self._known_submission(account, key)
                if known is None or known[1]:
                    known = (self._send(pool, meant, call, account, key, kept, known and known[0]), False)
        self.submissions.sending(self._relayer.address, known[0])
        return account, known[0]

    def _is_believed(self, pool: Pool) -> bool:
        """Whether a pool believes this version's forwarder."""
        address = pool.forwarder
        if address is not None and address not in self._known and is_ours(self._gateway, address):
            self._known.add(address)
        return address in self._known

    def _meant(self, pool: Pool, request: ForwardRequest) -> Meant:
        meant = meant_of(pool, request.to, request.data)
        if meant is None or not meant.items or meant.verb.name not in RELAYED_VERBS:
            raise RelayUnfit(f"The call is none of what is relayed: {', '.join(sorted(RELAYED_VERBS))}.")
        if len(meant.items) > MAX_ITEMS:
            raise RelayUnfit(f"The call has {len(meant.items)} samples or claims; at most {MAX_ITEMS} are relayed.")
        if any(item.index is not None and item.index >= 2**40 for item in meant.items):
            raise RelayUnfit("The call claims a contribution that there can never be.")
        return meant

    def _known_submission(self, account: str, key: str) -> tuple[str, bool] | None:
        """The submission of a request that was handed in before, and whether it has to be sent anew."""
        with self._sessions() as session:
            found = submission_of_key(session, account, key)
            if found is None:
                return None
            made = transactions_of(session, found.id)
        if not found.own_key or found.request_hash != key[2:] or not made:
            raise RelayUnfit("The account has used what says this call as the Idempotency-Key of another request.")
        return found.id, all(row.status == DROPPED for row in made)

    def _require_possible(self, pool: Pool, request: ForwardRequest, meant: Meant, call: Call) -> None:
        """Refuse what the service would not have prepared, and what the forwarder or the pool would refuse now."""
        with self._sessions() as session:
            own = canonical(session, self._gateway, pool, meant, request.data)
        if own is None:
            raise RelayUnfit("The call is not as this service prepares it; only those are relayed.")
        most = gas_to_forward(own, self._gateway.transaction_gas_limit())
        if request.gas > most:
            raise RelayUnfit(f"The call has {request.gas} gas; it needs {most} at most.")
        now = self._gateway.pending_time()
        if not now <= request.deadline <= now + LONGEST:
            raise RelayUnfit(
                f"The call can be sent until second {request.deadline} of chain time: sign one whose deadline is from "
                f"{now} to {now + LONGEST}."
            )
        if self._gateway.code(request.account):
            raise RelayUnfit(f"{request.account} has code, which would run at the operator's expense.")
        expected = next_nonce(self._gateway, pool.forwarder or "", request.account)
        if request.nonce != expected:
            raise RelayOutOfTurn(
                f"The call is number {request.nonce} of the account at the forwarder, and the next one is {expected}: "
                "wait until those before it are mined, and sign it anew."
            )
        # the forwarder says of a refusal nothing but that there was one
        self._gateway.try_call(inner_call(request), pool.forwarder or "")
        self._gateway.try_call(call, self._relayer.address)

    def _send(
        self,
        pool: Pool,
        meant: Meant,
        call: Call,
        account: str,
        key: str,
        kept: dict[int, str],
        again: str | None,
    ) -> str:
        """Sign a call and store it, and then hand it to the node; what the node does not take is sent again."""
        with self._sessions() as session:
            under_way = transactions_by(session, self._relayer.address, UNDER_WAY)
            whose = {session.get_one(Submission, row.submission_id).account for row in under_way}
        if account in whose:
            raise RelayOutOfTurn("Another call of the account is being relayed: wait until it is mined.")
        cost = self._gateway.highest_cost(call)
        # keys cost nothing: what one address has sent counts like an account
        taken: list[str] = []
        try:
            for who in (account, f"address {CLIENT.get()}"):
                self._limits.take(RELAYED_OF_ACCOUNT, who, cost)
                taken.append(who)
            self._have(cost + sum(decode(row.raw).most for row in under_way))
            prepared = self._gateway.prepare(call, self._relayer, self._place({row.nonce for row in under_way}))
            made = Followed(prepared.raw, prepared.hash, prepared.sender, prepared.nonce, prepared.gas)
            if again is None:
                again = store(self._sessions, pool, meant, made, account, key, kept)
            else:
                store_again(self._sessions, again, made)
        except Exception:
            for who in taken:
                self._limits.put_back(RELAYED_OF_ACCOUNT, who, cost)
            raise
        # it is stored: whoever looks after it sends it again, or drops it
        with suppress(ChainError):
            self._gateway.send(prepared.raw, prepared.hash)
        return again

    def _place(self, taken: set[int]) -> int:
        """The first place in the relayer's order that nothing under way has: what was dropped leaves no gap.

        Raises:
            QueueFull: the chain has fewer than the tables say were mined; it was reorganised, or the node lags.
        """
        place = self._gateway.nonce(self._relayer.address, "latest")
        with self._sessions() as session:
            mined = highest_nonce(session, self._relayer.address, MINED)
        if mined is not None and place <= mined:
            raise QueueFull("The chain has taken relayed calls back: try again in a moment.", retry_after=3)
        while place in taken:
            place += 1
        return place

    def _have(self, needed: int) -> None:
        """See to it that the relayer has so many wei, as far as today's budget goes.

        Raises:
            RateLimited: it does not go so far.
            ChainError: the operator has too little, or the node does not answer.
        """
        missing = needed - self._gateway.balance(self._relayer.address)
        if missing <= 0:
            return
        now = self._clock()
        self._given = [(when, amount) for when, amount in self._given if now - when < DAY]
        left = self._budget - sum(amount for _, amount in self._given)
        if missing > left:
            wait = math.ceil(DAY - (now - self._given[0][0])) if self._given else DAY
            raise RateLimited(
                f"The gas of relayed calls has used up its {self._budget:,} wei of a day. Try again in {wait:,} s, or "
                "send the transaction yourself.",
                retry_after=wait,
            )
        amount = min(left, max(missing, self._budget // PARTS))
        # counted before it is sent: what becomes of it may stay unknown
        self._given.append((now, amount))
        try:
            send_and_wait(self._gateway, self._gateway.transfer_call(self._relayer.address, amount), self._operator)
        except (TransactionRefused, UnknownRevert):
            self._given.pop()
            raise
