"""What is counted and measured, as Prometheus reads it."""

import re

from tests.fixtures.served_pool import COST, World, assert_problem
from tests.fixtures.service import ADMIN


def measured(world: World) -> dict[str, float]:
    """Every sample by its name with its labels."""
    answer = world.service.http.get("/metrics", headers={"Authorization": f"Bearer {ADMIN}"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    lines = [line for line in answer.text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_escrow_equals_liabilities_and_grows_by_what_is_paid(world):
    pool = world.pool["id"]
    escrow, owed = f'earnest_pool_escrow_wei{{pool="{pool}"}}', f'earnest_pool_liabilities_wei{{pool="{pool}"}}'
    before = measured(world)
    world.contribute([11, 40])
    after = measured(world)
    assert after[escrow] == after[owed]
    assert after[escrow] - before.get(escrow, 0) == COST
    assert after[f'earnest_pool_block{{pool="{pool}"}}'] > before[f'earnest_pool_block{{pool="{pool}"}}']
    assert after[f'earnest_pool_digest_matches{{pool="{pool}"}}'] == 1
    assert after[f'earnest_pool_reorganisations_total{{pool="{pool}"}}'] == 0
    confirmed = 'earnest_submission_items{status="confirmed"}'
    assert after[confirmed] - before.get(confirmed, 0) == 1
    assert after["earnest_chain_silent"] == 0
    assert after['earnest_ready{capability="submit"}'] == 1


def test_requests_are_counted_by_route_and_not_by_address(world):
    name = 'earnest_requests_total{method="GET",route="/v1/pools/{pool}",status="404"}'
    before = measured(world).get(name, 0)
    for number in range(3):
        world.service.ask("GET", f"/pools/none-{number}")
    world.service.http.request("BREW", "/v1/pools")
    after = measured(world)
    assert after[name] - before == 3
    assert not any("none-" in each or "BREW" in each for each in after)


def test_metrics_are_the_operators(world):
    for token in (None, "wrong", world.token):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        assert_problem(world.service.http.get("/metrics", headers=headers), 401, "token-invalid")


def test_request_has_an_id_that_the_log_names_and_no_secret(world):
    answer = world.service.http.get("/v1/pools?cursor=secret", headers={"X-Request-ID": "from-a-proxy-1"})
    assert answer.headers["x-request-id"] == "from-a-proxy-1"
    other = world.service.http.get("/v1/pools", headers={"X-Request-ID": "a b"}).headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", other)
    world.service.call("GET", "/accounts/me", token=world.token)
    log = world.service.log.read_text(errors="replace")
    assert re.search(r"GET /v1/pools 422 \d+\.\d ms 127\.0\.0\.1 \[from-a-proxy-1\]", log)
    assert "cursor=secret" not in log
    assert world.token not in log


def test_act_of_an_operator_names_its_request(world):
    answer = world.service.ask("POST", "/chain/time", {"seconds": 1}, ADMIN, X_Request_ID="by-the-operator")
    assert answer.headers["x-request-id"] == "by-the-operator"
    (act,) = world.service.call("GET", "/audit?limit=1", token=ADMIN)["items"]
    assert act["request_id"] == "by-the-operator"


def test_version_is_told_and_nobody_is_named_whom_the_operator_did_not(world):
    assert world.service.http.get("/version").json()["api"] == "v1"
    assert_problem(world.service.http.get("/.well-known/security.txt"), 404, "not-found", "EARNEST_SECURITY_CONTACT")
