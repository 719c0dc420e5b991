"""`earnest data check`: what is read of a file, before anything is made of it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from earnest.data.own.options import FOUND, SEPARATORS, Options

app = typer.Typer(name="data", help="Data of your own.", no_args_is_help=True)

_SEPARATORS = ", ".join((FOUND, *SEPARATORS))


@app.callback()
def _group() -> None:
    """Data of your own: what a file holds, before a pool or a sweep is made of it."""


@app.command()
def check(
    file: Annotated[
        Path, typer.Argument(help="CSV, TSV, JSON Lines or Parquet, packed by gzip or not.", show_default=False)
    ],
    numbers: Annotated[
        bool, typer.Option("--numbers", help="Every column but the labels' holds numbers; there are no texts.")
    ] = False,
    text_column: Annotated[str, typer.Option(help="The column of texts.")] = Options().text_column,
    label_column: Annotated[str, typer.Option(help="The column of labels.")] = Options().label_column,
    separator: Annotated[str, typer.Option(help=f"Of a CSV's fields: {_SEPARATORS}.")] = FOUND,
    encoding: Annotated[str, typer.Option(help="Of a text file, such as latin-1.")] = FOUND,
    encoder: Annotated[
        str | None, typer.Option(help="What makes words of texts; by default that of new pools.", show_default=False)
    ] = None,
    num_words: Annotated[int, typer.Option(min=10, max=65_536, help="Words that it knows.")] = 1000,
    json_: Annotated[bool, typer.Option("--json", help="One object, for other programs.")] = False,
) -> None:
    """Say what is read of a file: rows, classes, repeats, unknown words; refuse what no pool and no sweep takes."""
    from earnest.core.encoders.registry import ENCODERS, of_format
    from earnest.core.errors import CoreError
    from earnest.core.models.formats.words import Words
    from earnest.core.models.registry import MODELS
    from earnest.data.own.reading import read_numbers, read_texts
    from earnest.data.recipe import Part
    from earnest.data.report import report_on

    options = Options(text_column, label_column, separator, encoding)
    kinds = [kind.name for kind in of_format(Words.ID)]
    # that any model tells apart, on words or not
    most = dict.fromkeys((True, False), 2)
    for model in MODELS.values():
        is_words = model.FORMAT.ID == Words.ID
        most[is_words] = max(most[is_words], model.MOST_CLASSES)
    part: Part
    try:
        if numbers:
            part, fitted = read_numbers(file, options, most[False]), None
        else:
            if encoder is not None and encoder not in kinds:
                typer.echo(f"There is no encoder {encoder!r} of words: use one of {', '.join(kinds)}.", err=True)
                raise typer.Exit(2)
            part = read_texts(file, options, most[True])
            fitted = ENCODERS[encoder or kinds[0]].fit(part.texts, num_words, ())
    except CoreError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    report = report_on(part, fitted)
    if json_:
        typer.echo(json.dumps({**asdict(report), "known_share": report.known_share, "remarks": report.remarks}))
        return
    typer.echo(f"{report.format}; columns {', '.join(report.columns)}")
    typer.echo(f"{report.rows:,} rows: " + ", ".join(f"{count:,} {name}" for name, count in report.classes.items()))
    if report.coverage is not None and report.known_share is not None:
        typer.echo(
            f"{report.coverage.words:,} words, {report.coverage.different:,} different; {report.encoder} with "
            f"{num_words:,} words knows {report.known_share:.0%} of them"
        )
    for remark in report.remarks:
        typer.echo(remark)
