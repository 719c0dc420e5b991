"""What an encoder made of a text, as answers say it."""

from earnest.core.encoders.encoder import TEXT, Encoder
from earnest.pools.schemas import Encoding

#: Most words of a list: as many as a sample holds.
MOST_SHOWN = 1024


def encoding_of(encoder: Encoder, text: str | None) -> Encoding | None:
    """What an encoder saw in a text and what it did not know; None where there is none, or it takes numbers."""
    if text is None or encoder.takes != TEXT:
        return None
    unknown = encoder.unknown(text)
    missing = set(unknown)
    known = [word for word in encoder.seen(text) if word not in missing]
    return Encoding(encoder=encoder.normaliser, known=known[:MOST_SHOWN], unknown=unknown[:MOST_SHOWN])
