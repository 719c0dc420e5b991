"""The form that deploys a pool: its fields are made of what incentives and data sets declare."""

import base64
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from earnest.advice.schemas import AdviceRequest
from earnest.core.errors import RuleViolation
from earnest.core.incentives.base import Incentive
from earnest.core.incentives.prices import PRICE, PRICES
from earnest.core.incentives.registry import INCENTIVES
from earnest.core.models.registry import deployable
from earnest.core.parameters import Parameter
from earnest.core.prospect import ATTACKERS, PROSPECT
from earnest.dashboard.components import exact_ether
from earnest.data.own.options import FOUND, SEPARATORS, Options
from earnest.data.registry import DATASETS
from earnest.pools.incentives import MEMBERS
from earnest.pools.schemas import PoolRequest

#: What is asked of a pool beside its incentive's parameters: name, label, words, and what is filled in at first.
PLAIN = (
    ("num_words", "Words of the encoder", "of a table, its columns count instead", "1000"),
    ("train_size", "Samples to learn from", "the first of the data, drawn by the seed", "2000"),
    ("held_out_size", "Samples to measure by", "held out; they decide no money", "2000"),
    ("split_seed", "Seed of the draw", "the same seed draws the same samples", "1"),
)
#: How a file is read: name, label, words, and what is filled in at first.
OF_FILE = (
    ("text_column", "Column of texts", "of a file of texts", Options().text_column),
    ("label_column", "Column of labels", "of any file", Options().label_column),
    ("separator", "Separator", "of a CSV: " + ", ".join((FOUND, *SEPARATORS)), FOUND),
    ("encoding", "Encoding", "of a text file, such as latin-1; auto for its mark, or UTF-8", FOUND),
)
_AMOUNTS = {one.name for rule in PRICES for one in rule.parameters}


@dataclass(frozen=True)
class Asked:
    """A field.

    Attributes:
        name: as forms send it.
        label: above it.
        words: below it.
        value: that it holds.
        choices: it is one of; none for a number.
        empty: what it stands for while it is empty; nothing where that is not allowed.
    """

    name: str
    label: str
    words: str
    value: str
    choices: tuple[str, ...] = ()
    empty: str = ""


def choices() -> dict[str, list[str]]:
    """Data sets, models and incentives that a pool can have."""
    return {
        "dataset": [name for name, dataset in DATASETS.items() if dataset.load is not None and not dataset.needs],
        "model": list(deployable()),
        "incentive": [name for name, incentive in INCENTIVES.items() if incentive.contract is not None],
    }


def fields_of(incentive: Incentive, given: Mapping[str, str]) -> list[Asked]:
    """A field for each of an incentive's parameters; amounts are in ether."""
    return [
        Asked(
            name=one.name,
            label=_label(one),
            words=one.words,
            value=given.get(one.name, _default(one)),
            choices=one.choices if one.kind == "choice" else (),
            empty="made from the data" if incentive.derives else "",
        )
        for one in incentive.parameters
    ]


def _label(one: Parameter) -> str:
    """A parameter's name and its unit, which the name may end with already."""
    name = (one.label or one.name.replace("_", " ")).capitalize()
    unit = "ETH" if one.kind == "amount" else one.unit
    return name if not unit or name.endswith(f" {unit}") else f"{name}, {unit}"


def _default(one: Parameter) -> str:
    if one.name == PRICE.name:
        return PRICES[-1].name
    default = MEMBERS[one.name][1] if one.name in MEMBERS else None
    if one.kind == "amount" and one.name in MEMBERS and default is None:
        # derived from the pool's data
        return ""
    if one.kind == "amount":
        return exact_ether(default if isinstance(default, int) else one.default * 10**15)
    return "" if default is None else str(default)


def of_file(given: Mapping[str, str]) -> list[Asked]:
    """A field for each way in which a file can be read."""
    return [Asked(name, label, words, given.get(name, value)) for name, label, words, value in OF_FILE]


def _brought(content: bytes | str, read_as: Mapping[str, str]) -> dict[str, str]:
    """A file as requests take it: a text as it is, anything else, or of a named encoding, by its bytes."""
    if isinstance(content, str):
        return {"csv": content}
    if read_as.get("encoding", FOUND) == FOUND:
        with suppress(UnicodeDecodeError):
            return {"csv": content.decode("utf-8-sig")}
    return {"file": base64.b64encode(content).decode()}


def _read_as(given: Mapping[str, str]) -> dict[str, str]:
    return {name: given[name].strip() for name, *_ in OF_FILE if given.get(name, "").strip()}


