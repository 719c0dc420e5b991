"""A token of many units, as some have 10^33 of: whoever deposits as many as a pool can hold stops everybody else."""

import pytest

from tests.agreement.contracts import DEPLOYER
from tests.agreement.evm import RevertedError
from tests.agreement.test_tokens import ANN, BOB, COST, GOOD, NEVER, TOKEN, Pool

HELD = 2**96 - 1


def test_a_huge_deposit_that_can_be_withdrawn_at_any_time_stops_no_contribution():
    pool = Pool("StrangeToken")
    where = pool.contract.address
    pool.evm.send(DEPLOYER, pool.token, TOKEN.call("mint", BOB, HELD))
    pool.evm.send(BOB, pool.token, TOKEN.call("approve", where, HELD))
    before = pool.tokens(BOB)
    pool.send(BOB, "depositTokens", HELD)
    try:
        pool.send(ANN, "contribute", GOOD, 1, NEVER)
        stopped = ""
    except RevertedError as refused:
        stopped = refused.name
    # it has cost the thief nothing but gas
    pool.send(BOB, "withdraw")
    assert pool.tokens(BOB) == before
    assert stopped == "", f"a contribution of {COST} was refused"


def test_it_stops_none_that_is_sent_once_it_is_withdrawn():
    """What holds already: the pool goes on afterwards."""
    pool = Pool("StrangeToken")
    pool.evm.send(DEPLOYER, pool.token, TOKEN.call("mint", BOB, HELD))
    pool.evm.send(BOB, pool.token, TOKEN.call("approve", pool.contract.address, HELD))
    pool.send(BOB, "depositTokens", HELD)
    with pytest.raises(RevertedError):
        pool.send(ANN, "depositTokens", 1)
    pool.send(BOB, "withdraw")
    assert pool.send(ANN, "contribute", GOOD, 1, NEVER) == 0
