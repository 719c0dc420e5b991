// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPool} from "../src/interfaces/IPool.sol";
import {Kinds} from "./kit/Kinds.sol";
import {PoolTest} from "./kit/PoolTest.sol";
import {vm} from "./kit/Vm.sol";

/// @notice Timestamps that stand still, jump, or reach the ends of what is stored.
contract TimeTest is PoolTest {
    uint256 private constant LAST_SECOND = type(uint40).max;

    function test_contributionsOfOneSecondCostWhatTheSecondOneCosts() external everyPool {
        vm.warp(block.timestamp + MAX_IDLE);
        _contribute(ANN, kind.sample, 1);
        uint256 price = pool.price();

        vm.assertEq(price, pool.priceAfter(1), "a second has passed at least");
        vm.assertEq(pool.priceAfter(0), price, "so none is one");
        for (uint256 i = 0; i < 3; ++i) {
            vm.assertEq(_contribute(BOB, kind.other, 0).what.deposit, price, "price");
        }
    }

    function test_whileTheClockStandsStillNothingCanBeClaimed() external everyPoolAndForm {
        Made memory made = _make(ANN, kind.sample, 1);
        _teach(kind.sample, 1);

        vm.expectRevert();
        _refund(ANN, made);
        vm.expectRevert();
        _collect(EVE, made);
        vm.assertEq(_escrow(), address(pool).balance, "escrow");
    }

    /// @dev Whoever does not claim before a jump over the windows finds that anyone may collect, and nobody anything else.
    function test_fuzz_aJumpOverTheWindowsLeavesCollect(uint256 jump) external everyPoolAndForm {
        Made memory made = _make(ANN, kind.sample, 1);
        _teach(kind.sample, 1);
        vm.warp(block.timestamp + _bound(jump, Kinds.COLLECT_WAIT + 1, LAST_SECOND - block.timestamp));

        vm.expectRevert();
        _refund(ANN, made);
        vm.expectRevert();
        _report(BOB, made);
        vm.assertEq(_collect(EVE, made), made.what.deposit, "amount");
    }

    function test_fuzz_aJumpMakesAPriceThatIsNeitherZeroNorHigher(uint256 first, uint256 second) external everyPool {
        if (!_hasDeposits()) return;
        first = _bound(first, 0, LAST_SECOND);
        second = _bound(second, first, LAST_SECOND);

        vm.assertLe(pool.priceAfter(second), pool.priceAfter(first), "it falls");
        vm.assertLe(1, pool.priceAfter(second), "and never to nothing");
    }

    function test_inTheLastSecondThatIsStoredAllStillFits() external everyPool {
        vm.warp(LAST_SECOND);
        Made memory made = _contribute(ANN, kind.sample, 1);

        (uint256 count, uint256 lastAccepted,,) = pool.state();
        vm.assertEq(lastAccepted, LAST_SECOND, "last accepted");
        vm.assertEq(count, 1, "count");
        vm.assertEq(made.what.time, LAST_SECOND, "time");
        // beyond it only the claims go on
        vm.warp(LAST_SECOND + Kinds.COLLECT_WAIT + 1);
        vm.assertEq(_collect(EVE, made), made.what.deposit, "amount");
    }

    /// @dev A chain's clock does not run backwards; if one did, nothing could be claimed that was not open before.
    function test_aClockThatRunsBackOpensNothing() external everyPoolAndForm {
        Made memory made = _make(ANN, kind.sample, 1);
        _teach(kind.sample, 1);
        vm.warp(START - 1000 days);

        vm.expectRevert();
        _refund(ANN, made);
        vm.expectRevert();
        _collect(EVE, made);
        vm.assertEq(pool.price(), pool.priceAfter(1), "price");
    }
}
