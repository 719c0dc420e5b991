"""The rules of a model as plain functions, with the same arguments whatever the model and its samples.

Interpreted they serve the mirror of a pool, compiled the engines. Arguments that return in all of them:

    weights   int32 array of the logical weights, in the order of `digest()`; `learn` changes it in place
    moments   int64 array of what is kept beside the weights; `learn` changes it in place
    scores    int64 array of shape (classes,), room to work in
    settings  int64 array, the model's `settings`: its parameters, unless it says otherwise
    sample    array of the format's type: indices of words, the numbers of a vector

Compiled integers are int64: a kernel keeps every sum and product below 2**63. It makes no arrays, slices apart, unless
it says so (`allocates`); `vector_arithmetic` has what kernels on vectors need.
"""

from collections.abc import Callable
from typing import NamedTuple

from earnest.core.compilable import compilable

#: What `learn` answers where nothing was learned.
NOTHING_LEARNED = -1

#: How far a weight of a sealed judge may go up, of a model that does not say; down it is one more.
MOST_JUDGED = 2**15 - 1

#: The slack of a model whose score is no sum: no sum of worths is as far from 0.
UNKNOWN = 2**40


@compilable
def after_any_learning(settings: object, value: int, sample: object) -> int:
    """`steps_to_flip` of a model of which nothing better is known: whatever it learns may change any class."""
    return 1


@compilable
def one_either_way(
    weights: object, moments: object, settings: object, sample: object, label: int, nth: int
) -> tuple[int, int]:
    """`amount` of such a model: any score may have moved either way."""
    return 1, 1


@compilable
def unknown_worth(weights: object, moments: object, settings: object, word: int) -> int:
    """`worth` of a model whose score is no sum of what its words add."""
    return 0


@compilable
def unknown_rest(weights: object, moments: object, settings: object) -> tuple[int, int]:
    """`rest` of such a model: nothing is known without asking it."""
    return 0, UNKNOWN


@compilable
def no_moments(weights: object, moments: object, settings: object) -> int:
    """`write_moments` of a model that keeps nothing beside its weights."""
    return 0


class Kernels(NamedTuple):
    """What a model declares.

    Attributes:
        predict: `(weights, moments, scores, settings, sample) -> (label, value)`, the class and the score; between two
            classes a score above 0 is class 1.
        learn: `(weights, moments, scores, initial, settings, sample, label, value, nth) -> held_back`: learn from a
            sample, the `nth` (from 0) since the start, whose score was `value`, or which was not asked for. `initial`
            are the weights at the start. Answers how many weights their range held back, or `NOTHING_LEARNED`.
        asks: whether learning depends on the prediction; otherwise nobody is told one, and `value` is 0.
        steps_to_flip: `(settings, value, sample) -> int`: the least amount of learning against the class of a sample,
            whose score is `value`, that could change that class; at least 1.
        amount: `(weights, moments, settings, sample, label, nth) -> (up, down)`: how much of that a learned sample is,
            towards class 1 and towards class 0; asked right after the model has learned it.
        adds_words: whether the score is the last weight and those of the sample's words added up, and above 0 is class
            1, with all of them within 17 bits: then whole test sets are judged by bounds.
        is_linear: whether the scores of a sample are linear in the weights: then weights that are means of others make
            a model too, and a sealed judge can be such a mean. Of another model it is a snapshot of its weights.
        most_judged: how far a weight of a judge may go up; down it is one more. Within 31 bits, of a mean within that
            over 2^6.
        write_moments: `(weights, moments, settings) -> 0`: write what is kept beside the weights, worked out of these.
        worth: `(weights, moments, settings, word) -> int`: about what a word adds to the score between two classes;
            within 32 bits.
        rest: `(weights, moments, settings) -> (offset, slack)`: the score of n words is `offset` and what they add, to
            within slack * (n + 4): where that sum is further from 0, nobody has to score the sample.
        allocates: whether they make arrays. Compiled code then counts references, which takes minutes to compile and
            makes every model on the same type of samples slower.
    """

    predict: Callable[..., tuple[int, int]]
    learn: Callable[..., int]
    asks: bool = True
    steps_to_flip: Callable[..., int] = after_any_learning
    amount: Callable[..., tuple[int, int]] = one_either_way
    adds_words: bool = False
    is_linear: bool = False
    most_judged: int = MOST_JUDGED
    write_moments: Callable[..., int] = no_moments
    worth: Callable[..., int] = unknown_worth
    rest: Callable[..., tuple[int, int]] = unknown_rest
    allocates: bool = False
