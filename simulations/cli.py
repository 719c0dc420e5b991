"""The commands `earnest simulate`, `sweep`, `report`, `advise`, `tune`, `list`, found by entry points.

Whatever takes long to import is imported inside, so that the other commands start without it.
"""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from earnest.simulations.commands.console import plainly, told


class EngineName(StrEnum):
    """What runs the agents."""

    FAST = "fast"
    EVM = "evm"


class ListName(StrEnum):
    """What can be listed; `listing.LISTS` holds as many."""

    KNOBS = "knobs"
    MEASURES = "measures"
    DATASETS = "datasets"
    MODELS = "models"
    INCENTIVES = "incentives"
    BEHAVIOURS = "behaviours"
    SCENARIOS = "scenarios"


CACHE_FOLDER = Path("cache") / "datasets"
#: Characters of a list's lines that go to no terminal.
LISTED_WIDTH = 160

Archive = Annotated[
    Path | None,
    typer.Option(
        envvar="EARNEST_IMDB_ARCHIVE",
        help="The official IMDB archive, or Keras' imdb.npz: a path, or an address, with #sha256=HEX to check it.",
    ),
]
Data = Annotated[
    Path | None,
    typer.Option(help="Another data set: a CSV or Parquet file, or SpamAssassin's folder.", show_default=False),
]
DataDir = Annotated[
    Path, typer.Option(envvar="EARNEST_DATA_DIR", help="Folder that keeps prepared data for the next time.")
]


def simulate(
    out: Annotated[Path, typer.Option(help="Folder for runs.parquet, series.parquet and run.png.", show_default=False)],
    scenario: Annotated[str, typer.Option(help="A scenario's name, or the path of its TOML file.")] = "paper",
    num_words: Annotated[
        int | None, typer.Option(help="Words of the encoder; by default the scenario's.", show_default=False)
    ] = None,
    engine: Annotated[
        EngineName, typer.Option(help="fast: compiled rules; evm: the contracts' bytecode on pyrevm, slower.")
    ] = EngineName.FAST,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all random draws.")] = 1,
    archive: Archive = None,
    data: Data = None,
    data_dir: DataDir = Path("data"),
) -> None:
    """Simulate a scenario on the contracts' rules: agents contribute, claim, and gain or lose their money."""
    with told("A simulation"):
        from earnest.data.recipe import Sources
        from earnest.simulations.commands import simulate as command

        sources, cache = Sources(archive, data), data_dir / CACHE_FOLDER
        command.simulate(out, scenario, num_words, seed, sources, cache, evm=engine is EngineName.EVM)


def sweep(
    scenario: Annotated[
        str,
        typer.Argument(
            help="A scenario's name, the path of its TOML file, or a JSON file with scenario, axes and seeds."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder of the sweep; report reads it.", show_default=False)],
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", help="KNOB=VALUE,VALUE,...: one axis; by default the scenario's.", show_default=False),
    ] = None,
    seeds: Annotated[
        str | None, typer.Option(help="How many, or a list with commas; by default the scenario's.", show_default=False)
    ] = None,
    jobs: Annotated[int, typer.Option(min=0, help="Worker processes; 0 for one a core.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the sweep in --out.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Run a grid of very many runs.")] = False,
    cluster: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler, such as tcp://HOST:8786.", show_default=False)
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Run nothing; print as JSON what would be run.")] = False,
    time: Annotated[
        bool, typer.Option("--time", help="With --check: measure, too, how many seconds it takes in one process.")
    ] = False,
    progress: Annotated[
        Path | None, typer.Option(help="File to keep up to date, for other programs.", show_default=False)
    ] = None,
    archive: Archive = None,
    data: Data = None,
    data_dir: DataDir = Path("data"),
) -> None:
    """Run a scenario over every combination of values, under several seeds; each finished run is kept at once."""
    with told("A sweep"):
        from earnest.data.recipe import Sources
        from earnest.simulations.commands import sweep as command

        sources, cache = Sources(archive, data), data_dir / CACHE_FOLDER
        if check:
            command.check(scenario, set_ or [], seeds, sources, cache, yes=yes, time=time)
            return
        failed = command.sweep(
            scenario, out, set_ or [], seeds, jobs, sources, cache, progress,
            resume=resume, yes=yes, cluster=cluster,
        )  # fmt: skip
    if failed:
        raise typer.Exit(1)


def report(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Folders of sweeps, combined.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder of the report; by default `report` in the first.", show_default=False)
    ] = None,
    run: Annotated[
        int | None, typer.Option(help="Run of the first sweep whose balances are drawn.", show_default=False)
    ] = None,
) -> None:
    """Report on sweeps: one self-contained page with figures, intervals, tests and words; its PNG and CSV."""
    with told("A report"):
        from earnest.simulations.report.report import write_report

        place = out or folders[0] / "report"
        written = write_report(folders, place, run)
        plainly().print(f"Written to {place}: {', '.join(written)}")


