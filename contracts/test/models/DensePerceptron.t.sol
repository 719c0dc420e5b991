// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModel} from "../../src/interfaces/IModel.sol";
import {Packing} from "../kit/Packing.sol";
import {ModelTest} from "./ModelTest.sol";
import {vm} from "../kit/Vm.sol";

/// @notice The dense perceptron against its rule in plain words: score = sum of weight times feature, and the bias is the
/// weight of one more feature, the scale; a wrong prediction moves each by the step times its feature.
contract DensePerceptronTest is ModelTest {
    uint256 private constant MAX_DIMENSIONS = 4096;
    int256 private constant HIGHEST = type(int24).max;
    int256 private constant LOWEST = type(int24).min;

    /// @dev How far the weights have moved, the bias last.
    int256[] private _changes;

    function setUp() public override {
        super.setUp();
        _use("SelfAssessedDensePerceptron");
    }

    /* PARAMETERS */

    function test_fuzz_creation_failsForDimensionsOutOfRange(uint24 dimensions) external {
        dimensions = uint24(_bound(dimensions, MAX_DIMENSIONS + 1, type(uint24).max));
        _refusesParameters(Packing.densePerceptron(dimensions, 1, 0, 1), dimensions, 1);
        _refusesParameters(Packing.densePerceptron(0, 1, 0, 1), 0, 1);
    }

    function test_creation_failsForAStepOfZero() external {
        _refusesParameters(Packing.densePerceptron(3, 0, 0, 1), 3, 0);
    }

    function test_fuzz_creation_failsForAScaleThatIsNoFeature(uint16 scale) external {
        scale = uint16(_bound(scale, 32_768, type(uint16).max));
        _refusesParameters(Packing.densePerceptron(3, 1, 0, scale), 3, scale);
        _refusesParameters(Packing.densePerceptron(3, 1, 0, 0), 3, 0);
    }

    function test_creation_failsForWeightsOfAnotherLength() external {
        _refusesWeightsOfOtherLengths(Packing.densePerceptron(14, 1, 0, 1), Packing.rowLength(14));
        _refusesWeightsOfOtherLengths(Packing.densePerceptron(15, 1, 0, 1), Packing.rowLength(15));
        _refusesWeightsOfOtherLengths(Packing.densePerceptron(30, 1, 0, 1), Packing.rowLength(30));
    }

    function test_creation_failsForCodeThatCouldRun() external {
        _refusesCodeThatCouldRun(Packing.densePerceptron(14, 1, 0, 1), new bytes(Packing.rowLength(14)));
    }

    function test_fuzz_parameters_areReadAsTheyWereGiven(uint24 dimensions, uint16 eta0, uint40 tau, uint16 scale)
        external
    {
        dimensions = uint24(_bound(dimensions, 1, 700));
        eta0 = uint16(_bound(eta0, 1, type(uint16).max));
        scale = uint16(_bound(scale, 1, 32_767));
        bytes memory model = Packing.densePerceptron(dimensions, eta0, tau, scale, uint24(2 * (tau % 2**20)));
        pool = this.create(model, _one(new bytes(Packing.rowLength(dimensions))));

        uint256[] memory parameters = pool.modelParameters();
        uint256[5] memory expected = [uint256(dimensions), eta0, tau, scale, 2 * uint256(tau % 2**20)];
        vm.assertEq(parameters.length, 5, "length");
        for (uint256 i = 0; i < 5; ++i) {
            vm.assertEq(parameters[i], expected[i], "parameter");
        }
        vm.assertEq(pool.weightCount(), uint256(dimensions) + 1, "weights");
        vm.assertEq(pool.classCount(), 2, "classes");
        vm.assertEq(pool.modelId(), "dense-perceptron/1", "id");
        vm.assertEq(pool.sampleFormat(), "dense-int16/1", "format");
    }

    function test_fuzz_contribution_isAVectorOfAtMostSuchALength(int16[3] memory numbers, uint24 maxLength) external {
        uint256 square;
        int16[] memory features = new int16[](3);
        for (uint256 i = 0; i < 3; ++i) {
            features[i] = numbers[i];
            square += uint256(int256(numbers[i]) * numbers[i]);
        }
        maxLength = uint24(_bound(maxLength, 1, 70_000));
        uint256 most = uint256(maxLength) * maxLength;
        pool = this.create(Packing.densePerceptron(3, 1, 0, 1, maxLength), _one(new bytes(Packing.rowLength(3))));

        bytes memory reason = abi.encodeWithSelector(IModel.SampleSquareTooLarge.selector, square, most);
        _takes(Packing.vector(features), square > most, reason);
    }

    function test_contribution_isAVectorOfAnyLengthWithoutALimit() external {
        int16[] memory features = new int16[](3);
        (features[0], features[1], features[2]) = (32_767, -32_768, 32_767);
        pool = this.create(Packing.densePerceptron(3, 1, 0, 1, 0), _one(new bytes(Packing.rowLength(3))));

        _takes(Packing.vector(features), false, "");
    }

    /* SAMPLES */

    function test_fuzz_sample_failsForAnotherLength(bytes calldata sample) external {
        vm.assume(sample.length != 0 && sample.length != kind.sample.length);
        _refusesSample(sample, abi.encodeWithSelector(IModel.SampleLengthInvalid.selector, sample.length));
        _refusesSample("", abi.encodeWithSelector(IModel.SampleEmpty.selector));
    }

    /* LEARNING */

    function test_contribute_saysWhatTheModelPredictedBefore() external {
        vm.assertEq(_announced(kind.sample, 1), 0, "before the first");
        vm.assertEq(_announced(kind.sample, 0), 1, "before the second");
    }

    function test_fuzz_learning_isTheRuleInWords(uint256 seed) external {
        _learnAtRandom(seed, 1, 100);
    }

    /// @dev Steps so large that weights are full after few mistakes.
    function test_fuzz_learning_saturatesAsTheRuleSays(uint256 seed) external {
        _learnAtRandom(seed, 500, 32_767);
        _learnAtRandom(seed, type(uint16).max, 32_767);
    }

    function _learnAtRandom(uint256 seed, uint16 eta0, uint16 scale) private {
        uint24 dimensions = uint24(1 + seed % 64);
        pool = this.create(Packing.densePerceptron(dimensions, eta0, 0, scale), _one(new bytes(Packing.rowLength(dimensions))));
        delete _changes;
        _changes = new int256[](dimensions + 1);
        for (uint256 i = 0; i < 8; ++i) {
            int16[] memory x = new int16[](dimensions);
            for (uint256 k = 0; k < dimensions; ++k) {
                x[k] = int16(int256(_random(seed, i, k) % (2 * uint256(scale) + 1)) - int256(uint256(scale)));
            }
            _learnOne(Packing.vector(x), x, uint16(i % 2 == 0 ? 1 : 0), eta0, int256(uint256(scale)));
        }
        int32[] memory weights = pool.weights(0, _changes.length);
        for (uint256 i = 0; i < weights.length; ++i) {
            vm.assertEq(int256(weights[i]), _changes[i], "weight");
        }
    }

    function _learnOne(bytes memory sample, int16[] memory x, uint16 label, uint16 eta0, int256 scale) private {
        int256 expected = _changes[x.length] * scale;
        for (uint256 i = 0; i < x.length; ++i) {
            expected += _changes[i] * x[i];
        }
        (uint16 predicted, int256 score) = pool.predict(sample);
        vm.assertEq(score, expected, "score");
        vm.assertEq(predicted, score > 0 ? 1 : 0, "prediction");

        _contribute(ANN, sample, label);

        if (predicted == label) return;
        int256 by = label == 1 ? int256(uint256(eta0)) : -int256(uint256(eta0));
        for (uint256 i = 0; i <= x.length; ++i) {
            int256 moved = _changes[i] + by * (i == x.length ? scale : int256(x[i]));
            _changes[i] = moved > HIGHEST ? HIGHEST : moved < LOWEST ? LOWEST : moved;
        }
    }
}
