"""`earnest quality POOL`: advice about what was contributed."""

from typing import Annotated

import typer

from earnest.client.commands.connection import DEFAULT_URL, Json, Token, Url, connected
from earnest.client.commands.output import objects, table

#: Of each part, what is printed; `--json` has what the service names.
_SHOWN = 20


def quality(
    which: Annotated[str, typer.Argument(metavar="POOL", help="The pool's id or address.", show_default=False)],
    newest: Annotated[
        int | None, typer.Option(min=1, max=5_000, help="Contributions to look at; 2,000.", show_default=False)
    ] = None,
    url: Url = DEFAULT_URL,
    token: Token = None,
    json: Json = False,
) -> None:
    """Say what a pool's owner may want to look at: near-duplicates, doubtful labels, contributors; decides nothing."""
    with connected(url, token) as client:
        found = client.quality(which, newest)
    if json:
        objects([found])
        return
    typer.echo(
        f"The newest {found['newest']:,} of {found['of']:,} contributions, {found['texts']:,} with a text: "
        f"{found['duplicates']:,} near-duplicates"
    )
    if found["groups"]:
        table(
            ("contributions", "accounts", "labels", "similarity", "numbers"),
            [
                (g["contributions"], g["contributors"], _labels(g["labels"]), f"{g['similarity']:.2f}",
                 ", ".join(map(str, g["indices"][:8])))
                for g in found["groups"][:_SHOWN]
            ],
        )  # fmt: skip
    doubts = found["doubts"]
    if doubts is None:
        typer.echo(found["no_doubts"])
    else:
        typer.echo(
            f"{doubts['found']:,} of {doubts['looked_at']:,} labels are doubtful, by a model that is right on "
            f"{doubts['accuracy']:.1%}"
        )
        if doubts["items"]:
            table(
                ("number", "label", "likely", "confidence", "contributor"),
                [
                    (d["index"], d["label"], d["likely"], f"{d['confidence']:.3f}", d["contributor"])
                    for d in doubts["items"][:_SHOWN]
                ],
            )
    table(
        ("contributor", "contributions", "agreed", "agrees now", "seconds between", "labels"),
        [
            (c["contributor"], c["contributions"], _share(c["agreed"]), _share(c["agrees"]),
             "-" if c["seconds_between"] is None else f"{c['seconds_between']:g}", _labels(c["labels"]))
            for c in found["contributors"][:_SHOWN]
        ],
    )  # fmt: skip


def _share(given: float | None) -> str:
    return "-" if given is None else f"{given:.1%}"


def _labels(given: dict[str, int]) -> str:
    return ", ".join(f"{label}: {count}" for label, count in given.items())
