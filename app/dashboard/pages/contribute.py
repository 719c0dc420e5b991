"""Contributing: a sample or a file, a quote, the sentence of what is signed, and what became of it."""

import json
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar, Literal

from fastapi import APIRouter, Depends, File, Form, Query, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup
from pydantic import StringConstraints, TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from earnest.contributions.dependencies import Contributions
from earnest.contributions.schemas import ContributionDetail
from earnest.core.errors import DatasetError, SampleInvalid
from earnest.dashboard.files import MOST_ROWS, BadRow, ReadFile, read
from earnest.dashboard.format import class_names, sample_format
from earnest.dashboard.frame import Framed
from earnest.dashboard.given import REFUSALS, bars, labelled, marked, sample_given, sentence_of
from earnest.dashboard.page_route import PageRoute
from earnest.dashboard.quoting import Balance, Expected, balance_of, expected, not_before
from earnest.dashboard.render import Page, render
from earnest.dashboard.visitor import Visitor
from earnest.development.dependencies import DevelopmentOfPages
from earnest.development.errors import FaucetLimit
from earnest.errors import EarnestError
from earnest.pools.dependencies import Overviews, Pools
from earnest.pools.overview import Told
from earnest.pools.schemas import PoolShown, Quote, QuoteRequest
from earnest.readiness import OPERATE
from earnest.submissions.dependencies import Submissions
from earnest.submissions.errors import RiskNotAccepted
from earnest.submissions.schemas import SubmissionRequest, SubmissionShown
from earnest.submissions.waiting import UNDECIDED, outcome
from earnest.wallet.covering import Covering
from earnest.wallet.dependencies import Wallets
from earnest.wallet.errors import SubmissionNotFound, VerbUnknown
from earnest.wallet.schemas import ContributionsToSign, PreparedShown
from earnest.web.dependencies import Leaving, Requirement
from earnest.web.schemas import MAX_TEXT, LabelledSample
from earnest.web.threads import asking, sending, submitting

router = APIRouter(route_class=PageRoute)

#: What a new account of the page is given.
PAGE_FUNDS = 10**18
#: And of the token for development, in the unit that people read.
PAGE_TOKENS = 1_000
#: Seconds that somebody who has signed waits for the chain before the page says how far it is.
PATIENCE = 2.0
#: Why a contract refuses what it may not take; said with what to do, in place of that.
_NOT_ALLOWED = "urn:earnest:problem:contract-token-transfer-failed"
#: Most transactions before the contribution that stay on the page.
_MOST_BEFORE = 8

Mode = Literal["one", "file"]
#: Who sends what a wallet signs, and pays the gas.
Sender = Literal["wallet", "service"]
TransactionHash = Annotated[str, StringConstraints(pattern="^0x[0-9a-fA-F]{64}$")]
_ITEMS, _KEPT = TypeAdapter(list[LabelledSample]), TypeAdapter(ReadFile)


@dataclass(frozen=True)
class Given:
    """What the form holds; no label is chosen before somebody chooses one, and no sender."""

    text: str = ""
    label: int | None = None
    again: bool = False
    sender: Sender | None = None


@dataclass(frozen=True)
class RowQuote:
    """A row of a file with its quote: whether the model agrees."""

    number: int
    sample: LabelledSample
    agrees: bool
    duplicate: bool
    predicted: int

    @property
    def is_sent(self) -> bool:
        """Whether it goes along when the file is contributed."""
        return self.agrees and not self.duplicate


@dataclass(frozen=True)
class FileQuote:
    """A file with what can be expected of its rows.

    Attributes:
        name: of the file.
        format: what it is, in words.
        unit: what its places count, lines or rows.
        rows: that can be sent.
        bad: that cannot, and why.
        left: rows beyond those that are looked at.
        items: the rows that the model agrees with, as the form keeps them.
        kept: all of it, for a form that leads back to this page.
        agreeing: how many those are.
    """

    name: str
    format: str
    unit: str
    rows: Sequence[RowQuote]
    bad: Sequence[BadRow]
    left: int
    items: str
    kept: str
    agreeing: int


