"""The command `earnest simulate`; the top-level command finds it by its entry point.

Whatever takes long to import is imported inside, so that the other commands start without it.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

if TYPE_CHECKING:
    from simulations.metrics import Row

CACHE_FOLDER = Path("cache") / "datasets"


def simulate(
    out: Annotated[Path, typer.Option(help="Folder for runs.parquet, series.parquet and run.png.", show_default=False)],
    scenario: Annotated[str, typer.Option(help="A scenario's name, or the path of its TOML file.")] = "paper",
    num_words: Annotated[
        int | None, typer.Option(help="Words of the encoder; by default the scenario's.", show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all random draws.")] = 1,
    archive: Annotated[
        Path | None,
        typer.Option(envvar="EARNEST_IMDB_ARCHIVE", help="The official IMDB archive, aclImdb_v1.tar.gz."),
    ] = None,
    data_dir: Annotated[
        Path, typer.Option(envvar="EARNEST_DATA_DIR", help="Folder that keeps encoded reviews for the next time.")
    ] = Path("data"),
) -> None:
    """Simulate a scenario on the contracts' rules: agents contribute, claim, and gain or lose their money."""
    from app.core.errors import CoreError
    from simulations.errors import SimulationError

    try:
        _simulate(out, scenario, num_words, seed, archive, data_dir)
    except (CoreError, SimulationError) as error:
        Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(str(error))
        raise typer.Exit(1) from None


def _simulate(
    out: Path, scenario_name: str, num_words: int | None, seed: int, archive: Path | None, data_dir: Path
) -> None:
    from simulations import metrics, output, plot, run
    from simulations.data import load_task
    from simulations.scenario import load

    scenario = load(scenario_name)
    if num_words is not None:
        scenario = scenario.with_knobs(num_words=num_words)
    output.prepare_folder(out)

    console = Console()
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console) as progress:
        loading = progress.add_task("Reviews", total=1)
        data = load_task(scenario, archive, data_dir / CACHE_FOLDER)
        progress.update(loading, completed=1)
        running = progress.add_task("Contributions", total=len(data.stream.labels))
        outcome = run.simulate(scenario, data, seed, lambda accepted: progress.update(running, completed=accepted))
        progress.update(running, completed=outcome.observations[-1].accepted)

    row, series = metrics.row_of(scenario, data, seed, outcome), metrics.series_of(scenario, seed, outcome)
    output.write(
        out,
        {
            output.RUNS: output.parquet([row]),
            output.SERIES: output.parquet(series),
            output.FIGURE: plot.draw(scenario, row, series),
        },
    )
    console.print(_table(row, [group.name for group in scenario.agents]))
    console.print(f"Written to {out}: {output.RUNS}, {output.SERIES}, {output.FIGURE}", soft_wrap=True, highlight=False)


def _table(row: "Row", names: list[str]) -> Table:
    """The measures of one run, as they stand in its row."""
    table = Table(title=f"{row['scenario']}, {row['num_words']} words, seed {row['seed']}", title_justify="left")
    table.add_column("measure")
    table.add_column("value", justify="right")
    for measure in ("initial_accuracy", "final_accuracy", "baseline_accuracy", "accuracy_gap"):
        table.add_row(measure, f"{row[measure]:.4f}")
    depletion = row["depletion_day"]
    table.add_row("depletion_day", "never" if depletion is None else f"{depletion:.2f}")
    for name in names:
        table.add_row(f"{name}_balance", f"{row[f'{name}_balance']:,.2f}")
    table.add_row("accepted", f"{row['accepted']:,}")
    table.add_row("days", f"{row['days']:.2f}")
    return table
