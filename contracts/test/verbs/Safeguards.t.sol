// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IIncentive} from "../../src/interfaces/IIncentive.sol";
import {IPool} from "../../src/interfaces/IPool.sol";
import {Kind, Kinds} from "../kit/Kinds.sol";
import {Packing} from "../kit/Packing.sol";
import {PoolTest} from "../kit/PoolTest.sol";
import {vm} from "../kit/Vm.sol";

/// @notice What pools with all safeguards refuse, and what they allow; every kind of pool, in both forms.
contract SafeguardsTest is PoolTest {
    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < kinds.length; ++i) {
            kinds[i] = Kinds.safe(kinds[i]);
            pools[i] = _create(kinds[i], FORWARDER);
        }
        _use("Safe");
    }

    /* CREATION */

    function test_fuzz_creation_failsForAnUnknownSafeguard(uint8 safeguards) external everyPool {
        safeguards |= 8;
        vm.expectRevert(abi.encodeWithSelector(IIncentive.IncentiveSafeguardsUnknown.selector, safeguards));
        this.create(Packing.withSafeguards(kind.incentive, safeguards, 0));
    }

    function test_fuzz_creation_failsWhenTheHeadStartLeavesNoTimeForReports(uint32 headStart) external everyPool {
        headStart = uint32(_bound(headStart, Kinds.COLLECT_WAIT - Kinds.REFUND_WAIT, type(uint32).max));
        vm.expectRevert(
            abi.encodeWithSelector(
                IIncentive.IncentiveWindowsMisordered.selector, Kinds.REFUND_WAIT, headStart, Kinds.COLLECT_WAIT
            )
        );
        this.create(Packing.withSafeguards(kind.incentive, 0, headStart));
    }

    function test_fuzz_parameters_areReadAsTheyWereGiven(uint8 safeguards, uint32 headStart) external everyPool {
        safeguards &= Kinds.ALL_SAFEGUARDS;
        headStart = uint32(_bound(headStart, 0, Kinds.COLLECT_WAIT - Kinds.REFUND_WAIT - 1));
        IPool created = this.create(Packing.withSafeguards(kind.incentive, safeguards, headStart));

        uint256[] memory parameters = created.incentiveParameters();
        vm.assertEq(parameters[parameters.length - 2], safeguards, "safeguards");
        vm.assertEq(parameters[parameters.length - 1], headStart, "headStart");
    }

    /* GUARD */

    function test_refund_failsInTheSecondOfAnAcceptance() external everyPoolAndForm {
        Made memory made = _make(ANN, kind.sample, 1);
        _teach(kind.sample, 1);
        _open(made);
        _contribute(EVE, kind.sample, 1);

        _expectGuarded(made);
        _refund(ANN, made);
        vm.warp(block.timestamp + 1);
        vm.assertEq(_refund(ANN, made), made.what.deposit, "a second later");
    }

    function test_report_failsInTheSecondOfAnAcceptance() external everyPoolAndForm {
        Made memory made = _bad();
        _contribute(EVE, kind.other, _predicted(kind.other));

        _expectGuarded(made);
        _report(BOB, made);
        vm.warp(vm.getBlockTimestamp() + 1);
        vm.assertEq(_report(BOB, made), made.what.deposit, "a second later");
    }

    function test_collect_failsInTheSecondOfAnAcceptance() external everyPoolAndForm {
        Made memory made = _make(ANN, kind.sample, 1);
        _end(made);
        _contribute(EVE, kind.other, _predicted(kind.other));

        _expectGuarded(made);
        _collect(EVE, made);
        vm.warp(block.timestamp + 1 hours + 1);
        vm.assertEq(_collect(EVE, made), made.what.deposit, "an hour later");
    }

    function test_collect_failsForAnHourAfterAnAcceptanceAndRefundsGoOn() external everyPoolAndForm {
        Made memory made = _make(ANN, kind.sample, _predicted(kind.sample));
        _end(made);
        uint256 quiet = block.timestamp + 1 hours;
        _contribute(EVE, kind.other, _predicted(kind.other));

        vm.warp(quiet);
        vm.expectRevert(
            abi.encodeWithSelector(IIncentive.TooEarly.selector, made.what.index, quiet, quiet + 1, type(uint256).max)
        );
        _collect(EVE, made);
        vm.assertEq(_refund(ANN, made), made.what.deposit, "refunded");
    }

    function test_claims_failOnAClockThatRanBackBehindAnAcceptance() external everyPoolAndForm {
        Made memory made = _make(ANN, kind.sample, 1);
        _end(made);
        _contribute(EVE, kind.other, _predicted(kind.other));
        _expectGuarded(made);
        vm.warp(block.timestamp - 1);
        _collect(EVE, made);
    }

    /* HEAD START */

    function test_fuzz_report_failsInTheHeadStart(uint256 age) external everyPoolAndForm {
        Made memory made = _bad();
        uint256 from = made.what.time + Kinds.REFUND_WAIT + Kinds.HEAD_START + 1;
        vm.warp(made.what.time + _bound(age, Kinds.REFUND_WAIT, Kinds.REFUND_WAIT + Kinds.HEAD_START));

        vm.expectRevert(_tooEarly(made, from, made.what.time + Kinds.COLLECT_WAIT));
        _report(BOB, made);
        vm.warp(from);
        _report(BOB, made);
    }

    function test_fuzz_refund_isOpenInTheHeadStart(uint256 age) external everyPoolAndForm {
        Made memory made = _make(ANN, kind.sample, 1);
        _teach(kind.sample, 1);
        vm.warp(made.what.time + _bound(age, Kinds.REFUND_WAIT + 1, Kinds.REFUND_WAIT + Kinds.HEAD_START));

        vm.assertEq(_refund(ANN, made), made.what.deposit, "amount");
    }

    /* REFUND BY ANYONE */

    function test_fuzz_refund_byAnyoneCreditsAndVerifiesTheAuthor(address who) external everyPoolAndForm {
        vm.assume(who != ANN && who != FORWARDER && who != TEACHER);
        Made memory made = _make(ANN, kind.sample, 1);
        _teach(kind.sample, 1);
        _open(made);

        vm.expectEmit(address(pool));
        emit IPool.Refunded(made.what.index, ANN, made.what.deposit, made.what.deposit);
        uint256 amount = _refund(who, made);

        vm.assertEq(amount, made.what.deposit, "amount");
        vm.assertEq(_credit(ANN), amount, "the author's credit");
        vm.assertEq(_verified(ANN), 1, "the author's standing");
        vm.assertEq(_credit(who) + _verified(who), 0, "nothing for the sender");
    }

    /* PAUSES */

    function test_report_failsWhileThePoolIsPaused() external everyPoolAndForm {
        Made memory made = _bad();
        uint256 since = vm.getBlockTimestamp();
        _pause();
        vm.warp(since + 7);

        vm.expectRevert(abi.encodeWithSelector(IIncentive.ReportsPaused.selector, made.what.index, since));
        _report(BOB, made);
    }

    function test_fuzz_report_failsInTheHeadStartAfterAPause(uint256 length, uint256 late) external everyPoolAndForm {
        Made memory made = _bad();
        length = _bound(length, 0, 100 days);
        uint256 resumed = vm.getBlockTimestamp() + length;
        _pause();
        vm.warp(resumed);
        _unpause();
        vm.warp(resumed + _bound(late, 0, Kinds.HEAD_START));

        uint256 from = resumed + Kinds.HEAD_START + 1;
        vm.expectRevert(_tooEarly(made, from, made.what.time + Kinds.COLLECT_WAIT + length));
        _report(BOB, made);
        vm.warp(from);
        _report(BOB, made);
    }

    /// @dev A pause that ended before the head start did changes nothing about when reports open.
    function test_report_opensAsEverAfterAnEarlyPause() external everyPoolAndForm {
        Made memory made = _make(ANN, kind.sample, _unexpected(kind.sample));
        _pause();
        vm.warp(made.what.time + 10);
        _unpause();
        _verifyWith(BOB);
        _teach(kind.sample, 1 - made.what.label);
        uint256 from = made.what.time + Kinds.REFUND_WAIT + Kinds.HEAD_START + 1;

        vm.warp(from - 1);
        vm.expectRevert(_tooEarly(made, from, made.what.time + Kinds.COLLECT_WAIT + 10));
        _report(BOB, made);
        vm.warp(from);
        _report(BOB, made);
    }

    function test_fuzz_pauses_makeWindowsLonger(uint256 length, bool running) external everyPoolAndForm {
        Made memory made = _make(ANN, kind.sample, 1);
        Made memory left = _make(ANN, kind.sample, 1);
        _teach(kind.sample, 1);
        length = _bound(length, 1, 100 days);
        uint256 start = made.what.time + (running ? Kinds.COLLECT_WAIT : 1);
        uint256 last = made.what.time + Kinds.COLLECT_WAIT + length;
        vm.warp(start);
        _pause();
        vm.warp(start + length);
        if (!running) _unpause();

        vm.warp(last);
        vm.expectRevert(
            abi.encodeWithSelector(
                IIncentive.TooEarly.selector, left.what.index, last, last + 1, type(uint256).max
            )
        );
        _collect(EVE, left);
        _refund(ANN, made);
        if (running) _unpause();
        vm.warp(last + 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IIncentive.TooLate.selector, left.what.index, last + 1, left.what.time + Kinds.REFUND_WAIT + 1, last
            )
        );
        _refund(ANN, left);
        vm.assertEq(_collect(EVE, left), left.what.deposit, "collected");
    }

    /* INTERNAL */

    /// @dev External, so that an expected revert is that of the whole creation.
    function create(bytes calldata incentive) external returns (IPool) {
        Kind memory changed = kind;
        changed.incentive = incentive;
        return _create(changed, FORWARDER);
    }

    function _pause() private {
        vm.prank(OWNER);
        pool.pause();
    }

    function _unpause() private {
        vm.prank(OWNER);
        pool.unpause();
    }

    function _expectGuarded(Made memory made) private {
        vm.expectRevert(
            abi.encodeWithSelector(IIncentive.ClaimGuarded.selector, made.what.index, vm.getBlockTimestamp())
        );
    }

    function _tooEarly(Made memory made, uint256 from, uint256 until) private view returns (bytes memory) {
        uint256 now_ = vm.getBlockTimestamp();
        return abi.encodeWithSelector(IIncentive.TooEarly.selector, made.what.index, now_, from, until);
    }

    function _verifyWith(address who) private {
        Made memory made = _contribute(who, kind.other, _predicted(kind.other));
        vm.warp(made.what.time + Kinds.REFUND_WAIT + 1);
        _refund(who, made);
        vm.warp(made.what.time + 1);
    }

    /// @dev A contribution of Ann's that the model disagrees with, as soon as Bob, who alone has standing, may report it.
    function _bad() private returns (Made memory made) {
        _verify(BOB, 1);
        made = _make(ANN, kind.sample, _unexpected(kind.sample));
        _teach(kind.sample, 1 - made.what.label);
        vm.warp(made.what.time + Kinds.REFUND_WAIT + Kinds.HEAD_START + 1);
    }
}
