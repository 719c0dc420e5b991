"""What engines work on: what a run never changes, what it changes, and what the numbers in there stand for.

Tuples of arrays, so that compiled code takes them as they are.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Word indices, or the numbers of vectors.
Numbers = NDArray[np.uint16] | NDArray[np.int16]

#: Where there is none: no agent, no slot, no second.
NONE = -1

#: Positions in `State.counters`. Four are about the last accepted contribution, two about what the agent that is awake
#: has found to prey on.
(
    QUEUED, NEXT_SAMPLE, BURNED, NOW, JOURNALLED, LAST_SAMPLE, LAST_LABEL, LAST_AUTHOR, LAST_PRICE, PREY_SAMPLE,
    PREY_LABEL,
) = range(11)  # fmt: skip

#: Columns of `State.tally`: contributions by fate, then money in units, then how often its range held a weight back;
#: "wrong" ones bear another label than the true. LOST are units of the agent's deposits that are gone for good,
#: GONE_AT is the second at which they came to nine tenths of its start, 0 while they have not.
(
    ACCEPTED, WRONG, LEARNED, ABSTAINED, SAME_SECOND, PRICE_ABOVE_OFFER, REFUNDS, WRONG_REFUNDS, REPORTS, COLLECTS,
    PAID, REFUNDED, REPORTED, COLLECTED, RIGHT_PAID, RIGHT_RETURNED, SATURATED, LOST, GONE_AT, KEPT_BACK, SEALS,
) = range(21)  # fmt: skip
#: How many there are.
TALLY = 21

#: What an agent's behaviour asks to see, as bits, in the order of `behaviour.ASKS`.
SEES_PREDICTED, SEES_PENDING, SEES_PREY, SEES_POISON, SEES_TRIGGER = 1, 2, 4, 8, 16

#: What a row of `State.journal` is about, and its columns. A row of TEACH, of what the model was given to learn from,
#: has the sample in the place of the amount.
CONTRIBUTE, REFUND, REPORT, COLLECT, TEACH = range(5)
VERB, SECOND, INDEX, AGENT, AMOUNT, LEFT_OR_LABEL = range(6)


class Choices(NamedTuple):
    """The agents' fixed traits, one element an agent.

    Attributes:
        kind: int64, the number of its behaviour in the registry.
        first_knob: int64, where in `knobs` its behaviour's are, in the order of `Behaviour.knobs`.
        knobs: float64, of all groups, one after the other; flat, since an array of two dimensions costs a wake a fifth
            of its time.
        number: int64, place in its group.
        team: int32, agents of one team do not report each other; each agent has its own but allies of one group.
        asks: int64, what its behaviour asks to see, as bits.
        steps: int64, most times that its behaviour is asked at a wake.
        renews: bool, whether each of its contributions comes from a new account.
    """

    kind: NDArray[np.int64]
    first_knob: NDArray[np.int64]
    knobs: NDArray[np.float64]
    number: NDArray[np.int64]
    team: NDArray[np.int32]
    asks: NDArray[np.int64]
    steps: NDArray[np.int64]
    renews: NDArray[np.bool_]


class Draws(NamedTuple):
    """Numbers drawn ahead: arrays of shape (agents, block); column k serves an agent's (k + 1)-th next wake.

    Attributes:
        wait: int64, seconds until the wake after this one; at least 1.
        deposit: int64, deposit cap in units; at least one coin.
        mistake: float64 in [0, 1).
        participation: float64 in [0, 1).
        used: int64 of shape (agents,), columns used up.
    """

    wait: NDArray[np.int64]
    deposit: NDArray[np.int64]
    mistake: NDArray[np.float64]
    participation: NDArray[np.float64]
    used: NDArray[np.int64]


class Book(NamedTuple):
    """The open contributions.

    Attributes:
        slots: records of dtype `book.SLOT`.
        reported: uint64 (slots, ceil(agents / 64)), one bit an agent that has reported the contribution.
        wheels: int32 (2, agents + 1, spokes), heads of the wheels' lists by direction and author; the last wheel is the
            guard.
        turned: int64 (2, agents + 1), how far each wheel has been turned, in steps learned.
        refundable: int32 (agents,), heads of the authors' lists.
        log: int64, ring of contributions that the model started to disagree with; its length is a power of two.
        read: int64 (agents,), log position up to which an agent has read.
        candidates: int64, room for what a wake may be able to claim.
        marks: int64 (11,), steps learned so far in each direction first.
    """

    slots: NDArray[np.void]
    reported: NDArray[np.uint64]
    wheels: NDArray[np.int32]
    turned: NDArray[np.int64]
    refundable: NDArray[np.int32]
    log: NDArray[np.int64]
    read: NDArray[np.int64]
    candidates: NDArray[np.int64]
    marks: NDArray[np.int64]


class World(NamedTuple):
    """What a run never changes.

    Attributes:
        starts: int64 (samples + 1,), where each sample's features start in `features`.
        features: uint16, the word indices of all samples, or int16, their vectors, one after the other.
        labels: uint8 (samples,), true labels.
        order: int32, the stream: which sample comes when.
        parameters: int64, the pool's numbers, see `incentives.base.Terms`.
        settings: int64, the model's, see `kernels`.
        initial_weights: int32, the model at hand-over.
        depleted_below: int64 (agents,), the balance in units below which an agent counts as depleted.
        model: its number, see `models`.
        choices: the agents' traits.
        classes: how many the samples are of.
        incentive: its number, see `engine.incentives`.
        crafted: the first of the samples that no stream holds, which come last; see `agents.poison`.
        triggered: the first of those that have a trigger, which come after these; see `agents.trigger`.
    """

    starts: NDArray[np.int64]
    features: Numbers
    labels: NDArray[np.uint8]
    order: NDArray[np.int32]
    parameters: NDArray[np.int64]
    settings: NDArray[np.int64]
    initial_weights: NDArray[np.int32]
    depleted_below: NDArray[np.int64]
    model: int
    choices: Choices
    classes: int
    incentive: int
    crafted: int
    triggered: int


class State(NamedTuple):
    """What a run changes; all money in units, all times in seconds.

    Attributes:
        weights: int32, the model's.
        moments: int64, what the model keeps beside its weights.
        scores: int64 (classes,), room to work in.
        wallet: int64 (agents,), money outside the pool.
        credit: int64 (agents,), what the pool owes.
        verified: int64 (agents,), refunded contributions.
        depleted_at: int64 (agents,), second of depletion or NONE.
        totals: int64 (7,), see `ledger`.
        heap: int64 (agents,), the queue of wakes.
        tally: int64 (agents, 21), what became of each agent's contributions and claims.
        journal: int64 (rows, 6), all accepted calls, and what taught, in order; of length 0 where nobody asked for it.
        counters: int64 (11,).
        book: the open contributions: a `Book`, or a `sealed_book.SealedBook` where the judge is sealed. Compiled code
            is made for the one or for the other.
    """

    weights: NDArray[np.int32]
    moments: NDArray[np.int64]
    scores: NDArray[np.int64]
    wallet: NDArray[np.int64]
    credit: NDArray[np.int64]
    verified: NDArray[np.int64]
    depleted_at: NDArray[np.int64]
    totals: NDArray[np.int64]
    heap: NDArray[np.int64]
    tally: NDArray[np.int64]
    journal: NDArray[np.int64]
    counters: NDArray[np.int64]
    book: Any


class Evaluation(NamedTuple):
    """The test samples and what is known of their scores.

    Attributes:
        features: uint16, the word indices of all samples, or int16, their vectors, one after the other.
        samples: records of dtype `evaluation.SAMPLE`.
        margin: int32 (n,), the least change of the score against its sign that would change the class.
        bounded_by: int32 (n,), place in `bounds[0]`, taken as flat, of what bounds that change.
        weights: int32 (KEPT, num_words + 1), of the last evaluations.
        bounds: int32 (2, KEPT, 2, longest sample + 1), how far the score of that many features can have fallen, and
            risen, since; of any words, and of words outside the head.
        counts: int32, how many weights changed by how much, zero changes in the middle; zeros between calls.
        again: int32 (n,), room for the samples to be looked at again.
        head_scores: int32 (n,), room for what their heads add now.
        table: int32 (HEAD_WORDS / BYTE, 2 ** BYTE), sums of the weights of the words in each byte of a head.
        marks: int64 (5,), the latest row (-1 before the first) and its result; and so far in all, samples whose heads
            were looked up, samples scored, and features read for that.
    """

    features: Numbers
    samples: NDArray[np.void]
    margin: NDArray[np.int32]
    bounded_by: NDArray[np.int32]
    weights: NDArray[np.int32]
    bounds: NDArray[np.int32]
    counts: NDArray[np.int32]
    again: NDArray[np.int32]
    head_scores: NDArray[np.int32]
    table: NDArray[np.int32]
    marks: NDArray[np.int64]
