"""What sweeps found, in sentences that claim no more than the intervals allow."""

import math
from collections import Counter
from typing import Any

from earnest.simulations.report.idle import Rows
from earnest.simulations.report.names import bounds_of, knob_in_words, name_of
from earnest.simulations.report.published import Published
from earnest.simulations.report.statistics import (
    Contrast,
    Effect,
    Survival,
    contrast,
    depends_on_seed,
    log_rank,
    mean_of,
    steps,
    survivals,
)  # fmt: skip
from earnest.simulations.report.sweeps import DURATION, Axis, Sweeps, can_compare, is_duration, meaning


def number(value: float) -> str:
    """Four digits, or as many as a large number has before its point."""
    if value is None or math.isnan(value):
        return "-"
    if value == 0:
        return "0"
    if abs(value) < 1e-4:
        return f"{value:.1e}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4f}" if abs(value) < 1 else f"{value:.4g}"


def _signed(value: float) -> str:
    """A difference in a sentence, where a hyphen would not be read as a minus."""
    text = number(value)
    return "\N{MINUS SIGN}" + text[1:] if text.startswith("-") else text


def level(value: Any) -> str:
    """An axis value; one that does not apply is a dash."""
    if value is None:
        return "-"
    if isinstance(value, float) and not value.is_integer():
        return f"{value:g}"
    return f"{value:,.0f}" if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)


def p_value(p: float) -> str:
    """A p-value, never 0."""
    if math.isnan(p):
        return "-"
    return "p < 0.0001" if p < 1e-4 else f"p = {p:.2g}"


def scope(sweeps: Sweeps) -> str:
    """What the sweeps are about, and what their intervals are about."""
    rows = sweeps.rows
    seeds, swept = rows["seed"].nunique(), listed([axis.label for axis in sweeps.axes]) or "nothing"
    about = f"{len(rows):,} runs, {seeds} {'seed' if seeds == 1 else 'seeds'}; swept: {swept}. "
    if seeds < 2:
        return about + "One seed gives no interval, so nothing here is more than an example."
    data = rows["dataset_sha256"].nunique()
    return about + (
        "Intervals are 95 % over seeds: they say how much the agents' draws matter, on "
        + ("the same data in the same order" if data == 1 else f"{data} data sets")
        + ". They say nothing about other data."
    )


def findings(sweeps: Sweeps) -> list[str]:
    """The main findings, axis by axis."""
    found = []
    told = [name for name in sweeps.measures if name in ("final_accuracy", "accuracy_gap")]
    told += [f"{group}_balance" for group in sweeps.groups if f"{group}_balance" in sweeps.measures]
    confounded = [axis.label for axis in sweeps.axes if not sweeps.slices(axis)]
    for axis in sweeps.axes:
        if axis.label in confounded:
            continue
        if DURATION in sweeps.rows and can_compare(sweeps, axis, DURATION):
            found += depletion(meaning(sweeps.along(axis), DURATION), axis)
        for measure in [measure for measure in told if can_compare(sweeps, axis, measure)]:
            slices = _telling(sweeps, axis, measure)
            found.append(
                along(sweeps, slices[0], axis, measure) if len(slices) == 1 else across(sweeps, axis, measure, slices)
            )
    if confounded:
        found.append(
            f"{_big(listed(confounded))} changed only together with other settings, so nothing is said here of what "
            f"{'it does' if len(confounded) == 1 else 'each of them does'} alone."
        )
    if DURATION in sweeps.rows and not any(can_compare(sweeps, axis, DURATION) for axis in sweeps.axes):
        paying = meaning(sweeps.rows, DURATION)
        found += [_one_point(paying)] if len(paying) else []
    return found


def _telling(sweeps: Sweeps, axis: Axis, measure: str) -> list[Rows]:
    """The slices along an axis in which a measure means something at two values or more."""
    slices = [rows for _, rows in sweeps.slices(axis)]
    return [rows for rows in slices if meaning(rows, measure)[axis.column].nunique() > 1]


