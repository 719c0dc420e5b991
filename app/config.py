"""Settings of the service, read from the environment (prefix EARNEST_) and nowhere else."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator can set; every value has a default that works on one machine.

    Attributes:
        data_dir: folder of the embedded chain, the SQLite database, keys and caches; made when missing.
        host: address to listen on.
        port: TCP port to listen on.
        chain_url: JSON-RPC address of a node; None starts the embedded chain.
        database_url: SQLAlchemy address; None is SQLite in the data folder.
        admin_token: bearer token of the operator; None generates one into `data_dir/admin-token`.
        operator_key: private key (hex) that deploys pools and fills the faucet on an external node; the embedded
            chain's is generated.
        imdb_archive: path of the official IMDB archive, or its address; see `earnest.data.download`.
        initial_pool: whether a pool trained on real reviews is deployed when there is none.
        initial_num_words: words of that pool's encoder.
        initial_cost: what a contribution to it costs, in wei.
        poll_seconds: pause between two looks at the chain.
        confirm_seconds: how long a request waits for its transaction before it answers "sent".
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
    chain_url: str | None = None
    database_url: str | None = None
    admin_token: SecretStr | None = None
    operator_key: SecretStr | None = None
    imdb_archive: Path | None = None
    initial_pool: bool = True
    initial_num_words: Annotated[int, Field(ge=10, le=65_536)] = 1000
    initial_cost: Annotated[int, Field(ge=1, lt=2**96)] = 10**15
    poll_seconds: Annotated[float, Field(gt=0, le=60)] = 0.25
    confirm_seconds: Annotated[float, Field(gt=0, le=300)] = 20.0
    sweep_jobs: Annotated[int | None, Field(ge=1, le=1024)] = None
    sweep_nice: Annotated[int, Field(ge=0, le=19)] = 19
    sweep_max_runs: Annotated[int, Field(ge=1, lt=100_000)] = 10_000
    sweep_data: Path | None = None

    @field_validator("chain_url")
    @classmethod
    def _is_http(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("EARNEST_CHAIN_URL must be an http:// or https:// address of a JSON-RPC node")
        return value

    @property
    def resolved_database_url(self) -> str:
        """The database's address, SQLite in the data folder unless another is set."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'earnest.sqlite'}"
