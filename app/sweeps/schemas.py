"""Requests and answers about sweeps; times here are seconds of the machine's clock, not of the chain's."""

import json
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from earnest.web.schemas import Name, Schema, example

#: Longest request, in characters of JSON.
MAX_REQUEST = 200_000

Status = Literal["queued", "running", "finished", "failed", "cancelled"]
Seed = Annotated[int, Field(ge=0, le=2**63 - 1)]


class SweepRequest(Schema):
    """A sweep: every combination of the axes' values, under every seed.

    `scenario` is the name of one that ships (`paper`, `num-words`, ...) or a table of knobs, which may take over those
    of another with `base`; `GET /v1/sweeps/knobs` lists them. It names no file: the data are the operator's. `axes` and
    `seeds` are the scenario's own where they are left out.
    """

    model_config = example(
        {
            "name": "More words, a quarter of the samples known",
            "scenario": {
                "base": "paper",
                "description": "One honest and one label-flipping agent on made-up texts.",
                "dataset": "synthetic",
                "train_size": 600,
                "test_size": 300,
                "initial_share": 0.25,
            },
            "axes": {"num_words": [60, 100], "good.deposit_mean": [20, 50]},
            "seeds": 2,
        }
    )

    name: Annotated[
        Name | None,
        Field(description="For people; not unique."),
    ] = None
    scenario: Annotated[str, Field(max_length=80)] | dict[str, Any]
    axes: Annotated[
        dict[str, list[Any]] | list[str] | None,
        Field(max_length=30, description="Knobs with their values; or lines KNOB=VALUE,VALUE,... as for the command."),
    ] = None
    seeds: Annotated[int, Field(ge=1, le=100_000)] | Annotated[list[Seed], Field(max_length=100_000)] | None = None

    @model_validator(mode="after")
    def _is_plain(self) -> Self:
        try:
            text = json.dumps(self.model_dump(), allow_nan=False)
        except ValueError:
            raise ValueError("numbers must be finite") from None
        if len(text) > MAX_REQUEST:
            raise ValueError(f"the request has {len(text):,} characters; at most {MAX_REQUEST:,} are taken")
        if "\\u0000" in text:
            # PostgreSQL stores no such text
            raise ValueError("a text holds a NUL character; remove it")
        return self


class KnobShown(Schema):
    """Something that a scenario sets or a sweep varies."""

    name: str = Field(description="As in a scenario's table, in `axes`, and in the columns of rows.")
    of: str = Field(description="What it belongs to: scenario, agents, or what of a data set, model, and so on has it.")
    values: str = Field(description="What it can be, in words.")
    json_schema: dict[str, Any] = Field(description="What it can be, as a JSON schema.")
    unit: str
    default: str | int | float | None
    words: str
    money: bool = Field(description="Whether it plays no part where nobody pays.")


class ScenarioShown(Schema):
    """A scenario that ships."""

    name: str
    axes: str = Field(description="What it compares by itself.")
    runs: int = Field(description="With its own axes and seeds.")
    words: str


class Expected(Schema):
    """What a sweep would take."""

    runs: int
    minutes: float = Field(description="On this machine, by some of its runs.")
    processes: int = Field(description="Runs that are made at once.")
    too_many: bool = Field(description="Whether this service takes no sweep of so many runs.")


class SweepName(NamedTuple):
    """A sweep to choose."""

    id: str
    name: str


class SweepShown(Schema):
    """A sweep and how far it is."""

    id: str
    name: str
    scenario: str
    description: str
    axes: dict[str, list[Any]]
    seed_count: int
    status: Status
    stage: Literal["data", "runs", "report"] | None = Field(description="What a running sweep is at.")
    runs: int = Field(description="Runs in all.")
    done: int = Field(description="Runs that came to an end, failed ones included.")
    failed_runs: int = Field(description="Runs that came to nothing; known at the end.")
    seconds_left: float | None = Field(description="At the rate so far.")
    error: str | None
    report: bool = Field(description="Whether the report is there.")
    notes: list[str] = Field(description="What to write otherwise by the next release: old names that still answer.")
    created_at: int
    started_at: int | None
    finished_at: int | None


class SweepDetail(SweepShown):
    """A sweep with what was asked for, and the files that can be had."""

    seeds: list[int]
    request: dict[str, Any]
    files: list[str]
