// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IIncentive} from "../../src/interfaces/IIncentive.sol";
import {IPool} from "../../src/interfaces/IPool.sol";
import {Kinds} from "../kit/Kinds.sol";
import {PoolTest} from "../kit/PoolTest.sol";
import {vm} from "../kit/Vm.sol";

contract CollectTest is PoolTest {
    function test_fuzz_collect_failsUntilTheWindowsAreOver(uint256 age) external everyPoolAndForm {
        Made memory made = _make(ANN, kind.sample, 1);
        vm.warp(made.what.time + _bound(age, 0, Kinds.COLLECT_WAIT));

        vm.expectRevert(
            abi.encodeWithSelector(
                IIncentive.TooEarly.selector,
                made.what.index,
                block.timestamp,
                made.what.time + Kinds.COLLECT_WAIT + 1,
                type(uint256).max
            )
        );
        _collect(EVE, made);
    }

    function test_collect_failsForAnotherSample() external everyPoolAndForm {
        Made memory made = _make(ANN, kind.sample, 1);
        _end(made);
        made.sample = kind.other;

        vm.expectRevert(abi.encodeWithSelector(IPool.ContributionMismatch.selector, made.what.index));
        _collect(EVE, made);
    }

    function test_collect_failsTheSecondTime() external everyPoolAndForm {
        Made memory made = _make(ANN, kind.sample, 1);
        _end(made);
        _collect(EVE, made);

        vm.expectRevert(abi.encodeWithSelector(IPool.ContributionClosed.selector, made.what.index));
        _collect(EVE, made);
    }

    function test_fuzz_collect_takesOrBurnsAllThatIsLeft(uint256 age, bool byAuthor) external everyPoolAndForm {
        Made memory made = _make(ANN, kind.sample, 1);
        address who = byAuthor ? ANN : EVE;
        vm.warp(made.what.time + _bound(age, Kinds.COLLECT_WAIT + 1, type(uint32).max));
        uint256 escrow = _escrow();

        vm.expectEmit(address(pool));
        uint96 credit = _burns() ? 0 : made.what.deposit;
        emit IPool.Collected(made.what.index, who, made.what.deposit, _burns(), credit);
        uint256 amount = _collect(who, made);

        vm.assertEq(amount, made.what.deposit, "amount");
        vm.assertEq(_credit(who), _burns() ? 0 : amount, "credit");
        vm.assertEq(_escrow(), _burns() ? escrow - amount : escrow, "escrow");
        vm.assertEq(address(pool).balance, escrow, "balance");
        vm.assertEq(_verified(who), 0, "no standing is gained");
        vm.assertEq(_totalVerified(), 0, "no standing is gained");
        (uint256 left, uint160 commitment) = pool.claimable(made.what.index);
        vm.assertEq(left + commitment, 0, "slot");
    }

    function test_collect_takesWhatReportersLeft() external everyPoolAndForm {
        if (!_hasDeposits()) return;
        _verify(BOB, 1);
        _verify(EVE, 1);
        Made memory made = _make(ANN, kind.sample, _unexpected(kind.sample));
        _teach(kind.sample, 1 - made.what.label);
        _open(made);
        uint256 taken = _report(BOB, made);
        _end(made);

        vm.assertEq(_collect(EVE, made), made.what.deposit - taken, "amount");
    }
}
