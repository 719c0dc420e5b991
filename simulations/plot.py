"""The published figure: balances and accuracy over simulated days."""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from earnest.simulations.agents.registry import BEHAVIOURS
from earnest.simulations.colours import ACCURACY, HARMFUL, HONEST, INK_2
from earnest.simulations.measures import Row
from earnest.simulations.picture import Picture, picture
from earnest.simulations.scenario import Scenario

_ACCURACY = ACCURACY
_BASELINE = INK_2
#: Blue kept faith, as on the pages; further groups are shades of it.
_HARMLESS = (HONEST, "#5A8FE6", "#25367B", "#029DB9")
_HARMFUL = (HARMFUL, "#C87A30", "#8A2B05", "#E0764B")


def draw(scenario: Scenario, row: Row, series: list[Row]) -> Picture:
    """The figure of one run: accuracy on the left axis, each group's balance on the right one, if anybody pays.

    Args:
        scenario: of the run.
        row: see `measures.row_of`.
        series: see `measures.series_of`.
    """
    figure = Figure(figsize=(9, 5.4), dpi=150, layout="constrained")
    accuracy: Axes = figure.subplots()
    days = [seen["day"] for seen in series]

    lines: list[Any] = []
    moves_money = scenario.terms.moves_money
    if moves_money:
        balance = accuracy.twinx()
        lines += _draw_balances(balance, scenario, row, days, series)
        # the accuracy lies over the balances
        accuracy.set_zorder(balance.get_zorder() + 1)
        accuracy.patch.set_visible(False)
    else:
        accuracy.spines["right"].set_visible(False)
    measured = [seen for seen in series if seen["measured"]]
    lines += accuracy.plot(
        [seen["day"] for seen in measured],
        [seen["accuracy"] for seen in measured],
        color=_ACCURACY,
        linewidth=1.8,
        label="Accuracy on the test set",
    )
    lines.append(
        accuracy.axhline(
            row["baseline_accuracy"],
            color=_BASELINE,
            linewidth=1.2,
            linestyle=(0, (1, 1.5)),
            label=f"Accuracy had all been honest: {row['baseline_accuracy']:.1%}",
        )
    )

    accuracy.set_xlim(0, days[-1])
    accuracy.set_ylim(*_accuracy_limits(row, series))
    accuracy.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    accuracy.yaxis.set_major_formatter(PercentFormatter(1))
    accuracy.set_xlabel("Simulated days")
    accuracy.set_ylabel("Accuracy")
    accuracy.grid(alpha=0.25, linewidth=0.6)
    accuracy.spines["top"].set_visible(False)
    figure.suptitle(
        "Balances and accuracy" if moves_money else "Accuracy", x=0.02, ha="left", fontsize=14, fontweight="bold"
    )
    incentive = "" if moves_money else f", incentive {scenario.incentive}"
    accuracy.set_title(
        f"scenario {scenario.name}{incentive}, {scenario.num_words:,} words, seed {row['seed']}",
        loc="left",
        fontsize=10,
    )
    figure.legend(handles=lines, loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    return picture(figure)


def _draw_balances(axes: Axes, scenario: Scenario, row: Row, days: list[float], series: list[Row]) -> list[Any]:
    lines: list[Any] = []
    harmless, harmful = iter(_HARMLESS * len(scenario.agents)), iter(_HARMFUL * len(scenario.agents))
    for group in scenario.agents:
        harms = BEHAVIOURS[group.behaviour].harms
        color = next(harmful if harms else harmless)
        who = f"Balance of {group.name}" + (f" ({group.count} agents)" if group.count > 1 else "")
        depleted = row[f"{group.name}_depletion_day"]
        if depleted is not None:
            who += f", below 1 % on day {depleted:.1f}"
            axes.plot([depleted], [0], marker="o", markersize=7, color=color, clip_on=False, linestyle="none")
        lines += axes.plot(
            days,
            [seen[f"{group.name}_balance"] for seen in series],
            color=color,
            linewidth=1.6,
            linestyle="--" if harms else "-.",
            label=who,
        )
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_formatter(lambda coins, _: f"{coins:,.0f}")
    axes.set_ylabel("Balance in coins")
    axes.spines["top"].set_visible(False)
    return lines


def _accuracy_limits(row: Row, series: list[Row]) -> tuple[float, float]:
    """Room around all accuracies, on whole steps of 5 %."""
    shown = [seen["accuracy"] for seen in series] + [row["baseline_accuracy"]]
    low, high = int(min(shown) * 20), int(max(shown) * 20) + 1
    return max(0.0, (low - 1) / 20), min(1.0, (high + 1) / 20)
