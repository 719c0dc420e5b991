"""Words as `keras.datasets.imdb` has them: of the published experiments, and of English texts alone."""

from earnest.core.encoders.kind import EncoderKind
from earnest.core.encoders.vocabulary import KERAS, kind_of

ENCODERS: tuple[EncoderKind, ...] = (
    kind_of(
        "keras-imdb",
        "Words between spaces and ASCII punctuation, in lower case; the published experiments', for English.",
        KERAS,
    ),
)
