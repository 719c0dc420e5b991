"""The tools over the contracts notice what they are there to notice."""

import functools
import re

import pytest

from earnest.contracts.build import syntax_trees
from earnest.contracts.pools import SOURCES, implementations, prefixes, sealed_implementations
from earnest.contracts.tools.branch_coverage import report as coverage_report
from earnest.contracts.tools.mutation import INCENTIVE, JUDGES, pools_with, targets_of, without
from earnest.contracts.tools.mutation import report as mutation_report
from earnest.contracts.tools.probes import Branch, probed
from earnest.contracts.tools.static_analysis import Finding, complaints, explained

SOURCE = """pragma solidity 0.8.37;
function f(uint256 a, bool b) pure returns (uint256 c) {
    assembly ("memory-safe") {
        // if this were code, it would be a branch
        for { } lt(a, 9) { a := add(a, 1) } {
            if gt(a, 3) { break }
        }
        switch a
        case 1 { a := 2 }
        default { a := 3 }
        if iszero(call(1, 2, 3, 4, 5, 6, 7)) { revert(0, returndatasize()) }
    }
    if (a == 0 && b || a == 7) return b ? 1 : 2;
    for (uint256 i = 0; i < a; ++i) c += i;
}
"""


@functools.cache
def probed_source() -> tuple[str, dict[int, Branch]]:
    return probed("models/F.sol", SOURCE, syntax_trees({"F.sol": SOURCE})["F.sol"], 10)


def test_every_way_of_every_branch_has_a_probe():
    text, branches = probed_source()

    assert sorted((branch.line, branch.way) for branch in branches.values() if branch.assembly) == [
        (5, "loop"),
        (6, "if"),
        (6, "if not"),
        (9, "case"),
        (10, "default"),
        (11, "if"),
        (11, "if not"),
    ]
    assert sorted((branch.line, branch.way) for branch in branches.values() if not branch.assembly) == [
        (13, ":"),
        (13, "?"),
        (13, "false &&"),
        (13, "false ||"),
        (13, "if"),
        (13, "if not"),
        (13, "true &&"),
        (13, "true ||"),
        (14, "loop"),
    ]
    assert min(branches) == 10
    assert all(branch.file == "models/F.sol" for branch in branches.values())
    in_assembly = [number for number, branch in branches.items() if branch.assembly]
    assert all(text.count(f"probed_({number})") == 1 for number in in_assembly)


def test_probes_change_no_line_and_no_meaning():
    text, branches = probed_source()
    number = {(branch.line, branch.way): number for number, branch in branches.items()}

    assert text.count("\n") == SOURCE.count("\n")
    assert 'import {took_} from "../Probes.sol";' in text.splitlines()[0]
    first, second, third = number[13, "if"], number[13, "true ||"], number[13, "true &&"]
    assert f"if (took_(took_(took_(a == 0, {third}) && b, {second}) || a == 7, {first}))" in text
    assert f"i < a, {number[14, 'loop']})" in text
    # its condition is worked out once, and what the call returned is there again
    assert text.count("call(1, 2, 3") == 1
    assert f"case 0 {{ probed_({number[11, 'if not']}) }} default {{ probed_({number[11, 'if']})" in text
    assert "returndatacopy(returned_, 0, size_)" in text


def test_a_branch_that_no_test_takes_is_named():
    text = coverage_report({Branch("F.sol", 11, "if", False, 90): True, Branch("F.sol", 8, "case", True, 70): False})

    assert "no test takes F.sol:8, case" in text
    assert "F.sol:11" not in text


def test_a_finding_without_an_explanation_and_an_explanation_without_a_finding_are_complained_of():
    found, stale = Finding("reentrancy-eth", "Pool.withdraw"), Finding("tx-origin", "Pool.pause")

    assert complaints([(found, "text")], {found: "why"}) == []
    assert complaints([(found, "text")], {}) == ["not explained: reentrancy-eth in Pool.withdraw\ntext"]
    assert complaints([], {stale: "why"}) == ["explains nothing: tx-origin in Pool.pause"]


def test_every_committed_explanation_gives_a_reason():
    assert all(len(why) > 20 for why in explained().values())


def test_mutants_that_do_not_compile_are_not_counted_and_survivors_are_shown():
    mutant = {"file": "Pool.sol", "line": 7, "mutator": "ROR", "old": "a < b", "new": "a > b"}

    text, share = mutation_report([(mutant, "killed")] * 3 + [(mutant, "survived")] + [(mutant, "invalid")] * 9)

    assert share == pytest.approx(0.75)
    assert "survived Pool.sol:7 (ROR): NOT EXPLAINED\n    - a < b\n    + a > b" in text


def test_a_mutants_pool_is_tested_by_its_own_tests_and_by_none_of_another_incentive_or_model():
    prefix = prefixes()
    for pool, (incentive, model) in implementations().items():
        left_out = re.compile(without(pool))
        assert not left_out.match(f"{prefix[incentive]}{model}Refund")
        for other in set(prefix) - {incentive}:
            assert left_out.match(f"{other}Test")
            assert left_out.match(f"{prefix[other]}{model}Refund")
        assert pool in pools_with(f"models/{model}.sol") or incentive != INCENTIVE


def test_a_mutant_of_what_seals_is_tested_on_pools_that_it_is_part_of_by_tests_that_need_no_others():
    judges = {pool: judge for pool, (_, _, judge) in sealed_implementations().items()}
    assert {*judges.values()} == {*JUDGES}
    for path in sorted((SOURCES / "sealed").glob("*.sol")):
        targets = targets_of(f"sealed/{path.name}")
        assert targets
        for target in targets:
            assert target.pools <= judges.keys()
            assert "--match-contract" in target.tests
    for judge in JUDGES:
        (target,) = targets_of(f"sealed/{judge}.sol")
        assert judge in {judges[pool] for pool in target.pools}
