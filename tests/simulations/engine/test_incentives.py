"""The incentives' functions by number, and guests among them: one with windows of its own, and one that is broken."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from earnest.core.incentives.base import SIGNATURES
from earnest.core.incentives.ledger import totals_of
from earnest.core.incentives.points import POINTS
from earnest.core.incentives.registry import INCENTIVES
from earnest.core.incentives.self_assessment import SELF_ASSESSMENT
from earnest.simulations.agents.streams import AgentStreams
from earnest.simulations.engine import fast, incentives, loop
from earnest.simulations.engine.evm import EvmEngine
from earnest.simulations.engine.world import new_state, start_balances, world_of
from earnest.simulations.errors import EngineError
from earnest.simulations.scenario import Scenario
from earnest.simulations.task import Task
from tests.simulations.engine.test_fast import PlainLoop, open_contributions

#: An incentive whose reports open an hour later than refunds, and one whose function nobody can compile.
GUESTS = """
import dataclasses

from earnest.core.compilable import compilable
from earnest.core.incentives.refusals import OK, TOO_EARLY
from earnest.core.incentives.self_assessment import SELF_ASSESSMENT

_later = SELF_ASSESSMENT.kernels


@compilable
def report_window(p, totals, time, now):
    return time + p[2] + 3601, time + p[3]


@compilable
def report_refusal(p, totals, now, time, is_open, is_author, verified, has_reported, agrees):
    code = _refused(p, totals, now, time, is_open, is_author, verified, has_reported, agrees)
    return TOO_EARLY if code == OK and now < time + p[2] + 3601 else code


_refused = SELF_ASSESSMENT.kernels.report_refusal

LATER = dataclasses.replace(
    SELF_ASSESSMENT,
    name="later-reports",
    contract=None,
    gas={},
    kernels=SELF_ASSESSMENT.kernels._replace(report_window=report_window, report_refusal=report_refusal),
)


def price(p, elapsed):
    return {"of": sum(int(digit) for digit in str(elapsed))}["of"]


BROKEN = dataclasses.replace(
    LATER, name="broken-price", kernels=SELF_ASSESSMENT.kernels._replace(price_rounded_down=price)
)
"""


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package of somebody else's."""
    (tmp_path / "someones_rules.py").write_text(GUESTS)
    info = tmp_path / "someones_rules-2.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: someones-rules\nVersion: 2.1\n")
    (info / "entry_points.txt").write_text(
        "[earnest.incentives]\nlater-reports = someones_rules:LATER\nbroken-price = someones_rules:BROKEN\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    INCENTIVES.forget_guests()
    yield
    monkeypatch.undo()
    INCENTIVES.forget_guests()


def test_functions_by_number_are_those_of_the_incentive_of_that_number() -> None:
    for terms in (SELF_ASSESSMENT.terms(1, 1, 10, 20, 7, 0), POINTS.terms(10, 20)):
        number, numbers = incentives.number_of(terms.incentive.name), terms.numbers
        assert incentives.price_rounded_down(number, numbers, 5) == terms.price_after(5)
        assert incentives.refund_window(number, numbers, totals_of(0), 100, 0) == (111, 120)
        assert bool(incentives.burns_leftover(number, numbers)) == terms.burns_leftover
    assert {name for name in SIGNATURES if not callable(getattr(incentives, name))} == set()


def test_functions_of_ours_compile() -> None:
    assert [incentives.problem_of(one) for one in (SELF_ASSESSMENT, POINTS)] == [None, None]


def test_function_of_another_type_is_told() -> None:
    wrong = dataclasses.replace(POINTS, kernels=POINTS.kernels._replace(price_rounded_down=lambda p, elapsed: 0.5))
    assert incentives.problem_of(wrong) == (
        "its function price_rounded_down answers float64; it must answer a whole number."
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.usefixtures("installed")
def test_guest_whose_reports_open_later_does_what_a_plain_loop_over_the_twin_does(
    scenario: Scenario, task: Task, seed: int
) -> None:
    scenario = scenario.with_knobs(incentive="later-reports", leftover="anyone")
    world, streams = world_of(scenario, task), AgentStreams(scenario, seed)
    state = new_state(world, start_balances(scenario), streams.first_waits)
    while (answer := fast.run_until(world, state, streams.draws, 0.7, scenario.max_days * 86_400)) in (
        loop.DRAWS_NEEDED,
        loop.ROOM_NEEDED,
    ):
        if answer == loop.DRAWS_NEEDED:
            streams.refill()
        else:
            state = loop.with_room(world, state)
    plain = PlainLoop(scenario, task, seed)
    plain.play(0.7)
    accounts = [plain.pool.account(str(agent)) for agent in range(scenario.agent_count)]
    assert list(zip(state.credit.tolist(), state.verified.tolist(), strict=True)) == accounts
    assert state.wallet.tolist() == plain.wallets
    assert len(open_contributions(state)) == len(plain.open)
    assert np.array_equal(state.weights, plain.pool.model.weights_)
    assert any(type(event).__name__ == "Reported" for event in plain.pool.events)


@pytest.mark.usefixtures("installed")
def test_guest_that_does_not_compile_is_refused_by_name_and_spoils_no_other(scenario: Scenario, task: Task) -> None:
    broken = scenario.with_knobs(incentive="broken-price")
    with pytest.raises(
        EngineError,
        match=r"'broken-price' of the package someones-rules 2.1 cannot be simulated: its function price_rounded_down",
    ):
        world_of(broken, task)
    number = incentives.number_of("later-reports")
    assert incentives.price_rounded_down(number, (1, 0, 10, 20, 7, 0), 1) == 7


@pytest.mark.usefixtures("installed")
def test_guest_without_a_contract_says_so_where_the_bytecode_is_asked_for(scenario: Scenario, task: Task) -> None:
    with pytest.raises(EngineError, match=r"later-reports has no contract that pools are made of"):
        EvmEngine(scenario.with_knobs(incentive="later-reports"), task, 1)
