"""What makes two sweeps the same, so that one folder never mixes the rows of two."""

import hashlib
import platform
from functools import cache
from importlib import metadata
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from earnest.simulations.errors import SweepError
from earnest.simulations.guests import Guest

#: Changes whenever the files of a sweep's folder do: since 3, knobs have the names model and incentive.
FORMAT = 3
#: Those that a report can be made of.
READABLE = (2, 3)
#: Sources that decide rows: the rules and models, and what runs them.
_DECIDING = {
    "earnest.core": (),
    "earnest.data": (),
    "earnest.simulations": ("sweep", "report", "advise", "scenarios", "cli.py", "plot.py", "output.py"),
}


#: Packages whose versions may decide a row's last digits.
_VERSIONED = ("numpy", "numba", "scipy", "scikit-learn")


def versions() -> dict[str, str]:
    """What runs run on, by name."""
    return {name: metadata.version(name) for name in _VERSIONED} | {"python": platform.python_version()}


@cache
def fingerprint() -> str:
    """Hex digest of all sources that decide a row."""
    state = hashlib.sha256()
    for package, passed_over in _DECIDING.items():
        _add(state, files(package), package, passed_over)
    return state.hexdigest()


def _add(state: Any, folder: Traversable, name: str, passed_over: tuple[str, ...] = ()) -> None:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name in passed_over or entry.name == "__pycache__":
            continue
        if entry.is_dir():
            _add(state, entry, f"{name}/{entry.name}")
        elif entry.name.endswith(".py"):
            state.update(f"{name}/{entry.name}\0".encode() + entry.read_bytes())


def require_same(kept: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Compare the manifest in a folder with that of the sweep to go on with, in the parts that are known of that one.

    Raises:
        SweepError: they differ; names the first thing in which they do.
    """
    advice = "choose another --out"
    if kept.get("format") != wanted["format"] or kept.get("sources") != wanted["sources"]:
        raise SweepError(f"--out holds a sweep of another version of earnest: {advice}, or go on with that version.")
    if kept.get("versions") != wanted["versions"]:
        other = kept.get("versions") or {}
        name = next((name for name, version in wanted["versions"].items() if other.get(name) != version), "a package")
        raise SweepError(
            f"--out holds a sweep under another version of {name} ({other.get(name)}, here "
            f"{wanted['versions'].get(name)}): {advice}."
        )
    _require_same_guests(kept.get("guests", []), wanted.get("guests", []))
    for part in ("scenario", "axes", "seeds", "data"):
        if part in wanted and kept.get(part) != wanted[part]:
            raise SweepError(
                f"--out holds another sweep; its {_first_difference(part, kept.get(part), wanted[part])}: {advice}."
            )


def _require_same_guests(kept: list[dict[str, str]], wanted: list[dict[str, str]]) -> None:
    before, now = ({(one["kind"], one["name"]): Guest(**one) for one in guests} for guests in (kept, wanted))
    for key in sorted({*before, *now}):
        one, other = before.get(key), now.get(key)
        if one == other:
            continue
        if one is not None and other is not None and one[:-1] == other[:-1]:
            raise SweepError(f"--out holds a sweep with other sources of the {one}: choose another --out.")
        raise SweepError(
            f"--out holds a sweep with {_named(one)}, not {_named(other)}: choose another --out, or install that again."
        )


def _named(guest: Guest | None) -> str:
    return f"the {guest}" if guest else "none"


def _first_difference(part: str, kept: Any, wanted: Any) -> str:
    if isinstance(kept, dict) and isinstance(wanted, dict):
        name = next(name for name in {**wanted, **kept} if kept.get(name) != wanted.get(name))
        return f"{name} is {kept.get(name)!r}, not {wanted.get(name)!r}"
    return f"{part} differ" if part in ("axes", "seeds") else f"{part} differs"
