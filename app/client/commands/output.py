"""Tables for people, JSON for programs."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from earnest.client.answers import Token

#: Characters of a table's lines that go to no terminal.
WIDTH = 160
_ETHER = 10**18


def ether(wei: int | None) -> str:
    """An amount in ether, exact."""
    if wei is None:
        return "-"
    whole, rest = divmod(abs(wei), _ETHER)
    digits = f"{rest:018d}".rstrip("0")
    return f"{'-' if wei < 0 else ''}{whole}{'.' + digits if digits else ''} ETH"


def coins(amount: int | None, token: "Token | None") -> str:
    """An amount of a pool's deposits, exact: in its token, or in ether."""
    if token is None or amount is None:
        return ether(amount)
    # loads what speaks to chains, which commands without a token need not wait for
    from earnest.chain.tokens import Token as Named

    return Named(**asdict(token)).amount(amount)


def objects(found: Iterable[Any]) -> None:
    """One JSON object a line; amounts as strings, which every reader keeps exact."""
    for each in found:
        typer.echo(json.dumps(_plain(asdict(each) if is_dataclass(each) and not isinstance(each, type) else each)))


def _plain(given: Any) -> Any:
    if isinstance(given, dict):
        return {name: _plain(value) for name, value in given.items()}
    if isinstance(given, list | tuple):
        return [_plain(value) for value in given]
    if isinstance(given, int) and not isinstance(given, bool) and abs(given) >= 2**53:
        return str(given)
    return given


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    if not console.is_terminal:
        console.width = WIDTH
    shown = Table(*head, box=SIMPLE)
    for row in rows:
        # what others named may hold what a console takes for markup
        shown.add_row(*(Text(_printable(str(cell))) for cell in row))
    console.print(shown)


def _printable(text: str) -> str:
    """Without what moves a terminal's cursor."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
