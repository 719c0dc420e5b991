"""Transactions for accounts that keep their own keys: prepared here, signed there, followed here."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from earnest.chain.errors import ChainUnavailable, ContractError, GasLimitExceeded, TransactionRefused, UnknownRevert
from earnest.chain.events import logs_of
from earnest.chain.forwarder import forwarded_in
from earnest.chain.gas import least_gas
from earnest.chain.gateway import Gateway
from earnest.chain.raw_transaction import SignedCall, decode
from earnest.chain.sealed import chain_quote, contribute_call
from earnest.chain.signer import TypedSignature
from earnest.chain.tokens import (
    Token,
    allowance,
    approve_call,
    deposit_call,
    funds,
    moving,
    permit_call,
    permit_to_sign,
    token_of,
)
from earnest.chain.types import Call, PoolState
from earnest.contributions.actions import actions
from earnest.contributions.errors import ContributionUnknown
from earnest.contributions.schemas import Action
from earnest.core.incentives.ledger import totals_of
from earnest.core.pool.events import Contributed
from earnest.db.engine import Sessions
from earnest.db.pool_terms import terms_of_pool
from earnest.db.queries.contributions import contribution
from earnest.db.queries.submissions import (
    highest_nonce,
    items_of_transaction,
)
from earnest.db.tables import Contribution, KeptText, Pool, Submission, Transaction
from earnest.pools.service import PoolService, model_of_pool, require_known, require_label
from earnest.submissions.calls import Payment, claim_call, claimed, payment
from earnest.submissions.schemas import SubmissionShown
from earnest.submissions.sealed_calls import highest_accepted, settle, the_seal
from earnest.submissions.sender import DROPPED, FAILED, PREPARED, UNDER_WAY, problem_of
from earnest.submissions.service import SubmissionService
from earnest.wallet.about import meant_of, pool_about, require_possible, sendable_until, with_numbers_as_strings
from earnest.wallet.covering import Covering, covering
from earnest.wallet.errors import (
    AccountMissing,
    RelayUnfit,
    SubmissionNotFound,
    TransactionForeign,
    TransactionNotFound,
    TransactionUnfit,
    VerbUnknown,
)
from earnest.wallet.following import MAX_UNDER_WAY, Followed, fitting, store
from earnest.wallet.meaning import sentence
from earnest.wallet.relaying import NOT_HERE, Relaying
from earnest.wallet.schemas import (
    MAX_ITEMS,
    CallTold,
    ClaimsToSign,
    ClaimToSign,
    ContributionsToSign,
    PermitShown,
    PermittedToSign,
    PermitToAsk,
    PreparedShown,
    RelayRequest,
    SentTransaction,
    SignedTransaction,
    TokensToSign,
    ToSign,
    TransactionToSign,
)
from earnest.wallet.verbs import APPROVE, DEPOSIT_PERMITTED, SAMPLES, Meant, Verb, require_one, verbs_of
from earnest.web.addresses import parse_address


class WalletService:
    """Prepares transactions, and follows those that accounts signed themselves.

    Args:
        sessions: the database.
        gateway: the chain.
        pools: finds pools and their mirrors.
        submissions: shows and queues what becomes of transactions.
        relaying: says what can be signed for the service to send; None where it sends nothing for others.
    """

    def __init__(
        self,
        sessions: Sessions,
        gateway: Gateway,
        pools: PoolService,
        submissions: SubmissionService,
        relaying: Relaying | None = None,
    ) -> None:
        self._sessions = sessions
        self._gateway = gateway
        self._pools = pools
        self.submissions = submissions
        self._relaying = relaying

    # TO SIGN

    def contributions(self, which: str, request: ContributionsToSign, caller: str | None) -> PreparedShown:
        """A transaction that contributes samples.

        Raises:
            SampleInvalid, SampleTooUnknown, LabelUnknown: an item is unfit.
            VerbUnknown: nothing can be contributed so under the pool's incentive.
            RiskNotAccepted: where the judge is sealed, the deposit may be lost.
        """
        account, pool, _ = self._asked(which, "contribute", request.account, caller)
        model, _ = self._pools.mirror(pool).snapshot()
        samples = []
        for position, item in enumerate(request.items):
            require_label(model, item.label, f"Item {position}")
            sample = self._pools.contribution(model, pool, item)
            require_known(model, pool, sample, f"Item {position}")
            samples.append(model.sample_to_bytes(sample))
        if terms_of_pool(pool).incentive.is_sealed:
            return self._sealed_contribution(pool, account, samples, request)
        pays = payment(self._gateway, pool, account, len(samples))
        given = self._gateway.contribute_call(
            pool.address or "",
            samples,
            [item.label for item in request.items],
            pays.highest if request.max_price is None else request.max_price,
            pays.value,
            committed=request.one_commitment and len(samples) > 1,
            model=model,
        )
        return self._prepared(pool, account, moving(given, pays.token), paid=pays)

    def highest_price(self, which: str, account: str, samples: int) -> int | None:
        """The most that one of so many samples costs in one transaction now; None where each has a price by its case.

        Raises:
            PoolUnknown: there is none.
            ChainUnavailable: the node does not answer.
        """
        with self._sessions() as session:
            pool = self._pools.find(session, which)
        sealed = terms_of_pool(pool).incentive.is_sealed
        return None if sealed else payment(self._gateway, pool, account, samples).highest

    def _sealed_contribution(
        self, pool: Pool, account: str, samples: Sequence[bytes], request: ContributionsToSign
    ) -> PreparedShown:
        """Where the judge is sealed, a sample has a case, and a price by it, which the contract tells."""
        require_one(samples, "sample")
        address, label = pool.address or "", request.items[0].label
        case, price = chain_quote(self._gateway, address, account, samples[0], label, "pending")
        credit, _ = self._gateway.pool_account(address, account)
        pays = Payment(price, price, credit, token_of(pool.token))
        model = model_of_pool(pool)
        if model is None:
            raise ValueError(f"pool {pool.id} has no model")
        terms = terms_of_pool(pool)
        most = highest_accepted(
            terms, case, price, request.max_price, accept_risk=request.accept_risk, token=pays.token
        )
        call = moving(contribute_call(address, samples[0], label, most, pays.value, model), pays.token)
        return self._prepared(pool, account, call, paid=pays, more=terms.incentive.words.cases[case])

    def claims(self, which: str, verb: str, request: ClaimsToSign, caller: str | None) -> PreparedShown:
        """A transaction that claims contributions, all or none.

        Raises:
            ContributionUnknown: there is none of an index.
            VerbUnknown: there is no such claim under the pool's incentive.
        """
        account, pool, _ = self._asked(which, verb, request.account, caller)
        with self._sessions() as session:
            rows = [self._row(session, pool, index) for index in request.indices]
            if terms_of_pool(pool).incentive.is_sealed:
                require_one(rows, "contribution")
                call = settle(pool, rows[0])
            else:
                call = claim_call(self._gateway, pool, verb, [claimed(session, row) for row in rows])
        return self._prepared(pool, account, call, rows=rows)

    def plain(self, which: str, verb: str, request: ToSign, caller: str | None) -> PreparedShown:
        """A transaction that needs nothing but its account.

        Raises:
            VerbUnknown: there is no such verb under the pool's incentive.
        """
        account, pool, _ = self._asked(which, verb, request.account, caller)
        address = pool.address or ""
        calls = {
            "seal": lambda: the_seal(pool),
            "withdraw": lambda: moving(self._gateway.withdraw_call(address), token_of(pool.token)),
            "pause": lambda: self._gateway.pause_call(address, paused=True),
            "unpause": lambda: self._gateway.pause_call(address, paused=False),
        }
        return self._prepared(pool, account, calls[verb]())

    def tokens(self, which: str, verb: str, request: TokensToSign, caller: str | None) -> PreparedShown:
        """A transaction that lets a pool take tokens, or puts some into the account's credit.

        Raises:
            VerbUnknown: the pool's deposits are paid in native coin.
        """
        account, pool, _ = self._asked(which, verb, request.account, caller)
        address, token = pool.address or "", self._token(pool)
        if verb == APPROVE.name:
            return self._prepared(pool, account, approve_call(token.address, address, request.amount))
        return self._prepared(pool, account, deposit_call(address, request.amount), deposits=request.amount)

    def permit(self, which: str, request: PermitToAsk, caller: str | None) -> PermitShown:
        """What to sign so that a pool may take tokens.

        Raises:
            VerbUnknown: the pool's deposits are paid in native coin, or its token takes no signatures.
        """
        account, pool, _ = self._asked(which, DEPOSIT_PERMITTED.name, request.account, caller)
        token = self._token(pool)
        deadline = self._gateway.pending_time() + request.seconds
        typed = permit_to_sign(self._gateway, token, account, pool.address or "", request.amount, deadline)
        if typed is None:
            raise VerbUnknown(f"The token {token.address} takes no signatures now: prepare `approve`, then `deposit`.")
        return PermitShown(
            account=account,
            pool=pool.id,
            amount=request.amount,
            deadline=deadline,
            meaning=f"Let pool {pool.name} ({pool.address}) take {token.amount(request.amount)} once.",
            typed_data=with_numbers_as_strings(typed),
        )

    def permitted(self, which: str, request: PermittedToSign, caller: str | None) -> PreparedShown:
        """A deposit that a signature permits.

        Raises:
            VerbUnknown: see `permit`.
        """
        account, pool, _ = self._asked(which, DEPOSIT_PERMITTED.name, request.account, caller)
        raw = bytes.fromhex(request.signature[2:])
        signature = TypedSignature(raw[64] + 27 if raw[64] < 27 else raw[64], raw[:32], raw[32:64])
        call = permit_call(pool.address or "", request.amount, request.deadline, signature)
        return self._prepared(pool, account, call, deposits=request.amount)

    def covering(self, which: str, prepared: PreparedShown) -> Covering | None:
        """What the pool has to be let take before a prepared contribution can be paid; None where it is already.

        Raises:
            PoolUnknown: there is none.
            ChainUnavailable: the node does not answer.
        """
        with self._sessions() as session:
            pool = self._pools.find(session, which)
        token = token_of(pool.token)
        return None if token is None else covering(self._gateway, token, pool.address or "", prepared)

    def _token(self, pool: Pool) -> Token:
        token = token_of(pool.token)
        if token is None:
            raise VerbUnknown(f"The deposits of pool {pool.name} are paid in native coin.")
        return token

    def _asked(self, which: str, verb: str, given: str | None, caller: str | None) -> tuple[str, Pool, Verb]:
        """Account, pool and verb of a request."""
        if given is None and caller is None:
            raise AccountMissing("Say who is to sign, as `account`, or send a token.")
        account = parse_address(given) if given is not None else str(caller)
        with self._sessions() as session:
            pool = self._pools.find(session, which)
        self._pools.mirror(pool)
        known = {one.name: one for one in verbs_of(terms_of_pool(pool).incentive, token_of(pool.token))}
        if verb not in known:
            offered = f"it has {', '.join(known)}" if known else "no transactions are prepared for it"
            raise VerbUnknown(f"Pool {pool.name} has no verb {verb}: {offered}.")
        return account, pool, known[verb]

    def _row(self, session: Session, pool: Pool, index: int) -> Contribution:
        row = contribution(session, pool, index)
        if row is None:
            raise ContributionUnknown(f"Pool {pool.name} has no contribution {index}.")
        return row

    def _prepared(
        self,
        pool: Pool,
        account: str,
        call: Call,
        *,
        paid: Payment | None = None,
        rows: Sequence[Contribution] = (),
        more: str = "",
        deposits: int = 0,
    ) -> PreparedShown:
        """A call as a transaction to sign, with what it means by its own data, and what it changes."""
        terms, address, token = terms_of_pool(pool), pool.address or "", token_of(pool.token)
        meant = meant_of(pool, call.to, call.data)
        if meant is None:
            raise ValueError("a prepared call is none of the pool's verbs")
        _, block = self._pools.mirror(pool).snapshot()
        credit, verified = self._gateway.pool_account(address, account)
        now = self._gateway.pending_time()
        window: tuple[int, int] | tuple[None, None] = (None, None)
        facts = self._pools.facts(pool, block)
        if not isinstance(facts.state, PoolState):
            # when a deposit can be had back is a matter of seals, and not of time
            claims = [ClaimToSign(index=row.index, since=None, until=None, amount=row.claimable) for row in rows]
        else:
            totals = totals_of(facts.state.last_accepted, facts.pauses)
            share = (verified, facts.state.total_verified)
            claims = [self._claim(pool, row, meant.verb.name, now, totals, share) for row in rows]
            if meant.verb.asks == SAMPLES:
                window = terms.refund_window(totals, now, now)
        spent = call.value + deposits + (0 if paid is None else paid.pulled)
        brings = credit if meant.verb.name == "withdraw" else -spent
        owed = sum(one.amount for one in claims) - (credit if meant.verb.name == "withdraw" else 0) + deposits
        if paid is not None:
            owed = spent - paid.due
        fees = self._gateway.fees()
        unsigned = self._gateway.unsigned(call, self._next_nonce(account), fees)
        return PreparedShown(
            account=account,
            pool=pool.id,
            verb=meant.verb.name,
            meaning=f"{sentence(meant, pool.name, address, call.value, token)} {more}".strip(),
            transaction=TransactionToSign(
                **{name: hex(value) if isinstance(value, int) else value for name, value in unsigned.items()}
            ),
            token=None if token is None else token.address,
            allowed=None if token is None else allowance(self._gateway, token.address, account, address),
            balance=funds(self._gateway, None if token is None else token.address, account, "latest"),
            coins=self._gateway.balance(account),
            balance_change=brings,
            credit=credit,
            credit_change=owed,
            gas=unsigned["gas"],
            base_fee=fees.base,
            gas_cost_most=unsigned["gas"] * fees.most,
            refund_from=window[0],
            refund_until=window[1],
            claims=claims,
            refusal=self._refusal(call, account, token),
            relay=None if self._relaying is None else self._relaying.to_sign(pool, account, call, meant.verb),
            block_number=block.number,
        )

    def told(self, transaction_hash: str) -> CallTold | None:
        """What a transaction that the node has calls, read back from its data; None where it calls no pool of ours."""
        signed = self._gateway.transaction(transaction_hash)
        if signed is None or signed.to is None:
            return None
        relayed = forwarded_in(signed.data)
        if relayed is not None:
            account, to, value, data = relayed
            called = replace(signed, to=to, value=value, data=data)
            more = "" if account == signed.sender else f" Signed by {account}, and sent by another."
        else:
            called, more = signed, ""
        pool = self._about(called)
        meant = meant_of(pool, called.to, called.data) if pool is not None else None
        if pool is None or meant is None or (relayed is not None and pool.forwarder != signed.to):
            return None
        return CallTold(
            sender=signed.sender,
            meaning=sentence(meant, pool.name, pool.address or "", called.value, token_of(pool.token)) + more,
            value=signed.value,
            gas=signed.gas,
            data="0x" + signed.data.hex(),
        )

    def _claim(
        self, pool: Pool, row: Contribution, verb: str, now: int, totals: list[int], share: tuple[int, int]
    ) -> ClaimToSign:
        """What a claim is about.

        Args:
            pool: the contribution's.
            row: the contribution.
            verb: of the claim.
            now: chain time.
            totals: the pool's.
            share: how many of the account's contributions were refunded, and of all accounts'.
        """
        terms, (model, _) = terms_of_pool(pool), self._pools.mirror(pool).snapshot()
        predicted, _ = model.predict_one(model.sample_from_bytes(row.sample))
        open_to = actions(terms, row, now, totals, agrees=predicted == row.label)
        action: Action | None = next((one for one in open_to if one.verb == verb), None)
        amount = (action.amount or 0) if action else 0
        if action and action.amount is None and share[0]:
            amount = terms.incentive.claims.share_rounded_down(terms.numbers, row.deposit, row.claimable, *share)
        return ClaimToSign(
            index=row.index,
            since=action.since if action else None,
            until=action.until if action else None,
            amount=amount,
        )

    def _refusal(self, call: Call, account: str, token: Token | None) -> dict[str, object] | None:
        try:
            self._gateway.try_call(call, account)
        except ChainUnavailable:
            raise
        except (ContractError, GasLimitExceeded, TransactionRefused, UnknownRevert) as error:
            return problem_of(error, token)
        return None

    def _next_nonce(self, account: str) -> int:
        """After what the node knows of, and after what waits here."""
        with self._sessions() as session:
            newest = highest_nonce(session, account, UNDER_WAY)
        return max(self._gateway.nonce(account), -1 if newest is None else newest + 1)

    # SIGNED

    def relay(self, request: RelayRequest) -> tuple[str, str]:
        """Send a call that an account signed, whose gas the operator pays; see `Relaying.relay`.

        Raises:
            RelayUnfit: it can never take effect, or nothing is relayed here.
        """
        if self._relaying is None:
            raise RelayUnfit(NOT_HERE)
        return self._relaying.relay(request)

    def take(self, request: SignedTransaction | SentTransaction) -> tuple[str, str]:
        """Follow a signed transaction; handed in again, it is the same submission.

        Returns:
            the account that signed it, and the submission's id.

        Raises:
            TransactionInvalid: it is none.
            TransactionNotFound: the node has none of this hash.
            TransactionForeign: it is for another chain or contract, or calls no verb.
            TransactionUnfit: it can never take effect.
            QueueFull: too many of the account's are under way.
        """
        if isinstance(request, SignedTransaction):
            signed = decode(bytes.fromhex(request.raw[2:]))
        else:
            found = self._gateway.transaction(request.hash.lower())
            if found is None:
                raise TransactionNotFound(
                    f"The node has no transaction {request.hash}: hand the signed bytes in, or try again when it has."
                )
            signed = found
        known = self._known(signed.hash)
        if known is None:
            account, submission_id = signed.sender, self._write(signed, request.texts)
        else:
            account, submission_id, is_dropped = known
            # a call that the operator sends for another is taken up again where it was handed in
            if is_dropped and account == signed.sender:
                self._open(signed.hash)
        self.submissions.sending(signed.sender, submission_id)
        return account, submission_id

    def submission(self, transaction_hash: str) -> SubmissionShown:
        """What became of a transaction that was handed in.

        Raises:
            SubmissionNotFound: it was not.
        """
        account, submission_id = self.find(transaction_hash)
        return self.submissions.show(account, submission_id)

    def find(self, transaction_hash: str) -> tuple[str, str]:
        """Account and id of the submission that was made of a transaction.

        Raises:
            SubmissionNotFound: none was.
        """
        with self._sessions() as session:
            row = session.get(Transaction, transaction_hash.lower())
            submission = session.get(Submission, row.submission_id) if row is not None else None
        if submission is None or not submission.own_key:
            raise SubmissionNotFound(f"No transaction {transaction_hash[:66]} was handed in here.")
        return submission.account, submission.id

    def is_relayed(self, shown: SubmissionShown) -> bool:
        """Whether another than a submission's account sent its transaction, and paid the gas."""
        return self._relayed(shown) is not None

    def sendable_until(self, shown: SubmissionShown) -> int | None:
        """Until when anybody can send what was relayed in vain; None where nobody can, or it is under way or done."""
        found = self._relayed(shown)
        if found is None or not any(item.status in (DROPPED, FAILED) for item in shown.items):
            return None
        try:
            return sendable_until(self._gateway, decode(found[0]), found[1])
        except ChainUnavailable:
            # while the chain is silent nobody sends anything; what became of it is told all the same
            return None

    def _relayed(self, shown: SubmissionShown) -> tuple[bytes, str] | None:
        """The transaction by which a submission was sent for its account, and what that signed; None for no such."""
        sent = next((item.transaction_hash for item in shown.items if item.transaction_hash is not None), None)
        with self._sessions() as session:
            row = None if sent is None else session.get(Transaction, sent)
            if row is None or row.sender == shown.account:
                return None
            return row.raw, session.get_one(Submission, row.submission_id).request_hash

    def _known(self, transaction_hash: str) -> tuple[str, str, bool] | None:
        """Account and id of a transaction's submission, and whether it is to be taken up again."""
        with self._sessions() as session:
            row = session.get(Transaction, transaction_hash)
            if row is None:
                return None
            submission = session.get_one(Submission, row.submission_id)
        if not submission.own_key:
            raise TransactionForeign("The service signed this transaction itself, and follows it already.")
        return submission.account, submission.id, row.status == DROPPED

    def _open(self, transaction_hash: str) -> None:
        """Take up again what was dropped: its place may be free now, or its account have more."""
        with self._sessions.begin() as session:
            row = session.get_one(Transaction, transaction_hash)
            if row.status == DROPPED:
                row.status = PREPARED
                for item in items_of_transaction(session, transaction_hash):
                    item.status, item.error = PREPARED, None

    def _write(self, signed: SignedCall, texts: Sequence[str | None] | None) -> str:
        pool, meant = self._checked(signed)
        kept = fitting(self._pools, pool, meant, texts)
        # its hash says all of it
        made = store(self._sessions, pool, meant, Followed.of(signed), signed.sender, signed.hash, kept)
        if kept:
            self._bind_texts(made, pool, signed.hash)
        return made

    def _bind_texts(self, submission_id: str, pool: Pool, transaction_hash: str) -> None:
        """Give texts to contributions that the tables had before they were handed in: the sync has passed them by."""
        receipt = self._gateway.receipt(transaction_hash)
        if receipt is None:
            return
        made = [log.event.index for log in logs_of(Contributed, receipt.logs) if log.address == pool.address]
        with self._sessions.begin() as session:
            for position, index in enumerate(made):
                row, text = contribution(session, pool, index), session.get(KeptText, (submission_id, position))
                if row is not None and row.transaction_hash == transaction_hash and text is not None:
                    text.chain_id, text.pool_address, text.index = pool.chain_id, pool.address, index

    def _checked(self, signed: SignedCall) -> tuple[Pool, Meant]:
        """The pool that a transaction calls, and what it says; refused when it can never be what it says."""
        chain_id = self._gateway.chain_id()
        if signed.chain_id != chain_id:
            raise TransactionForeign(f"The transaction is for chain {signed.chain_id}; this service is on {chain_id}.")
        pool = self._about(signed)
        if pool is None or pool.address is None:
            raise TransactionForeign(f"The transaction calls {signed.to or 'nobody'}: no pool of this service.")
        meant = meant_of(pool, signed.to, signed.data)
        if meant is None or not meant.items:
            raise TransactionForeign("The transaction's data are no call to one of the pool's verbs.")
        if len(meant.items) > MAX_ITEMS:
            raise TransactionUnfit(
                f"The transaction has {len(meant.items)} samples or claims; at most {MAX_ITEMS} are followed at once."
            )
        if any(item.index is not None and item.index >= 2**40 for item in meant.items):
            raise TransactionUnfit("The transaction claims a contribution that there can never be.")
        limit = self._gateway.transaction_gas_limit()
        least = least_gas(signed.data)
        if not least <= signed.gas <= limit:
            raise TransactionUnfit(f"The transaction has {signed.gas} gas; it must be from {least} to {limit}.")
        require_possible(self._gateway, signed, MAX_UNDER_WAY)
        return pool, meant

    def _about(self, signed: SignedCall) -> Pool | None:
        with self._sessions() as session:
            return pool_about(session, signed)
