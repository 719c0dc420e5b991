from dataclasses import dataclass

import pytest

from earnest.core.incentives.self_assessment import SELF_ASSESSMENT
from earnest.core.models.formats.words import pack_sample
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.pool import PoolTwin

CREATED = 1_000_000
COST = 100
REFUND_WAIT, COLLECT_WAIT = 10, 20


@dataclass(frozen=True)
class World:
    """A pool with a fixed price of 100 whose model holds `good` for class 1 and `bad` for class 0."""

    pool: PoolTwin
    good: bytes = pack_sample([1])
    bad: bytes = pack_sample([2])
    ann: str = f"0x{0xA0:040x}"
    bob: str = f"0x{0xA1:040x}"
    cat: str = f"0x{0xA2:040x}"

    def contributed(self, author: str, sample: bytes, label: int, now: int = CREATED):
        index = self.pool.contribute(author, sample, label, COST, value=COST, now=now)
        return self.pool.contributions[index]

    def verify(self, author: str) -> None:
        what = self.contributed(author, self.good, 1)
        self.pool.refund(author, what, self.good, now=CREATED + REFUND_WAIT + 1)


def a_world(**changes: int) -> World:
    parameters = SELF_ASSESSMENT.terms(1, 1, REFUND_WAIT, COLLECT_WAIT, COST, 0).replaced(**changes)
    return World(PoolTwin(SparsePerceptron.from_weights([0, 50, -50, 0]), parameters, CREATED))


@pytest.fixture
def world() -> World:
    return a_world()


@pytest.fixture
def burning_world() -> World:
    return a_world(leftover_rule=0)


@pytest.fixture
def decaying_world() -> World:
    return a_world(price_rule=0, weight_or_cost=10, step=10)
