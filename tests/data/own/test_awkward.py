"""Every awkward file gets what it should: from the loader, as a pool's beginning, and as a sweep's data."""

import base64
import re

import pytest

from earnest.config import Settings
from earnest.core.errors import CoreError, DatasetError
from earnest.data.own.options import Options
from earnest.data.own.reading import read_numbers, read_texts
from earnest.data.recipe import Sources
from earnest.pools.rules import checked
from earnest.pools.schemas import PoolRequest
from earnest.simulations.data import load_task
from earnest.simulations.errors import SimulationError
from earnest.simulations.scenario import load
from tests.data.own.awkward import CASES, Case

MODELS = {False: "naive-bayes", True: "dense-nearest-centroid"}
#: Enough of the smallest file for either part to have every class.
SIZES = {"train_size": 120, "held_out_size": 100}


def each(kind: str = ""):
    cases = {
        "refused": {name: case for name, case in CASES.items() if case.refused},
        "taken": {name: case for name, case in CASES.items() if not case.refused},
        "": CASES,
    }[kind]
    return pytest.mark.parametrize("case", cases.values(), ids=list(cases))


def request_of(case: Case) -> PoolRequest:
    file = base64.b64encode(case.content).decode()
    # under rules that do not ask how good the model is
    given = {"name": "x", "file": file, "model": MODELS[case.numbers], "incentive": "self-assessment"}
    given |= {"num_words": 1000, **SIZES, **case.options}
    return PoolRequest.model_validate(given)


def read(case: Case):
    reader = read_numbers if case.numbers else read_texts
    return reader(case.content, Options(**case.options), 16)


@each("refused")
def test_unfit_file_is_refused_in_one_sentence_by_every_route(case, tmp_path):
    with pytest.raises(DatasetError, match=case.refused) as refused:
        read(case)
    sentence = str(refused.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    with pytest.raises(CoreError, match="^" + re.escape(sentence)):
        checked(request_of(case), Settings())
    path = tmp_path / "file"
    path.write_bytes(case.content)
    with pytest.raises((CoreError, SimulationError), match="^" + re.escape(sentence)):
        load_task(scenario_of(case), Sources(data=path), tmp_path)


def scenario_of(case: Case):
    knobs = {"dataset": "table" if case.numbers else "file", "model": MODELS[case.numbers], "shuffle_seed": 1}
    sizes = {"test_size": 100, "train_size": 130, "initial_share": 0.9, "num_words": 1000}
    return load("only-good").with_knobs(**knobs, **sizes, **case.options)


@each("taken")
def test_file_is_read_alike_by_every_route_and_said(case, tmp_path):
    part = read(case)
    assert part.classes == case.classes
    said = checked(request_of(case), Settings())
    assert list(said.classes) == list(case.classes)
    assert sum(said.classes.values()) == said.rows
    for remark in case.remarks:
        assert any(re.search(remark, sentence) for sentence in said.remarks), said.remarks
    if not case.remarks:
        assert said.remarks == []
    if case.learned:
        assert said.accuracy >= 0.95
    path = tmp_path / "file"
    path.write_bytes(case.content)
    assert len(load_task(scenario_of(case), Sources(data=path), tmp_path).stream.labels) > 0


def test_more_classes_than_the_model_takes_are_refused_with_both_ways_out():
    told = "10 labels .* and two classes are taken: .* label_column, or choose a model that tells more classes apart"
    with pytest.raises(DatasetError, match=told):
        read_texts(CASES["ten.csv"].content, Options(), 2)
    with pytest.raises(DatasetError, match=r"has 1 label .* and two classes are taken: .* label_column\.$"):
        read_texts(CASES["one.csv"].content, Options(), 2)
