"""Requests and answers about pools, their encoders, predictions and quotes."""

import base64
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, create_model, model_validator

from earnest.core import renamed
from earnest.core.encoders.encoder import NUMBERS, TEXT
from earnest.core.encoders.kind import EncoderKind
from earnest.core.encoders.registry import ENCODERS, of_format
from earnest.core.incentives.base import Terms
from earnest.core.models.formats.words import MAX_FEATURES, MAX_WORDS
from earnest.core.models.registry import DEFAULT_ON_VECTORS, DEFAULT_ON_WORDS, MODELS, deployable
from earnest.data.own.options import FOUND, Options
from earnest.data.registry import DATASETS
from earnest.pools.incentives import MEMBERS, given_settings, incentive_for, terms_given
from earnest.web.schemas import Amount, LabelledSample, Name, SampleInput, Schema, Whole, example, has_strings

#: Most samples in one call for predictions.
MAX_PREDICTIONS = 1000
#: Of a text of which the model knows no word, a prediction says nothing.
DEFAULT_MIN_FEATURES = 1

Address = Annotated[str, Field(pattern=r"^0x[0-9a-fA-F]{40}$")]


def _require_known_model(name: str) -> str:
    if name not in deployable():
        raise ValueError(f"there is no model {name}; use one of {', '.join(deployable())}")
    return name


ModelName = Annotated[str, AfterValidator(_require_known_model), Field(json_schema_extra={"enum": list(deployable())})]


def _require_known_dataset(name: str) -> str:
    if name not in (*_datasets(), *renamed.POOL_DATASETS):
        raise ValueError(f"there is no data set {name} for pools; use one of {', '.join(_datasets())}")
    return name


def _datasets() -> list[str]:
    return [name for name, dataset in DATASETS.items() if dataset.load is not None]


DatasetName = Annotated[
    str,
    AfterValidator(_require_known_dataset),
    Field(
        description="`synthetic` is an old name of `made-up-reviews`, which answers for one release.",
        json_schema_extra={"enum": [*_datasets(), *renamed.POOL_DATASETS]},
    ),
]


def _require_known_encoder(name: str) -> str:
    if name not in ENCODERS:
        raise ValueError(f"there is no encoder {name}; use one of {', '.join(ENCODERS)}")
    return name


def _fitting(model: str) -> list[EncoderKind]:
    """The encoders that give samples for a model, its default first."""
    found = MODELS[model]
    return of_format(found.FORMAT.ID, unit_length=found.UNIT_LENGTH, white=found.TAKES_WHITE)


EncoderName = Annotated[str, AfterValidator(_require_known_encoder), Field(json_schema_extra={"enum": list(ENCODERS)})]
#: Most characters of a file that comes with a request.
MAX_FILE = 50_000_000
_COLUMN = Field(min_length=1, max_length=200)


class _PoolData(Schema):
    """What of a pool's request its incentive does not declare."""

    name: Annotated[Name, Field(examples=["Movie reviews"])]
    dataset: DatasetName | None = None
    csv: Annotated[str | None, Field(max_length=MAX_FILE)] = None
    file: Annotated[
        str | None,
        Field(
            max_length=MAX_FILE,
            description="A file's bytes in base64, in place of `csv`: a CSV or TSV in any encoding, JSON Lines or "
            "Parquet, packed by gzip or not; what it is, its content tells.",
        ),
    ] = None
    text_column: Annotated[str, _COLUMN] = Options().text_column
    label_column: Annotated[str, _COLUMN] = Options().label_column
    separator: Annotated[Literal["auto", "comma", "semicolon", "tab", "bar"], Field(description="Of a CSV.")] = "auto"
    encoding: Annotated[
        str, Field(max_length=40, description="Of a text file: `auto` for what its mark tells, or UTF-8.")
    ] = FOUND
    token: Annotated[
        Address | None,
        Field(
            description="The ERC-20 token that deposits are paid in, one of `GET /v1/tokens`; amounts are then in its "
            "smallest unit. Null for native coin."
        ),
    ] = None
    model: Annotated[
        ModelName,
        Field(
            description=f"By default `{DEFAULT_ON_WORDS}`, and `{DEFAULT_ON_VECTORS}` where the data set is of numbers "
            "or the encoder gives vectors."
        ),
    ] = DEFAULT_ON_WORDS
    encoder: Annotated[
        EncoderName | None, Field(description="What makes samples; by default the first that fits the model.")
    ] = None
    num_words: Annotated[Whole, Field(ge=10, le=MAX_WORDS)] = 1000
    train_size: Annotated[Whole, Field(ge=2, le=100_000)] = 2000
    held_out_size: Annotated[Whole, Field(ge=2, le=50_000)] = 2000
    split_seed: Annotated[Whole, Field(ge=0, le=2**32 - 1)] = 1
    min_features: Annotated[
        Whole,
        Field(
            ge=0,
            le=MAX_FEATURES,
            description="Fewest words that the model must know of a text, for the service to submit it; of a table's "
            "rows every column counts.",
        ),
    ] = DEFAULT_MIN_FEATURES


