"""`earnest pool`: list, show, create, pause."""

from pathlib import Path
from typing import Annotated, Any

import typer

from earnest.client.commands.connection import DEFAULT_URL, FAILED, UNFIT, Json, Token, Url, connected, ended
from earnest.client.commands.output import coins, objects, table
from earnest.core.errors import JsonInvalid
from earnest.core.strict_json import parse

pool = typer.Typer(help="Pools of a service.", no_args_is_help=True)

Which = Annotated[str, typer.Argument(help="The pool's id or address.", show_default=False)]
_HEAD = ("id", "name", "status", "model", "price", "contributions", "open", "accuracy")
#: Largest request and largest CSV that are sent.
_MAX_REQUEST, _MAX_CSV = 2**20, 50_000_000


def _row(found: Any) -> tuple[object, ...]:
    accuracy = found.accuracy.get("value")
    return (
        found.id, found.name, found.status, found.model or "-", coins(found.price, found.token), found.contributions,
        found.open_contributions, "-" if accuracy is None else f"{accuracy:.3f}",
    )  # fmt: skip


@pool.command("list")
def list_pools(url: Url = DEFAULT_URL, json: Json = False) -> None:
    """All pools of the service."""
    with connected(url) as client:
        found = client.pools()
    if json:
        objects(found)
    else:
        table(_HEAD, map(_row, found))


@pool.command()
def show(which: Which, url: Url = DEFAULT_URL, json: Json = False) -> None:
    """One pool, with its rules."""
    with connected(url) as client:
        found = client.pool(which)
    if json:
        objects([found])
        return
    facts: list[tuple[str, object]] = [
        ("id", found.id), ("name", found.name), ("status", found.error or found.status), ("address", found.address),
        ("chain", found.chain_id), ("owner", found.owner), ("model", found.model), ("classes", found.classes),
        ("price", coins(found.price, found.token)), ("paused", found.paused), ("contributions", found.contributions),
        ("open", found.open_contributions), ("escrow", coins(found.escrow, found.token)), ("digest", found.digest),
    ]  # fmt: skip
    plain = [(name, value) for name, value in found.rules.items() if isinstance(value, str | int)]
    table(("", ""), [*facts, *plain])
    for line in found.model_start:
        typer.echo(line)


@pool.command()
def create(
    name: Annotated[str, typer.Argument(help="What people call it.", show_default=False)],
    dataset: Annotated[str | None, typer.Option(help="A data set that the service has.", show_default=False)] = None,
    csv: Annotated[
        Path | None, typer.Option(help="Or a CSV with the columns text and label.", show_default=False)
    ] = None,
    model: Annotated[str | None, typer.Option(help="The model; the service's default.", show_default=False)] = None,
    cost: Annotated[int | None, typer.Option(min=1, help="A fixed price, in wei.", show_default=False)] = None,
    request: Annotated[
        Path | None,
        typer.Option(help="Further members of the API's request, as a JSON file.", show_default=False),
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="Of this request: repeated under it, the pool is made once.", show_default=False)
    ] = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
    json: Json = False,
) -> None:
    """Deploy a pool, and wait until it is ready; for the operator, whose token it takes."""
    asked: dict[str, Any] = {}
    try:
        if request is not None:
            given = parse(_read(request, _MAX_REQUEST), max_bytes=_MAX_REQUEST)
            if not isinstance(given, dict):
                raise ended(f"{request} holds no JSON object.", UNFIT)
            asked = given
        if csv is not None:
            asked["csv"] = _read(csv, _MAX_CSV)
    except (OSError, UnicodeDecodeError, JsonInvalid) as error:
        raise ended(f"A file cannot be used: {error}", UNFIT) from None
    options = {"dataset": dataset, "model": model, "price": {"rule": "fixed", "cost": str(cost)} if cost else None}
    asked |= {"name": name} | {member: value for member, value in options.items() if value is not None}
    with connected(url, token) as client:
        found = client.create_pool(asked, key=key)
    if json:
        objects([found])
    else:
        table(_HEAD, [_row(found)])
    if found.status != "ready":
        raise ended(found.error or f"The pool is {found.status}.", FAILED)


@pool.command("import")
def import_pool(
    address: Annotated[str, typer.Argument(help="The pool's address.", show_default=False)],
    name: Annotated[str, typer.Option(help="What people call it here.", show_default=False)],
    encoder: Annotated[
        Path | None,
        typer.Option(help="Its encoder's file, where this service does not have it.", show_default=False),
    ] = None,
    from_block: Annotated[int, typer.Option(min=0, help="Where to look for its creation.")] = 0,
    forwarder: Annotated[
        list[str] | None,
        typer.Option(
            help="A trusted forwarder that you know to check signatures; may be given again. Any other is refused.",
            show_default=False,
        ),
    ] = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
    json: Json = False,
) -> None:
    """Serve a pool that somebody else deployed, from its events alone; for the operator."""
    try:
        content = _read(encoder, _MAX_REQUEST) if encoder is not None else None
    except (OSError, UnicodeDecodeError) as error:
        raise ended(f"A file cannot be used: {error}", UNFIT) from None
    with connected(url, token) as client:
        found = client.import_pool(address, name, encoder=content, from_block=from_block, forwarders=forwarder or ())
    if json:
        objects([found])
    else:
        table(_HEAD, [_row(found)])


@pool.command()
def pause(
    which: Which,
    undo: Annotated[bool, typer.Option("--undo", help="Let contributions go on.")] = False,
    url: Url = DEFAULT_URL,
    token: Token = None,
) -> None:
    """Stop contributions to a pool, or let them go on; for the operator. Claims and withdrawals always go on."""
    with connected(url, token) as client:
        found = client.unpause(which) if undo else client.pause(which)
    typer.echo(f"Contributions to {found.name} are {'paused' if found.paused else 'open'}.")


def _read(path: Path, most: int) -> str:
    if path.stat().st_size > most:
        raise OSError(f"{path} has more than {most:,} bytes")
    return path.read_text("utf-8-sig")
