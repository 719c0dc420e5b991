"""Scans as defences in a run: what they look at, what is learned again, and what both come to."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

from earnest.core.models.naive_bayes import NaiveBayes
from earnest.simulations import run
from earnest.simulations.engine.fast import FastEngine
from earnest.simulations.errors import ScenarioError
from earnest.simulations.measures import row_of
from earnest.simulations.scan import looked_at
from earnest.simulations.scenario import Scenario, load
from earnest.simulations.scenario.part import why_idle
from earnest.simulations.task import Samples, Task

WORDS = 60


@pytest.fixture(scope="module")
def task() -> Task:
    """Words that tell, words that do not, and five that hardly any text has."""
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 2, 2600)
    X = (rng.random((len(labels), WORDS)) < 0.08).astype(np.uint8)
    X[:, 1] = 1
    for row, label in enumerate(labels):
        X[row, 4 + 12 * label + rng.integers(0, 12, 3)] = 1
    X[:, 55:] = rng.random((len(labels), 5)) < 0.004
    first, stream, test = ((X[part], labels[part]) for part in np.split(np.arange(len(labels)), [200, 1600]))
    initial = NaiveBayes.trained(csr_array(first[0]), first[1])
    return Task(Samples.of(csr_array(stream[0]), stream[1]), Samples.of(csr_array(test[0]), test[1]), initial.weights_)


def scenario(count: int = 20, **knobs: Any) -> Scenario:
    found = load("backdoor")
    bad = replace(found.agents[1], count=count)
    return found.with_knobs(agents=(found.agents[0], bad), model="naive-bayes", num_words=WORDS, **knobs)


def ended(task: Task, given: Scenario) -> tuple[run.Scanned, run.Backdoor]:
    """What a scenario's scan comes to."""
    scanned = run.simulate(given, task, 1).scanned
    assert scanned is not None
    assert scanned.backdoor is not None
    return scanned, scanned.backdoor


def test_rate_that_nobody_is_told_and_scans_that_there_are_not_are_refused() -> None:
    with pytest.raises(ScenarioError, match="scan is 'luck'"):
        scenario(scan="luck")
    idle = why_idle(scenario(scan="lift"), "scan_rate")
    assert idle is not None
    assert (idle.value, idle.instead) == ("lift", ("spectral",))
    assert why_idle(scenario(scan="spectral"), "scan_rate") is None


def test_nothing_is_looked_at_and_told_without_a_scan(task: Task) -> None:
    outcome = run.simulate(scenario(), task, 1)
    assert outcome.scanned is None
    row = row_of(scenario(), task, 1, outcome)
    assert row["scan"] == "off"
    assert all(row[name] is None for name in row if name.startswith(("scanned_", "scan_")))


@pytest.mark.parametrize("incentive", ["self-assessment", "points"])
def test_who_flags_nothing_comes_to_the_run_itself(task: Task, incentive: str) -> None:
    outcome = run.simulate(scenario(scan="nothing", incentive=incentive), task, 1)
    assert outcome.scanned == run.Scanned(0.0, 0.0, 0.0, None, outcome.final_accuracy, outcome.backdoor)


def test_scan_looks_at_what_taught_with_who_gave_it(task: Task) -> None:
    given = scenario(scan="lift")
    engine = FastEngine(given, task, 1, journal=True)
    run.simulate(given, task, 1, runner=engine)
    looked = looked_at(given, task, engine.world, engine.state)
    accepted = engine.state.tally[:, 0]
    assert len(looked.lessons.labels) == accepted.sum()
    # all that a backdoor hands in is crafted, and nothing of the others but mistakes
    assert looked.bad.sum() >= accepted[given.agents[0].count :].sum() > 100
    assert looked.bad.sum() <= accepted[given.agents[0].count :].sum() + 3
    assert len(looked.kept) == (~looked.flagged).sum()


def test_backdoor_is_undone_by_a_scan_that_finds_it_and_by_no_other(task: Task) -> None:
    found = {scan: ended(task, scenario(scan=scan)) for scan in ("nothing", "lift", "margin")}
    clean = ended(task, scenario(0, scan="nothing"))[1].trigger_success
    success = {scan: one.trigger_success for scan, (_, one) in found.items()}
    assert success["nothing"] > clean + 0.2
    assert (found["lift"][0].caught or 0) > 0.9
    assert success["lift"] < (success["nothing"] + clean) / 2
    # its labels are right, so who looks at labels finds few, and leaves it as it is
    assert (found["margin"][0].caught or 0) < (found["lift"][0].caught or 0) / 2
    assert success["margin"] > (success["nothing"] + clean) / 2


def test_scan_that_needs_a_rate_is_told_the_true_one_unless_another_is_given(task: Task) -> None:
    truth, _ = ended(task, scenario(scan="spectral"))
    less, _ = ended(task, scenario(scan="spectral", scan_rate=0.01))
    assert less.flagged == pytest.approx(2 * 1.5 * 0.01, abs=0.01)
    assert truth.flagged > less.flagged
