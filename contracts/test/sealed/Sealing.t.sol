// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOwnership} from "../../src/interfaces/IOwnership.sol";
import {IPool} from "../../src/interfaces/IPool.sol";
import {ISealedPool} from "../../src/interfaces/ISealedPool.sol";
import {Packing} from "../kit/Packing.sol";
import {vm} from "../kit/Vm.sol";
import {SealedTest} from "./SealedTest.sol";

/// @notice Sealing: when, what the judge becomes, what is burned, who is paid; and the budget, credit and pauses beside it.
contract SealingTest is SealedTest {
    uint256 private constant COUNT = uint256(NUM_WORDS) + 1;

    /* WHEN */

    function test_fuzz_seal_failsBeforeTheEpochIsOver(uint32 seconds_) external {
        vm.warp(START + seconds_ % rules.epochLength);
        vm.expectRevert(
            abi.encodeWithSelector(
                ISealedPool.SealedTooEarly.selector, START + seconds_ % rules.epochLength, START + rules.epochLength
            )
        );
        pool.seal();
    }

    function test_oneSealAtATimeHoweverLateItIs() external {
        vm.warp(START + 7 * uint256(rules.epochLength));
        pool.seal();
        (, uint256 epoch, uint256 sealedAt,,) = pool.state();
        vm.assertEq(epoch, 1, "epoch");
        vm.assertEq(sealedAt, block.timestamp, "sealed at");
        vm.expectRevert(
            abi.encodeWithSelector(
                ISealedPool.SealedTooEarly.selector, block.timestamp, block.timestamp + rules.epochLength
            )
        );
        pool.seal();
    }

    /* THE JUDGE */

    function test_fuzz_judge_isWhatTheRuleSays(uint256 seed) external {
        rules.averaging = uint8(1 + seed % 9);
        rules.judgeShift = uint8((seed >> 8) % 7);
        rules.gate = type(uint32).max;
        rules.waitSeals = 1;
        pool = _create();
        _sealsAsTheRuleSays(seed >> 16);
    }

    /// @dev A weight may go as far as its lane does, which is further than the judge's int16 holds: there it ends.
    function test_judge_endsWhereInt16Does() external {
        rules.averaging = 1;
        rules.gate = type(uint32).max;
        // 511 and -512 are the ends of what fits 64 times; a step of three goes beyond
        vm.assertEq(_afterALesson(1, -3)[1], type(int16).max, "highest");
        vm.assertEq(_afterALesson(0, 2)[2], type(int16).min, "lowest");
    }

    function test_sealsAreCodeWhereNobodyElseCanWrite() external {
        _seal(130);
        (, uint256 epoch,,,) = pool.state();
        vm.assertEq(epoch, 130, "nonces of one byte and of two");
        vm.assertEq(pool.judgeDigest(), _digestOf(pool.judgeWeights(0, COUNT)), "digest");
    }

    /* WHAT EXPIRES */

    function test_whatWasAtRiskGoesIntoTheBudgetAndIsPaidAsBounties() external {
        rules.sealBounty = 40 ether;
        pool = _create();
        _contribute(ANN, good, 0);
        _contribute(BOB, good, 1);
        _seal(3);
        vm.assertEq(_escrow(), uint256(rules.riskPrice) + rules.agreedPrice, "not yet");

        (,, uint256 sealedAt,,) = pool.state();
        vm.warp(sealedAt + rules.epochLength);
        vm.recordLogs();
        vm.prank(EVE, EVE);
        vm.assertEq(pool.seal(), 40 ether, "bounty");
        vm.assertEq(_credit(EVE), 40 ether, "credit");
        vm.assertEq(_budget(), 30 ether, "budget");
        vm.assertEq(_escrow(), 40 ether + uint256(rules.agreedPrice), "escrow");
        vm.assertEq(pool.atRisk(0), 0, "nothing at risk");

        _seal(1);
        vm.assertEq(_credit(EVE), 40 ether, "nobody waited for it");
        _contribute(BOB, good, 1);
        _seal(1);
        vm.assertEq(_budget(), 0, "as far as it reaches");
        vm.assertEq(_credit(EVE), 70 ether, "all of it");
        _seal(1);
        vm.assertEq(_credit(EVE), 70 ether, "and no further");
        vm.assertEq(address(pool).balance, _escrow() + _budget(), "balance");
    }

    function test_seal_saysWhatItDid() external {
        rules.sealBounty = 3 ether;
        pool = _create();
        _contribute(ANN, good, 0);
        _seal(3);
        vm.prank(BOB);
        pool.fund{value: 1 ether}();
        vm.warp(block.timestamp + rules.epochLength);
        vm.expectEmit(address(pool));
        emit ISealedPool.Sealed(4, EVE, 3 ether, rules.riskPrice, pool.judgeDigest());
        vm.expectEmit(address(pool));
        emit IPool.CreditChanged(EVE, 3 ether);
        vm.prank(EVE, EVE);
        pool.seal();
    }

    /* WHAT A SEAL IS PAID */

    function test_aSealThatNobodyWaitsForIsPaidNothing() external {
        _fund(100 ether);
        _seal(9);
        vm.assertEq(_credit(EVE), 0, "an idle pool");
        _contribute(ANN, good, 1);
        vm.assertEq(pool.awaitedSeals(), rules.waitSeals, "until it can be settled");
        _seal(9);
        vm.assertEq(_credit(EVE), rules.waitSeals * rules.sealBounty, "one for each");
        vm.assertEq(pool.awaitedSeals(), 0, "nobody waits");
    }

    function test_whatIsAtRiskIsWaitedForUntilItIsLost() external {
        _fund(100 ether);
        _contribute(ANN, good, 0);
        vm.assertEq(pool.awaitedSeals(), rules.riskSeals + 1, "until it is lost");
        _seal(1);
        _contribute(BOB, good, 1);
        vm.assertEq(pool.awaitedSeals(), rules.riskSeals, "whoever waits longest");
        _seal(9);
        vm.assertEq(_credit(EVE), (uint256(rules.riskSeals) + 1) * rules.sealBounty, "one for each");
    }

    function test_aLessonIsWaitedForByTheNextSeal() external {
        rules.gate = type(uint32).max;
        pool = _create();
        _fund(100 ether);
        Made memory made = _contribute(ANN, good, 1);
        Made memory other = _contribute(BOB, good, 1);
        _seal(rules.waitSeals);
        _settle(made);
        _settle(other);
        vm.assertEq(pool.awaitedSeals(), 1, "one for both");
        _seal(5);
        vm.assertEq(_credit(EVE), (uint256(rules.waitSeals) + 1) * rules.sealBounty, "and no more");
    }

    function test_aLessonLeavesWhatOthersWaitForAsItIs() external {
        rules.gate = type(uint32).max;
        pool = _create();
        Made memory made = _contribute(ANN, good, 1);
        _seal(rules.waitSeals);
        _contribute(BOB, good, 1);
        _settle(made);
        vm.assertEq(pool.awaitedSeals(), rules.waitSeals, "as before");
    }

    function test_whatTeachesNothingIsWaitedForNoLonger() external {
        Made memory made = _contribute(ANN, good, 1);
        _seal(uint256(rules.learnSeals) + 1);
        _settle(made);
        vm.assertEq(pool.awaitedSeals(), 0, "too old to teach");
    }

    /// @dev Whatever else the transaction is there for could pay for the seal as well.
    function test_aSealThatIsNotAllOfItsTransactionIsPaidNothing() external {
        _fund(100 ether);
        _contribute(ANN, good, 1);
        uint256 awaited = pool.awaitedSeals();
        // out of a contract, which BOB has called
        _sealUnpaid(EVE, BOB, abi.encodeCall(pool.seal, ()));
        // by an account that has code of its own (EIP-7702)
        vm.etch(EVE, abi.encodePacked(hex"ef0100", address(this)));
        _sealUnpaid(EVE, EVE, abi.encodeCall(pool.seal, ()));
        vm.etch(EVE, "");
        // with data behind it
        _sealUnpaid(EVE, EVE, abi.encodePacked(pool.seal.selector, uint8(0)));
        vm.assertEq(pool.awaitedSeals(), awaited > 3 ? awaited - 3 : 0, "sealed all the same");
    }

    function _sealUnpaid(address caller, address origin, bytes memory data) private {
        vm.warp(block.timestamp + rules.epochLength);
        vm.prank(caller, origin);
        (bool done,) = address(pool).call(data);
        vm.assertTrue(done, "sealed");
        vm.assertEq(_credit(caller), 0, "paid");
    }

    function test_fuzz_aSealIsPaidNoMoreThanItsGas(uint96 bounty, uint64 fee) external {
        rules.sealBounty = bounty;
        pool = _create();
        _fund(type(uint96).max / 2);
        _contribute(ANN, good, 1);
        vm.fee(fee);
        uint256 budget = _budget();
        _seal(1);
        uint256 expected = (SEAL_GAS + SEAL_GAS_PER_WEIGHT * COUNT) * fee;
        if (bounty < expected) expected = bounty;
        if (budget < expected) expected = budget;
        vm.assertEq(_credit(EVE), expected, "the least of three");
        vm.assertEq(_budget(), budget - expected, "out of the budget");
    }

    /// @dev What is taken for a seal's least gas is less than four fifths of what it takes in a transaction that has read everything
    /// before, since a fifth may be refunded, in pools small and large, first seals and later ones.
    function test_gas_aSealTakesMoreThanItIsPaidForAndFitsIntoATransaction() external {
        uint24[5] memory sizes = [uint24(1), 33, 1_000, 4_000, 11_969];
        for (uint256 i = 0; i < sizes.length; ++i) {
            uint256 count = uint256(sizes[i]) + 1;
            bytes memory zeros = new bytes(2 * count);
            pool = _createWith(bytes.concat(_packed(rules), zeros), zeros, sizes[i]);
            _sealsForNoLessThanItIsPaid(3, SEAL_GAS_PER_WEIGHT, count);
        }
    }

    /* WHAT NOBODY LOSES */

    /// @dev However long nobody seals, nothing expires, and everybody can seal.
    function test_fuzz_aPoolThatNobodySealsLosesNobodysDeposit(uint32 idle) external {
        Made memory sure = _contribute(ANN, good, 1);
        Made memory risk = _contribute(BOB, good, 0);
        _earn(BOB, rules.rate);
        vm.warp(START + uint256(idle));
        vm.assertEq(pool.atRisk(0), rules.riskPrice, "at risk");
        vm.assertEq(_budget(), 0, "nothing burned");
        _seal(2);
        vm.assertEq(_settle(sure), rules.agreedPrice, "sure");
        vm.assertEq(_settle(risk), rules.riskPrice, "at risk");
    }

    /* BUDGET */

    function test_anybodyMayFund() external {
        vm.expectEmit(address(pool));
        emit ISealedPool.Funded(BOB, 5 ether, 5 ether);
        vm.prank(BOB);
        pool.fund{value: 5 ether}();
        vm.assertEq(_budget(), 5 ether, "budget");
        vm.assertEq(_escrow(), 0, "escrow");
    }

    function test_fund_failsForMoreThanAPoolHolds() external {
        _contribute(ANN, good, 1);
        uint256 room = type(uint96).max - rules.agreedPrice;
        vm.deal(BOB, room + 1);
        vm.expectRevert(abi.encodeWithSelector(IPool.PaymentTooHigh.selector, room + 1));
        vm.prank(BOB);
        pool.fund{value: room + 1}();
    }

    /* CREDIT */

    function test_withdraw_failsWithoutCredit() external {
        vm.expectRevert(abi.encodeWithSelector(IPool.NothingToWithdraw.selector, ANN));
        vm.prank(ANN);
        pool.withdraw();
    }

    function test_withdraw_failsWhereTheReceiverTakesNothing() external {
        vm.deal(address(this), 100 ether);
        pool.contribute{value: uint256(rules.agreedPrice) + 1}(good, 1, MAX);
        vm.expectRevert(abi.encodeWithSelector(IPool.WithdrawalFailed.selector, address(this), 1));
        pool.withdraw();
        vm.assertEq(_credit(address(this)), 1, "credit");
    }

    function test_withdraw_paysAllCreditAndLeavesStanding() external {
        vm.prank(ANN);
        pool.contribute{value: uint256(rules.agreedPrice) + 7}(good, 1, MAX);
        uint256 before = ANN.balance;
        vm.expectEmit(address(pool));
        emit IPool.Withdrawn(ANN, ANN, 7);
        vm.prank(ANN);
        vm.assertEq(pool.withdraw(), 7, "amount");
        vm.assertEq(ANN.balance, before + 7, "paid");
        vm.assertEq(_credit(ANN), 0, "credit");
        vm.assertEq(_standing(ANN), 1, "standing");
        vm.assertEq(_escrow(), rules.agreedPrice, "escrow");
    }

    function test_withdrawTo_failsWithoutCredit() external {
        vm.expectRevert(abi.encodeWithSelector(IPool.NothingToWithdraw.selector, ANN));
        vm.prank(ANN);
        pool.withdrawTo(BOB);
    }

    function test_withdrawTo_failsWhereTheReceiverTakesNothing() external {
        vm.prank(ANN);
        pool.contribute{value: uint256(rules.agreedPrice) + 7}(good, 1, MAX);
        vm.expectRevert(abi.encodeWithSelector(IPool.WithdrawalFailed.selector, address(this), 7));
        vm.prank(ANN);
        pool.withdrawTo(address(this));
        vm.assertEq(_credit(ANN), 7, "credit");
    }

    /// @dev For accounts that take nothing themselves: the caller's credit, and nobody else's.
    function test_withdrawTo_paysTheCallersCreditToAnybody() external {
        vm.deal(address(this), 100 ether);
        pool.contribute{value: uint256(rules.agreedPrice) + 3}(good, 1, MAX);
        vm.prank(ANN);
        pool.contribute{value: uint256(rules.agreedPrice) + 7}(good, 1, MAX);
        uint256 before = BOB.balance;
        vm.expectEmit(address(pool));
        emit IPool.Withdrawn(address(this), BOB, 3);
        vm.assertEq(pool.withdrawTo(BOB), 3, "amount");
        vm.assertEq(BOB.balance, before + 3, "paid");
        vm.assertEq(_credit(address(this)), 0, "credit");
        vm.assertEq(_standing(address(this)), 1, "standing");
        vm.assertEq(_credit(ANN), 7, "another's");
        vm.assertEq(_escrow(), 2 * uint256(rules.agreedPrice) + 7, "escrow");
    }

    /* PAUSE */

    function test_pauseAndUnpause_failForAnybodyElse() external {
        bytes memory reason = abi.encodeWithSelector(IOwnership.NotOwner.selector, EVE, OWNER);
        vm.expectRevert(reason);
        vm.prank(EVE);
        pool.pause();
        vm.expectRevert(reason);
        vm.prank(EVE);
        pool.unpause();
    }

    function test_pauseAndUnpause_sayWhatChangesAndNothingElse() external {
        vm.expectEmit(address(pool));
        emit IPool.Paused(OWNER);
        vm.prank(OWNER);
        pool.pause();
        vm.assertTrue(pool.paused(), "paused");
        vm.recordLogs();
        vm.prank(OWNER);
        pool.pause();
        vm.assertEq(vm.getRecordedLogs().length, 0, "once");
        vm.expectEmit(address(pool));
        emit IPool.Unpaused(OWNER);
        vm.prank(OWNER);
        pool.unpause();
        vm.recordLogs();
        vm.prank(OWNER);
        pool.unpause();
        vm.assertEq(vm.getRecordedLogs().length, 0, "once");
        vm.assertFalse(pool.paused(), "not paused");
        _contribute(ANN, good, 1);
    }

    /* INTERNAL */

    function _fund(uint256 value) private {
        vm.deal(OWNER, value);
        vm.prank(OWNER);
        pool.fund{value: value}();
    }

    /// @dev The judge of a pool whose learner was wrong about one sample of this label.
    function _afterALesson(uint16 label, int16 bias) private returns (int32[] memory judge) {
        int16[] memory weights = new int16[](COUNT);
        (weights[0], weights[2], weights[3]) = (bias, 511, -512);
        pool = _createWith(bytes.concat(_packed(rules), _bytes(_reference())), _bytes(weights), NUM_WORDS);
        bytes memory sample = Packing.words(1, 2, 3);
        vm.assertEq(_predicted(sample), 1 - label, "wrong");
        for (uint256 i = 0; i < rules.rate; ++i) {
            _contribute(ANN, sample, 1 - label);
        }
        Made memory made = _contribute(ANN, sample, label);
        _seal(2);
        _settle(made);
        _seal(1);
        judge = pool.judgeWeights(0, COUNT);
    }
}
