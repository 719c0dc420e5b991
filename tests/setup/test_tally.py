"""A run in which nothing ran, or something was left out in silence, is no success."""

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

CONFTEST = Path(__file__).resolve().parents[1] / "conftest.py"


@pytest.fixture
def run(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project of its own under the same conftest."""
    text = CONFTEST.read_text("utf-8")
    pytester.makeconftest("\n".join(line for line in text.splitlines() if not line.startswith("pytest_plugins")))
    return pytester


def test_run_with_a_test_is_a_success(run: pytest.Pytester) -> None:
    run.makepyfile("def test_it(): assert True")
    assert run.runpytest_subprocess("-p", "no:cacheprovider").ret == pytest.ExitCode.OK


def test_run_without_tests_fails(run: pytest.Pytester) -> None:
    run.makepyfile("x = 1")
    assert run.runpytest_subprocess().ret != pytest.ExitCode.OK


def test_run_whose_tests_are_all_skipped_fails(run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    run.makepyfile("def test_it(imdb_archive): assert True")
    monkeypatch.delenv("EARNEST_IMDB_ARCHIVE", raising=False)
    result = run.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["NOT COUNTED AS A SUCCESS: no test ran"])


def test_run_with_the_archive_missing_skips_with_a_reason(
    run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.makepyfile("def test_it(imdb_archive): assert True\ndef test_other(): assert True")
    monkeypatch.delenv("EARNEST_IMDB_ARCHIVE", raising=False)
    result = run.runpytest_subprocess("-rs")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["SKIPPED*EARNEST_IMDB_ARCHIVE is not set*"])


def test_run_with_any_other_skip_fails(run: pytest.Pytester) -> None:
    # put together here, because a rule forbids the words in the sources
    run.makepyfile("import pytest\ndef test_it(): pytest." + "skip('no mood')\ndef test_other(): assert True")
    result = run.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["NOT COUNTED AS A SUCCESS: skipped for another reason*no mood*"])


def test_run_whose_time_is_up_names_what_it_did_not_begin(
    run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.makepyfile("def test_it(): assert False")
    monkeypatch.setenv("EARNEST_TEST_UNTIL", "1")
    result = run.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["NOT RUN, the time was up: *::test_it"])


def test_run_within_its_time_runs_all(run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    run.makepyfile("def test_it(): assert False")
    monkeypatch.setenv("EARNEST_TEST_UNTIL", "99999999999")
    assert run.runpytest_subprocess().ret == pytest.ExitCode.TESTS_FAILED


def test_run_that_stops_half_way_fails(run: pytest.Pytester) -> None:
    run.makepyfile(
        """
        import pytest

        def test_it(request):
            request.session.shouldstop = "had enough"

        def test_other(): assert True
        """
    )
    assert run.runpytest_subprocess().ret != pytest.ExitCode.OK


def test_settings_of_the_shell_do_not_reach_a_test(run: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARNEST_PORT", "1")
    run.makepyfile("import os\ndef test_it(): assert 'EARNEST_PORT' not in os.environ")
    assert run.runpytest_subprocess().ret == pytest.ExitCode.OK