def request_of(incentive: Incentive, given: Mapping[str, str], content: bytes | str) -> PoolRequest:
    """The request that a filled-in form stands for; what is left empty has its default.

    Args:
        incentive: that is chosen.
        given: what the form holds.
        content: of the file that it brings; nothing where a data set is chosen.

    Raises:
        RuleViolation: an amount is no number.
        ValidationError: it can never be a pool.
    """
    asked: dict[str, Any] = {"name": given.get("name", ""), "incentive": incentive.name}
    if model := given.get("model"):
        asked["model"] = model
    if content:
        asked |= _brought(content, _read_as(given)) | _read_as(given)
    else:
        asked["dataset"] = given["dataset"]
    asked |= {name: _whole(given[name]) for name, *_ in PLAIN if given.get(name)}
    rule = given.get(PRICE.name, "")
    for one in incentive.parameters:
        value = given.get(one.name, "").strip()
        if not value or one.name == PRICE.name:
            continue
        if one.name in _AMOUNTS:
            if one.only_with is None or rule in one.only_with:
                asked.setdefault(PRICE.name, {"rule": rule})[one.name] = _wei(one, value)
        elif one.kind == "amount":
            asked[one.name] = _wei(one, value)
        else:
            asked[one.name] = value if one.kind == "choice" else _whole(value)
    return PoolRequest.model_validate(asked)


#: What of `PROSPECT` the form asks for; the rest has its default, or stands in the form already.
ASKED_OF_PROSPECT = ("share", "contributors", "contributions", "deposit", "budget", "accuracy", "loss", "seeds")
#: Before the names of these fields, and of the attackers'.
PREFIX, KINDS = "ask_", "ask_attackers"


def prospect_of(given: Mapping[str, str]) -> list[Asked]:
    """A field for each of those, and one for the kinds of attackers."""
    declared = {one.name: one for one in PROSPECT}
    kinds = "kinds of attackers, with commas; each is simulated on its own"
    return [
        *(_of_prospect(declared[name], given) for name in ASKED_OF_PROSPECT),
        Asked(KINDS, "Attackers", kinds, given.get(KINDS, ", ".join(ATTACKERS))),
    ]


def _of_prospect(one: Parameter, given: Mapping[str, str]) -> Asked:
    value = given.get(PREFIX + one.name, "" if one.default is None else f"{one.default:g}")
    return Asked(PREFIX + one.name, _label(one), one.words, value, empty="none" if one.optional else "")


def question_of(incentive: Incentive, given: Mapping[str, str], content: bytes | str) -> AdviceRequest:
    """The question that a filled-in form stands for: its own choice, and all others, on its data.

    Args:
        incentive: that is chosen.
        given: what the form holds.
        content: of the file that it brings; nothing where a data set is chosen.

    Raises:
        RuleViolation: an amount is no number.
        ValidationError: it can never be answered.
    """
    asked: dict[str, Any] = {"yours": {"incentive": incentive.name, "settings": _settings(incentive, given)}}
    if content:
        asked |= {**_brought(content, _read_as(given)), "options": _read_as(given)}
    else:
        asked["dataset"] = given.get("dataset")
    if model := given.get("model"):
        asked["models"] = [model]
    asked |= {name: _whole(given[name]) for name, *_ in PLAIN if given.get(name)}
    for name in ASKED_OF_PROSPECT:
        if value := given.get(PREFIX + name, "").strip():
            asked[name] = _whole(value)
    if kinds := given.get(KINDS, "").strip():
        asked["attackers"] = [kind.strip() for kind in kinds.split(",") if kind.strip()]
    return AdviceRequest.model_validate(asked)


def _settings(incentive: Incentive, given: Mapping[str, str]) -> dict[str, Any]:
    """What the form says of an incentive's rules; amounts in wei, as strings."""
    found: dict[str, Any] = {}
    for one in incentive.parameters:
        value = given.get(one.name, "").strip()
        if value and one.applies(given):
            found[one.name] = (
                _wei(one, value) if one.kind == "amount" else value if one.kind == "choice" else _whole(value)
            )
    return found


def taken(given: Mapping[str, str], pool: Mapping[str, Any]) -> dict[str, str]:
    """What the form holds once it has taken over a pool that was advised.

    Args:
        given: what it held.
        pool: as `POST /v1/pools` takes it.
    """
    rules = {one.name for incentive in INCENTIVES.values() for one in incentive.parameters}
    amounts = {one.name for incentive in INCENTIVES.values() for one in incentive.parameters if one.kind == "amount"}
    flat = {name: value for name, value in pool.items() if name not in ("name", PRICE.name)}
    price = dict(pool.get(PRICE.name) or {})
    if price:
        flat |= {PRICE.name: price.pop("rule"), **price}
    kept = {name: value for name, value in given.items() if name not in rules}
    return kept | {name: exact_ether(int(value)) if name in amounts else str(value) for name, value in flat.items()}


def _whole(value: str) -> Any:
    return int(value) if value.strip().lstrip("-").isdecimal() else value


def _wei(one: Parameter, value: str) -> str:
    try:
        amount = Decimal(value).scaleb(18)
    except InvalidOperation:
        hint = ": its decimals stand behind a point" if "," in value else ""
        raise RuleViolation(f"{one.name} is {value[:40]!r}, which is no amount of ether{hint}.") from None
    if not amount.is_finite() or amount != amount.to_integral_value():
        raise RuleViolation(f"{one.name} is {value[:40]!r}, which is no whole number of wei.")
    return str(int(amount))
