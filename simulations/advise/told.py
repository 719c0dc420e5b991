"""An answer as a table that JSON holds: for files, other programs and the service's pages."""

from typing import Any

from earnest.simulations.advise.advice import Advice
from earnest.simulations.advise.choice import Judged
from earnest.simulations.advise.figures import ACCURACY, LOSS, LOST, PROFIT, TOLD
from earnest.simulations.advise.parameters import request_of
from earnest.simulations.advise.promise import cannot_promise
from earnest.simulations.advise.world import populations

#: The file of an answer in its folder.
ADVICE = "advice.json"


def told(advice: Advice) -> dict[str, Any]:
    """The answer: the question, what to take and why, every candidate, what was left out, what nobody can promise."""
    prepared, best = advice.prepared, advice.found[advice.best]
    return {
        "question": prepared.question.told(),
        "samples": prepared.sizes._asdict(),
        "populations": list(populations(prepared.question)),
        "measures": TOLD,
        "meets": advice.meets,
        "best": advice.best,
        "sentence": sentence_of(advice),
        "pool": request_of(prepared.question, best.candidate, prepared.sizes),
        "candidates": [_candidate(advice, one) for one in advice.found],
        "left_out": [one._asdict() for one in prepared.left_out],
        "cannot_promise": cannot_promise(prepared.question, best.candidate, prepared.sizes),
        "runs": advice.outcome.kept,
        "failed": advice.outcome.failed,
    }


def sentence_of(advice: Advice) -> str:
    """What to take, and what came of it at its worst."""
    one = advice.found[advice.best]
    named = f"{one.candidate.name} with the model {one.candidate.model}"
    if advice.meets:
        begin = f"Take {named}. "
    else:
        missed = "; ".join(miss.sentence for miss in one.misses)
        begin = f"Nothing here meets all targets. The nearest is {named}, which misses: {missed}. "
    accuracy = one.worst[ACCURACY]
    parts = [f"it ends at an accuracy of {shown(accuracy.figure.table())} {accuracy.where}"]
    if (loss := one.worst.get(LOSS)) is not None:
        lost = one.worst[LOST]
        parts.append(
            f"honest contributors lose {shown(loss.figure.table(), percent=True)} of their deposits {loss.where}, and "
            f"{shown(lost.figure.table())} ETH in all {lost.where}"
        )
    else:
        parts.append("nobody pays, so that nobody loses money")
    if (profit := one.worst.get(PROFIT)) is not None:
        parts.append(f"the profit of all attackers together is {shown(profit.figure.table())} ETH {profit.where}")
    return f"{begin}At its worst {'; '.join(parts)}."


def shown(figure: dict[str, Any], *, percent: bool = False) -> str:
    """A figure as people read it: its mean, and its interval where it is more than a point."""

    def number(value: float) -> str:
        if percent:
            return f"{value:.1%}"
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"

    text = number(figure["mean"])
    low, high = figure["low"], figure["high"]
    if low is not None and low < high and (number(low), number(high)) != (text, text):
        text += f" ({number(low)} to {number(high)})"
    return text if figure["count"] == figure["runs"] else f"{text}, in {figure['count']} of {figure['runs']}"


def _candidate(advice: Advice, one: Judged) -> dict[str, Any]:
    prepared, candidate = advice.prepared, one.candidate
    return {
        "name": candidate.name,
        "model": candidate.model,
        "incentive": candidate.incentive,
        "price": candidate.price,
        "yours": candidate.yours,
        "meets": one.meets,
        "misses": [miss.sentence for miss in one.misses],
        "worst": {
            name: {
                "under": found.under,
                "text": shown(found.figure.table(), percent=name == LOSS),
                **found.figure.table(),
            }
            for name, found in one.worst.items()
        },
        "figures": {
            kind: {name: figure.table() for name, figure in figures.items()} for kind, figures in one.figures.items()
        },
        "reasons": list(candidate.reasons),
        "pool": request_of(prepared.question, candidate, prepared.sizes),
    }
