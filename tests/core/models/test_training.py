"""The initial model; on the real reviews, the published accuracies to every digit."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from earnest.core.encoders.vocabulary import VocabularyEncoder
from earnest.core.errors import WeightsOutOfRange
from earnest.core.models.evaluation import count_correct
from earnest.core.models.training import RANDOM_STATE, optimal_step, train_initial
from earnest.data import made_up_reviews, paper


def samples(size: int, seed: int = 1):
    dataset = made_up_reviews.make(size, seed)
    return VocabularyEncoder.fit(dataset.texts, 200).encode_many(dataset.texts), dataset.labels


def test_unit_too_small_for_the_contract_is_refused():
    X, y = samples(300)
    with pytest.raises(WeightsOutOfRange, match="larger unit"):
        train_initial(X, y, unit=1e-9)


def test_unit_is_the_step_that_scikit_learn_takes_next():
    X, y = samples(300)
    classifier = train_initial(X, y).classifier
    step = optimal_step(classifier)
    before = classifier.intercept_[0]
    row = X[[0]].toarray().astype(np.float64)
    # a wrong label makes it move; by how much is what we predicted
    wrong = 1 - classifier.predict(row)
    classifier.partial_fit(row, wrong)
    assert abs(classifier.intercept_[0] - before) == pytest.approx(step, rel=1e-12)


def test_integer_model_is_the_classifier_rounded_to_the_unit():
    X, y = samples(300)
    model, classifier, unit = train_initial(X, y)
    assert np.abs(model.weights_[:-1] * unit - classifier.coef_[0]).max() <= unit / 2 + 1e-12
    assert abs(model.weights_[-1] * unit - classifier.intercept_[0]) <= unit / 2 + 1e-12


def test_training_is_the_same_every_time():
    X, y = samples(300)
    assert train_initial(X, y).model.digest() == train_initial(csr_array(X.toarray()), y.tolist()).model.digest()
    assert RANDOM_STATE == 0xDECA10B


def test_correct_predictions_are_counted():
    X, y = samples(300)
    model = train_initial(X, y).model
    correct, total = count_correct(model, X, y)
    assert total == 300
    assert correct == sum(int(model.predict_one(X[[row]].indices)[0] == y[row]) for row in range(300))


@pytest.mark.parametrize(("num_words", "accuracy"), [(1000, 0.7920), (500, 0.7554), (200, 0.6939)])
def test_initial_accuracy_is_the_published_one(ready_features, num_words, accuracy):
    data = paper.load(ready_features, num_words)
    model, classifier, unit = train_initial(data.X_train[:2000], data.y_train[:2000])
    published = np.mean(classifier.predict(data.X_test.toarray()) == data.y_test)
    assert round(float(published), 4) == accuracy
    correct, total = count_correct(model, data.X_test, data.y_test)
    assert abs(correct / total - accuracy) < 0.005
    assert unit == pytest.approx({1000: 0.13, 500: 0.028, 200: 0.050}[num_words], rel=0.02)
