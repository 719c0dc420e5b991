"""Samples that an attacker makes to be taught wrong: what tells one class most, to be labelled as the next.

Made once, of the stream that everybody sees; which of them is handed in at a wake depends on the model as it is then
(see `engine.loop`), so that the attacker knows data and weights. What there is of words goes beyond any real text: the
most telling words of one class and nothing else, as many as a pool takes for one sample.
"""

import numpy as np

from earnest.core.models.registry import MODELS
from earnest.simulations.engine.types import Numbers
from earnest.simulations.task import Samples, Task

#: Of each class.
CRAFTED = 16
#: Most words of one: what new pools take for a sample.
LONGEST = 160


def with_poison(task: Task, model: str) -> Samples:
    """The stream, followed by crafted samples; each has the class that it tells as its true label.

    Args:
        task: the data.
        model: the name of the model to be taught, whose format crafts them.
    """
    starts, features, labels = task.stream
    format_ = MODELS[model].FORMAT
    made: list[Numbers] = []
    told: list[int] = []
    for label in range(task.classes):
        of_class = format_.crafted(starts, features, labels == label, CRAFTED, LONGEST)
        made += of_class
        told += [label] * len(of_class)
    ends = starts[-1] + np.cumsum([len(sample) for sample in made], dtype=np.int64)
    return Samples(
        np.concatenate([starts, ends]),
        np.concatenate([features, *made]),
        np.concatenate([labels, np.array(told, np.uint8)]),
    )
