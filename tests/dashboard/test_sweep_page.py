"""A sweep's page and its views over HTTP: what there is nothing of, what is refused, and who waits for whom."""

import asyncio
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar, get_args

import httpx
import pytest
from fastapi import FastAPI

from earnest.accounts.errors import TokenInvalid
from earnest.accounts.service import AccountService
from earnest.dashboard.frame import Frame, Framed
from earnest.dashboard.router import mount_dashboard
from earnest.readiness import Readiness
from earnest.sweeps.schemas import SweepDetail, SweepShown
from earnest.sweeps.service import SweepService
from earnest.web.dependencies import READINESS, SERVICES
from earnest.web.problems import install_problem_handlers
from tests.sweeps.results import view, write_view
from tests.sweeps.world import World

PATIENCE = 60.0
FRAME = Frame(path="/sweeps", theme="", chain=None, viewer=None, kind=None, intro_hidden=False, warnings=())
Result = TypeVar("Result")


def asked(world: World, ask: Callable[[httpx.AsyncClient], Awaitable[Result]]) -> Result:
    """What an application answers whose only rooms are the sweeps and, unused, the accounts."""
    app, readiness = FastAPI(), Readiness()
    readiness.clear("start")
    setattr(app.state, READINESS, readiness)
    accounts = AccountService.__new__(AccountService)
    setattr(app.state, SERVICES, {SweepService: world.sweeps, AccountService: accounts})
    install_problem_handlers(app)
    mount_dashboard(app)
    app.dependency_overrides[get_args(Framed)[1].dependency] = lambda: FRAME

    async def run() -> Result:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://earnest", timeout=PATIENCE) as client:
            return await ask(client)

    return asyncio.run(run())


def get(world: World, path: str) -> httpx.Response:
    return asked(world, lambda client: client.get(path))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def sweep(world: World) -> SweepDetail:
    """One that was reported on, with rows for its page."""
    made = world.ended(world.ask("Words"))
    write_view(view_of(world, made))
    return made


def view_of(world: World, sweep: SweepShown) -> Path:
    return world.place(sweep) / "report" / "view.json"


def write(world: World, sweep: SweepShown, **changes: Any) -> None:
    view_of(world, sweep).write_text(json.dumps(view() | changes))


@pytest.mark.parametrize(
    "changes",
    [{"axes": [], "levels": {}}, {"measures": [], "values": {}}, {"format": 99}],
    ids=["nothing varies", "nothing differs", "of another release"],
)
def test_sweep_with_nothing_to_choose_has_a_page_and_no_views(
    world: World, sweep: SweepDetail, changes: dict[str, Any]
) -> None:
    write(world, sweep, **changes)
    for kind in ("csv", "tex", "png", "svg", "pdf"):
        answer = get(world, f"/sweeps/{sweep.id}/view.{kind}")
        assert answer.status_code == 404, kind
        assert "There is no view of this sweep" in answer.text
    page = get(world, f"/sweeps/{sweep.id}")
    assert page.status_code == 200
    assert "There is nothing to choose here" in page.text
    # the stand-in varies something by its plan
    assert "Nothing that was measured differs between the runs" in page.text


