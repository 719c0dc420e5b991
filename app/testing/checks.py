"""What a conformance suite is made of: named checks that anybody's test runner can call."""

from collections.abc import Callable
from typing import NamedTuple


class Nonconforming(AssertionError):
    """Something does not do what its kind has to; the message says what."""


class Check(NamedTuple):
    """One check of a suite; calling it passes silently or raises.

    Attributes:
        name: what holds if it passes.
        run: see `__call__`.
    """

    name: str
    run: Callable[[], None]

    def __call__(self) -> None:
        """Carry it out.

        Raises:
            Nonconforming: it does not hold.
        """
        self.run()

    def __str__(self) -> str:
        return self.name


def require(holds: object, otherwise: str) -> None:
    """Go on if something holds.

    Raises:
        Nonconforming: it does not; with this sentence.
    """
    if not holds:
        raise Nonconforming(otherwise)


def refuses(kind: type[Exception], call: Callable[[], object], otherwise: str) -> Exception:
    """The error of this kind that a call raises.

    Raises:
        Nonconforming: it raises none, or another one.
    """
    try:
        call()
    except kind as error:
        return error
    except Exception as error:
        raise Nonconforming(f"{otherwise}: it raises {type(error).__name__} ({error}).") from error
    raise Nonconforming(f"{otherwise}: it raises nothing.")
