"""Probes in every branch of a copy of our sources, for `earnest.contracts.tools.branch_coverage`.

A probe is a call of the cheatcode that removes a file, of which there is one for each way. What is left after a run of
the tests was gone by nobody. Probes are put where the compiler's own reading of the sources says that a branch is, and
stand on the lines that are there.
"""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earnest.contracts.build import syntax_trees

#: Files that probes remove, in a folder of the copy.
TAKEN = "taken"
#: Of the copy, beside its sources: what their conditions call.
HELPER = "Probes.sol"
PURE = re.compile(r"\bpure\b")

#: Calls `removeFile` of forge's cheatcodes, and leaves memory as it was. Where the file is gone the call fails, and
#: nobody minds. An address of each probe's own is looked at before, which is dear once in a transaction (EIP-2929):
#: where it is cheap, this probe has called already, and loops do not wait for it. What
#: that address holds, nothing, is used: the compiler leaves out what is not.
_REMOVE = (
    " let gas_ := gas() let held_ := balance(add(0xc0de00000000, n_)) if gt(sub(gas_, gas()), add(held_, 2000)) {"
    " let path_ := add(add(shl(200, div(n_, 1000)), shl(192, mod(div(n_, 100), 10))),"
    " add(shl(184, mod(div(n_, 10), 10)), shl(176, mod(n_, 10))))"
    " let a_ := mload(0x00) let b_ := mload(0x20) let c_ := mload(0x40) let d_ := mload(0x60)"
    f' mstore(0x00, shl(224, 0xf1afe04d)) mstore(0x04, 0x20) mstore(0x24, 10) mstore(0x44, add(path_, "{TAKEN}/0000"))'
    " pop(staticcall(gas(), 0x7109709ECfa91a80626fF3989D68f67F5b1DD12D, 0, 0x64, 0, 0))"
    " mstore(0x00, a_) mstore(0x20, b_) mstore(0x40, c_) mstore(0x60, d_) } "
)
#: The same, and what another call returned can be looked at again: contract 4 repeats it.
_REMOVE_AND_REPEAT = (
    " let size_ := returndatasize() let returned_ := add(mload(0x40), 0x1000) returndatacopy(returned_, 0, size_)"
    f"{_REMOVE} pop(staticcall(gas(), 4, returned_, size_, 0, 0)) "
)
_HELPER = f"""\
// SPDX-License-Identifier: MIT
pragma solidity *;

function took_(bool condition, uint256 number) view returns (bool) {{
    uint256 n_ = condition ? number : number + 1;
    assembly ("memory-safe") {{{_REMOVE_AND_REPEAT}}}
    return condition;
}}
"""


@dataclass(frozen=True)
class Branch:
    """One way that a call can go.

    Attributes:
        file: under contracts/src.
        line: from 1.
        way: which of the ways at this line, as a reader would say it.
        assembly: whether it is in a block of assembly.
        place: of the branch in the file, in bytes: a line may have several.
    """

    file: str
    line: int
    way: str
    assembly: bool
    place: int


def path_of(number: int) -> str:
    """The file that a probe removes, under the copy's root."""
    return f"{TAKEN}/{number:04}"


def put_probes(root: Path) -> dict[int, Branch]:
    """Probes in all sources of a copy, and the files that they remove; each branch by the number of its probe."""
    sources = root / "contracts" / "src"
    trees = syntax_trees({str(path.relative_to(sources)): path.read_text("utf-8") for path in sources.rglob("*.sol")})
    branches: dict[int, Branch] = {}
    for file, tree in sorted(trees.items()):
        # the way out of a loop has a number and is no branch
        first = max(branches, default=-2) + 2
        text, found = probed(file, (sources / file).read_text("utf-8"), tree, first)
        # a probe calls, which a pure function may not
        (sources / file).write_text(PURE.sub("view", text), "utf-8")
        branches |= found
    (sources / HELPER).write_text(_HELPER, "utf-8")
    shutil.rmtree(root / TAKEN, ignore_errors=True)
    (root / TAKEN).mkdir()
    for number in branches:
        (root / path_of(number)).touch()
    return branches


