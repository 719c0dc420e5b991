"""The commands that the README and the guide print: blocks of the language `console`, a line each behind a `$`."""

import re
import shlex
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", ROOT / "contracts" / "README.md", *sorted((ROOT / "docs").glob("*.md")))

_BLOCK = re.compile(r"^```([\w{}]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


class Command(NamedTuple):
    """A printed command.

    Attributes:
        page: it stands on.
        line: what is printed, continuation lines joined.
    """

    page: str
    line: str

    @property
    def words(self) -> list[str]:
        """What the shell makes of it; the program is `earnest`, wherever it lies."""
        words = shlex.split(self.line)
        return ["earnest", *words[1:]] if words[0].endswith("/earnest") else words


def blocks(page: Path) -> list[tuple[str, str]]:
    """Language and content of each block of a page."""
    return _BLOCK.findall(page.read_text("utf-8"))


def printed() -> list[Command]:
    """Every command of every page, in order."""
    found = []
    for page in PAGES:
        for language, content in blocks(page):
            if language != "console":
                continue
            for line in content.replace("\\\n", " ").splitlines():
                if line.startswith("$ "):
                    found.append(Command(page.name, re.sub(r"\s+", " ", line[2:]).strip()))
    return found
