"""Settings of the service, read from the environment (prefix EARNEST_) and nowhere else.

A setting that is empty, unfit or misspelt is refused at the start, in a sentence: else what it was to change would stay
as it is, and nobody would notice.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

PREFIX = "EARNEST_"
#: Variables of that prefix that others read: the tests, the compose file, and the commands of whoever uses a service.
OTHERS = (
    "EARNEST_HYPOTHESIS_PROFILE", "EARNEST_POSTGRES_PASSWORD", "EARNEST_URL", "EARNEST_TOKEN", "EARNEST_KEYSTORE",
    "EARNEST_KEY", "EARNEST_KEY_PASSWORD",
)  # fmt: skip
#: What begins so is the tests' own.
TESTS_PREFIX = "EARNEST_TEST_"

#: This machine's own names.
LOOPBACK = ("127.0.0.1", "localhost", "::1")
#: Order of the curve's group: private keys are below it.
_SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
#: In place of tokens' addresses, and as many as there may be (`PoolFactory.sol`).
DEVELOPMENT_TOKEN = "development"  # noqa: S105
MOST_TOKENS = 16
_HEADERS = re.compile(r"[A-Za-z0-9-]+=[ -+\--~]*(,[A-Za-z0-9-]+=[ -+\--~]*)*")
_SQLITE_HEADER = b"SQLite format 3\0"


class SettingsInvalid(Exception):
    """Settings are unfit.

    Attributes:
        sentences: one for each.
    """

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


class Settings(BaseSettings):
    """What an operator can set; every value has a default that works on one machine.

    Attributes:
        data_dir: folder of the embedded chain, the SQLite database, keys and caches; made when missing.
        host: address to listen on.
        port: TCP port to listen on.
        public_hosts: names under which the service is reached, without ports, separated by commas; any other is
            refused. None: on loopback its own names, on other addresses any.
        chain_url: JSON-RPC address of a node; several of one chain, separated by commas, stand in for each other. None
            starts the embedded chain.
        chain_head: the newest block that is taken into the tables: latest, safe or finalized.
        confirmations: how many blocks must lie above it.
        max_fee: most wei for a unit of gas that the service bids; what costs more waits. None for any.
        database_url: SQLAlchemy address; None is SQLite in the data folder.
        admin_token: bearer token of the operator; None generates one into `data_dir/admin-token`.
        operator_key: private key (hex) that deploys pools and fills the faucet on an external node; the embedded
            chain's is generated.
        keystore_password: encrypts the managed accounts' keys; None generates one into `data_dir/keystore-password`.
            Services on one database need the same.
        imdb_archive: path of the official IMDB archive, or its address; see `earnest.data.download`.
        initial_pool: whether a pool trained on real reviews is deployed when there is none.
        initial_num_words: words of that pool's encoder.
        initial_cost: what a contribution to it costs whose label the judge agrees with, in wei.
        poll_seconds: pause between two looks at the chain.
        confirm_seconds: how long the service looks after a transaction before it turns to others, and the longest that
            a request is kept which prefers to wait for its outcome.
        rate_address: requests a minute from one address; None for 1,200, and 600,000 where nobody but this machine
            reaches the service. Behind a proxy on this machine, addresses are those that it forwards.
        rate_account: requests a minute of one account; None for 600, and 600,000 likewise.
        rate_wrong_tokens: wrong tokens a minute from one address; None for 30, and 6,000 likewise.
        rate_new_accounts: accounts an hour from one address; None for 20, and 100,000 likewise.
        rate_sign_ins: nonces to sign in with a minute from one address; None for 60, and 60,000 likewise.
        operators: addresses, separated by commas, whose signed-in sessions may do what the operator does.
        access_seconds: how long an access token of a session lasts.
        session_seconds: how long a session lasts, however often it is refreshed.
        tokens: addresses of ERC-20 tokens, separated by commas, that pools may take deposits in besides native coin; or
            `development`, for one that the service deploys on development chains.
        forwarders: addresses of trusted forwarders (ERC-2771), separated by commas, that the operator knows to check
            signatures: a pool with another one is not imported, and its proof fails.
        faucet_budget: wei that the faucet gives a day, to all accounts together.
        log_format: text, or json for an object a line.
        webhook_private: whether webhooks may be delivered to addresses that are not public, such as this machine's; for
            development and tests.
        webhook_tries: failed deliveries in a row after which a webhook is set aside.
        webhook_pause: seconds after which a failed delivery is tried again; doubled each time, up to an hour.
        otel_endpoint: http:// or https:// address of an OpenTelemetry collector (OTLP over HTTP, without
            `/v1/traces`), to which spans are sent; needs the extra `telemetry`. None for no spans.
        otel_headers: sent along, as NAME=VALUE with commas between, such as a collector's key.
        security_contact: mailto: or https: address that /.well-known/security.txt names.
        relay_budget: wei of gas that the operator gives a day for calls that others sign and it sends (ERC-2771); pools
            that are made while it is not 0 take such calls.
        seal_budget: wei that sealing the operator's pools may cost a day, in fees; 0 leaves it to others.
        seal_seconds: pause between two looks at whether a pool can be sealed.
        sweep_jobs: worker processes of a sweep; None for the cores but one.
        sweep_nice: how far sweeps step back for the service and other programs: from 0 (not at all) to 19.
        sweep_max_runs: most runs of one sweep.
        sweep_data: the CSV or Parquet file, or the SpamAssassin folder, that sweeps on the data sets `file` and
            `spam-assassin` read; a request cannot name one.
    """

    model_config = SettingsConfigDict(env_prefix="EARNEST_", extra="ignore")

    data_dir: Path = Path("data")
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    public_hosts: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9.:_-]+(,[A-Za-z0-9.:_-]+)*$")] = None
    chain_url: str | None = None
    chain_head: Literal["latest", "safe", "finalized"] = "latest"
    confirmations: Annotated[int, Field(ge=0, le=10_000)] = 0
    max_fee: Annotated[int | None, Field(ge=1, lt=2**96)] = None
    database_url: str | None = None
    admin_token: SecretStr | None = None
    operator_key: SecretStr | None = None
    keystore_password: SecretStr | None = None
    imdb_archive: Path | None = None
    initial_pool: bool = True
    initial_num_words: Annotated[int, Field(ge=10, le=65_536)] = 1000
    initial_cost: Annotated[int, Field(ge=1, lt=2**96)] = 10**15
    poll_seconds: Annotated[float, Field(gt=0, le=60)] = 0.25
    confirm_seconds: Annotated[float, Field(gt=0, le=300)] = 20.0
    rate_address: Annotated[int | None, Field(ge=1, le=10_000_000)] = None
    rate_account: Annotated[int | None, Field(ge=1, le=10_000_000)] = None
    rate_wrong_tokens: Annotated[int | None, Field(ge=1, le=10_000_000)] = None
    rate_new_accounts: Annotated[int | None, Field(ge=1, le=10_000_000)] = None
    rate_sign_ins: Annotated[int | None, Field(ge=1, le=10_000_000)] = None
    operators: Annotated[str | None, Field(pattern=r"^0x[0-9a-fA-F]{40}(,0x[0-9a-fA-F]{40})*$")] = None
    access_seconds: Annotated[int, Field(ge=60, le=86_400)] = 900
    session_seconds: Annotated[int, Field(ge=600, le=365 * 86_400)] = 30 * 86_400
    tokens: str | None = None
    forwarders: Annotated[str | None, Field(pattern=r"^0x[0-9a-fA-F]{40}(,0x[0-9a-fA-F]{40})*$")] = None
    faucet_budget: Annotated[int, Field(ge=0, lt=2**96)] = 100_000 * 10**18
    log_format: Literal["text", "json"] = "text"
    webhook_private: bool = False
    webhook_tries: Annotated[int, Field(ge=1, le=100)] = 30
    webhook_pause: Annotated[float, Field(gt=0, le=3600)] = 5.0
    otel_endpoint: str | None = None
    otel_headers: SecretStr | None = None
    security_contact: Annotated[str | None, Field(pattern=r"^(mailto|https):[!-~]+$", max_length=200)] = None
    relay_budget: Annotated[int, Field(ge=0, lt=2**96)] = 0
    seal_budget: Annotated[int, Field(ge=0, lt=2**96)] = 10**17
    seal_seconds: Annotated[float, Field(gt=0, le=3600)] = 5.0
    sweep_jobs: Annotated[int | None, Field(ge=1, le=1024)] = None
    sweep_nice: Annotated[int, Field(ge=0, le=19)] = 19
    sweep_max_runs: Annotated[int, Field(ge=1, lt=100_000)] = 10_000
    sweep_data: Path | None = None

    @field_validator("chain_url")
    @classmethod
    def _is_http(cls, value: str | None) -> str | None:
        if value is not None and not all(_is_address(each.strip()) for each in value.split(",")):
            raise ValueError("it must be an http:// or https:// address of a JSON-RPC node, or several with commas")
        return value

    @field_validator("otel_endpoint")
    @classmethod
    def _is_collector(cls, value: str | None) -> str | None:
        if value is not None and not _is_address(value):
            raise ValueError("it must be an http:// or https:// address of an OpenTelemetry collector")
        return value

    @field_validator("otel_headers")
    @classmethod
    def _is_headers(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _HEADERS.fullmatch(value.get_secret_value()):
            raise ValueError("it must be NAME=VALUE, or several with commas between")
        return value

    @field_validator("database_url")
    @classmethod
    def _is_database(cls, value: str | None) -> str | None:
        if value is not None:
            require_database(value)
        return value

    @field_validator("tokens")
    @classmethod
    def _is_tokens(cls, value: str | None) -> str | None:
        if value is not None and value.strip() != DEVELOPMENT_TOKEN:
            require_tokens(value)
        return value

    @field_validator("admin_token", "keystore_password")
    @classmethod
    def _is_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            require_token(value.get_secret_value())
        return value

    @field_validator("operator_key")
    @classmethod
    def _is_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            require_private_key(value.get_secret_value())
        return value

    @property
    def token_addresses(self) -> tuple[str, ...]:
        """The addresses in `tokens`."""
        given = (self.tokens or "").strip()
        return () if given in ("", DEVELOPMENT_TOKEN) else tuple(each.strip() for each in given.split(","))

    @property
    def forwarder_addresses(self) -> tuple[str, ...]:
        """The addresses in `forwarders`."""
        return tuple(self.forwarders.split(",")) if self.forwarders else ()

    @property
    def has_development_token(self) -> bool:
        """Whether pools may take deposits in a token that the service deploys itself."""
        return (self.tokens or "").strip() == DEVELOPMENT_TOKEN

    @property
    def public_names(self) -> tuple[str, ...]:
        """The names in `public_hosts`."""
        return tuple(self.public_hosts.split(",")) if self.public_hosts else ()

    @property
    def collector_headers(self) -> dict[str, str]:
        """What `otel_headers` names, by name."""
        given = self.otel_headers.get_secret_value() if self.otel_headers is not None else ""
        parts = (each.partition("=") for each in given.split(",") if each)
        return {name: value for name, _, value in parts}

    @property
    def is_private(self) -> bool:
        """Whether nobody but this machine reaches the service: it listens on loopback, and has no other names."""
        return self.host in LOOPBACK and not self.public_hosts

    @property
    def resolved_database_url(self) -> str:
        """The database's address, SQLite in the data folder unless another is set."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'earnest.sqlite'}"


