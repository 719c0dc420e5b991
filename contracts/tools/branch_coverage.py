"""Branch coverage of our contracts by Solidity's own tests: `make coverage-contracts`.

forge counts the branches of Solidity, but maps no instruction back to a line of inline assembly when code goes through
the compiler's intermediate representation, which ours needs. So each branch in assembly gets a probe of its own in a
copy of the sources: a call of the cheatcode that removes a file, of which there is one for each branch. What is left
after a run of the tests was passed by nobody. Both ways of an `if` have a probe, each case of a `switch`, and each
loop's body. Probes stand on the lines that are there, so one run counts both kinds.
"""

import argparse
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from earnest.contracts.build import ROOT, CompilerError
from earnest.contracts.tools.foundry import forge
from earnest.contracts.tools.scratch import copy_contracts

#: Code with probes, and code that is hardly optimised, takes more gas than these tests allow.
NO_GAS = ("--no-match-test", "^test_gas_")
ASSEMBLY = re.compile(r"\bassembly\b[^{]*\{")
#: Files that probes remove, in a folder of the copy. A probe's argument is one word, and all paths are equally long.
TAKEN = "taken"
#: A probe: calls `removeFile` of forge's cheatcodes, and leaves memory as it was. Where the file is gone the call
#: fails, and nobody minds. What another call returned is lost; in blocks that look at it, contract 4 repeats it.
PROBE = (
    " function probed_(path_) {"
    " let first_word_ := mload(0x00) let second_word_ := mload(0x20)"
    " let third_word_ := mload(0x40) let fourth_word_ := mload(0x60)"
    " mstore(0x00, shl(224, 0xf1afe04d)) mstore(0x04, 0x20) mstore(0x24, 10) mstore(0x44, path_)"
    " pop(staticcall(gas(), 0x7109709ECfa91a80626fF3989D68f67F5b1DD12D, 0, 0x64, 0, 0))"
    " mstore(0x00, first_word_) mstore(0x20, second_word_) mstore(0x40, third_word_) mstore(0x60, fourth_word_)"
    " } "
)
REPEATING_PROBE = PROBE.replace(
    "{",
    "{ let size_ := returndatasize() let returned_ := add(mload(0x40), 0x1000) returndatacopy(returned_, 0, size_)",
).replace("}", "pop(staticcall(gas(), 4, returned_, size_, 0, 0)) }")
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


def path_of(number: int) -> str:
    """The file that a probe removes, under the copy's root."""
    return f"{TAKEN}/{number:04}"


def probed(file: str, text: str, first: int) -> tuple[str, list[Branch]]:
    """The source with its probes, numbered from `first` on, and what they stand for."""
    branches: list[Branch] = []
    changes: list[tuple[int, int, str]] = []

    def probe(line_of: int, way: str) -> str:
        branches.append(Branch(file, text.count("\n", 0, line_of) + 1, way))
        return f' probed_("{path_of(first + len(branches) - 1)}") '

    for start, end in assemblies(text):
        before = len(branches)
        for match in BRANCH.finditer(text, start, end):
            kind, place = match[1], match.start()
            if kind is None:
                continue
            brace = text.index("{", place)
            if kind == "for":
                condition = closing(text, brace) + 1
                post = text.index("{", condition)
                body = text.index("{", closing(text, post))
                changes.append((body + 1, body + 1, probe(place, "loop")))
            elif kind == "if":
                # a switch, so that the condition, which may call, is worked out once
                changes.append((place, match.end(), "switch"))
                taken, passed = probe(place, "if"), probe(place, "if not")
                changes.append((brace, brace + 1, f"case 0 {{{passed}}} default {{{taken}"))
            else:
                changes.append((brace + 1, brace + 1, probe(place, kind)))
        if len(branches) > before:
            changes.append((start + 1, start + 1, REPEATING_PROBE if "returndata" in text[start:end] else PROBE))
    for start, end, code in sorted(changes, reverse=True):
        text = text[:start] + code + text[end:]
    return text, branches


def put_probes(root: Path) -> list[Branch]:
    """Probes in all sources of a copy, and the files that they remove; the branches, as their probes are numbered."""
    branches: list[Branch] = []
    sources = root / "contracts" / "src"
    for path in sorted(sources.rglob("*.sol")):
        text, found = probed(str(path.relative_to(sources)), path.read_text("utf-8"), len(branches))
        # a probe calls, which a pure function may not
        path.write_text(PURE.sub("view", text), "utf-8")
        branches += found
    shutil.rmtree(root / TAKEN, ignore_errors=True)
    (root / TAKEN).mkdir()
    for number in range(len(branches)):
        (root / path_of(number)).touch()
    return branches


# ---------------------------------------------------------------------------------------------------- Solidity


def measured() -> tuple[dict[Branch, bool], dict[Branch, bool]]:
    """Each branch outside assembly, and each in it, and whether a test takes it.

    Raises:
        CompilerError: the tests do not pass.
    """
    root = copy_contracts("coverage")
    branches = put_probes(root)
    lcov = root / "lcov.info"
    lcov.unlink(missing_ok=True)
    arguments = (
        "--ir-minimum",
        *NO_GAS,
        "--skip",
        "contracts/test/invariants/*",
        "--report",
        "lcov",
        "--report-file",
        str(lcov),
    )
    answer = forge("coverage", *arguments, root=root, settings={"FOUNDRY_PROFILE": "plain"}, quiet=True)
    if answer.returncode or not lcov.is_file():
        raise CompilerError(f"forge's coverage failed.\n{answer.stdout}\n{answer.stderr}")
    assembly = {branch: not (root / path_of(number)).exists() for number, branch in enumerate(branches)}
    return dict(_outside_assembly(root, lcov)), assembly


def _outside_assembly(root: Path, lcov: Path) -> Iterator[tuple[Branch, bool]]:
    prefix = "contracts/src/"
    file = ""
    inside: set[int] = set()
    for entry in lcov.read_text("utf-8").splitlines():
        key, _, value = entry.partition(":")
        if key == "SF":
            file = value.removeprefix(prefix) if value.startswith(prefix) else ""
            inside = _assembly_lines(root / prefix / file) if file else set()
        if key == "BRDA" and file:
            line, number, way, hits = value.split(",")
            if int(line) not in inside:
                yield Branch(file, int(line), f"way {way} of branch {number}"), hits not in {"-", "0"}


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
        solidity, assembly = (
            {branch: taken for branch, taken in part.items() if re.search(files, branch.file)} for part in measured()
        )
    except CompilerError as error:
        sys.exit(str(error))
    text = report(solidity, assembly)
    print(text)
    (ROOT / "build" / "coverage.txt").write_text(text + "\n", "utf-8")
    if not all([*solidity.values(), *assembly.values()]):
        sys.exit("Not every branch is taken.")


if __name__ == "__main__":
    main()
