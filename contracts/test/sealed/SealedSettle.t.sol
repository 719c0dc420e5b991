// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPool} from "../../src/interfaces/IPool.sol";
import {ISealedPool} from "../../src/interfaces/ISealedPool.sol";
import {vm} from "../kit/Vm.sol";
import {SealedTest} from "./SealedTest.sol";

/// @notice Settling: what is refused, what comes back, and which samples teach.
contract SealedSettleTest is SealedTest {
    uint256 private constant COUNT = uint256(NUM_WORDS) + 1;

    /* FAILURES */

    function test_settle_failsForAContributionThatIsNone() external {
        Made memory made = _contribute(ANN, good, 1);
        made.what.index = 1;
        _refused(made, ANN, abi.encodeWithSelector(IPool.ContributionUnknown.selector, 1, 1));
    }

    function test_settle_failsASecondTime() external {
        Made memory made = _contribute(ANN, good, 1);
        _seal(2);
        _settle(made);
        _refused(made, ANN, abi.encodeWithSelector(IPool.ContributionClosed.selector, 0));
    }

    function test_settle_failsForEachFactThatIsAnother() external {
        _contribute(ANN, bad, 0);
        _contribute(BOB, bad, 0);
        Made memory made = _contribute(ANN, good, 1);
        _seal(2);
        bytes memory reason = abi.encodeWithSelector(IPool.ContributionMismatch.selector, 2);
        ISealedPool.Contribution memory what = made.what;
        what.contributor = BOB;
        _refused(Made(what, good), BOB, reason);
        (what.contributor, what.label) = (ANN, 0);
        _refused(Made(what, good), ANN, reason);
        (what.label, what.outcome) = (1, PROMISED);
        _refused(Made(what, good), ANN, reason);
        (what.outcome, what.epoch) = (AGREED, 1);
        _refused(Made(what, good), ANN, reason);
        (what.epoch, what.deposit) = (0, rules.riskPrice);
        _refused(Made(what, good), ANN, reason);
        what.deposit = rules.agreedPrice;
        _refused(Made(what, bad), ANN, reason);
        what.index = 0;
        _refused(Made(what, good), ANN, abi.encodeWithSelector(IPool.ContributionMismatch.selector, 0));
        what.index = 2;
        _settle(Made(what, good));
    }

    function test_settle_failsForAnybodyElse() external {
        Made memory made = _contribute(ANN, good, 1);
        _seal(2);
        _refused(made, EVE, abi.encodeWithSelector(IPool.NotContributor.selector, 0, EVE, ANN));
    }

    function test_settle_failsTooFewSealsLater() external {
        _seal(4);
        Made memory made = _contribute(ANN, good, 1);
        _refused(made, ANN, abi.encodeWithSelector(ISealedPool.TooFewSeals.selector, 0, 4, 6));
        _seal(1);
        vm.warp(block.timestamp + 1000 days);
        _refused(made, ANN, abi.encodeWithSelector(ISealedPool.TooFewSeals.selector, 0, 5, 6));
        _seal(1);
        _settle(made);
    }

    function test_settle_failsForWhatWasAtRiskTooLate() external {
        Made memory made = _contribute(ANN, good, 0);
        _seal(4);
        _refused(made, ANN, abi.encodeWithSelector(ISealedPool.Expired.selector, 0, 4, 3));
    }

    function test_settle_failsWhileTheJudgeDisagreesWithWhatIsAtRisk() external {
        Made memory made = _contribute(ANN, good, 0);
        _seal(2);
        _refused(made, ANN, abi.encodeWithSelector(ISealedPool.JudgeDisagrees.selector, 0, 1, 0));
        _seal(1);
        _refused(made, ANN, abi.encodeWithSelector(ISealedPool.JudgeDisagrees.selector, 0, 1, 0));
        vm.assertEq(pool.atRisk(0), rules.riskPrice, "still at risk");
    }

    /* WHAT COMES BACK */

    function test_whatWasAgreedComesBackForEver() external {
        Made memory made = _contribute(ANN, good, 1);
        _seal(40);
        vm.expectEmit(address(pool));
        emit ISealedPool.Settled(0, ANN, rules.agreedPrice, false, 1);
        vm.expectEmit(address(pool));
        emit IPool.CreditChanged(ANN, rules.agreedPrice);
        vm.assertEq(_settle(made), rules.agreedPrice, "amount");
        vm.assertEq(_credit(ANN), rules.agreedPrice, "credit");
        vm.assertEq(pool.commitment(0), 0, "closed");
        vm.assertEq(_escrow(), rules.agreedPrice, "escrow stays");
    }

    function test_whatWasPromisedComesBackThoughTheJudgeDisagrees() external {
        _earn(ANN, rules.rate);
        Made memory made = _contribute(ANN, good, 0);
        vm.assertEq(made.what.outcome, PROMISED, "outcome");
        _seal(30);
        vm.assertEq(_settle(made), rules.promisedPrice, "amount");
        vm.assertEq(_standing(ANN), 0, "standing was taken before");
    }

    function test_whatIsAtRiskComesBackForStanding() external {
        Made memory made = _contribute(ANN, good, 0);
        _earn(ANN, uint256(rules.rate) + 1);
        _seal(2);
        vm.assertEq(_settle(made), rules.riskPrice, "amount");
        vm.assertEq(_standing(ANN), 1, "standing");
        vm.assertEq(pool.atRisk(0), 0, "nothing at risk");
        _seal(2);
        vm.assertEq(_budget(), 0, "and so nothing is burned");
    }

    /// @dev Others teach the learner that ANN was right; the seals bring the judge round.
    function test_whatIsAtRiskComesBackWhenALaterJudgeAgrees() external {
        (rules.waitSeals, rules.riskSeals, rules.averaging, rules.gate) = (1, 9, 1, 10_000);
        pool = _create();
        Made memory made = _contribute(ANN, good, 0);
        _teach(BOB, good, 0, 4);
        vm.assertEq(_predicted(good), 0, "the judge came round");
        vm.assertEq(_settle(made), rules.riskPrice, "amount");
        vm.assertEq(_standing(ANN), 1, "and agreeing earns standing");
    }

    /* WHAT IS TAUGHT */

    function test_aSampleThatTheLearnerKnowsTeachesNothingAndCostsNothing() external {
        Made memory made = _contribute(ANN, good, 1);
        bytes32 digest = pool.digest();
        _seal(2);
        vm.expectEmit(address(pool));
        emit ISealedPool.Settled(0, ANN, rules.agreedPrice, true, 1);
        _settle(made);
        vm.assertEq(pool.digest(), digest, "learner");
    }

    function test_whatTheJudgeDisagreesWithTeachesForNothingMore() external {
        rules.gate = 10_000;
        pool = _create();
        _earn(ANN, 5);
        Made memory made = _contribute(ANN, good, 0);
        _seal(2);
        vm.expectEmit(address(pool));
        emit ISealedPool.Settled(5, ANN, rules.promisedPrice, true, 2);
        _settle(made);
        int32[] memory weights = pool.weights(0, COUNT);
        vm.assertEq(weights[1], 5 - 3, "a step of three");
        vm.assertEq(weights[3], -3, "the common word");
        vm.assertEq(weights[460], 4 - 3, "a rare one");
        vm.assertEq(weights[NUM_WORDS], -3, "the bias");
    }

    function test_theGateKeepsOutWhatTheReferenceContradicts() external {
        // the reference says 400 for the first sample, so -400 against a label of 0: the default gate is 320
        _earn(ANN, rules.rate);
        Made memory made = _contribute(ANN, good, 0);
        bytes32 digest = pool.digest();
        _seal(2);
        vm.expectEmit(address(pool));
        emit ISealedPool.Settled(3, ANN, rules.promisedPrice, false, 0);
        _settle(made);
        vm.assertEq(pool.digest(), digest, "learner");
    }

    function test_theGateIsOpenAtItsValue() external {
        rules.gate = 400;
        _taughtAtTheGate(true);
        rules.gate = 399;
        _taughtAtTheGate(false);
    }

    function test_whatIsSettledTooLateTeachesNothing() external {
        rules.gate = 10_000;
        pool = _create();
        _earn(ANN, 2 * uint256(rules.rate));
        Made memory first = _contribute(ANN, good, 0);
        Made memory second = _contribute(ANN, bad, 1);
        _seal(rules.learnSeals);
        vm.expectEmit(address(pool));
        emit ISealedPool.Settled(6, ANN, rules.promisedPrice, true, 0);
        _settle(first);
        _seal(1);
        vm.expectEmit(address(pool));
        emit ISealedPool.Settled(7, ANN, rules.promisedPrice, false, 0);
        _settle(second);
    }

    /// @dev The learner was taught the contrary meanwhile: what the judge agreed with teaches for standing only.
    function test_whatTheJudgeAgreedWithAndTheLearnerDoesNotTeachesForStanding() external {
        rules.gate = 10_000;
        rules.averaging = 255;
        pool = _create();
        Made[] memory agreed = new Made[](3);
        for (uint256 i = 0; i < 3; ++i) {
            agreed[i] = _contribute(ANN, good, 1);
        }
        Made memory poor = _contribute(EVE, good, 1);
        _seal(1);
        _earn(BOB, 2 * uint256(rules.rate));
        Made memory against = _contribute(BOB, good, 0);
        Made memory more = _contribute(BOB, good, 0);
        _seal(2);
        _settle(against);
        _settle(more);

        // twice a step of three on four weights each: 9 - 24
        bytes32 digest = pool.digest();
        vm.expectEmit(address(pool));
        emit ISealedPool.Settled(3, EVE, rules.agreedPrice, false, 1);
        _settle(poor);
        vm.assertEq(pool.digest(), digest, "too little standing");
        vm.expectEmit(address(pool));
        emit ISealedPool.Settled(0, ANN, rules.agreedPrice, true, 0);
        _settle(agreed[0]);
        vm.assertTrue(pool.digest() != digest, "taught");
    }

    function test_aPoolThatIsPausedGoesOnSettling() external {
        Made memory made = _contribute(ANN, good, 1);
        vm.prank(OWNER);
        pool.pause();
        _seal(2);
        _settle(made);
        vm.prank(ANN);
        vm.assertEq(pool.withdraw(), rules.agreedPrice, "paid out");
    }

    /* INTERNAL */

    function _refused(Made memory made, address who, bytes memory reason) private {
        vm.expectRevert(reason);
        vm.prank(who);
        pool.settle(made.what, made.sample);
    }

    function _taughtAtTheGate(bool taught) private {
        pool = _create();
        _earn(ANN, rules.rate);
        Made memory made = _contribute(ANN, good, 0);
        _seal(2);
        vm.expectEmit(address(pool));
        emit ISealedPool.Settled(3, ANN, rules.promisedPrice, taught, 0);
        _settle(made);
    }

    /// @dev Somebody with standing has the learner taught, and seals pass.
    function _teach(address who, bytes memory sample, uint16 label, uint256 times) private {
        Made[] memory made = new Made[](times);
        for (uint256 i = 0; i < times; ++i) {
            _earn(who, rules.rate);
            made[i] = _contribute(who, sample, label);
        }
        _seal(rules.waitSeals);
        for (uint256 i = 0; i < times; ++i) {
            _settle(made[i]);
        }
        _seal(1);
    }
}
