// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IIncentive} from "../../src/interfaces/IIncentive.sol";
import {IPool} from "../../src/interfaces/IPool.sol";
import {Kind, Kinds} from "../kit/Kinds.sol";
import {Packing} from "../kit/Packing.sol";
import {PoolTest} from "../kit/PoolTest.sol";
import {vm} from "../kit/Vm.sol";

contract SelfAssessmentTest is PoolTest {
    /// @dev The highest weight under which a price fits 96 bits.
    uint96 private constant MAX_WEIGHT = type(uint96).max / 60;
    /// @dev The highest step, and the highest fixed price.
    uint96 private constant MAX_LOWEST_PRICE = 1 << 90;

    function setUp() public override {
        super.setUp();
        _use("SelfAssessedSparsePerceptron");
    }

    /* PARAMETERS */

    function test_fuzz_creation_failsWhenTheWindowsAreMisordered(uint32 refundWait, uint32 collectWait) external {
        if (refundWait < collectWait) (refundWait, collectWait) = (collectWait, refundWait);

        vm.expectRevert(
            abi.encodeWithSelector(IIncentive.IncentiveWindowsMisordered.selector, refundWait, 0, collectWait)
        );
        this.create(Packing.selfAssessment(1, 0, refundWait, collectWait, 1, 0));
    }

    /// @dev A guard takes seconds from reports, so there have to be some: an hour of them, behind the head start.
    function test_fuzz_creation_failsForAGuardedPoolThatLeavesReportsNoHour(uint8 safeguards, uint16 headStart) external {
        safeguards %= 8;
        bytes memory hour = Packing.withSafeguards(
            Packing.selfAssessment(1, 0, 5, 5 + uint32(headStart) + 1 hours, 1, 0), safeguards, headStart
        );
        bytes memory less = Packing.withSafeguards(
            Packing.selfAssessment(1, 0, 5, 4 + uint32(headStart) + 1 hours, 1, 0), safeguards, headStart
        );
        this.create(hour);
        if (safeguards & 1 != 0) {
            vm.expectRevert(
                abi.encodeWithSelector(IIncentive.IncentiveWindowTooShort.selector, 1 hours - 1, 1 hours)
            );
        }
        this.create(less);
    }

    /// @dev Whoever makes a pool shall not keep a deposit for a lifetime.
    function test_fuzz_creation_failsForRefundsBeyondAYearInAGuardedPool(uint8 safeguards, uint32 wait) external {
        safeguards &= 7;
        wait = wait / 2 < 366 days ? 366 days + 1 : wait / 2;
        bytes memory year = Packing.withSafeguards(
            Packing.selfAssessment(1, 0, 366 days, 366 days + 1 hours, 1, 0), safeguards, 0
        );
        bytes memory more =
            Packing.withSafeguards(Packing.selfAssessment(1, 0, wait, wait + 1 hours, 1, 0), safeguards, 0);
        this.create(year);
        if (safeguards & 1 != 0) {
            vm.expectRevert(abi.encodeWithSelector(IIncentive.IncentiveWaitTooLong.selector, wait, 366 days));
        }
        this.create(more);
    }

    function test_fuzz_creation_failsForUnknownRules(uint8 priceRule, uint8 leftoverRule) external {
        if (priceRule < 2 && leftoverRule < 2) priceRule = uint8(_bound(leftoverRule, 2, type(uint8).max));

        vm.expectRevert(abi.encodeWithSelector(IIncentive.IncentiveRuleUnknown.selector, priceRule, leftoverRule));
        this.create(Packing.selfAssessment(priceRule, leftoverRule, 1, 2, 1, 0));
    }

    function test_creation_failsForEachUnknownRuleAlone() external {
        vm.expectRevert(abi.encodeWithSelector(IIncentive.IncentiveRuleUnknown.selector, 2, 0));
        this.create(Packing.selfAssessment(2, 0, 1, 2, 1, 0));
        vm.expectRevert(abi.encodeWithSelector(IIncentive.IncentiveRuleUnknown.selector, 1, 2));
        this.create(Packing.selfAssessment(1, 2, 1, 2, 1, 0));
    }

    function test_fuzz_creation_failsForAPriceThatCouldBeZeroOrTooHigh(uint96 weight, uint96 step) external {
        _refused(1, 0, step);
        _refused(1, weight, step == 0 ? 1 : step);
        _refused(0, 0, step);
        _refused(0, weight, 0);
        _refused(0, uint96(_bound(weight, MAX_WEIGHT + 1, type(uint96).max)), uint96(_bound(step, 1, MAX_LOWEST_PRICE)));
        _refused(0, uint96(_bound(weight, 1, MAX_WEIGHT)), uint96(_bound(step, MAX_LOWEST_PRICE + 1, type(uint96).max)));
        _refused(1, uint96(_bound(weight, MAX_LOWEST_PRICE + 1, type(uint96).max)), 0);
    }

    function test_creation_acceptsTheHighestPriceThatFits() external {
        pool = this.create(Packing.selfAssessment(0, 0, 0, 1, MAX_WEIGHT, 1));
        vm.assertEq(pool.priceAfter(1), uint256(MAX_WEIGHT) * 60, "decaying");
        pool = this.create(Packing.selfAssessment(0, 0, 0, 1, 1, MAX_LOWEST_PRICE));
        vm.assertEq(pool.priceAfter(1), MAX_LOWEST_PRICE, "decayed");
        pool = this.create(Packing.selfAssessment(1, 1, 0, type(uint32).max, MAX_LOWEST_PRICE, 0));
        vm.assertEq(pool.priceAfter(1), MAX_LOWEST_PRICE, "fixed");
    }

    function test_creation_failsForTheLowestPriceThatIsTooHigh() external {
        _refused(0, MAX_WEIGHT + 1, 1);
        _refused(0, 1, MAX_LOWEST_PRICE + 1);
        _refused(1, MAX_LOWEST_PRICE + 1, 0);
    }

    function test_fuzz_parameters_areReadAsTheyWereGiven(uint32 refundWait, uint96 weight, uint96 step, bool anyone)
        external
    {
        refundWait = uint32(_bound(refundWait, 0, type(uint32).max - 1));
        weight = uint96(_bound(weight, 1, MAX_WEIGHT));
        step = uint96(_bound(step, 1, MAX_LOWEST_PRICE));
        uint8 leftover = anyone ? 1 : 0;

        pool = this.create(Packing.selfAssessment(0, leftover, refundWait, refundWait + 1, weight, step));

        uint256[] memory parameters = pool.incentiveParameters();
        uint256[8] memory expected = [uint256(0), leftover, refundWait, uint256(refundWait) + 1, weight, step, 0, 0];
        vm.assertEq(parameters.length, 8, "length");
        for (uint256 i = 0; i < 8; ++i) {
            vm.assertEq(parameters[i], expected[i], "parameter");
        }
        vm.assertEq(pool.incentiveId(), "self-assessment/1", "id");
    }

    /* PRICE */

    function test_fuzz_price_fixedIsTheCostAtAnyTime(uint96 cost, uint256 elapsed) external {
        cost = uint96(_bound(cost, 1, MAX_LOWEST_PRICE));
        pool = this.create(Packing.selfAssessment(1, 0, 1, 2, cost, 0));

        vm.assertEq(pool.priceAfter(elapsed), cost, "price");
        vm.assertEq(pool.incentiveParameters()[0], 1, "rule");
    }

    function test_fuzz_price_decayingIsTheRuleInWords(uint96 weight, uint96 step, uint256 elapsed) external {
        weight = uint96(_bound(weight, 1, MAX_WEIGHT));
        step = uint96(_bound(step, 1, uint256(weight) * 120));
        if (step > MAX_LOWEST_PRICE) step = MAX_LOWEST_PRICE;
        elapsed = _bound(elapsed, 0, type(uint64).max);
        pool = this.create(Packing.selfAssessment(0, 0, 1, 2, weight, step));

        uint256 price = pool.priceAfter(elapsed);

        // the largest multiple of the step that weight * 60 / isqrt(elapsed) reaches, but the step at least
        uint256 limit = uint256(weight) * 60 / _root(elapsed == 0 ? 1 : elapsed);
        if (limit < step) {
            vm.assertEq(price, step, "the lowest");
        } else {
            vm.assertEq(price % step, 0, "a multiple");
            vm.assertLe(price, limit, "not above");
            vm.assertLt(limit, price + step, "not further below");
        }
    }

    function test_price_ofSomeMomentsByHand() external {
        pool = this.create(Packing.selfAssessment(0, 0, 1, 2, 100, 7));
        // 6000 / 1, 6000 / 1 (the root of 3 rounds down), 6000 / 2, 6000 / 60, 6000 / 1000 (below the step)
        uint256[5] memory elapsed = [uint256(1), 3, 4, 3600, 1_000_000];
        uint256[5] memory prices = [uint256(5999), 5999, 2996, 98, 7];
        for (uint256 i = 0; i < 5; ++i) {
            vm.assertEq(pool.priceAfter(elapsed[i]), prices[i], "price");
        }
    }

    function test_price_movesOnAcceptedContributionsOnly() external {
        pool = this.create(Packing.selfAssessment(0, 0, 1, 2, 1 ether, 1));
        vm.warp(block.timestamp + 10_000);
        uint256 price = pool.price();
        vm.assertEq(price, 60 ether / 100, "after 10,000 seconds");

        vm.expectRevert();
        vm.prank(ANN);
        pool.contribute{value: price}(kind.sample, 9, price);
        vm.assertEq(pool.price(), price, "after a refusal");

        _contribute(ANN, kind.sample, 1);
        vm.assertEq(pool.price(), 60 ether, "after a contribution");
    }

    /* SHARES */

    function test_report_aShareOfZeroTakesAll() external {
        pool = this.create(Packing.selfAssessment(1, 0, 0, Kinds.COLLECT_WAIT, 2, 0));
        _verify(BOB, 1);
        _verify(EVE, 2);
        Made memory made = _disputed();

        // floor(2 * 1 / 3) is 0
        vm.assertEq(_report(BOB, made), 2, "all that is left");
    }

    function test_report_aShareAboveWhatIsLeftTakesTheRest() external {
        pool = this.create(Packing.selfAssessment(1, 0, 0, Kinds.COLLECT_WAIT, 1000, 0));
        _verifySoon(BOB, 1);
        Made memory made = _disputed();
        _verifySoon(EVE, 3);
        vm.assertEq(_report(BOB, made), 250, "a quarter");

        // by now fifteen of sixteen are Eve's, which would be worth more than is left
        _verifySoon(EVE, 12);
        vm.assertEq(_report(EVE, made), 750, "the rest, not 937");
    }

    function test_report_aloneInStandingTakesAll() external {
        pool = this.create(Packing.selfAssessment(1, 0, 0, Kinds.COLLECT_WAIT, 999, 0));
        _verify(BOB, 2);
        Made memory made = _disputed();

        vm.assertEq(_report(BOB, made), 999, "all");
    }

    /* INTERNAL */

    /// @dev External, so that an expected revert is that of the whole creation.
    function create(bytes calldata incentive) external returns (IPool) {
        Kind memory changed = kind;
        changed.incentive = incentive;
        return _create(changed, FORWARDER);
    }

    function _refused(uint8 priceRule, uint96 weightOrCost, uint96 step) private {
        vm.expectRevert(
            abi.encodeWithSelector(IIncentive.IncentivePriceOutOfRange.selector, weightOrCost, step)
        );
        this.create(Packing.selfAssessment(priceRule, 0, 1, 2, weightOrCost, step));
    }

    /// @dev A contribution of Ann's in its window, with which the model disagrees.
    function _disputed() private returns (Made memory made) {
        made = _contribute(ANN, kind.sample, _unexpected(kind.sample));
        _teach(kind.sample, 1 - made.what.label);
        vm.warp(block.timestamp + 1);
    }

    /// @dev `_verify` where a refund is open after a second; on a sample of its own, which turns no other.
    function _verifySoon(address who, uint256 refunds) private {
        for (uint256 i = 0; i < refunds; ++i) {
            Made memory made = _contribute(who, kind.other, _predicted(kind.other));
            vm.warp(block.timestamp + 1);
            _refund(who, made);
        }
    }

    /// @dev The square root, rounded down, one bit after the other.
    function _root(uint256 value) private pure returns (uint256 root) {
        for (uint256 bit = 1 << 127; bit != 0; bit >>= 1) {
            if ((root + bit) * (root + bit) <= value) root += bit;
        }
    }
}
