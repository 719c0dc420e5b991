"""An answer as a table that JSON holds: for files, other programs and the service's pages."""

from typing import Any

from earnest.simulations.advise.advice import Advice
from earnest.simulations.advise.choice import Judged
from earnest.simulations.advise.figures import ACCURACY, DEPLETED, HONEST, INITIAL, LOSS, PROFIT, TOLD, Figure
from earnest.simulations.advise.parameters import request_of
from earnest.simulations.advise.promise import cannot_promise
from earnest.simulations.advise.world import populations

#: The file of an answer in its folder.
ADVICE = "advice.json"
#: The request of the pool to make, as `earnest pool create NAME --request FILE` takes it.
POOL = "pool.json"


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
    worst = one.worst
    parts = [f"it ends at an accuracy of {text_of(ACCURACY, worst[ACCURACY].figure)} {worst[ACCURACY].where}"]
    if LOSS in worst:
        parts.append(
            f"honest contributors lose {text_of(LOSS, worst[LOSS].figure)} of their deposits {worst[LOSS].where}, and "
            f"their profit together is {text_of(HONEST, worst[HONEST].figure)} ETH {worst[HONEST].where}"
        )
    else:
        parts.append("nobody pays, so that nobody loses money")
    if PROFIT in worst:
        parts.append(
            f"the profit of all attackers is {text_of(PROFIT, worst[PROFIT].figure)} ETH {worst[PROFIT].where}"
        )
    return f"{begin}At its worst {'; '.join(parts)}."


def text_of(name: str, figure: Figure) -> str:
    """A figure of this name as people read it: its mean, its interval where it is more than a point, how many runs."""
    return " ".join(part for part in parts_of(name, figure) if part)


def parts_of(name: str, figure: Figure) -> tuple[str, str]:
    """The same as its mean, and what stands behind it."""

    def number(value: float) -> str:
        if name == LOSS:
            return f"{value:.1%}"
        if name in (ACCURACY, INITIAL):
            return f"{value:.4f}".removeprefix("0")
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"

    mean, behind = number(figure.mean), []
    if figure.low is not None and figure.high is not None:
        low, high = number(figure.low), number(figure.high)
        behind += [f"({low} to {high})"] if (low, high) != (mean, mean) else []
    behind += [] if figure.count == figure.runs else [f"in {figure.count} of {figure.runs}"]
    return mean, " ".join(behind)


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
                **dict(zip(("text", "behind"), parts_of(name, found.figure), strict=True)),
                **found.figure.table(),
            }
            for name, found in one.worst.items()
        },
        "figures": {
            kind: {name: figure.table() for name, figure in figures.items()} for kind, figures in one.figures.items()
        },
        "depleted": {
            kind: text_of(DEPLETED, figures[DEPLETED]) for kind, figures in one.figures.items() if DEPLETED in figures
        },
        "reasons": list(candidate.reasons),
        "pool": request_of(prepared.question, candidate, prepared.sizes),
    }
