"""What an encoder made of a text, as answers say it."""

from earnest.core.encoders.encoder import TEXT, Encoder
from earnest.pools.schemas import Encoding

#: Most words of a list: as many as a sample holds.
MOST_SHOWN = 1024


def encoding_of(encoder: Encoder, text: str | None) -> tuple[Encoding | None, list[str]]:
    """What an encoder saw in a text, None where there is none or it takes numbers; and all that it did not know."""
    if text is None or encoder.takes != TEXT:
        return None, []
    known, unknown = encoder.parts(text)
    return Encoding(encoder=encoder.normaliser, known=known[:MOST_SHOWN], unknown=unknown[:MOST_SHOWN]), unknown
