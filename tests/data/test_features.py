"""Features on flat arrays: parts, orders and the round trip through a file's arrays."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from earnest.core.encoders.vocabulary import VocabularyEncoder
from earnest.data.features import Features, encode, from_arrays, to_arrays


def rows_of(features):
    return [
        features.indices[start:end].tolist()
        for start, end in zip(features.indptr[:-1], features.indptr[1:], strict=True)
    ]


def of_rows(rows):
    return Features(
        np.cumsum([0, *(len(row) for row in rows)]).astype(np.int64),
        np.array([index for row in rows for index in row], dtype=np.uint16),
        np.arange(len(rows)).astype(np.uint8) % 2,
    )


ROWS = st.lists(st.sets(st.integers(0, 60), min_size=1).map(sorted), min_size=2, max_size=8)


@given(ROWS, st.data())
def test_parts_and_orders_hold_the_rows_that_they_name(rows, data):
    features = of_rows(rows)
    cut = data.draw(st.integers(0, len(rows)))
    assert rows_of(features.first(cut)) == rows[:cut]
    assert rows_of(features.after(cut)) == rows[cut:]
    order = data.draw(st.permutations(range(len(rows))))
    taken = features.take(np.array(order, dtype=np.int64))
    assert rows_of(taken) == [rows[row] for row in order]
    assert taken.labels.tolist() == [row % 2 for row in order]


def test_arrays_of_both_parts_come_back_as_they_were():
    train, test = of_rows([[1, 2], [3]]), of_rows([[4], [5, 6, 7]])
    for before, after in zip((train, test), from_arrays(to_arrays(train, test)), strict=True):
        assert rows_of(before) == rows_of(after)


def test_encoded_texts_are_the_encoders_samples():
    texts, labels = ["a good film", "a bad film"], np.array([1, 0], dtype=np.uint8)
    encoder = VocabularyEncoder.fit(texts, 8)
    features = encode(encoder, texts, labels)
    assert rows_of(features) == [encoder.encode(text).tolist() for text in texts]
    assert features.matrix(8).toarray().sum() == len(features.indices)
