"""What an encoder makes of what was given, and how answers say that."""

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from earnest.core.encoders.encoder import TEXT, Encoder
from earnest.core.models.model import Model
from earnest.pools.schemas import Encoding
from earnest.web.schemas import SampleInput

#: Most words of a list: as many as a sample holds.
MOST_SHOWN = 1024


def encoding_of(encoder: Encoder, text: str | None) -> tuple[Encoding | None, list[str]]:
    """What an encoder saw in a text, None where there is none or it takes numbers; and all that it did not know."""
    if text is None or encoder.takes != TEXT:
        return None, []
    known, unknown = encoder.parts(text)
    return Encoding(encoder=encoder.normaliser, known=known[:MOST_SHOWN], unknown=unknown[:MOST_SHOWN]), unknown


def samples_of(model: Model, encoder: Encoder, given: Sequence[SampleInput]) -> list[NDArray[Any]]:
    """The samples of texts, of which equal ones are encoded once, or of features, checked.

    Raises:
        SampleInvalid: features are no sample, or a text gives too many.
    """
    of_text: dict[str, NDArray[Any]] = {}
    found = []
    for item in given:
        sample = None if item.text is None else of_text.get(item.text)
        if sample is None:
            sample = model.format.from_input(encoder, item.text, item.features)
            if item.text is not None:
                of_text[item.text] = sample
        found.append(sample)
    return found


def predicted(model: Model, samples: Sequence[NDArray[Any]]) -> list[tuple[int, int]]:
    """Class and score of each; what is there twice, as `samples_of` gives equal texts, is asked for once."""
    distinct = {id(sample): sample for sample in samples}
    # one alone takes a tenth of the time that many take at least
    different = list(distinct.values())
    told = [model.predict_one(different[0])] if len(different) == 1 else model.predict_many(different)
    of = dict(zip(distinct, told, strict=True))
    return [of[id(sample)] for sample in samples]
