"""Pictures of views: one is drawn at a time, nobody waits for it, and what was drawn is kept."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from earnest.dashboard.results import as_view
from earnest.sweeps.check import Checker
from earnest.sweeps.commands import Commands
from earnest.sweeps.errors import SweepsBusy
from earnest.sweeps.pictures import Pictures
from earnest.sweeps.results.choice import Asked, chosen
from earnest.sweeps.results.loaded import Results, load
from tests.sweeps.results import write_view
from tests.sweeps.world import World

PATIENCE = 60.0


class Drawing:
    """Draws nothing, and counts."""

    def __init__(self, size: int = 1) -> None:
        self.drawn: list[dict[str, Any]] = []
        self.size = size

    def __call__(self, view: dict[str, Any], kind: str) -> bytes:
        self.drawn.append(view)
        return kind.encode() * self.size


def view_of(name: str) -> Callable[[], dict[str, Any]]:
    return lambda: {"title": name}


def test_picture_that_was_drawn_is_not_drawn_again() -> None:
    drawing = Drawing()
    pictures = Pictures(drawing)
    for name in ("a", "a", "b", "a"):
        assert pictures.picture(name, view_of(name), "png") == b"png"
    assert drawing.drawn == [{"title": "a"}, {"title": "b"}]
    # of a sweep that runs
    for _ in range(2):
        pictures.picture(None, view_of("c"), "png")
    assert len(drawing.drawn) == 4


def test_what_is_kept_is_bounded_in_bytes_and_the_oldest_gives_way() -> None:
    drawing = Drawing(size=100)
    pictures = Pictures(drawing, most=700)
    for name in ("a", "b", "a", "c"):
        pictures.picture(name, view_of(name), "png")
    assert len(drawing.drawn) == 3
    pictures.picture("a", view_of("a"), "png")
    assert len(drawing.drawn) == 3
    pictures.picture("b", view_of("b"), "png")
    assert len(drawing.drawn) == 4
    # one that is larger than all that is kept is handed out, and leaves nothing behind that is not kept
    drawing.size = 1000
    assert len(pictures.picture("large", view_of("large"), "png") or b"") == 3000
    drawing.size = 100
    pictures.picture("d", view_of("d"), "png")
    pictures.picture("d", view_of("d"), "png")
    assert len(drawing.drawn) == 6


def test_second_picture_is_refused_while_one_is_drawn_but_what_is_kept_is_had() -> None:
    begun, go = threading.Event(), threading.Event()

    def draw(view: dict[str, Any], kind: str) -> bytes:
        if view["title"] == "slow":
            begun.set()
            assert go.wait(PATIENCE)
        return b"drawn"

    pictures = Pictures(draw)
    pictures.picture("kept", view_of("kept"), "png")
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(pictures.picture, "slow", view_of("slow"), "png")
        try:
            assert begun.wait(PATIENCE)
            with pytest.raises(SweepsBusy, match="Another picture is being drawn") as refused:
                pictures.picture("other", view_of("other"), "png")
            assert refused.value.extra == {"retry_after": 5}
            assert pictures.picture("kept", view_of("kept"), "png") == b"drawn"
        finally:
            go.set()
        assert slow.result(PATIENCE) == b"drawn"
    assert pictures.picture("other", view_of("other"), "png") == b"drawn"


def test_picture_that_could_not_be_drawn_leaves_room_for_the_next() -> None:
    def draw(view: dict[str, Any], kind: str) -> bytes:
        if view["title"] == "bad":
            raise ZeroDivisionError
        return b"drawn"

    pictures = Pictures(draw)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            pictures.picture("bad", view_of("bad"), "png")
    assert pictures.picture("nothing", lambda: None, "png") is None
    assert pictures.picture("good", view_of("good"), "png") == b"drawn"


def loaded(path: Path, **given: Any) -> Results:
    found = load(write_view(path, **given))
    assert found is not None
    return found


def test_picture_differs_by_the_results_the_view_and_the_kind_and_by_nothing_else(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawing = Drawing()
    monkeypatch.setattr(world.sweeps, "_pictures", Pictures(drawing))
    results = loaded(tmp_path / "view.json")

    def ask(results: Results, which: str = "a", kind: str = "png", **asked: Any) -> int:
        choice = chosen(results, Asked(**asked))
        assert choice is not None
        world.sweeps.picture(which, results, choice, kind, lambda: as_view(results, choice))
        return len(drawing.drawn)

    assert ask(results) == 1
    # said in other words, or of what is beside the picture
    assert ask(results, along="num_words", by="price", log=("nonsense",), compare="b", only=("x:1",)) == 1
    assert ask(results, draw=("runs", "band", "published")) == 1
    changes: tuple[dict[str, Any], ...] = (
        {"measure": "depletion_day"}, {"along": "price"}, {"by": "none"}, {"by": "none", "only": ("price:5",)},
        {"draw": ("means",)}, {"log": ("x",)}, {"log": ("y",)}, {"kind": "svg"}, {"which": "b"},
    )  # fmt: skip
    for count, change in enumerate(changes, start=2):
        assert ask(results, **change) == count, change
        assert ask(results, **change) == count, change
    os.utime(tmp_path / "view.json", ns=(1, 1))
    again = load(tmp_path / "view.json")
    assert again is not None
    assert ask(again) == len(changes) + 2


def test_picture_is_drawn_by_a_process_that_steps_back(tmp_path: Path) -> None:
    commands = Commands(tmp_path, nice=7)
    drawer = ["-m", "earnest.simulations.report.drawing"]
    command = commands.draw(tmp_path / "a", tmp_path / "b.png")
    assert command[-4:] == [*drawer, str(tmp_path / "a"), str(tmp_path / "b.png")]
    # the same before another program, which says how far
    probe = [*command[:-4], "-c", "import os; print(os.nice(0))"]
    done = subprocess.run(
        probe, capture_output=True, text=True, check=True, env=commands.environment(), start_new_session=True
    )
    assert int(done.stdout) == min(19, os.nice(0) + 7)
    assert command[0] == sys.executable


def test_view_is_drawn(tmp_path: Path) -> None:
    results = loaded(tmp_path / "view.json", seeds=2)
    choice = chosen(results, Asked())
    assert choice is not None
    made = as_view(results, choice)
    assert made is not None
    assert Checker(Commands(tmp_path)).drawn(made, "png").startswith(b"\x89PNG")