def along(sweeps: Sweeps, rows: Rows, axis: Axis, measure: str) -> str:
    """How a measure changes along an axis, in one slice of the sweeps."""
    levels = [value for value in axis.levels if (rows[axis.column] == value).any()]
    if is_duration(measure):
        rows = rows[rows[measure].notna()]
    first, last = (mean_of(rows[rows[axis.column] == value][measure]) for value in (levels[0], levels[-1]))
    whole = contrast(rows, axis, measure, levels[0], levels[-1])
    name, ends = name_of(measure), f"{axis.label} {level(levels[0])} and {level(levels[-1])}"
    if sweeps.rows["seed"].nunique() > 1 and not depends_on_seed(sweeps, measure):
        return f"{_big(name)} is {number(first.mean)} and {number(last.mean)} at {ends}, the same for every seed."
    if math.isnan(whole.low):
        return f"{_big(name)}: too few seeds to compare {ends}."
    between = f"95 % interval of the difference {_signed(whole.low)} to {_signed(whole.high)}"
    if whole.same:
        sentence = f"{_big(name)} is the same at {ends} for every seed ({number(first.mean)} on average)."
    elif whole.sign == 0:
        sentence = (
            f"{_big(name)}: {number(first.mean)} and {number(last.mean)} at {ends} differ by no more than the seeds "
            f"explain ({between})."
        )
    else:
        verb = "higher" if whole.sign > 0 else "lower"
        sentence = f"{_big(name)} is {verb} at {axis.label} {level(levels[-1])} ({number(last.mean)}) than at "
        sentence += f"{level(levels[0])} ({number(first.mean)}; {between})."
    return sentence + (_course(steps(rows, axis, measure), axis) if len(levels) > 2 else "")


def across(sweeps: Sweeps, axis: Axis, measure: str, slices: list[Rows]) -> str:
    """How a measure changes from one end of an axis to the other, over all values of the other axes."""
    name, ends = name_of(measure), f"{axis.label} {level(axis.levels[0])} to {level(axis.levels[-1])}"
    found = [contrast(rows, axis, measure, axis.levels[0], axis.levels[-1], len(slices)) for rows in slices]
    known = [change for change in found if not math.isnan(change.low)]
    if not known:
        return f"{_big(name)}: too few seeds to compare {ends}."
    words = {1: "higher", -1: "lower", 0: "not certain to differ"}
    verdicts = Counter("the same" if change.same else words[change.sign] for change in known)
    told = ", ".join(
        f"{word} in {verdicts[word]}" for word in ("higher", "lower", "the same", words[0]) if verdicts[word]
    )
    changes = sorted(change.difference for change in known)
    return (
        f"From {ends}, {name} is {told} of {len(known)} combination{'' if len(known) == 1 else 's'} of the other "
        f"values, all tested together (differences of the means: {_signed(changes[0])} to {_signed(changes[-1])})."
    )


def depletion(rows: Rows, axis: Axis) -> list[str]:
    """When the harmful agents are depleted along an axis, and how often."""
    found = survivals(rows, axis)
    if not any(estimate.depleted for estimate in found):
        return [f"The harmful agents are depleted in none of {len(rows)} runs, whatever the {axis.label}."]
    shares = ", ".join(f"{estimate.depleted} of {estimate.runs} at {level(estimate.level)}" for estimate in found)
    sentences = [f"Depleted by {axis.label}: {shares}."]
    depleted = [estimate for estimate in found if estimate.depleted > 1]
    if len(depleted) > 1:
        sentences.append(_when(rows, axis, [depleted[0], depleted[-1]]))
    p = log_rank(rows, axis)
    if not math.isnan(p):
        verdict = "differs" if p < 0.05 else "does not differ by more than chance explains"
        sentences.append(
            f"Over the whole course, with runs that were not depleted counted until they ended, depletion {verdict} "
            f"between the values of {axis.label} (log-rank test of all of them, {p_value(p)})."
        )
    return sentences


def saturation(sweeps: Sweeps) -> list[str]:
    """Whether the ranges of the contract's weights had a part in what was found."""
    if "saturated" not in sweeps.rows:
        return []
    counts, learned = sweeps.rows["saturated"], sweeps.rows["learned"]
    touched = counts > 0
    if not touched.any():
        return ["No weight met the end of its range in the contract."]
    worst = (counts / learned.clip(lower=1)).max()
    return [
        f"In {int(touched.sum())} of {len(counts)} runs weights met the end of their range in the contract and did not "
        f"move with a sample: {int(counts.max()):,} times at most, {number(worst)} for each contribution learned from."
    ]