@dataclass(frozen=True)
class ContributePage(Page):
    """A contribution on its way.

    Attributes:
        pool: to which.
        sample: what its samples are called.
        columns: names of the columns of its rows; none where samples are texts.
        classes: what the classes are called.
        money: whether a deposit is paid.
        mode: one sample, or a file.
        most_rows: of a file.
        given: what the form holds.
        key: by which the form submits once, however often it is sent.
        quote: on what is given; None before it was asked for.
        told: what the model says of it, and why.
        shown: the text with what decided.
        bars: what decided.
        expected: what can become of it.
        file: that was read.
        prepared: the transaction; None while nobody can sign it.
        unprepared: why there is none for an account that is there; None where there is one, or nobody.
        covering: what the pool has to be let take of its token before; None where it may already.
        refusal: why it would be refused now, if not for that; None where it would not.
        balance: what it changes.
        relayed: what it changes where the wallet only signs, and the service sends it all; None where that cannot be.
        to_sign: the same as a wallet is asked, in JSON.
        submission: what became of what was signed.
        is_relayed: whether the service sent that for the account.
        open_until: last second in which anybody can send it still, where it came to nothing; None where nobody can.
        before: what was signed before it, so that the pool may take its token, with what each does in a sentence.
        price_before: what a contribution cost when something was signed for it; None where that has not changed.
        under_way: whether the chain has not decided it.
        here: address of this state of the page.
        made: the contribution, once it is in the tables.
        settle_from: first second in which it may be settled, where the judge is sealed; later if seals come later.
        message: why what was given is refused.
    """

    TEMPLATE: ClassVar[str] = "contribute.html"

    pool: PoolShown
    sample: str
    columns: Sequence[str]
    classes: Sequence[str]
    money: bool
    mode: Mode
    most_rows: int = MOST_ROWS
    given: Given = Given()
    key: str = field(default_factory=lambda: secrets.token_hex(16))
    quote: Quote | None = None
    told: Told | None = None
    shown: Markup | None = None
    bars: Sequence[tuple[str, str, Markup]] = ()
    expected: Expected | None = None
    file: FileQuote | None = None
    prepared: PreparedShown | None = None
    unprepared: str | None = None
    covering: Covering | None = None
    refusal: str | None = None
    balance: Balance | None = None
    relayed: Balance | None = None
    to_sign: str = ""
    submission: SubmissionShown | None = None
    is_relayed: bool = False
    open_until: int | None = None
    before: Sequence[tuple[SubmissionShown, str]] = ()
    price_before: int | None = None
    under_way: bool = False
    here: str = ""
    made: ContributionDetail | None = None
    settle_from: int | None = None
    message: str | None = None


