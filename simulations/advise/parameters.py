"""What is given to make a pool of a candidate: the request that `POST /v1/pools` takes, and `earnest pool create`."""

from typing import Any

from earnest.core.incentives.prices import PRICE, PRICES
from earnest.core.incentives.registry import INCENTIVES
from earnest.data.registry import DATASETS
from earnest.simulations.advise import coins
from earnest.simulations.advise.candidates import Candidate
from earnest.simulations.advise.question import Question
from earnest.simulations.advise.samples import Sizes

#: Options of a file that a request has too.
_OPTIONS = ("text_column", "label_column", "separator", "encoding", "encoder")


def request_of(question: Question, candidate: Candidate, sizes: Sizes) -> dict[str, Any]:
    """The request; amounts as strings of wei.

    A file's content is left out, and so is a data set of scenarios alone: `dataset`, `csv` or `file` is to be added.
    What follows from the pool's own data is left to it, amounts apart, which everything else of them follows from.
    """
    request: dict[str, Any] = {"name": f"{question.dataset} under {candidate.incentive}"[:80]}
    dataset = DATASETS[question.dataset]
    if dataset.load is not None and dataset.needs != "data":
        request["dataset"] = question.dataset
    elif dataset.needs == "data":
        request |= {name: question.options[name] for name in _OPTIONS if name in question.options}
    request |= {
        "model": candidate.model,
        "num_words": question["num_words"],
        "train_size": sizes.train,
        "held_out_size": sizes.held_out,
        "split_seed": question["split_seed"],
        "incentive": candidate.incentive,
    }
    return request | rules_of(candidate)


def rules_of(candidate: Candidate) -> dict[str, Any]:
    """The incentive's rules as a request has them."""
    incentive, settings = INCENTIVES[candidate.incentive], candidate.settings
    of_prices = {one.name for rule in PRICES for one in rule.parameters}
    found: dict[str, Any] = {}
    for one in incentive.parameters:
        follows = one.name in candidate.derived and one.kind != "amount"
        if not follows and one.applies(settings):
            value = settings[one.name]
            found[one.name] = str(coins.wei(value)) if one.kind == "amount" else value
    if incentive.derives is not None:
        # a default of ours is no wish of the owner's
        found = {name: value for name, value in found.items() if name in candidate.derived or candidate.yours}
    if PRICE.name in found:
        amounts = {name: found.pop(name) for name in list(found) if name in of_prices}
        found[PRICE.name] = {"rule": found[PRICE.name], **amounts}
    return found
