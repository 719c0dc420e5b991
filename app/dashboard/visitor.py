"""Who looks at a page: an account of its own, by a cookie that no script reads and no other site sends."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from earnest.accounts.dependencies import Accounts
from earnest.accounts.identity import SUBMIT
from earnest.accounts.schemas import AccountShown
from earnest.errors import EarnestError
from earnest.web.addresses import looks_like_address, parse_address

#: Holds the account's bearer token.
COOKIE = "earnest_account"
#: Holds the address of the wallet that was connected in this browser. It proves nothing and opens nothing: what a page
#: shows of an address is public on the chain, and whatever changes something is signed by the wallet.
WALLET = "earnest_wallet"
_YEAR = 365 * 86_400


class _Visitor:
    """A visitor, who has an account or not."""

    def __init__(self, request: Request, accounts: Accounts) -> None:
        self._accounts = accounts
        self._token = request.cookies.get(COOKIE)
        self._wallet = request.cookies.get(WALLET)
        self._secure = request.url.scheme == "https"

    def caller(self) -> str:
        """The account's address.

        Raises:
            TokenInvalid: there is no account.
        """
        return self._accounts.authenticate(self._token)

    def actor(self) -> str:
        """The account's address, for what it does: nothing is done with a key that may only read.

        Raises:
            TokenInvalid: there is no account.
            ScopeMissing: the cookie holds an API key that may not submit.
            KeyNotHere: the cookie holds the token of a wallet's session, for which nothing can be signed here.
        """
        return self._accounts.require_key(self._accounts.authenticate(self._token, SUBMIT))

    def address(self) -> str | None:
        """The account's address; None where there is no account."""
        try:
            return self.caller()
        except EarnestError:
            return None

    def wallet(self) -> str | None:
        """The address of the wallet that was connected here."""
        given = self._wallet
        try:
            return parse_address(given) if given and looks_like_address(given) else None
        except EarnestError:
            return None

    def viewer(self) -> str | None:
        """Whose money the pages show: the wallet's, or the account's."""
        return self.wallet() or self.address()

    def kind(self) -> str | None:
        """What the viewer acts with: "wallet" or "development"; None for nothing."""
        if self.wallet() is not None:
            return "wallet"
        return "development" if self.address() is not None else None

    def shown(self) -> AccountShown | None:
        """The account with what it has; None while the chain, which knows that, is silent."""
        address = self.viewer()
        try:
            return None if address is None else self._accounts.show(address)
        except EarnestError:
            return None

    def make_account(self, answer: Response) -> str:
        """Make an account and hand its token over with an answer; returns its address."""
        created = self._accounts.create("Development account")
        answer.set_cookie(COOKIE, created.token, httponly=True, samesite="strict", secure=self._secure, max_age=_YEAR)
        return created.address


async def _visitor(request: Request, accounts: Accounts) -> _Visitor:
    return _Visitor(request, accounts)


#: Of the request.
Visitor = Annotated[_Visitor, Depends(_visitor)]
