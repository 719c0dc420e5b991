"""The members of a pool's request that its incentive declares: made of the incentives' parameters, guests' included."""

from collections.abc import Collection, Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from pydantic import Field, create_model

from earnest.chain.implementations import goes_with
from earnest.core.incentives.base import Incentive, Terms
from earnest.core.incentives.prices import PRICE, PRICES
from earnest.core.incentives.registry import INCENTIVES
from earnest.core.incentives.windows import COLLECT_WAIT, HEAD_START, REFUND_WAIT, SAFEGUARDS, SHORTEST_WINDOW
from earnest.core.models.model import Model
from earnest.core.parameters import Parameter
from earnest.web.schemas import Amount, Schema, Whole

#: What a request gets that names no incentive, nor a rule that only others have: the first that goes with its model.
DEFAULT_INCENTIVES = ("sealed-assessment", "self-assessment")
DEFAULT_INCENTIVE = DEFAULT_INCENTIVES[0]
DEFAULT_PRICE = "fixed"
#: Wei that a parameter's default of one coin comes to.
COIN = 10**15

#: New pools have all safeguards; the published rules, which have none, are there for who asks for them.
SAFEGUARDS_OF_NEW = "all"
#: Seconds that a new pool's reports open after its refunds, where nothing else is said. An hour is 300 blocks of 12 s:
#: enough for an account that looks once in it, for a second try and for teaching a turned model back, and little beside
#: the eight days of the default window. Never more than half of a pool's own window.
HEAD_START_OF_NEW = 3_600

_UNITS = {"s": "seconds"}


def _derived(one: Parameter) -> tuple[Any, Any]:
    """The same of a parameter that follows from the pool's data where nothing is said."""
    kind: Any = Amount if one.kind == "amount" else Whole
    words = f"{one.words}{f', in {_UNITS.get(one.unit, one.unit)}' if one.unit else ''}; derived where nothing is said"
    return Annotated[kind | None, Field(ge=one.low, le=one.high, description=words)], None


def _member(one: Parameter, *, required: bool = False) -> tuple[Any, Any]:
    """Type and default of the member that a parameter becomes."""
    if one.kind == "choice":
        return Literal[one.choices], one.default
    if one.kind == "amount":
        default = ... if required else one.default * COIN
        return Annotated[Amount, Field(ge=one.low)], default
    words = f"{one.words}, in {_UNITS.get(one.unit, one.unit)}" if one.unit else one.words
    return Annotated[Whole, Field(ge=one.low, le=one.high, description=words)], one.default


def _price_members(name: str, parameters: tuple[Parameter, ...]) -> dict[str, Any]:
    # of rules that nobody gets without asking, every amount has to be said
    required = name != DEFAULT_PRICE
    members: dict[str, Any] = {"rule": (Literal[name], ... if required else name)}
    return members | {one.name: _member(one, required=required) for one in parameters}


#: The price rules as members of a request, by their names.
PRICE_MODELS: dict[str, Any] = {
    rule.name: create_model(
        f"{rule.name.capitalize()}Price",
        __base__=Schema,
        __doc__=rule.words,
        __module__=__name__,
        **_price_members(rule.name, rule.parameters),
    )
    for rule in PRICES
}

if TYPE_CHECKING:
    IncentiveName: TypeAlias = str
    PriceGiven: TypeAlias = Any
else:
    IncentiveName = Literal[tuple(INCENTIVES)]
    PriceGiven = Annotated[reduce(or_, PRICE_MODELS.values()), Field(discriminator="rule")]

#: All that the incentives' parameters become, price rules apart, by name.
_OF_PRICES = {one.name for rule in PRICES for one in rule.parameters} | {PRICE.name}
_PARAMETERS = {one.name: one for incentive in INCENTIVES.values() for one in incentive.parameters}
_DERIVED = {one.name for incentive in INCENTIVES.values() if incentive.derives for one in incentive.parameters}
MEMBERS: dict[str, Any] = {
    "incentive": (
        Annotated[
            IncentiveName | None,
            Field(
                description="Where nothing is said: the one whose rules are named, else the first of "
                f"{', '.join(DEFAULT_INCENTIVES)} that has a contract for the model."
            ),
        ],
        None,
    ),
    PRICE.name: (PriceGiven, PRICE_MODELS[DEFAULT_PRICE]()),
    **{
        name: _derived(one) if name in _DERIVED else _member(one)
        for name, one in _PARAMETERS.items()
        if name not in _OF_PRICES
    },
    SAFEGUARDS.name: (Literal[SAFEGUARDS.choices], SAFEGUARDS_OF_NEW),
    HEAD_START.name: (
        Annotated[
            Whole | None,
            Field(
                ge=HEAD_START.low,
                le=HEAD_START.high,
                description=f"{HEAD_START.words}, in seconds; {HEAD_START_OF_NEW} where nothing is said, or half of "
                "the window where that is less",
            ),
        ],
        None,
    ),
}


