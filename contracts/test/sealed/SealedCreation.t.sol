// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModel} from "../../src/interfaces/IModel.sol";
import {IPool} from "../../src/interfaces/IPool.sol";
import {IPoolFactory} from "../../src/interfaces/IPoolFactory.sol";
import {ISealedPool} from "../../src/interfaces/ISealedPool.sol";
import {Deployment} from "../kit/Deployment.sol";
import {vm} from "../kit/Vm.sol";
import {SealedTest} from "./SealedTest.sol";

/// @notice What a pool under `sealed-assessment` can be created with, and what it says of itself then.
contract SealedCreationTest is SealedTest {
    uint24 private constant MOST_WORDS = 11_969;

    /* FAILURES */

    function test_creation_failsForEachParameterOutOfRange() external {
        Rules memory r = rules;
        r.epochLength = 1 hours - 1;
        _refused(r, 0, 1 hours - 1, 1 hours, 366 days);
        r.epochLength = 366 days + 1;
        _refused(r, 0, 366 days + 1, 1 hours, 366 days);
        r = rules;
        r.waitSeals = 0;
        _refused(r, 1, 0, 1, 255);
        // as many seals as come within 366 days
        (r.epochLength, r.waitSeals) = (10 days, 37);
        _refused(r, 1, 37, 1, 36);
        (r.epochLength, r.waitSeals) = (366 days, 2);
        _refused(r, 1, 2, 1, 1);
        r = rules;
        r.riskSeals = r.waitSeals - 1;
        _refused(r, 2, 1, 2, 255);
        r = rules;
        r.learnSeals = r.riskSeals - 1;
        _refused(r, 3, 2, 3, 255);
        r = rules;
        r.rate = 0;
        _refused(r, 4, 0, 1, 255);
        r = rules;
        (r.rate, r.mostStanding) = (9, 8);
        _refused(r, 6, 8, 9, type(uint16).max);
        (r.rate, r.learningCost, r.mostStanding) = (1, 9, 8);
        _refused(r, 6, 8, 9, type(uint16).max);
        r = rules;
        r.averaging = 0;
        _refused(r, 8, 0, 1, 255);
        r = rules;
        r.judgeShift = 7;
        _refused(r, 9, 7, 0, 6);
        r = rules;
        r.agreedPrice = 0;
        _refused(r, 11, 0, 1, type(uint96).max);
        r = rules;
        r.promisedPrice = r.agreedPrice - 1;
        _refused(r, 12, r.agreedPrice - 1, r.agreedPrice, type(uint96).max);
        r = rules;
        r.riskPrice = r.promisedPrice;
        _refused(r, 13, r.promisedPrice, r.promisedPrice + 1, type(uint96).max);
    }

    function test_creation_failsForRulesOfAnotherLength() external {
        bytes memory chunk = bytes.concat(_packed(rules), _bytes(_reference()));
        uint256 expected = 1 + chunk.length;
        vm.expectRevert(abi.encodeWithSelector(ISealedPool.SealedRulesInvalid.selector, expected, expected + 1));
        this.create(bytes.concat(chunk, hex"00"), _bytes(_weights()), NUM_WORDS);
        vm.expectRevert(abi.encodeWithSelector(ISealedPool.SealedRulesInvalid.selector, expected, 68));
        this.create(_packed(rules), _bytes(_weights()), NUM_WORDS);
    }

    function test_creation_failsForRulesThatAreNoCodeOrCouldChange() external {
        uint256 expected = 1 + 67 + 2 * (uint256(NUM_WORDS) + 1);
        vm.expectRevert(abi.encodeWithSelector(ISealedPool.SealedRulesInvalid.selector, expected, 0));
        this.createAt(address(0xDEAD));
        bytes memory code = bytes.concat(hex"01", _packed(rules), _bytes(_reference()));
        vm.etch(address(0xDEAD), code);
        vm.expectRevert(abi.encodeWithSelector(ISealedPool.SealedRulesInvalid.selector, expected, expected));
        this.createAt(address(0xDEAD));
    }

    /// @dev Words first, the bias last; 64 times 512 is one too many for int16, 64 times -512 is not.
    function test_creation_failsForAWeightThatTheJudgeCannotHold() external {
        int16[] memory weights = _weights();
        weights[7] = 512;
        _refusedWeight(weights, 6, 512);
        weights[7] = -513;
        _refusedWeight(weights, 6, -513);
        weights[7] = -512;
        weights[0] = 600;
        _refusedWeight(weights, NUM_WORDS, 600);
        weights[0] = 511;
        this.create(bytes.concat(_packed(rules), _bytes(_reference())), _bytes(weights), NUM_WORDS);
    }

    function test_creation_failsForMoreWordsThanASealHolds() external {
        uint24 words = MOST_WORDS + 1;
        address[] memory chunks = new address[](1);
        chunks[0] = factory.storeChunk(new bytes(2 * uint256(words)));
        address where = factory.storeChunk(bytes.concat(_packed(rules), new bytes(2 * (uint256(words) + 1))));
        IPoolFactory.PoolParameters memory parameters = _described(where, new bytes(2 * (uint256(words) + 1)), words);

        vm.expectRevert(abi.encodeWithSelector(IModel.ModelParametersInvalid.selector, words, MOST_WORDS));
        factory.createPool(parameters, chunks, new bytes(2));
    }

    function test_creation_failsASecondTime() external {
        vm.expectRevert(abi.encodeWithSelector(IPool.PoolAlreadyInitialized.selector));
        pool.initialize();
    }

    function test_theImplementationItselfIsLocked() external {
        ISealedPool locked = ISealedPool(Deployment.deploy("SealedAssessedSparsePerceptron", abi.encode(FORWARDER)));
        vm.expectRevert(abi.encodeWithSelector(IPool.PoolAlreadyInitialized.selector));
        locked.initialize();
        vm.expectRevert(abi.encodeWithSelector(IPool.ContributionsPaused.selector));
        locked.contribute("", 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IPool.PaymentTooHigh.selector, 1));
        locked.fund{value: 1}();
    }

    /* WHAT IT SAYS OF ITSELF */

    function test_fuzz_parameters_areReadAsTheyWereGiven(Rules memory r) external {
        rules = _inRange(r);
        pool = _create();

        vm.assertEq(keccak256(abi.encodePacked(pool.incentiveParameters())), keccak256(abi.encodePacked(_numbers())), "all");
        vm.assertEq(pool.incentiveId(), "sealed-assessment/1", "id");
        vm.assertEq(pool.modelId(), "sparse-perceptron/1", "model");
        vm.assertEq(pool.encoderHash(), ENCODER_HASH, "encoder");
        vm.assertEq(pool.owner(), OWNER, "owner");
        vm.assertEq(pool.rules().code.length, 1 + 67 + 2 * (uint256(NUM_WORDS) + 1), "chunk");
    }

    function test_aNewPoolHasNothingAndItsJudgeIsTheLearnerMultiplied() external view {
        (uint256 count, uint256 epoch, uint256 sealedAt, uint256 escrow, uint256 budget) = pool.state();
        vm.assertEq(count + epoch + escrow + budget, 0, "nothing");
        vm.assertEq(sealedAt, START, "since its creation");
        int32[] memory judge = pool.judgeWeights(0, uint256(NUM_WORDS) + 1);
        int32[] memory learner = pool.weights(0, uint256(NUM_WORDS) + 1);
        int32[] memory direction = pool.referenceWeights(0, uint256(NUM_WORDS) + 1);
        int16[] memory given = _reference();
        bytes memory packed;
        for (uint256 i = 0; i <= NUM_WORDS; ++i) {
            vm.assertEq(judge[i], int256(learner[i]) * 64, "judge");
            vm.assertEq(direction[i], given[i == NUM_WORDS ? 0 : i + 1], "reference");
            packed = abi.encodePacked(packed, judge[i]);
        }
        vm.assertEq(pool.judgeDigest(), keccak256(packed), "digest");
        (uint16 label, int256 score) = pool.predict(good);
        vm.assertEq(label, 1, "label");
        vm.assertEq(score, 9 * 64, "score");
    }

    function test_weightsOfTheJudge_failForARangeThatIsNone() external {
        uint256 count = uint256(NUM_WORDS) + 1;
        vm.expectRevert(abi.encodeWithSelector(IModel.WeightRangeInvalid.selector, 3, 3, count));
        pool.judgeWeights(3, 3);
        vm.expectRevert(abi.encodeWithSelector(IModel.WeightRangeInvalid.selector, 3, count + 1, count));
        pool.referenceWeights(3, count + 1);
    }

    /* INTERNAL */

    function create(bytes memory chunk, bytes memory weights, uint24 numWords) external returns (ISealedPool) {
        return _createWith(chunk, weights, numWords);
    }

    function createAt(address where) external returns (ISealedPool) {
        return _createAt(where, _bytes(_weights()), NUM_WORDS);
    }

    function _refused(Rules memory r, uint256 parameter, uint256 value, uint256 least, uint256 most) private {
        vm.expectRevert(
            abi.encodeWithSelector(ISealedPool.SealedParameterOutOfRange.selector, parameter, value, least, most)
        );
        this.create(bytes.concat(_packed(r), _bytes(_reference())), _bytes(_weights()), NUM_WORDS);
    }

    function _refusedWeight(int16[] memory weights, uint256 index, int256 weight) private {
        vm.expectRevert(abi.encodeWithSelector(IModel.ModelWeightOutOfRange.selector, index, weight));
        this.create(bytes.concat(_packed(rules), _bytes(_reference())), _bytes(weights), NUM_WORDS);
    }

    function _inRange(Rules memory r) private pure returns (Rules memory) {
        if (r.waitSeals == 0) r.waitSeals = 1;
        r.epochLength = uint32(1 hours + r.epochLength % (366 days / r.waitSeals - 1 hours + 1));
        if (r.riskSeals < r.waitSeals) r.riskSeals = r.waitSeals;
        if (r.learnSeals < r.riskSeals) r.learnSeals = r.riskSeals;
        if (r.rate == 0) r.rate = 1;
        if (r.mostStanding < r.rate) r.mostStanding = r.rate;
        if (r.mostStanding < r.learningCost) r.mostStanding = r.learningCost;
        if (r.averaging == 0) r.averaging = 1;
        r.judgeShift %= 7;
        if (r.agreedPrice == 0) r.agreedPrice = 1;
        if (r.agreedPrice == type(uint96).max) r.agreedPrice -= 1;
        if (r.promisedPrice < r.agreedPrice) r.promisedPrice = r.agreedPrice;
        if (r.promisedPrice == type(uint96).max) r.promisedPrice -= 1;
        if (r.riskPrice <= r.promisedPrice) r.riskPrice = r.promisedPrice + 1;
        return r;
    }

    function _numbers() private view returns (uint256[] memory n) {
        Rules memory r = rules;
        n = new uint256[](15);
        (n[0], n[1], n[2], n[3], n[4]) = (r.epochLength, r.waitSeals, r.riskSeals, r.learnSeals, r.rate);
        (n[5], n[6], n[7], n[8], n[9]) = (r.learningCost, r.mostStanding, r.gate, r.averaging, r.judgeShift);
        (n[10], n[11], n[12], n[13], n[14]) =
            (r.mostFeatures, r.agreedPrice, r.promisedPrice, r.riskPrice, r.sealBounty);
    }
}
