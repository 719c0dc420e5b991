"""Names that were changed: the old ones answer for one release, each time with a note."""

import warnings
from collections.abc import Mapping
from typing import Any

#: Knobs of scenarios, and columns of their rows.
KNOBS = {"classifier": "model", "mechanism": "incentive"}
#: Data sets that pools are made of.
POOL_DATASETS = {"synthetic": "made-up-reviews"}
#: The release that knows the old names no more.
GONE_IN = "0.3.0"


class OldName(FutureWarning):
    """An old name was used; the message says which, and what it is called now."""


def sentence(kind: str, old: str, new: str) -> str:
    """What to tell whoever used an old name."""
    return f"The {kind} {old} is called {new} now; the old name answers until release {GONE_IN}."


def note(kind: str, old: str, new: str) -> None:
    """Tell whoever used an old name."""
    warnings.warn(sentence(kind, old, new), OldName, stacklevel=3)


def new_knob(name: str) -> str:
    """A knob by its new name, with a note where it was called by the old one; `GROUP.KNOB` is one of agents."""
    if name not in KNOBS:
        return name
    note("knob", name, KNOBS[name])
    return KNOBS[name]


def new_knobs(table: Mapping[str, Any]) -> dict[str, Any]:
    """A table of knobs by their new names, with a note for each old one; one that has both keeps the old one too.

    Whoever checks it then refuses the old one as unknown.
    """
    return {name if KNOBS.get(name) in table else new_knob(name): value for name, value in table.items()}


def silently(table: Mapping[str, Any]) -> dict[str, Any]:
    """The same without notes, for what was written by an earlier release."""
    return {name if KNOBS.get(name) in table else KNOBS.get(name, name): value for name, value in table.items()}