if TYPE_CHECKING:

    class _WithIncentive(_PoolData):
        incentive: str | None = None

else:
    _WithIncentive = create_model("_WithIncentive", __base__=_PoolData, __module__=__name__, **MEMBERS)


class PoolRequest(_WithIncentive):
    """A pool to deploy: its data, model and rules.

    `csv` or `file` takes the place of `dataset`: a file with the columns `text_column` and `label_column`, of as many
    classes as the model tells apart: two, or up to 16 where it counts words; labels are 0, 1 and so on, or names. The
    first `train_size` samples train the initial model, the next `held_out_size` measure it; both are drawn with
    `split_seed` after duplicates were removed. A model on numbers takes a file with the column `label_column`, every
    other column numbers, and as many classes as it can hold; a file alone does not say that it is of numbers, so name
    the model or its encoder. `POST /v1/pools/check` says what is read of it.
    Without a word its incentive is `sealed-assessment`, whose rules follow from its data, where there is a contract of
    the model under it, and `self-assessment` otherwise, or where one of that one's rules is named.
    Rules that the incentive does not have are left out: where no money moves, there is neither a price nor a leftover.
    What an incentive does not protect from is listed in the answer, as `rules.risks`.
    """

    model_config = example(
        {
            "name": "Movie reviews",
            "dataset": "movie-reviews",
            "model": DEFAULT_ON_WORDS,
            "num_words": 1000,
            "train_size": 2000,
            "held_out_size": 2000,
            "incentive": "sealed-assessment",
            "agreed_price": "10000000000000000",
        },
        oneOf=[has_strings(source) for source in ("dataset", "csv", "file")],
    )

    @property
    def data_set(self) -> str | None:
        """The name that the data set has now."""
        return None if self.dataset is None else renamed.POOL_DATASETS.get(self.dataset, self.dataset)

    @property
    def encoder_kind(self) -> EncoderKind:
        """What makes samples."""
        return ENCODERS[self.encoder] if self.encoder is not None else _fitting(self.model)[0]

    @property
    def _is_of_vectors(self) -> bool:
        """Whether its encoder, or its data set, says that samples are vectors."""
        if self.encoder is not None:
            return ENCODERS[self.encoder].gives == MODELS[DEFAULT_ON_VECTORS].FORMAT.ID
        return self.data_set is not None and DATASETS[self.data_set].gives == NUMBERS

    @property
    def has_file(self) -> bool:
        """Whether it brings its data along."""
        return self.csv is not None or self.file is not None

    @property
    def source(self) -> bytes | str:
        """The content of the file that it brings."""
        return base64.b64decode(self.file, validate=True) if self.file is not None else self.csv or ""

    @property
    def options(self) -> Options:
        """How to read it."""
        return Options(self.text_column, self.label_column, self.separator, self.encoding)

    @property
    def notes(self) -> list[str]:
        """What to write otherwise by the next release."""
        if self.dataset is None or self.data_set == self.dataset:
            return []
        return [renamed.sentence("data set of pools", self.dataset, str(self.data_set))]

    @property
    def terms(self) -> Terms:
        """The incentive, with the numbers that the contract takes."""
        return terms_given({name: getattr(self, name) for name in MEMBERS})

    @property
    def said(self) -> dict[str, int]:
        """What is said of rules that follow from the data otherwise, by name of the parameter."""
        return given_settings({name: getattr(self, name) for name in MEMBERS})

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if "model" not in self.model_fields_set and self._is_of_vectors:
            self.model = DEFAULT_ON_VECTORS
        if self.incentive is None:
            self.incentive = incentive_for(MODELS[self.model], self.model_fields_set)
        if [self.dataset, self.csv, self.file].count(None) != 2:
            raise ValueError("give one of dataset, csv and file")
        try:
            base64.b64decode(self.file or "", validate=True)
        except ValueError:
            raise ValueError("file is no base64: give a file's bytes in base64") from None
        fitting = [kind.name for kind in _fitting(self.model)]
        if not fitting or self.encoder_kind.name not in fitting:
            raise ValueError(
                f"encoder {self.encoder_kind.name if fitting else 'none'} gives no samples for {self.model}: use "
                f"{' or '.join(fitting) or 'another model'}"
            )
        if self.data_set is not None and DATASETS[self.data_set].gives != self.encoder_kind.takes:
            if self.encoder_kind.takes == TEXT:
                raise ValueError(f"the data set {self.dataset} is of numbers, and {self.model} learns from texts")
            tables = [name for name in _datasets() if DATASETS[name].gives == NUMBERS and not DATASETS[name].needs]
            raise ValueError(
                f"{self.model} learns from numbers: give a csv with a column label, all others numbers, or one of "
                f"the data sets {', '.join(tables)}"
            )
        terms = self.terms
        # amounts out of the contract's range are told when the pool is registered, by the parameter's name
        if terms.incentive.derives is None:
            terms.incentive.check(terms)
        return self


