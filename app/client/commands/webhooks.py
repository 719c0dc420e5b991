"""`earnest webhook`: add, list, remove, enable, test."""

from typing import Annotated, Any

import typer

from earnest.client.commands.connection import DEFAULT_URL, FAILED, UNFIT, Json, Token, Url, connected, ended
from earnest.client.commands.output import objects, table

webhook = typer.Typer(help="Addresses that events are delivered to.", no_args_is_help=True)

Which = Annotated[str, typer.Argument(metavar="ID", help="The webhook's id.", show_default=False)]
_HEAD = ("id", "address", "events of", "status", "failures", "reason")


def _row(found: Any) -> tuple[object, ...]:
    of = f"pool {found.pool}" if found.pool is not None else found.account
    return found.id, found.url, of, found.status, found.failures, found.reason or "-"


@webhook.command()
def add(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="https://...", show_default=False)],
    pool: Annotated[
        str | None, typer.Option(help="A pool's events, for its owner and the operator.", show_default=False)
    ] = None,
    account: Annotated[
        str | None, typer.Option(help="An account's events; one's own by default.", show_default=False)
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="Of this request: repeated under it, one is made once.", show_default=False)
    ] = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
    json: Json = False,
) -> None:
    """Have events delivered to an address, from now on; tells the secret that deliveries are signed with."""
    if pool is not None and account is not None:
        raise ended("Name a pool or an account, not both.", UNFIT)
    with connected(url, token) as client:
        made = client.create_webhook(address, pool=pool, account=account, key=key)
    if json:
        objects([made])
    else:
        typer.echo(f"{made.id}\nIts secret, which is told this once: {made.secret}")


@webhook.command("list")
def list_webhooks(url: Url = DEFAULT_URL, token: Token = None, json: Json = False) -> None:
    """One's webhooks, and whether they are delivered to."""
    with connected(url, token) as client:
        found = client.webhooks()
    if json:
        objects(found)
    else:
        table(_HEAD, map(_row, found))


@webhook.command()
def remove(which: Which, url: Url = DEFAULT_URL, token: Token = None) -> None:
    """Deliver nothing more there."""
    with connected(url, token) as client:
        client.remove_webhook(which)
    typer.echo(f"{which} is removed.")


@webhook.command()
def enable(which: Which, url: Url = DEFAULT_URL, token: Token = None, json: Json = False) -> None:
    """Deliver again to a webhook that was set aside, from where it stopped."""
    with connected(url, token) as client:
        found = client.enable_webhook(which)
    if json:
        objects([found])
    else:
        table(_HEAD, [_row(found)])


@webhook.command("test")
def send_test(
    which: Which,
    wait: Annotated[float, typer.Option(min=1, max=600, help="Seconds to wait for what comes of it.")] = 30,
    url: Url = DEFAULT_URL,
    token: Token = None,
    json: Json = False,
) -> None:
    """Send a test, and say what came of it; exits with 1 if it was not delivered."""
    with connected(url, token) as client:
        found = client.test_webhook(which, wait=wait)
    if json:
        objects([found])
    elif found.error is None:
        typer.echo(f"Delivered in {found.milliseconds} ms: the receiver answered {found.status}.")
    if found.error is not None:
        raise ended(found.error, FAILED)
