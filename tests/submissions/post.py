"""What the sender's tests share: submissions in the tables, a node that holds back, loses or refuses, and looks."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from earnest.chain.gateway import Gateway
from earnest.chain.signer import LocalSigner
from earnest.core.models.formats.words import pack_sample
from earnest.db.tables import KeptText, Submission, SubmissionItem, Transaction
from earnest.submissions.sender import Sender
from tests.fixtures.pools import COST, OPERATOR, OTHER, World

#: Seconds that a sender of these tests waits for a transaction.
PATIENCE = 20.0


def sample_of(written: int, position: int = 0) -> bytes:
    """The sample at a position of the submission that was written first (1), second (2), and so on: each is another."""
    return pack_sample([written % 8, 8 + position % 20, 28 + position // 20])


class Killed(BaseException):
    """The process ends here: nothing after it runs, as under SIGKILL."""


class Keys:
    """Holds the keys, as the accounts do."""

    def signer(self, address: str) -> LocalSigner:
        """The signer of an address."""
        return {who.address: who for who in (OPERATOR, OTHER)}[address]


@dataclass(frozen=True)
class Item:
    """An item as the tables hold it."""

    status: str
    index: int | None
    amount: int | None
    transaction_hash: str | None
    error: dict[str, Any] | None

    @property
    def problem(self) -> str:
        """The slug of its problem."""
        return "" if self.error is None else str(self.error["type"]).removeprefix("urn:earnest:problem:")


class Post:
    """Submissions to a pool, and what becomes of them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.gateway = Gateway(world.gateway.url)
        self._written = 0

    def sender(self, *, patience: float = PATIENCE, gateway: Gateway | None = None) -> Sender:
        """A sender as a process has one; another one is another process."""
        return Sender(self.world.sessions, gateway or self.gateway, Keys(), patience)  # type: ignore[arg-type]

    def write(
        self,
        labels: tuple[int, ...] = (1,),
        *,
        who: LocalSigner = OPERATOR,
        verb: str = "contribute",
        indices: tuple[int, ...] = (),
        max_price: int | None = COST,
        texts: dict[int, str] | None = None,
    ) -> str:
        """A prepared submission, one item for each label or index; returns its id."""
        self._written += 1
        name = f"submission {self._written}"
        items: list[dict[str, Any]] = [{"index": index} for index in indices]
        if verb == "contribute":
            items = [{"sample": sample_of(self._written, i), "label": label} for i, label in enumerate(labels)]
        elif verb == "withdraw":
            items = [{}]
        with self.world.sessions.begin() as session:
            session.add(
                Submission(
                    id=name, sequence=self._written, account=who.address, pool_id=self.world.pool_id, verb=verb,
                    idempotency_key=name, request_hash="", max_price=max_price, created_at=0,
                )
            )  # fmt: skip
            session.flush()
            for position, values in enumerate(items):
                session.add(SubmissionItem(submission_id=name, position=position, status="prepared", **values))
            session.flush()
            for position, text in (texts or {}).items():
                session.add(KeptText(submission_id=name, position=position, body=text))
        return name

    def prepare_again(self, name: str) -> None:
        """Take up what failed or was dropped, as a retry does."""
        with self.world.sessions.begin() as session:
            for item in session.scalars(select(SubmissionItem).where(SubmissionItem.submission_id == name)):
                if item.status in ("failed", "dropped"):
                    item.status, item.error, item.transaction_hash = "prepared", None, None

    def items(self, name: str) -> list[Item]:
        """A submission's items in order."""
        with self.world.sessions() as session:
            rows = session.scalars(
                select(SubmissionItem).where(SubmissionItem.submission_id == name).order_by(SubmissionItem.position)
            ).all()
        return [Item(row.status, row.index, row.amount, row.transaction_hash, row.error) for row in rows]

    def statuses(self, name: str) -> list[str]:
        """Of a submission's items, in order."""
        return [item.status for item in self.items(name)]

    def transactions(self) -> list[Transaction]:
        """Every stored transaction, by sender and nonce."""
        with self.world.sessions() as session:
            return list(session.scalars(select(Transaction).order_by(Transaction.sender, Transaction.nonce)))

    def count(self) -> int:
        """Contributions on the chain."""
        return self.gateway.pool_state(self.world.address).count

    def mine(self) -> None:
        """Mine what is pending."""
        self.world.rpc("evm_mine")

    @contextmanager
    def held_back(self) -> Iterator[None]:
        """Within, the node takes transactions and mines none by itself."""
        self.world.rpc("evm_setAutomine", False)
        try:
            yield
        finally:
            self.world.rpc("evm_setAutomine", True)


class Faulty(Gateway):
    """A gateway on which something happens at a named moment, once.

    Args:
        url: the node's address.
        before: what happens before a method, by its name; it may raise.
        after: what happens after one.
    """

    def __init__(
        self,
        url: str,
        *,
        before: dict[str, Callable[[], None]] | None = None,
        after: dict[str, Callable[[], None]] | None = None,
    ) -> None:
        super().__init__(url)
        self._before, self._after = dict(before or {}), dict(after or {})

    def _around(self, name: str, *arguments: Any) -> Any:
        self._before.pop(name, lambda: None)()
        answer = getattr(super(), name)(*arguments)
        self._after.pop(name, lambda: None)()
        return answer

    def send(self, raw: bytes, transaction_hash: str) -> None:
        """Hand a signed transaction to the node."""
        self._around("send", raw, transaction_hash)

    def prepare(self, call: Any, signer: Any, nonce: int) -> Any:
        """Sign a transaction."""
        return self._around("prepare", call, signer, nonce)

    def try_call(self, call: Any, sender: str) -> None:
        """Run a call without sending it."""
        self._around("try_call", call, sender)
