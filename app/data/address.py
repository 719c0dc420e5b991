"""Addresses that stand where a path may stand; told from paths without what downloading needs."""

import re
from pathlib import Path

# a `Path` keeps one of an address's two slashes
ADDRESS = re.compile(r"(https?):/{1,2}(?!/)(.+)")


def is_address(given: Path) -> bool:
    """Whether this is an http or https address, not a path."""
    return ADDRESS.fullmatch(str(given)) is not None
