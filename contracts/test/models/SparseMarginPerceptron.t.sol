// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModel} from "../../src/interfaces/IModel.sol";
import {Packing} from "../kit/Packing.sol";
import {vm} from "../kit/Vm.sol";
import {ModelTest} from "./ModelTest.sol";

/// @notice The sparse margin perceptron against its rule in plain words: score = bias + weights of the words; unless it is further
/// than theta on the label's side, each moves by one step, as far as a weight may move; and changes count twice as much
/// for each bound that their slot has reached.
contract SparseMarginPerceptronTest is ModelTest {
    uint256 private constant MAX_FEATURES = 1024;
    uint24 private constant MAX_WORDS = 65_536;
    /// @dev Positions below this may move further: at most by 511 steps up and 512 down, others by 127 and 128.
    uint256 private constant FREQUENT = 450;
    /// @dev Weights of the first chunk, where there are more.
    uint256 private constant FIRST_CHUNK = 11_970;

    /// @dev What a pool is created with, its initial weights apart.
    struct Shape {
        uint24 numWords;
        uint16 eta0;
        uint32 theta;
        uint16[4] firsts; // slots of shifts 1 to 4
    }

    /// @dev The weights that a pool begins with and how far they have moved since, bias first.
    int256[] private _initial;
    int256[] private _changes;

    function setUp() public override {
        super.setUp();
        _use("SelfAssessedSparseMarginPerceptron");
    }

    /* PARAMETERS */

    function test_fuzz_creation_failsForAVocabularyOutOfRange(uint24 numWords) external {
        numWords = uint24(_bound(numWords, uint256(MAX_WORDS) + 1, type(uint24).max));
        _refusesParameters(Packing.sparsePerceptron(numWords, 7, 0), numWords, 7);
        _refusesParameters(Packing.sparsePerceptron(0, 7, 0), 0, 7);
    }

    function test_creation_failsForAStepOfZero() external {
        _refusesParameters(Packing.sparsePerceptron(10, 0, 0), 10, 0);
    }

    function test_creation_failsForALargestSampleOutOfRange() external {
        _refusesParameters(Packing.sparsePerceptron(10, 1, 0, 0, false), 10, 0);
        _refusesParameters(Packing.sparsePerceptron(10, 1, 0, 1025, false), 10, 1025);
    }

    /// @dev What lies behind the weights belongs to the first chunk.
    function test_creation_failsForWeightsOfAnotherLength() external {
        _refusesWeightsOfOtherLengths(Packing.sparsePerceptron(10, 1, 0), 22 + 12);
        _refusesCodeThatCouldRun(Packing.sparsePerceptron(10, 1, 0), new bytes(22 + 12));
    }

    /// @dev They rise, and the first slot of all is not shifted.
    function test_creation_failsForBoundsThatFall() external {
        _refusesBounds([0, 5, 5, 5], 0);
        _refusesBounds([1, 0, 5, 5], 0);
        _refusesBounds([4, 4, 3, 5], 3);
        _refusesBounds([1, 2, 9, 8], 8);
        _create(Shape(10, 1, 0, [uint16(1), 1, 1, 1]), 0);
        _create(Shape(10, 1, 0, [uint16(1), 2, 2, type(uint16).max]), 0);
    }

    function test_fuzz_parameters_areReadAsTheyWereGiven(uint16 eta0, uint40 tau, uint32 theta, uint64 seed) external {
        eta0 = uint16(_bound(eta0, 1, type(uint16).max));
        Shape memory shape = Shape(uint24(1 + seed % 2000), eta0, theta, _firsts(seed));
        uint16 maxFeatures = uint16(1 + seed % MAX_FEATURES);
        bytes memory model = Packing.sparsePerceptron(shape.numWords, eta0, tau, maxFeatures, false);
        pool = this.create(model, _one(_packed(shape)));

        uint256[] memory parameters = pool.modelParameters();
        vm.assertEq(parameters.length, 9, "length");
        vm.assertEq(parameters[0], shape.numWords, "numWords");
        vm.assertEq(parameters[1], eta0, "eta0");
        vm.assertEq(parameters[2], tau, "tau");
        vm.assertEq(parameters[3], theta, "theta");
        for (uint256 i = 0; i < 4; ++i) {
            vm.assertEq(parameters[4 + i], shape.firsts[i], "first slot of a shift");
        }
        vm.assertEq(parameters[8], maxFeatures, "maxFeatures");
        vm.assertEq(pool.modelId(), "sparse-margin-perceptron/1", "id");
        vm.assertEq(pool.sampleFormat(), "vocabulary-uint16/1", "format");
        vm.assertEq(pool.weightCount(), uint256(shape.numWords) + 1, "weights");
    }

    function test_contribution_hasAtMostSoManyWords() external {
        for (uint16 features = 3; features < 6; ++features) {
            Shape memory shape = Shape(100, 1, 0, [uint16(1), 1, 1, 1]);
            pool = this.create(Packing.sparsePerceptron(100, 1, 0, 4, false), _one(_packed(shape)));
            _takesAtMost(Packing.firstWords(features), features, 4);
        }
    }

    /* SAMPLES */

    function test_sample_failsWhereItIsNone() external {
        _create(Shape(600, 1, 0, [uint16(1), 2, 3, 4]), 0);
        _refusesSample("", abi.encodeWithSelector(IModel.SampleEmpty.selector));
        _refusesSample(hex"000102", abi.encodeWithSelector(IModel.SampleLengthInvalid.selector, 3));
        _refusesSample(
            Packing.firstWords(MAX_FEATURES + 1),
            abi.encodeWithSelector(IModel.SampleTooLong.selector, MAX_FEATURES + 1, MAX_FEATURES)
        );
        _refusesSample(
            Packing.words(1, 3, 600), abi.encodeWithSelector(IModel.SampleFeatureOutOfRange.selector, 2, 600, 600)
        );
        _refusesSample(Packing.words(1, 7, 7), abi.encodeWithSelector(IModel.SampleNotAscending.selector, 2, 7, 7));
    }

    /* LEARNING */

    function test_contribute_saysWhatTheModelPredictedBefore() external {
        vm.assertEq(_announced(kind.sample, 1), 0, "before the first");
        vm.assertEq(_announced(kind.sample, 0), 1, "before the second");
    }

    function test_fuzz_learning_isTheRuleInWords(uint128 seed) external {
        Shape memory shape = Shape(uint24(1 + seed % 2000), 1, uint32((seed >> 16) % 400), _firsts(seed));
        _learnAtRandom(shape, seed);
    }

    /// @dev Steps so large that weights are full after few samples, and a margin that no score reaches.
    function test_fuzz_learning_saturatesAsTheRuleSays(uint128 seed) external {
        uint16 eta0 = uint16(30 + seed % 3000);
        _learnAtRandom(Shape(uint24(1 + (seed >> 16) % 2000), eta0, type(uint32).max, _firsts(seed)), seed);
    }

    /// @dev Where shifts begin at the first narrow slot, at the last wide one, beyond all that there are, and all at once.
    function test_learning_isTheRuleWhereverShiftsBegin() external {
        uint16[4][6] memory firsts = [
            [uint16(17), 18, 19, 20],
            [uint16(1), 1, 1, 1],
            [uint16(18), 18, 18, 18],
            [uint16(2), 17, 18, 5000],
            [uint16(1), 2, 3, 4],
            [uint16(5000), 5000, 5000, 5000]
        ];
        for (uint256 i = 0; i < firsts.length; ++i) {
            _learnAtRandom(Shape(700, 3, 300, firsts[i]), i);
        }
    }

    function test_learning_overTwoChunksIsTheRuleInWords() external {
        Shape memory shape = Shape(12_100, 2, 900, [uint16(10), 30, 375, 378]);
        _create(shape, 0);
        for (uint256 i = 0; i < 6; ++i) {
            uint16[] memory words = new uint16[](5);
            words[0] = uint16(i);
            words[1] = uint16(440 + 5 * i);
            words[2] = uint16(FIRST_CHUNK - 2 - i % 2);
            words[3] = uint16(FIRST_CHUNK - 1);
            words[4] = uint16(12_000 + 19 * i);
            _learnOne(shape, words, uint16(i % 2));
        }
        _compare(shape);
    }

    /// @dev What is as far as theta teaches, what is further does not, on either side.
    function test_learning_endsBeyondTheMargin() external {
        Shape memory shape = Shape(10, 5, 22, [uint16(1), 1, 1, 1]);
        _create(shape, 0);
        uint16[] memory words = new uint16[](1);
        // bias and word move by 5 each: 10, 20, 30
        for (uint256 i = 0; i < 3; ++i) {
            _learnOne(shape, words, 1);
        }
        _scores(words, 30);
        _learnOne(shape, words, 1);
        _scores(words, 30);

        shape.theta = 30;
        _create(shape, 0);
        for (uint256 i = 0; i < 4; ++i) {
            _learnOne(shape, words, 0);
        }
        _scores(words, -40);
        _learnOne(shape, words, 0);
        _scores(words, -40);
    }

    function test_learning_theStepDecaysWithTheContributionsAccepted() external {
        Shape memory shape = Shape(5, 10, type(uint32).max, [uint16(1), 1, 1, 1]);
        pool = this.create(Packing.sparsePerceptron(5, 10, 2), _one(_packed(shape)));
        // floor(10 * 2 / (2 + n)): 10, 6, 5, 4, 3
        int32[5] memory moved = [int32(10), 16, 21, 25, 28];
        for (uint256 i = 0; i < 5; ++i) {
            _contribute(ANN, abi.encodePacked(uint16(0)), 1);
            vm.assertEq(int256(pool.weights(0, 1)[0]), moved[i], "weight");
        }
    }

    /* INTERNAL */

    function _refusesBounds(uint8[4] memory firsts, uint256 wrong) private {
        Shape memory shape = Shape(10, 1, 0, [uint16(firsts[0]), firsts[1], firsts[2], firsts[3]]);
        bytes memory packed = _packed(shape);
        vm.expectRevert(abi.encodeWithSelector(IModel.ModelParametersInvalid.selector, 10, wrong));
        this.create(Packing.sparsePerceptron(10, 1, 0), _one(packed));
    }

    /// @dev Ascending, from 1 on; some of them alike, and some beyond the slots that there are.
    function _firsts(uint256 seed) private pure returns (uint16[4] memory firsts) {
        firsts[0] = uint16(1 + _random(seed, 0, 1000) % 25);
        for (uint256 i = 1; i < 4; ++i) {
            firsts[i] = firsts[i - 1] + uint16(_random(seed, i, 1000) % 25);
        }
    }

    /// @dev A pool with these initial weights at random, below `range` in size; all 0 for 0.
    function _create(Shape memory shape, uint256 range) private {
        uint256 count = uint256(shape.numWords) + 1;
        (_initial, _changes) = (new int256[](count), new int256[](count));
        for (uint256 i = 0; range != 0 && i < count; ++i) {
            _initial[i] = int256(_random(range, i, 1001) % (2 * range)) - int256(range);
        }
        bytes memory packed = _packed(shape);
        bytes[] memory chunks = _one(packed);
        if (count > FIRST_CHUNK) {
            chunks = new bytes[](2);
            chunks[0] = new bytes(2 * FIRST_CHUNK + 12);
            chunks[1] = new bytes(2 * (count - FIRST_CHUNK));
            for (uint256 i = 0; i < 12; ++i) {
                chunks[0][2 * FIRST_CHUNK + i] = packed[2 * count + i];
            }
        }
        pool = this.create(Packing.sparsePerceptron(shape.numWords, shape.eta0, 0), chunks);
    }

    /// @dev The initial weights, and what lies behind them.
    function _packed(Shape memory shape) private view returns (bytes memory packed) {
        packed = new bytes(2 * (uint256(shape.numWords) + 1));
        for (uint256 i = 0; i < _initial.length; ++i) {
            uint16 weight = uint16(int16(_initial[i]));
            (packed[2 * i], packed[2 * i + 1]) = (bytes1(uint8(weight >> 8)), bytes1(uint8(weight)));
        }
        uint16[4] memory firsts = shape.firsts;
        return abi.encodePacked(packed, shape.theta, firsts[0], firsts[1], firsts[2], firsts[3]);
    }

    function _learnAtRandom(Shape memory shape, uint256 seed) private {
        _create(shape, 1 + seed % 200);
        for (uint256 i = 0; i < 8; ++i) {
            _learnOne(shape, _words(shape, seed, i), uint16(_random(seed, i, 1002) % 2));
        }
        _compare(shape);
    }

    /// @dev Up to 40 words, at first close together.
    function _words(Shape memory shape, uint256 seed, uint256 nth) private pure returns (uint16[] memory words) {
        uint16[] memory drawn = new uint16[](40);
        uint256 count = 0;
        uint256 word = _random(seed, nth, 1003) % shape.numWords;
        for (; count < drawn.length && word < shape.numWords; ++count) {
            drawn[count] = uint16(word);
            word += 1 + _random(seed, nth, count) % (2 + 3 * count);
        }
        words = new uint16[](count);
        for (uint256 i = 0; i < count; ++i) {
            words[i] = drawn[i];
        }
    }

    /// @dev One contribution, here and in the pool.
    function _learnOne(Shape memory shape, uint16[] memory words, uint16 label) private {
        int256 score = _weight(shape, 0);
        bytes memory sample;
        for (uint256 i = 0; i < words.length; ++i) {
            sample = abi.encodePacked(sample, words[i]);
            score += _weight(shape, uint256(words[i]) + 1);
        }
        _scores(words, score);

        _contribute(ANN, sample, label);

        if ((label == 1 ? score : -score) > int256(uint256(shape.theta))) return;
        int256 step = label == 1 ? int256(uint256(shape.eta0)) : -int256(uint256(shape.eta0));
        _move(0, step);
        for (uint256 i = 0; i < words.length; ++i) {
            _move(uint256(words[i]) + 1, step);
        }
    }

    function _scores(uint16[] memory words, int256 expected) private view {
        bytes memory sample;
        for (uint256 i = 0; i < words.length; ++i) {
            sample = abi.encodePacked(sample, words[i]);
        }
        (uint16 predicted, int256 score) = pool.predict(sample);
        vm.assertEq(score, expected, "score");
        vm.assertEq(predicted, expected > 0 ? 1 : 0, "prediction");
    }

    function _move(uint256 position, int256 by) private {
        int256 highest = position < FREQUENT ? int256(511) : int256(127);
        int256 moved = _changes[position] + by;
        if (moved > highest) moved = highest;
        if (moved < -highest - 1) moved = -highest - 1;
        _changes[position] = moved;
    }

    function _weight(Shape memory shape, uint256 position) private view returns (int256) {
        uint256 slot = position < FREQUENT ? position / 25 : (position + 30) / 32 + 3;
        uint256 shift = 0;
        for (uint256 i = 0; i < 4; ++i) {
            if (slot >= shape.firsts[i]) ++shift;
        }
        return _initial[position] + _changes[position] * int256(2 ** shift);
    }

    /// @dev All weights: words first, bias last.
    function _compare(Shape memory shape) private view {
        int32[] memory expected = new int32[](_initial.length);
        for (uint256 i = 0; i < expected.length; ++i) {
            expected[i] = int32(_weight(shape, (i + 1) % expected.length));
        }
        int32[] memory weights = pool.weights(0, expected.length);
        vm.assertEq(keccak256(abi.encode(weights)), keccak256(abi.encode(expected)), "weights");
    }
}
