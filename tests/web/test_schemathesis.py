"""schemathesis asks every operation, by the API's own description, what it takes and what it should refuse.

With EARNEST_TEST_EXAMPLES it draws more requests of each operation than these few.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.test_start import OPERATOR_KEY
from tests.fixtures.service import ADMIN, Service

# two services in turn, and a thousand requests and more to each
pytestmark = [pytest.mark.slow, pytest.mark.loopback, pytest.mark.timeout(3600)]

EXAMPLES = os.environ.get("EARNEST_TEST_EXAMPLES", "5")
CHECKS = Path(__file__).with_name("schemathesis_checks.py")

#: Streams do not end, and an operator's requests that start what goes on for hours are asked by tests of their own.
CONFIGURATION = """
hooks = "{checks}"

[parameters]
"path.pool" = "{pool}"

[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "422", "429"]

[[operations]]
include-path-regex = "/events$"
enabled = false

[[operations]]
include-path-regex = "^/v1/(sweeps|advice|pools|pools/check)$"
include-method = "POST"
# whoever may not is refused alike, whatever is wrong with the four thousand bodies besides
phases.coverage.enabled = false

[[operations]]
include-path-regex = "/(quotes|predictions|submissions|contribute|sign-in)$"
# a text that is too long is longer than the library can draw; the requests of the phase of coverage hold them
phases.fuzzing.generation.mode = "positive"

[[operations]]
include-path-regex = "^(/metrics|/v1/audit|/v1/pools/{{pool}}/scans|/v1/pools/check)$"
headers = {{ Authorization = "Bearer {admin}" }}
"""


@pytest.fixture(params=["embedded and SQLite", "anvil and PostgreSQL"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """A service on one pair of backends after the other, started."""
    settings = {"SEAL_BUDGET": "0", "TOKENS": "development"}
    if "anvil" in request.param:
        url, chain = request.getfixturevalue("postgres_url"), request.getfixturevalue("anvil_url")
        settings |= {"DATABASE_URL": url, "CHAIN_URL": chain, "OPERATOR_KEY": OPERATOR_KEY}
    service = Service(tmp_path / "data", **settings)
    service.start()
    yield service
    service.stop()


def test_every_operation_does_what_the_reference_says(either: Service, tmp_path: Path) -> None:
    pool, account = either.deploy(), either.account()
    # made once, which takes seconds
    reference = tmp_path / "openapi.json"
    reference.write_bytes(either.http.get("/openapi.json").content)
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(CONFIGURATION.format(checks=CHECKS, pool=pool["id"], admin=ADMIN))
    report = tmp_path / "report.json"
    command = [
        sys.executable, "-m", "schemathesis.cli", "--config-file", configuration, "run", reference, "--url", either.url,
        "--checks", "all", "--seed", "1", "--max-examples", EXAMPLES, "--generation-database", "none",
        "--continue-on-failure", "--header", f"Authorization: Bearer {account['token']}",
        # one of the examples looks through 25,000 reviews
        "--request-timeout", "120", "--max-response-time", "120", "--suppress-health-check", "all",
        "--report", "json", "--report-json-path", report, "--no-color",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    # a summary for whoever wants to see how much was asked
    print(done.stdout[done.stdout.index("SUMMARY") :])
    assert json.loads(report.read_text())
    log = either.log.read_text(errors="replace")
    assert "Traceback" not in log, log[log.index("Traceback") - 500 :][:3_000]
