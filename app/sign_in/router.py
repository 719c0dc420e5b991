"""Signing in with a wallet, and the sessions that come of it."""

from fastapi import APIRouter

from earnest.accounts.dependencies import Holder
from earnest.sign_in.dependencies import Host, SignIns
from earnest.sign_in.schemas import NonceShown, RefreshRequest, SessionsShown, SignedIn, SignInRequest
from earnest.web.routes import StrictRoute
from earnest.web.threads import asking, writing

router = APIRouter(tags=["sign-in"], route_class=StrictRoute)


@router.post("/sign-in/nonces", status_code=201)
@writing
def make_nonce(sign_ins: SignIns) -> NonceShown:
    """A nonce for a message to sign in with; good for five minutes and one use."""
    return sign_ins.nonce()


@router.post("/sign-in", status_code=201)
@asking
def sign_in(request: SignInRequest, sign_ins: SignIns, host: Host) -> SignedIn:
    """Sign in with Ethereum (EIP-4361): an access token for minutes, and a refresh token for the next."""
    return sign_ins.sign_in(request.message, bytes.fromhex(request.signature[2:]), host)


@router.post("/sign-in/refreshed", status_code=201)
@writing
def refresh(request: RefreshRequest, sign_ins: SignIns) -> SignedIn:
    """Exchange a refresh token for new tokens; each is good once, and used again it ends the session."""
    return sign_ins.refresh(request.refresh_token)


@router.get("/sessions")
@asking
def list_sessions(sign_ins: SignIns, holder: Holder) -> SessionsShown:
    """The caller's sessions that go on, newest first."""
    return SessionsShown(items=sign_ins.sessions(holder))


@router.delete("/sessions/{session}", status_code=204)
@writing
def end_session(session: str, sign_ins: SignIns, holder: Holder) -> None:
    """End a session of the caller's at once; `current` is the one that the request came with."""
    sign_ins.end(holder, session)
