"""Gas does not rise unnoticed: the committed snapshot, measured again."""

import json

from earnest.chain.gateway import Gateway
from earnest.contracts.tools.gas import SNAPSHOT, measure

#: Per cent that a figure may rise, or fall, before the snapshot must be looked at and written anew (`make bench-gas`).
RISE, FALL = 1, 3


def test_gas_is_that_of_the_snapshot(anvil_url):
    snapshot, measured = json.loads(SNAPSHOT.read_text("utf-8")), measure(Gateway(anvil_url))
    assert list(measured) == list(snapshot)
    pairs = {name: (snapshot[name], used) for name, used in measured.items()}
    assert {name: pair for name, pair in pairs.items() if 100 * pair[1] > (100 + RISE) * pair[0]} == {}
    # a figure that fell a lot belongs into the snapshot, or the next rise hides in the gap
    assert {name: pair for name, pair in pairs.items() if 100 * pair[1] < (100 - FALL) * pair[0]} == {}
