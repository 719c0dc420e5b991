"""schemathesis asks for every operation of the API's reference, as it should be asked for and otherwise."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.test_start import FIXED, OPERATOR_KEY, contribute
from tests.fixtures.service import ADMIN, Service

pytestmark = pytest.mark.loopback
ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = 20

CONFIGURATION = """
continue-on-failure = true
hooks = "tests.end_to_end.reference_checks"
request-timeout = 180
max-stream-events = 2

[checks]
max_response_time = 180

[checks.not_a_server_error]
# of these reference_checks says which ones
expected-statuses = ["2xx", "3xx", "4xx", 503]

[checks.positive_data_acceptance]
# what breaks a rule that no schema can hold has a problem of its own; reference_checks says which ones are left
expected-statuses = ["2xx", "3xx", "4xx", 503]

[cache]
directory = {cache}

[phases.stateful]
max-steps = 6

[auth.openapi.HTTPBearer]
bearer = {token}

[parameters]
{parameters}

[dictionaries]
{dictionaries}

[reports.json]
path = {report}
"""


def known(service: Service) -> dict[str, list[Any]]:
    """What stands in requests' addresses, of what there is."""
    # the pool's rules are others': a schema-valid contribution may be refused for them
    pool, sealed = service.deploy(price=FIXED), service.deploy(name="Sealed", incentive="sealed-assessment")
    account = service.account()
    shown = contribute(service, pool, account, [1, 2, 3])
    contribute(service, pool, account, [4, 5, 6])
    hook = service.call("POST", "/webhooks", {"url": "http://127.0.0.1:9/hook"}, account["token"])
    return {
        "token": [account["token"]],
        "pool": [pool["id"], sealed["id"], pool["address"]],
        "address": [account["address"]],
        "index": [0, 1],
        "submission": [shown["id"]],
        "transaction_hash": [shown["items"][0]["transaction_hash"]],
        "encoder_hash": [pool["encoder_hash"]],
        "webhook": [hook["id"]],
        "name": ["contributions.csv", "model.json"],
    }


def configuration(folder: Path, token: str, values: dict[str, list[Any]]) -> Path:
    """The file that schemathesis is told."""
    written = CONFIGURATION.format(
        token=json.dumps(token),
        parameters="\n".join(f'"path.{name}" = {{ dictionary = "{name}", probability = 0.8 }}' for name in values),
        dictionaries="\n".join(f"{name} = {{ values = {json.dumps(found)} }}" for name, found in values.items()),
        report=json.dumps(str(folder / "report.json")),
        cache=json.dumps(str(folder / "cache")),
    )
    path = folder / "schemathesis.toml"
    path.write_text(written)
    return path


def play(service: Service, folder: Path, who: str, *options: str) -> dict[str, Any]:
    """Ask for everything as the operator or as a contributor; prints the summary, and returns the report."""
    values = known(service)
    (token,) = values.pop("token")
    file = configuration(folder, ADMIN if who == "operator" else token, values)
    command = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(file), "run"]
    command += [f"{service.url}/openapi.json", "--checks", "all", "--seed", "1", "--no-color", *options]
    with (folder / "schemathesis.log").open("w") as log:
        subprocess.run(command, cwd=ROOT, stdout=log, stderr=log, check=False)
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    print(
        f"{who}: {report['operations']['tested']} of {report['operations']['total']} operations, "
        f"{report['test_cases']['generated']} requests, {report['test_cases']['unique_failures']} failures, "
        f"{len(report['errors'])} errors, {report['running_time']:.0f} s; "
        f"{ {name: phase['status'] for name, phase in report['phases'].items()} }"
    )
    assert service.process is not None
    assert service.process.poll() is None
    assert "Traceback" not in service.log.read_text(errors="replace")
    return report


def assert_nothing_was_found(report: dict[str, Any], folder: Path) -> None:
    log = (folder / "schemathesis.log").read_text()
    assert (report["failures"], report["errors"]) == ([], []), log[log.find("= FAILURES =") :][:20_000]


@pytest.fixture(params=["embedded", "postgres"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A service on the embedded default, and one on anvil with PostgreSQL."""
    settings = {"SEAL_BUDGET": "0", "TOKENS": "development", "WEBHOOK_PRIVATE": "true"}
    if request.param == "postgres":
        settings |= {
            "CHAIN_URL": request.getfixturevalue("anvil_url"),
            "OPERATOR_KEY": OPERATOR_KEY,
            "DATABASE_URL": request.getfixturevalue("postgres_url"),
        }
    made = Service(tmp_path / "data", **settings)
    made.start()
    yield made
    made.stop()


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("who", ["operator", "contributor"])
def test_every_operation_keeps_to_its_description(either, tmp_path, who):
    report = play(either, tmp_path, who, "--max-examples", str(EXAMPLES))
    assert report["operations"]["tested"] == report["operations"]["total"] > 80
    assert_nothing_was_found(report, tmp_path)


@pytest.mark.timeout(1800)
def test_operations_of_accounts_keep_to_their_description(service, tmp_path):
    """A few of them, briefly; the others take hours together."""
    service.start()
    paths = "^/v1/(accounts|keys|sessions|submissions|webhooks|pools/[^/]+/(predictions|contributions))"
    report = play(service, tmp_path, "contributor", "--include-path-regex", paths, "--max-examples", "3")
    assert report["operations"]["tested"] > 10
    assert_nothing_was_found(report, tmp_path)
