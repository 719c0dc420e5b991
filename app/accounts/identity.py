"""Who a bearer token stands for, and what may be done with it."""

from dataclasses import dataclass

#: Scopes: see one's own things; contribute, claim and withdraw; do what the operator does.
READ, SUBMIT, OPERATE = "read", "submit", "operate"
SCOPES = (READ, SUBMIT, OPERATE)


@dataclass(frozen=True)
class Identity:
    """Whoever calls.

    Attributes:
        address: of the account; None for the operator's own token and keys.
        scopes: what may be done.
        key: id of the API key that was sent, if it was one.
        session: id of the session whose token was sent, if it was one.
    """

    address: str | None
    scopes: frozenset[str]
    key: str | None = None
    session: str | None = None

    @property
    def is_operator(self) -> bool:
        """Whether it may do what the operator does."""
        return OPERATE in self.scopes

    @property
    def shown(self) -> str:
        """How the audit log calls it; no secret."""
        who = self.address or "operator"
        return f"{who} by key {self.key}" if self.key else who