class _Pages:
    """Comes by what the page shows."""

    def __init__(
        self, pools: Pools, overviews: Overviews, contributions: Contributions, wallets: Wallets, frame: Framed
    ) -> None:
        self._pools, self._overviews, self._contributions = pools, overviews, contributions
        self._wallets, self._frame = wallets, frame

    def empty(self, which: str, mode: Mode = "one") -> ContributePage:
        """The form as it is found."""
        pool = self._pools.show(which)
        return ContributePage(
            pool=pool,
            sample=sample_format(pool).SAMPLE,
            columns=self._overviews.columns(which),
            classes=class_names(pool),
            money=bool(pool.rules.get("moves_money")),
            mode=mode,
        )

    def answer(self, page: ContributePage, status: int = 200) -> HTMLResponse:
        """The page as an answer."""
        return render(page, self._frame, status)

    def refused(self, page: ContributePage, error: Exception) -> HTMLResponse:
        """The page with why what was given cannot be.

        Raises:
            EarnestError: there is nothing to show: no pool, or no service now.
        """
        if isinstance(error, EarnestError) and error.status in (404, 503):
            raise error
        status = error.status if isinstance(error, EarnestError) else 422
        return self.answer(replace(page, message=sentence_of(error)), status)

    def quoted(self, which: str, given: Given) -> ContributePage:
        """The page with a quote.

        Raises:
            SampleInvalid, ValidationError, EarnestError: it can be refused.
        """
        page = replace(self.empty(which), given=given)
        item = _item(page.pool, given)
        quote = self._pools.quote(which, QuoteRequest(**item.model_dump(), account=self._frame.viewer))
        told = self._overviews.tell(which, item)
        page = replace(
            page,
            quote=quote,
            told=told,
            shown=None if page.columns else marked(given.text, told, page.classes),
            bars=bars(told, page.classes),
            expected=expected(self._overviews, which, self._pools.terms(which), quote),
            settle_from=not_before(page.pool, quote.sealed.settle_from) if quote.sealed is not None else None,
        )
        if quote.expected_outcome == "refused" or quote.paused:
            return page
        # the page says what may be lost, beside what is signed
        risky = quote.sealed is not None and quote.sealed.needs_consent
        return self._signable(which, page, [item], quote.price, quote.price, accept_risk=risky)

    def _signable(
        self,
        which: str,
        page: ContributePage,
        items: Sequence[LabelledSample],
        most: int,
        deposit: int | None = None,
        *,
        accept_risk: bool = False,
    ) -> ContributePage:
        """The page with the transaction, for who can sign it: no sample of it costs more than what the page says."""
        viewer = self._frame.viewer
        if viewer is None:
            return page
        if len(items) > 1:
            # where the first lets the price rise, the others cost more than was quoted for each by itself
            most = max(most, self._wallets.highest_price(which, viewer, len(items)) or 0)
        asked = ContributionsToSign(account=viewer, items=list(items), max_price=most, accept_risk=accept_risk)
        try:
            prepared = self._wallets.contributions(which, asked, None)
        except (VerbUnknown, RiskNotAccepted) as error:
            # the service signs for its own accounts all the same
            return replace(page, unprepared=error.detail)
        paid = deposit if deposit is not None else -prepared.balance_change - prepared.credit_change
        _, open_now = self._overviews.own_open(which, viewer)
        missing = self._wallets.covering(which, prepared)
        refused = prepared.refusal
        if missing is not None and refused is not None and refused["type"] == _NOT_ALLOWED:
            refused = missing.refusal
        texts = [item.text for item in items] if any(item.text is not None for item in items) else None
        # what an approval needs coins for cannot be had by signing alone
        relays = self._frame.kind == "wallet" and prepared.relay is not None and (missing is None or missing.permits)
        relayed = balance_of(prepared, open_now, paid, missing, relayed=True) if relays else None
        return replace(
            page,
            prepared=prepared,
            covering=missing,
            refusal=None if refused is None else str(refused["detail"]),
            balance=balance_of(prepared, open_now, paid, missing),
            relayed=relayed if relayed is not None and relayed.is_possible else None,
            to_sign=json.dumps({"prepare": asked.model_dump(mode="json", exclude_none=True), "texts": texts}),
        )

    def of_file(self, which: str, name: str, content: bytes) -> ContributePage:
        """The page with what a file holds.

        Raises:
            DatasetError: nothing of it can be read.
        """
        page = self.empty(which, "file")
        found = read(name, content, page.pool, page.columns, page.classes)
        return self._of_rows(which, page, found)

    def of_kept(self, which: str, kept: str) -> ContributePage:
        """The same of a file that was read before.

        Raises:
            ValidationError: that is no such file.
            DatasetError: no file that was read has so many rows.
        """
        found = _KEPT.validate_json(kept)
        if len(found.samples) + len(found.bad) > MOST_ROWS:
            raise DatasetError(f"More than {MOST_ROWS} rows are looked at in no file: read the file again.")
        return self._of_rows(which, self.empty(which, "file"), found)

    def _of_rows(self, which: str, page: ContributePage, found: ReadFile) -> ContributePage:
        rows, bad, most = [], list(found.bad), 0
        for number, sample in found.samples:
            try:
                quote = self._pools.quote(which, QuoteRequest(**sample.model_dump(), account=self._frame.viewer))
            except REFUSALS as error:
                if isinstance(error, EarnestError) and error.status == 503:
                    raise
                bad.append(BadRow(number, sentence_of(error)))
                continue
            if quote.expected_outcome == "refused":
                bad.append(BadRow(number, quote.risk))
            else:
                rows.append(RowQuote(number, sample, quote.agrees, bool(quote.duplicates), quote.predicted))
                most = max(most, quote.price if rows[-1].is_sent else 0)
        good = [row.sample for row in rows if row.is_sent]
        shown = FileQuote(
            name=found.name,
            format=found.format,
            unit=found.unit,
            rows=rows,
            bad=sorted(bad, key=lambda row: row.number),
            left=found.left,
            items=_ITEMS.dump_json(good, exclude_none=True).decode(),
            kept=_KEPT.dump_json(found, exclude_none=True).decode(),
            agreeing=len(good),
        )
        sealed = page.pool.sealed
        waits = int(page.pool.rules["wait_seals"]) if sealed is not None else 0
        page = replace(page, file=shown, settle_from=not_before(page.pool, sealed.epoch + waits) if sealed else None)
        return self._signable(which, page, good, most) if good else page

    def with_before(self, page: ContributePage, before: Sequence[str]) -> ContributePage:
        """The page with what was signed before, as far as it is known here and is of the pool."""
        found = []
        for transaction_hash in before[:_MOST_BEFORE]:
            try:
                shown = self._wallets.submission(transaction_hash)
            except SubmissionNotFound:
                continue
            if shown.pool == page.pool.id:
                told = self._wallets.told(transaction_hash)
                found.append((shown, "" if told is None else told.meaning))
        return replace(page, before=found)

    def followed(self, which: str, submission: SubmissionShown, here: str) -> ContributePage:
        """The page of what was signed."""
        page = self.empty(which)
        made = None
        confirmed = [item.index for item in submission.items if item.index is not None]
        if confirmed:
            try:
                made = self._contributions.show(which, confirmed[0])
            except EarnestError:
                # the tables are on their way
                made = None
        epochs = [action.from_epoch for action in made.actions if action.from_epoch is not None] if made else []
        return replace(
            page,
            submission=submission,
            is_relayed=self._wallets.is_relayed(submission),
            open_until=self._wallets.sendable_until(submission),
            under_way=submission.status in UNDECIDED,
            here=here,
            made=made,
            settle_from=not_before(page.pool, epochs[0]) if epochs else None,
        )


