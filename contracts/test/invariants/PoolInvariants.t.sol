// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPool} from "../../src/interfaces/IPool.sol";
import {PoolTest} from "../kit/PoolTest.sol";
import {vm} from "../kit/Vm.sol";
import {PoolHandler} from "./PoolHandler.sol";

/// @title PoolInvariants
/// @notice What holds after any sequence of calls to any verb, in pools of one kind.
abstract contract PoolInvariants {
    PoolHandler internal handler;
    IPool internal pool;

    uint256 private constant WALK = 800;

    /// @dev Foundry calls only this contract's functions.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    struct FuzzSelector {
        address target;
        bytes4[] selectors;
    }

    /// @dev And of it only these.
    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](9);
        selectors[0] = PoolHandler.contributeNoRevert.selector;
        selectors[1] = PoolHandler.contributeBatchNoRevert.selector;
        selectors[2] = PoolHandler.refundNoRevert.selector;
        selectors[3] = PoolHandler.reportNoRevert.selector;
        selectors[4] = PoolHandler.collectNoRevert.selector;
        selectors[5] = PoolHandler.withdrawNoRevert.selector;
        selectors[6] = PoolHandler.waitNoRevert.selector;
        selectors[7] = PoolHandler.forceEtherNoRevert.selector;
        selectors[8] = PoolHandler.pauseNoRevert.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), selectors);
    }

    /// @dev One campaign looks at all of it after each call.
    function invariant_theMoneyIsAllThere() external view {
        _escrowIsClaimableAndCreditAndNeverAboveTheBalance();
        _whatIsPaidOutAndBurnedWasPaidIn();
        _nothingThatCanBeClaimedEverRises();
        _accountsAreWhatTheirClaimsMade();
    }

    /// @dev The handlers do something, not nothing: a walk on a fixed path does each verb many times.
    function test_theHandlersReachEveryVerb() external {
        bytes4[] memory selectors = this.targetSelectors()[0].selectors;
        for (uint256 i = 0; i < WALK; ++i) {
            uint256 draw = uint256(keccak256(abi.encode("walk", i)));
            bytes memory words = abi.encode(draw, draw >> 32, draw >> 64, draw >> 96 & 1);
            (bool done,) = address(handler).call(abi.encodePacked(selectors[draw % selectors.length], words));
            vm.assertTrue(done, "a handler reverted");
            if (i % 32 == 0) this.invariant_theMoneyIsAllThere();
        }
        string[8] memory verbs =
            ["contribute", "contributeBatch", "commitBatch", "refund", "report", "collect", "force", "pause"];
        for (uint256 i = 0; i < verbs.length; ++i) {
            // the guard and the head start leave fewer occasions for reports
            uint256 least = keccak256(bytes(verbs[i])) == keccak256("report") ? WALK / 200 : WALK / 80;
            vm.assertLe(least, handler.done(verbs[i]), verbs[i]);
        }
        vm.assertLe(1, handler.done("withdraw"), "withdraw");
        this.afterInvariant();
    }

    /// @dev At the end of each sequence: every wei has somebody who may claim it, and none is left but what was burned and
    /// what came by force.
    function afterInvariant() external {
        handler.endNoRevert();
        (, uint256 escrow) = _totals();
        vm.assertEq(escrow, 0, "escrow");
        vm.assertEq(address(pool).balance, handler.forced() + handler.burned(), "balance");
        vm.assertEq(handler.paidIn(), handler.paidOut() + handler.burned(), "all of it");
        for (uint256 i = 0; i < handler.count(); ++i) {
            vm.assertEq(_left(i), 0, "left");
        }
    }

    /// @param kind A kind's name.
    /// @param safe Whether with all safeguards.
    function _test(string memory kind, bool safe) internal {
        handler = new PoolHandler(kind, safe);
        pool = handler.thePool();
    }

    function _escrowIsClaimableAndCreditAndNeverAboveTheBalance() private view {
        (uint256 count, uint256 escrow) = _totals();
        vm.assertEq(count, handler.count(), "count");
        vm.assertEq(escrow, handler.allLeft() + handler.allCredit(), "escrow");
        vm.assertEq(address(pool).balance, escrow + handler.forced() + handler.burned(), "balance");
    }

    function _whatIsPaidOutAndBurnedWasPaidIn() private view {
        vm.assertLe(handler.paidOut() + handler.burned(), handler.paidIn(), "paid in");
        vm.assertLe(handler.claimed(), handler.deposits(), "deposits");
        vm.assertLe(handler.burned(), handler.deposits(), "burned");
    }

    /// @dev The ghost falls by what each claim took, and by nothing else.
    function _nothingThatCanBeClaimedEverRises() private view {
        for (uint256 i = 0; i < handler.count(); ++i) {
            vm.assertEq(_left(i), handler.left(i), "left");
        }
    }

    function _accountsAreWhatTheirClaimsMade() private view {
        uint256 verified;
        for (uint256 i = 0; i < 4; ++i) {
            address who = handler.accounts(i);
            (uint256 credit, uint256 refunds) = pool.account(who);
            vm.assertEq(credit, handler.credits(who), "credit");
            vm.assertEq(refunds, handler.refunds(who), "verified");
            verified += refunds;
        }
        (,,, uint256 total) = pool.state();
        vm.assertEq(verified, total, "verified sums to the total");
    }

    function _totals() private view returns (uint256 count, uint256 escrow) {
        (count,, escrow,) = pool.state();
    }

    /// @dev What is left of a contribution, by the pool's own account: in a batch it is whole until its bit is set.
    function _left(uint256 index) private view returns (uint256 left) {
        (left,) = pool.claimable(index);
        PoolTest.Made memory made = handler.contribution(index);
        if (!made.batched) return left;
        (,, uint96 bits) = pool.batch(made.first);
        if (bits >> (index - made.first) & 1 == 0) return left + made.what.deposit;
    }
}

