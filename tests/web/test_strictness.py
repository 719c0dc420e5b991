"""Small slips and small traps: each is refused in a sentence, with the headers that say what would be right."""

import asyncio
import stat

import httpx
import pytest
from fastapi import FastAPI

from earnest.web.addresses import AddressInvalid, checksummed, parse_address
from earnest.web.headers import SafeHeaders
from earnest.web.problems import Unexpected, install_problem_handlers
from tests.fixtures.served_pool import assert_problem
from tests.fixtures.service import ADMIN, POOL

#: From the standard (EIP-55).
CHECKSUMMED = [
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
]


@pytest.mark.parametrize("address", CHECKSUMMED)
def test_address_is_taken_with_its_checksum_or_without_any(address):
    for written in (address, address.lower(), "0x" + address[2:].upper()):
        assert parse_address(written) == checksummed(written) == address


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", "checksum"),
        ("0X5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "0X"),
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe", "40 hexadecimal digits"),
        ("ada", "40 hexadecimal digits"),
    ],
)
def test_slip_in_an_address_is_refused(given, words):
    with pytest.raises(AddressInvalid, match=words):
        parse_address(given)


def test_slips_in_addresses_are_refused_wherever_one_is_asked_for(world):
    right = world.pool["address"]
    digit = next(i for i, letter in enumerate(right) if i > 1 and letter.isalpha())
    wrong = right[:digit] + right[digit].swapcase() + right[digit + 1 :]
    for path in (f"/pools/{wrong}", f"/accounts/{wrong}", f"{world.path}/contributions?contributor={wrong}"):
        assert_problem(world.service.ask("GET", path), 422, "address-invalid", "checksum")
    assert_problem(world.service.ask("GET", f"/pools/0X{right[2:].lower()}"), 422, "address-invalid", "0X")
    body = {"samples": [{"features": [1, 5]}]}
    assert_problem(world.service.ask("POST", f"/pools/{wrong}/predictions", body), 422, "address-invalid")
    assert_problem(
        world.service.ask("GET", f"{world.path}/contributions?contributor=ada"), 422, "address-invalid", "40"
    )
    for written in (right, right.lower()):
        assert world.service.call("GET", f"/pools/{written}")["id"] == world.pool["id"]


@pytest.mark.parametrize("label", [True, "1", 1.0, None, [1], 1.5])
@pytest.mark.parametrize("where", ["quotes", "submissions"])
def test_what_is_no_whole_number_is_no_label(world, where, label):
    item = {"features": [1, 5, 9], "label": label}
    body = item if where == "quotes" else {"items": [item]}
    answer = world.service.ask("POST", f"{world.path}/{where}", body, world.token)
    assert_problem(answer, 422, "payload-invalid", "label: it must be a whole number.")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("submissions", {"items": [{"features": [True, 5], "label": 1}]}),
        ("submissions", {"items": [{"features": ["1", 5], "label": 1}]}),
        ("submissions", {"items": [{"features": [1, 5], "label": 1}], "keep_text": "yes"}),
        ("submissions", {"items": [{"features": [1, 5], "label": 1}], "one_commitment": 1}),
        ("refunds", {"indices": ["0"]}),
        ("refunds", {"indices": [True]}),
        ("refunds", {"indices": [0.0]}),
    ],
)
def test_what_only_looks_like_what_is_asked_for_is_refused(world, path, body):
    document = assert_problem(
        world.service.ask("POST", f"{world.path}/{path}", body, world.token), 422, "payload-invalid"
    )
    assert "Input" not in str(document["errors"])


@pytest.mark.parametrize("member", ["num_words", "train_size", "refund_wait", "head_start"])
@pytest.mark.parametrize("value", ["100", True, 100.0])
def test_what_only_looks_like_a_number_makes_no_pool(world, member, value):
    answer = world.service.ask("POST", "/pools", {**POOL, member: value}, ADMIN)
    assert_problem(answer, 422, "payload-invalid", f"/{member}: it must be a whole number.")


@pytest.mark.parametrize(
    "name", ["a\u202eb", "a\u2066b", "\u200b", "a\u061cb", "a\ufeff", "a\u2028b", "a\u0085b", "a\0b"]
)
def test_name_that_reads_as_another_is_refused(world, name):
    for path, body, token in (("/accounts", {"name": name}, None), ("/pools", {**POOL, "name": name}, ADMIN)):
        assert_problem(world.service.ask("POST", path, body, token), 422, "payload-invalid", "/name: ")
    assert world.service.call("POST", "/accounts", {"name": "Åsa Lindqvist 李 🙂"})["name"] == "Åsa Lindqvist 李 🙂"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/pools", "GET, POST"),
        ("PATCH", "/v1/accounts/me/faucet", "POST"),
        ("POST", "/v1/accounts/me", "GET"),
        ("DELETE", "/healthz", "GET"),
        # not what a sweep of that name would take
        ("PUT", "/v1/sweeps/knobs", "GET"),
        ("PUT", "/v1/sweeps/any", "DELETE, GET"),
    ],
)
def test_method_that_is_not_taken_is_answered_with_those_that_are(world, method, path, allowed):
    answer = world.service.http.request(method, path)
    assert_problem(answer, 405, "method-not-allowed", "Allow")
    assert answer.headers["allow"] == allowed


def test_who_brings_no_token_is_told_which_kind(world):
    answer = world.service.ask("GET", "/accounts/me")
    assert_problem(answer, 401, "token-invalid")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/pools/%00",
        "/v1/pools/a%00b/contributions",
        "/v1/submissions/%00",
        "/v1/accounts/%00",
        "/v1/transactions/%00",
        "/v1/sweeps/%00/rows",
        "/sweeps/%00",
    ],
)
@pytest.mark.parametrize("query", ["", "?cursor=%00"])
def test_nul_in_an_address_is_refused(world, path, query):
    answer = world.service.http.get(path + query, headers={"Authorization": f"Bearer {world.token}"})
    assert_problem(answer, 400, "address-malformed", "NUL")


def test_link_to_nothing_is_a_page_for_people_and_a_problem_for_programs(world):
    page = world.service.http.get("/nothing", headers={"Accept": "text/html,*/*"})
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "There is no page at this address." in page.text
    assert_problem(world.service.http.get("/nothing"), 404, "not-found")
    assert_problem(world.service.http.get("/v1/nothing", headers={"Accept": "text/html"}), 404, "not-found")


def test_what_nobody_foresaw_has_the_headers_too():
    app = FastAPI()
    install_problem_handlers(app)

    @app.get("/broken")
    def broken() -> None:
        raise ZeroDivisionError

    app.add_middleware(Unexpected)
    app.add_middleware(SafeHeaders)

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://earnest") as client:
            return await client.get("/broken")

    answer = asyncio.run(ask())
    assert_problem(answer, 500, "internal-error", "log")
    assert "ZeroDivision" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_files_of_the_data_folder_are_their_owners_alone(service):
    service.folder.mkdir()
    open_to_all = service.folder / "earnest.sqlite"
    open_to_all.touch()
    open_to_all.chmod(0o644)
    service.folder.chmod(0o755)
    service.start()
    service.account()
    found = [service.folder, *service.folder.rglob("*")]
    assert {"earnest.sqlite", "chain.sqlite", "chain.log"} <= {path.name for path in found}
    assert [path.name for path in found if stat.S_IMODE(path.stat().st_mode) & 0o077] == []
