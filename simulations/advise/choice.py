"""Which candidates meet the targets, which of them to take, and what is nearest where none does."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from earnest.simulations.advise.candidates import Candidate
from earnest.simulations.advise.figures import ACCEPTED, ACCURACY, HONEST, LOCKED, LOSS, PROFIT, Figure, Figures
from earnest.simulations.advise.question import Question
from earnest.simulations.advise.world import ALONE

#: Part of the contributions that has to come in where nobody attacks: a price that keeps people away protects nothing.
LEAST_ACCEPTED = 0.5


@dataclass(frozen=True)
class Worst:
    """A measure under that population under which it is worst.

    Attributes:
        figure: there.
        under: the population.
    """

    figure: Figure
    under: str

    @property
    def where(self) -> str:
        """The population in words."""
        return "without an attacker" if self.under == ALONE else f"under {self.under}"


@dataclass(frozen=True)
class Miss:
    """A target that is missed.

    Attributes:
        sentence: what is missed, by how much.
        by: how far, as a part of 1 that can be added up with others'.
    """

    sentence: str
    by: float


@dataclass(frozen=True)
class Judged:
    """A candidate with what came of it.

    Attributes:
        candidate: itself.
        figures: by population.
        worst: of the measures that have targets, and of what is gained and locked, by name.
        misses: targets that it does not meet with its whole interval, nor in every draw.
    """

    candidate: Candidate
    figures: Mapping[str, Figures]
    worst: Mapping[str, Worst]
    misses: tuple[Miss, ...]

    @property
    def meets(self) -> bool:
        """Whether it meets all targets."""
        return not self.misses


def judged(question: Question, contributed: int, candidate: Candidate, figures: Mapping[str, Figures]) -> Judged:
    """Hold a candidate against the targets, each where it does worst.

    What counts is the worse end of the interval, or the worst draw where none was as bad as that.

    Args:
        question: says the targets.
        contributed: samples that there are to contribute.
        candidate: itself.
        figures: by population; of each of them there is a finished run.
    """
    worst = {
        name: found
        for name, low in ((ACCURACY, True), (LOSS, False), (HONEST, True), (PROFIT, False), (LOCKED, False))
        if (found := _worst(figures, name, lowest=low)) is not None
    }
    misses = []
    accuracy, bar = worst[ACCURACY], question["accuracy"]
    if bar is not None and accuracy.figure.least < bar:
        misses.append(
            Miss(f"accuracy {_to(accuracy.figure.least)} {accuracy.where}, and {bar:g} is the least",
                 bar - accuracy.figure.least)
        )  # fmt: skip
    loss = worst.get(LOSS)
    if loss is not None and loss.figure.most > question["loss"]:
        misses.append(
            Miss(f"honest contributors lose up to {loss.figure.most:.1%} of their deposits {loss.where}, and "
                 f"{question['loss']:.1%} is the most", loss.figure.most - question["loss"])
        )  # fmt: skip
    profit, most = worst.get(PROFIT), question["profit"]
    if profit is not None and profit.figure.most > most:
        owned = question["budget"] * max(1, question.harmful)
        misses.append(
            Miss(f"attackers gain up to {profit.figure.most:.4g} ETH {profit.where}, and {most:g} is the most",
                 (profit.figure.most - most) / owned)
        )  # fmt: skip
    came = figures[ALONE][ACCEPTED].mean / contributed
    if came < LEAST_ACCEPTED:
        misses.append(
            Miss(f"only {came:.0%} of the contributions come in where nobody attacks: it is too dear for a deposit of "
                 f"{question['deposit']:g} ETH", LEAST_ACCEPTED - came)
        )  # fmt: skip
    return Judged(candidate, figures, worst, tuple(misses))


def best_of(found: Sequence[Judged]) -> int:
    """The place of that one to take: of those that meet the targets, else of those that miss them by the least.

    Of those whose worst accuracy cannot be told from the best one's, the one that locks up the least money.
    """
    meeting = [place for place, one in enumerate(found) if one.meets]
    if not meeting:
        return min(range(len(found)), key=lambda place: (sum(miss.by for miss in found[place].misses), place))
    best = max((found[place].worst[ACCURACY].figure for place in meeting), key=lambda figure: figure.mean)
    level = [place for place in meeting if found[place].worst[ACCURACY].figure.mean >= best.least]
    return min(level, key=lambda place: (_locked(found[place]), place))


def _locked(one: Judged) -> float:
    locked = one.worst.get(LOCKED)
    return 0.0 if locked is None else locked.figure.mean


def _worst(figures: Mapping[str, Figures], name: str, *, lowest: bool) -> Worst | None:
    found = [Worst(told[name], under) for under, told in figures.items() if name in told]
    if not found:
        return None
    if lowest:
        return min(found, key=lambda one: (one.figure.least, one.figure.mean))
    return max(found, key=lambda one: (one.figure.most, one.figure.mean))


def _to(share: float) -> str:
    return f"{share:.4f}".removeprefix("0")
