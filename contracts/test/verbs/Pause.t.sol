// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOwnership} from "../../src/interfaces/IOwnership.sol";
import {IPool} from "../../src/interfaces/IPool.sol";
import {PoolTest} from "../kit/PoolTest.sol";
import {vm} from "../kit/Vm.sol";

/// @notice What the owner can do, and that it is no more.
contract PauseTest is PoolTest {
    function test_fuzz_pause_failsForAnybodyElse(address who) external everyPool {
        vm.assume(who != OWNER && who != FORWARDER);

        vm.expectRevert(abi.encodeWithSelector(IOwnership.NotOwner.selector, who, OWNER));
        vm.prank(who);
        pool.pause();

        vm.expectRevert(abi.encodeWithSelector(IOwnership.NotOwner.selector, who, OWNER));
        vm.prank(who);
        pool.unpause();
    }

    function test_fuzz_transferOwnership_failsForAnybodyElse(address who) external everyPool {
        vm.assume(who != OWNER && who != FORWARDER);

        vm.expectRevert(abi.encodeWithSelector(IOwnership.NotOwner.selector, who, OWNER));
        vm.prank(who);
        pool.transferOwnership(who);
    }

    function test_fuzz_acceptOwnership_failsForAnybodyToWhomItWasNotOffered(address who) external everyPool {
        vm.assume(who != BOB && who != FORWARDER && who != address(0));
        vm.prank(OWNER);
        pool.transferOwnership(BOB);

        vm.expectRevert(abi.encodeWithSelector(IOwnership.NotPendingOwner.selector, who, BOB));
        vm.prank(who);
        pool.acceptOwnership();
    }

    function test_pause_stopsNewContributionsOnly() external everyPoolAndForm {
        Made memory good = _make(ANN, kind.sample, 1);
        Made memory forgotten = _make(ANN, kind.sample, 1);
        _teach(kind.sample, 1);
        Made memory bad = _make(ANN, kind.sample, 0);
        _teach(kind.sample, 1);
        uint256 price = pool.price();
        vm.prank(BOB);
        pool.contribute{value: price + 1}(kind.sample, 1, price);
        Made memory bobs = Made(_nextContribution(BOB, 1), kind.sample, false, 0, new bytes32[](0));
        (bobs.what.index, bobs.what.deposit) = (bobs.what.index - 1, uint96(price));

        vm.expectEmit(address(pool));
        emit IPool.Paused(OWNER);
        vm.prank(OWNER);
        pool.pause();
        vm.assertTrue(pool.paused(), "paused");

        _open(good);
        _refund(ANN, good);
        _refund(BOB, bobs);
        _report(BOB, bad);
        _end(forgotten);
        _collect(EVE, forgotten);
        _withdraw(BOB);

        vm.expectEmit(address(pool));
        emit IPool.Unpaused(OWNER);
        vm.prank(OWNER);
        pool.unpause();
        vm.assertFalse(pool.paused(), "paused");
        _contribute(ANN, kind.sample, 1);
    }

    function test_pause_twiceIsOnce() external everyPool {
        uint256 count = _count();
        vm.recordLogs();
        vm.prank(OWNER);
        pool.pause();
        vm.warp(START + 5);
        vm.prank(OWNER);
        pool.pause();
        _pauses(START, 0, 0);
        vm.prank(OWNER);
        pool.unpause();
        vm.warp(START + 9);
        vm.prank(OWNER);
        pool.unpause();

        vm.assertFalse(pool.paused(), "paused");
        vm.assertEq(_count(), count, "count");
        vm.assertEq(vm.getRecordedLogs().length, 2, "events, of changes only");
        _pauses(0, START + 5, 5);
    }

    function test_unpause_ofAPoolThatIsNotPausedDoesNothing() external everyPool {
        vm.recordLogs();
        vm.prank(OWNER);
        pool.unpause();

        vm.assertEq(vm.getRecordedLogs().length, 0, "events");
        _pauses(0, 0, 0);
    }

    function test_pauses_addUp() external everyPool {
        for (uint256 i = 0; i < 3; ++i) {
            vm.warp(START + 100 * i);
            vm.prank(OWNER);
            pool.pause();
            _pauses(START + 100 * i, i == 0 ? 0 : START + 100 * i - 70, 30 * i);
            vm.warp(START + 100 * i + 30);
            vm.prank(OWNER);
            pool.unpause();
        }
        _pauses(0, START + 230, 90);
    }

    function _pauses(uint256 since, uint256 resumed, uint256 total) private view {
        (uint256 since_, uint256 resumed_, uint256 total_) = pool.pauses();
        vm.assertEq(since_, since, "since");
        vm.assertEq(resumed_, resumed, "resumed");
        vm.assertEq(total_, total, "total");
    }

    function test_ownership_movesInTwoStepsAndBack() external everyPool {
        vm.assertEq(pool.owner(), OWNER, "owner");

        vm.expectEmit(address(pool));
        emit IOwnership.OwnershipTransferStarted(OWNER, BOB);
        vm.prank(OWNER);
        pool.transferOwnership(BOB);
        vm.assertEq(pool.owner(), OWNER, "owner, until it is accepted");
        vm.assertEq(pool.pendingOwner(), BOB, "pending");

        vm.expectEmit(address(pool));
        emit IOwnership.OwnershipTransferred(OWNER, BOB);
        vm.prank(BOB);
        pool.acceptOwnership();
        vm.assertEq(pool.owner(), BOB, "owner");
        vm.assertEq(pool.pendingOwner(), address(0), "pending");

        vm.expectRevert(abi.encodeWithSelector(IOwnership.NotOwner.selector, OWNER, BOB));
        vm.prank(OWNER);
        pool.pause();
        vm.prank(BOB);
        pool.transferOwnership(OWNER);
        vm.prank(OWNER);
        pool.acceptOwnership();
        vm.assertEq(pool.owner(), OWNER, "owner");
    }

    function test_ownership_anOfferCanBeTakenBack() external everyPool {
        vm.prank(OWNER);
        pool.transferOwnership(BOB);
        vm.prank(OWNER);
        pool.transferOwnership(address(0));

        vm.expectRevert(abi.encodeWithSelector(IOwnership.NotPendingOwner.selector, BOB, address(0)));
        vm.prank(BOB);
        pool.acceptOwnership();
    }
}
