"""Sweeps are run one at a time by processes that outlive the service, whatever ends what."""

import os
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from earnest.db.engine import make_sessions
from earnest.db.tables import Sweep
from earnest.sweeps import runner
from earnest.sweeps.commands import Commands
from earnest.sweeps.errors import SweepNotOpen
from earnest.sweeps.process import BackgroundProcess
from tests.sweeps.world import World, exists

# WHAT CAN GO WRONG


def test_killed_sweep_is_started_again_and_repeats_no_run(world: World) -> None:
    sweep = world.ask(runs=6, dies_after=4)
    shown = world.ended(sweep)
    assert (shown.status, shown.done, shown.error) == ("finished", 6, None)
    assert world.numbers(sweep) == [0, 1, 2, 3, 4, 5]
    assert world.starts(sweep) == 2


def test_sweep_that_is_killed_each_time_fails_with_its_last_words_and_the_next_one_runs(world: World) -> None:
    deadly, following = world.ask(deadly=True), world.ask()
    shown = world.ended(deadly)
    assert shown.status == "failed"
    assert shown.error == "The sweep ended without a result, 3 times (Out of luck.); finished runs are kept."
    assert world.starts(deadly) == runner.TRIES
    assert world.ended(following).status == "finished"


def test_sweep_that_ends_with_an_error_fails_with_its_sentence_but_not_with_the_place(world: World) -> None:
    sweep = world.ask(error="The disk of X takes no more: make room, and go on with --resume.")
    world.until(lambda: world.place(sweep).exists())
    assert world.ended(sweep).error == "The disk of X takes no more: make room, and resume the sweep."
    placed = world.ask(error=f"The disk of {world.folder / 'other'} is full.")
    assert world.ended(placed).status == "failed"
    folder = world.folder / "here"
    assert runner._public(f"The disk of {folder} is full.", folder) == "The disk of the sweep's folder is full."


def test_runs_that_come_to_nothing_are_counted(world: World) -> None:
    shown = world.ended(world.ask(runs=5, failing=2))
    assert (shown.status, shown.done, shown.failed_runs) == ("finished", 5, 2)


def test_sweep_without_a_single_finished_run_has_failed_with_the_first_reason(world: World) -> None:
    shown = world.ended(world.ask(runs=2, failing=2))
    assert shown.status == "failed"
    assert shown.error == "No run finished; the first one: KeyError: 'x'."
    assert (shown.done, shown.failed_runs) == (2, 2)


def test_report_that_cannot_be_made_leaves_the_rows_and_says_why(world: World) -> None:
    sweep = world.ask(report="fails")
    shown = world.ended(sweep)
    assert (shown.status, shown.report) == ("finished", False)
    assert (
        shown.error == "The report could not be made, 3 times (There is nothing to report on.); the rows are complete."
    )
    assert world.numbers(sweep) == [0, 1, 2]


def test_killed_report_is_made_again_without_a_run(world: World) -> None:
    sweep = world.ask(report="dies")
    shown = world.ended(sweep)
    assert (shown.status, shown.report, shown.error) == ("finished", True, None)
    assert world.starts(sweep) == 1


def test_sweep_that_cannot_be_started_fails_with_a_sentence(world: World) -> None:
    world.folder.write_text("no folder")
    shown = world.ended(world.ask())
    assert shown.status == "failed"
    assert shown.error == "It could not be started (Not a directory): make room, and resume it."


# CANCELLING


def test_cancelled_queue_entry_is_never_started(world: World) -> None:
    first, waiting = world.ask(pause=0.05), world.ask()
    world.runner.look()
    shown = world.sweeps.cancel(waiting.id)
    assert (shown.status, shown.finished_at is not None) == ("cancelled", True)
    assert world.ended(first).status == "finished"
    for _ in range(20):
        world.runner.look()
    assert world.starts(waiting) == 0
    assert world.show(waiting).status == "cancelled"


def test_sweep_that_is_cancelled_while_the_runner_takes_it_up_is_not_started(world: World) -> None:
    sweep = world.ask()
    with make_sessions(world.engine)() as session:
        taken_up = session.get_one(Sweep, sweep.id)
    world.sweeps.cancel(sweep.id)
    assert world.runner._begin(taken_up, runner.DATA) is False
    assert not world.place(sweep).exists()
    assert world.show(sweep).status == "cancelled"


def test_cancelled_sweep_keeps_its_rows_and_lets_the_next_one_run(world: World) -> None:
    sweep, following = world.ask(runs=10, pause=0.2), world.ask()
    world.until(lambda: len(world.numbers(sweep)) >= 2)
    assert world.sweeps.cancel(sweep.id).status == "cancelled"
    shown = world.ended(sweep)
    assert (shown.status, shown.stage, shown.report, shown.error) == ("cancelled", None, True, None)
    assert world.sweeps.report(sweep.id).read_text() == "<p>found</p>"
    assert 2 <= shown.done == len(world.numbers(sweep)) < 10
    assert not exists(world.environment(sweep)["PID"])
    assert world.ended(following).status == "finished"


