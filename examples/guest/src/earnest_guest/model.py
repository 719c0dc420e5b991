"""Words remember in how many more samples of one class they stood than of the other, and vote. It has no contract."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from earnest import Model
from earnest.core.compilable import compilable
from earnest.core.models.formats.words import Words
from earnest.core.models.kernels import Kernels

#: Votes of one word stay below this, so that a sample's sum stays within 32 bits.
MOST = 2**20


@compilable
def predict(weights: Any, moments: Any, scores: Any, settings: Any, sample: Any) -> tuple[int, int]:
    """The sum of the words' votes; above 0 is class 1."""
    total = 0
    for word in sample:
        total += int(weights[word])
    return (1 if total > 0 else 0), total


@compilable
def learn(
    weights: Any, moments: Any, scores: Any, initial: Any, settings: Any, sample: Any, label: int, value: int, nth: int
) -> int:
    """Each word of the sample gets a vote for its label."""
    held_back = 0
    for word in sample:
        vote = int(weights[word]) + (1 if label == 1 else -1)
        if abs(vote) > MOST:
            held_back += 1
        else:
            weights[word] = vote
    return held_back


class WordVotes(Model):
    """Words that vote; see the module.

    Args:
        num_words: words of the encoder.
    """

    MODEL_ID: ClassVar[str] = "word-votes/1"
    TITLE: ClassVar[str] = "Votes of words"
    ABOUT: ClassVar[str] = "Counts for each word the samples of either class that it stood in; a sample's words vote."
    SOURCE: ClassVar[str] = "unweighted voting, Littlestone & Warmuth 1994"
    FORMAT = Words
    KERNELS: ClassVar[Kernels] = Kernels(predict, learn, asks=False)

    def __init__(self, num_words: int = 1000) -> None:
        self.num_words = num_words

    @property
    def weight_count(self) -> int:
        """One a word."""
        return self.num_words

    @classmethod
    def of_weights(cls, weights: NDArray[np.int32], classes: int, choices: Mapping[str, int]) -> Self:
        """A model that starts from these votes."""
        model = cls(len(weights))
        model._start(np.asarray(weights, dtype=np.int32).copy())
        return model

    @classmethod
    def trained(cls, X: Any, y: ArrayLike) -> Self:
        """One pass over the samples."""
        return cls(X.shape[1]).fit(X, y)

    def decision_function(self, X: Any) -> NDArray[np.int64]:
        """Sums of votes, of shape (n,)."""
        return np.array([self.predict_one(sample)[1] for sample in self.samples(X)], dtype=np.int64)
