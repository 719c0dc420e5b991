// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPool} from "../../src/interfaces/IPool.sol";
import {PoolTest} from "../kit/PoolTest.sol";
import {vm} from "../kit/Vm.sol";

/// @title ManyTest
/// @notice Several claims in one call do what each does alone, or nothing; and credit that goes to somebody else.
contract ManyTest is PoolTest {
    uint256 private constant ALONE = type(uint256).max;

    /* ALL */

    function test_fuzz_refundMany_isEachRefundOneAfterTheOther(uint8 seed) external everyPool {
        Made[] memory made = _mixed(ANN);
        _teach(kind.sample, 1);
        _open(made[3]);
        IPool.Claim[] memory claims = _claims(made);
        (claims[0], claims[seed % 4]) = (claims[seed % 4], claims[0]);
        uint256 before = vm.snapshotState();
        for (uint256 i = 0; i < made.length; ++i) {
            _refund(ANN, made[i]);
        }
        bytes32 expected = _state(made);
        uint256 credit = _credit(ANN);
        require(vm.revertToState(before), "no such snapshot");

        uint256 mine = _credit(ANN);
        vm.prank(ANN);
        uint256 amount = pool.refundMany(claims);

        vm.assertEq(_state(made), expected, "as each alone");
        vm.assertEq(amount, credit - mine, "amount");
        vm.assertEq(_verified(ANN), 4, "verified");
    }

    function test_reportMany_isEachReportOneAfterTheOther() external everyPool {
        _verify(BOB, 2);
        _verify(EVE, 3);
        Made[] memory made = _mixed(ANN);
        _teach(kind.sample, 0);
        _open(made[3]);
        uint256 before = vm.snapshotState();
        for (uint256 i = 0; i < made.length; ++i) {
            _report(BOB, made[i]);
        }
        bytes32 expected = _state(made);
        uint256 credit = _credit(BOB);
        require(vm.revertToState(before), "no such snapshot");

        uint256 mine = _credit(BOB);
        vm.prank(BOB);
        uint256 amount = pool.reportMany(_claims(made));

        vm.assertEq(_state(made), expected, "as each alone");
        vm.assertEq(amount, credit - mine, "amount");
    }

    function test_collectMany_isEachCollectionOneAfterTheOther() external everyPool {
        Made[] memory made = _mixed(ANN);
        _end(made[3]);
        uint256 before = vm.snapshotState();
        for (uint256 i = 0; i < made.length; ++i) {
            _collect(EVE, made[i]);
        }
        bytes32 expected = _state(made);
        require(vm.revertToState(before), "no such snapshot");

        vm.prank(EVE);
        uint256 amount = pool.collectMany(_collections(made));

        vm.assertEq(_state(made), expected, "as each alone");
        uint256 deposits;
        for (uint256 i = 0; i < made.length; ++i) {
            deposits += made[i].what.deposit;
        }
        vm.assertEq(amount, deposits, "amount");
    }

    /* NONE */

    function test_refundMany_failsAsAWholeForOneThatIsRefused() external everyPool {
        Made[] memory made = _mixed(ANN);
        _teach(kind.sample, 1);
        _open(made[3]);
        IPool.Claim[] memory claims = _claims(made);
        claims[3] = claims[0];
        bytes32 before = _state(made);

        vm.expectRevert(abi.encodeWithSelector(IPool.ContributionClosed.selector, made[0].what.index));
        vm.prank(ANN);
        pool.refundMany(claims);

        vm.assertEq(_state(made), before, "nothing changed");
    }

    function test_refundMany_failsForOneOfABatchThatIsSaidToBeAlone() external everyPool {
        Made[] memory made = _mixed(ANN);
        _teach(kind.sample, 1);
        _open(made[3]);
        IPool.Claim[] memory claims = _claims(made);
        claims[3].firstIndex = ALONE;

        vm.expectRevert(abi.encodeWithSelector(IPool.ContributionClosed.selector, made[3].what.index));
        vm.prank(ANN);
        pool.refundMany(claims);
    }

    function test_many_ofNoneDoNothing() external everyPool {
        vm.assertEq(pool.refundMany(new IPool.Claim[](0)), 0, "refunds");
        vm.assertEq(pool.reportMany(new IPool.Claim[](0)), 0, "reports");
        vm.assertEq(pool.collectMany(new IPool.Collection[](0)), 0, "collections");
    }

    /* GAS */

    /// @dev What an attacker saves on reports by sending them together, those whom it attacks save on refunds; each has
    /// standing and credit before.
    function test_reportsTogether_areNotCheaperThanRefundsTogether() external everyPool {
        _verify(BOB, 2);
        _verify(ANN, 2);
        Made[] memory mine = _mixed(ANN);
        _open(mine[3]);
        uint256 before = vm.snapshotState();
        _teach(kind.sample, 1);
        vm.warp(block.timestamp + 1);
        uint256 refunds = _gasOf(ANN, abi.encodeCall(IPool.refundMany, (_claims(mine))));
        require(vm.revertToState(before), "no such snapshot");
        _teach(kind.sample, 0);
        vm.warp(block.timestamp + 1);
        uint256 reports = _gasOf(BOB, abi.encodeCall(IPool.reportMany, (_claims(mine))));

        vm.assertLe(refunds, reports, "gas");
    }

    function _gasOf(address who, bytes memory call) private returns (uint256 used) {
        vm.prank(who);
        uint256 left = gasleft();
        (bool done,) = address(pool).call(call);
        used = left - gasleft();
        require(done, "refused");
    }

    /* WITHDRAWAL TO SOMEBODY ELSE */

    function test_fuzz_withdrawTo_paysWhoeverIsNamed(uint256 change) external everyPool {
        change = _bound(change, 1, MAX_CHANGE);
        uint256 price = pool.price();
        vm.prank(ANN);
        pool.contribute{value: price + change}(kind.sample, 1, price);
        uint256 escrow = _escrow();
        uint256 wealth = EVE.balance;
        uint256 own = ANN.balance;

        vm.expectEmit(address(pool));
        emit IPool.Withdrawn(ANN, EVE, uint96(change));
        vm.prank(ANN);
        vm.assertEq(pool.withdrawTo(EVE), change, "amount");

        vm.assertEq(EVE.balance, wealth + change, "the receiver");
        vm.assertEq(ANN.balance, own, "the account");
        vm.assertEq(_credit(ANN), 0, "credit");
        vm.assertEq(_escrow(), escrow - change, "escrow");
        vm.expectRevert(abi.encodeWithSelector(IPool.NothingToWithdraw.selector, ANN));
        vm.prank(ANN);
        pool.withdrawTo(EVE);
    }

    /// @dev A pool takes no ether that is not paid for something.
    function test_withdrawTo_failsForAReceiverThatTakesNone() external everyPool {
        uint256 price = pool.price();
        vm.prank(ANN);
        pool.contribute{value: price + 7}(kind.sample, 1, price);

        vm.expectRevert(abi.encodeWithSelector(IPool.WithdrawalFailed.selector, address(factory), 7));
        vm.prank(ANN);
        pool.withdrawTo(address(factory));
        vm.assertEq(_credit(ANN), 7, "kept");
    }

    /* STEPS */

    /// @dev Two contributions with slots of their own, and two that stand in committed batches.
    function _mixed(address who) private returns (Made[] memory made) {
        made = new Made[](4);
        for (uint256 i = 0; i < 4; ++i) {
            batched = i >= 2;
            made[i] = _make(who, kind.sample, 1);
        }
        batched = false;
    }

    function _claims(Made[] memory made) private pure returns (IPool.Claim[] memory claims) {
        claims = new IPool.Claim[](made.length);
        for (uint256 i = 0; i < made.length; ++i) {
            claims[i] = IPool.Claim(
                made[i].what, made[i].sample, made[i].batched ? made[i].first : ALONE, made[i].proof
            );
        }
    }

    function _collections(Made[] memory made) private pure returns (IPool.Collection[] memory collections) {
        collections = new IPool.Collection[](made.length);
        for (uint256 i = 0; i < made.length; ++i) {
            collections[i] = IPool.Collection(
                made[i].what, keccak256(made[i].sample), made[i].batched ? made[i].first : ALONE, made[i].proof
            );
        }
    }

    /// @dev All that claims change.
    function _state(Made[] memory made) private view returns (bytes32 state) {
        address[3] memory holders = [ANN, BOB, EVE];
        for (uint256 i = 0; i < holders.length; ++i) {
            state = keccak256(abi.encode(state, _credit(holders[i]), _verified(holders[i])));
        }
        for (uint256 i = 0; i < made.length; ++i) {
            (uint256 left, uint160 commitment) = pool.claimable(made[i].what.index);
            (, uint256 size, uint96 gone) = pool.batch(made[i].first);
            bool reported = pool.hasReported(made[i].what.index, BOB);
            state = keccak256(abi.encode(state, left, commitment, size, gone, reported));
        }
        state = keccak256(abi.encode(state, _escrow(), _totalVerified()));
    }
}
