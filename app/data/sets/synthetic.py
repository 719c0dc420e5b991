"""Made-up samples of any size and difficulty, for studies of scale."""

import hashlib

from earnest.core.models.formats.words import MAX_FEATURES
from earnest.core.parameters import Parameter
from earnest.data import zipf
from earnest.data.features import Features
from earnest.data.recipe import TEXT, DataSet, Wanted


def checksum(wanted: Wanted) -> str:
    """Of the numbers that all draws follow from."""
    name = f"zipf {zipf.VERSION} {_numbers(wanted)} {wanted.train_size + wanted.held_out} {wanted.held_out}"
    return hashlib.sha256(name.encode()).hexdigest()


def features(wanted: Wanted) -> tuple[Features, Features]:
    """Draw as many as are wanted."""
    drawn = zipf.make(wanted.train_size + wanted.held_out, 0, *_numbers(wanted))
    # the test samples come first, so that they stay the same when there are more to train on
    return drawn.after(wanted.held_out), drawn.first(wanted.held_out)


def _numbers(wanted: Wanted) -> tuple[int, float, float, int]:
    values = wanted.values
    return wanted.num_words, values["signal"], values["noise"], values["sample_words"]


DATA_SETS = (
    DataSet(
        "synthetic",
        "Made-up samples of two classes and any size, whose words follow Zipf's law; for scenarios.",
        "Drawn by this program; no rights reserved.",
        TEXT,
        checksum,
        features=features,
        has_order=True,
        knobs=(
            Parameter(
                "signal", "real", "how far the classes' words differ, from not at all to no word in common", 0, 1,
                default=0.5,
            ),
            Parameter("noise", "real", "chance that a label is drawn anew by a coin", 0, 1, default=0.0),
            Parameter("sample_words", "whole", "words drawn for each sample", 1, MAX_FEATURES - 1, default=100),
        ),
    ),
)  # fmt: skip
