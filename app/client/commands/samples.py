"""`earnest predict` and `earnest quote`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from earnest.client.commands.connection import DEFAULT_URL, UNFIT, Json, Url, connected, ended
from earnest.client.commands.output import ether, objects, table
from earnest.core.errors import DatasetError

Which = Annotated[str, typer.Argument(help="The pool's id or address.", show_default=False)]


def predict(
    pool: Which,
    texts: Annotated[list[str] | None, typer.Argument(help="Texts.", show_default=False)] = None,
    file: Annotated[
        Path | None,
        typer.Option(help="CSV, TSV, JSON Lines or Parquet, with labels or without.", show_default=False),
    ] = None,
    url: Url = DEFAULT_URL,
    json: Json = False,
) -> None:
    """Class and score of texts; free, and without an account."""
    given: list[dict[str, Any]] = [{"text": text} for text in texts or ()]
    if file is not None:
        from earnest.client.rows import rows

        try:
            read = list(rows(file, label_column=None))
        except DatasetError as error:
            raise ended(str(error), UNFIT) from None
        bad = [row for row in read if row.item is None]
        if bad:
            raise ended(f"Row {bad[0].number} of {file.name}: {bad[0].fault}.", UNFIT)
        given += [row.item for row in read if row.item is not None]
    if not given:
        raise ended("Give texts, or a file with --file.", UNFIT)
    with connected(url) as client:
        found = client.predict(pool, given)
    if json:
        objects(found)
    else:
        table(
            ("class", "score", "sample"),
            [
                (each.label, each.score, str(one.get("text", one.get("features")))[:80])
                for one, each in zip(given, found, strict=True)
            ],
        )


def quote(
    pool: Which,
    text: Annotated[str, typer.Argument(help="A text.", show_default=False)],
    label: Annotated[int, typer.Option(min=0, max=65_535, help="Its class.", show_default=False)],
    url: Url = DEFAULT_URL,
    json: Json = False,
) -> None:
    """What contributing a text would cost, and what is to be expected; nothing is sent."""
    with connected(url) as client:
        found = client.quote(pool, text, label)
    if json:
        objects([found])
        return
    table(
        ("", ""),
        [
            ("price", ether(found.price)), ("the model says", found.predicted), ("expected", found.expected_outcome),
            ("same sample before", ", ".join(map(str, found.duplicates)) or "-"), ("risk", found.risk),
        ],
    )  # fmt: skip