@pytest.mark.parametrize("report", ["fails", "dies"])
def test_cancelled_sweep_whose_report_comes_to_nothing_has_its_rows(world: World, report: str) -> None:
    sweep, following = world.ask(runs=10, pause=0.2, report=report), world.ask()
    world.until(lambda: len(world.numbers(sweep)) >= 1)
    world.sweeps.cancel(sweep.id)
    shown = world.ended(sweep)
    assert (shown.status, shown.report, shown.done) == ("cancelled", False, len(world.numbers(sweep)))
    assert world.ended(following).status == "finished"


def test_report_on_a_cancelled_sweep_that_takes_too_long_is_killed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "PARTIAL_SECONDS", 0.2)
    sweep, following = world.ask(runs=10, pause=0.2, report="hangs"), world.ask()
    world.until(lambda: len(world.numbers(sweep)) >= 1)
    world.sweeps.cancel(sweep.id)
    shown = world.ended(sweep)
    assert (shown.status, shown.report) == ("cancelled", False)
    assert world.ended(following).status == "finished"


def test_sweep_that_is_cancelled_before_its_first_run_has_no_report(world: World) -> None:
    sweep = world.ask(runs=10, pause=60)
    world.until(lambda: world.starts(sweep) == 1)
    world.sweeps.cancel(sweep.id)
    shown = world.ended(sweep)
    assert (shown.status, shown.report, shown.done) == ("cancelled", False, 0)
    assert not (world.place(sweep) / "report").exists()


def test_service_that_starts_again_finds_the_report_on_a_cancelled_sweep(world: World) -> None:
    sweep = world.ask(runs=10, pause=0.2)
    world.until(lambda: len(world.numbers(sweep)) >= 1)
    world.sweeps.cancel(sweep.id)
    world.until(lambda: world.stage_on_disk(sweep) == runner.PARTIAL)
    child = world.runner._processes[sweep.id]._child
    world.start_service()
    assert child is not None
    child.wait(60)
    shown = world.ended(sweep)
    assert (shown.status, shown.report) == ("cancelled", True)


def test_sweep_that_ignores_the_interrupt_is_killed_with_all_that_it_started(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "GRACE_SECONDS", 0.2)
    sweep, following = world.ask(runs=10, pause=60, stubborn=True, child=True), world.ask()
    world.until(lambda: (world.place(sweep) / "child").exists() and (world.place(sweep) / "child").read_text())
    child = int((world.place(sweep) / "child").read_text())
    world.sweeps.cancel(sweep.id)
    assert world.starts(following) == 0
    assert world.ended(sweep).status == "cancelled"
    world.until(lambda: not exists(child))
    assert world.ended(following).status == "finished"


def test_cancelled_sweep_goes_on_where_it_was_when_it_is_resumed(world: World) -> None:
    sweep = world.ask(runs=6, pause=0.1)
    world.until(lambda: len(world.numbers(sweep)) >= 2)
    world.sweeps.cancel(sweep.id)
    world.ended(sweep)
    assert world.sweeps.resume(sweep.id).status == "queued"
    shown = world.ended(sweep)
    assert (shown.status, shown.done, shown.report) == ("finished", 6, True)
    assert world.numbers(sweep) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("verb", ["cancel", "resume"])
def test_finished_sweep_can_be_neither_cancelled_nor_resumed(world: World, verb: str) -> None:
    sweep = world.ask()
    world.ended(sweep)
    with pytest.raises(SweepNotOpen):
        getattr(world.sweeps, verb)(sweep.id)
    assert world.show(sweep).status == "finished"


def test_running_sweep_cannot_be_deleted_and_an_ended_one_is_gone_with_its_files(world: World) -> None:
    sweep = world.ask(pause=0.2)
    world.until(lambda: world.show(sweep).status == "running")
    with pytest.raises(SweepNotOpen, match="cancel it first"):
        world.sweeps.delete(sweep.id)
    world.ended(sweep)
    world.sweeps.delete(sweep.id)
    assert not world.place(sweep).exists()
    assert world.sweeps.page(None, 10) == ([], None)


# RESTARTS OF THE SERVICE


def test_service_that_starts_again_finds_the_sweep_that_went_on_without_it(world: World) -> None:
    sweep = world.ask(runs=8, pause=0.2)
    world.until(lambda: len(world.numbers(sweep)) >= 1)
    pid = world.environment(sweep)["PID"]
    orphan = world.runner._processes[sweep.id]._child
    world.start_service()
    world.until(lambda: len(world.numbers(sweep)) >= 3)
    live = world.show(sweep)
    assert (live.status, live.stage, world.environment(sweep)["PID"]) == ("running", "runs", pid)
    # this process is its parent after all, and has to take its leave
    assert orphan is not None
    orphan.wait(60)
    assert world.ended(sweep).status == "finished"
    assert world.starts(sweep) == 1
    assert world.numbers(sweep) == list(range(8))


