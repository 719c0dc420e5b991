"""Calls of pools that accounts sign and the service sends (ERC-2771, EIP-712): the operator pays the gas, and no more.

What is relayed moves the signer's own money alone: no coins are sent along, so that a contribution is paid of credit
or of a token. A request takes effect once, by its place in the signer's order at the forwarder, however often it is
sent. What the operator pays in a day is bounded, and of that what one account may use up. The bounds are kept in
memory: a process that starts begins with full ones.
"""

import threading

from earnest.chain.deployment import send
from earnest.chain.errors import ChainError
from earnest.chain.forwarder import (
    ForwardRequest,
    execute_call,
    gas_to_forward,
    inner_call,
    next_nonce,
    signer_of,
)
from earnest.chain.gas import least_gas
from earnest.chain.gateway import Gateway
from earnest.chain.signer import Signer, TypedSignature
from earnest.chain.types import Call, Prepared
from earnest.db.engine import Sessions
from earnest.db.queries.pools import pool_at
from earnest.db.queries.submissions import submission_of_key, transactions_of
from earnest.db.tables import Pool
from earnest.pools.service import PoolService
from earnest.submissions.sender import DROPPED
from earnest.submissions.service import SubmissionService
from earnest.verification.forwarders import is_ours
from earnest.wallet.about import meant_of, with_numbers_as_strings
from earnest.wallet.errors import RelayOutOfTurn, RelayUnfit
from earnest.wallet.following import Followed, fitting, store, store_again
from earnest.wallet.schemas import MAX_ITEMS, RelayRequest, RelayToSign
from earnest.wallet.verbs import RELAYED as RELAYED_VERBS
from earnest.wallet.verbs import Meant, Verb
from earnest.web.addresses import parse_address
from earnest.web.limits import RELAYED, RELAYED_OF_ACCOUNT, Limits

#: Seconds of chain time for which a request that is prepared can be sent, and the longest that any may.
LASTS, LONGEST = 3_600, 86_400
#: What is said where nothing is relayed.
NOT_HERE = "This service relays no calls (EARNEST_RELAY_BUDGET): send the transaction yourself."
#: One budget for everybody.
_ALL = "all"


class Relaying:
    """What the operator sends for others.

    Args:
        sessions: the database.
        gateway: the chain.
        pools: finds pools and their mirrors.
        submissions: shows and queues what becomes of transactions.
        operator: sends, and pays the gas.
        limits: knows the budgets.
        budget: wei of gas a day; 0 for nothing.
    """

    def __init__(
        self,
        sessions: Sessions,
        gateway: Gateway,
        pools: PoolService,
        submissions: SubmissionService,
        operator: Signer,
        limits: Limits,
        budget: int,
    ) -> None:
        self._sessions, self._gateway, self._pools, self._operator = sessions, gateway, pools, operator
        self.submissions, self._limits, self._budget = submissions, limits, budget
        #: forwarders of whose code it was asked, and whether that checks signatures; deployed code stays as it is
        self._known: dict[str, bool] = {}
        #: two that are told the same request at once must not both pay for it
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
        raw = bytes.fromhex(given.signature[2:])
        signature = TypedSignature(raw[64] + 27 if raw[64] < 27 else raw[64], raw[:32], raw[32:64])
        if signer_of(request, forwarder, chain_id, signature) != account:
            raise RelayUnfit(
                f"The signature is not {account}'s over this call, or for another chain or forwarder. Contracts' "
                "accounts (ERC-1271) sign nothing that a forwarder takes."
            )
        meant = self._meant(pool, request)
        kept = fitting(self._pools, pool, meant, given.texts)
        key = request.digest(forwarder, chain_id)
        with self._sending:
            known = self._known_submission(account, key)
            if known is None or known[1]:
                self._require_possible(forwarder, request)
                again = None if known is None else known[0]
                known = (self._send(pool, meant, request, signature, key, kept, again), False)
        self.submissions.sending(account, known[0])
        return account, known[0]

    def _is_believed(self, pool: Pool) -> bool:
        """Whether a pool believes this version's forwarder."""
        address = pool.forwarder
        if address is None:
            return False
        if address not in self._known:
            self._known[address] = is_ours(self._gateway, address)
        return self._known[address]

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
            return found.id, all(row.status == DROPPED for row in transactions_of(session, found.id))

    def _require_possible(self, forwarder: str, request: ForwardRequest) -> None:
        """Refuse what the forwarder or the pool would refuse now: gas is paid for that all the same."""
        most = gas_to_forward(Call(request.to, request.data, 0, 2**62), self._gateway.transaction_gas_limit())
        least = least_gas(request.data) - least_gas(b"")
        if not least <= request.gas <= most:
            raise RelayUnfit(f"The call has {request.gas} gas; it must be from {least} to {most}.")
        now = self._gateway.pending_time()
        if not now <= request.deadline <= now + LONGEST:
            raise RelayUnfit(
                f"The call can be sent until second {request.deadline} of chain time: sign one whose deadline is from "
                f"{now} to {now + LONGEST}."
            )
        expected = next_nonce(self._gateway, forwarder, request.account)
        if request.nonce != expected:
            raise RelayOutOfTurn(
                f"The call is number {request.nonce} of the account at the forwarder, and the next one is {expected}: "
                "wait until those before it are mined, and sign it anew."
            )
        # the forwarder says of a refusal nothing but that there was one
        self._gateway.try_call(inner_call(request), forwarder)

    def _send(
        self,
        pool: Pool,
        meant: Meant,
        request: ForwardRequest,
        signature: TypedSignature,
        key: str,
        kept: dict[int, str],
        again: str | None,
    ) -> str:
        call = execute_call(pool.forwarder or "", request, signature)
        self._gateway.try_call(call, self._operator.address)
        cost = self._gateway.highest_cost(call)
        stored: list[str] = []

        def store_it(prepared: Prepared) -> None:
            made = Followed(prepared.raw, prepared.hash, prepared.sender, prepared.nonce, prepared.gas)
            if again is None:
                stored.append(store(self._sessions, pool, meant, made, request.account, key, kept))
            else:
                store_again(self._sessions, again, made)
                stored.append(again)

        taken = []
        try:
            for kind, who in ((RELAYED_OF_ACCOUNT, request.account), (RELAYED, _ALL)):
                self._limits.take(kind, who, cost)
                taken.append((kind, who))
            send(self._gateway, call, self._operator, store_it)
        except Exception as error:
            if stored and isinstance(error, ChainError):
                # what is stored is sent again, and the chain decides
                return stored[0]
            if not stored:
                for kind, who in taken:
                    self._limits.put_back(kind, who, cost)
            raise
        return stored[0]
