"""Questions on a small file, and runs that are made up from what they are of: no engine is compiled."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from earnest.core.incentives.registry import INCENTIVES
from earnest.data.recipe import Sources
from earnest.simulations.advise.advice import Advice, Prepared, advise, prepare
from earnest.simulations.advise.question import question_of
from earnest.simulations.sweep.job import Failed, Finished, Job
from earnest.simulations.sweep.retrying import Execute, Result

WORDS = ("dull", "poor", "bad", "weak"), ("fine", "great", "good", "rich")


def samples(path: Path, rows: int = 240, text: str = "text", label: str = "label") -> Path:
    """A file of texts of two classes, each told by its words."""
    lines = [f"{text},{label}"]
    for number in range(rows):
        own = WORDS[number % 2]
        lines.append(f"{own[number % 4]} {own[number // 4 % 4]} film number {number},{number % 2}")
    path.write_text("\n".join(lines) + "\n")
    return path


def table(**members: Any) -> dict[str, Any]:
    """A question on such a file."""
    asked = {"dataset": "file", "num_words": 40, "seeds": 2, "contributions": 60, "attackers": ["flipper", "flash"]}
    return asked | members


def asked(folder: Path, **members: Any) -> Prepared:
    """A question whose data are read."""
    source = Sources(None, samples(folder / "own.csv"))
    return prepare(question_of(table(**members)), source, folder / "cache", lambda *_: None)


class Here:
    """Carries runs out in this process."""

    def run(self, jobs: Sequence[Job], execute: Execute) -> Iterator[Result]:
        """See `Workers`."""
        return map(execute, jobs)


#: What a run comes to where nothing else is said: measures by column.
Made = Callable[[Job], dict[str, Any] | str]


def made(job: Job) -> dict[str, Any] | str:
    """Sealed pools are as good as at the start, others lose accuracy and deposits where somebody attacks."""
    attacked = any(group.count for group in job.scenario.agents if group.name == "bad")
    sealed = INCENTIVES[job.scenario.incentive].is_sealed
    accuracy = 0.9 if sealed or not attacked else 0.7
    lost = 0.0 if sealed else 0.2
    return {
        "final_accuracy": accuracy + 0.001 * (job.seed % 2), "initial_accuracy": 0.9, "honest_loss_share": lost,
        "profit_of_others": -1000.0 * lost, "profit_of_harmful": -2_000_000.0 if attacked else None,
        "locked_share": 0.1, "depletion_day": None, "accepted": 60,
    }  # fmt: skip


def executing(made: Made = made) -> Execute:
    """Runs that come to what is made up; a text is the reason of one that came to nothing."""

    def execute(job: Job) -> Finished | Failed:
        told = made(job)
        if isinstance(told, str):
            return Failed(job.number, told)
        return Finished(job.number, job.scenario.flat() | {"seed": job.seed} | told, None)

    return execute


def answered(folder: Path, prepared: Prepared, execute: Execute | None = None, **options: Any) -> Advice:
    """The answer by made-up runs."""
    # where the data of the usual question are, is told by the files that were prepared
    (files,) = prepared.files.values()
    cache = files.features.parent
    return advise(
        prepared, Sources(None, cache.parent / "own.csv"), cache, folder / "out", options.pop("workers", Here()),
        options.pop("progress", lambda *_: None), options.pop("expecting", lambda *_: None),
        execute=execute or executing(), **options,
    )  # fmt: skip
