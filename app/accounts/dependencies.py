"""Who calls: the account or the operator that a request's token stands for."""

from typing import Annotated

from fastapi import Depends

from earnest.accounts.service import AccountService
from earnest.web.dependencies import Credentials, provided

Accounts = Annotated[AccountService, Depends(provided(AccountService))]


def _caller(accounts: Accounts, credentials: Credentials) -> str:
    return accounts.authenticate(credentials.credentials if credentials else None)


def _admin(accounts: Accounts, credentials: Credentials) -> None:
    accounts.require_admin(credentials.credentials if credentials else None)


def _caller_or_operator(accounts: Accounts, credentials: Credentials) -> str | None:
    token = credentials.credentials if credentials else None
    return None if accounts.is_admin(token) else accounts.authenticate(token)


#: Address of the account whose token the request carries.
Caller = Annotated[str, Depends(_caller)]
#: Refuses everyone but the operator.
Admin = Annotated[None, Depends(_admin)]
#: The account's address, or None for the operator.
CallerOrOperator = Annotated[str | None, Depends(_caller_or_operator)]
