"""`earnest simulate`: one scenario, one seed."""

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from earnest.core.incentives.registry import INCENTIVES
from earnest.data.recipe import Sources
from earnest.simulations import output, plot, run
from earnest.simulations.commands.console import bars, plainly
from earnest.simulations.data import load_task
from earnest.simulations.derived import as_derived
from earnest.simulations.engine.loop import Runner
from earnest.simulations.measures import MEASURES, Row, row_of, series_of
from earnest.simulations.scenario import OFF, Scenario, load
from earnest.simulations.task import Task


def simulate(
    out: Path, scenario_name: str, num_words: int | None, seed: int, sources: Sources, cache: Path, *, evm: bool
) -> None:
    """Run a scenario behind bars, write its files, and print its measures.

    Args:
        out: folder of the files.
        scenario_name: a scenario's name, or the path of its file.
        num_words: of the encoder; None for the scenario's.
        seed: of all draws.
        sources: where data sets are found.
        cache: folder of prepared data.
        evm: whether the contracts' bytecode runs, and not the compiled rules.

    Raises:
        CoreError: the scenario or its data are unfit.
        SimulationError: the folder cannot be used.
    """
    scenario = load(scenario_name)
    if num_words is not None:
        scenario = scenario.with_knobs(num_words=num_words)
    output.prepare_folder(out)

    console = Console()
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with bars(*columns, console=console) as progress:
        loading = progress.add_task("Reviews", total=1)
        task = load_task(scenario, sources, cache)
        scenario = as_derived(scenario, task)
        progress.update(loading, completed=1)
        running = progress.add_task("Contributions", total=len(task.stream.labels))
        outcome = run.simulate(
            scenario,
            task,
            seed,
            lambda accepted: progress.update(running, completed=accepted),
            runner=_evm_engine(scenario, task, seed) if evm else None,
        )
        progress.update(running, completed=outcome.observations[-1].accepted)

    row, series = row_of(scenario, task, seed, outcome), series_of(scenario, seed, outcome)
    output.write(
        out,
        {
            output.RUNS: output.parquet([row]),
            output.SERIES: output.parquet(series),
            output.FIGURE: plot.draw(scenario, row, series),
        },
    )
    console.print(_table(row, [group.name for group in scenario.agents]))
    plainly().print(f"Written to {out}: {output.RUNS}, {output.SERIES}, {output.FIGURE}")


def _evm_engine(scenario: Scenario, task: Task, seed: int) -> Runner:
    """Apart, because it needs pyrevm, which running does not install."""
    from earnest.simulations.engine.sealed_evm import evm_engine

    return evm_engine(scenario, task, seed, journal=scenario.scan != OFF)


def _table(row: Row, names: list[str]) -> Table:
    """The measures of one run, as they stand in its row; those of money only where somebody pays."""
    moves_money = INCENTIVES[row["incentive"]].moves_money
    incentive = "" if moves_money else f", incentive {row['incentive']}"
    title = f"{row['scenario']}{incentive}, {row['num_words']} words"
    table = Table(title=f"{title}, seed {row['seed']}", title_justify="left")
    table.add_column("measure")
    table.add_column("value", justify="right")
    for measure in MEASURES:
        if measure.form and (moves_money or not measure.money):
            for column in measure.columns(names):
                table.add_row(column, measure.shown(row[column]))
    return table
