"""`earnest contribute`: a file, in batches."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earnest.client.commands.connection import (
    BAD_ROWS,
    DEFAULT_URL,
    FAILED,
    UNFIT,
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
from earnest.core.errors import DatasetError

if TYPE_CHECKING:
    from earnest.client.rows import Row

#: Bad rows that are shown.
_SHOWN = 20


def contribute(
    pool: Annotated[str, typer.Argument(help="The pool's id or address.", show_default=False)],
    file: Annotated[
        Path, typer.Argument(help="CSV, TSV, JSON Lines or Parquet with text and label.", show_default=False)
    ],
    text_column: Annotated[str, typer.Option(help="The column of texts.")] = "text",
    label_column: Annotated[str, typer.Option(help="The column of labels, which are classes 0, 1 ...")] = "label",
    max_price: Annotated[
        int | None,
        typer.Option(min=0, help="Most that a sample may cost, in wei; default: the price now.", show_default=False),
    ] = None,
    one_commitment: Annotated[
        bool, typer.Option("--one-commitment", help="Share commitments: contributing is cheaper, claiming dearer.")
    ] = False,
    keep_text: Annotated[bool, typer.Option(help="Have the service keep the texts beside the samples.")] = True,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Contribute the others where rows are bad.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only look for bad rows; nothing is sent.")] = False,
    yes: Yes = False,
    wait: Wait = 600,
    url: Url = DEFAULT_URL,
    token: Token = None,
    keystore: Keystore = None,
    relayed: Relayed = False,
    json: Json = False,
) -> None:
    """Contribute a file's rows, thousands in batches within the gas limits; repeated, it goes on where it was cut off.

    Bad rows are listed before anything is paid. The same command over the same file sends nothing twice.
    """
    read, digest = _read(file, text_column, label_column)
    good, bad = [row for row in read if row.item is not None], [row for row in read if row.item is None]
    with connected(url, token, keystore, relayed=relayed) as client:
        from earnest.client.batches import Batches, Journal, failed, faults

        found = client.pool(pool)
        told = [(row.number, row.fault or "") for row in bad] + list(faults(client, found.id, good))
        if told:
            for number, reason in sorted(told)[:_SHOWN]:
                typer.echo(f"Row {number}: {reason}", err=True)
            if len(told) > _SHOWN:
                typer.echo(f"... and {len(told) - _SHOWN} more", err=True)
        if check or (told and not skip_bad) or len(told) == len(read):
            typer.echo(f"{len(read) - len(told)} of {len(read)} rows can be contributed; nothing was sent.", err=True)
            raise typer.Exit(BAD_ROWS if told else 0)
        refused = {number for number, _ in told}
        batches = Batches(
            client, found.id, pool, [row for row in good if row.number not in refused], digest,
            Journal(file.with_name(f".{file.name}.{found.id[:8]}.journal")),
            max_price=max_price, one_commitment=one_commitment, keep_text=keep_text,
        )  # fmt: skip
        count = sum(map(len, batches.batches))
        price = max_price if max_price is not None else found.price
        if not yes and price is not None:
            typer.confirm(
                f"Contribute {count} samples to {found.name}, for at most {coins(price * count, found.token)} and gas?",
                abort=True,
                err=True,
            )
        done = paid = 0
        lost = []
        for place in range(len(batches.batches)):
            submission = batches.send(place, wait)
            rows = batches.batches[place]
            for item in submission.items:
                if item.status == "confirmed":
                    done += 1
                    paid += item.amount or 0
                if json:
                    objects([{"row": rows[item.position].number, "submission": submission.id, **vars(item)}])
            lost += [(rows[item.position].number, item) for item in failed(submission)]
            typer.echo(f"{done + len(lost)} of {count} rows, {coins(paid, found.token)} deposited", err=True)
    if lost and not json:
        table(
            ("row", "status", "why"),
            [(number, item.status, (item.error or {}).get("detail", "-")) for number, item in lost[:_SHOWN]],
        )
    if lost:
        raise ended(f"{len(lost)} of {count} rows were not contributed; repeat the command to try them again.", FAILED)


def _read(file: Path, text_column: str, label_column: str) -> tuple[list["Row"], str]:
    """The rows, and the digest of the file."""
    from earnest.client.rows import rows

    try:
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        found = list(rows(file, text_column, label_column))
    except OSError as error:
        raise ended(f"{file} cannot be read: {error.strerror or error}.", UNFIT) from None
    except DatasetError as error:
        raise ended(str(error), UNFIT) from None
    if not found:
        raise ended(f"{file.name} has no rows.", UNFIT)
    return found, digest
