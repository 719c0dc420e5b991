"""`earnest account` and `earnest withdraw`."""

from typing import Annotated

import typer

from earnest.client.commands.connection import (
    DEFAULT_URL,
    FAILED,
    UNFIT,
    Json,
    Keystore,
    Relayed,
    Token,
    Url,
    Wait,
    connected,
    ended,
)
from earnest.client.commands.output import coins, ether, objects, table


def account(
    create: Annotated[
        str | None,
        typer.Option(help="Make a managed account of this name, and tell its token once.", show_default=False),
    ] = None,
    faucet: Annotated[
        int | None, typer.Option(min=1, help="Take so much wei from a development chain's faucet.", show_default=False)
    ] = None,
    statement: Annotated[
        str | None, typer.Option(help="Its statement in this pool, which adds up.", show_default=False)
    ] = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
    keystore: Keystore = None,
    json: Json = False,
) -> None:
    """The account's balance, and what it has in each pool."""
    if create is not None:
        with connected(url) as client:
            made = client.create_account(create)
        if json:
            objects([made])
        else:
            typer.echo(f"{made.address}\nIts token, which is told this once: {made.token}")
        return
    with connected(url, token, keystore) as client:
        if faucet is not None:
            client.faucet(faucet)
        if statement is not None:
            entries = client.statement(statement)
            if json:
                objects(entries)
            else:
                table(
                    ("block", "time", "what", "contribution", "amount", "credit"),
                    [
                        (e.block_number, e.time, e.kind, "-" if e.index is None else e.index, ether(e.amount),
                         ether(e.credit))
                        for e in entries
                    ],
                )  # fmt: skip
            return
        found = client.account()
    if json:
        objects([found])
        return
    typer.echo(f"{found.address} {found.name or ''}\n{ether(found.balance)} at block {found.block_number}")
    table(
        ("pool", "credit", "verified", "contributions", "deposits", "refunds", "shares", "leftovers"),
        [
            (p.pool_name, ether(p.credit), p.verified, p.contributions, ether(p.deposits), ether(p.refunds),
             ether(p.shares), ether(p.leftovers))
            for p in found.pools
        ],
    )  # fmt: skip


def withdraw(
    pool: Annotated[
        str | None,
        typer.Argument(help="The pool's id or address; default: all that owe.", show_default=False),
    ] = None,
    wait: Wait = 600,
    url: Url = DEFAULT_URL,
    token: Token = None,
    keystore: Keystore = None,
    relayed: Relayed = False,
    json: Json = False,
) -> None:
    """Pay out what pools owe the account."""
    lost = 0
    with connected(url, token, keystore, relayed=relayed) as client:
        pools = [pool] if pool is not None else [each.pool for each in client.account().pools if each.credit]
        if not pools:
            raise ended("No pool owes the account anything.", UNFIT)
        for each in pools:
            done = client.withdraw(each, wait=wait)
            (item,) = done.items
            lost += item.status != "confirmed"
            if json:
                objects([{"pool": done.pool, **vars(item)}])
            elif item.status == "confirmed":
                paid = coins(item.amount, client.pool(each).token)
                typer.echo(f"{paid} paid out, transaction {item.transaction_hash}")
            else:
                typer.echo(f"{item.status}: {(item.error or {}).get('detail', '')}", err=True)
    if lost:
        raise typer.Exit(FAILED)
