"""Signing in on both databases, with a clock of the test's own and no service around it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from earnest.accounts.service import AccountService
from earnest.chain.gateway import Gateway
from earnest.config import Settings
from earnest.db.engine import Sessions, make_engine, make_sessions, upgrade
from earnest.sign_in.schemas import SignedIn
from earnest.sign_in.service import SignInService
from earnest.web.limits import Limits

HOST = "127.0.0.1:8000"
KEY = "0x" + "46" * 32
ADDRESS = Account.from_key(KEY).address
START = 1_800_000_000


class Chain(Gateway):
    """A chain of which nothing is asked but its id, and which contracts stand by a signature."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:1")
        self.stands = False

    def chain_id(self) -> int:
        """The embedded chain's."""
        return 1337

    def stands_by(self, address: str, digest: bytes, signature: bytes) -> bool:
        """As the test says."""
        return self.stands


@dataclass
class Door:
    """The room's service, and the accounts that ask it."""

    sessions: Sessions
    now: float = START
    chain: Chain = field(default_factory=Chain)
    sign_ins: SignInService = field(init=False)
    accounts: AccountService = field(init=False)

    def __post_init__(self) -> None:
        settings = Settings(session_seconds=86_400)
        limits = Limits(settings)
        self.sign_ins = SignInService(self.sessions, self.chain, limits, settings, clock=lambda: self.now)
        self.accounts = AccountService(self.sessions, self.chain, "password", "admin", limits)

    def message(self, **changes: str) -> str:
        """A message with a fresh nonce, for this service."""
        said = {
            "domain": HOST, "address": ADDRESS, "uri": f"http://{HOST}/login", "chain": "1337",
            "issued": "2027-01-15T08:00:00Z", "more": "", "nonce": "",
        } | changes  # fmt: skip
        nonce = said["nonce"] or self.sign_ins.nonce().nonce
        return (
            f"{said['domain']} wants you to sign in with your Ethereum account:\n{said['address']}\n\n\n"
            f"URI: {said['uri']}\nVersion: 1\nChain ID: {said['chain']}\nNonce: {nonce}\n"
            f"Issued At: {said['issued']}{said['more']}"
        )

    def sign(self, text: str, key: str = KEY) -> bytes:
        return bytes(Account.sign_message(encode_defunct(text=text), key).signature)

    def enter(self, text: str | None = None) -> SignedIn:
        text = text or self.message()
        return self.sign_ins.sign_in(text, self.sign(text), HOST)


@pytest.fixture(params=["sqlite", "postgres"])
def door(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Door]:
    url = f"sqlite:///{tmp_path / 'x.sqlite'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
    engine = make_engine(url)
    upgrade(engine)
    yield Door(make_sessions(engine))
    engine.dispose()
