"""The tools over the contracts notice what they are there to notice."""

import re

import pytest

from earnest.contracts.pools import implementations, prefixes
from earnest.contracts.tools.branch_coverage import PROBE, Branch, path_of, probed
from earnest.contracts.tools.branch_coverage import report as coverage_report
from earnest.contracts.tools.mutation import INCENTIVE, pools_with, without
from earnest.contracts.tools.mutation import report as mutation_report
from earnest.contracts.tools.static_analysis import Finding, complaints, explained

ASSEMBLY = """function f(uint256 a) pure {
    assembly ("memory-safe") {
        // if this were code, it would be a branch
        for { } lt(a, 9) { a := add(a, 1) } {
            if gt(a, 3) { break }
        }
        switch a
        case 1 { a := 2 }
        default { a := 3 }
    }
    if (a == 0) return;
}
"""


def test_probes_stand_in_every_branch_of_assembly_and_nowhere_else():
    text, branches = probed("F.sol", ASSEMBLY, 0)

    assert branches == [
        Branch("F.sol", 4, "loop"),
        Branch("F.sol", 5, "if"),
        Branch("F.sol", 5, "if not"),
        Branch("F.sol", 8, "case"),
        Branch("F.sol", 9, "default"),
    ]
    for number in range(len(branches)):
        assert text.count(f'probed_("{path_of(number)}")') == 1
    assert 'switch gt(a, 3) case 0 { probed_("taken/0002") } default { probed_("taken/0001")  break }' in text
    assert text.count(PROBE) == 1
    assert text.count("\n") == ASSEMBLY.count("\n")
    assert text.endswith("    if (a == 0) return;\n}\n")


def test_a_condition_that_calls_is_worked_out_once():
    text, branches = probed("F.sol", "assembly { if iszero(call(1, 2)) { revert(0, returndatasize()) } }", 7)

    assert len(branches) == 2
    assert text.count("call(1, 2)") == 1
    assert 'case 0 { probed_("taken/0008") } default { probed_("taken/0007") ' in text
    assert "returndatacopy(returned_, 0, size_)" in text


def test_a_branch_that_no_test_takes_is_named():
    text = coverage_report({Branch("F.sol", 11, "way 0"): True}, {Branch("F.sol", 8, "case"): False})

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
