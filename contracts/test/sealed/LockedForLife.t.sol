// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISealedPool} from "../../src/interfaces/ISealedPool.sol";
import {vm} from "../kit/Vm.sol";
import {SealedTest} from "./SealedTest.sol";

/// @notice A pool's maker chooses how long an epoch is, and how many of them a deposit waits: what the quote calls sure must come
/// back while its author lives.
contract LockedForLifeTest is SealedTest {
    uint256 private constant TEN_YEARS = 3_652 days;

    function create() external returns (ISealedPool) {
        return _create();
    }

    function test_aDepositThatTheQuoteCallsSureComesBackWithinTenYears() external {
        (rules.epochLength, rules.waitSeals) = (type(uint32).max, 255);
        (rules.riskSeals, rules.learnSeals) = (255, 255);
        try this.create() returns (ISealedPool made) {
            pool = made;
        } catch {
            return;
        }
        Made memory sure = _contribute(ANN, good, _predicted(good));
        vm.assertEq(sure.what.outcome, AGREED, "sure");
        // whoever seals does it as soon as it can be done
        uint256 sealedAt = START;
        for (; sealedAt + rules.epochLength <= START + TEN_YEARS; sealedAt += rules.epochLength) {
            vm.warp(sealedAt + rules.epochLength);
            pool.seal();
        }
        vm.warp(START + TEN_YEARS);
        vm.prank(ANN);
        (bool settled,) = address(pool).call(abi.encodeCall(ISealedPool.settle, (sure.what, sure.sample)));
        vm.assertTrue(settled, "the deposit comes back");
    }
}
