"""The chain's own port: no request ends its process, and calls within calls go as deep as a block's gas takes them."""

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests

from earnest.chain.deployment import send_and_wait
from earnest.chain.embedded.supervisor import EmbeddedChain
from earnest.chain.errors import TransactionRefused
from earnest.chain.gateway import Gateway
from earnest.chain.rpc import Rpc
from earnest.chain.signer import LocalSigner
from earnest.chain.types import Call
from tests.web.raw import exchange, status_of

OPERATOR = LocalSigner("0x" + "11" * 32)

pytestmark = pytest.mark.loopback


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedChain]:
    running = EmbeddedChain(tmp_path_factory.mktemp("chain"), OPERATOR.address)
    yield running
    running.stop()


@pytest.fixture
def url(chain: EmbeddedChain) -> Iterator[str]:
    """Its address; after each test the same process answers."""
    address = chain.start()
    process = chain.pid
    yield address
    assert Rpc(address).request("eth_chainId") == "0x539"
    assert chain.pid == process


def post(url: str, body: bytes) -> requests.Response:
    return requests.post(url, data=body, headers={"Content-Type": "application/json"}, timeout=30)


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b"[" * 75_000, -32700, "nested deeper"),
        (b'{"params": ' + b"[" * 3_900_000, -32700, "nested deeper"),
        (b'{"a":' * 75_000, -32700, "nested deeper"),
        (b"1" * 5_000, -32700, "digits"),
        (b'{"id": NaN}', -32700, "NaN"),
        (b'{"id": 1, "id": 2}', -32700, "twice"),
        (b'{"id": "\xff"}', -32700, "UTF-8"),
        (b'{"id": "\\ud800"}', -32700, "surrogate"),
        (b"{", -32700, "no JSON"),
        (b"[]", -32600, "A batch has from 1 to 1000 requests, not 0"),
        (b"[" + b",".join([b"1"] * 1_001) + b"]", -32600, "not 1001"),
        (b"7", -32602, "invalid params"),
        (b'{"method": ["a"]}', -32602, "invalid params"),
        (b'{"method": "eth_getBalance", "params": {"a": 1}}', -32602, "invalid params"),
        (b'{"method": "eth_getLogs", "params": [{"fromBlock": "0x' + b"f" * 100 + b'"}]}', -32602, "OverflowError"),
        (b'{"method": "evm_increaseTime", "params": [1.5]}', -32000, "whole seconds"),
        (b'{"method": "evm_increaseTime", "params": [true]}', -32000, "whole seconds"),
    ],
)
def test_what_is_no_request_gets_an_error(url, body, code, words):
    answer = post(url, body)
    assert answer.status_code == 200
    assert answer.json()["error"]["code"] == code
    assert words in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (b"Content-Length: 4000001", 413),
        (b"Content-Length: " + b"9" * 5_000, 413),
        (b"Content-Length: -1", 411),
        (b"Content-Length: abc", 411),
        (b"Transfer-Encoding: chunked", 411),
        (b"X: y", 411),
    ],
)
def test_lengths_are_bounded_before_a_byte_is_read(url, headers, status):
    place = urlsplit(url)
    head = b"POST %b HTTP/1.1\r\nHost: a\r\n%b\r\n\r\n" % (place.path.encode(), headers)
    answer = exchange(place.port or 0, [head])
    assert status_of(answer) == status
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == -32600


def test_lists_within_lists_are_no_transaction(url):
    """RLP: each list holds the next."""
    raw = b""
    for _ in range(40_000):
        size = len(raw).to_bytes(3, "big").lstrip(b"\0")
        raw = (bytes([0xC0 + len(raw)]) if len(raw) < 56 else bytes([0xF7 + len(size)]) + size) + raw
    with pytest.raises(TransactionRefused, match="invalid transaction"):
        Rpc(url).request("eth_sendRawTransaction", "0x" + raw.hex())


def test_calls_within_calls_end_by_their_gas(url):
    """A contract that calls itself with all its gas, and returns how many calls deep that went."""
    gateway = Gateway(url)
    runtime = "60206000600060006000305af15060005160010160005260206000f3"
    creation = bytes.fromhex(f"7b{runtime}600052601c6004f3")
    address = send_and_wait(gateway, Call(None, creation, 0, 200_000), OPERATOR).contract_address
    call = {"to": address, "gas": hex(30_000_000)}
    depth = int(Rpc(url).request("eth_call", call, "latest"), 16)
    assert depth > 500
    # and in a block, whose transaction has half of a block's gas at most
    assert send_and_wait(gateway, Call(address, b"", 0, 15_000_000), OPERATOR).status == 1


@pytest.mark.parametrize("path", ["/", "", "/wrong", "/?secret", "//", "/%00"])
def test_a_foreign_page_calls_nothing(url, path):
    """It knows the port, and no more."""
    before = Gateway(url).head()
    body = b'{"jsonrpc": "2.0", "id": 1, "method": "evm_increaseTime", "params": [1000000]}'
    headers = {"Content-Type": "text/plain", "Origin": "https://example.org"}
    answer = requests.post(url.rpartition("/")[0] + path, data=body, headers=headers, timeout=30)
    assert answer.status_code == 403
    assert "chain-url" in answer.json()["error"]["message"]
    assert Gateway(url).pending_time() < before.timestamp + 1_000


def test_its_address_is_for_its_owner_only(chain):
    address = chain.start()
    assert (chain.folder / "chain-url").read_text().strip() == address
    for name in ("chain-url", "chain-secret"):
        assert (chain.folder / name).stat().st_mode & 0o777 == 0o600
    assert len(urlsplit(address).path) == 65
