"""What the service answers with, typed. Amounts are wei, or of a pool's token; times are seconds of chain time.

A member that this release does not know is passed over, so that a newer service can be asked too.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import UnionType
from typing import Any, Self, Union, get_args, get_origin, get_type_hints

from earnest.client.errors import Unreachable

#: The members of each class with their types, found once.
_HINTS: dict[type, dict[str, Any]] = {}


@dataclass(frozen=True)
class Answer:
    """Base of all: made from the API's JSON."""

    @classmethod
    def read(cls, given: Any) -> Self:
        """An answer from parsed JSON.

        Raises:
            Unreachable: it is none of this kind.
        """
        hints = _HINTS.get(cls)
        if hints is None:
            hints = _HINTS[cls] = get_type_hints(cls)
        if not isinstance(given, Mapping):
            raise Unreachable(f"The service does not answer as the API does: {cls.__name__} is no object.")
        try:
            return cls(
                **{each.name: _value(hints[each.name], given[each.name]) for each in fields(cls) if each.name in given}
            )
        except (TypeError, ValueError, KeyError) as error:
            raise Unreachable(f"The service does not answer as the API does: {cls.__name__}, {error}.") from None


def _value(kind: Any, given: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        if given is None:
            return None
        (kind,) = [each for each in get_args(kind) if each is not type(None)]
        return _value(kind, given)
    if origin is tuple:
        return tuple(_value(get_args(kind)[0], each) for each in given)
    if isinstance(kind, type) and issubclass(kind, Answer):
        return kind.read(given)
    # amounts come as decimal strings
    if kind is int and isinstance(given, str):
        return int(given)
    return given


@dataclass(frozen=True)
class Token(Answer):
    """The ERC-20 token that a pool's deposits are paid in."""

    address: str
    symbol: str
    decimals: int
    name: str = ""
    permits: bool = False


@dataclass(frozen=True)
class Pool(Answer):
    """A pool at a block."""

    id: str
    name: str
    status: str
    chain_id: int
    address: str | None = None
    error: str | None = None
    owner: str | None = None
    encoder_hash: str | None = None
    model: str | None = None
    classes: int | None = None
    block_number: int | None = None
    price: int | None = None
    paused: bool | None = None
    escrow: int | None = None
    liabilities: int | None = None
    contributions: int = 0
    open_contributions: int = 0
    verified: int = 0
    digest: str | None = None
    rules: dict[str, Any] = field(default_factory=dict)
    accuracy: dict[str, Any] = field(default_factory=dict)
    token: Token | None = None
    model_start: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prediction(Answer):
    """Class and score of a sample."""

    label: int
    score: int


@dataclass(frozen=True)
class Quote(Answer):
    """What contributing a sample would cost, and what to expect."""

    label: int
    predicted: int
    score: int
    agrees: bool
    price: int
    block_number: int
    expected_outcome: str
    risk: str
    refund_from: int
    refund_until: int
    known_features: int = 0
    duplicates: tuple[int, ...] = ()


@dataclass(frozen=True)
class Item(Answer):
    """What became of one sample or claim."""

    position: int
    status: str
    index: int | None = None
    transaction_hash: str | None = None
    block_number: int | None = None
    gas_used: int | None = None
    amount: int | None = None
    error: dict[str, Any] | None = None


@dataclass(frozen=True)
class Submission(Answer):
    """A submission and its items."""

    id: str
    account: str
    pool: str
    verb: str
    status: str
    items: tuple[Item, ...]

    @property
    def decided(self) -> bool:
        """Whether the chain has decided every item."""
        return self.status not in ("prepared", "sent")


@dataclass(frozen=True)
class Action(Answer):
    """What can be done with a contribution, by whom and when."""

    verb: str
    by: str
    since: int
    open: bool
    until: int | None = None
    amount: int | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Contribution(Answer):
    """A contribution at a block."""

    pool: str
    index: int
    contributor: str
    label: int
    predicted_now: int
    deposit: int
    claimable: int
    status: str
    time: int
    predicted: int | None = None
    text: str | None = None
    block_number: int | None = None
    transaction_hash: str | None = None
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True)
class Standing(Answer):
    """An account in one pool."""

    pool: str
    pool_name: str
    credit: int
    verified: int
    contributions: int
    deposits: int
    refunds: int
    shares: int
    leftovers: int


@dataclass(frozen=True)
class Account(Answer):
    """An account's balance and its standing in each pool."""

    address: str
    balance: int
    block_number: int
    name: str | None = None
    pools: tuple[Standing, ...] = ()


@dataclass(frozen=True)
class NewAccount(Answer):
    """A managed account; its token is told this once."""

    address: str
    name: str
    token: str = field(repr=False)


@dataclass(frozen=True)
class Transaction(Answer):
    """An unsigned transaction as wallets take it; numbers in hex."""

    type: str
    chainId: str  # noqa: N815
    nonce: str
    to: str
    data: str
    value: str
    gas: str
    maxFeePerGas: str  # noqa: N815
    maxPriorityFeePerGas: str  # noqa: N815


@dataclass(frozen=True)
class Relay(Answer):
    """What a call is signed with that the service sends and pays the gas of."""

    forwarder: str
    gas: int
    nonce: int
    deadline: int


@dataclass(frozen=True)
class Permit(Answer):
    """What a token's permit is signed with."""

    deadline: int
    typed_data: dict[str, Any]


@dataclass(frozen=True)
class Prepared(Answer):
    """A transaction to sign, and what it means."""

    account: str
    pool: str
    verb: str
    meaning: str
    transaction: Transaction
    balance_change: int
    credit_change: int
    gas_cost_most: int
    refusal: dict[str, Any] | None = None
    token: str | None = None
    allowed: int | None = None
    balance: int | None = None
    relay: Relay | None = None


@dataclass(frozen=True)
class Entry(Answer):
    """A change of what a pool owes an account."""

    kind: str
    amount: int
    credit: int
    time: int
    block_number: int
    transaction_hash: str
    index: int | None = None


@dataclass(frozen=True)
class Event(Answer):
    """Something that happened in a pool; `id` is its place in the order of all events."""

    kind: str
    id: str
    pool: str | None = None
    account: str | None = None
    contributor: str | None = None
    index: int | None = None
    amount: int | None = None
    block_number: int | None = None
    time: int | None = None
    transaction_hash: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Webhook(Answer):
    """An address that events are delivered to; `secret` is told by whoever made it, this once."""

    id: str
    url: str
    status: str
    failures: int
    position: int
    created_at: int
    pool: str | None = None
    account: str | None = None
    reason: str | None = None
    next_attempt_at: int | None = None
    secret: str | None = None


@dataclass(frozen=True)
class Delivery(Answer):
    """A request to a webhook, and what came of it."""

    id: str
    type: str
    time: int
    milliseconds: int
    event: int | None = None
    status: int | None = None
    error: str | None = None
