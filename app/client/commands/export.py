"""`earnest export`: a pool's contributions, and its model, into files."""

from pathlib import Path
from typing import Annotated

import typer

from earnest.client.commands.connection import DEFAULT_URL, UNFIT, Url, connected, ended

#: What is exported into a file of which ending.
_OF_ENDING = {
    ".csv": "contributions.csv", ".jsonl": "contributions.jsonl", ".parquet": "contributions.parquet",
    ".json": "model.json",
}  # fmt: skip


def export(
    pool: Annotated[str, typer.Argument(help="The pool's id or address.", show_default=False)],
    file: Annotated[
        Path,
        typer.Argument(
            help="Contributions as .csv, .jsonl or .parquet; the model as .json, which earnest.load_model reads.",
            show_default=False,
        ),
    ],
    url: Url = DEFAULT_URL,
) -> None:
    """Write a pool's contributions, or its model, into a file, by its ending."""
    what = _OF_ENDING.get(file.suffix.lower())
    if what is None:
        raise ended(f"{file.name} ends with none of {', '.join(_OF_ENDING)}.", UNFIT)
    # what is there is replaced once the new one is whole
    part = file.with_name(f".{file.name}.part")
    size = 0
    with connected(url) as client:
        try:
            with part.open("wb") as out:
                for piece in client.download(f"/pools/{pool}/exports/{what}"):
                    size += out.write(piece)
            part.replace(file)
        except OSError as error:
            raise ended(f"{file} cannot be written: {error.strerror or error}.", UNFIT) from None
        finally:
            part.unlink(missing_ok=True)
    typer.echo(f"{file}: {size:,} bytes", err=True)
