"""Other sites' pages change nothing here, frame nothing, and read nothing under names of their own."""

from http.cookies import SimpleCookie

import pytest

from earnest.web.headers import CONTENT_SECURITY_POLICY
from earnest.web.origins import names_of
from tests.fixtures.served_pool import assert_problem
from tests.fixtures.service import ADMIN

COOKIE = "earnest_account"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://example.org"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://localhost:1"},
        {"Origin": "file://"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://example.org", "Sec-Fetch-Site": "same-origin"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/pools/{pool}/contribute"),
        ("POST", "/account"),
        ("POST", "/operator"),
        ("POST", "/preferences"),
        ("POST", "/sweeps"),
        ("POST", "/v1/accounts"),
        ("POST", "/v1/chain/time"),
        ("POST", "/v1/pools/{pool}/pause"),
        ("DELETE", "/v1/pools/{pool}"),
    ],
)
def test_what_another_page_sends_is_refused(world, headers, method, path):
    where = path.replace("{pool}", world.pool["id"])
    body = "action=account&token=" + ADMIN
    sent = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": f"Bearer {ADMIN}", **headers}
    answer = world.service.http.request(method, where, content=body, headers=sent)
    assert_problem(answer, 403, "origin-foreign")
    assert "set-cookie" not in answer.headers
    assert world.service.call("GET", world.path)["paused"] is False


@pytest.mark.parametrize(
    "name", ["example.org", "example.org:80", "127.0.0.1.example.org", "", "[", "localhost@example.org"]
)
def test_names_of_others_are_not_answered(shared_service, name):
    for path in ("/", "/v1/pools", "/healthz"):
        answer = shared_service.http.get(path, headers={"Host": name})
        # the server itself refuses what is no name
        assert answer.status_code in (400, 421), (name, answer.status_code)


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST:8000", "127.0.0.1", "[::1]:8000"])
def test_names_of_this_machine_are_answered(shared_service, name):
    assert shared_service.http.get("/healthz", headers={"Host": name}).status_code == 200


@pytest.mark.parametrize(
    ("host", "public", "names"),
    [
        ("127.0.0.1", (), {"127.0.0.1", "localhost", "::1"}),
        ("0.0.0.0", (), None),
        ("::", (), None),
        ("0.0.0.0", ("Earnest.example.org",), {"earnest.example.org", "127.0.0.1", "localhost", "::1", "0.0.0.0"}),
    ],
)
def test_names_of_a_service(host, public, names):
    assert names_of(host, public) == names


def test_its_own_page_makes_an_account_and_keeps_it(world):
    http, where = world.service.http, f"/pools/{world.pool['id']}/contribute"
    own = {"Origin": world.service.url, "Sec-Fetch-Site": "same-origin"}
    made = http.post(where, data={"action": "account"}, headers=own)
    assert made.status_code == 303
    (cookie,) = SimpleCookie(made.headers["set-cookie"]).values()
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "strict", "")
    again = http.post(where, data={"action": "account"}, headers={**own, "Cookie": f"{COOKIE}={cookie.value}"})
    assert again.status_code == 303
    assert "set-cookie" not in again.headers
    http.cookies.clear()


def test_the_cookie_is_secure_where_a_proxy_speaks_https(world):
    # a proxy on this machine is believed
    headers = {"X-Forwarded-Proto": "https", "Origin": world.service.url.replace("http:", "https:")}
    where = f"/pools/{world.pool['id']}/contribute"
    made = world.service.http.post(where, data={"action": "account"}, headers=headers)
    (cookie,) = SimpleCookie(made.headers["set-cookie"]).values()
    assert cookie["secure"] is True
    world.service.http.cookies.clear()


@pytest.mark.parametrize(
    "path", ["/", "/pools/{pool}", "/sweeps", "/v1/pools", "/healthz", "/none", "/static/style.css"]
)
def test_every_answer_has_the_headers(world, path):
    answer = world.service.http.get(path.replace("{pool}", world.pool["id"]))
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == ("no-cache" if path.startswith("/static") else "no-store")


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/oauth2-redirect"])
def test_the_reference_runs_its_own_scripts_only(shared_service, path):
    policy = shared_service.http.get(path).headers["content-security-policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts
    assert "'sha256-" in scripts or path == "/redoc"


def test_routes_keep_headers_of_their_own(world):
    encoder = world.service.http.get(f"/v1/encoders/{world.pool['encoder_hash']}")
    assert encoder.headers["cache-control"] == "public, max-age=31536000, immutable"