contract SelfAssessedInvariants is PoolInvariants {
    function setUp() external {
        _test("SelfAssessedSparsePerceptron", false);
    }
}

contract DecayingInvariants is PoolInvariants {
    function setUp() external {
        _test("DecayingSelfAssessedSparsePerceptron", false);
    }
}

contract PointsInvariants is PoolInvariants {
    function setUp() external {
        _test("PointsSparsePerceptron", false);
    }
}

contract DensePerceptronInvariants is PoolInvariants {
    function setUp() external {
        _test("SelfAssessedDensePerceptron", false);
    }
}

contract DenseNearestCentroidInvariants is PoolInvariants {
    function setUp() external {
        _test("SelfAssessedDenseNearestCentroid", false);
    }
}

contract NaiveBayesInvariants is PoolInvariants {
    function setUp() external {
        _test("SelfAssessedNaiveBayes", false);
    }
}

contract SparseNearestCentroidInvariants is PoolInvariants {
    function setUp() external {
        _test("SelfAssessedSparseNearestCentroid", false);
    }
}

contract SafeInvariants is PoolInvariants {
    function setUp() external {
        _test("SelfAssessedSparsePerceptron", true);
    }
}

contract SafeDecayingInvariants is PoolInvariants {
    function setUp() external {
        _test("DecayingSelfAssessedSparsePerceptron", true);
    }
}

contract SafePointsInvariants is PoolInvariants {
    function setUp() external {
        _test("PointsSparsePerceptron", true);
    }
}

contract SafeDensePerceptronInvariants is PoolInvariants {
    function setUp() external {
        _test("SelfAssessedDensePerceptron", true);
    }
}

contract SafeDenseNearestCentroidInvariants is PoolInvariants {
    function setUp() external {
        _test("SelfAssessedDenseNearestCentroid", true);
    }
}

contract SafeNaiveBayesInvariants is PoolInvariants {
    function setUp() external {
        _test("SelfAssessedNaiveBayes", true);
    }
}

contract SafeSparseNearestCentroidInvariants is PoolInvariants {
    function setUp() external {
        _test("SelfAssessedSparseNearestCentroid", true);
    }
}
