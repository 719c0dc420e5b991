// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IIncentive} from "../../src/interfaces/IIncentive.sol";
import {IPool} from "../../src/interfaces/IPool.sol";
import {Kinds} from "../kit/Kinds.sol";
import {PoolTest} from "../kit/PoolTest.sol";
import {vm} from "../kit/Vm.sol";

contract RefundTest is PoolTest {
    function test_fuzz_refund_failsForAnUnknownContribution(uint256 index) external everyPool {
        Made memory made = _contribute(ANN, kind.sample, 1);
        made.what.index = _bound(index, 1, type(uint256).max);
        _open(made);

        vm.expectRevert(abi.encodeWithSelector(IPool.ContributionUnknown.selector, made.what.index, 1));
        _refund(ANN, made);
    }

    function test_fuzz_refund_failsWhenAnythingIsNotWhatWasContributed(uint256 seed) external everyPoolAndForm {
        Made memory made = _make(ANN, kind.sample, 1);
        _open(made);
        uint256 other = seed / 5;
        if (seed % 5 == 0) made.what.contributor = address(uint160(_bound(other, 1, uint160(ANN) - 1)));
        if (seed % 5 == 1) made.what.label = 0;
        if (seed % 5 == 2) made.what.time = uint40(_bound(other, 0, made.what.time - 1));
        if (seed % 5 == 3) made.what.deposit = uint96(_bound(other, made.what.deposit + 1, type(uint96).max));
        if (seed % 5 == 4) made.sample = kind.other;

        vm.expectRevert(abi.encodeWithSelector(IPool.ContributionMismatch.selector, made.what.index));
        _refund(made.what.contributor, made);
    }

    function test_fuzz_refund_failsForAnybodyElse(address who) external everyPoolAndForm {
        vm.assume(who != ANN && who != FORWARDER);
        Made memory made = _make(ANN, kind.sample, 1);
        _teach(kind.sample, 1);
        _open(made);

        vm.expectRevert(abi.encodeWithSelector(IPool.NotContributor.selector, made.what.index, who, ANN));
        _refund(who, made);
    }

    function test_fuzz_refund_failsBeforeItsWindow(uint256 age) external everyPoolAndForm {
        Made memory made = _make(ANN, kind.sample, 1);
        _teach(kind.sample, 1);
        vm.warp(made.what.time + _bound(age, 0, Kinds.REFUND_WAIT));

        vm.expectRevert(_window(IIncentive.TooEarly.selector, made));
        _refund(ANN, made);
    }

    function test_fuzz_refund_failsAfterItsWindow(uint256 age) external everyPoolAndForm {
        Made memory made = _make(ANN, kind.sample, 1);
        _teach(kind.sample, 1);
        vm.warp(made.what.time + _bound(age, Kinds.COLLECT_WAIT + 1, type(uint32).max));

        vm.expectRevert(_window(IIncentive.TooLate.selector, made));
        _refund(ANN, made);
    }

    function test_refund_failsWhileTheModelDisagrees() external everyPoolAndForm {
        Made memory made = _make(ANN, kind.sample, 1);
        _teach(kind.sample, 0);
        _open(made);

        vm.expectRevert(abi.encodeWithSelector(IPool.ModelDisagrees.selector, made.what.index, 0, 1));
        _refund(ANN, made);
    }

    function test_refund_failsTheSecondTime() external everyPoolAndForm {
        Made memory made = _make(ANN, kind.sample, 1);
        _teach(kind.sample, 1);
        _open(made);
        _refund(ANN, made);

        vm.expectRevert(abi.encodeWithSelector(IPool.ContributionClosed.selector, made.what.index));
        _refund(ANN, made);
        vm.assertEq(_verified(ANN), 1, "verified");
    }

    function test_fuzz_refund_givesTheDepositBackAndVerifies(uint256 age) external everyPoolAndForm {
        Made memory made = _make(ANN, kind.sample, 1);
        _teach(kind.sample, 1);
        uint256 escrow = _escrow();
        vm.warp(made.what.time + _bound(age, Kinds.REFUND_WAIT + 1, Kinds.COLLECT_WAIT));

        vm.expectEmit(address(pool));
        emit IPool.Refunded(made.what.index, ANN, made.what.deposit, made.what.deposit);
        uint256 amount = _refund(ANN, made);

        vm.assertEq(amount, made.what.deposit, "amount");
        vm.assertEq(_credit(ANN), amount, "credit");
        vm.assertEq(_verified(ANN), 1, "verified");
        vm.assertEq(_totalVerified(), 1, "all verified");
        vm.assertEq(_escrow(), escrow, "escrow");
        (uint256 left, uint160 commitment) = pool.claimable(made.what.index);
        vm.assertEq(left + commitment, 0, "slot");
    }

    function test_refund_givesBackWhatReportersLeft() external everyPoolAndForm {
        _verify(BOB, 1);
        _verify(EVE, 2);
        Made memory made = _make(ANN, kind.sample, _unexpected(kind.sample));
        _teach(kind.sample, 1 - made.what.label);
        _open(made);
        uint256 taken = _report(BOB, made);
        _teach(kind.sample, made.what.label);
        if (!_hasDeposits()) return;

        vm.assertEq(_refund(ANN, made), made.what.deposit - taken, "amount");
        vm.assertEq(_verified(ANN), 1, "verified");
    }

    function _window(bytes4 selector, Made memory made) private view returns (bytes memory) {
        uint256 from = made.what.time + Kinds.REFUND_WAIT + 1;
        uint256 until = made.what.time + Kinds.COLLECT_WAIT;
        return abi.encodeWithSelector(selector, made.what.index, block.timestamp, from, until);
    }
}
