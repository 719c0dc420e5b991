"""The demo's money, added up again from the receipts of its transactions."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Line:
    """What one account paid and got, in wei."""

    paid: int = 0
    refunded: int = 0
    reported: int = 0
    collected: int = 0
    withdrawn: int = 0
    gas: int = 0

    @property
    def result(self) -> int:
        """Gain or loss without gas."""
        return self.refunded + self.reported + self.collected - self.paid


@dataclass
class Books:
    """All accounts, what was burned, and each contribution's rest."""

    lines: dict[str, Line] = field(default_factory=lambda: defaultdict(Line))
    burned: int = 0
    left: dict[int, int] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    def enter(self, receipt: dict[str, Any], sender: str) -> None:
        """Enter a transaction once."""
        if receipt["transaction_hash"] in self.seen:
            return
        self.seen.add(receipt["transaction_hash"])
        self.lines[sender].gas += receipt["gas_used"] * int(receipt["gas_price"])
        for event in receipt["events"]:
            values = event["values"]
            amount = int(values.get("amount", 0))
            match event["name"]:
                case "Contributed":
                    deposit = int(values["deposit"])
                    self.lines[values["contributor"]].paid += deposit
                    self.left[values["index"]] = deposit
                case "Refunded":
                    self.lines[values["contributor"]].refunded += amount
                    self.left[values["index"]] -= amount
                case "Reported":
                    self.lines[values["reporter"]].reported += amount
                    self.left[values["index"]] -= amount
                case "Collected":
                    self.left[values["index"]] -= amount
                    if values["burned"]:
                        self.burned += amount
                    else:
                        self.lines[values["collector"]].collected += amount
                case "Withdrawn":
                    self.lines[values["account"]].withdrawn += amount

    @property
    def claimable(self) -> int:
        """What is left of all contributions."""
        return sum(self.left.values())

    def total(self, name: str) -> int:
        """A column's sum."""
        return sum(getattr(line, name) for line in self.lines.values())

    def difference(self) -> int:
        """Paid in, less everything that came of it; 0 when money is conserved to the wei."""
        out = self.total("refunded") + self.total("reported") + self.total("collected")
        return self.total("paid") - out - self.burned - self.claimable
