// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IIncentive} from "../../src/interfaces/IIncentive.sol";
import {IPool} from "../../src/interfaces/IPool.sol";
import {Kind, Kinds} from "../kit/Kinds.sol";
import {Packing} from "../kit/Packing.sol";
import {PoolTest} from "../kit/PoolTest.sol";
import {vm} from "../kit/Vm.sol";

contract PointsTest is PoolTest {
    function setUp() public override {
        super.setUp();
        _use("Points");
    }

    /* PARAMETERS */

    function test_fuzz_creation_failsWhenTheWindowsAreMisordered(uint32 refundWait, uint32 collectWait) external {
        if (refundWait < collectWait) (refundWait, collectWait) = (collectWait, refundWait);

        vm.expectRevert(
            abi.encodeWithSelector(IIncentive.IncentiveWindowsMisordered.selector, refundWait, 0, collectWait)
        );
        this.create(Packing.points(refundWait, collectWait));
    }

    function test_fuzz_creation_failsForRules(uint8 first, uint8 second) external {
        if (first == 0 && second == 0) second = 1;

        vm.expectRevert(abi.encodeWithSelector(IIncentive.IncentiveRuleUnknown.selector, first, second));
        this.create(Packing.selfAssessment(first, second, 1, 2, 0, 0));
    }

    function test_fuzz_creation_failsForAmounts(uint96 first, uint96 second) external {
        if (first == 0 && second == 0) second = 1;

        vm.expectRevert(abi.encodeWithSelector(IIncentive.IncentivePriceOutOfRange.selector, first, second));
        this.create(Packing.selfAssessment(0, 0, 1, 2, first, second));
    }

    function test_fuzz_parameters_areReadAsTheyWereGiven(uint32 refundWait, uint32 collectWait) external {
        if (refundWait > collectWait) (refundWait, collectWait) = (collectWait, refundWait);
        if (refundWait == collectWait) return;

        pool = this.create(Packing.points(refundWait, collectWait));

        uint256[] memory parameters = pool.incentiveParameters();
        vm.assertEq(parameters.length, 4, "length");
        vm.assertEq(parameters[0], refundWait, "refundWait");
        vm.assertEq(parameters[1], collectWait, "collectWait");
        vm.assertEq(parameters[2] + parameters[3], 0, "safeguards");
        vm.assertEq(pool.incentiveId(), "points/1", "id");
    }

    /* NO MONEY, STANDING ONLY */

    function test_fuzz_price_isAlwaysZero(uint256 elapsed) external view {
        vm.assertEq(pool.priceAfter(elapsed), 0, "price");
    }

    function test_report_closesWhatTheModelContradictsAndPaysNothing() external {
        _verify(BOB, 1);
        Made memory made = _contribute(ANN, kind.sample, _unexpected(kind.sample));
        _teach(kind.sample, 1 - made.what.label);
        _open(made);

        vm.assertEq(_report(BOB, made), 0, "amount");

        _teach(kind.sample, made.what.label);
        vm.expectRevert(abi.encodeWithSelector(IPool.ContributionClosed.selector, made.what.index));
        _refund(ANN, made);
        vm.assertEq(_verified(ANN), 0, "no point");
    }

    function test_collect_clearsAwayWhatNobodyClaimed() external {
        Made memory made = _contribute(ANN, kind.sample, 1);
        _end(made);

        vm.expectEmit(address(pool));
        emit IPool.Collected(made.what.index, EVE, 0, true, 0);
        vm.assertEq(_collect(EVE, made), 0, "amount");
    }

    /// @dev External, so that an expected revert is that of the whole creation.
    function create(bytes calldata incentive) external returns (IPool) {
        Kind memory changed = kind;
        changed.incentive = incentive;
        return _create(changed, FORWARDER);
    }
}
