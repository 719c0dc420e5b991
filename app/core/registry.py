"""What is registered by name: what ships, and what packages of somebody else's bring by entry points.

A package declares an entry point in one of the groups `earnest.models`, `earnest.incentives`, `earnest.behaviours` and
`earnest.datasets`; its name is the thing's name, its value leads to it. Entry points are loaded when a registry
is first asked, in the order of their names, after all that ships: the same packages give the same order in every
process. A guest that cannot be loaded, or that is not what it has to be, spoils nothing else: whoever asks for it by
name is told why, in a sentence that names it and its package.
"""

import hashlib
import re
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from earnest.core.errors import CoreError

T = TypeVar("T")

#: Names are columns' values, settings and parts of file names.
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_OURS = "earnest"


class NotRegistered(CoreError):
    """There is nothing of that name, or what there is was refused; the message says which, and what there is."""


class GuestRefused(CoreError):
    """A guest is not what it has to be; raised by a registry's check, and told to whoever asks for the guest."""


class Provenance(NamedTuple):
    """Where something registered comes from.

    Attributes:
        package: the distribution's name.
        version: the distribution's version; "not installed" for ours in a bare checkout.
    """

    package: str
    version: str


class Registry(Generic[T]):
    """Things of one kind by name.

    Args:
        kind: what one of them is called in sentences, such as "model".
        group: of the entry points of guests.
        check: raises `GuestRefused`, with what is wrong as message, for a thing that is not what it has to be; called
            for ours too.
        ours: imports what ships, which registers itself; called once, before anything is answered.
    """

    def __init__(
        self,
        kind: str,
        group: str,
        check: Callable[[str, T], None],
        ours: Callable[[], object] = lambda: None,
    ) -> None:
        self.kind = kind
        self.group = group
        self._check = check
        self._ours = ours
        self._things: dict[str, T] = {}
        self._provenance: dict[str, Provenance] = {}
        self._modules: dict[str, str] = {}
        self._refused: dict[str, str] = {}
        self._loading = False
        self._loaded = False

    def register(self, name: str, thing: T) -> T:
        """Add something that ships; returns it.

        Raises:
            GuestRefused: it is not what it has to be, or there is something of that name.
        """
        return self._add(name, thing, Provenance(_OURS, _version(_OURS)))

    def __getitem__(self, name: str) -> T:
        """What has this name.

        Raises:
            NotRegistered: there is nothing of that name, or it was refused.
        """
        self._load()
        if name in self._things:
            return self._things[name]
        if name in self._refused:
            raise NotRegistered(self._refused[name])
        raise NotRegistered(f"There is no {self.kind} {name!r}; there are {', '.join(self._things)}.")

    def __contains__(self, name: object) -> bool:
        """Whether there is something of this name."""
        self._load()
        return name in self._things

    def __iter__(self) -> Iterator[str]:
        """The names: of what ships in the order of registration, then of guests in that of the alphabet."""
        self._load()
        return iter(tuple(self._things))

    def __len__(self) -> int:
        """How many there are."""
        self._load()
        return len(self._things)

    def values(self) -> tuple[T, ...]:
        """The things, in the order of their names here."""
        self._load()
        return tuple(self._things.values())

    def items(self) -> tuple[tuple[str, T], ...]:
        """Names and things, in the order of their names here."""
        self._load()
        return tuple(self._things.items())

    def number(self, name: str) -> int:
        """The small number that compiled code knows it by: its place.

        Raises:
            NotRegistered: see `__getitem__`.
        """
        self[name]
        return list(self._things).index(name)

    def provenance(self, name: str) -> Provenance:
        """Which package it comes from.

        Raises:
            NotRegistered: see `__getitem__`.
        """
        self[name]
        return self._provenance[name]

    def refused(self) -> dict[str, str]:
        """Guests that were refused, with the sentence that says why."""
        self._load()
        return dict(self._refused)

    def guests(self) -> tuple[str, ...]:
        """Names of what other packages brought."""
        self._load()
        return tuple(name for name, origin in self._provenance.items() if origin.package != _OURS)

    def sources(self) -> dict[str, str]:
        """Hex digest of the sources of each guest: of all Python files in the package that it stands in."""
        return {name: _digest(self._modules[name]) for name in self.guests()}

    def forget_guests(self) -> None:
        """Load guests anew when next asked; for tests that install some."""
        for name in self.guests():
            del self._things[name], self._provenance[name]
        self._refused.clear()
        self._loaded = False

    # INTERNAL

    def _load(self) -> None:
        if self._loaded or self._loading:
            return
        self._loading = True
        try:
            self._ours()
            for point in sorted(metadata.entry_points(group=self.group), key=lambda point: point.name):
                self._admit(point)
            self._loaded = True
        finally:
            self._loading = False

    def _admit(self, point: metadata.EntryPoint) -> None:
        distribution = point.dist
        origin = Provenance(distribution.name, distribution.version) if distribution else Provenance("unknown", "")
        who = f"The {self.kind} {point.name!r} of the package {origin.package} {origin.version}"
        if point.name in self._things:
            taken = self._provenance[point.name].package
            # ours stays what it is: a guest never takes its place
            self._refused.setdefault(f"{origin.package}:{point.name}", f"{who} is left out: {taken} has one.")
            return
        try:
            self._add(point.name, point.load(), origin)
            self._modules[point.name] = point.module
        except GuestRefused as error:
            self._refused[point.name] = f"{who} is refused: {error}"
        except Exception as error:
            # whatever a stranger's module does when it is imported must not end this process
            reason = f"{type(error).__name__}: {error}"
            self._refused[point.name] = f"{who} cannot be loaded ({reason}): repair or remove it."

    def _add(self, name: str, thing: T, origin: Provenance) -> T:
        if not _NAME.fullmatch(name):
            raise GuestRefused(f"its name must be lower-case words joined by hyphens, not {name!r}.")
        if name in self._things:
            raise GuestRefused(f"there is a {self.kind} {name!r} already.")
        self._check(name, thing)
        self._things[name] = thing
        self._provenance[name] = origin
        return thing


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed"


def _digest(module: str) -> str:
    """Of all Python files of the top-level package (or the module) that a guest's entry point leads into."""
    top = sys.modules[module.partition(".")[0]]
    state = hashlib.sha256()
    files = [path for folder in getattr(top, "__path__", ()) for path in Path(folder).rglob("*.py")]
    for path in sorted(files or [Path(str(top.__file__))]):
        state.update(f"{path.name}\0".encode() + path.read_bytes())
    return state.hexdigest()
