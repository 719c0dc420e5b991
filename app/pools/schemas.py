"""Requests and answers about pools, their encoders, predictions and quotes."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, create_model, model_validator

from earnest.core import renamed
from earnest.core.incentives.base import Terms
from earnest.core.models.formats.sample_format import NUMBERS
from earnest.core.models.formats.words import MAX_FEATURES, MAX_WORDS
from earnest.core.models.registry import DEFAULT, MODELS, deployable
from earnest.data.registry import DATASETS
from earnest.pools.incentives import DEFAULT_INCENTIVE, MEMBERS, terms_given
from earnest.web.schemas import Amount, LabelledSample, Name, SampleInput, Schema, Whole, example

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


class _PoolData(Schema):
    """What of a pool's request its incentive does not declare."""

    name: Annotated[Name, Field(examples=["Movie reviews"])]
    dataset: DatasetName | None = None
    csv: Annotated[str | None, Field(max_length=50_000_000)] = None
    model: ModelName = DEFAULT
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
    _WithIncentive = _PoolData
else:
    _WithIncentive = create_model("_WithIncentive", __base__=_PoolData, __module__=__name__, **MEMBERS)


class PoolRequest(_WithIncentive):
    """A pool to deploy: its data, model and rules.

    `csv` (columns text and label) takes the place of `dataset`; its labels are 0, 1 and so on, or names, of as many
    classes as the model tells apart: two, or up to 16 where it counts words. The first `train_size` samples train the
    initial model, the next `held_out_size` measure it; both are drawn with `split_seed` after duplicates were removed.
    A dense model takes a `csv` with a column label, every other column numbers, and as many classes as it can hold.
    Rules that the incentive does not have are left out: where no money moves, there is neither a price nor a leftover.
    What an incentive does not protect from is listed in the answer, as `rules.risks`.
    """

    model_config = example(
        {
            "name": "Movie reviews",
            "dataset": "movie-reviews",
            "model": DEFAULT,
            "num_words": 1000,
            "train_size": 2000,
            "held_out_size": 2000,
            "incentive": DEFAULT_INCENTIVE,
            "price": {"rule": "fixed", "cost": "1000000000000000"},
            "refund_wait": 86_400,
            "collect_wait": 777_600,
            "leftover": "burn",
            "safeguards": "all",
            "head_start": 3600,
        }
    )

    @property
    def data_set(self) -> str | None:
        """The name that the data set has now."""
        return None if self.dataset is None else renamed.POOL_DATASETS.get(self.dataset, self.dataset)

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

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.dataset is None) == (self.csv is None):
            raise ValueError("give either dataset or csv")
        dense = MODELS[self.model].FORMAT.TAKES == NUMBERS
        tables = [name for name in _datasets() if DATASETS[name].gives == NUMBERS]
        if self.dataset is not None and dense != (self.data_set in tables):
            if dense:
                raise ValueError(
                    f"{self.model} learns from numbers: give a csv with a column label, all others numbers, or one of "
                    f"the data sets {', '.join(tables)}"
                )
            raise ValueError(f"the data set {self.dataset} is of numbers, and {self.model} learns from texts")
        terms = self.terms
        # amounts out of the contract's range are told when the pool is registered, by the parameter's name
        terms.incentive.check(terms)
        return self


class Accuracy(Schema):
    """Accuracy on the operator's held-out set; it never decides money."""

    value: float | None
    correct: int | None = None
    total: int | None = None
    block_number: int | None = None
    reason: str | None = Field(default=None, description="Why there is no value.")


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
        default=[], description="What the initial samples decided of the model's parameters, in sentences."
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
    digest: str | None
    digest_matches: bool | None
    accuracy: Accuracy
    held_out: dict[str, Any] | None


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


class Quote(Schema):
    """What contributing this sample would cost and what to expect of it.

    The decaying price only falls until the next contribution; `price` is that of the block after `block_number`.
    """

    sample: list[int]
    sample_hash: str
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
    refund_from: int
    refund_until: int
    report_from: int = Field(description="First second in which others can report it, if the model disagrees then.")
