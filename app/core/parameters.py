"""What can be set of something: of an incentive, of a scenario, of agents; declared once, asked by whoever needs it.

Checks, API schemas, tables of the documentation and names in reports are made of declarations like these.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

from earnest.core.errors import RuleViolation

#: Whole and real numbers; amounts of money (whole coins in a scenario, wei in a pool); one of several names; a text.
Kind = Literal["whole", "real", "amount", "choice", "text"]


#: From here on a bound is written out, with commas.
_MANY = 10_000


@dataclass(frozen=True)
class Parameter:
    """One thing that can be set.

    Attributes:
        name: lower-case words joined by underscores; a knob, a member of a request, a column.
        kind: of its values.
        words: what it is, in half a sentence without a full stop.
        low: least value of a number.
        high: largest value of a number.
        unit: of a number, such as "s"; amounts have the unit of the place where they stand.
        default: its value where nothing is said; None where there is none.
        choices: the names that a choice has; the contracts know each by its place.
        money: whether it plays no part where nobody pays.
        optional: whether None is a value too.
        only_with: another parameter, a choice, and that one's value under which alone this one plays a part.
        label: what pages and reports call it; its name with blanks unless another is given.
    """

    name: str
    kind: Kind
    words: str
    low: float | None = None
    high: float | None = None
    unit: str = ""
    default: Any = None
    choices: tuple[str, ...] = ()
    money: bool = False
    optional: bool = False
    only_with: tuple[str, str] | None = None
    label: str = ""

    @property
    def title(self) -> str:
        """What pages and reports call it."""
        return self.label or self.name.replace("_", " ")

    @property
    def bounds(self) -> str:
        """What it can be, in words."""
        if self.kind == "choice":
            told = ", ".join(self.choices)
        elif self.kind == "text":
            told = "a text"
        else:
            real = self.kind == "real"
            told = "a number" if real else "a whole number"
            for word, bound in (("from", self.low), ("to", self.high)):
                if bound is not None:
                    told += f" {word} {bound:g}" if real and bound < _MANY else f" {word} {int(bound):,}"
        return f"{told}, or none" if self.optional else told

    @property
    def json_schema(self) -> dict[str, Any]:
        """What it can be, as a JSON schema (draft 2020-12)."""
        found: dict[str, Any]
        if self.kind == "choice":
            found = {"enum": list(self.choices)}
        elif self.kind == "text":
            found = {"type": "string", "minLength": 1}
        else:
            found = {"type": "number" if self.kind == "real" else "integer"}
            found |= {} if self.low is None else {"minimum": self.low}
            found |= {} if self.high is None else {"maximum": self.high}
        return {"anyOf": [found, {"type": "null"}]} if self.optional else found

    def check(self, value: Any, name: str | None = None) -> None:
        """Refuse a value that it cannot have.

        Args:
            value: given.
            name: to call it by; its own unless another is given.

        Raises:
            RuleViolation: says what is allowed.
        """
        name = name or self.name
        if value is None and self.optional:
            return
        if self.kind == "choice":
            if not isinstance(value, str) or value not in self.choices:
                raise RuleViolation(f"{name} is {value!r}; it must be one of {', '.join(self.choices)}.")
        elif self.kind == "text":
            if not isinstance(value, str) or not value:
                raise RuleViolation(f"{name} is {value!r}; it must be a text that is not empty.")
        elif self.kind == "real":
            fits = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
            if not fits or not self.within(value):
                raise RuleViolation(f"{name} is {value!r}; it must be a number from {self.low:g} to {self.high:g}.")
        elif not isinstance(value, int) or isinstance(value, bool) or not self.within(value):
            raise RuleViolation(f"{name} is {value!r}; it must be a whole number from {self.low} to {self.high}.")

    def within(self, value: float) -> bool:
        """Whether a number is within the bounds."""
        return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)

    def applies(self, values: Any) -> bool:
        """Whether it plays a part beside these values, by name."""
        return self.only_with is None or values.get(self.only_with[0]) == self.only_with[1]
