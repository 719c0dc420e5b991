"""The encoders there are, by name, and the one of a canonical file."""

import importlib
import pkgutil

from earnest.core.encoders import kinds
from earnest.core.encoders.encoder import Encoder
from earnest.core.encoders.kind import EncoderKind
from earnest.core.errors import EncoderInvalid

_MODULES = sorted(found.name for found in pkgutil.iter_modules(kinds.__path__))
#: Those that ship, the first of a format being its default.
ENCODERS: dict[str, EncoderKind] = {
    kind.name: kind
    for kind in sorted(
        (one for name in _MODULES for one in importlib.import_module(f"{kinds.__name__}.{name}").ENCODERS),
        key=lambda kind: (not kind.is_default, kind.name),
    )
}


def of_format(format_id: str, *, unit_length: bool = False, white: bool = False) -> list[EncoderKind]:
    """The encoders whose samples are of a format, its default first.

    Args:
        format_id: of samples.
        unit_length: of those only that give vectors of length 1.
        white: whether those that whiten come first, and not last.
    """
    found = [
        kind for kind in ENCODERS.values() if kind.gives == format_id and (kind.gives_unit_length or not unit_length)
    ]
    return sorted(found, key=lambda kind: kind.whitens != white)


def read(content: bytes, expected_hash: bytes | None = None) -> Encoder:
    """The encoder of a canonical file, whatever its kind.

    Raises:
        EncoderInvalid: of no kind that is known, damaged, or not the file of that hash.
    """
    for kind in ENCODERS.values():
        if content.startswith(kind.head):
            return kind.read(content, expected_hash)
    raise EncoderInvalid("The encoder file is of no kind that this version knows: get a newer one, or the right file.")
