"""Folders of an earlier version are taken over at the start, but none that a process still writes to."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from earnest.sweeps.folders import SweepFolders
from earnest.sweeps.process import BackgroundProcess
from tests.sweeps.world import World


@pytest.fixture
def folders(tmp_path: Path) -> SweepFolders:
    return SweepFolders(tmp_path / "sweeps", former=tmp_path / "studies")


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[BackgroundProcess]:
    """A process that lives in the former folder of the sweep `busy`."""
    place = tmp_path / "studies" / "busy"
    place.mkdir(parents=True)
    process = BackgroundProcess(place)
    process.start([sys.executable, "-S", "-c", "import time; time.sleep(600)"], dict(os.environ), 0)
    yield process
    ended = BackgroundProcess(next(path for path in (place, tmp_path / "sweeps" / "busy") if path.is_dir()))
    while ended.alive():
        ended.kill()


def keep(folder: Path, sweep: str, content: str = "kept") -> None:
    (folder / sweep).mkdir(parents=True)
    (folder / sweep / "journal.jsonl").write_text(content)


def content(folders: SweepFolders, sweep: str) -> str:
    return (folders.of(sweep).path / "journal.jsonl").read_text()


def test_without_former_folders_nothing_is_made(tmp_path: Path, folders: SweepFolders) -> None:
    folders.take_over()
    assert list(tmp_path.iterdir()) == []
    assert folders.of("a").path == tmp_path / "sweeps" / "a"


def test_former_folder_is_taken_over_whole_and_a_link_remains_one(tmp_path: Path, folders: SweepFolders) -> None:
    keep(tmp_path / "large-disk", "a")
    (tmp_path / "studies").symlink_to(tmp_path / "large-disk")
    folders.take_over()
    assert (tmp_path / "sweeps").is_symlink()
    assert not (tmp_path / "studies").exists()
    assert content(folders, "a") == "kept"


def test_folder_of_a_living_process_stays_and_is_used_where_it_is(
    tmp_path: Path, folders: SweepFolders, busy: BackgroundProcess
) -> None:
    keep(tmp_path / "studies", "done")
    folders.take_over()
    assert folders.of("busy").path == tmp_path / "studies" / "busy"
    assert folders.of("done").path == tmp_path / "sweeps" / "done"
    assert content(folders, "done") == "kept"
    # the next start finds it at rest
    while busy.alive():
        busy.kill()
    folders.take_over()
    assert folders.of("busy").path == tmp_path / "sweeps" / "busy"
    assert not (tmp_path / "studies").exists()


def test_nothing_is_overwritten(tmp_path: Path, folders: SweepFolders) -> None:
    keep(tmp_path / "studies", "a", "old")
    keep(tmp_path / "sweeps", "a", "new")
    keep(tmp_path / "studies", "b")
    folders.take_over()
    assert content(folders, "a") == "new"
    assert content(folders, "b") == "kept"
    assert (tmp_path / "studies" / "a" / "journal.jsonl").read_text() == "old"


def test_folder_that_cannot_be_moved_is_used_where_it_is(
    tmp_path: Path, folders: SweepFolders, caplog: pytest.LogCaptureFixture
) -> None:
    keep(tmp_path / "studies", "a")
    (tmp_path / "sweeps").write_text("in the way")
    folders.take_over()
    assert content(folders, "a") == "kept"
    assert "are used where they are" in caplog.text


def test_sweep_that_an_earlier_version_started_ends_in_its_place_and_then_moves(world: World) -> None:
    place, world.folder = world.folder, world.former
    world.start_service()
    sweep = world.ask(runs=6, pause=0.2)
    world.until(lambda: len(world.numbers(sweep)) >= 1)
    orphan = world.runner._processes[sweep.id]._child
    world.folder = place
    world.start_service()
    assert world.sweeps.folder(sweep.id).path == world.former / sweep.id
    assert world.ended(sweep).status == "finished"
    assert (world.former / sweep.id / "starts").read_text() == "x"
    assert orphan is not None
    orphan.wait()
    world.start_service()
    assert world.sweeps.folder(sweep.id).path == place / sweep.id
    assert world.numbers(sweep) == [0, 1, 2, 3, 4, 5]
    assert world.sweeps.report(sweep.id).read_text() == "<p>found</p>"
    assert not world.former.exists()
