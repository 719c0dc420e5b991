"""Receipts of contributions, and statements of accounts, out of the tables."""

import csv
import io
from collections import OrderedDict
from collections.abc import Iterator

from sqlalchemy.orm import Session

from earnest.chain.tokens import token_of, told
from earnest.contributions.schemas import ContributionDetail
from earnest.contributions.service import ContributionService
from earnest.core.incentives.sealed import AT_RISK, CASES
from earnest.db.engine import Sessions
from earnest.db.pool_terms import terms_of_pool
from earnest.db.queries.contributions import contribution
from earnest.db.queries.ledgers import Place
from earnest.db.tables import Pool, PoolAccount, SyncCursor
from earnest.pools.service import PoolService
from earnest.readiness import READ
from earnest.statements.digests import Digests, digests_of
from earnest.statements.errors import StatementUnavailable
from earnest.statements.ledger import Entry
from earnest.statements.pages import PAGE, START, page_of_ledger
from earnest.statements.schemas import EntryShown, Receipt, Statement, TransactionOfReceipt
from earnest.web.addresses import parse_address
from earnest.web.schemas import CursorInvalid, decode_position, encode_cursor, parse_amount

#: Digests that are remembered: each is computed by learning anew.
REMEMBERED = 1_000
COLUMNS = ("block_number", "log_index", "time", "kind", "index", "amount", "credit", "transaction_hash")


class StatementService:
    """Makes receipts and statements.

    Args:
        sessions: the database.
        pools: finds pools.
        contributions: shows contributions.
    """

    def __init__(self, sessions: Sessions, pools: PoolService, contributions: ContributionService) -> None:
        self._sessions = sessions
        self._pools = pools
        self._contributions = contributions
        self._digests: OrderedDict[tuple[str, int, str], Digests] = OrderedDict()

    # RECEIPTS

    def receipt(self, which: str, index: int) -> Receipt:
        """Everything about a contribution's money.

        Raises:
            PoolUnknown, ContributionUnknown: there is none.
        """
        shown = self._contributions.show(which, index)
        with self._sessions() as session:
            pool = self._pools.find(session, which)
            before, after = self._digests_of(session, pool, shown)
        claimed = sum(claim.amount for claim in shown.claims)
        verdict, reason = self._verdict(pool, shown)
        made = TransactionOfReceipt(
            verb="contribute",
            account=shown.contributor,
            amount=shown.deposit,
            time=shown.time,
            block_number=shown.block_number,
            transaction_hash=shown.transaction_hash,
        )
        claims = [
            TransactionOfReceipt.model_validate(claim.model_dump(include=set(TransactionOfReceipt.model_fields)))
            for claim in shown.claims
        ]
        return Receipt(
            contribution=shown,
            digest_before=before,
            digest_after=after,
            verdict=verdict,
            reason=reason,
            deposit=shown.deposit,
            claimed=claimed,
            pending=shown.claimable,
            transactions=[made, *claims],
        )

    def _digests_of(self, session: Session, pool: Pool, shown: ContributionDetail) -> Digests:
        row = contribution(session, pool, shown.index)
        # after a reorganisation another contribution may have the number, in another block
        key = (pool.id, shown.index, row.block_hash if row is not None else "")
        known = self._digests.get(key)
        if known is None:
            if row is None:
                # the answer is about what was there a moment ago
                return None, None
            known = digests_of(session, pool, row)
            self._digests[key] = known
            while len(self._digests) > REMEMBERED:
                self._digests.popitem(last=False)
        return known

    def _verdict(self, pool: Pool, shown: ContributionDetail) -> tuple[str, str]:
        terms = terms_of_pool(pool)
        words = terms.incentive.words
        if shown.status == "open" and shown.sealed is not None:
            # what it is was decided when it was made; the model of now has a say in what is at risk alone
            case = CASES.index(shown.sealed.case)
            reason = words.waits(terms, case, shown.sealed.epoch) or words.cases[case]
            if case == AT_RISK:
                now = "agrees" if shown.predicted_now == shown.label else "disagrees"
                reason += f" The judge {now} with the label now, which a seal may change."
            return shown.sealed.case, reason
        if shown.status == "open":
            shares = told(sum(claim.amount for claim in shown.claims), token_of(pool.token))
            taken = f"Others took {shares} of it. " if shown.claims else ""
            if shown.predicted_now == shown.label:
                return "agrees", f"{taken}The model agrees with the label now, so {words.agrees}."
            return "disagrees", (
                f"{taken}The model disagrees with the label now: unless later ones persuade it, {words.disagrees}."
            )
        if not shown.claims:
            return shown.status, "Nobody settled it in time."
        last = shown.claims[-1]
        return shown.status, {
            "refunded": f"The model agreed with the label at {last.time}, and the deposit went back.",
            "taken": f"The model disagreed with the label at {last.time}, and {last.account} took what was left.",
            "settled": f"It was settled at {last.time}.",
            "collected": f"Nobody claimed it in time; what was left at {last.time} was "
            + ("burned." if last.burned else f"collected by {last.account}."),
        }.get(shown.status, "Nobody settled it in time.")

    # STATEMENTS

    def statement(self, which: str, address: str, cursor: str | None, limit: int) -> Statement:
        """A page of an account's entries in a pool, oldest first.

        Raises:
            PoolUnknown, AddressInvalid, CursorInvalid: there is no such pool, address or place.
        """
        place, opening = START, 0
        if cursor is not None:
            block, log_index, credit = decode_position(cursor, int, int, str)
            place, opening = Place(block, log_index), _credit_of(credit)
        account = parse_address(address)
        with self._sessions() as session:
            pool = self._pools.find(session, which)
            self._pools.mirror(pool, READ)
            if terms_of_pool(pool).incentive.is_sealed:
                raise StatementUnavailable(
                    f"Pool {pool.name} has a sealed judge: its settlings move credit in ways that statements do not "
                    "tell yet. GET /v1/accounts/ADDRESS has what it owes."
                )
            entries, following = page_of_ledger(session, pool, account, place, opening, limit)
            standing = session.get(PoolAccount, (pool.chain_id, pool.address or "", account))
            closing = entries[-1].credit if entries else opening
            return Statement(
                pool=pool.id,
                account=account,
                block_number=session.get_one(SyncCursor, pool.id).block_number,
                credit=standing.credit if standing is not None else 0,
                opening=opening,
                closing=closing,
                items=[_shown(entry) for entry in entries],
                next=encode_cursor(*following, str(closing)) if following is not None else None,
            )

    def lines(self, which: str, address: str) -> Iterator[str]:
        """The whole statement as CSV, a page at a time; what cannot be had is refused before the first line."""
        first = self.statement(which, address, None, PAGE)
        return self._lines(which, address, first)

    def _lines(self, which: str, address: str, page: Statement) -> Iterator[str]:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(COLUMNS)
        while True:
            writer.writerows([getattr(item, name) for name in COLUMNS] for item in page.items)
            yield text.getvalue()
            text.seek(0)
            text.truncate()
            if page.next is None:
                return
            page = self.statement(which, address, page.next, PAGE)


def _credit_of(text: str) -> int:
    try:
        return parse_amount(text)
    except ValueError:
        raise CursorInvalid("The cursor is not one of this list's; leave it out to start again.") from None


def _shown(entry: Entry) -> EntryShown:
    return EntryShown(
        kind=entry.kind,
        amount=str(entry.amount),
        credit=entry.credit,
        index=entry.index,
        time=entry.time,
        block_number=entry.place.block_number,
        log_index=entry.place.log_index,
        transaction_hash=entry.transaction_hash,
    )