def published(points: list[Published]) -> list[str]:
    """How ours compare with what others reported."""
    told = [point for point in points if point.fits is not None]
    if not points:
        return []
    untested = _untested(points)
    if not told:
        return [f"None of {len(points)} figures of others can be tested. {untested}"]
    outside = [point for point in told if not point.fits]
    inside = f"{len(told) - len(outside)} of these" if outside else "all of these"
    summary = (
        f"{len(told)} of {len(points)} figures of others can be tested; {inside} lie where 95 of 100 means of as many "
        "runs like ours would fall"
    )
    if not outside:
        return [f"{summary}. {untested}".strip()]
    named = "; ".join(
        f"{name_of(point.measure)} {point.source} {number(point.mean)} against {number(point.low)} to "
        f"{number(point.high)} ({_at(point.knobs)})"
        for point in outside
    )
    return [f"{summary}. Outside: {named}. {untested}".strip()]


def _untested(points: list[Published]) -> str:
    """How many figures of others say nothing for or against ours, and why."""
    few = sum(point.fits is None and point.ours.count < 2 for point in points)
    alike = sum(point.fits is None for point in points) - few
    parts = []
    if alike:
        parts.append(f"for {alike} ours are the same for every seed, so that there is no range to compare with")
    if few:
        parts.append(f"for {few} fewer than two runs of ours have a value")
    return f"Not tested: {'; '.join(parts)}." if parts else ""


def effect(found: Effect) -> str:
    """One regression in words."""
    if math.isnan(found.eta):
        return "nothing to explain"
    told = f"{found.eta:.0%} of what other factors and seeds leave goes with the level"
    if not math.isnan(found.holm) and found.holm >= 0.05:
        return "not told apart from chance"
    if not math.isnan(found.bent) and found.bent < 0.05:
        told += "; not a straight line"
    return told


def _course(found: list[Contrast], axis: Axis) -> str:
    """Which single steps are certain, all taken together."""
    up = [step for step in found if step.sign > 0]
    down = [step for step in found if step.sign < 0]
    if len(up) == len(found):
        return f" It rises at every step of {axis.label}."
    if len(down) == len(found):
        return f" It falls at every step of {axis.label}."
    parts = []
    for steps_taken, verb in ((up, "rises"), (down, "falls")):
        if steps_taken:
            named = ", ".join(f"{level(first)} to {level(last)}" for first, last in _joined(steps_taken))
            parts.append(f"{verb} from {named}")
    if not parts:
        return " No step from one value to the next is larger than the seeds may explain."
    rest = len(found) - len(up) - len(down)
    left = f"; {rest} of {len(found)} steps {'is' if rest == 1 else 'are'} uncertain." if rest else "."
    return f" It {' and '.join(parts)}{left}"


def _at(knobs: dict[str, Any]) -> str:
    return ", ".join(f"{knob_in_words(knob)} {level(value)}" for knob, value in knobs.items())


def _joined(found: list[Contrast]) -> list[tuple[Any, Any]]:
    """Steps that follow on each other as one stretch."""
    stretches: list[tuple[Any, Any]] = []
    for step in found:
        if stretches and stretches[-1][1] == step.before:
            stretches[-1] = (stretches[-1][0], step.after)
        else:
            stretches.append((step.before, step.after))
    return stretches


def _when(rows: Rows, axis: Axis, ends: list[Survival]) -> str:
    kept = rows[rows[DURATION].notna()]
    first, last = (mean_of(kept[kept[axis.column] == end.level][DURATION]) for end in ends)
    seeds = [set(kept[kept[axis.column] == end.level]["seed"]) for end in ends]
    both = seeds[0] & seeds[1]
    # the means are over all depleted runs, a difference is over pairs
    where = f" for the {len(both)} seeds depleted at both" if len(both) > 1 and seeds[0] != seeds[1] else ""
    whole = contrast(kept, axis, DURATION, ends[0].level, ends[1].level)
    sentence = (
        f"Of the depleted runs alone, the mean day of depletion is {number(first.mean)} at {axis.label} "
        f"{level(ends[0].level)} and {number(last.mean)} at {level(ends[1].level)}"
    )
    if math.isnan(whole.low):
        return sentence + "."
    told = "" if whole.sign else "; the seeds alone may explain it"
    return f"{sentence} (95 % interval of the difference{where} {number(whole.low)} to {number(whole.high)}{told})."


def _one_point(rows: Rows) -> str:
    found = mean_of(rows[DURATION], bounds_of(DURATION))
    told = f"The harmful agents are depleted in {found.count} of {found.runs} runs"
    if found.count == 0:
        return told + "."
    return f"{told}, on day {number(found.mean)} on average ({number(found.low)} to {number(found.high)})."


def listed(names: list[str]) -> str:
    """Names as in a sentence."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _big(text: str) -> str:
    return text[0].upper() + text[1:]
