// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModel} from "../../src/interfaces/IModel.sol";
import {IPool} from "../../src/interfaces/IPool.sol";
import {PoolTest} from "../kit/PoolTest.sol";
import {Proofs} from "../kit/Proofs.sol";
import {Vm, vm} from "../kit/Vm.sol";

contract ContributeTest is PoolTest {
    function test_contribute_failsWhilePaused() external everyPool {
        vm.prank(OWNER);
        pool.pause();
        uint256 price = pool.price();

        vm.expectRevert(IPool.ContributionsPaused.selector);
        vm.prank(ANN);
        pool.contribute{value: price}(kind.sample, 1, price);
    }

    function test_fuzz_contribute_failsForAnUnknownLabel(uint16 label) external everyPool {
        uint16 classes = pool.classCount();
        label = uint16(_bound(label, classes, type(uint16).max));
        uint256 price = pool.price();

        vm.expectRevert(abi.encodeWithSelector(IModel.LabelOutOfRange.selector, label, classes));
        vm.prank(ANN);
        pool.contribute{value: price}(kind.sample, label, price);
    }

    function test_contribute_failsForAnEmptySample() external everyPool {
        uint256 price = pool.price();

        vm.expectRevert();
        vm.prank(ANN);
        pool.contribute{value: price}("", 1, price);
    }

    function test_fuzz_contribute_failsAboveTheMaximumPrice(uint256 maxPrice) external everyPool {
        if (!_hasDeposits()) return;
        uint256 price = pool.price();
        maxPrice = _bound(maxPrice, 0, price - 1);

        vm.expectRevert(abi.encodeWithSelector(IPool.PriceAboveMaximum.selector, price, maxPrice));
        vm.prank(ANN);
        pool.contribute{value: price}(kind.sample, 1, maxPrice);
    }

    function test_fuzz_contribute_failsWhenCreditAndValueAreTooLow(uint256 credit, uint256 value) external everyPool {
        if (!_hasDeposits()) return;
        _giveCredit(_bound(credit, 0, pool.priceAfter(1) - 1));
        credit = _credit(ANN);
        uint256 price = pool.price();
        value = _bound(value, 0, price - credit - 1);

        vm.expectRevert(abi.encodeWithSelector(IPool.PaymentTooLow.selector, price, credit, value));
        vm.prank(ANN);
        pool.contribute{value: value}(kind.sample, 1, price);
    }

    function test_fuzz_contribute_failsWhenThePaymentOverflowsTheEscrow(uint256 value) external everyPool {
        _contribute(BOB, kind.sample, 0);
        value = _bound(value, type(uint96).max - _escrow() + 1, type(uint128).max);
        vm.deal(ANN, value);
        uint256 price = pool.price();

        vm.expectRevert(abi.encodeWithSelector(IPool.PaymentTooHigh.selector, value));
        vm.prank(ANN);
        pool.contribute{value: value}(kind.sample, 1, price);
    }

    function test_contribute_acceptsTheHighestPaymentThatFits() external everyPool {
        _contribute(BOB, kind.sample, 0);
        uint256 value = type(uint96).max - _escrow();
        vm.deal(ANN, value);
        uint256 price = pool.price();

        vm.prank(ANN);
        pool.contribute{value: value}(kind.sample, 1, price);

        vm.assertEq(_escrow(), type(uint96).max, "escrow");
        vm.assertEq(_credit(ANN), value - price, "change");
        vm.assertEq(_count(), 2, "count");
        vm.assertEq(_totalVerified(), 0, "verified");
        vm.assertFalse(pool.paused(), "paused");
    }

    function test_fuzz_contribute_keepsTheDepositAndCreditsTheChange(uint256 change, uint256 idle) external everyPool {
        vm.warp(block.timestamp + _bound(idle, 0, MAX_IDLE));
        change = _bound(change, 0, MAX_CHANGE);
        uint256 price = pool.price();

        vm.prank(ANN);
        uint256 index = pool.contribute{value: price + change}(kind.sample, 1, price);

        (uint256 left,) = pool.claimable(index);
        vm.assertEq(left, price, "claimable");
        vm.assertEq(_credit(ANN), change, "credit");
        vm.assertEq(_escrow(), price + change, "escrow");
        vm.assertEq(address(pool).balance, price + change, "balance");
    }

    function test_fuzz_contribute_usesCreditFirst(uint256 credit, uint256 value) external everyPool {
        _giveCredit(_bound(credit, 0, MAX_CHANGE));
        credit = _credit(ANN);
        uint256 price = pool.price();
        value = _bound(value, price > credit ? price - credit : 0, MAX_CHANGE + price);
        uint256 escrow = _escrow();

        vm.prank(ANN);
        pool.contribute{value: value}(kind.sample, 1, price);

        vm.assertEq(_credit(ANN), credit + value - price, "credit");
        vm.assertEq(_escrow(), escrow + value, "escrow");
    }

    function test_contribute_countsFromZeroAndKeepsTheTime() external everyPool {
        for (uint256 i = 0; i < 3; ++i) {
            vm.warp(block.timestamp + 7);
            vm.assertEq(_contribute(ANN, kind.sample, 1).what.index, i, "index");
            (uint256 count, uint256 lastAccepted,,) = pool.state();
            vm.assertEq(count, i + 1, "count");
            vm.assertEq(lastAccepted, block.timestamp, "last accepted");
        }
    }

    function test_contribute_commitsToEverythingThatAClaimBrings() external everyPool {
        Made memory made = _contribute(ANN, kind.sample, 1);

        (, uint160 commitment) = pool.claimable(0);

        vm.assertEq(commitment, uint160(uint256(Proofs.leaf(made.what, made.sample))), "commitment");
    }

    function test_contribute_announcesItselfAndTheChange() external everyPool {
        uint256 price = pool.price();

        vm.expectEmit(address(pool));
        emit IPool.CreditChanged(ANN, 5);
        vm.prank(ANN);
        pool.contribute{value: price + 5}(kind.sample, 1, price);

        vm.recordLogs();
        Made memory made = _contribute(ANN, kind.other, 0);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        // the exact price, so no change; credit pays nothing while the value covers it
        vm.assertEq(logs.length, 1, "logs");
        vm.assertEq(logs[0].topics[0], IPool.Contributed.selector, "event");
        vm.assertEq(uint256(logs[0].topics[1]), 1, "index");
        vm.assertEq(uint256(logs[0].topics[2]), uint160(ANN), "contributor");
        (uint16 label,, uint96 deposit, bytes memory sample) = abi.decode(logs[0].data, (uint16, uint16, uint96, bytes));
        vm.assertEq(label, 0, "label");
        vm.assertEq(deposit, made.what.deposit, "deposit");
        vm.assertEq(sample, kind.other, "sample");
    }

    function test_contribute_turnsTheModelInTheEnd() external everyPool {
        _teach(kind.sample, 1);
        vm.assertEq(_predicted(kind.sample), 1, "prediction");
        _teach(kind.sample, 0);
        vm.assertEq(_predicted(kind.sample), 0, "prediction");
    }

    function test_everyKindOfPoolAcceptsASample() external everyPool {
        vm.label(address(pool), kind.name);
        _contribute(ANN, kind.sample, 1);
        vm.assertEq(_count(), 1, kind.name);
    }

    function _giveCredit(uint256 amount) private {
        uint256 price = pool.price();
        vm.prank(ANN);
        pool.contribute{value: price + amount}(kind.sample, 1, price);
    }
}
