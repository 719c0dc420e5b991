"""A token of many units, as some have 10^33 of: whoever deposited as many as a pool holds would stop everybody else."""

import pytest

from earnest.core.models.sparse_perceptron import SparsePerceptron
from tests.agreement.contracts import DEPLOYER, Factory
from tests.agreement.evm import RevertedError
from tests.agreement.test_tokens import ANN, BOB, GOOD, NEVER, RULES, TOKEN, Pool

HELD = 2**96 - 1


@pytest.mark.parametrize("supply", [HELD, HELD + 1, 10**33, 2**256 - 1])
def test_pool_of_a_token_that_could_fill_it_is_refused(supply: int):
    token = Pool("StrangeToken")
    minted = int.from_bytes(token.evm.send(DEPLOYER, token.token, TOKEN.call("totalSupply"))[0], "big")
    token.evm.send(DEPLOYER, token.token, TOKEN.call("mint", BOB, supply - minted))
    factory = Factory(tokens=[token.token], evm=token.evm)
    model = SparsePerceptron.from_weights([0] * 11)
    if supply == HELD:
        assert factory.create_for(model, RULES, token.token).view("state")[2] == 0
        return
    with pytest.raises(RevertedError) as refused:
        factory.create_for(model, RULES, token.token)
    assert refused.value.name == "TokenSupplyTooLarge"
    assert refused.value.values == {"token": token.token, "supply": supply, "maximum": HELD}


def test_pool_that_a_later_supply_fills_goes_on_once_it_is_withdrawn():
    """What docs/tokens.md says a token's owner can do: nobody loses by it, and nobody contributes meanwhile."""
    pool = Pool("StrangeToken")
    pool.evm.send(DEPLOYER, pool.token, TOKEN.call("mint", BOB, HELD))
    pool.evm.send(BOB, pool.token, TOKEN.call("approve", pool.contract.address, HELD))
    pool.send(BOB, "depositTokens", HELD)
    with pytest.raises(RevertedError) as refused:
        pool.send(ANN, "contribute", GOOD, 1, NEVER)
    assert refused.value.name == "PaymentTooHigh"
    pool.send(BOB, "withdraw")
    assert pool.send(ANN, "contribute", GOOD, 1, NEVER) == 0
