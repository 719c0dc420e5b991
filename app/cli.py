"""The command `earnest`. Further commands come from the entry points of the group `earnest.commands`."""

from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="earnest",
    help="Train one model together with strangers; deposits keep contributors honest.",
    no_args_is_help=True,
)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="TCP port to listen on.", min=1, max=65535)] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Folder of chain, database and keys.")] = None,
) -> None:
    """Serve the API and the pages; settings come from EARNEST_* variables, options override them."""
    from pydantic import ValidationError

    from app.config import Settings
    from app.server import serve as run

    given = {"host": host, "port": port, "data_dir": data_dir}
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        place = "EARNEST_" + "_".join(str(part) for part in first["loc"]).upper()
        typer.echo(f"{place}: {first['msg']}.", err=True)
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
    from app.demo.command import run

    raise typer.Exit(run(seed=seed, url=url, admin_token=admin_token))


def main() -> None:
    """Entry point: our commands and those of the installed entry points."""
    for point in entry_points(group="earnest.commands"):
        app.command(name=point.name)(point.load())
    app()


if __name__ == "__main__":
    main()