def probed(file: str, text: str, tree: dict[str, Any], first: int) -> tuple[str, dict[int, Branch]]:
    """The source with its probes, and what they stand for, by their numbers, which begin with `first`.

    Args:
        file: under contracts/src.
        text: of the source.
        tree: the compiler's, of the same.
        first: number.
    """
    content = text.encode()
    branches: dict[int, Branch] = {}
    #: (where, whether it ends something, which of several at one place is first, bytes to take out, what to put in)
    changes: list[tuple[int, bool, int, int, str]] = []
    number = first

    def branch(place: int, way: str, assembly: bool) -> int:
        nonlocal number
        branches[number] = Branch(file, content.count(b"\n", 0, place) + 1, way, assembly, place)
        number += 1
        return number - 1

    def insert(place: int, code: str, *, ends: bool = False, rank: int = 0, instead: int = 0) -> None:
        changes.append((place, not ends, rank, instead, code))

    def condition(expression: dict[str, Any], true: str, false: str = "") -> None:
        nonlocal number
        start, end = _range(expression)
        ours = branch(start, true, False)
        if false:
            branch(start, false, False)
        else:
            number += 1
        # of those that begin at one place the longest begins first, of those that end there the shortest ends first
        insert(start, "took_(", rank=-end)
        insert(end, f", {ours})", ends=True, rank=-start)

    for node in _nodes(tree):
        kind = node["nodeType"]
        if kind == "IfStatement":
            condition(node["condition"], "if", "if not")
        elif kind == "Conditional":
            condition(node["condition"], "?", ":")
        elif kind in ("ForStatement", "WhileStatement"):
            if node.get("condition"):
                condition(node["condition"], "loop")
        elif kind == "BinaryOperation" and node["operator"] in ("&&", "||"):
            condition(node["leftExpression"], f"true {node['operator']}", f"false {node['operator']}")
        elif kind == "InlineAssembly" and any(_is_branch(inner) for inner in _nodes(node["AST"])):
            start, end = _range(node["AST"])
            # what is repeated lies behind all that is allocated, where other blocks work
            remove = _REMOVE_AND_REPEAT if b"returndata" in content[start:end] else _REMOVE
            insert(start + 1, f" function probed_(n_) {{{remove}}} ", rank=-end)
        elif kind == "YulIf":
            start, _ = _range(node)
            # a switch, so that the condition, which may call, is worked out once
            insert(start, "switch", instead=2)
            body, _ = _range(node["body"])
            taken, passed = branch(start, "if", True), branch(start, "if not", True)
            insert(body, f"case 0 {{ probed_({passed}) }} default {{ probed_({taken}) ", instead=1)
        elif kind in ("YulCase", "YulForLoop"):
            body, _ = _range(node["body"])
            way = "loop" if kind == "YulForLoop" else "default" if node["value"] == "default" else "case"
            insert(body + 1, f" probed_({branch(_range(node)[0], way, True)}) ")
    if any(not each.assembly for each in branches.values()):
        _, end = _range(next(node for node in _nodes(tree) if node["nodeType"] == "PragmaDirective"))
        where = os.path.relpath(HELPER, Path(file).parent)
        insert(end, f' import {{took_}} from "{where if where.startswith(".") else f"./{where}"}";')
    for place, _, _, instead, code in sorted(changes, reverse=True):
        content = content[:place] + code.encode() + content[place + instead :]
    return content.decode(), branches


def _is_branch(node: dict[str, Any]) -> bool:
    return node["nodeType"] in ("YulIf", "YulCase", "YulForLoop")


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every node of a tree, those that are in others after them."""
    if isinstance(tree, list):
        for part in tree:
            yield from _nodes(part)
    elif isinstance(tree, dict):
        if "nodeType" in tree and "src" in tree:
            yield tree
        for part in tree.values():
            yield from _nodes(part)


def _range(node: dict[str, Any]) -> tuple[int, int]:
    start, length, _ = node["src"].split(":")
    return int(start), int(start) + int(length)