class Accuracy(Schema):
    """Accuracy on the operator's held-out set; it never decides money."""

    value: float | None
    correct: int | None = None
    total: int | None = None
    block_number: int | None = None
    reason: str | None = Field(default=None, description="Why there is no value.")


class SealedShown(Schema):
    """The clock and the budget of a pool whose judge is sealed; its windows count epochs, which are seals."""

    epoch: int = Field(description="Seals so far.")
    sealed_at: int = Field(description="Second of the last seal; of the creation before the first.")
    next_seal_from: int = Field(description="First second in which anybody can make the next seal.")
    budget: Amount = Field(description="What bounties of seals can be paid from.")


class TokenShown(Schema):
    """An ERC-20 token, as it says of itself; what cannot be shown of that is left out."""

    address: str
    symbol: str
    decimals: int = Field(
        description="Amounts are whole numbers of its smallest unit, so many to the power of ten in 1."
    )
    name: str
    permits: bool = Field(description="Whether it takes signatures in place of approvals (EIP-2612).")


class TokensShown(Schema):
    """The tokens that new pools may take deposits in, besides native coin."""

    items: list[TokenShown]


class PoolShown(Schema):
    """A pool's state at a block."""

    id: str
    name: str
    status: Literal["deploying", "ready", "failed"]
    error: str | None
    chain_id: int
    address: str | None
    owner: str | None
    encoder_hash: str | None
    num_words: int = Field(description="Words of the encoder, or columns of the table.")
    min_features: int = Field(description="Fewest words that the model must know of what is submitted.")
    model: str | None
    model_start: list[str] = Field(
        default=[], description="What the initial samples decided of encoder and model, in sentences."
    )
    classes: int | None
    rules: dict[str, Any]
    block_number: int | None
    price: Amount | None = Field(description="Null, as `paused` and `escrow`, while the chain is silent.")
    paused: bool | None = Field(description="Whether the owner has paused contributions; refunds go on.")
    escrow: Amount | None
    liabilities: Amount | None = Field(description="Claimable plus credit, from the tables; equal to escrow.")
    contributions: int
    open_contributions: int
    verified: int
    digest: str | None = Field(description="keccak256 of the weights of the model that learns.")
    judge_digest: str | None = Field(
        default=None, description="The same of the judge, where it is sealed: what predictions are made with."
    )
    sealed: SealedShown | None = Field(
        default=None, description="Clock and budget where the judge is sealed; null while the chain is silent."
    )
    digest_matches: bool | None
    accuracy: Accuracy
    held_out: dict[str, Any] | None
    forwarder: str | None = Field(
        default=None, description="Whom the contract believes when it says who called (ERC-2771); null for nobody."
    )
    token: TokenShown | None = Field(
        default=None, description="What deposits are paid in, and all amounts are of; null for native coin, in wei."
    )


class ScanShown(Schema):
    """What one scan finds; nothing is decided by it."""

    name: str
    words: str = Field(description="What it looks for.")
    source: str = Field(description="Where it is described.")
    flagged: int
    share: float = Field(description="Flagged, of all that were looked at.")
    false_alarms: float | None = Field(
        description="Share of honest contributions that it flags, as far as trusted samples tell."
    )
    signs: list[str] = Field(description="Words or contributors that gave them away, at most 100.")
    indices: list[int] = Field(description="Flagged contributions, newest first, at most 100.")


class ScansShown(Schema):
    """What the scans find in a pool's newest contributions, at most 50,000."""

    contributions: int
    trusted: int = Field(description="Held-out samples that they are held against.")
    rate: float = Field(description="Share that is thought to be poisoned, for scans that need to be told.")
    scans: list[ScanShown]


class LabelJoined(Schema):
    """A label that was written in several ways."""

    written: str
    taken: str
    rows: int