def test_service_that_starts_again_resumes_a_sweep_that_died_meanwhile(world: World) -> None:
    sweep = world.ask(runs=6, pause=0.2)
    world.until(lambda: len(world.numbers(sweep)) >= 2)
    os.kill(world.environment(sweep)["PID"], signal.SIGKILL)
    child = world.runner._processes[sweep.id]._child
    assert child is not None
    child.wait(60)
    world.start_service()
    assert world.ended(sweep).status == "finished"
    assert world.numbers(sweep) == list(range(6))
    assert world.starts(sweep) == 2


def test_service_that_was_killed_before_it_could_start_the_process_starts_it_now(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = world.ask()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(BackgroundProcess, "start", killed)
        with pytest.raises(KeyboardInterrupt):
            world.runner.look()
    assert world.show(sweep).status == "running"
    world.start_service()
    assert world.ended(sweep).status == "finished"


def test_service_that_starts_again_ends_a_sweep_that_was_cancelled_just_before(world: World) -> None:
    sweep = world.ask(runs=10, pause=0.5)
    world.until(lambda: len(world.numbers(sweep)) >= 1)
    world.sweeps.cancel(sweep.id)
    child = world.runner._processes[sweep.id]._child
    world.start_service()
    world.runner.look()
    assert child is not None
    child.wait(60)
    assert world.ended(sweep).status == "cancelled"


# AS IT SHOULD GO


def test_sweep_goes_from_the_queue_through_its_runs_to_its_report(world: World) -> None:
    sweep = world.ask(runs=4, pause=0.1)
    assert (sweep.status, sweep.stage, sweep.runs) == ("queued", None, 4)
    stages = []

    def over() -> bool:
        shown = world.show(sweep)
        if shown.stage is not None and shown.stage not in stages:
            stages.append(shown.stage)
        return shown.finished_at is not None

    world.until(over)
    shown = world.show(sweep)
    assert stages == ["data", "runs", "report"]
    assert (shown.status, shown.done, shown.report) == ("finished", 4, True)
    assert shown.started_at is not None
    assert world.sweeps.report(sweep.id).read_text() == "<p>found</p>"


def test_sweeps_run_one_at_a_time_in_the_order_they_were_asked_for(world: World) -> None:
    sweeps = [world.ask(name, runs=2, pause=0.05) for name in ("a", "b", "c")]
    order: list[str] = []

    def all_ended() -> bool:
        shown = [world.show(sweep) for sweep in sweeps]
        running = [sweep.name for sweep in shown if sweep.status == "running"]
        assert len(running) <= 1
        order.extend(name for name in running if name not in order)
        return all(sweep.finished_at for sweep in shown)

    world.until(all_ended)
    assert order == ["a", "b", "c"]


def test_time_left_is_told_once_there_is_a_rate(world: World) -> None:
    sweep = world.ask(runs=30, pause=0.1)
    world.until(lambda: world.show(sweep).seconds_left is not None)
    assert 0 < (world.show(sweep).seconds_left or 0) < 60


#: The default, 19, would leave nothing to these tests on a machine that has much else to do.
NICE = 5


def test_process_has_a_low_priority_a_session_of_its_own_one_thread_and_no_secrets(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARNEST_ADMIN_TOKEN", "secret")
    world.commands = replace(world.commands, nice=NICE)
    world.start_service()
    sweep = world.ask()
    world.ended(sweep)
    found = world.environment(sweep)
    # a suite that is itself stepped back starts from there
    assert found["NICE"] == min(os.nice(0) + NICE, 19)
    assert Commands(world.folder).nice == 19
    assert found["SESSION"] == found["PID"] != os.getsid(0)
    assert found["OMP_NUM_THREADS"] == found["NUMBA_NUM_THREADS"] == found["OPENBLAS_NUM_THREADS"] == "1"
    assert not [name for name in found if name.startswith("EARNEST_")]


def test_session_is_stepped_back_too_where_the_kernel_schedules_sessions(world: World) -> None:
    world.commands = replace(world.commands, nice=NICE)
    world.start_service()
    sweep = world.ask(pause=0.5)
    world.until(lambda: world.starts(sweep) == 1)
    autogroup = Path(f"/proc/{world.environment(sweep)['PID']}/autogroup")
    if autogroup.exists() and (said := autogroup.read_text().strip()):
        assert said.endswith(f"nice {NICE}")


def test_thread_of_the_runner_looks_by_itself_until_it_is_stopped(world: World) -> None:
    world.runner.start()
    sweep = world.ask()
    end = time.monotonic() + 120
    while not world.show(sweep).finished_at:
        assert time.monotonic() < end
        time.sleep(0.05)
    world.runner.stop()
    waiting = world.ask()
    time.sleep(3 * runner.LOOK_SECONDS)
    assert world.show(waiting).status == "queued"
