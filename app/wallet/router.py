"""Transactions to sign, and signed ones."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from earnest.accounts.dependencies import TOKEN_OPTIONAL, CallerIfAny
from earnest.submissions.router import ACCEPTED, answer_with
from earnest.submissions.schemas import SubmissionShown
from earnest.submissions.waiting import outcome
from earnest.wallet.dependencies import Relays, Signing, Wallets
from earnest.wallet.schemas import (
    ApprovalToSign,
    ClaimsToSign,
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
)
from earnest.wallet.verbs import INDICES, NOTHING, names_asking
from earnest.web.dependencies import Leaving, Wait
from earnest.web.routes import StrictRoute
from earnest.web.threads import asking, relaying, submitting

router = APIRouter(tags=["wallets"], route_class=StrictRoute)

TransactionHash = Annotated[str, Path(pattern=r"^0x[0-9a-fA-F]{64}$")]


@router.post("/pools/{pool}/prepared/contribute", openapi_extra=TOKEN_OPTIONAL)
@asking
def prepare_contributions(
    pool: str, request: ContributionsToSign, wallets: Signing, caller: CallerIfAny
) -> PreparedShown:
    """The unsigned transaction that contributes samples; nothing is sent, and nothing kept."""
    return wallets.contributions(pool, request, caller)


@router.post("/pools/{pool}/prepared/approve", openapi_extra=TOKEN_OPTIONAL)
@asking
def prepare_approval(pool: str, request: ApprovalToSign, wallets: Signing, caller: CallerIfAny) -> PreparedShown:
    """The unsigned transaction that lets the pool take so much of its token from the account; nothing is sent."""
    return wallets.tokens(pool, "approve", request, caller)


@router.post("/pools/{pool}/prepared/deposit", openapi_extra=TOKEN_OPTIONAL)
@asking
def prepare_deposit(pool: str, request: TokensToSign, wallets: Signing, caller: CallerIfAny) -> PreparedShown:
    """The unsigned transaction that puts so much of the pool's token into the account's credit; nothing is sent."""
    return wallets.tokens(pool, "deposit", request, caller)


@router.post("/pools/{pool}/prepared/permit", openapi_extra=TOKEN_OPTIONAL)
@asking
def prepare_permit(pool: str, request: PermitToAsk, wallets: Signing, caller: CallerIfAny) -> PermitShown:
    """What to sign so that the pool may take so much of its token; then `deposit-permitted`."""
    return wallets.permit(pool, request, caller)


@router.post("/pools/{pool}/prepared/deposit-permitted", openapi_extra=TOKEN_OPTIONAL)
@asking
def prepare_permitted(pool: str, request: PermittedToSign, wallets: Signing, caller: CallerIfAny) -> PreparedShown:
    """The unsigned transaction of a deposit that a signature permits; nothing is sent."""
    return wallets.permitted(pool, request, caller)


async def _verb(request: Request) -> str:
    """The verb that an address ends with."""
    return str(request.scope["path"]).rsplit("/", 1)[-1]


#: Of the request's address, which is one of the known ones.
AskedVerb = Annotated[str, Depends(_verb)]


@asking
def prepare_claims(
    pool: str, request: ClaimsToSign, wallets: Signing, caller: CallerIfAny, verb: AskedVerb
) -> PreparedShown:
    """The unsigned transaction that claims contributions with this verb, all or none; nothing is sent."""
    return wallets.claims(pool, verb, request, caller)


@asking
def prepare_plain(pool: str, request: ToSign, wallets: Signing, caller: CallerIfAny, verb: AskedVerb) -> PreparedShown:
    """The unsigned transaction of this verb, which needs nothing but its account; nothing is sent."""
    return wallets.plain(pool, verb, request, caller)


# a route for each verb, so that the reference says of each what it takes
for endpoint, what in ((prepare_claims, INDICES), (prepare_plain, NOTHING)):
    for name in names_asking(what):
        router.add_api_route(
            f"/pools/{{pool}}/prepared/{name}",
            endpoint,
            methods=["POST"],
            name=f"prepare_{name}",
            openapi_extra=TOKEN_OPTIONAL,
        )


@router.post("/transactions", **ACCEPTED)
async def hand_in(
    request: SignedTransaction | SentTransaction, wallets: Signing, response: Response, leaving: Leaving, wait: Wait
) -> SubmissionShown:
    """Hand in a transaction that its account signed, or the hash of one that it sent itself, to be followed.

    It becomes a submission like any other: sent again until the chain has decided it. Handed in again, it is the same
    one. No token is needed, since the signature says who it is.
    """
    account, submission = await submitting.run(wallets.take, request)
    return await answer_with(wallets.submissions, account, submission, wait, leaving, response)


@router.post("/relays", **ACCEPTED)
async def relay(
    request: RelayRequest, relays: Relays, response: Response, leaving: Leaving, wait: Wait
) -> SubmissionShown:
    """Have a call sent that an account signed as `relay` of a prepared transaction says; the operator pays the gas.

    It becomes a submission like any other. Handed in again, it is the same one. What the operator gives in a day is
    bounded, and of that what one account may use up.
    """
    account, submission = await relaying.run(relays.relay, request)
    return await answer_with(relays.submissions, account, submission, wait, leaving, response)


@router.get("/transactions/{transaction_hash}/submission")
async def show_handed_in(
    transaction_hash: TransactionHash, wallets: Wallets, response: Response, leaving: Leaving, wait: Wait
) -> SubmissionShown:
    """What became of a transaction that was handed in; waits as submissions do. All of it is public on the chain."""
    account, submission = await submitting.run(wallets.find, transaction_hash)
    shown, _ = await outcome(wallets.submissions, account, submission, wait, leaving)
    if wait:
        response.headers["Preference-Applied"] = f"wait={wait:g}"
    return shown
