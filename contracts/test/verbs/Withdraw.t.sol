// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPool} from "../../src/interfaces/IPool.sol";
import {PoolTest} from "../kit/PoolTest.sol";
import {vm} from "../kit/Vm.sol";
import {Bomb, Forcer, GasEater, Reentrant, Refuser, Wallet} from "../receivers/Receivers.sol";

contract WithdrawTest is PoolTest {
    uint256 private constant CHANGE = 3 ether;

    function test_fuzz_withdraw_failsWithoutCredit(address who) external everyPool {
        vm.assume(who != FORWARDER);
        _contribute(ANN, kind.sample, 1);

        vm.expectRevert(abi.encodeWithSelector(IPool.NothingToWithdraw.selector, who));
        _withdraw(who);
    }

    function test_withdraw_failsTheSecondTime() external everyPool {
        _credited(ANN);
        _withdraw(ANN);

        vm.expectRevert(abi.encodeWithSelector(IPool.NothingToWithdraw.selector, ANN));
        _withdraw(ANN);
    }

    function test_fuzz_withdraw_paysTheCreditAndKeepsTheStanding(uint256 change) external everyPool {
        change = _bound(change, 1, MAX_CHANGE);
        _verify(ANN, 2);
        uint256 price = pool.price();
        vm.prank(ANN);
        pool.contribute{value: price + change}(kind.sample, 1, price);
        uint256 credit = _credit(ANN);
        uint256 escrow = _escrow();
        uint256 wealth = ANN.balance;

        vm.expectEmit(address(pool));
        emit IPool.Withdrawn(ANN, ANN, uint96(credit));
        uint256 amount = _withdraw(ANN);

        vm.assertEq(amount, credit, "amount");
        vm.assertEq(ANN.balance, wealth + credit, "wealth");
        vm.assertEq(_credit(ANN), 0, "credit");
        vm.assertEq(_verified(ANN), 2, "verified");
        vm.assertEq(_escrow(), escrow - credit, "escrow");
        vm.assertEq(address(pool).balance, escrow - credit, "balance");
    }

    /* RECEIVERS */

    function test_withdraw_ofAContractWallet() external everyPool {
        Wallet wallet = new Wallet();
        _credited(address(wallet));

        _withdraw(address(wallet));

        vm.assertEq(address(wallet).balance, CHANGE, "wealth");
    }

    function test_withdraw_ofAReceiverThatRevertsKeepsItsCredit() external everyPool {
        Refuser receiver = new Refuser();
        _credited(address(receiver));
        _credited(ANN);

        vm.expectRevert(abi.encodeWithSelector(IPool.WithdrawalFailed.selector, address(receiver), CHANGE));
        _withdraw(address(receiver));

        vm.assertEq(_credit(address(receiver)), CHANGE, "credit");
        vm.assertEq(_withdraw(ANN), CHANGE, "nobody else is held up");
        receiver.accept();
        vm.assertEq(_withdraw(address(receiver)), CHANGE, "it can change its mind");
    }

    function test_withdraw_ofAReceiverThatEatsAllGasHarmsNobodyElse() external everyPool {
        GasEater receiver = new GasEater();
        _credited(address(receiver));
        _credited(ANN);

        // a sixty-fourth of the gas is kept back from the receiver: enough to say what happened
        vm.prank(address(receiver));
        (bool done, bytes memory answer) = address(pool).call{gas: 1_000_000}(abi.encodeCall(IPool.withdraw, ()));

        vm.assertFalse(done, "done");
        vm.assertEq(
            answer, abi.encodeWithSelector(IPool.WithdrawalFailed.selector, address(receiver), CHANGE), "reason"
        );
        vm.assertEq(_credit(address(receiver)), CHANGE, "credit");
        vm.assertEq(_withdraw(ANN), CHANGE, "nobody else is held up");
    }

    /// @dev The answer of a receiver is not copied: the caller pays for making it and for nothing more.
    function test_gas_withdraw_ofAReceiverThatAnswersAtLengthCostsOnlyTheAnswer() external everyPool {
        uint256 short = _costOfWithdrawal(address(new Bomb(32, false)));
        uint256 long = _costOfWithdrawal(address(new Bomb(100_000, false)));

        // 100,000 bytes of memory cost the receiver about 28,500 gas, and a copy of them would cost as much again
        vm.assertLt(long - short, 32_000, "gas");
    }

    function test_withdraw_ofAReceiverThatRevertsAtLengthIsRefusedInFewWords() external everyPool {
        Bomb receiver = new Bomb(100_000, true);
        _credited(address(receiver));

        vm.expectRevert(abi.encodeWithSelector(IPool.WithdrawalFailed.selector, address(receiver), CHANGE));
        _withdraw(address(receiver));
    }

    /* REENTRANCY */

    function test_withdraw_againFromWithinIsRefusedAndPaysOnce() external everyPool {
        Reentrant receiver = _reentrant(abi.encodeCall(IPool.withdraw, ()), 0, false);

        vm.assertEq(_withdraw(address(receiver)), CHANGE, "amount");

        vm.assertFalse(receiver.succeeded(), "the second");
        vm.assertEq(address(receiver).balance, CHANGE, "wealth");
        vm.assertEq(_credit(address(receiver)), 0, "credit");
        vm.assertEq(address(pool).balance, _escrow(), "balance");
    }

    function test_withdraw_againByAReceiverThatInsistsPaysNothing() external everyPool {
        Reentrant receiver = _reentrant(abi.encodeCall(IPool.withdraw, ()), 0, true);

        vm.expectRevert(abi.encodeWithSelector(IPool.WithdrawalFailed.selector, address(receiver), CHANGE));
        _withdraw(address(receiver));

        vm.assertEq(_credit(address(receiver)), CHANGE, "credit");
    }

    function test_contribute_fromWithinAWithdrawalCountsLikeAnyOther() external everyPool {
        uint256 price = pool.priceAfter(1);
        bytes memory data = abi.encodeCall(IPool.contribute, (kind.sample, 0, price));
        Reentrant receiver = _reentrant(data, price + 1, true);
        uint256 count = _count();
        uint256 escrow = _escrow();

        _withdraw(address(receiver));

        vm.assertTrue(receiver.succeeded(), "contributed");
        vm.assertEq(_count(), count + 1, "count");
        vm.assertEq(_credit(address(receiver)), 1, "credit");
        vm.assertEq(_escrow(), escrow - CHANGE + price + 1, "escrow");
        vm.assertEq(address(pool).balance, _escrow(), "balance");
    }

    function test_claims_fromWithinAWithdrawalCountLikeAnyOther() external everyPoolAndForm {
        Reentrant receiver = new Reentrant();
        vm.deal(address(receiver), WEALTH);
        Made memory made = _make(address(receiver), kind.sample, 1);
        _teach(kind.sample, 1);
        bytes memory data = made.batched
            ? abi.encodeCall(IPool.refundFromBatch, (made.what, made.sample, made.first, made.proof))
            : abi.encodeCall(IPool.refund, (made.what, made.sample));
        _credited(address(receiver));
        receiver.prepare(data, 0, true);
        _open(made);

        _withdraw(address(receiver));

        vm.assertEq(_credit(address(receiver)), made.what.deposit, "credit");
        vm.assertEq(_verified(address(receiver)), 1, "verified");
        vm.assertEq(address(pool).balance, _escrow(), "balance");
        vm.expectRevert(abi.encodeWithSelector(IPool.ContributionClosed.selector, made.what.index));
        _refund(address(receiver), made);
    }

    /* ETHER THAT NOBODY ASKED FOR */

    function test_fuzz_plainTransfersAreRefused(uint256 value, bytes calldata data) external everyPool {
        vm.assume(data.length < 4);
        vm.prank(ANN);
        (bool done,) = address(pool).call{value: _bound(value, 0, MAX_CHANGE)}(data);
        vm.assertFalse(done, "done");
    }

    function test_verbsThatTakeNoEtherRefuseIt() external everyPool {
        _credited(ANN);
        vm.prank(ANN);
        (bool done,) = address(pool).call{value: 1}(abi.encodeCall(IPool.withdraw, ()));
        vm.assertFalse(done, "done");
    }

    function test_fuzz_etherThatComesByForceChangesNoAccount(uint256 amount) external everyPoolAndForm {
        amount = _bound(amount, 1, MAX_CHANGE);
        Made memory made = _make(ANN, kind.sample, 1);
        _credited(BOB);
        uint256 escrow = _escrow();
        vm.deal(address(this), amount);

        new Forcer{value: amount}(payable(address(pool)));

        vm.assertEq(address(pool).balance, escrow + amount, "balance");
        vm.assertEq(_escrow(), escrow, "escrow");
        _end(made);
        _collect(ANN, made);
        _withdraw(BOB);
        if (_credit(ANN) != 0) _withdraw(ANN);
        vm.assertGe(address(pool).balance, _escrow() + amount, "what came by force stays");
    }

    /* INTERNAL */

    function _credited(address who) private {
        uint256 price = pool.price();
        if (who.balance < WEALTH) vm.deal(who, price + CHANGE);
        vm.prank(who);
        pool.contribute{value: price + CHANGE}(kind.sample, 1, price);
    }

    function _reentrant(bytes memory data, uint256 value, bool insists) private returns (Reentrant receiver) {
        receiver = new Reentrant();
        _credited(address(receiver));
        receiver.prepare(data, value, insists);
    }

    function _costOfWithdrawal(address receiver) private returns (uint256 gas) {
        _credited(receiver);
        vm.prank(receiver);
        gas = gasleft();
        pool.withdraw();
        gas -= gasleft();
    }
}
