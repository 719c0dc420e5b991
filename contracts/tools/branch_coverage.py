"""Branch coverage of our contracts by Solidity's own tests: `make coverage-contracts`.

forge counts the branches of Solidity, but maps no instruction back to a line of inline assembly when code goes through
the compiler's intermediate representation, which ours needs. So each branch in assembly gets a probe of its own in a
copy of the sources: code that stops a call if the block's proposer is the probe's number. A run of the tests with that
proposer fails exactly if some test comes by. Both ways of an `if` have a probe, each case of a `switch`, and each
loop's body.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from earnest.contracts.build import ROOT, CompilerError
from earnest.contracts.tools.foundry import forge
from earnest.contracts.tools.scratch import copy_contracts

#: The first probe's address.
FIRST_PROBE = 0xC0DE00000000
#: Code with probes, and code that is hardly optimised, takes more gas than these tests allow.
NO_GAS = ("--no-match-test", "^test_gas_")
ASSEMBLY = re.compile(r"\bassembly\b[^{]*\{")
PURE = re.compile(r"\bpure\b")
BRANCH = re.compile(r"\b(if|case|default|for)\b|//[^\n]*")


@dataclass(frozen=True)
class Branch:
    """One way that a call can take.

    Attributes:
        file: under contracts/src.
        line: from 1.
        way: which of the ways at this line, as a reader would say it.
    """

    file: str
    line: int
    way: str


# ---------------------------------------------------------------------------------------------------- assembly


def closing(text: str, opening: int) -> int:
    """The place of the brace that closes the one at `opening`."""
    depth = 0
    for place in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return place
    raise ValueError(f"the brace at {opening} is not closed")


def assemblies(text: str) -> list[tuple[int, int]]:
    """(start, end) of each block of inline assembly."""
    return [(match.end() - 1, closing(text, match.end() - 1)) for match in ASSEMBLY.finditer(text)]


def probed(file: str, text: str, first: int) -> tuple[str, list[Branch]]:
    """The source with its probes, numbered from `first` on, and what they stand for."""
    branches: list[Branch] = []
    insertions: list[tuple[int, str]] = []

    def probe(place: int, line_of: int, way: str, condition: str = "") -> None:
        here = f"eq(coinbase(), {FIRST_PROBE + first + len(branches):#x})"
        if condition:
            here = f"and({here}, iszero({condition}))"
        insertions.append((place, f" if {here} {{ invalid() }} "))
        branches.append(Branch(file, text.count("\n", 0, line_of) + 1, way))

    for start, end in assemblies(text):
        for match in BRANCH.finditer(text, start, end):
            kind, place = match[1], match.start()
            if kind is None:
                continue
            brace = text.index("{", place)
            if kind == "for":
                condition = closing(text, brace) + 1
                post = text.index("{", condition)
                body = text.index("{", closing(text, post))
                probe(body + 1, place, "loop")
            else:
                probe(brace + 1, place, kind)
            if kind == "if":
                probe(place, place, "if not", text[match.end() : brace].strip())
    for place, code in sorted(insertions, reverse=True):
        text = text[:place] + code + text[place:]
    return text, branches


def assembly_branches(files: str) -> Iterator[tuple[Branch, bool]]:
    """Each branch in assembly of the sources whose path has this pattern, and whether a test takes it."""
    root = copy_contracts("probes")
    branches: list[Branch] = []
    for path in sorted((root / "contracts" / "src").rglob("*.sol")):
        file = str(path.relative_to(root / "contracts" / "src"))
        text, found = probed(file, path.read_text("utf-8"), len(branches))
        # a probe looks at the block, which a pure function may not
        path.write_text(PURE.sub("view", text), "utf-8")
        branches += found
    if not _passes(root, 0):
        raise CompilerError("The tests fail on the probed sources with every probe off: run `make test-contracts`.")
    for number, branch in enumerate(branches):
        if not re.search(files, branch.file):
            continue
        proposer = FIRST_PROBE + number
        # its own tests first: they reach most of it, and take a part of the time
        own = "sealed" if branch.file.startswith("sealed/") else "models"
        taken = not _passes(root, proposer, "--match-path", f"contracts/test/{own}/*") or not _passes(root, proposer)
        yield branch, taken


def _passes(root: Path, proposer: int, *arguments: str) -> bool:
    settings = {"FOUNDRY_PROFILE": "sources", "FOUNDRY_BLOCK_COINBASE": f"0x{proposer:040x}"}
    return forge("test", "--fail-fast", *NO_GAS, *arguments, root=root, settings=settings, quiet=True).returncode == 0


# ---------------------------------------------------------------------------------------------------- Solidity


def solidity_branches() -> Iterator[tuple[Branch, bool]]:
    """Each branch outside assembly, and whether a test takes it.

    Raises:
        CompilerError: the tests do not pass.
    """
    root = copy_contracts("coverage")
    report = root / "lcov.info"
    report.unlink(missing_ok=True)
    arguments = (
        "--ir-minimum",
        *NO_GAS,
        "--skip",
        "contracts/test/invariants/*",
        "--report",
        "lcov",
        "--report-file",
        str(report),
    )
    answer = forge("coverage", *arguments, root=root, settings={"FOUNDRY_PROFILE": "plain"}, quiet=True)
    if answer.returncode or not report.is_file():
        raise CompilerError(f"forge's coverage failed.\n{answer.stdout}\n{answer.stderr}")
    prefix = "contracts/src/"
    file = ""
    inside: set[int] = set()
    for entry in report.read_text("utf-8").splitlines():
        key, _, value = entry.partition(":")
        if key == "SF":
            file = value.removeprefix(prefix) if value.startswith(prefix) else ""
            inside = _assembly_lines(root / prefix / file) if file else set()
        if key == "BRDA" and file:
            line, _, way, hits = value.split(",")
            if int(line) not in inside:
                yield Branch(file, int(line), f"way {way}"), hits not in {"-", "0"}


def _assembly_lines(path: Path) -> set[int]:
    text = path.read_text("utf-8")
    spans = [(text.count("\n", 0, start) + 1, text.count("\n", 0, end) + 1) for start, end in assemblies(text)]
    return {line for first, last in spans for line in range(first, last + 1)}


# ---------------------------------------------------------------------------------------------------- report


def report(solidity: dict[Branch, bool], assembly: dict[Branch, bool]) -> str:
    """A line a file: branches taken and there, outside assembly and in it; then the branches that no test takes."""
    lines = [f"{'file':<34}{'Solidity':>12}{'assembly':>12}"]
    for file in [*sorted({branch.file for branch in [*solidity, *assembly]}), ""]:
        counts = ""
        for part in (solidity, assembly):
            of_file = [taken for branch, taken in part.items() if file in ("", branch.file)]
            counts += f"{f'{sum(of_file)}/{len(of_file)}':>12}"
        lines.append(f"{file or 'all':<34}{counts}")
    missed = [branch for branch, taken in [*solidity.items(), *assembly.items()] if not taken]
    return "\n".join([*lines, *(f"no test takes {branch.file}:{branch.line}, {branch.way}" for branch in missed)])


def main() -> None:
    """Measure, print, and fail when a branch is not taken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", default="", help="only sources whose path has this pattern")
    files = parser.parse_args().files
    try:
        solidity = {branch: taken for branch, taken in solidity_branches() if re.search(files, branch.file)}
        assembly = dict(assembly_branches(files))
    except CompilerError as error:
        sys.exit(str(error))
    text = report(solidity, assembly)
    print(text)
    (ROOT / "build" / "coverage.txt").write_text(text + "\n", "utf-8")
    if not all([*solidity.values(), *assembly.values()]):
        sys.exit("Not every branch is taken.")


if __name__ == "__main__":
    main()
