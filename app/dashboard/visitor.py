"""Who looks at a page: an account of its own, by a cookie that no script reads and no other site sends."""

from typing import Annotated

from fastapi import Depends, Request
from starlette.responses import Response

from earnest.accounts.dependencies import Accounts
from earnest.accounts.schemas import AccountShown
from earnest.errors import EarnestError

#: Holds the account's bearer token.
COOKIE = "earnest_account"
_YEAR = 365 * 86_400


class _Visitor:
    """A visitor, who has an account or not."""

    def __init__(self, request: Request, accounts: Accounts) -> None:
        self._accounts = accounts
        self._token = request.cookies.get(COOKIE)
        self._secure = request.url.scheme == "https"

    def caller(self) -> str:
        """The account's address.

        Raises:
            TokenInvalid: there is no account.
        """
        return self._accounts.authenticate(self._token)

    def address(self) -> str | None:
        """The account's address; None where there is no account."""
        try:
            return self.caller()
        except EarnestError:
            return None

    def shown(self) -> AccountShown | None:
        """The account with what it has; None while the chain, which knows that, is silent."""
        address = self.address()
        try:
            return None if address is None else self._accounts.show(address)
        except EarnestError:
            return None

    def make_account(self, answer: Response) -> str:
        """Make an account and hand its token over with an answer; returns its address."""
        created = self._accounts.create("page")
        answer.set_cookie(COOKIE, created.token, httponly=True, samesite="strict", secure=self._secure, max_age=_YEAR)
        return created.address


#: Of the request.
Visitor = Annotated[_Visitor, Depends()]