def test_view_that_shows_no_value_is_no_file_and_others_are(world: World, sweep: SweepDetail) -> None:
    path = f"/sweeps/{sweep.id}/view"
    told = get(world, f"{path}.csv")
    assert (told.status_code, told.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert told.text.startswith("num_words,price,mean_final_accuracy")
    assert get(world, f"{path}.tex").text.startswith("% Final accuracy")
    assert get(world, f"{path}.exe").status_code == 404
    values = view()["values"]
    write(world, sweep, values=values | {"final_accuracy": [None] * len(values["final_accuracy"])})
    for kind in ("csv", "tex", "png"):
        answer = get(world, f"{path}.{kind}")
        assert answer.status_code == 404, kind
        assert "No run of this view has a value" in answer.text


def test_second_picture_is_answered_at_once_with_when_to_ask_again(
    world: World, sweep: SweepDetail, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go, drawn = threading.Event(), threading.Event(), []

    def draw(made: dict[str, Any], kind: str) -> bytes:
        drawn.append(kind)
        begun.set()
        assert go.wait(PATIENCE)
        return b"picture"

    monkeypatch.setattr(world.sweeps._pictures, "_draw", draw)
    path = f"/sweeps/{sweep.id}/view"

    async def ask(client: httpx.AsyncClient) -> list[httpx.Response]:
        first = asyncio.create_task(client.get(f"{path}.png"))
        try:
            while not begun.is_set():
                await asyncio.sleep(0.01)
            others = await asyncio.gather(*(client.get(f"{path}.svg?draw=means") for _ in range(60)))
            others.append(await client.get(f"{path}.csv"))
        finally:
            go.set()
        return [*others, await first, await client.get(f"{path}.png?compare=x")]

    *refused, told, first, again = asked(world, ask)
    assert {answer.status_code for answer in refused} == {429}
    assert {answer.headers["retry-after"] for answer in refused} == {"5"}
    assert "Another picture is being drawn: try again in a moment." in refused[0].text
    assert told.status_code == 200
    assert (first.content, again.content) == (b"picture", b"picture")
    assert first.headers["content-type"] == "image/png"
    assert drawn == ["png"]


@pytest.mark.parametrize("part", ["", "/view.csv", "/view.png"])
def test_who_looks_at_results_keeps_nobody_from_other_pages(
    world: World, sweep: SweepDetail, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    go, waiting = threading.Event(), []
    results = world.sweeps.results

    def slowly(which: str) -> Any:
        waiting.append(which)
        assert go.wait(PATIENCE)
        return results(which)

    monkeypatch.setattr(world.sweeps, "results", slowly)
    monkeypatch.setattr(world.sweeps._pictures, "_draw", lambda *_: b"picture")

    async def ask(client: httpx.AsyncClient) -> tuple[int, httpx.Response, list[httpx.Response]]:
        # more than there are common threads
        looks = [asyncio.create_task(client.get(f"/sweeps/{sweep.id}{part}")) for _ in range(50)]
        try:
            while len(waiting) < 2:
                await asyncio.sleep(0.01)
            other = await client.get("/sweeps")
            under_way = len(waiting)
        finally:
            go.set()
        return under_way, other, await asyncio.gather(*looks)

    begun = time.monotonic()
    under_way, other, looks = asked(world, ask)
    assert other.status_code == 200
    assert under_way == 2
    assert {look.status_code for look in looks} <= {200, 429}
    # of two that are to be drawn at once, either may have come first
    assert any(look.status_code == 200 for look in looks)
    assert time.monotonic() - begun < PATIENCE


def test_operator_cancels_by_the_form_and_who_is_not_sees_the_page_with_why(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = world.ask("Waits")
    done: list[str] = []

    @contextmanager
    def acting(_: AccountService, token: str, what: str) -> Iterator[None]:
        if token != "t":
            raise TokenInvalid("Who?")
        yield
        done.append(what)

    monkeypatch.setattr(AccountService, "acting", acting)
    path = f"/sweeps/{waiting.id}"
    for token, status in (("wrong", 401), ("t", 303), ("t", 409)):
        form = {"token": token, "action": "cancel"}
        answer = asked(world, lambda client, form=form: client.post(path, data=form))
        assert answer.status_code == status
        assert ("The admin token is wrong" in answer.text) == (status == 401)
        assert ("there is nothing to cancel" in answer.text) == (status == 409)
    assert done == [f"POST {path} cancel"]
    assert world.show(waiting).status == "cancelled"
    unknown = f"/sweeps/{'0' * 36}"
    form = {"token": "t", "action": "resume"}
    assert asked(world, lambda client: client.post(unknown, data=form)).status_code == 404


def test_list_names_what_varies_as_the_sweeps_page_does(world: World, sweep: SweepDetail) -> None:
    world.ask("Waits")
    page = get(world, "/sweeps").text
    assert '<td data-l="What varies">Number of words, price</td>' in page
    # of one without results its own page names knobs, too
    assert '<td data-l="What varies">runs</td>' in page
    assert "Number of words: 100, 200, 400, 1,000" in get(world, f"/sweeps/{sweep.id}").text


def test_map_without_room_is_said_on_the_page(world: World, sweep: SweepDetail) -> None:
    write_view(view_of(world, sweep), words=tuple(range(1, 42)), prices=tuple(range(1, 42)), seeds=1)
    page = get(world, f"/sweeps/{sweep.id}")
    assert page.status_code == 200
    assert "these have 41 by 41." in page.text
    assert 'id="heat"' not in page.text
