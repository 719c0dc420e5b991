"""What holds for every test: no network, derandomised examples, nothing left out in silence."""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

FIXTURES = ("anvil", "chromium", "pools", "postgres", "sealed_pools", "service", "served_pool", "wheel")
pytest_plugins = [f"tests.fixtures.{name}" for name in FIXTURES]

#: Fixtures that run a server on this machine; a test that asks for one may talk to this machine.
LOOPBACK_FIXTURES = {"anvil_url", "chromium", "service", "service_without_archive", "shared_service"}
LOOPBACK_HOSTS = ["127.0.0.1", "::1", "localhost"]

ARCHIVE_SETTING = "EARNEST_IMDB_ARCHIVE"


def _register_profiles() -> None:
    """Examples are the same in every run; only their number differs. A test that sets its own number keeps it."""
    common = {
        "derandomize": True,
        "database": None,
        "deadline": None,
        "print_blob": True,
        "suppress_health_check": [HealthCheck.too_slow],
    }
    settings.register_profile("fast", max_examples=50, stateful_step_count=30, **common)
    settings.register_profile("ci", max_examples=100, stateful_step_count=40, **common)
    settings.register_profile("slow", max_examples=1000, stateful_step_count=100, **common)
    settings.load_profile(os.environ.get("EARNEST_HYPOTHESIS_PROFILE", "fast"))


_register_profiles()


@pytest.fixture(scope="session")
def imdb_archive() -> Path:
    """The official IMDB archive; the only thing whose absence lets a test be skipped."""
    given = os.environ.get(ARCHIVE_SETTING)
    if not given:
        pytest.skip(f"{ARCHIVE_SETTING} is not set: it names aclImdb_v1.tar.gz, which is no part of the project")
    path = Path(given)
    assert path.is_file(), f"{ARCHIVE_SETTING} names {path}, which is not there"
    return path


@pytest.fixture(scope="session")
def ready_features(imdb_archive: Path) -> Path:
    """The archive's features, encoded by others, beside it: what our encoder is held against."""
    path = imdb_archive.parent / "imdb-bow.npz"
    if not path.is_file():
        pytest.skip(f"imdb-bow.npz is not beside the archive that {ARCHIVE_SETTING} names")
    return path


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service's settings in this shell must not reach the tests."""
    for name in list(os.environ):
        if name.startswith("EARNEST_") and not name.startswith(("EARNEST_TEST_", ARCHIVE_SETTING)):
            monkeypatch.delenv(name)


UNTIL_SETTING = "EARNEST_TEST_UNTIL"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Begin no test after the second (Unix time) that a machine with a time limit gives; who is left out is named."""
    given = os.environ.get(UNTIL_SETTING)
    if given and time.time() > float(given):
        pytest.skip(f"not begun before the time that {UNTIL_SETTING} gives")


#: Tests that start whole services, or compile: begun with them, processes side by side end together.
LONG_PATH = re.compile("^tests/(end_to_end|contracts|agreement|browser)/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put long files first, and hand the project's mark over to pytest-socket, which does the blocking."""
    items.sort(key=lambda item: not LONG_PATH.search(item.nodeid))
    for item in items:
        needs_loopback = LOOPBACK_FIXTURES & set(getattr(item, "fixturenames", ()))
        if needs_loopback or item.get_closest_marker("loopback"):
            item.add_marker(pytest.mark.allow_hosts(LOOPBACK_HOSTS))


class Tally:
    """Counts what became of each test, so that no run is green for want of tests."""

    def __init__(self) -> None:
        self.selected = 0
        self.finished: set[str] = set()
        self.ran = 0
        self.bad_skips: list[str] = []
        self.not_begun: list[str] = []
        self.hollow = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Iterator[None]:
        """Note how many tests were selected, once every plugin has had its say."""
        self.selected = len(session.items)
        return (yield)  # type: ignore[return-value]

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Note the same where tests run in several processes: each of them selects all, and this one selects none."""
        self.selected = len(ids)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note one phase of one test."""
        if report.when == "call" and not report.skipped:
            self.ran += 1
        if report.skipped:
            reason = str(report.longrepr)
            if UNTIL_SETTING in reason:
                self.not_begun.append(report.nodeid)
            elif ARCHIVE_SETTING not in reason:
                self.bad_skips.append(f"{report.nodeid}: {reason}")
        if report.when == "teardown":
            self.finished.add(report.nodeid)

    def complaints(self) -> list[str]:
        """Why a run without failures is not to be trusted."""
        found = [f"skipped for another reason than a missing archive: {skip}" for skip in self.bad_skips]
        if len(self.finished) != self.selected:
            found.append(f"{self.selected} tests were selected, {len(self.finished)} came to an end")
        if self.ran == 0 and not self.not_begun:
            found.append("no test ran")
        return found

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Turn a hollow success into a failure."""
        self.hollow = (
            exitstatus == pytest.ExitCode.OK and not session.config.option.collectonly and bool(self.complaints())
        )
        if self.hollow:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say why, and what there was no time for."""
        for nodeid in sorted(self.not_begun):
            terminalreporter.write_line(f"NOT RUN, the time was up: {nodeid}", yellow=True)
        if self.hollow:
            for complaint in self.complaints():
                terminalreporter.write_line(f"NOT COUNTED AS A SUCCESS: {complaint}", red=True)


def pytest_configure(config: pytest.Config) -> None:
    """Start counting, in the process that hears of every test."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Tally(), "tally")