def advise(
    data: Annotated[
        str,
        typer.Argument(
            help="A data set's name, the path of a file of samples, or a JSON file that says all that is asked."
        ),
    ],
    model: Annotated[
        str | None, typer.Option(help="Models to try, with commas; by default the first that takes the data.")
    ] = None,
    attackers: Annotated[
        str | None, typer.Option(help="Kinds of attackers, with commas; by default flipper,camouflage,poisoner,flash.")
    ] = None,
    share: Annotated[
        float | None, typer.Option(help="Part of the contributors that attacks: 0 to .4, by default .2.")
    ] = None,
    contributors: Annotated[int | None, typer.Option(help="People who contribute; by default 20.")] = None,
    contributions: Annotated[int | None, typer.Option(help="Contributions in all; by default 1000.")] = None,
    days: Annotated[int | None, typer.Option(help="Days in which they come; by default 30.")] = None,
    deposit: Annotated[
        float | None, typer.Option(help="ETH that one is ready to pay for a contribution; by default .05.")
    ] = None,
    budget: Annotated[float | None, typer.Option(help="ETH that each contributor has in all; by default 1.")] = None,
    mistakes: Annotated[
        float | None, typer.Option(help="Part of honest labels that are wrong by mistake; by default .01.")
    ] = None,
    price: Annotated[
        str | None, typer.Option(help="Prices to try, in ETH, with commas; by default some that fit the deposit.")
    ] = None,
    accuracy: Annotated[
        float | None, typer.Option(help="Accuracy at least; by default the best that there is.")
    ] = None,
    loss: Annotated[float | None, typer.Option(help="Part of honest deposits lost at most; by default .05.")] = None,
    profit: Annotated[float | None, typer.Option(help="ETH that all attackers gain at most; by default 0.")] = None,
    train_size: Annotated[int | None, typer.Option(help="Samples that the initial model learns from.")] = None,
    held_out_size: Annotated[int | None, typer.Option(help="Samples that measure the accuracy.")] = None,
    num_words: Annotated[int | None, typer.Option(help="Words of the encoder; by default 1000.")] = None,
    split_seed: Annotated[int | None, typer.Option(help="Seed of the draw of samples; by default 1.")] = None,
    text_column: Annotated[str | None, typer.Option(help="A file's column of texts.")] = None,
    label_column: Annotated[str | None, typer.Option(help="A file's column of labels.")] = None,
    separator: Annotated[str | None, typer.Option(help="What parts a CSV's fields.")] = None,
    encoding: Annotated[str | None, typer.Option(help="A text file's encoding.")] = None,
    seeds: Annotated[int | None, typer.Option(help="Draws of each choice; by default 5.")] = None,
    seed: Annotated[
        int | None, typer.Option(help="The first of their seeds, which fixes everything; by default 1.")
    ] = None,
    minutes: Annotated[float | None, typer.Option(help="Longest that the runs may take; by default 30.")] = None,
    jobs: Annotated[int, typer.Option(min=0, help="Worker processes; 0 for one a core.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="Folder for advice.json, pool.json and the runs; without it nothing is kept.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the runs in --out.")] = False,
    json_: Annotated[bool, typer.Option("--json", help="One JSON object, for other programs.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Run nothing; print as JSON what is asked, or why it cannot be.")
    ] = False,
    progress: Annotated[
        Path | None, typer.Option(help="File to keep up to date, for other programs.", show_default=False)
    ] = None,
    archive: Archive = None,
    data_file: Annotated[
        Path | None,
        typer.Option("--data", help="The file of samples, where DATA is a JSON file or a data set of files."),
    ] = None,
    data_dir: DataDir = Path("data"),
) -> None:
    """Which incentive and price to make a pool with: all are simulated, with and without attackers, beforehand.

    Ends with 0 where a choice meets all targets, with 3 where none does (the nearest is told), with 1 where it cannot
    be asked, with 130 where it was stopped.
    """
    with told("Advice"):
        from earnest.data.recipe import Sources
        from earnest.simulations.commands import advise as command

        options = {
            "text_column": text_column, "label_column": label_column, "separator": separator, "encoding": encoding,
        }  # fmt: skip
        members = {
            "options": {name: value for name, value in options.items() if value is not None} or None,
            "models": _listed(model), "attackers": _listed(attackers), "prices": command.prices(_listed(price)),
            "share": share, "contributors": contributors, "contributions": contributions, "days": days,
            "deposit": deposit, "budget": budget, "mistakes": mistakes, "accuracy": accuracy, "loss": loss,
            "profit": profit, "train_size": train_size, "held_out_size": held_out_size, "num_words": num_words,
            "split_seed": split_seed, "seeds": seeds, "seed": seed, "minutes": minutes,
        }  # fmt: skip
        given = {name: value for name, value in members.items() if value is not None}
        sources, cache = Sources(archive, data_file), data_dir / CACHE_FOLDER
        if check:
            command.check(data, given, sources, cache)
            return
        met = command.advise(data, given, out, jobs, sources, cache, progress, resume=resume, as_json=json_)
    if not met:
        raise typer.Exit(command.NONE_MEETS)


def _listed(text: str | None) -> list[str] | None:
    """What stands between commas; None where nothing was said."""
    return None if text is None else [part.strip() for part in text.split(",") if part.strip()]


def tune(
    study: Annotated[str, typer.Argument(help="A study's name, or the path of its TOML file.")],
    out: Annotated[Path, typer.Option(help="Folder for trials.csv, found.json and front.png.", show_default=False)],
    trials: Annotated[
        int | None, typer.Option(help="Combinations to try; by default the study's.", show_default=False)
    ] = None,
    report: Annotated[
        bool,
        typer.Option(
            "--report",
            help="Search nothing: tell what the worlds come to as they are, and which bars they reach (report.csv).",
        ),
    ] = False,
    archive: Archive = None,
    data: Data = None,
    data_dir: DataDir = Path("data"),
) -> None:
    """Search parameters for several ends at once: chosen on one split of the data, reported on others."""
    with told("A study"):
        from earnest.data.recipe import Sources
        from earnest.simulations.commands import tune as command

        sources, cache = Sources(archive, data), data_dir / CACHE_FOLDER
        met = command.report(study, out, sources, cache) if report else command.tune(study, out, trials, sources, cache)
    if not met:
        raise typer.Exit(1)


def list_(
    what: Annotated[ListName, typer.Argument(help="What to list.", show_default=False)],
    json_: Annotated[bool, typer.Option("--json", help="One JSON array, for other programs.")] = False,
) -> None:
    """List what there is to set and to choose from: knobs, measures, data sets, and so on, guests' included."""
    with told("A list"):
        from earnest.simulations.listing import LISTS, REGISTRIES

        rows = LISTS[what.value]()
        refused = REGISTRIES[what.value].refused() if what.value in REGISTRIES else {}
        if json_:
            typer.echo(json.dumps(rows))
        else:
            # a schema is for programs
            columns = [
                name
                for name, first in rows[0].items()
                if any(row[name] not in ("", None) for row in rows) and not isinstance(first, dict)
            ]
            table = Table(box=SIMPLE, pad_edge=False)
            for column in columns:
                # a name that is cut or broken cannot be typed
                table.add_column(column, no_wrap=column == "name", overflow="fold")
            for row in rows:
                table.add_row(*("" if row[column] is None else str(row[column]) for column in columns))
            console = Console(highlight=False)
            if not console.is_terminal:
                # in a file or a pipe there is no edge to keep to
                console.width = max(console.width, LISTED_WIDTH)
            console.print(table, markup=False)
        for sentence in refused.values():
            plainly(stderr=True).print(sentence)