def read_settings(environment: Mapping[str, str], **given: Any) -> Settings:
    """The settings of an environment, which must be this process's, and what takes their place.

    Args:
        environment: variables by name.
        given: settings by their names without the prefix.

    Raises:
        SettingsInvalid: a name is unknown, or a value is empty or unfit; a sentence for each.
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    ours = {name: value for name, value in environment.items() if name.upper().startswith(PREFIX)}
    sentences = []
    for name in sorted(ours):
        if name.upper() in known:
            if not ours[name].strip():
                sentences.append(f"{name} is empty: give it a value, or unset it.")
        elif name.upper() not in OTHERS and not name.upper().startswith(TESTS_PREFIX):
            close = get_close_matches(
                name.upper().removeprefix(PREFIX), (each.removeprefix(PREFIX) for each in known), 1
            )
            hint = f"did you mean {PREFIX}{close[0]}?" if close else f"the settings are {', '.join(sorted(known))}."
            sentences.append(f"{name} is no setting: {hint}")
    told = {sentence.partition(" ")[0].upper() for sentence in sentences}
    try:
        settings = Settings(**given)
    except ValidationError as error:
        for item in error.errors(include_input=False):
            name = PREFIX + "_".join(str(part) for part in item["loc"]).upper()
            if name not in told:
                sentences.append(f"{name}: {item['msg'].removeprefix('Value error, ')}.")
        raise SettingsInvalid(sentences) from None
    if sentences:
        raise SettingsInvalid(sentences)
    return settings


def require_token(token: str) -> None:
    """Refuse a bearer token that no header can carry, an empty one first of all.

    Raises:
        ValueError: says why, and not what it is.
    """
    if not re.fullmatch(r"[!-~]+", token):
        raise ValueError("a token has at least one character, and only printable ones of ASCII without spaces")


def require_tokens(given: str) -> None:
    """Refuse what are no addresses of tokens; whether there are contracts is asked of the chain.

    Raises:
        ValueError: says which is unfit, and why.
    """
    each = [one.strip() for one in given.split(",")]
    for one in each:
        if not re.fullmatch(r"0x[0-9a-fA-F]{40}", one):
            raise ValueError(
                f"{one[:60] or 'nothing'} is no address: give ERC-20 tokens as 0x and 40 hexadecimal digits with "
                f"commas between, or {DEVELOPMENT_TOKEN}"
            )
        if int(one, 16) == 0:
            raise ValueError("the address of zeros is no token: native coin needs no name here")
    if len({one.lower() for one in each}) != len(each):
        raise ValueError("a token is there twice")
    if len(each) > MOST_TOKENS:
        raise ValueError(f"{len(each)} tokens are too many: give at most {MOST_TOKENS}")


def require_private_key(key: str) -> None:
    """Refuse what is no private key of secp256k1.

    Raises:
        ValueError: says why, and not what it is.
    """
    if not re.fullmatch(r"(0x)?[0-9a-fA-F]{64}", key) or not 0 < int(key, 16) < _SECP256K1_ORDER:
        raise ValueError(
            "a private key has 64 hexadecimal digits, with or without 0x, and is from 1 to the curve's order"
        )


def require_database(address: str) -> None:
    """Refuse an address that no database of the kinds that are supported can have.

    Whether a server of PostgreSQL answers is not asked: it may start later than the service.

    Raises:
        ValueError: says why, without a password.
    """
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise ValueError(
            "it must be an address of SQLAlchemy's, such as sqlite:////srv/earnest.sqlite or "
            "postgresql+psycopg://user:password@host:5432/earnest"
        ) from None
    if url.drivername == "sqlite":
        _require_sqlite_file(url)
    elif url.drivername != "postgresql+psycopg":
        raise ValueError(f"{url.drivername} is not supported: use sqlite:/// or postgresql+psycopg://")
    elif not url.database:
        raise ValueError("it names no database: end it with /NAME")


def _require_sqlite_file(url: URL) -> None:
    if not url.database or url.database == ":memory:":
        raise ValueError("it names no file, and a database in memory would forget everything: use sqlite:///FILE")
    path = Path(url.database)
    try:
        if not path.parent.is_dir():
            raise ValueError(f"there is no folder {path.parent}: make it, or name another")
        if path.exists():
            with path.open("r+b") as file:
                begins = file.read(len(_SQLITE_HEADER))
            if begins and begins != _SQLITE_HEADER:
                raise ValueError(f"{path} is no database of SQLite")
    except OSError as error:
        raise ValueError(f"{path} cannot be used: {error.strerror or error}") from None


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
