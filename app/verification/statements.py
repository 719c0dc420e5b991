"""What a service says of a pool, over HTTP. Nothing of it is trusted: types are checked before anything is compared."""

from typing import Any

import httpx
from pydantic import BaseModel, ValidationError

from earnest.core.errors import JsonInvalid
from earnest.core.keccak import keccak256
from earnest.core.strict_json import parse
from earnest.verification.errors import CheckFailed

TIMEOUT = 30.0
#: More than an encoder of 65,536 words and the whole training vocabulary takes.
MAX_ANSWER = 64 * 2**20


class Statement(BaseModel):
    """What is compared of a service's answer; further fields are not looked at."""

    address: str | None
    encoder_hash: str | None
    block_number: int | None
    escrow: int | None
    contributions: int
    verified: int
    digest: str | None
    judge_digest: str | None = None


class Service:
    """A service's API.

    Args:
        url: its address, without the path.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def _get(self, path: str) -> bytes:
        content = bytearray()
        try:
            with httpx.stream("GET", f"{self.url}{path}", timeout=TIMEOUT) as answer:
                if answer.status_code != 200:
                    raise CheckFailed(f"{self.url}{path} answers {answer.status_code}")
                for part in answer.iter_bytes():
                    content += part
                    if len(content) > MAX_ANSWER:
                        raise CheckFailed(f"{self.url}{path} answers with more than {MAX_ANSWER} bytes")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CheckFailed(f"{self.url} does not answer ({type(error).__name__})") from None
        return bytes(content)

    def statement(self, pool: str) -> Statement:
        """What it says of a pool.

        Raises:
            CheckFailed: it does not answer, or not in the form of the API, or does not know the pool.
        """
        try:
            said = Statement.model_validate(parse(self._get(f"/v1/pools/{pool}"), max_bytes=MAX_ANSWER))
        except JsonInvalid as error:
            raise CheckFailed(f"{self.url} does not answer as the API does: its answer is refused. {error}") from None
        except ValidationError as error:
            first: Any = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "its answer"
            raise CheckFailed(f"{self.url} does not answer as the API does: {place}: {first['msg']}") from None
        if said.address is None or said.address.lower() != pool.lower():
            raise CheckFailed(f"{self.url} answers with the pool at {said.address}")
        return said

    def encoder(self, encoder_hash: str) -> bytes:
        """The encoder's file by its hash.

        Raises:
            CheckFailed: it does not answer.
        """
        return self._get(f"/v1/encoders/{encoder_hash}")


def require_encoder(content: bytes, encoder_hash: str) -> None:
    """Compare a file with the hash in the pool.

    Raises:
        CheckFailed: it is another file.
    """
    found = "0x" + keccak256(content).hex()
    if found != encoder_hash:
        raise CheckFailed(f"the file's hash is {found}, the pool's encoder is {encoder_hash}")
