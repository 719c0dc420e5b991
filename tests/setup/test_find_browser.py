"""Where the browser tests look for a browser, and what they say when there is none."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools import find_browser as finder
from tools.find_browser import BrowserMissingError, ensure_browser, find_browser


def _program(path: Path, exit_code: int = 0) -> Path:
    path.write_text(f"#!/bin/sh\nexit {exit_code}\n")
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def _bare_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EARNEST_TEST_BROWSER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(finder, "_downloaded", lambda: tmp_path / "downloaded")


def test_find_browser_without_any_says_what_to_install() -> None:
    with pytest.raises(BrowserMissingError, match=r"apt-get install chromium\)\.$"):
        find_browser()


def test_find_browser_named_one_that_does_not_start_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _program(tmp_path / "chromium")
    monkeypatch.setenv("EARNEST_TEST_BROWSER", str(tmp_path / "nowhere"))
    with pytest.raises(BrowserMissingError, match="nowhere, which does not start"):
        ensure_browser()


def test_find_browser_passes_over_a_placeholder_that_does_not_start(tmp_path: Path) -> None:
    _program(tmp_path / "chromium", exit_code=1)
    other = _program(tmp_path / "google-chrome")
    assert find_browser() == other


def test_find_browser_prefers_the_systems_own(tmp_path: Path) -> None:
    _program(tmp_path / "downloaded")
    own = _program(tmp_path / "chromium")
    assert find_browser() == own


def test_find_browser_falls_back_to_playwrights_download(tmp_path: Path) -> None:
    downloaded = _program(tmp_path / "downloaded")
    assert find_browser() == downloaded


def test_ensure_browser_downloads_before_it_asks_debian(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(finder, "_download", lambda: calls.append("download"))
    monkeypatch.setattr(finder, "_install_package", lambda: calls.append("package"))
    with pytest.raises(BrowserMissingError):
        ensure_browser()
    assert calls == ["download", "package"]


def test_ensure_browser_takes_debians_package_when_the_download_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finder, "_download", lambda: _program(tmp_path / "downloaded", exit_code=127))
    monkeypatch.setattr(finder, "_install_package", lambda: _program(tmp_path / "chromium"))
    assert ensure_browser() == tmp_path / "chromium"


def test_download_that_hangs_ends_in_time(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def hang(*_: object, **options: object) -> None:
        raise subprocess.TimeoutExpired("playwright", float(str(options["timeout"])))

    monkeypatch.setattr(subprocess, "run", hang)
    finder._download()
    assert "did not end in time" in capsys.readouterr().out


def test_command_without_a_browser_ends_with_one_sentence(tmp_path: Path) -> None:
    # the browser that is named does not start, so nothing is downloaded here
    done = subprocess.run(
        [sys.executable, "-m", "tools.find_browser"],
        env={"EARNEST_TEST_BROWSER": str(tmp_path / "nowhere"), "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