def incentive_for(model: type[Model], named: Collection[str]) -> str:
    """The incentive of a request that names none.

    Args:
        model: the pool's.
        named: the members that the request names.
    """
    rules = {name for name in named if name in MEMBERS and name != "incentive"}
    fitting: list[str] = [name for name in DEFAULT_INCENTIVES if goes_with(INCENTIVES[name], model)]
    others: list[str] = list(INCENTIVES)
    for name in fitting + others:
        if rules <= {one.name for one in INCENTIVES[name].parameters}:
            return name
    # whose rules they are, nobody knows: the first one's answer says which to leave out
    return fitting[0] if fitting else DEFAULT_INCENTIVE


def terms_given(members: dict[str, Any]) -> Terms:
    """The terms that a request's members ask for.

    Args:
        members: of `MEMBERS`, by name.

    Raises:
        ValueError: one of them is not the incentive's.
    """
    incentive = INCENTIVES[members["incentive"]]
    own = {one.name for one in incentive.parameters}
    others = [
        name for name, (_, default) in MEMBERS.items() if name not in own | {"incentive"} and members[name] != default
    ]
    if others:
        why = "no money moves" if not incentive.moves_money else f"there is no {others[0]}"
        raise ValueError(f"under {incentive.name} {why}: leave out {' and '.join(others)}")
    if incentive.derives:
        # bounds alone can be looked at before the data are
        return incentive.terms_of(default_settings(incentive) | given_settings(members))
    if members[HEAD_START.name] is None:
        window = members[COLLECT_WAIT.name] - members[REFUND_WAIT.name]
        # what is not said leaves reports as long a window as guarded pools must have
        room = min(window // 2, window - SHORTEST_WINDOW)
        members = members | {HEAD_START.name: max(0, min(HEAD_START_OF_NEW, room))}
    price = members[PRICE.name]
    amounts = {name: value for name, value in price if name != "rule"}
    return incentive.terms_of(members | amounts | {PRICE.name: price.rule})


def given_settings(members: dict[str, Any]) -> dict[str, int]:
    """What a request says of parameters that are derived otherwise."""
    own = [one.name for one in INCENTIVES[members["incentive"]].parameters]
    return {name: members[name] for name in own if members[name] is not None}


def default_settings(incentive: Incentive) -> dict[str, Any]:
    """An incentive's parameters where nothing is known of a pool; amounts in wei."""
    return {one.name: one.default * (COIN if one.kind == "amount" else 1) for one in incentive.parameters}


def terms_shown(terms: Terms, reasons: Sequence[str] = ()) -> dict[str, Any]:
    """A pool's terms as they are answered; amounts as strings.

    Args:
        terms: the pool's.
        reasons: sentences on what of them was derived, and from what.
    """
    incentive, settings = terms.incentive, terms.settings
    kinds = {one.name: one.kind for one in incentive.parameters}
    said = {name: str(value) if kinds[name] == "amount" else value for name, value in settings.items()}
    if incentive.is_sealed:
        return {
            "incentive": incentive.id,
            **said,
            "moves_money": incentive.moves_money,
            "reasons": list(reasons),
            "risks": list(incentive.words.risks),
        }
    price = {"rule": said.pop(PRICE.name, "fixed")}
    price |= {name: said.pop(name) for name in list(said) if name in _OF_PRICES}
    if not incentive.moves_money:
        price["cost"] = "0"
    return {
        "incentive": incentive.id,
        "price": price,
        "leftover": "burn" if terms.burns_leftover else "anyone",
        **said,
        "moves_money": incentive.moves_money,
        "risks": list(incentive.words.risks),
    }
