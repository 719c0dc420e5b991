"""`earnest advise`: what to make a pool with, as simulations tell it; or what would be run.

What takes long to import is imported inside: a check says in JSON that a library is missing, too.
"""

import json
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from earnest.core.errors import CoreError
from earnest.core.models.formats.sample_format import NUMBERS, TEXT
from earnest.core.models.registry import MODELS
from earnest.core.strict_json import parse
from earnest.data.own.options import Options
from earnest.data.own.reading import rows_of
from earnest.data.recipe import Sources
from earnest.data.registry import DATASETS
from earnest.extras import needed
from earnest.simulations.commands.console import bars, plainly
from earnest.simulations.errors import AdviceError, SimulationError

if TYPE_CHECKING:
    from earnest.simulations.advise.advice import Advice, Prepared
    from earnest.simulations.sweep.progress import ProgressFile

#: Largest question that is read from a file, in bytes.
MAX_QUESTION = 200_000
#: Ends the command where nothing meets all targets: an answer, and not the one that was hoped for.
NONE_MEETS = 3
#: Characters of the table's lines that go to no terminal.
LISTED_WIDTH = 200


def question_table(data: str, given: dict[str, Any], source: Path | None) -> tuple[dict[str, Any], Path | None]:
    """A question's table and the file that it is about.

    Args:
        data: name of a data set, the path of a file of samples, or of a question as JSON.
        given: members that are set by options.
        source: the file of samples where the question is a file.

    Raises:
        AdviceError: there is no such data set and no such file, or the file is no question.
        DatasetError: the samples cannot be read.
    """
    if data.endswith(".json"):
        if given:
            raise AdviceError(f"{data} says all that is asked: leave {', '.join(sorted(given))} out.")
        table = _read(Path(data))
        if "dataset" not in table and source is not None:
            table = {"dataset": own_set(source, table)} | table
        return table, source
    if data in DATASETS:
        return {"dataset": data} | given, source
    path = Path(data)
    if not path.is_file():
        raise AdviceError(
            f"{data!r} is neither a data set nor a file: name one of {', '.join(DATASETS)}, or give the path of a file "
            "of samples."
        )
    return {"dataset": own_set(path, given)} | given, path


def own_set(path: Path, given: dict[str, Any]) -> str:
    """The data set that a file of one's own is: of texts where it has that column, else of numbers.

    Raises:
        DatasetError: it cannot be read.
        AdviceError: no data set is of such files.
    """
    options = Options.of(given.get("options") or {})
    if models := given.get("models"):
        gives = MODELS[models[0]].FORMAT.TAKES if models[0] in MODELS else TEXT
    else:
        gives = TEXT if options.text_column in rows_of(path, options, all_columns=True).columns else NUMBERS
    for name, dataset in DATASETS.items():
        knobs = {knob.name for knob in dataset.knobs}
        if dataset.needs == "data" and dataset.gives == gives and "label_column" in knobs:
            return name
    raise AdviceError(f"No data set takes a file of {gives}.")


def _read(path: Path) -> dict[str, Any]:
    try:
        table = parse(path.read_bytes(), max_bytes=MAX_QUESTION)
    except (OSError, ValueError) as error:
        raise AdviceError(
            f"{path} is no readable question ({error}): give an object such as {{'dataset': ...}}."
        ) from None
    if not isinstance(table, dict):
        raise AdviceError(f"{path} is no question: give an object.")
    return table


def prices(listed: list[str] | None) -> list[float] | None:
    """Numbers of texts.

    Raises:
        AdviceError: one is none.
    """
    try:
        return None if listed is None else [float(one) for one in listed]
    except ValueError:
        raise AdviceError(
            f"--price {','.join(listed or ())[:60]!r} must be numbers with commas, such as 0.001,0.01."
        ) from None


def check(data: str, given: dict[str, Any], sources: Sources, cache: Path) -> None:
    """Print how the samples would be shared out, or why nothing can be asked of them, as JSON; runs nothing."""
    try:
        with needed("simulations", "Advice"):
            from earnest.data.cache import ArrayCache
            from earnest.simulations.advise.question import question_of
            from earnest.simulations.advise.samples import models_of, sizes_of
            from earnest.simulations.advise.world import base_of
            from earnest.simulations.data import require_source

            table, path = question_table(data, given, sources.data)
            question, sources = question_of(table), sources._replace(data=path)
            sizes = sizes_of(question, sources, ArrayCache(cache))
            for model in models_of(question, sizes.classes):
                require_source(base_of(question, model, sizes), sources, cache)
            typer.echo(json.dumps({"question": question.told(), "samples": sizes._asdict()}))
    except (CoreError, SimulationError) as error:
        typer.echo(json.dumps({"kind": type(error).__name__, "error": str(error)}))
        raise


def advise(
    data: str,
    given: dict[str, Any],
    out: Path | None,
    jobs: int,
    sources: Sources,
    cache: Path,
    progress_file: Path | None,
    *,
    resume: bool,
    as_json: bool,
) -> bool:
    """Answer a question and tell the answer; whether what is to be taken meets all targets.

    Args:
        data: see `question_table`.
        given: see `question_table`.
        out: folder of the runs and the answer; None to keep neither.
        jobs: worker processes; 0 for one a core.
        sources: where the data are.
        cache: folder of prepared data.
        progress_file: kept up to date, for other programs.
        resume: whether to go on with the runs in `out`.
        as_json: whether the answer is printed as JSON.
    """
    from earnest.simulations import output

    if out is not None:
        output.prepare_folder(out)
    try:
        advice, answer = _kept(data, given, out, jobs, sources, cache, progress_file, resume=resume, quiet=as_json)
    except KeyboardInterrupt:
        kept = f"finished runs are kept in {out}: go on with --resume" if out is not None else "nothing is kept"
        plainly(stderr=True).print(f"Stopped; {kept}.")
        raise typer.Exit(130) from None
    if as_json:
        typer.echo(json.dumps(answer, allow_nan=False))
    else:
        _tell(answer, out)
    for run in advice.outcome.failed:
        plainly(stderr=True).print(f"Run {run['run']} ({run['label']}, seed {run['seed']}) failed: {run['reason']}.")
    return advice.meets


