"""Gas of pools whose deposits are paid in an ERC-20 token, part of the snapshot of `earnest.contracts.tools.gas`.

The token is OpenZeppelin's ERC-20 with permit, not behind a proxy: another token's own gas differs, the pool's does
not.
"""

from typing import TYPE_CHECKING

from earnest.chain.deployment import deploy_contract
from earnest.chain.gateway import Gateway
from earnest.chain.tokens import approve_call, deposit_call, describe, mint_call, permit_call, permit_to_sign
from earnest.contracts.build import DEVELOPMENT
from earnest.core.models.sparse_perceptron import SparsePerceptron

if TYPE_CHECKING:
    from earnest.contracts.tools.gas import Bench

MUCH = 10**30
#: After every block that is mined here.
NEVER = 2**63


def measure(gateway: Gateway) -> dict[str, int]:
    """Every figure, by name."""
    from earnest.contracts.tools.gas import ADA, BOB, CLAIMABLE, COST, WIDE, Bench, random_weights

    address = deploy_contract(gateway, ADA, DEVELOPMENT[0])
    bench = Bench.deploy_model(gateway, SparsePerceptron.from_weights(random_weights()), tokens=[address])
    figures = {"new pool, 1,000 weights": bench.deployment}
    for who in (ADA, BOB):
        bench.send(mint_call(address, who.address, MUCH), who)
        figures["approve, by the token alone"] = _used(bench, approve_call(address, bench.pool, MUCH), who)
    bench.warm_up()
    bench.withdraw(ADA)
    _, figures["130 features: contribute, agrees, taken from the account"] = bench.contribute(ADA, WIDE, agrees=True)
    figures["deposit"] = _used(bench, deposit_call(bench.pool, 10 * COST), ADA)
    key, figures["130 features: contribute, agrees, paid by credit"] = bench.contribute(ADA, WIDE, agrees=True)
    for _ in range(2):
        # the account's first signature writes a slot of the token's
        token = describe(gateway, address)
        typed = permit_to_sign(gateway, token, ADA.address, bench.pool, COST, NEVER)
        if typed is None:
            raise ValueError("the token takes no signatures")
        call = permit_call(bench.pool, COST, NEVER, ADA.sign_typed(typed))
        figures["deposit, permitted by a signature"] = _used(bench, call, ADA)
    gateway.advance_time(CLAIMABLE)
    figures["130 features: refund"] = bench.refund(ADA, key, WIDE)
    figures["withdraw"] = bench.withdraw(ADA)
    return {f"in a token: {name}": used for name, used in figures.items()}


def _used(bench: "Bench", call: object, who: object) -> int:
    return bench.send(call, who).gas_used  # type: ignore[arg-type]
