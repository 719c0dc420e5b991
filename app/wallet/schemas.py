"""Requests for transactions to sign, and what is said of them; signed transactions that are handed in."""

from typing import Annotated, Any

from pydantic import Field, PlainSerializer, WithJsonSchema

from earnest.web.schemas import MAX_TEXT, Amount, Flag, LabelledSample, Schema, Whole, example

#: Most samples or claims in one transaction.
MAX_ITEMS = 96
#: Most characters of a signed transaction in hex.
MAX_HEX = 2 + 2 * 131_072

Account = Annotated[
    str | None,
    Field(
        pattern=r"^0x[0-9a-fA-F]{40}$",
        description="Who is to sign; the caller where a token is sent. Nothing is asked of it: what is said is public.",
    ),
]
#: Wei, which may be negative.
SignedAmount = Annotated[
    int,
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^(0|-?[1-9][0-9]*)$", "examples": ["-1000000000000000"]}),
]
#: A number as JSON-RPC has it.
Quantity = Annotated[str, Field(pattern=r"^0x(0|[1-9a-f][0-9a-f]*)$", examples=["0x1"])]
_SOMEBODY = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


class ContributionsToSign(Schema):
    """Samples to contribute in one transaction; `max_price` bounds what any one of them may cost (default: now's)."""

    model_config = example(
        {"account": _SOMEBODY, "items": [{"text": "A wonderful film, moving and funny.", "label": 1}]}
    )

    account: Account = None
    items: Annotated[list[LabelledSample], Field(min_length=1, max_length=MAX_ITEMS)]
    max_price: Amount | None = None
    one_commitment: Annotated[Flag, Field(description="Let the samples share one commitment; see submissions.")] = False
    accept_risk: Annotated[
        Flag,
        Field(description="Where the judge is sealed: prepare what may be lost too; without it, it is refused."),
    ] = False


class ClaimsToSign(Schema):
    """Contributions to claim with one verb in one transaction, all or none."""

    model_config = example({"account": _SOMEBODY, "indices": [0]})

    account: Account = None
    indices: Annotated[list[Annotated[Whole, Field(ge=0, lt=2**40)]], Field(min_length=1, max_length=MAX_ITEMS)]


class ToSign(Schema):
    """What needs nothing but an account."""

    model_config = example({"account": _SOMEBODY})

    account: Account = None


class TokensToSign(Schema):
    """An amount of the pool's token, in its smallest unit."""

    model_config = example({"account": _SOMEBODY, "amount": "1000000"})

    account: Account = None
    amount: Annotated[Amount, Field(gt=0)]


class ApprovalToSign(TokensToSign):
    """What the pool may take of its token from then on; 0 for nothing, as some tokens want it before another amount."""

    amount: Amount


class PermitToAsk(TokensToSign):
    """For which amount the pool is to be permitted to take it, and until when."""

    seconds: Annotated[
        Whole, Field(ge=60, le=7 * 86_400, description="How long the signature lasts, in seconds of chain time.")
    ] = 3_600


class PermitShown(Schema):
    """What to sign (EIP-712) so that the pool may take exactly this amount, once."""

    account: str
    pool: str
    amount: Amount
    deadline: int = Field(description="The last second of chain time in which it works.")
    meaning: str
    typed_data: dict[str, Any] = Field(description="As `eth_signTypedData_v4` takes it; numbers as decimal strings.")


class PermittedToSign(TokensToSign):
    """An amount, and the signature that permits the pool to take it."""

    model_config = example(
        {"account": _SOMEBODY, "amount": "1000000", "deadline": 1_900_000_000, "signature": "0x" + "11" * 65}
    )

    deadline: Annotated[Whole, Field(ge=0, lt=2**256)]
    signature: Annotated[
        str, Field(pattern=r"^0x[0-9a-fA-F]{130}$", description="r, s and v, as wallets give it: 65 bytes.")
    ]


class TransactionToSign(Schema):
    """The unsigned transaction, as wallets and JSON-RPC take it."""

    type: Quantity
    chainId: Quantity  # noqa: N815
    nonce: Quantity
    to: str
    data: Annotated[str, Field(pattern="^0x[0-9a-f]*$")]
    value: Quantity
    gas: Quantity
    maxFeePerGas: Quantity  # noqa: N815
    maxPriorityFeePerGas: Quantity  # noqa: N815


class ClaimToSign(Schema):
    """What one of the claims is about; times are seconds of chain time, ends included."""

    index: int
    since: int | None = Field(description="From when the verb works; null where that is not a matter of time.")
    until: int | None
    amount: Amount = Field(description="What it pays, as of now.")


