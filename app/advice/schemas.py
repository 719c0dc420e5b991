"""Requests and answers about advice; times here are seconds of the machine's clock."""

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import Field, create_model, model_validator

from earnest.core.parameters import Parameter
from earnest.core.prospect import MOST_NAMED, PROSPECT
from earnest.web.schemas import Schema, Whole, example, has_strings

#: Most characters of a file that comes with a question.
MAX_FILE = 50_000_000
#: Longest name of a data set, a model, a kind of attackers or a column.
_NAMED = Annotated[str, Field(min_length=1, max_length=200)]

Status = Literal["running", "finished", "failed", "cancelled"]


def _member(one: Parameter) -> tuple[Any, Any]:
    """Type and default of the member that a parameter becomes."""
    words = f"{one.words}{f', in {one.unit}' if one.unit else ''}"
    if one.kind == "whole":
        kind: Any = Annotated[Whole, Field(ge=one.low, le=one.high)]
    else:
        kind = Annotated[float, Field(ge=one.low, le=one.high, allow_inf_nan=False)]
    return Annotated[kind | None if one.optional else kind, Field(description=words)], one.default


if TYPE_CHECKING:

    class _Prospect(Schema):
        """A number for each of `PROSPECT`."""

else:
    _Prospect = create_model(
        "_Prospect", __base__=Schema, __module__=__name__, **{one.name: _member(one) for one in PROSPECT}
    )


class Yours(Schema):
    """A choice of one's own, which is compared with the others."""

    incentive: _NAMED
    settings: Annotated[
        dict[str, str | Whole],
        Field(max_length=30, description="Rules of the incentive by name; amounts are strings of wei."),
    ] = {}  # noqa: RUF012


class AdviceRequest(_Prospect):
    """A question: the data, who is expected to come with how much, what must not happen.

    `csv` or `file` (a file's bytes in base64) takes the place of `dataset`. Every incentive that goes with the model
    and the data is simulated at some prices, without attackers and with each kind of them. Amounts here are in ether.
    """

    model_config = example(
        {
            "dataset": "made-up-reviews",
            "contributors": 10,
            "contributions": 100,
            "share": 0.2,
            "attackers": ["flipper"],
            "prices": [0.01],
            "seeds": 1,
        },
        oneOf=[has_strings(source) for source in ("dataset", "csv", "file")],
    )

    dataset: _NAMED | None = None
    csv: Annotated[str | None, Field(max_length=MAX_FILE)] = None
    file: Annotated[str | None, Field(max_length=MAX_FILE)] = None
    options: Annotated[
        dict[str, Annotated[str, Field(max_length=200)]],
        Field(max_length=8, description="How to read a file: text_column, label_column, separator, encoding."),
    ] = {}  # noqa: RUF012
    models: Annotated[
        list[_NAMED], Field(max_length=MOST_NAMED, description="Those to try; by default the first that fits.")
    ] = []  # noqa: RUF012
    attackers: Annotated[
        list[_NAMED] | None,
        Field(max_length=MOST_NAMED, description="Kinds of attackers, each on its own; by default the worst."),
    ] = None
    prices: Annotated[
        list[Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)]],
        Field(max_length=MOST_NAMED, description="In ether; by default some that fit the deposit."),
    ] = []  # noqa: RUF012
    yours: Yours | None = None

    @property
    def has_file(self) -> bool:
        """Whether it brings its data along."""
        return self.csv is not None or self.file is not None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if [self.dataset, self.csv, self.file].count(None) != 2:
            raise ValueError("give one of dataset, csv and file")
        return self


class AdviceShown(Schema):
    """How far advice is, and the answer once it is there."""

    id: str
    status: Status
    stage: Literal["data", "speed", "runs"] | None = Field(description="What it is at while it is running.")
    done: int = Field(description="Of the stage; runs in the last one.")
    total: int
    seconds_left: float | None = Field(description="At the rate so far.")
    error: str | None
    created_at: int
    result: dict[str, Any] | None = Field(
        description="`sentence`, `pool` (a request for `POST /v1/pools`), `candidates` with their figures, `left_out`, "
        "`cannot_promise`; see the guide."
    )
