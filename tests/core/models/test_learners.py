"""What every learner must do, found by discovery in the registry; the cases are those of the contracts' conformance."""

import pytest
from sklearn.base import clone

from earnest.core.errors import SampleInvalid, WeightsOutOfRange
from earnest.core.models.registry import LEARNERS, learner_of
from earnest.core.models.vocabulary_model import VocabularyLearner
from tests.agreement.test_conformance import MODELS

each = pytest.mark.parametrize("model_id", LEARNERS)


def case(model_id: str):
    return MODELS[LEARNERS[model_id].CONTRACT]


@each
def test_registry_knows_each_learner_by_its_versioned_name(model_id):
    name, version = model_id.split("/")
    assert name.replace("-", " ").title().replace(" ", "") == LEARNERS[model_id].CONTRACT
    assert int(version) >= 1
    assert learner_of(model_id, case(model_id).model.parameters).parameters == case(model_id).model.parameters


@each
def test_unknown_label_is_refused_and_leaves_no_trace(model_id):
    model = case(model_id).model.copy()
    before = model.to_bytes()
    sample = model.sample_from_bytes(case(model_id).one)
    for label in (-1, model.class_count):
        with pytest.raises(SampleInvalid) as caught:
            model.learn_one(sample, label)
        assert caught.value.name == "LabelOutOfRange"
    assert model.to_bytes() == before


@each
def test_bytes_that_are_no_sample_are_refused_by_the_contracts_name(model_id):
    for packed in case(model_id).refused:
        with pytest.raises(SampleInvalid) as caught:
            case(model_id).model.sample_from_bytes(packed)
        assert caught.value.name.startswith("Sample")


@each
def test_sample_is_the_same_from_bytes_and_from_word_indices(model_id):
    model = case(model_id).model
    for packed in (case(model_id).one, case(model_id).zero):
        sample = model.sample_from_bytes(packed)
        assert model.sample_to_bytes(sample) == packed
        # a vector's numbers are scaled
        if isinstance(model, VocabularyLearner):
            assert model.sample_from_features(sample.tolist()).tolist() == sample.tolist()


@each
def test_damaged_or_foreign_snapshot_is_refused(model_id):
    state = case(model_id).model.to_bytes()
    for damaged in (b"", state[:-1], state[1:], bytes([state[0] ^ 1]) + state[1:], state[:40] + state):
        with pytest.raises(WeightsOutOfRange, match="damaged"):
            LEARNERS[model_id].from_bytes(damaged)


@each
def test_state_survives_snapshots_copies_and_a_pools_code(model_id):
    one, zero = (case(model_id).model.sample_from_bytes(packed) for packed in (case(model_id).one, case(model_id).zero))
    model = case(model_id).model.copy()
    for sample, label in ((one, 0), (zero, 1), (one, 1), (zero, 0), (one, 0)):
        model.learn_one(sample, label)
    assert model.accepted_ == 5
    assert model.digest() != case(model_id).model.digest()
    fresh = model.restarted()
    assert (fresh.accepted_, fresh.digest()) == (0, model.digest())
    from_code = type(model).from_code(model.pack_parameters(), model.initial_chunks())
    assert from_code.to_bytes() == fresh.to_bytes()
    for other in (model.copy(), type(model).from_bytes(model.to_bytes())):
        assert other.to_bytes() == model.to_bytes()
        assert [other.predict_one(sample) for sample in (one, zero)] == [
            model.predict_one(sample) for sample in (one, zero)
        ]
        other.learn_one(one, 1)
        again = model.copy()
        again.learn_one(one, 1)
        assert other.to_bytes() == again.to_bytes() != model.to_bytes()


@each
def test_estimator_is_cloned_without_what_it_learned(model_id):
    model = case(model_id).model
    bare = clone(model)
    assert bare.parameters == model.parameters
    assert not hasattr(bare, "weights_")
    assert len(model.pack_parameters()) == model.PARAMETERS_LENGTH
    assert len(model.weights_) == model.weight_count
    assert model.classes_.tolist() == list(range(model.class_count))
