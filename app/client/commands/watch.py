"""`earnest watch`: what happens, as it happens."""

from itertools import islice
from typing import Annotated

import typer

from earnest.client.commands.connection import DEFAULT_URL, UNFIT, Json, Url, connected, ended
from earnest.client.commands.output import ether, objects


def watch(
    pool: Annotated[str | None, typer.Argument(help="The pool's id or address.", show_default=False)] = None,
    account: Annotated[str | None, typer.Option(help="Or an account's address.", show_default=False)] = None,
    last: Annotated[
        str | None, typer.Option(help="Begin after this event's id; default: from now on.", show_default=False)
    ] = None,
    count: Annotated[int | None, typer.Option(min=1, help="End after so many events.", show_default=False)] = None,
    url: Url = DEFAULT_URL,
    json: Json = False,
) -> None:
    """Print what happens in a pool, or to an account, as it happens; cut off, it goes on where it was."""
    if (pool is None) == (account is None):
        raise ended("Name either a pool or, with --account, an account.", UNFIT)
    with connected(url) as client:
        for event in islice(client.events(pool=pool, account=account, last=last), count):
            if json:
                objects([event])
                continue
            parts = [event.id, event.kind]
            parts += [f"contribution {event.index}"] if event.index is not None else []
            parts += [ether(event.amount)] if event.amount is not None else []
            parts += [event.account] if event.account is not None else []
            parts += [f"block {event.block_number}"] if event.block_number is not None else []
            typer.echo("  ".join(parts))
