"""Contract and twin, driven by the same random commands, agree on everything that can be seen."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.agreement import evm, py_evm
from tests.agreement.machine import PoolMachine

STEPS = 40
EXAMPLES = 250 if evm.IS_FAST else 25
#: The machine draws much by nature; these checks would only complain about that.
SLOW_BY_NATURE = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def run(examples: int, steps: int = STEPS) -> None:
    run_state_machine_as_test(
        PoolMachine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=SLOW_BY_NATURE,
        ),
    )


def test_pool_and_twin_random_commands_agree() -> None:
    run(EXAMPLES)


def test_pool_and_twin_agree_on_the_embedded_chains_evm_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evm, "pyrevm", py_evm)
    run(4, 20)


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_pool_and_twin_a_thousand_sequences_of_a_hundred_commands_agree() -> None:
    run(1000, 100)