class DataChecked(Schema):
    """What is read of a request's data, before anything is deployed."""

    format: str = Field(description="How a file was read; empty for a data set.")
    columns: list[str]
    rows: int
    classes: dict[str, int] = Field(description="Rows of each class, class 0 first.")
    repeated: int = Field(description="Rows whose sample stands in an earlier one; they are left out.")
    contrary: int = Field(description="Samples that stand with more than one label; the first one counts.")
    joined: list[LabelJoined] = Field(description="Labels that were written in several ways.")
    encoder: str = Field(description="How texts are read; empty for numbers.")
    known_share: float | None = Field(description="Of all words, how many the encoder knows.")
    empty: int = Field(description="Texts of which the encoder knows no word.")
    remarks: list[str] = Field(description="What to know of it, in sentences.")
    model_start: list[str] = Field(
        default=[], description="What the initial samples decided of encoder and model, in sentences."
    )
    train_size: int
    held_out_size: int
    accuracy: float = Field(description="Of the initial model on the held-out samples.")
    rules: dict[str, Any] = Field(
        default={}, description="What the pool's rules would be, with `reasons` for what of them follows from the data."
    )


class PredictionsRequest(Schema):
    """Samples to predict."""

    model_config = example({"samples": [{"text": "A wonderful film, moving and funny."}, {"features": [1, 4, 20]}]})

    samples: Annotated[list[SampleInput], Field(min_length=1, max_length=MAX_PREDICTIONS)]


class Prediction(Schema):
    """Class and score; a score above 0 is class 1."""

    label: int
    score: int


class PredictionsShown(Schema):
    """Predictions of one model state."""

    block_number: int
    predictions: list[Prediction]


class QuoteRequest(LabelledSample):
    """A labelled sample that somebody thinks of contributing."""

    model_config = example({"text": "A wonderful film, moving and funny.", "label": 1})

    account: Annotated[
        Address | None,
        Field(
            description="Whose standing counts where the judge is sealed, a newcomer's where nobody is named; and "
            "whose tokens are looked at where deposits are paid in some."
        ),
    ] = None


class FundsShown(Schema):
    """What an account can pay a deposit with in a pool of a token, in the token's smallest unit."""

    balance: Amount = Field(description="What the account holds of the token.")
    allowed: Amount = Field(description="What the pool may take of that.")
    credit: Amount = Field(description="What the pool owes the account, which pays first.")
    to_allow: Amount = Field(
        description="What the pool takes and may not yet: approve or permit as much as it takes; 0 for nothing."
    )
    lacks: Amount = Field(description="How many tokens are missing; 0 for none.")


class SealedQuote(Schema):
    """What a contribution would be where the judge is sealed; windows count epochs, which are seals."""

    case: Literal["agreed", "promised", "at risk"]
    standing: int = Field(description="The account's, before it.")
    standing_after: int
    rate: int = Field(description="Standing that a disagreement takes.")
    teaches: bool = Field(description="Whether the reference lets it teach the model.")
    comes_back: Amount = Field(description="What of the price comes back for sure.")
    epoch: int = Field(description="Seals so far.")
    settle_from: int = Field(description="First epoch in which it can be settled.")
    settle_until: int | None = Field(description="Last epoch in which it can be settled; null for ever.")
    next_seal_from: int = Field(description="First second in which anybody can make the next seal.")
    needs_consent: bool = Field(description="Whether a submission of it has to say `accept_risk`.")


class Encoding(Schema):
    """What the pool's encoder made of a text; at most 1,024 words of each, in the order they first occur."""

    encoder: str = Field(description="How it reads: normaliser and tokeniser, as its canonical file names them.")
    known: list[str] = Field(description="Words that have an index of their own.")
    unknown: list[str] = Field(description="Words that have none; the model learns nothing of them.")


class Quote(Schema):
    """What contributing this sample would cost and what to expect of it.

    The decaying price only falls until the next contribution; `price` is that of the block after `block_number`.
    """

    sample: list[int]
    sample_hash: str
    encoding: Encoding | None = Field(description="Null where features were given.")
    out_of_vocabulary: list[str]
    known_features: int = Field(description="Words that the model knows; where none, `predicted` says nothing.")
    label: int
    predicted: int
    score: int
    agrees: bool
    paused: bool = Field(description="Whether contributions are paused, so that this one would be refused now.")
    price: Amount
    block_number: int
    timestamp: int
    duplicates: list[int] = Field(description="Contributions with exactly this sample, newest first, at most 20.")
    expected_outcome: Literal["refund", "loss", "refused"] = Field(
        description="`refused` where the model knows too little of the sample: a submission of it is refused."
    )
    risk: str
    risks: list[str] = Field(description="What the pool's incentive does not protect from.")
    refund_from: int | None = Field(default=None, description="Null where the judge is sealed, as the next two.")
    refund_until: int | None = None
    report_from: int | None = Field(
        default=None, description="First second in which others can report it, if the model disagrees then."
    )
    sealed: SealedQuote | None = Field(default=None, description="Case and windows where the judge is sealed.")
    funds: FundsShown | None = Field(
        default=None,
        description="What the account that was named has, as of the latest block, where deposits are paid in a token.",
    )
