"""The proof of a pool: its code, its rules and its whole history, read from the node and compared."""

from dataclasses import dataclass
from typing import ClassVar

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from earnest.dashboard.frame import Framed
from earnest.dashboard.page_route import PageRoute
from earnest.dashboard.render import Page, render
from earnest.pools.dependencies import Pools
from earnest.pools.schemas import PoolShown
from earnest.verification.dependencies import Proofs
from earnest.verification.service import Proof
from earnest.web.threads import Threads

router = APIRouter(route_class=PageRoute)

#: Proofs are made one at a time; whoever else asks waits for the same one.
proving = Threads(2)


@dataclass(frozen=True)
class ProofPage(Page):
    """A proof.

    Attributes:
        pool: of which.
        proof: what the checks came to.
    """

    TEMPLATE: ClassVar[str] = "proof.html"

    pool: PoolShown
    proof: Proof


@router.get("/pools/{pool}/proof")
@proving
def prove_pool(pool: str, pools: Pools, proofs: Proofs, frame: Framed) -> HTMLResponse:
    """Make the proof, and show it."""
    return render(ProofPage(pools.show(pool), proofs.prove(pool)), frame)
