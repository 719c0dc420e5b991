"""What earnest ships for packages like this one: the suites that its own models, incentives and the rest pass."""

import pytest
from earnest_guest.behaviour import doubter
from earnest_guest.dataset import WEATHER
from earnest_guest.incentive import HALF_BACK
from earnest_guest.model import WordVotes

from earnest.simulations.testing.behaviours import behaviour_checks
from earnest.testing.datasets import dataset_checks
from earnest.testing.incentives import incentive_checks
from earnest.testing.models import model_checks

CHECKS = [
    *model_checks(WordVotes),
    *incentive_checks(HALF_BACK),
    *behaviour_checks(doubter),
    *dataset_checks(WEATHER),
]


@pytest.mark.parametrize("check", CHECKS, ids=str)
def test_guest_does_what_its_kind_must(check):
    """Each check raises a sentence where something is wrong."""
    check()
