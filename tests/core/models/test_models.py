"""Every model that is registered, guests included, does what every model must; and a broken one is refused."""

from abc import abstractmethod
from dataclasses import replace

import numpy as np
import pytest

from earnest.core.compilable import compilable
from earnest.core.errors import RuleViolation
from earnest.core.models.formats.words import Words
from earnest.core.models.kernels import UNKNOWN, Kernels
from earnest.core.models.model import Model
from earnest.core.models.registry import DEFAULT, MODELS, by_id, check, deployable, model_of
from earnest.core.models.sparse_perceptron import SparsePerceptron
from earnest.core.models.steps import ETA0
from earnest.core.registry import GuestRefused, NotRegistered
from earnest.testing.checks import Nonconforming
from earnest.testing.models import examples_of, model_checks

ALL = [(name, check) for name, model in MODELS.items() for check in model_checks(model)]


@pytest.mark.parametrize(("name", "check"), ALL, ids=str)
def test_model_does_what_every_model_must(name, check):
    check()


def test_models_are_found_in_an_order_that_starts_with_the_default_one():
    assert next(iter(MODELS)) == DEFAULT
    assert list(MODELS)[1:] == sorted(list(MODELS)[1:])
    assert len(MODELS) == 7


@pytest.mark.parametrize("name", MODELS)
def test_model_is_known_by_its_name_and_by_its_id(name):
    found = MODELS[name]
    assert by_id(found.MODEL_ID) is found
    assert deployable()[name] is found
    assert name.replace("-", " ").title().replace(" ", "") == found.CONTRACT
    (parameters, *_) = (example.parameters for example in examples_of(found))
    assert model_of(found.MODEL_ID, parameters).parameters == parameters


@pytest.mark.parametrize(
    ("model_id", "words"), [("oracle/1", "no model 'oracle'"), ("naive-bayes/9", "is naive-bayes/1")]
)
def test_unknown_model_or_version_is_refused_in_a_sentence(model_id, words):
    with pytest.raises(NotRegistered, match=words):
        by_id(model_id)


@compilable
def short(weights, moments, scores, settings):
    return 0, 0


BARE = {
    **{name: getattr(SparsePerceptron, name) for name in ("TITLE", "ABOUT", "SOURCE", "FORMAT", "KERNELS", "CONTRACT")},
    **{name: vars(SparsePerceptron)[name] for name in ("weight_count", "of_weights", "trained", "decision_function")},
    "MODEL_ID": "lacking/1",
}


class Lacking(SparsePerceptron):
    MODEL_ID = "lacking/1"


def _changed(**attributes):
    return type("Changed", (Lacking,), attributes)


KERNELS = SparsePerceptron.KERNELS


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (object(), "must be a subclass"),
        (_changed(MODEL_ID="lacking"), "MODEL_ID is 'lacking'"),
        (_changed(MODEL_ID="other/1"), "it must be 'lacking'"),
        (_changed(TITLE=""), "TITLE must be a text"),
        (_changed(FORMAT=None), "FORMAT must be a sample format"),
        (_changed(FORMAT=type("Mine", (Words,), {"ID": "mine/1"})), "shares its id or its type of numbers with Words"),
        (_changed(FORMAT=type("Mine", (Words,), {"ID": "mine/1", "TAKES": "pictures"})), "TAKES is 'pictures'"),
        (_changed(KERNELS=None), "KERNELS must be Kernels"),
        (_changed(KERNELS=KERNELS._replace(predict=short)), "KERNELS.predict takes 4 arguments; it must take 5"),
        (_changed(KERNELS=KERNELS._replace(learn=7)), "KERNELS.learn must be a plain function"),
        (_changed(KERNELS=KERNELS._replace(asks=1)), "KERNELS.asks must be True or False"),
        (_changed(MOST_CLASSES=1), "MOST_CLASSES is 1"),
        (_changed(CHOICES=(replace(ETA0, name="eta1"),)), "CHOICES names eta1"),
        (_changed(CHOICES=("eta0",)), "CHOICES must be earnest.core.parameters.Parameter; one is 'eta0'"),
        (
            _changed(__init__=lambda self, num_words: setattr(self, "num_words", num_words)),
            "each parameter needs a default",
        ),
        (_changed(__init__=lambda self, width=3: setattr(self, "width", width)), "takes no parameter num_words"),
        (_changed(decision_function=abstractmethod(lambda self, X: None)), "lacks decision_function"),
        (type("Bare", (Model,), BARE), "has a contract and lacks pack_parameters, initial_chunks, from_code"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_misdeclared_model_is_refused_in_a_sentence(thing, words):
    with pytest.raises(GuestRefused, match=words):
        check("lacking", thing)


def test_well_declared_model_is_taken():
    check("lacking", Lacking)


def test_model_without_contract_is_taken_simulated_and_not_deployed():
    bare = type(
        "Bare",
        (Model,),
        {**BARE, "CONTRACT": None, "__init__": lambda self, num_words=3: vars(self).update(num_words=num_words)},
    )
    check("lacking", bare)
    model = bare(3).fit(np.zeros((0, 3)), [])
    for call in (
        model.pack_parameters,
        model.initial_chunks,
        lambda: bare.from_code(b"", []),
        lambda: model.learning_gas([b""]),
        lambda: model.judging_gas(b""),
    ):
        with pytest.raises(RuleViolation, match="has no contract"):
            call()
    assert bare.from_bytes(model.to_bytes()).to_bytes() == model.to_bytes()


@compilable
def always_right(weights, moments, scores, settings, sample):
    return 1, 1


@compilable
def promises_too_much(settings, value, sample):
    return 1_000


@compilable
def learns_in_silence(weights, moments, scores, initial, settings, sample, label, value, nth):
    weights[0] += 1
    return -1


def failures(**kernels) -> list[str]:
    broken = _changed(KERNELS=KERNELS._replace(**kernels))
    found = []
    for each in model_checks(broken):
        try:
            each()
        except Nonconforming as error:
            found.append(str(error))
    return found


@pytest.mark.parametrize(
    ("kernels", "words"),
    [
        ({"predict": always_right}, "predict and predict_one differ"),
        ({"steps_to_flip": promises_too_much}, "before steps_to_flip said that it could"),
        ({"learn": learns_in_silence}, "says that nothing was learned, and changed weights"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_suite_finds_broken_kernels(kernels, words):
    assert any(words in failure for failure in failures(**kernels))


@pytest.mark.parametrize("name", MODELS)
def test_interpreted_scores_are_pythons_integers(name):
    for example in examples_of(MODELS[name]):
        model = example.fit(example.format.matrix(np.zeros(1, np.int64), np.zeros(0, example.FORMAT.DTYPE)), [])
        assert [type(part) for part in model.predict_one(model.format.drawn(np.random.default_rng(1)))] == [int, int]


def test_kernels_default_to_what_holds_of_any_model():
    kernels = Kernels(KERNELS.predict, KERNELS.learn)
    assert kernels.steps_to_flip(np.zeros(0, np.int64), 10**9, np.zeros(5, np.uint16)) == 1
    none = np.zeros(0, np.int64)
    assert kernels.amount(none, none, none, np.zeros(5, np.uint16), 0, 7) == (1, 1)
    assert kernels.worth(none, none, none, 3) == 0
    assert kernels.rest(none, none, none) == (0, UNKNOWN)