Contributing = Annotated[_Pages, Depends()]


def _item(pool: PoolShown, given: Given) -> LabelledSample:
    sample = sample_given(pool, given.text)
    if given.label is None:
        raise SampleInvalid("Choose the label that you think is right.", "LabelOutOfRange")
    return labelled(sample, given.label)


@router.get("/pools/{pool}/contribute")
async def show_contribute(
    pool: str,
    pages: Contributing,
    visitor: Visitor,
    submissions: Submissions,
    wallets: Wallets,
    leaving: Leaving,
    mode: Mode = "one",
    submission: Annotated[str | None, Query(max_length=40)] = None,
    transaction: Annotated[str | None, Query(pattern="^0x[0-9a-fA-F]{64}$")] = None,
    before: Annotated[list[TransactionHash], Query(max_length=_MOST_BEFORE)] = [],  # noqa: B006 - never changed
) -> HTMLResponse:
    """The empty form, or what became of what was signed."""
    if submission is not None:
        caller = await run_in_threadpool(visitor.caller)
        shown, _ = await outcome(submissions, caller, submission, PATIENCE, leaving)
        here = f"/pools/{pool}/contribute?submission={submission}"
        return pages.answer(await asking.run(pages.followed, pool, shown, here))
    if transaction is not None:
        account, known = await asking.run(wallets.find, transaction)
        shown, _ = await outcome(submissions, account, known, PATIENCE, leaving)
        here = f"/pools/{pool}/contribute?transaction={transaction}" + "".join(f"&before={one}" for one in before)
        page = await asking.run(pages.followed, pool, shown, here)
        return pages.answer(await asking.run(pages.with_before, page, before))
    return pages.answer(await asking.run(pages.empty, pool, mode))