def _kept(
    data: str,
    given: dict[str, Any],
    out: Path | None,
    jobs: int,
    sources: Sources,
    cache: Path,
    progress_file: Path | None,
    *,
    resume: bool,
    quiet: bool,
) -> tuple["Advice", dict[str, Any]]:
    """The answer, and as a table, which is written whole or not at all; without a folder nothing stays."""
    from earnest.simulations import output
    from earnest.simulations.advise.told import ADVICE, POOL, told
    from earnest.simulations.sweep.progress import ProgressFile

    with (
        ProgressFile(progress_file) if progress_file else nullcontext() as watcher,
        nullcontext(out) if out is not None else tempfile.TemporaryDirectory(prefix="earnest-advice-") as folder,
    ):
        advice = _answered(data, given, Path(folder), jobs, sources, cache, watcher, resume=resume, quiet=quiet)
        answer = told(advice)
        if out is not None:
            files = {ADVICE: answer, POOL: answer["pool"]}
            output.write(out, {name: _json(content) for name, content in files.items()})
        if watcher is not None:
            watcher.finish(advice.outcome)
    return advice, answer


def _json(content: dict[str, Any]) -> bytes:
    return (json.dumps(content, indent=1, allow_nan=False) + "\n").encode()


def _answered(
    data: str,
    given: dict[str, Any],
    folder: Path,
    jobs: int,
    sources: Sources,
    cache: Path,
    watcher: "ProgressFile | None",
    *,
    resume: bool,
    quiet: bool,
) -> "Advice":
    """The answer, behind a bar for each stage."""
    from earnest.simulations.advise import advice
    from earnest.simulations.advise.question import question_of
    from earnest.simulations.sweep.workers import LocalWorkers, workers_of

    table, path = question_table(data, given, sources.data)
    question, sources = question_of(table), sources._replace(data=path)
    workers = workers_of(jobs, None)
    processes = workers.count if isinstance(workers, LocalWorkers) else 1
    said = plainly(stderr=quiet)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with bars(*columns, TextColumn("left"), TimeRemainingColumn(), console=Console(stderr=quiet)) as shown:
        tasks: dict[str, TaskID] = {}

        def progress(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = shown.add_task(stage, total=total, completed=done)
            shown.update(tasks[stage], completed=done)
            if watcher is not None:
                watcher(stage, done, total)

        def expecting(runs: int, minutes: float) -> None:
            on = f"{processes} process{'es' if processes > 1 else ''}"
            said.print(f"{runs:,} runs of {len(prepared.candidates)} choices, {_minutes(minutes)} on {on}.")

        prepared: Prepared = advice.prepare(question, sources, cache, progress)
        return advice.advise(
            prepared, sources, cache, folder, workers, progress, expecting, processes=processes, resume=resume
        )


def _minutes(minutes: float) -> str:
    return "less than a minute" if minutes < 1 else f"about {minutes:.0f} minute{'' if round(minutes) == 1 else 's'}"


def _tell(answer: dict[str, Any], out: Path | None) -> None:
    """The answer on a terminal."""
    say = plainly()
    say.print(answer["sentence"])
    console = Console(highlight=False)
    if not console.is_terminal:
        # in a file or a pipe there is no edge to keep to
        console.width = max(console.width, LISTED_WIDTH)
    console.print(_table(answer), markup=False)
    say.print("A star: what to take, or the nearest. Each number where it is worst, in brackets its 95 % interval.")
    for one in answer["left_out"]:
        say.print(f"Left out: {one['incentive']} with {one['model']}. {one['reason']}")
    say.print("\nThe pool, as `earnest pool create NAME --request FILE` and POST /v1/pools take it:")
    say.print(json.dumps(answer["pool"], indent=1))
    say.print("\nWhat this cannot promise:")
    for sentence in answer["cannot_promise"]:
        say.print(f"- {sentence}")
    if out is not None:
        say.print(f"\nWritten to {out}: advice.json, pool.json, runs.parquet")


def _table(answer: dict[str, Any]) -> Table:
    several = len({one["model"] for one in answer["candidates"]}) > 1
    table = Table(box=SIMPLE, pad_edge=False)
    money = "profit of honest, ETH", "profit of attackers, ETH", "locked, ETH"
    heads = ("", "choice", *(["model"] if several else []), "meets", "accuracy", "honest deposits lost", *money)
    for name in (*heads, "attackers depleted, day"):
        # a name that is broken is read as two
        table.add_column(name, no_wrap=name == "choice", overflow="fold")
    for place, one in enumerate(answer["candidates"]):
        worst = one["worst"]
        row = ["*" if place == answer["best"] else "", one["name"], *([one["model"]] if several else [])]
        row.append("all" if one["meets"] else f"misses {len(one['misses'])}")
        for name in ("final_accuracy", "honest_loss_share", "profit_of_others", "profit_of_harmful", "locked"):
            row.append(_figure(worst[name]) if name in worst else "-")
        row.append("; ".join(f"{kind} {day}" for kind, day in one["depleted"].items()) or "never")
        table.add_row(*row)
    return table


def _figure(found: dict[str, Any]) -> str:
    return f"{' '.join(part for part in (found['text'], found['behind']) if part)}, {found['under']}"
