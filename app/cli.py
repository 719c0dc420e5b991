"""The command `earnest`. Further commands come from the entry points of the group `earnest.commands`."""

from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

from earnest.client.commands import install
from earnest.data.command import app as data
from earnest.extras import ExtraMissing, needed
from earnest.pools.scan_command import scan

app = typer.Typer(
    name="earnest",
    help="Train one model together with strangers; deposits keep contributors honest.",
    no_args_is_help=True,
)
app.add_typer(data)
app.command()(scan)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="TCP port to listen on.", min=1, max=65535)] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder of chain, database and keys.")] = None,
) -> None:
    """Serve the API and the pages; settings come from EARNEST_* variables, options override them."""
    import os

    with needed("service", "The service"):
        from earnest.config import SettingsInvalid, read_settings
        from earnest.server.process import serve as run

    given = {"host": host, "port": port, "data_dir": data_dir}
    try:
        settings = read_settings(os.environ, **{name: value for name, value in given.items() if value is not None})
    except SettingsInvalid as error:
        for sentence in error.sentences:
            typer.echo(sentence, err=True)
        raise typer.Exit(2) from None
    raise typer.Exit(run(settings))


@app.command()
def demo(
    seed: Annotated[int, typer.Option(help="Which reviews are drawn.", min=0, max=2**32 - 1)] = 1,
    url: Annotated[
        str | None, typer.Option(help="A running service; default: one of its own, in a temporary folder.")
    ] = None,
    admin_token: Annotated[str | None, typer.Option(envvar="EARNEST_ADMIN_TOKEN", help="With --url.")] = None,
) -> None:
    """Play the main job through the API, on real reviews, and check the money to the wei."""
    with needed("service", "The demo"):
        from earnest.demo.command import run

    raise typer.Exit(run(seed=seed, url=url, admin_token=admin_token))


@app.command()
def verify(
    pool: Annotated[str, typer.Argument(help="The pool's address.", show_default=False)],
    node: Annotated[str, typer.Option(envvar="EARNEST_CHAIN_URL", help="A node's JSON-RPC address.")] = (
        "http://127.0.0.1:8545"
    ),
    service: Annotated[
        str | None, typer.Option(help="A service whose statements are compared too.", show_default=False)
    ] = None,
    encoder: Annotated[
        Path | None, typer.Option(help="The encoder's file; by default the service's.", show_default=False)
    ] = None,
    from_block: Annotated[int, typer.Option(min=0, help="Where to begin; the pool must not be older.")] = 0,
    forwarder: Annotated[
        list[str] | None,
        typer.Option(
            help="A trusted forwarder that you know to check signatures; may be given again. Any other fails.",
            show_default=False,
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """Check a pool's code, weights, history, digest and escrow with nothing but a node's address."""
    import re
    from dataclasses import asdict
    from json import dumps

    with needed("service", "Checking a pool"):
        from earnest.errors import EarnestError
        from earnest.verification.checks import verify as run

    for address in (pool, *(forwarder or ())):
        if not re.fullmatch(r"0x[0-9a-fA-F]{40}", address):
            typer.echo(f"{address!r} is no address: 0x and 40 hexadecimal digits.", err=True)
            raise typer.Exit(2)
    failed = False
    try:
        for result in run(pool, node, service, encoder, from_block, forwarder or ()):
            failed |= result.ok is False
            word = {True: "ok", False: "FAILED", None: "-"}[result.ok]
            typer.echo(dumps(asdict(result)) if json else f"{word:<7} {result.name}: {result.detail}")
    except EarnestError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    raise typer.Exit(1 if failed else 0)


@app.command()
def reconcile(
    pool: Annotated[str | None, typer.Argument(help="The pool's id; default: every pool.", show_default=False)] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder of chain, database and keys.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
) -> None:
    """Compare tables, chain and statements, for every contribution and account; beside a running service.

    Database and node are those of the service's settings (EARNEST_*). Exits with 1 if something differs, with 2 if
    the node or the database cannot be asked.
    """
    import os

    with needed("service", "Reconciling"):
        from earnest.statements.command import run

    raise typer.Exit(run(os.environ, pool, data_dir, json=json))


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="The archive, a .tar.gz.", show_default=False)],
    data_dir: Annotated[Path, typer.Option(envvar="EARNEST_DATA_DIR", help="A service's data folder.")] = Path("data"),
) -> None:
    """Copy tables, embedded chain and secrets of a data folder into one archive, while the service runs."""
    import os

    with needed("service", "A copy"):
        from earnest.server.backup import BackupRefused
        from earnest.server.backup import backup as run

    for name in ("EARNEST_CHAIN_URL", "EARNEST_DATABASE_URL"):
        if os.environ.get(name):
            typer.echo(f"{name} is set: what it names is copied by its own means.", err=True)
            raise typer.Exit(1)
    try:
        typer.echo(f"{target}: {', '.join(run(data_dir, target))}. It opens every account: keep it as a secret.")
    except (BackupRefused, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="What backup wrote.", show_default=False)],
    data_dir: Annotated[Path, typer.Option(envvar="EARNEST_DATA_DIR", help="A folder that holds nothing yet.")] = Path(
        "data"
    ),
) -> None:
    """Put a copy into an empty data folder; a service that is started on it settles by the copied chain."""
    with needed("service", "A copy"):
        from earnest.server.backup import BackupRefused
        from earnest.server.backup import restore as run

    try:
        typer.echo(f"{data_dir}: {', '.join(run(source, data_dir))}.")
    except (BackupRefused, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


install(app)


def program() -> typer.Typer:
    """Our commands, and those of the installed entry points."""
    known = {command.name for command in app.registered_commands}
    for point in entry_points(group="earnest.commands"):
        if point.name not in known:
            app.command(name=point.name)(point.load())
    return app


def main() -> None:
    """Entry point of the command."""
    commands = program()
    try:
        commands()
    except ExtraMissing as missing:
        typer.echo(str(missing), err=True)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