@router.post("/pools/{pool}/contribute")
async def contribute(
    pool: str,
    pages: Contributing,
    visitor: Visitor,
    submissions: Submissions,
    development: DevelopmentOfPages,
    require: Requirement,
    action: Annotated[Literal["account", "account-file", "quote", "submit", "file", "submit-file"], Form()],
    text: Annotated[str, Form(max_length=MAX_TEXT)] = "",
    label: Annotated[int | None, Form(ge=0, le=65_535)] = None,
    again: Annotated[bool, Form()] = False,
    sender: Annotated[Sender | None, Form()] = None,
    accept_risk: Annotated[bool, Form()] = False,
    max_price: Annotated[str, Form(max_length=78, pattern="^[0-9]*$")] = "",
    items: Annotated[str, Form(max_length=4_000_000)] = "",
    kept: Annotated[str, Form(max_length=4_000_000)] = "",
    key: Annotated[str | None, Form(min_length=1, max_length=200)] = None,
    file: Annotated[UploadFile | None, File()] = None,
    before: Annotated[list[TransactionHash], Form(max_length=_MOST_BEFORE)] = [],  # noqa: B006 - never changed
    price_before: Annotated[str, Form(max_length=78, pattern="^[0-9]*$")] = "",
    made_now: Annotated[bool, Query()] = False,
) -> Response:
    """Make an account, quote, or submit; a form that is sent twice submits once, by its key."""
    given = Given(text, label, again, sender)
    empty = replace(await asking.run(pages.empty, pool, "file" if "file" in action else "one"), given=given)
    try:
        if action in ("account", "account-file"):
            known = await asking.run(visitor.address) is not None
            if text and known:
                return pages.answer(await asking.run(pages.quoted, pool, given))
            if kept and known:
                return pages.answer(await asking.run(pages.of_kept, pool, kept))
            require(OPERATE)
            keep = bool(text or kept) and not made_now
            return await sending.run(_with_account, empty.pool, visitor, development, empty.mode, keep)
        if action == "quote":
            page = await asking.run(pages.with_before, await asking.run(pages.quoted, pool, given), before)
            was = int(price_before) if price_before else None
            return pages.answer(replace(page, price_before=was if page.quote and was != page.quote.price else None))
        if action == "file":
            name, content = (file.filename or "", await file.read()) if file is not None else ("", b"")
            return pages.answer(await asking.run(pages.of_file, pool, name, content))
        if action == "submit":
            page = await asking.run(pages.quoted, pool, given)
            if page.quote is not None and page.quote.duplicates and not again:
                words = "This sample was contributed before. Say that you know, and sign again."
                return pages.answer(replace(page, message=words), 409)
            asked = SubmissionRequest(
                items=[_item(page.pool, given)],
                max_price=int(max_price) if max_price else None,
                accept_risk=accept_risk,
            )
        else:
            asked = SubmissionRequest(
                items=_ITEMS.validate_json(items), max_price=int(max_price) if max_price else None
            )
        caller = await run_in_threadpool(visitor.actor)
        queued = await submitting.run(submissions.contribute, caller, pool, asked, key)
        return RedirectResponse(f"/pools/{pool}/contribute?submission={queued}", status_code=303)
    except REFUSALS as error:
        return await asking.run(pages.refused, empty, error)


def _with_account(
    pool: PoolShown, visitor: Visitor, development: DevelopmentOfPages, mode: Mode, keep: bool
) -> RedirectResponse:
    """Back to the page, with an account; what was written is sent again (307), and quoted for the account."""
    if keep:
        # once: a browser that takes no cookies would else be sent here for ever, and be given accounts
        answer = RedirectResponse(f"/pools/{pool.id}/contribute?made_now=true", status_code=307)
    else:
        answer = RedirectResponse(
            f"/pools/{pool.id}/contribute{'?mode=file' if mode == 'file' else ''}", status_code=303
        )
    if visitor.address() is None:
        # one that is there is kept, since nobody could reach it again
        address = visitor.make_account(answer)
        development.fund(address, PAGE_FUNDS)
        if pool.token is not None:
            # another than the one for development costs something: the page says how many are missing
            with suppress(FaucetLimit):
                development.fund(address, PAGE_TOKENS * 10**pool.token.decimals, token=pool.token.address)
    return answer
