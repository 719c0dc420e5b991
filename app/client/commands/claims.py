"""`earnest claims`: all that is due, what each brings, then all at once."""

from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from earnest.client.commands.connection import (
    DEFAULT_URL,
    FAILED,
    Json,
    Keystore,
    Relayed,
    Token,
    Url,
    Wait,
    Yes,
    connected,
    ended,
)
from earnest.client.commands.output import coins, objects, table

if TYPE_CHECKING:
    from earnest.client import answers
    from earnest.client.synchronous import Client

#: Most claims in one request.
_AT_ONCE = 90
_OWN, _OTHERS = "contributor", "verified others"


class Due(NamedTuple):
    """A claim that would succeed now, and what it would bring, in wei."""

    pool: str
    verb: str
    contribution: int
    amount: int
    until: int | None


def claims(
    pool: Annotated[
        str | None, typer.Argument(help="The pool's id or address; default: all pools.", show_default=False)
    ] = None,
    others: Annotated[
        bool, typer.Option("--others", help="Look for reports of others' contributions and for what is left over, too.")
    ] = False,
    take: Annotated[bool, typer.Option("--take", help="Claim all of it.")] = False,
    yes: Yes = False,
    wait: Wait = 600,
    url: Url = DEFAULT_URL,
    token: Token = None,
    keystore: Keystore = None,
    relayed: Relayed = False,
    json: Json = False,
) -> None:
    """What the account can claim now, and what each claim brings; with --take, all of it is claimed.

    What is claimed becomes credit in the pool, which `earnest withdraw` pays out.
    """
    lost = 0
    with connected(url, token, keystore, relayed=relayed) as client:
        me = client.account().address
        pools = [client.pool(pool)] if pool is not None else [each for each in client.pools() if each.status == "ready"]
        names, tokens = {each.id: each.name for each in pools}, {each.id: each.token for each in pools}
        due = [one for each in pools for one in _due(client, each.id, me, others=others)]
        if json:
            objects([one._asdict() for one in due])
        else:
            table(
                ("pool", "claim", "contribution", "brings", "until"),
                [(names[d.pool], d.verb, d.contribution, coins(d.amount, tokens[d.pool]), d.until or "-") for d in due],
            )
            sums: dict[answers.Token | None, int] = {}
            for one in due:
                sums[tokens[one.pool]] = sums.get(tokens[one.pool], 0) + one.amount
            brings = ", ".join(coins(amount, unit) for unit, amount in sums.items()) or coins(0, None)
            typer.echo(f"{len(due)} claims, {brings}")
        if not take or not due:
            return
        if not yes:
            typer.confirm("Claim all of them?", abort=True, err=True)
        for each, verb in dict.fromkeys((one.pool, one.verb) for one in due):
            indices = [one.contribution for one in due if (one.pool, one.verb) == (each, verb)]
            for start in range(0, len(indices), _AT_ONCE):
                done = client.claim(pool or each, verb, indices[start : start + _AT_ONCE], wait=wait)
                bad = [item for item in done.items if item.status != "confirmed"]
                lost += len(bad)
                for item in bad:
                    typer.echo(f"{verb} of {item.index}: {(item.error or {}).get('detail', item.status)}", err=True)
                brought = sum(item.amount or 0 for item in done.items if item.status == "confirmed")
                claimed = f"{len(done.items) - len(bad)} claimed in {names[each]}"
                typer.echo(f"{verb}: {claimed}, {coins(brought, tokens[each])}", err=True)
    if lost:
        raise ended(f"{lost} claims were refused.", FAILED)


def _due(client: "Client", pool: str, me: str, *, others: bool) -> list[Due]:
    """What an account can claim in a pool now."""
    found = []
    for row in client.contributions(pool, contributor=None if others else me, status="open"):
        own = row.contributor == me
        for action in row.actions:
            if not action.open or (action.by == _OWN and not own) or (action.by == _OTHERS and own):
                continue
            amount = action.amount
            if amount is None:
                # it depends on who claims, and whether it did before
                amount = _worth(client, pool, action.verb, row.index, me)
            if amount:
                found.append(Due(pool, action.verb, row.index, amount, action.until))
                break
    return found


def _worth(client: "Client", pool: str, verb: str, index: int, me: str) -> int:
    """What a claim would bring this account; 0 where it would be refused."""
    prepared = client.prepare(pool, verb, {"account": me, "indices": [index]})
    return prepared.credit_change if prepared.refusal is None else 0
