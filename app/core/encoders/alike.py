"""Names that people cannot tell apart, by Unicode's list of confusable characters (UTS 39)."""

from functools import cache

from confusable_homoglyphs.confusables import confusables_data

from earnest.core.encoders.normal import folded, visible


@cache
def _stands_for() -> dict[int, str]:
    """For each character that looks like another one, one character for all that look alike."""
    found: dict[int, str] = {}
    for one, others in confusables_data.items():
        alike = [visible(other["c"]) for other in others]
        single = [character for character in (one, *alike) if len(character) == 1]
        if len(one) == 1 and len(single) > 1:
            found[ord(one)] = min(single)
    return found


def looks_like(name: str) -> str:
    """The same for names that look alike: whatever their case, and the scripts that their characters are of."""
    # twice: what a character looks like may itself look like a third one
    return folded(folded(name).translate(_stands_for()).translate(_stands_for()))
