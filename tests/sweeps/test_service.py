"""What is refused, what a retry finds, what can be read."""

import json
from pathlib import Path

import pytest
from sqlalchemy import event

from earnest.errors import IdempotencyKeyReused
from earnest.sweeps.commands import Commands
from earnest.sweeps.errors import (
    CheckFailed,
    DataMissing,
    ScenarioInvalid,
    SimulationsMissing,
    SweepFileUnknown,
    SweepInvalid,
    SweepTooLarge,
    SweepUnknown,
)
from earnest.sweeps.folder import SweepFolder
from earnest.sweeps.schemas import SweepName, SweepRequest, SweepShown
from earnest.web.schemas import CursorInvalid
from tests.sweeps.results import write_view
from tests.sweeps.world import MAX_RUNS, World


@pytest.mark.parametrize(
    ("kind", "error"),
    [("ScenarioError", ScenarioInvalid), ("SweepError", SweepInvalid), ("TaskError", SweepInvalid)],
)
def test_request_that_the_simulations_refuse_is_refused_in_their_words(
    world: World, kind: str, error: type[Exception]
) -> None:
    with pytest.raises(error, match="cost is 0"):
        world.ask(kind=kind, error="cost is 0")
    assert world.sweeps.page(None, 10) == ([], None)


def test_missing_data_are_refused_with_what_to_do(world: World) -> None:
    with pytest.raises(DataMissing, match=r"None is given\. In a service the operator sets EARNEST_IMDB_ARCHIVE"):
        world.ask(kind="DatasetError", error="None is given.")


def test_simulations_that_are_not_installed_are_named_with_the_command(world: World) -> None:
    with pytest.raises(SimulationsMissing, match=r"pip install 'earnest\[simulations\]'"):
        world.ask(kind="ExtraMissing", error="A sweep needs numba: pip install 'earnest[simulations]'")


def test_check_that_breaks_is_told_from_a_refusal(world: World) -> None:
    with pytest.raises(CheckFailed, match="came to nothing"):
        world.ask(check="Traceback")


