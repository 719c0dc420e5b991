"""`earnest tune`: a study from its file to its trials, its front, its choice, and what that comes to on other data."""

import csv
import io
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from earnest.data.recipe import Sources
from earnest.extras import needed
from earnest.simulations import output
from earnest.simulations.commands.console import bars, plainly
from earnest.simulations.errors import SweepError
from earnest.simulations.tune import bars as held
from earnest.simulations.tune.study import MAX_TRIALS, Study, load_study
from earnest.simulations.tune.worlds import Worlds, told

TRIALS, FOUND, FIGURE, REPORT = "trials.csv", "found.json", "front.png", "report.csv"


def tune(name: str, out: Path, trials: int | None, sources: Sources, cache: Path) -> bool:
    """Carry a study out behind a bar, write its files, and tell its choice; whether a trial met all bars.

    Args:
        name: of a study that ships, or the path of its file.
        out: folder of the files.
        trials: to make; None for the study's.
        sources: where data sets are found.
        cache: folder of prepared data.

    Raises:
        ExtraMissing: Optuna is not installed.
        CoreError: the data are missing or unfit.
        SimulationError: the study is unfit, a run came to nothing, or the folder cannot be used.
    """
    study = load_study(name)
    if trials is not None:
        if not 1 <= trials <= MAX_TRIALS:
            raise SweepError(f"--trials is {trials}; it must be from 1 to {MAX_TRIALS:,}.")
        study = replace(study, trials=trials)
    if not study.trials:
        raise SweepError(f"Study {study.name} searches nothing: pass --report.")
    with needed("tune", "A study"):
        from earnest.simulations.tune import figure, search

    output.prepare_folder(out)
    worlds = Worlds(study, sources, cache)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with bars(*columns, TextColumn("left"), TimeRemainingColumn(), console=Console()) as shown:
        task = shown.add_task("Trials", total=study.trials)
        tried = search.searched(study, worlds, lambda done: shown.update(task, completed=done))
        choice = search.chosen(study, tried)
        found = {"as it was": told(study, worlds, tried[0].knobs)}
        if choice is not None:
            found["chosen"] = told(study, worlds, choice.knobs)
    record = {
        "study": study.name,
        "trials": study.trials,
        "chosen": None if choice is None else asdict(choice),
        "reported": {what: [asdict(one) for one in ones] for what, ones in found.items()},
    }
    output.write(
        out,
        {
            TRIALS: _table_of(study, [asdict(one) for one in tried]),
            FOUND: json.dumps(record, indent=1, default=dict).encode(),
            FIGURE: figure.draw(study, tried, choice),
        },
    )
    _tell(study, found, len(tried), sum(one.met for one in tried), out)
    return choice is not None


def report(name: str, out: Path, sources: Sources, cache: Path) -> bool:
    """Play a study's worlds as they are on its splits of the report, and tell which bars they reach; whether all.

    Args:
        name: of a study that ships, or the path of its file.
        out: folder of `report.csv`.
        sources: where data sets are found.
        cache: folder of prepared data.

    Raises:
        CoreError: the data are missing or unfit.
        SimulationError: the study is unfit, a run came to nothing, or the folder cannot be used.
    """
    study = load_study(name)
    output.prepare_folder(out)
    found = told(study, Worlds(study, sources, cache), {})
    rows = held.rows_of(study, found)
    output.write(out, {REPORT: held.as_csv(rows)})
    for split, one in zip(study.splits, found, strict=True):
        batch = held.batch_accuracy(study, split, sources, cache)
        table = Table(title=f"{split}; batch logistic regression {batch:.4f}", title_justify="left")
        for column in ("world", "measure", "mean and 95 % interval", "bar", ""):
            table.add_column(column)
        for row in rows:
            if row.split == split:
                table.add_row(row.world, row.measure, row.shown, row.wanted, row.verdict)
        plainly().print(table)
        for sentence in held.parameters_of(one):
            plainly().print(sentence)
    missed = [row for row in rows if row.verdict == held.MISSED]
    reached = sum(row.verdict == held.REACHED for row in rows)
    plainly().print(f"{reached} bars are reached and {len(missed)} missed; {REPORT} is in {out}.")
    return not missed


def _table_of(study: Study, tried: list[dict[str, Any]]) -> bytes:
    knobs, wishes, limits = [one.knob for one in study.search], study.objectives, study.bars
    with io.StringIO(newline="") as file:
        writer = csv.writer(file)
        names = [wish.name for wish in wishes] + [f"{bar.name} ({bar.bar:g})" for bar in limits]
        writer.writerow(["trial", *knobs, *names, "meets all bars", "on the front"])
        for one in tried:
            # knobs that do not go together were not played
            values = [*one["objectives"], *one["bars"]] or [""] * len(names)
            writer.writerow(
                [one["number"], *(one["knobs"].get(knob, "") for knob in knobs), *values, one["met"], one["on_front"]]
            )
        return file.getvalue().encode()


def _tell(study: Study, told: dict[str, list[Any]], trials: int, meeting: int, out: Path) -> None:
    table = Table(title=f"On {len(study.reported_on)} splits that the search never saw, mean of all runs")
    table.add_column("")
    for what in told:
        table.add_column(what, justify="right")
    for one in study.search:
        table.add_row(one.knob, *(str(ones[0].knobs[one.knob]) for ones in told.values()))
    for wish in dict.fromkeys((*study.bars, *study.objectives)):
        bar = "" if wish.bar is None else f" ({'at least' if wish.goal == 'maximize' else 'at most'} {wish.bar:g})"
        if wish.bar is None and any(wish.name == other.name for other in study.bars):
            continue
        means = [np.mean([value for one in ones for value in one.values[wish.name]]) for ones in told.values()]
        table.add_row(wish.name + bar, *(f"{mean:.4g}" for mean in means))
    plainly().print(table)
    plainly().print(f"{meeting} of {trials} trials meet all bars; {TRIALS}, {FOUND} and {FIGURE} are in {out}.")
