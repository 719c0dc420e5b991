"""What can be done with a pool by a transaction: the verbs, and what calls to a pool say, read back.

Which verbs there are depends on the life that contributions have under the pool's incentive; which functions of the
contract stand for a verb, only this table knows.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from eth_utils.address import to_checksum_address

from earnest.chain.interface import decode_call
from earnest.chain.tokens import ERC20, Token
from earnest.core.incentives.base import Incentive, Kernels
from earnest.core.incentives.sealed import SealedKernels
from earnest.wallet.errors import VerbUnknown

#: What verbs ask for: labelled samples, contributions by their index, an amount of tokens, or nothing.
SAMPLES, INDICES, TOKENS, NOTHING = "samples", "indices", "tokens", "nothing"


@dataclass(frozen=True)
class ReadItem:
    """A part of a call: a labelled sample, or a contribution's index, or neither."""

    sample: bytes | None = None
    label: int | None = None
    index: int | None = None


Arguments = Mapping[str, Any]


@dataclass(frozen=True)
class Verb:
    """A verb.

    Attributes:
        name: as in addresses of the API.
        asks: what for.
        functions: of the contract, each with what reads a call's items.
    """

    name: str
    asks: str
    functions: Mapping[str, Callable[[Arguments], list[ReadItem]]]


@dataclass(frozen=True)
class Meant:
    """What a call to a pool says.

    Attributes:
        verb: what is to be done.
        items: with what.
        max_price: most that one sample may cost, in wei; None where nothing is paid.
        one_commitment: whether the samples share one commitment.
        amount: of tokens, in their smallest unit; None where none are named.
    """

    verb: Verb
    items: list[ReadItem]
    max_price: int | None = None
    one_commitment: bool = False
    amount: int | None = None


def _one_sample(given: Arguments) -> list[ReadItem]:
    return [ReadItem(sample=given["sample"], label=given["label"])]


def _samples(given: Arguments) -> list[ReadItem]:
    if len(given["samples"]) != len(given["labels"]):
        return []
    return [
        ReadItem(sample=sample, label=label) for sample, label in zip(given["samples"], given["labels"], strict=True)
    ]


def _one_claim(given: Arguments) -> list[ReadItem]:
    return [ReadItem(index=given["contribution"][0])]


def _claims(name: str) -> Callable[[Arguments], list[ReadItem]]:
    return lambda given: [ReadItem(index=claim[0][0]) for claim in given[name]]


def _itself(given: Arguments) -> list[ReadItem]:
    return [ReadItem()]


def _claim(name: str, many: str) -> Verb:
    return Verb(name, INDICES, {name: _one_claim, f"{name}FromBatch": _one_claim, f"{name}Many": _claims(many)})


_COMMITS = "commitBatch"
CONTRIBUTE = Verb("contribute", SAMPLES, {"contribute": _one_sample, "contributeBatch": _samples, _COMMITS: _samples})
WITHDRAW = Verb("withdraw", NOTHING, {"withdraw": _itself, "withdrawTo": _itself})
#: What pools have besides whose deposits are paid in a token; the first is a function of the token.
APPROVE = Verb("approve", TOKENS, {"approve": _itself})
DEPOSIT = Verb("deposit", TOKENS, {"depositTokens": _itself})
DEPOSIT_PERMITTED = Verb("permitted", TOKENS, {"depositTokensPermitted": _itself})
#: What the service sends for whoever signed it, and pays the gas of: what moves a contributor's own money. A seal is
#: paid for by the pool, and only where it is sent directly; pausing is the owner's.
RELAYED = frozenset({"contribute", "refund", "report", "collect", "settle", "withdraw", "deposit", "permitted"})
PAUSE, UNPAUSE = (Verb(name, NOTHING, {name: _itself}) for name in ("pause", "unpause"))


class Life(NamedTuple):
    """What can be done under incentives whose functions are of one type.

    Attributes:
        interface: the artifact that has the functions.
        verbs: what can be done.
    """

    interface: str
    verbs: tuple[Verb, ...]


#: By the type of an incentive's functions.
LIVES: dict[type, Life] = {
    Kernels: Life(
        "IPool",
        (
            CONTRIBUTE,
            _claim("refund", "claims"),
            _claim("report", "claims"),
            _claim("collect", "collections"),
            WITHDRAW,
            PAUSE,
            UNPAUSE,
        ),
    ),
    SealedKernels: Life(
        "ISealedPool",
        (
            Verb("contribute", SAMPLES, {"contribute": _one_sample}),
            Verb("settle", INDICES, {"settle": _one_claim}),
            Verb("seal", NOTHING, {"seal": _itself}),
            WITHDRAW,
            PAUSE,
            UNPAUSE,
        ),
    ),
}


def verbs_of(incentive: Incentive, token: Token | None = None) -> tuple[Verb, ...]:
    """What can be done with a pool under an incentive, whose deposits are paid in a token or in native coin."""
    life = LIVES.get(type(incentive.kernels))
    if life is None:
        return ()
    if token is None:
        return life.verbs
    return (*life.verbs, APPROVE, DEPOSIT, *([DEPOSIT_PERMITTED] if token.permits else []))


def names_asking(what: str) -> tuple[str, ...]:
    """Names of all verbs that ask for something, each once."""
    return tuple(dict.fromkeys(verb.name for life in LIVES.values() for verb in life.verbs if verb.asks == what))


def read(incentive: Incentive, data: bytes) -> Meant | None:
    """What a call to a pool says; None when it is none of the verbs."""
    life = LIVES.get(type(incentive.kernels))
    called = decode_call(life.interface, data) if life else None
    if life is None or called is None:
        return None
    function, given = called
    for verb in (*life.verbs, DEPOSIT, DEPOSIT_PERMITTED):
        reader = verb.functions.get(function)
        if reader is not None:
            commits = function == _COMMITS
            return Meant(verb, reader(given), given.get("maxPrice"), one_commitment=commits, amount=given.get("amount"))
    return None


def read_approval(data: bytes) -> tuple[Meant, str] | None:
    """What a call to a token says that lets a pool take of it, and which pool; None when it says something else."""
    called = decode_call(ERC20, data)
    if called is None or called[0] != APPROVE.name:
        return None
    given = called[1]
    return Meant(APPROVE, [ReadItem()], amount=given["value"]), to_checksum_address(given["spender"])


def require_one(given: Sequence[object], what: str) -> None:
    """Refuse more than one where each has a case of its own.

    Raises:
        VerbUnknown: so it is.
    """
    if len(given) != 1:
        raise VerbUnknown(f"Where the judge is sealed a transaction takes one {what}: each has a case of its own.")