class RelayToSign(Schema):
    """What to sign (EIP-712) so that the service sends the call and pays its gas: then `POST /v1/relays`."""

    forwarder: str = Field(description="The contract that checks the signature and calls the pool.")
    gas: int = Field(description="That the call has.")
    nonce: int = Field(description="Its place in the account's order at the forwarder.")
    deadline: int = Field(description="The last second of chain time in which it works.")
    typed_data: dict[str, Any] = Field(description="As `eth_signTypedData_v4` takes it; numbers as decimal strings.")


class PreparedShown(Schema):
    """A transaction to sign, what it means, and what it changes."""

    account: str
    pool: str
    verb: str
    meaning: str = Field(description="What the transaction does, in a sentence, read back from its data.")
    transaction: TransactionToSign
    token: str | None = Field(
        default=None, description="The ERC-20 token that amounts are of; null for native coin, in wei."
    )
    allowed: Amount | None = Field(
        default=None, description="What the pool may take of the account's tokens now; null for native coin."
    )
    balance: Amount = Field(description="What the account has now, in wei, or of the pool's token.")
    coins: Amount = Field(description="What the account has now in native coin, in wei: gas is paid of it.")
    balance_change: SignedAmount = Field(description="What the account then has more or less, without the gas.")
    credit: Amount = Field(description="What the pool owes the account now.")
    credit_change: SignedAmount
    gas: int = Field(description="Most gas that it uses; what is not used is not paid.")
    base_fee: Amount = Field(description="What a unit of gas costs now, in wei, without the tip.")
    gas_cost_most: Amount
    refund_from: int | None = Field(description="Of contributions: first second in which they can be refunded.")
    refund_until: int | None = Field(description="The last one.")
    claims: list[ClaimToSign]
    refusal: dict[str, Any] | None = Field(description="Why it would be refused now; null where it would succeed.")
    relay: RelayToSign | None = Field(
        default=None,
        description="What to sign instead where the service pays the gas; null where it does not: the pool believes no "
        "forwarder, coins would have to be sent along, or the verb is not relayed.",
    )
    block_number: int


class CallTold(Schema):
    """What a transaction calls."""

    sender: str
    meaning: str
    value: Amount
    gas: int
    data: str


class SignedTransaction(Schema):
    """A transaction that its account signed; the service sends it, again and again if need be."""

    raw: Annotated[str, Field(pattern=r"^0x([0-9a-fA-F]{2})+$", max_length=MAX_HEX, description="The signed bytes.")]
    texts: Annotated[
        list[Annotated[str, Field(max_length=MAX_TEXT)] | None] | None,
        Field(max_length=MAX_ITEMS, description="Of contributions: the texts to keep beside the samples, in order."),
    ] = None


class SentTransaction(Schema):
    """A transaction that its account signed and sent itself."""

    hash: Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{64}$")]
    texts: Annotated[
        list[Annotated[str, Field(max_length=MAX_TEXT)] | None] | None,
        Field(max_length=MAX_ITEMS, description="Of contributions: the texts to keep beside the samples, in order."),
    ] = None


class RelayRequest(Schema):
    """A call of a pool that an account signed (EIP-712, `ForwardRequest`), for the service to send and to pay for."""

    model_config = example(
        {
            "account": _SOMEBODY, "to": "0x" + "22" * 20, "gas": 300_000, "nonce": 0, "deadline": 1_900_000_000,
            "data": "0x3ccfd60b", "signature": "0x" + "11" * 65,
        }
    )  # fmt: skip

    account: Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$", description="Who signed it.")]
    to: Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$", description="The pool. No coins are sent along.")]
    gas: Annotated[Whole, Field(ge=0, lt=2**63)]
    nonce: Annotated[Whole, Field(ge=0, lt=2**63)]
    deadline: Annotated[Whole, Field(ge=0, lt=2**48)]
    data: Annotated[str, Field(pattern=r"^0x([0-9a-fA-F]{2})*$", max_length=MAX_HEX)]
    signature: Annotated[
        str, Field(pattern=r"^0x[0-9a-fA-F]{130}$", description="r, s and v, as wallets give it: 65 bytes.")
    ]
    texts: Annotated[
        list[Annotated[str, Field(max_length=MAX_TEXT)] | None] | None,
        Field(max_length=MAX_ITEMS, description="Of contributions: the texts to keep beside the samples, in order."),
    ] = None