def test_check_without_room_is_told_from_a_refusal(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(CheckFailed, match=r"could not be checked \(No space left on device\)"):
        world.ask()


def test_sweep_with_more_runs_than_the_operator_allows_is_refused(world: World) -> None:
    with pytest.raises(SweepTooLarge, match=f"has 51 runs, and this service takes at most {MAX_RUNS}"):
        world.ask(runs=MAX_RUNS + 1)
    assert world.ask(runs=MAX_RUNS).runs == MAX_RUNS


@pytest.mark.parametrize(
    "change",
    [
        {"scenario": {"x": float("nan")}},
        {"scenario": {"x": "a\0b"}},
        {"scenario": {"x": "y" * 200_001}},
        {"seeds": 0},
        {"seeds": [-1]},
        {"name": "a\nb"},
        {"file": "x"},
    ],
)
def test_request_that_is_no_plain_request_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        SweepRequest.model_validate({"scenario": "paper", **change})


def test_retry_with_the_same_key_finds_the_first_sweep(world: World) -> None:
    first = world.ask(key="k", runs=2)
    assert world.ask(key="k", runs=2).id == first.id
    assert world.ask(runs=2).id != first.id
    with pytest.raises(IdempotencyKeyReused):
        world.ask(key="k", runs=3)


@pytest.mark.parametrize("which", ["none", "..", "a" * 36, "a\0b", "../" * 12])
def test_sweep_that_is_not_there_is_told_so(world: World, which: str) -> None:
    for look in (world.sweeps.show, world.sweeps.report, world.sweeps.cancel, world.sweeps.delete):
        with pytest.raises(SweepUnknown):
            look(which)


def test_rows_come_in_pages_while_the_sweep_goes_on_and_not_a_number_is_null(world: World) -> None:
    sweep = world.ask(runs=5)
    assert world.sweeps.rows(sweep.id, 0, 2) == ([], None)
    world.ended(sweep)
    first, following = world.sweeps.rows(sweep.id, 0, 2)
    assert first == [{"run": 0, "seed": 0, "share": None}, {"run": 1, "seed": 1, "share": None}]
    assert following is not None
    rest, end = world.sweeps.rows(sweep.id, following, 10)
    assert ([row["run"] for row in rest], end) == ([2, 3, 4], None)


@pytest.mark.parametrize("start", [1, -1, 10**9, 10**30])
def test_rows_from_where_none_starts_are_refused(world: World, start: int) -> None:
    sweep = world.ask()
    world.ended(sweep)
    with pytest.raises(CursorInvalid):
        world.sweeps.rows(sweep.id, start, 2)


def test_row_that_a_kill_cut_off_is_no_row(tmp_path: Path) -> None:
    whole = json.dumps({"number": 0, "row": {}}).encode() + b"\n"
    (tmp_path / "journal.jsonl").write_bytes(whole + whole[:5])
    folder = SweepFolder(tmp_path)
    assert folder.rows(0, 10) == ([{"run": 0}], None)
    assert folder.count() == 1


def test_only_the_files_of_sweep_and_report_are_handed_out(world: World) -> None:
    sweep = world.ask()
    world.ended(sweep)
    assert world.show(sweep).files == ["runs.csv"]
    assert world.sweeps.file(sweep.id, "runs.csv").read_text() == "seed\n"
    for name in ("request.json", "log", "process", "../request.json", "report.html", ".lock", "..", "runs.parquet"):
        with pytest.raises(SweepFileUnknown, match=r"its files: runs\.csv"):
            world.sweeps.file(sweep.id, name)


def test_progress_that_is_half_written_is_none(tmp_path: Path) -> None:
    folder = SweepFolder(tmp_path)
    assert folder.progress() is None
    for content in ("", '{"stage": "Ru', "[]", '{"other": 1}'):
        (tmp_path / "progress.json").write_text(content)
        assert folder.progress() is None


def with_view(world: World, sweep: SweepShown) -> Path:
    return write_view(world.place(sweep) / "report" / "view.json")


def test_sweeps_to_compare_with_are_had_by_name_without_what_was_asked_for(world: World) -> None:
    first, second, third = (world.ask(name) for name in ("First", "Second", "Third"))
    for sweep in (first, second, third):
        world.ended(sweep)
    for sweep in (first, second):
        with_view(world, sweep)
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(world.engine, "before_cursor_execute", note)
    try:
        assert world.sweeps.comparable(second.id) == [SweepName(first.id, "First")]
        assert [one.name for one in world.sweeps.comparable(third.id)] == ["Second", "First"]
    finally:
        event.remove(world.engine, "before_cursor_execute", note)
    reads = [statement for statement in statements if "FROM sweeps" in statement]
    assert len(reads) == 2
    assert not any("request" in statement or "plan" in statement for statement in reads)


def test_sweeps_that_were_reported_on_are_named_in_words(world: World) -> None:
    told, untold = world.ended(world.ask()), world.ended(world.ask())
    with_view(world, told)
    assert world.sweeps.labels([told, untold]) == {told.id: ("number of words", "price")}


def test_sweep_that_is_resumed_shows_its_rows_and_not_its_former_results(world: World) -> None:
    sweep = world.ended(world.ask(runs=2, failing=1))
    view = with_view(world, sweep)
    found = world.sweeps.results(sweep.id)
    assert found is not None
    assert len(found.runs) == 60
    world.sweeps.resume(sweep.id)
    assert world.show(sweep).finished_at is None
    # the rows of the stand-in hold nothing to draw
    assert world.sweeps.results(sweep.id) is None
    assert world.sweeps.comparable("other") == []
    world.ended(sweep)
    assert world.starts(sweep) == 2
    assert not view.exists()
    assert world.sweeps.results(sweep.id) is None


def test_report_that_is_forgotten_leaves_neither_page_nor_rows(tmp_path: Path) -> None:
    folder = SweepFolder(tmp_path)
    folder.forget_report()
    write_view(folder.view)
    folder.page.write_text("found")
    folder.forget_report()
    assert not folder.view.exists()
    assert not folder.page.exists()


def test_sweeps_come_in_pages_newest_first(world: World) -> None:
    for name in ("a", "b", "c"):
        world.ask(name)
    first, following = world.sweeps.page(None, 2)
    assert [sweep.name for sweep in first] == ["c", "b"]
    rest, end = world.sweeps.page(following, 2)
    assert ([sweep.name for sweep in rest], end) == (["a"], None)


def test_commands_read_the_operators_data_by_absolute_paths_and_no_other(tmp_path: Path) -> None:
    command = Commands(tmp_path, program=("earnest",)).sweep(tmp_path / "sweep")
    assert "--archive" not in command
    assert "--data" not in command
    given = Commands(Path("data"), Path("imdb.tar.gz"), Path("spam"), jobs=3).check(tmp_path / "sweep")
    for option, path in (("--data-dir", "data"), ("--archive", "imdb.tar.gz"), ("--data", "spam")):
        assert given[given.index(option) + 1] == str(Path(path).absolute())
