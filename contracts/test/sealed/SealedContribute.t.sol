// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModel} from "../../src/interfaces/IModel.sol";
import {IPool} from "../../src/interfaces/IPool.sol";
import {ISealedPool} from "../../src/interfaces/ISealedPool.sol";
import {Packing} from "../kit/Packing.sol";
import {vm} from "../kit/Vm.sol";
import {SealedTest} from "./SealedTest.sol";

/// @notice Contributing: what is refused, which of three outcomes a sample is, what it costs, what it does to standing.
contract SealedContributeTest is SealedTest {
    /* FAILURES */

    function test_contribute_failsWhilePaused() external {
        vm.prank(OWNER);
        pool.pause();
        vm.expectRevert(abi.encodeWithSelector(IPool.ContributionsPaused.selector));
        pool.contribute("", 7, 0);
    }

    function test_fuzz_contribute_failsForAnUnknownLabel(uint16 label) external {
        vm.assume(label > 1);
        vm.expectRevert(abi.encodeWithSelector(IModel.LabelOutOfRange.selector, label, 2));
        pool.contribute("", label, 0);
    }

    function test_contribute_failsForMoreFeaturesThanThePoolTakes() external {
        rules.mostFeatures = 2;
        pool = _create();
        vm.expectRevert(abi.encodeWithSelector(IModel.SampleTooLong.selector, 3, 2));
        pool.contribute(good, 1, 0);
        rules.mostFeatures = 3;
        pool = _create();
        _contribute(ANN, good, 1);
    }

    function test_contribute_failsForMoreFeaturesThanTheModelTakes() external {
        rules.mostFeatures = 0;
        pool = _create();
        vm.expectRevert(abi.encodeWithSelector(IModel.SampleTooLong.selector, 1025, 1024));
        pool.contribute(new bytes(2050), 1, MAX);
    }

    function test_contribute_failsForASampleThatIsNone() external {
        _refusedSample("", abi.encodeWithSelector(IModel.SampleEmpty.selector));
        _refusedSample(hex"000102", abi.encodeWithSelector(IModel.SampleLengthInvalid.selector, 3));
        _refusedSample(
            Packing.words(1, 5, 5), abi.encodeWithSelector(IModel.SampleNotAscending.selector, 2, 5, 5)
        );
        _refusedSample(
            Packing.words(6, 5, 499), abi.encodeWithSelector(IModel.SampleNotAscending.selector, 1, 6, 5)
        );
        _refusedSample(
            Packing.words(1, 5, 500), abi.encodeWithSelector(IModel.SampleFeatureOutOfRange.selector, 2, 500, 500)
        );
        _refusedSample(
            Packing.words(1, 65_535, 6), abi.encodeWithSelector(IModel.SampleFeatureOutOfRange.selector, 1, 65_535, 500)
        );
    }

    function test_contribute_failsAboveTheHighestPrice() external {
        _refusedPrice(good, 1, rules.agreedPrice);
        _refusedPrice(good, 0, rules.riskPrice);
        _earn(ANN, rules.rate);
        _refusedPrice(good, 0, rules.promisedPrice);
    }

    function test_fuzz_contribute_failsWithoutTheMoney(uint96 value) external {
        value %= rules.agreedPrice;
        vm.expectRevert(abi.encodeWithSelector(IPool.PaymentTooLow.selector, rules.agreedPrice, 0, value));
        vm.prank(ANN);
        pool.contribute{value: value}(good, 1, MAX);
    }

    function test_contribute_failsForMoreMoneyThanAPoolHolds() external {
        _contribute(ANN, good, 1);
        vm.prank(OWNER);
        pool.fund{value: 5}();
        uint256 room = type(uint96).max - rules.agreedPrice - 5;
        vm.deal(ANN, room + 1);
        vm.expectRevert(abi.encodeWithSelector(IPool.PaymentTooHigh.selector, room + 1));
        vm.prank(ANN);
        pool.contribute{value: room + 1}(good, 1, MAX);

        vm.prank(ANN);
        pool.contribute{value: room}(good, 1, MAX);
        vm.assertEq(_escrow() + _budget(), type(uint96).max, "full");
    }

    /* WHAT IT DOES */

    function test_anAgreedSampleIsCheapAndEarnsStanding() external {
        Made memory made = _next(ANN, good, 1);
        vm.assertEq(made.what.outcome, AGREED, "outcome");
        vm.assertEq(made.what.deposit, rules.agreedPrice, "deposit");
        vm.expectEmit(address(pool));
        emit ISealedPool.Contributed(0, ANN, 1, AGREED, 0, rules.agreedPrice, 1, good);
        _contribute(ANN, good, 1);

        vm.assertEq(_standing(ANN), 1, "standing");
        vm.assertEq(_escrow(), rules.agreedPrice, "escrow");
        vm.assertEq(address(pool).balance, rules.agreedPrice, "balance");
        vm.assertEq(
            pool.commitment(0),
            uint224(uint256(keccak256(abi.encode(made.what, keccak256(good))))),
            "224 bits of a hash of seven words"
        );
    }

    function test_standingEndsWhereThePoolSays() external {
        rules.mostStanding = 4;
        pool = _create();
        _earn(ANN, 6);
        vm.assertEq(_standing(ANN), 4, "standing");
    }

    function test_aDisagreementWithStandingIsPromisedAndTakesSome() external {
        _earn(ANN, uint256(rules.rate) + 1);
        vm.expectEmit(address(pool));
        emit ISealedPool.Contributed(4, ANN, 0, PROMISED, 0, rules.promisedPrice, 1, good);
        _contribute(ANN, good, 0);
        vm.assertEq(_standing(ANN), 1, "standing");
        vm.assertEq(pool.atRisk(0), 0, "nothing at risk");
    }

    function test_aDisagreementWithoutIsAtRisk() external {
        _earn(ANN, uint256(rules.rate) - 1);
        uint256 standing = _standing(ANN);
        vm.expectEmit(address(pool));
        emit ISealedPool.Contributed(2, ANN, 0, AT_RISK, 0, rules.riskPrice, uint16(standing), good);
        _contribute(ANN, good, 0);
        vm.assertEq(_standing(ANN), standing, "standing");
        _contribute(BOB, bad, 1);
        vm.assertEq(pool.atRisk(0), 2 * uint256(rules.riskPrice), "at risk");
    }

    function test_standingIsAnAccountsOwn() external {
        _earn(ANN, 5);
        vm.assertEq(_standing(BOB), 0, "standing");
        vm.assertEq(_next(BOB, good, 0).what.outcome, AT_RISK, "outcome");
    }

    function test_changeBecomesCreditAndPaysForTheNext() external {
        vm.expectEmit(address(pool));
        emit IPool.CreditChanged(ANN, rules.agreedPrice + 7);
        vm.prank(ANN);
        pool.contribute{value: 2 * uint256(rules.agreedPrice) + 7}(good, 1, MAX);
        vm.prank(ANN);
        pool.contribute(good, 1, MAX);
        vm.assertEq(_credit(ANN), 7, "credit");
        vm.assertEq(_standing(ANN), 2, "standing beside the credit");
        vm.assertEq(_escrow(), 2 * uint256(rules.agreedPrice) + 7, "escrow");
    }

    function test_theLearnerIsNotTouched() external {
        bytes32 digest = pool.digest();
        _contribute(ANN, good, 0);
        vm.assertEq(pool.digest(), digest, "learner");
    }

    function test_theForwarderSaysWhoSigned() external {
        bytes memory data = abi.encodeCall(ISealedPool.contribute, (good, 1, MAX));
        vm.prank(FORWARDER);
        (bool done,) = address(pool).call{value: rules.agreedPrice}(abi.encodePacked(data, BOB));
        vm.assertTrue(done, "forwarded");
        vm.assertEq(_standing(BOB), 1, "BOB's");
    }

    /// @dev Every place: a word that is not above the one before is found wherever it is.
    function test_aSampleIsRefusedWhereverItDoesNotAscend() external {
        for (uint256 place = 1; place < 40; ++place) {
            bytes memory sample;
            for (uint256 i = 0; i < 40; ++i) {
                sample = abi.encodePacked(sample, uint16(i == place ? 10 * i - 1 : 10 * (i + 1)));
            }
            _refusedSample(
                sample,
                abi.encodeWithSelector(IModel.SampleNotAscending.selector, place, 10 * place, 10 * place - 1)
            );
        }
    }

    /* INTERNAL */

    function _refusedSample(bytes memory sample, bytes memory reason) private {
        vm.expectRevert(reason);
        pool.contribute(sample, 1, MAX);
        vm.expectRevert(reason);
        pool.predict(sample);
    }

    function _refusedPrice(bytes memory sample, uint16 label, uint256 price) private {
        vm.expectRevert(abi.encodeWithSelector(IPool.PriceAboveMaximum.selector, price, price - 1));
        vm.prank(ANN);
        pool.contribute{value: price}(sample, label, price - 1);
    }
}
