"""How often something may be asked for, in bounded memory, and what is answered to those who ask more often."""

import pytest

from earnest.config import Settings
from earnest.web.limits import (
    FAUCET,
    NEW_ACCOUNTS,
    REQUESTS,
    Buckets,
    Limits,
    Rate,
    RateLimited,
    key_of,
)
from tests.fixtures.served_pool import assert_problem
from tests.fixtures.service import ADMIN


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_bucket_gives_what_it_holds_at_once_and_fills_evenly():
    clock = Clock()
    buckets = Buckets(Rate(3, 60, "tries"), clock=clock)
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 20]
    # others have theirs
    assert buckets.take("b") == 0
    clock.now = 19.9
    assert buckets.take("a") == pytest.approx(0.1)
    clock.now = 20
    assert (buckets.lacks("a"), buckets.take("a"), buckets.take("a")) == (0, 0, 20)
    clock.now = 10_000
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 20]


def test_what_came_to_nothing_is_put_back_and_no_more():
    buckets = Buckets(Rate(3, 60, "tries"), clock=Clock())
    buckets.take("a", 2)
    buckets.put_back("a", 2)
    buckets.put_back("a", 2)
    assert [buckets.take("a", 3), buckets.take("a")] == [0, 20]


def test_buckets_are_so_many_and_no_more():
    buckets = Buckets(Rate(1, 60, "tries"), most=100, clock=Clock())
    for number in range(10_000):
        buckets.take(str(number))
        buckets.lacks("another" + str(number))
        # used all the time, so kept
        buckets.take("busy") if number % 50 == 0 else None
    assert len(buckets) == 100


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_host_is_counted_once_however_many_addresses_it_has(address, key):
    assert key_of(address) == key


def test_strangers_meet_limits_that_the_owner_at_home_does_not(tmp_path):
    for settings, most in (
        (Settings(data_dir=tmp_path, host="0.0.0.0"), 20),
        (Settings(data_dir=tmp_path, public_hosts="earnest.example"), 20),
        (Settings(data_dir=tmp_path, rate_new_accounts=5), 5),
    ):
        limits = Limits(settings, Clock())
        for _ in range(most):
            limits.take(NEW_ACCOUNTS, "10.0.0.1")
        with pytest.raises(RateLimited, match=f"at most {most} in an hour"):
            limits.take(NEW_ACCOUNTS, "10.0.0.1")
        limits.take(NEW_ACCOUNTS, "10.0.0.2")
    at_home = Limits(Settings(data_dir=tmp_path), Clock())
    for _ in range(5_000):
        at_home.take(NEW_ACCOUNTS, "127.0.0.1")
        at_home.take(REQUESTS, "127.0.0.1")


@pytest.mark.parametrize("budget", [0, 5])
def test_more_than_the_whole_budget_is_refused_without_a_time(tmp_path, budget):
    limits = Limits(Settings(data_dir=tmp_path, faucet_budget=budget), Clock())
    with pytest.raises(RateLimited, match="not so much at all") as refused:
        limits.take(FAUCET, "all", 6)
    assert "retry_after" not in refused.value.extra


@pytest.mark.loopback
def test_service_limits_accounts_faucet_tokens_and_requests(service):
    service.settings |= {
        "RATE_NEW_ACCOUNTS": "3",
        "RATE_WRONG_TOKENS": "4",
        "RATE_ACCOUNT": "10",
        "FAUCET_BUDGET": str(10**18),
    }
    service.start()
    tokens = [service.call("POST", "/accounts", {"name": f"account {number}"})["token"] for number in range(3)]
    refused = service.ask("POST", "/accounts", {"name": "one too many"})
    assert_problem(refused, 429, "rate-limited", "new accounts", "3 in an hour")
    assert 1 <= int(refused.headers["retry-after"]) <= 1_200

    service.call("POST", "/accounts/me/faucet", {"amount": str(10**18 - 10**15)}, tokens[0])
    drained = service.ask("POST", "/accounts/me/faucet", {"amount": str(10**17)}, tokens[1])
    assert_problem(drained, 429, "rate-limited", "faucet")
    assert int(drained.headers["retry-after"]) > 60
    assert service.call("GET", "/accounts/me", token=tokens[1])["balance"] == "0"

    answers = [service.ask("GET", "/accounts/me", token=tokens[2]) for _ in range(12)]
    assert {answer.status_code for answer in answers[:10]} == {200}
    assert_problem(answers[-1], 429, "rate-limited", "requests of this account")
    # another account is none the worse
    assert service.ask("GET", "/accounts/me", token=tokens[1]).status_code == 200

    for number in range(4):
        assert_problem(service.ask("GET", "/submissions", token=f"guess {number}"), 401, "token-invalid")
    assert_problem(service.ask("POST", "/chain/time", {"seconds": 1}, "guess"), 429, "rate-limited", "wrong tokens")
    # even the right one, so that guesses are not told apart
    assert_problem(service.ask("POST", "/chain/time", {"seconds": 1}, ADMIN), 429, "rate-limited", "wrong tokens")
    # who brings none is not concerned
    assert service.ask("GET", "/pools").status_code == 200


@pytest.mark.loopback
def test_address_that_asks_too_often_is_refused_and_health_is_answered(service):
    service.settings["RATE_ADDRESS"] = "30"
    service.start()
    answers = [service.ask("GET", "/pools") for _ in range(40)]
    assert answers[0].status_code == 200
    assert_problem(answers[-1], 429, "rate-limited", "requests from this address", "30 in a minute")
    assert answers[-1].headers["x-content-type-options"] == "nosniff"
    assert service.http.get("/").status_code == 429
    assert service.http.get("/healthz").status_code == service.http.get("/readyz").status_code == 200
