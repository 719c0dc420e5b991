"""Who calls: the account or the operator that a request's token stands for."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Depends, Request

from earnest.accounts.errors import ScopeMissing
from earnest.accounts.identity import READ, SUBMIT, Identity
from earnest.accounts.service import AccountService
from earnest.web.dependencies import REQUEST, Credentials, provided

Accounts = Annotated[AccountService, Depends(provided(AccountService))]

_READS = ("GET", "HEAD")


def _caller(accounts: Accounts, credentials: Credentials, request: Request) -> str:
    scope = READ if request.method in _READS else SUBMIT
    return accounts.authenticate(credentials.credentials if credentials else None, scope)


def _signer(accounts: Accounts, credentials: Credentials) -> str:
    return accounts.require_key(accounts.authenticate(credentials.credentials if credentials else None, SUBMIT))


def _caller_if_any(accounts: Accounts, credentials: Credentials) -> str | None:
    return accounts.authenticate(credentials.credentials) if credentials else None


def _holder(accounts: Accounts, credentials: Credentials) -> Identity:
    found = accounts.identify(credentials.credentials if credentials else None)
    if found.key is not None:
        raise ScopeMissing("No API key is good for this: send the account's token, or sign in.")
    return found


def _admin(accounts: Accounts, credentials: Credentials, request: Request) -> Iterator[None]:
    token = credentials.credentials if credentials else None
    if request.method in _READS:
        accounts.require_admin(token)
        yield
        return
    with accounts.acting(token, f"{request.method} {request.url.path}", REQUEST.get()):
        yield


def _operator(accounts: Accounts, credentials: Credentials, request: Request) -> Iterator[Identity]:
    token = credentials.credentials if credentials else None
    if request.method in _READS:
        yield accounts.require_admin(token)
        return
    with accounts.acting(token, f"{request.method} {request.url.path}", REQUEST.get()) as actor:
        yield actor


def _caller_or_operator(accounts: Accounts, credentials: Credentials) -> str | None:
    token = credentials.credentials if credentials else None
    found = accounts.identify(token)
    if found.is_operator:
        return None
    accounts.require_scope(found, SUBMIT)
    return found.address


def _owner(accounts: Accounts, credentials: Credentials, request: Request) -> Iterator[str | None]:
    token = credentials.credentials if credentials else None
    found, reads = accounts.identify(token), request.method in _READS
    if not found.is_operator:
        accounts.require_scope(found, READ if reads else SUBMIT)
        yield found.address
    elif reads:
        yield None
    else:
        with accounts.acting(token, f"{request.method} {request.url.path}", REQUEST.get()):
            yield None


#: Address of the account whose token the request carries.
Caller = Annotated[str, Depends(_caller)]
#: The same, of an account whose key is here.
Signer = Annotated[str, Depends(_signer)]
#: What the API's reference says of operations for which no token is needed, though one is looked at.
TOKEN_OPTIONAL: dict[str, Any] = {"security": [{}]}
#: The same, or None where the request carries no token.
CallerIfAny = Annotated[str | None, Depends(_caller_if_any)]
#: Whoever holds an account, or is the operator; no API key is taken.
Holder = Annotated[Identity, Depends(_holder)]
#: Refuses everyone but operators, and writes down what they change.
Admin = Annotated[None, Depends(_admin, scope="function")]
#: The same, with who it is that calls.
Operator = Annotated[Identity, Depends(_operator, scope="function")]
#: The account's address, or None for an operator.
CallerOrOperator = Annotated[str | None, Depends(_caller_or_operator)]
#: The same, of whoever has things of its own under a route: reading takes another scope than changing does, and what an
#: operator changes is written down.
Owner = Annotated[str | None, Depends(_owner, scope="function")]
