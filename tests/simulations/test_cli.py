"""The command, as a user meets it."""

import json
import re
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import typer
from sklearn.neighbors import NearestCentroid
from typer.testing import CliRunner, Result

from earnest.core.encoders.table import TableEncoder, UnitTableEncoder
from earnest.core.models.registry import MODELS
from earnest.data import sklearn_tables
from earnest.simulations.__main__ import app
from earnest.simulations.cli import ListName, report, simulate, sweep
from earnest.simulations.listing import LISTS
from tests.agreement.evm import IS_FAST

TOML = """
num_words = 60
train_size = 240
initial_share = 0.25
refund_wait = 7200
collect_wait = 36000
max_days = 30

[[agents]]
name = "good"
behaviour = "honest"
count = 1
start_balance = 500
deposit_mean = 50
deposit_deviation = 10
wait_mean = 600
wait_deviation = 1

[[agents]]
name = "bad"
behaviour = "flipper"
count = 1
start_balance = 300
deposit_mean = 100
deposit_deviation = 3
wait_mean = 3600
wait_deviation = 1
"""


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Command":
    monkeypatch.delenv("EARNEST_IMDB_ARCHIVE", raising=False)
    return Command(tmp_path)


class Command:
    """The command in a folder of its own, with ready features in place of the reviews."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "small.toml").write_text(TOML)
        rng = np.random.default_rng(0)
        arrays = {}
        for part, size in (("train", 240), ("test", 100)):
            labels = rng.integers(0, 2, size).astype(np.uint8)
            chance = np.where(np.arange(100) % 2 == labels[:, None], 0.3, 0.15)
            present = rng.random((size, 100)) < chance
            present[:, 1] = True
            arrays[f"{part}_indptr"] = np.concatenate(([0], present.sum(axis=1).cumsum()))
            arrays[f"{part}_indices"] = np.nonzero(present)[1].astype(np.uint16)
            arrays[f"{part}_labels"] = labels
        np.savez(folder / "features.npz", **arrays)

    def __call__(self, *arguments: str, archive: str | None = "features.npz", scenario: str = "small.toml") -> Result:
        app = typer.Typer()
        app.command()(simulate)
        given = ["--out", str(self.folder / "out"), "--data-dir", str(self.folder / "data")]
        given += ["--scenario", str(self.folder / scenario) if scenario.endswith(".toml") else scenario]
        given += ["--archive", str(self.folder / archive)] if archive else []
        return CliRunner().invoke(app, [*given, *arguments])


def assert_refused(result: Result, sentence: str) -> None:
    assert result.exit_code == 1, result.output
    assert sentence in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_simulate_without_reviews_says_what_to_do(command: Command) -> None:
    assert_refused(command(archive=None), "pass --archive or set EARNEST_IMDB_ARCHIVE")


def test_simulate_with_an_archive_that_is_not_there_says_so(command: Command) -> None:
    result = command(archive="nowhere.tar.gz")
    assert_refused(result, "There is no archive at")
    assert "give --archive, or EARNEST_IMDB_ARCHIVE" in result.stderr
    # no bar of a stage that came to nothing stands before the sentence
    assert result.stdout.strip() == ""


def test_simulate_with_a_truncated_archive_says_so(command: Command) -> None:
    whole = (command.folder / "features.npz").read_bytes()
    (command.folder / "cut.npz").write_bytes(whole[:1000])
    assert_refused(command(archive="cut.npz"), "damaged")


def test_simulate_with_an_unknown_scenario_names_those_there_are(command: Command) -> None:
    assert_refused(
        command(scenario="nosuch"), "name one of attacks, attacks-clothing, attacks-table, backdoor, backdoor-clothing"
    )


def test_simulate_with_an_unknown_knob_offers_only_knobs(command: Command) -> None:
    toml = command.folder / "small.toml"
    toml.write_text("speed = 3\n" + toml.read_text())
    offered = command().stderr.rpartition("the knobs are ")[2]
    assert "num_words" in offered
    assert not {"agents", "axes", "name", "description"} & set(offered.strip().rstrip(".").split(", "))


def test_simulate_with_a_knob_out_of_range_names_it(command: Command) -> None:
    assert_refused(command("--num-words", "2"), "num_words is 2")


def test_simulate_with_more_samples_than_there_are_says_how_many(command: Command) -> None:
    assert_refused(command(scenario="paper"), "train_size is 25000, but the data set has 240")


def test_simulate_into_a_file_is_refused_and_leaves_it(command: Command) -> None:
    (command.folder / "out").write_text("mine")
    assert_refused(command(), "The results cannot be written")
    assert (command.folder / "out").read_text() == "mine"


def test_simulate_with_a_negative_seed_is_refused(command: Command) -> None:
    assert command("--seed", "-1").exit_code == 2


def test_simulate_writes_rows_series_and_figure_and_prints_the_table(command: Command) -> None:
    result = command("--num-words", "50", "--seed", "3")
    assert result.exit_code == 0, result.output
    out = command.folder / "out"
    assert sorted(path.name for path in out.iterdir()) == ["run.png", "runs.parquet", "series.parquet"]
    (row,) = pq.read_table(out / "runs.parquet").to_pylist()
    assert (row["scenario"], row["num_words"], row["seed"]) == ("small", 50, 3)
    assert f"{row['final_accuracy']:.4f}" in result.output
    series = pq.read_table(out / "series.parquet").to_pylist()
    assert series[-1]["accuracy"] == row["final_accuracy"]
    assert series[-1]["bad_balance"] == row["bad_balance"]


def test_simulate_of_a_scenario_in_which_nobody_pays_speaks_of_no_money(command: Command) -> None:
    (command.folder / "free.toml").write_text(f'incentive = "points"\n{TOML}')
    result = command(scenario="free.toml")
    assert result.exit_code == 0
    assert "free, incentive points, 60 words" in result.stdout
    assert not re.search("balance|profit|loss|depletion|price", result.stdout)


def test_simulate_on_the_bytecode_gives_the_same_row(command: Command) -> None:
    rows = []
    if not IS_FAST:
        assert_refused(command("--engine", "evm"), "needs pyrevm, which is not installed")
        return
    for engine in ("fast", "evm"):
        assert command("--engine", engine).exit_code == 0
        rows.append(pq.read_table(command.folder / "out" / "runs.parquet").to_pylist())
    assert rows[0] == rows[1]


def test_simulate_twice_writes_the_same_files(command: Command) -> None:
    contents = []
    for _ in range(2):
        assert command().exit_code == 0
        contents.append({path.name: path.read_bytes() for path in (command.folder / "out").iterdir()})
    assert contents[0] == contents[1]


TABLE = TOML.replace("num_words = 60", 'dataset = "breast-cancer"\nshuffle_seed = 3\ntest_size = 200')


@pytest.fixture
def table(command: Command) -> Command:
    (command.folder / "table.toml").write_text(f'model = "dense-perceptron"\n{TABLE}')
    return command


@pytest.mark.parametrize("model", ["dense-perceptron", "dense-nearest-centroid", "dense-margin-perceptron"])
def test_simulated_table_starts_from_the_accuracy_of_the_models_own_decisions(table: Command, model: str) -> None:
    (table.folder / "table.toml").write_text(f'model = "{model}"\n{TABLE}')
    result = table(archive=None, scenario="table.toml")
    assert result.exit_code == 0, result.output
    (row,) = pq.read_table(table.folder / "out" / "runs.parquet").to_pylist()

    data = sklearn_tables.load("breast-cancer")
    order = np.random.Generator(np.random.PCG64(3)).permutation(569)
    held_out, initial = order[:200], order[200:260]
    kind = UnitTableEncoder if MODELS[model].UNIT_LENGTH else TableEncoder
    encoder = kind.fit(data.features, data.X[initial])
    # the model rounds what it is given to predict; here it is fitted on rounded numbers as well
    rounded = np.rint(encoder.encode_many(data.X) * 4096).clip(-(2**15), 2**15 - 1) / 4096
    fitted = MODELS[model].trained(rounded[initial], data.y[initial])
    decided = fitted.decision_function(encoder.encode_many(data.X[held_out])) > 0
    assert row["initial_accuracy"] == (decided == data.y[held_out]).mean()
    assert row["initial_accuracy"] > 0.8
    assert row["accepted"] == 180


def test_simulate_on_a_table_of_more_classes_is_refused_under_a_perceptron(table: Command) -> None:
    path = table.folder / "table.toml"
    path.write_text(path.read_text().replace("breast-cancer", "digits"))
    assert_refused(
        table(archive=None, scenario="table.toml"),
        "model dense-perceptron tells two classes apart and dataset digits has more: set model to "
        "dense-margin-perceptron or dense-nearest-centroid, or dataset to table or breast-cancer.",
    )


@pytest.mark.filterwarnings("ignore:self.within_class_std_dev_ has:UserWarning")
@pytest.mark.parametrize(
    ("name", "test_size", "train_size"), [("digits", 597, 1200), ("iris", 50, 99), ("wine", 60, 118)]
)
def test_simulated_table_of_more_classes_has_the_accuracies_of_scikit_learns_nearest_centroid(
    table: Command, name: str, test_size: int, train_size: int
) -> None:
    knobs = {"breast-cancer": name, "test_size = 200": f"test_size = {test_size}", "perceptron": "nearest-centroid"}
    text = TABLE.replace("train_size = 240", f"train_size = {train_size}")
    path = table.folder / "table.toml"
    path.write_text(f'model = "dense-perceptron"\n{text}')
    for before, after in knobs.items():
        path.write_text(path.read_text().replace(before, after))
    result = table(archive=None, scenario="table.toml")
    assert result.exit_code == 0, result.output
    (row,) = pq.read_table(table.folder / "out" / "runs.parquet").to_pylist()

    data = sklearn_tables.load(name)
    # rows that repeat another count once
    different = np.sort(np.unique(data.X, axis=0, return_index=True)[1])
    order = different[np.random.Generator(np.random.PCG64(3)).permutation(len(different))]
    held_out, train = order[:test_size], order[test_size : test_size + train_size]
    initial = train[: train_size // 4]
    X = TableEncoder.fit(data.features, data.X[initial]).encode_many(data.X).clip(-8, 8)
    for part, measure in ((initial, "initial_accuracy"), (train, "baseline_accuracy")):
        theirs = NearestCentroid().fit(X[part], data.y[part])
        assert row[measure] == pytest.approx(theirs.score(X[held_out], data.y[held_out]), abs=0.005)
    assert row["final_accuracy"] > 0.75
    # the bad agent never gives the true class, and the good one never errs
    assert row["wrong"] == row["bad_wrong"] == row["bad_accepted"] > 0


def test_sweep_over_tables_of_two_and_more_classes_is_reported_on(table: Command) -> None:
    app = typer.Typer()
    app.command()(sweep)
    app.command()(report)
    axes = ["--set", "dataset=breast-cancer,digits,iris", "--set", "train_size=100", "--set", "test_size=49"]
    places = ["--out", str(table.folder / "swept"), "--data-dir", str(table.folder / "data")]
    path = table.folder / "table.toml"
    path.write_text(path.read_text().replace("dense-perceptron", "dense-nearest-centroid"))
    arguments = ["sweep", str(path), *axes, "--seeds", "2", "--jobs", "1", *places]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    result = CliRunner().invoke(app, ["report", str(table.folder / "swept"), "--out", str(table.folder / "report")])
    assert result.exit_code == 0, result.output
    assert "Data: digits, 100 samples available" in (table.folder / "report" / "report.html").read_text()


def test_sweep_over_models_of_a_table_gives_a_row_each(table: Command) -> None:
    app = typer.Typer()
    app.command()(sweep)
    named = ["dense-margin-perceptron", "dense-nearest-centroid", "dense-perceptron"]
    axes = ["--set", f"model={','.join(named)}", "--seeds", "2", "--jobs", "1"]
    places = ["--out", str(table.folder / "swept"), "--data-dir", str(table.folder / "data")]
    result = CliRunner().invoke(app, [str(table.folder / "table.toml"), *axes, *places])
    assert result.exit_code == 0, result.output
    rows = pq.read_table(table.folder / "swept" / "runs.parquet").to_pylist()
    assert sorted(row["model"] for row in rows) == sorted(2 * named)
    assert len({(row["model"], row["initial_accuracy"]) for row in rows}) == 3


def test_simulate_is_declared_as_a_command_of_earnest() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    (name, target), *_ = project["entry-points"]["earnest.commands"].items()
    assert name == "simulate"
    assert EntryPoint(name, target, "earnest.commands").load() is simulate


@pytest.mark.parametrize("what", [name.value for name in ListName])
def test_lists_are_for_people_and_for_programs(what: str) -> None:
    shown = CliRunner().invoke(app, ["list", what], env={"COLUMNS": "300"})
    rows = json.loads(CliRunner().invoke(app, ["list", what, "--json"]).stdout)
    assert shown.exit_code == 0
    assert len(rows) > 1
    for row in rows:
        assert row["name"] in shown.stdout
        assert row["words"].strip()
    assert set(LISTS) == {name.value for name in ListName}


def test_old_name_is_noted_once_on_the_terminal_and_for_programs(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('base = "paper"\ndataset = "synthetic"\ntest_size = 50\ntrain_size = 400\n')
    axes = ["--set", "mechanism=points,self-assessment", "--check"]
    answer = json.loads(CliRunner().invoke(app, ["sweep", str(path), "--out", str(tmp_path), *axes]).stdout)
    assert answer["axes"] == [["incentive", ["points", "self-assessment"]]]
    assert ["mechanism is called incentive" in note for note in answer["notes"]] == [True]
    path.write_text('base = "paper"\nmechanism = "points"\ncost = "much"\n')
    result = CliRunner().invoke(app, ["simulate", "--scenario", str(path), "--out", str(tmp_path / "out")])
    assert result.exit_code == 1
    assert result.stderr.count("Note: The knob mechanism is called incentive now") == 1
    assert "cost is 'much'" in result.stderr
