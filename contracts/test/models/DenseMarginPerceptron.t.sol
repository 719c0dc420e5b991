// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModel} from "../../src/interfaces/IModel.sol";
import {Packing} from "../kit/Packing.sol";
import {ModelTest} from "./ModelTest.sol";
import {vm} from "../kit/Vm.sol";

/// @notice The margin perceptron on vectors against its rule in plain words: scores are sums of weight times feature, the bias
/// the weight of one more feature, the scale; what is not told right by more than theta is learned.
contract DenseMarginPerceptronTest is ModelTest {
    uint256 private constant MAX_DIMENSIONS = 4096;
    int256 private constant HIGHEST = type(int24).max;
    int256 private constant LOWEST = type(int24).min;

    /// @dev What a pool is created with.
    struct Shape {
        uint24 dimensions;
        uint16 eta0;
        uint16 scale;
        uint16 classes;
        uint48 theta;
    }

    /// @dev How far the weights of each row have moved, the bias last.
    int256[][] private _changes;

    function setUp() public override {
        super.setUp();
        _use("SelfAssessedDenseMarginPerceptron");
    }

    /* PARAMETERS */

    function test_fuzz_creation_failsForDimensionsOutOfRange(uint24 dimensions) external {
        dimensions = uint24(_bound(dimensions, MAX_DIMENSIONS + 1, type(uint24).max));
        _refusesParameters(Packing.denseMarginPerceptron(dimensions, 1, 0, 1, 2, 0), dimensions, 1);
        _refusesParameters(Packing.denseMarginPerceptron(0, 1, 0, 1, 2, 0), 0, 1);
    }

    function test_creation_failsForAStepOfZero() external {
        _refusesParameters(Packing.denseMarginPerceptron(3, 0, 0, 1, 2, 0), 3, 0);
    }

    function test_fuzz_creation_failsForAScaleThatIsNoFeature(uint16 scale) external {
        scale = uint16(_bound(scale, 32_768, type(uint16).max));
        _refusesParameters(Packing.denseMarginPerceptron(3, 1, 0, scale, 2, 0), 3, scale);
        _refusesParameters(Packing.denseMarginPerceptron(3, 1, 0, 0, 2, 0), 3, 0);
    }

    function test_fuzz_creation_failsForClassesOutOfRange(uint16 classes) external {
        classes = uint16(_bound(classes, 17, type(uint16).max));
        _refusesParameters(Packing.denseMarginPerceptron(3, 1, 0, 1, classes, 0), 3, classes);
        _refusesParameters(Packing.denseMarginPerceptron(3, 1, 0, 1, 1, 0), 3, 1);
        _refusesParameters(Packing.denseMarginPerceptron(3, 1, 0, 1, 0, 0), 3, 0);
    }

    function test_creation_failsForMoreNumbersThanATransactionCanLearn() external {
        _refusesParameters(Packing.denseMarginPerceptron(2049, 1, 0, 1, 3, 0), 2049, 3);
        _refusesParameters(Packing.denseMarginPerceptron(2048, 1, 0, 1, 9, 0), 2048, 9);
        _refusesParameters(Packing.denseMarginPerceptron(1025, 1, 0, 1, 16, 0), 1025, 16);
    }

    function test_creation_takesAsManyNumbersAsATransactionCanLearn() external {
        _creates(4096, 2);
        _creates(2048, 3);
        _creates(2048, 8);
        _creates(1024, 16);
    }

    function test_creation_failsForWeightsOfAnotherLength() external {
        _refusesWeightsOfOtherLengths(Packing.denseMarginPerceptron(14, 1, 0, 1, 2, 0), Packing.rowLength(14));
        _refusesWeightsOfOtherLengths(Packing.denseMarginPerceptron(15, 1, 0, 1, 2, 0), Packing.rowLength(15));
        _refusesWeightsOfOtherLengths(Packing.denseMarginPerceptron(15, 1, 0, 1, 3, 0), 3 * Packing.rowLength(15));
    }

    function test_creation_failsForChunksOfOtherRows() external {
        // A row of 1,024 dimensions has 104 words, a chunk seven rows.
        bytes memory model = Packing.denseMarginPerceptron(1024, 1, 0, 1, 8, 0);
        bytes[] memory chunks = new bytes[](2);
        (chunks[0], chunks[1]) = (new bytes(4 * 3328), new bytes(4 * 3328));
        uint256 expected = 7 * 3328 + 1;
        vm.expectRevert(abi.encodeWithSelector(IModel.ModelWeightsInvalid.selector, 0, expected, 4 * 3328 + 1));
        this.create(model, chunks);
        vm.expectRevert(abi.encodeWithSelector(IModel.ModelChunksInvalid.selector, 1, 2));
        this.create(model, _one(new bytes(7 * 3328)));
    }

    function test_creation_failsForCodeThatCouldRun() external {
        _refusesCodeThatCouldRun(
            Packing.denseMarginPerceptron(14, 1, 0, 1, 2, 0), new bytes(Packing.rowLength(14))
        );
    }

    function test_fuzz_parameters_areReadAsTheyWereGiven(
        uint24 dimensions,
        uint16 eta0,
        uint40 tau,
        uint16 scale,
        uint16 classes,
        uint48 theta
    ) external {
        dimensions = uint24(_bound(dimensions, 1, 200));
        eta0 = uint16(_bound(eta0, 1, type(uint16).max));
        scale = uint16(_bound(scale, 1, 32_767));
        classes = uint16(_bound(classes, 2, 16));
        uint256 rows = classes == 2 ? 1 : classes;
        bytes memory model = Packing.denseMarginPerceptron(dimensions, eta0, tau, scale, classes, theta);
        pool = this.create(model, _one(new bytes(rows * Packing.rowLength(dimensions))));

        uint256[] memory parameters = pool.modelParameters();
        uint256[6] memory expected = [uint256(dimensions), eta0, tau, scale, classes, theta];
        vm.assertEq(parameters.length, 6, "length");
        for (uint256 i = 0; i < 6; ++i) {
            vm.assertEq(parameters[i], expected[i], "parameter");
        }
        vm.assertEq(pool.weightCount(), rows * (uint256(dimensions) + 1), "weights");
        vm.assertEq(pool.classCount(), classes, "classes");
        vm.assertEq(pool.modelId(), "dense-margin-perceptron/1", "id");
        vm.assertEq(pool.sampleFormat(), "dense-int16/1", "format");
    }

    /* SAMPLES */

    function test_fuzz_sample_failsForAnotherLength(bytes calldata sample) external {
        vm.assume(sample.length != 0 && sample.length != kind.sample.length);
        _refusesSample(sample, abi.encodeWithSelector(IModel.SampleLengthInvalid.selector, sample.length));
        _refusesSample("", abi.encodeWithSelector(IModel.SampleEmpty.selector));
    }

    function test_fuzz_contribution_isAVectorNoLongerThanTheScale(int16[3] memory numbers, uint16 scale) external {
        uint256 square;
        int16[] memory features = new int16[](3);
        for (uint256 i = 0; i < 3; ++i) {
            features[i] = numbers[i];
            square += uint256(int256(numbers[i]) * numbers[i]);
        }
        scale = uint16(_bound(scale, 1, 32_767));
        // What rounding may add is 32.
        uint256 most = (uint256(scale) + 32) ** 2;
        pool = this.create(
            Packing.denseMarginPerceptron(3, 1, 0, scale, 2, 0), _one(new bytes(Packing.rowLength(3)))
        );

        bytes memory reason = abi.encodeWithSelector(IModel.SampleSquareTooLarge.selector, square, most);
        _takes(Packing.vector(features), square > most, reason);
    }

    function test_contribution_isAVectorOfTheGreatestLengthAndNoUnitMore() external {
        int16[] memory features = new int16[](3);
        features[1] = 4096 + 32;
        bytes memory model = Packing.denseMarginPerceptron(3, 1, 0, 4096, 2, 0);
        pool = this.create(model, _one(new bytes(Packing.rowLength(3))));
        _takes(Packing.vector(features), false, "");

        features[0] = 1;
        pool = this.create(model, _one(new bytes(Packing.rowLength(3))));
        uint256 most = 4128 ** 2;
        _takes(
            Packing.vector(features),
            true,
            abi.encodeWithSelector(IModel.SampleSquareTooLarge.selector, most + 1, most)
        );
    }

    /* LEARNING */

    function test_contribute_saysWhatTheModelPredictedBefore() external {
        vm.assertEq(_announced(kind.sample, 1), 0, "before the first");
        vm.assertEq(_announced(kind.sample, 0), 1, "before the second");
    }

    function test_fuzz_learning_isTheRuleInWords(uint256 seed) external {
        uint16 classes = uint16(2 + seed % 5);
        _learnAtRandom(seed, Shape(uint24(1 + seed % 64), 3, 100, classes, uint48(seed % 60_000)));
        _learnAtRandom(seed, Shape(uint24(1 + seed % 35), 1, 4096, 16, 0));
    }

    /// @dev Steps so large that weights are full after few updates.
    function test_fuzz_learning_saturatesAsTheRuleSays(uint256 seed) external {
        uint16 classes = uint16(2 + seed % 3);
        _learnAtRandom(seed, Shape(uint24(1 + seed % 64), 500, 32_767, classes, type(uint48).max));
        _learnAtRandom(seed, Shape(uint24(1 + seed % 64), type(uint16).max, 32_767, classes, 2**40));
    }

    function test_learning_goesUpToTheMarginAndNotBeyond() external {
        // One learning moves the score by 100 * 100 + 100 * 100, to exactly theta.
        Shape memory shape = Shape(1, 1, 100, 2, 20_000);
        _new(shape);
        int16[] memory x = new int16[](1);
        x[0] = 100;
        for (uint256 i = 0; i < 3; ++i) {
            _learnOne(shape, Packing.vector(x), x, 1);
        }
        vm.assertEq(_changes[0][0], 200, "learned at theta, not beyond");
        _requireWeights();
    }

    function _new(Shape memory shape) private {
        uint256 rows = shape.classes == 2 ? 1 : shape.classes;
        bytes memory model = Packing.denseMarginPerceptron(
            shape.dimensions, shape.eta0, 0, shape.scale, shape.classes, shape.theta
        );
        pool = this.create(model, _one(new bytes(rows * Packing.rowLength(shape.dimensions))));
        delete _changes;
        for (uint256 row = 0; row < rows; ++row) {
            _changes.push(new int256[](shape.dimensions + 1));
        }
    }

    function _creates(uint24 dimensions, uint16 classes) private {
        uint256 rows = classes == 2 ? 1 : classes;
        uint256 length = Packing.rowLength(dimensions);
        uint256 held = 24_575 / length;
        bytes[] memory chunks = new bytes[]((rows + held - 1) / held);
        for (uint256 i = 0; i < chunks.length; ++i) {
            chunks[i] = new bytes(length * (rows - i * held < held ? rows - i * held : held));
        }
        pool = this.create(Packing.denseMarginPerceptron(dimensions, 1, 0, 1, classes, 0), chunks);
        vm.assertEq(pool.weightCount(), rows * (uint256(dimensions) + 1), "weights");
    }

    function _learnAtRandom(uint256 seed, Shape memory shape) private {
        _new(shape);
        for (uint256 i = 0; i < 8; ++i) {
            int16[] memory x = new int16[](shape.dimensions);
            // Each within its share of the length.
            uint256 most = uint256(shape.scale) / _root(shape.dimensions);
            for (uint256 k = 0; k < x.length; ++k) {
                x[k] = int16(int256(_random(seed, i, k) % (2 * most + 1)) - int256(most));
            }
            _learnOne(shape, Packing.vector(x), x, uint16(_random(seed, i, 999) % shape.classes));
        }
        _requireWeights();
    }

    function _requireWeights() private view {
        uint256 width = _changes[0].length;
        int32[] memory weights = pool.weights(0, _changes.length * width);
        for (uint256 i = 0; i < weights.length; ++i) {
            vm.assertEq(int256(weights[i]), _changes[i / width][i % width], "weight");
        }
    }

    function _learnOne(Shape memory shape, bytes memory sample, int16[] memory x, uint16 label) private {
        int256[] memory scores = new int256[](_changes.length);
        for (uint256 row = 0; row < scores.length; ++row) {
            scores[row] = _changes[row][x.length] * int256(uint256(shape.scale));
            for (uint256 i = 0; i < x.length; ++i) {
                scores[row] += _changes[row][i] * x[i];
            }
        }
        (uint16 predicted, int256 score) = pool.predict(sample);
        int256 ahead;
        uint256 rival;
        if (shape.classes == 2) {
            vm.assertEq(score, scores[0], "score");
            vm.assertEq(predicted, score > 0 ? 1 : 0, "prediction");
            ahead = label == 1 ? score : -score;
        } else {
            uint256 best = _highest(scores, type(uint256).max);
            vm.assertEq(score, scores[best], "score");
            vm.assertEq(predicted, best, "prediction");
            rival = _highest(scores, label);
            ahead = scores[label] - scores[rival];
        }

        _contribute(ANN, sample, label);

        if (ahead > int256(uint256(shape.theta))) return;
        int256 step = int256(uint256(shape.eta0));
        if (shape.classes == 2) {
            _move(shape, 0, x, label == 1 ? step : -step);
        } else {
            _move(shape, label, x, step);
            _move(shape, rival, x, -step);
        }
    }

    function _highest(int256[] memory scores, uint256 but) private pure returns (uint256 best) {
        best = but == 0 ? 1 : 0;
        for (uint256 row = 0; row < scores.length; ++row) {
            if (row != but && scores[row] > scores[best]) best = row;
        }
    }

    function _move(Shape memory shape, uint256 row, int16[] memory x, int256 by) private {
        for (uint256 i = 0; i <= x.length; ++i) {
            int256 feature = i == x.length ? int256(uint256(shape.scale)) : int256(x[i]);
            int256 moved = _changes[row][i] + by * feature;
            _changes[row][i] = moved > HIGHEST ? HIGHEST : moved < LOWEST ? LOWEST : moved;
        }
    }

    /// @dev Square root, rounded up.
    function _root(uint256 square) private pure returns (uint256 root) {
        while (root * root < square) ++root;
    }
}
