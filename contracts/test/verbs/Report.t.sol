// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IIncentive} from "../../src/interfaces/IIncentive.sol";
import {IPool} from "../../src/interfaces/IPool.sol";
import {Kinds} from "../kit/Kinds.sol";
import {PoolTest} from "../kit/PoolTest.sol";
import {vm} from "../kit/Vm.sol";

contract ReportTest is PoolTest {
    uint256 private constant MAX_VERIFIED = 5;

    function test_report_failsForOnesOwn() external everyPoolAndForm {
        _verify(ANN, 1);
        Made memory made = _bad();

        vm.expectRevert(abi.encodeWithSelector(IPool.OwnContribution.selector, made.what.index, ANN));
        _report(ANN, made);
    }

    function test_fuzz_report_failsBeforeItsWindow(uint256 age) external everyPoolAndForm {
        _verify(BOB, 1);
        Made memory made = _bad();
        vm.warp(made.what.time + _bound(age, 0, Kinds.REFUND_WAIT));

        vm.expectRevert(_window(IIncentive.TooEarly.selector, made));
        _report(BOB, made);
    }

    function test_fuzz_report_failsAfterItsWindow(uint256 age) external everyPoolAndForm {
        _verify(BOB, 1);
        Made memory made = _bad();
        vm.warp(made.what.time + _bound(age, Kinds.COLLECT_WAIT + 1, type(uint32).max));

        vm.expectRevert(_window(IIncentive.TooLate.selector, made));
        _report(BOB, made);
    }

    function test_report_failsWithoutStanding() external everyPoolAndForm {
        _verify(EVE, 1);
        Made memory made = _bad();

        vm.expectRevert(abi.encodeWithSelector(IPool.NotVerified.selector, BOB));
        _report(BOB, made);
    }

    function test_report_failsWhileTheModelAgrees() external everyPoolAndForm {
        _verify(BOB, 1);
        Made memory made = _bad();
        _teach(kind.sample, made.what.label);

        vm.expectRevert(abi.encodeWithSelector(IPool.ModelAgrees.selector, made.what.index, made.what.label));
        _report(BOB, made);
    }

    function test_report_failsTheSecondTime() external everyPoolAndForm {
        if (!_hasDeposits()) return;
        _verify(BOB, 1);
        _verify(EVE, 1);
        Made memory made = _bad();
        _report(BOB, made);

        vm.expectRevert(abi.encodeWithSelector(IPool.AlreadyReported.selector, made.what.index, BOB));
        _report(BOB, made);
    }

    function test_report_failsWhenNothingIsLeft() external everyPoolAndForm {
        _verify(BOB, 1);
        Made memory made = _bad();
        _report(BOB, made);

        vm.expectRevert(abi.encodeWithSelector(IPool.ContributionClosed.selector, made.what.index));
        _report(BOB, made);
        vm.assertFalse(pool.hasReported(made.what.index, BOB), "who took the rest is not recorded");
    }

    function test_report_failsForAnotherSample() external everyPoolAndForm {
        _verify(BOB, 1);
        Made memory made = _bad();
        made.sample = kind.other;

        vm.expectRevert(abi.encodeWithSelector(IPool.ContributionMismatch.selector, made.what.index));
        _report(BOB, made);
    }

    function test_fuzz_report_paysTheShareRoundedDown(uint256 own, uint256 others) external everyPoolAndForm {
        own = _bound(own, 1, MAX_VERIFIED);
        others = _bound(others, 0, MAX_VERIFIED);
        _verify(BOB, own);
        _verify(EVE, others);
        Made memory made = _bad();
        uint256 share = uint256(made.what.deposit) * own / (own + others);
        uint256 credit = _credit(BOB);
        uint256 escrow = _escrow();

        vm.expectEmit(address(pool));
        emit IPool.Reported(made.what.index, BOB, uint96(share), uint96(made.what.deposit - share), uint96(credit + share));
        uint256 amount = _report(BOB, made);

        vm.assertEq(amount, share, "amount");
        vm.assertEq(_credit(BOB), credit + share, "credit");
        vm.assertEq(_verified(BOB), own, "verified");
        vm.assertEq(_escrow(), escrow, "escrow");
        (uint256 left,) = pool.claimable(made.what.index);
        vm.assertEq(left, made.what.deposit - share, "left");
        vm.assertTrue(pool.hasReported(made.what.index, BOB) == (left != 0), "recorded");
    }

    function test_report_sharesAddUpToTheDeposit() external everyPoolAndForm {
        if (!_hasDeposits()) return;
        _verify(BOB, 1);
        _verify(EVE, 2);
        Made memory made = _bad();

        uint256 first = _report(BOB, made);
        uint256 second = _report(EVE, made);
        vm.assertEq(first, made.what.deposit / 3, "a third");
        vm.assertEq(second, uint256(made.what.deposit) * 2 / 3, "two thirds");

        // what rounding leaves goes to whoever has standing and comes last
        (uint256 left,) = pool.claimable(made.what.index);
        if (left == 0) return;
        _verifyNow(TEACHER);
        _teach(kind.sample, 1 - made.what.label);
        vm.assertEq(_report(TEACHER, made), left, "the rest");
    }

    function test_report_recordsEachContributionApart() external everyPool {
        if (!_hasDeposits()) return;
        _verify(BOB, 1);
        _verify(EVE, 1);
        // 256 contributions share a word of the record: look at both sides of its end
        for (uint256 i = _count(); i < 255; ++i) {
            _contribute(TEACHER, kind.other, _predicted(kind.other));
        }
        Made memory last = _contribute(ANN, kind.sample, 1);
        Made memory first = _contribute(ANN, kind.sample, 1);
        _teach(kind.sample, 0);
        _open(first);

        _report(BOB, last);

        vm.assertEq(last.what.index, 255, "index");
        vm.assertTrue(pool.hasReported(255, BOB), "reported");
        vm.assertFalse(pool.hasReported(256, BOB), "the next");
        vm.assertFalse(pool.hasReported(511, BOB), "the next word");
        vm.assertFalse(pool.hasReported(255, EVE), "another's");
        _report(BOB, first);
        vm.assertTrue(pool.hasReported(256, BOB), "the next, reported");
        _report(EVE, last);
    }

    /// @dev A contribution of Ann's that the model disagrees with, in its window.
    function _bad() private returns (Made memory made) {
        made = _make(ANN, kind.sample, _unexpected(kind.sample));
        _teach(kind.sample, 1 - made.what.label);
        _open(made);
    }

    /// @dev Standing without time passing: what was contributed a while ago is refunded now.
    function _verifyNow(address who) private {
        // asked by a cheatcode, since the compiler takes the clock for one that does not move within a call
        uint256 now_ = vm.getBlockTimestamp();
        vm.warp(now_ - Kinds.REFUND_WAIT - 1);
        Made memory made = _contribute(who, kind.other, _predicted(kind.other));
        vm.warp(now_);
        _refund(who, made);
    }

    function _window(bytes4 selector, Made memory made) private view returns (bytes memory) {
        uint256 from = made.what.time + Kinds.REFUND_WAIT + 1;
        uint256 until = made.what.time + Kinds.COLLECT_WAIT;
        return abi.encodeWithSelector(selector, made.what.index, block.timestamp, from, until);
    }
}
