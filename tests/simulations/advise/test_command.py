"""`earnest advise`, as a user meets it: its runs are made up, the rest is as it is."""

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from earnest.simulations.__main__ import app
from earnest.simulations.advise import advice
from earnest.simulations.sweep.job import Job
from earnest.simulations.sweep.retrying import Execute
from earnest.simulations.sweep.retrying import Result as Done
from tests.simulations.advise.worlds import Here, executing, samples

USUAL = ("--num-words", "40", "--seeds", "2", "--contributions", "60", "--attackers", "flipper", "--price", "0.01")


class Stopped(Here):
    """Workers whose user presses a key after some runs."""

    def run(self, jobs: Sequence[Job], execute: Execute) -> Iterator[Done]:
        """See `Workers`."""
        yield from map(execute, jobs[:3])
        raise KeyboardInterrupt


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Command":
    monkeypatch.delenv("EARNEST_IMDB_ARCHIVE", raising=False)
    return Command(tmp_path, monkeypatch)


class Command:
    """The command on a file of texts."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self._patch, self._advise = folder, patch, advice.advise
        self.file, self.out = samples(folder / "own.csv"), folder / "out"
        self.by(Here())

    def by(self, workers: Here) -> None:
        """Who carries runs out."""
        self._patch.setattr("earnest.simulations.sweep.workers.workers_of", lambda jobs, cluster: workers)
        self._patch.setattr(advice, "advise", partial(self._advise, execute=executing()))

    def __call__(self, *given: str, data: str | None = None, usual: Sequence[str] = USUAL) -> Result:
        line = ["advise", data or str(self.file), "--data-dir", str(self.folder / "data"), *usual, *given]
        return CliRunner().invoke(app, line)

    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.out / "advice.json").read_text())
        return found


def test_answer_is_a_table_with_the_pool_and_what_cannot_be_promised(command: Command) -> None:
    done = command("--out", str(command.out))
    assert done.exit_code == 0, done.output
    said = done.stdout
    assert "12 runs of 3 choices, less than a minute on 1 process." in said
    assert "Take sealed-assessment at 0.01 ETH with the model sparse-perceptron." in said
    assert "self-assessment at 0.01 ETH" in said
    assert '"agreed_price": "10000000000000000"' in said
    assert "What this cannot promise:" in said
    assert command.told()["question"]["dataset"] == "file"
    left = sorted(path.name for path in command.out.iterdir() if not path.name.startswith("."))
    assert left == ["advice.json", "journal.jsonl", "manifest.json", "pool.json", "runs.parquet"]
    assert json.loads((command.out / "pool.json").read_text()) == command.told()["pool"]


def test_answer_for_programs_is_one_object_and_nothing_is_kept_without_a_folder(command: Command) -> None:
    before = {path.name for path in command.folder.iterdir()}
    done = command("--json")
    assert done.exit_code == 0
    answer = json.loads(done.stdout)
    assert answer["candidates"][answer["best"]]["incentive"] == "sealed-assessment"
    assert {path.name for path in command.folder.iterdir()} == before | {"data"}


def test_command_ends_with_three_where_nothing_meets_the_targets(command: Command) -> None:
    done = command("--accuracy", "0.99")
    assert done.exit_code == 3
    assert "Nothing here meets all targets. The nearest is" in done.stdout


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("--share", "0.7"), "share is 0.7; it must be a number from 0 to 0.4"),
        (("--price", "cheap"), "--price 'cheap' must be numbers with commas"),
        (("--label-column", "stars"), "stars"),
        (("--train-size", "230"), "lower train_size"),
        (("--model", "dense-perceptron"), "where a finite number should be"),
    ],
)
def test_unfit_questions_end_with_one_and_a_sentence(command: Command, given: Sequence[str], words: str) -> None:
    done = command(*given, usual=("--num-words", "40"))
    assert done.exit_code == 1
    assert words in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"text,label\nonly,0\n", "class"),
        (b"\xff\xfe\x00\xd8", ""),
        (b"PAR1 and no more", ""),
    ],
)
def test_bad_files_are_refused_in_a_sentence(command: Command, content: bytes, words: str) -> None:
    command.file.write_bytes(content)
    done = command()
    assert done.exit_code == 1, done.output
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_neither_a_data_set_nor_a_file_names_those_there_are(command: Command) -> None:
    done = command(data="nowhere.csv")
    assert done.exit_code == 1
    assert "'nowhere.csv' is neither a data set nor a file: name one of clothing-reviews" in done.stderr


def test_file_of_numbers_and_columns_of_other_names_are_found(command: Command) -> None:
    command.file.write_text("a,b,kind\n" + "".join(f"{n},{n % 2 * 300 + n % 5},{n % 2}\n" for n in range(240)))
    done = command("--check", "--label-column", "kind", usual=())
    assert done.exit_code == 0, done.output
    checked = json.loads(done.stdout)
    assert checked["question"]["dataset"] == "table"
    assert checked["samples"]["classes"] == 2


def test_stop_from_the_keyboard_keeps_finished_runs_and_leaves_no_half_file(command: Command) -> None:
    progress = command.folder / "progress.json"
    command.by(Stopped())
    done = command("--out", str(command.out), "--progress", str(progress))
    assert done.exit_code == 130
    assert f"Stopped; finished runs are kept in {command.out}: go on with --resume." in done.stderr
    assert not (command.out / "advice.json").exists()
    assert "ended" not in json.loads(progress.read_text())
    command.by(Here())
    done = command("--out", str(command.out), "--resume", "--progress", str(progress))
    assert done.exit_code == 0, done.output
    assert json.loads(progress.read_text())["ended"]
    assert command.told()["runs"] == 12
    command.by(Stopped())
    done = command()
    assert "Stopped; nothing is kept." in done.stderr


def test_question_from_a_file_says_all_that_is_asked(command: Command) -> None:
    question = command.folder / "question.json"
    question.write_text(json.dumps({"num_words": 40, "seeds": 1, "contributions": 60, "attackers": ["flash"]}))
    asked = ("--data", str(command.file))
    done = command("--check", *asked, data=str(question), usual=())
    assert json.loads(done.stdout)["question"]["dataset"] == "file"
    assert command("--seeds", "2", *asked, data=str(question), usual=()).exit_code == 1
    for wrong in ("[1]", "{", '{"dataset": "file", "dataset": "iris"}'):
        question.write_text(wrong)
        done = command("--check", *asked, data=str(question), usual=())
        assert done.exit_code == 1
        assert json.loads(done.stdout)["kind"] == "AdviceError"
