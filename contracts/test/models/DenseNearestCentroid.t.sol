// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModel} from "../../src/interfaces/IModel.sol";
import {Packing} from "../kit/Packing.sol";
import {ModelTest} from "./ModelTest.sol";
import {vm} from "../kit/Vm.sol";

/// @notice The nearest centroid on vectors against its rule in plain words: the class whose mean is nearest, compared as
/// exact fractions; learning adds the sample to its class.
contract DenseNearestCentroidTest is ModelTest {
    uint256 private constant MAX_DIMENSIONS = 4096;
    uint256 private constant MAX_CLASSES = 256;
    uint256 private constant MAX_SUMS = 32_768;

    /// @dev Class -> samples and their sums.
    mapping(uint256 class => uint256) private _counts;
    mapping(uint256 class => mapping(uint256 feature => int256)) private _sums;

    function setUp() public override {
        super.setUp();
        _use("SelfAssessedDenseNearestCentroid");
    }

    /* PARAMETERS */

    function test_creation_failsForDimensionsOrClassesOutOfRange() external {
        uint256[2][6] memory shapes = [
            [uint256(0), 2],
            [MAX_DIMENSIONS + 1, 2],
            [uint256(3), 1],
            [uint256(3), MAX_CLASSES + 1],
            [MAX_DIMENSIONS, MAX_SUMS / MAX_DIMENSIONS + 1],
            [uint256(129), MAX_CLASSES]
        ];
        for (uint256 i = 0; i < shapes.length; ++i) {
            bytes memory model = Packing.denseNearestCentroid(uint24(shapes[i][0]), uint16(shapes[i][1]), 1);
            _refusesParameters(model, shapes[i][0], shapes[i][1]);
        }
    }

    function test_fuzz_creation_failsForAScaleThatIsNoFeature(uint16 scale) external {
        scale = uint16(_bound(scale, 32_768, type(uint16).max));
        _refusesParameters(Packing.denseNearestCentroid(3, 2, scale), 3, scale);
        _refusesParameters(Packing.denseNearestCentroid(3, 2, 0), 3, 0);
    }

    function test_creation_failsForWeightsOfAnotherLength() external {
        _refusesWeightsOfOtherLengths(Packing.denseNearestCentroid(16, 2, 1), 2 * 66);
        _refusesWeightsOfOtherLengths(Packing.denseNearestCentroid(17, 3, 1), 3 * 130);
    }

    function test_creation_failsForCodeThatCouldRun() external {
        _refusesCodeThatCouldRun(Packing.denseNearestCentroid(16, 2, 1), new bytes(2 * 66));
    }

    /// @dev A sum must be one that as many samples can have.
    function test_fuzz_creation_failsForASumThatNoSamplesHave(uint16 count, uint256 place, bool above) external {
        int32[] memory sums = new int32[](20);
        count = uint16(_bound(count, 0, 32_767));
        place = _bound(place, 0, 19);
        int256 sum = above ? int256(uint256(count)) * 32_767 + 1 : -int256(uint256(count)) * 32_768 - 1;
        if (sum > type(int32).max || sum < type(int32).min) return;
        sums[place] = int32(sum);
        bytes memory weights = bytes.concat(Packing.centroid(0, new int32[](20)), Packing.centroid(count, sums));

        vm.expectRevert(abi.encodeWithSelector(IModel.ModelWeightOutOfRange.selector, 20 + place, sum));
        this.create(Packing.denseNearestCentroid(20, 2, 1), _one(weights));

        sums[place] += above ? -1 : int32(1);
        weights = bytes.concat(Packing.centroid(0, new int32[](20)), Packing.centroid(count, sums));
        this.create(Packing.denseNearestCentroid(20, 2, 1), _one(weights));
    }

    /// @dev Lanes behind the last dimension would count in distances.
    function test_creation_failsForALaneWithoutAFeature() external {
        int32[] memory sums = new int32[](32);
        sums[25] = 7;
        bytes memory weights = bytes.concat(Packing.centroid(9, sums), Packing.centroid(9, new int32[](20)));

        vm.expectRevert(abi.encodeWithSelector(IModel.ModelWeightOutOfRange.selector, 25, 7));
        this.create(Packing.denseNearestCentroid(20, 2, 1), _one(weights));
    }

    function test_fuzz_parameters_areReadAsTheyWereGiven(uint24 dimensions, uint16 classes, uint16 scale) external {
        dimensions = uint24(_bound(dimensions, 1, 100));
        classes = uint16(_bound(classes, 2, 20));
        scale = uint16(_bound(scale, 1, 32_767));
        _createEmpty(dimensions, classes, scale);

        uint256[] memory parameters = pool.modelParameters();
        vm.assertEq(parameters.length, 4, "length");
        vm.assertEq(parameters[3], 0, "maxLength");
        vm.assertEq(parameters[0], dimensions, "dimensions");
        vm.assertEq(parameters[1], classes, "classes");
        vm.assertEq(parameters[2], scale, "scale");
        vm.assertEq(pool.weightCount(), (uint256(dimensions) + 1) * classes, "weights");
        vm.assertEq(pool.classCount(), classes, "classes");
        vm.assertEq(pool.modelId(), "dense-nearest-centroid/1", "id");
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
        pool = this.create(Packing.denseNearestCentroid(3, 2, 1, maxLength), _one(new bytes(2 * 66)));

        bytes memory reason = abi.encodeWithSelector(IModel.SampleSquareTooLarge.selector, square, most);
        _takes(Packing.vector(features), square > most, reason);
    }

    function test_contribution_isAVectorOfAnyLengthWithoutALimit() external {
        int16[] memory features = new int16[](3);
        (features[0], features[1], features[2]) = (32_767, -32_768, 32_767);
        pool = this.create(Packing.denseNearestCentroid(3, 2, 1, 0), _one(new bytes(2 * 66)));

        _takes(Packing.vector(features), false, "");
    }

    /* SAMPLES */

    function test_fuzz_sample_failsForAnotherLength(bytes calldata sample) external {
        vm.assume(sample.length != 0 && sample.length != kind.sample.length);
        _refusesSample(sample, abi.encodeWithSelector(IModel.SampleLengthInvalid.selector, sample.length));
        _refusesSample("", abi.encodeWithSelector(IModel.SampleEmpty.selector));
    }

    /* PREDICTING AND LEARNING */

    function test_contribute_saysThatNothingWasPredicted() external {
        vm.assertEq(_announced(kind.sample, 1), type(uint16).max, "predicted");
    }

    function test_prediction_withoutSamplesIsTheFirstClass() external {
        _createEmpty(3, 2, 1);
        (uint16 label, int256 score) = pool.predict(Packing.vector(new int16[](3)));
        vm.assertEq(label, 0, "label");
        vm.assertEq(score, 0, "score");
    }

    function test_prediction_ofTwoClassesOneWithoutSamplesIsTheOther() external {
        bytes memory sample = Packing.vector(new int16[](3));
        _createEmpty(3, 2, 1);
        _contribute(ANN, sample, 1);
        (uint16 label, int256 score) = pool.predict(sample);
        vm.assertEq(label, 1, "label");
        vm.assertEq(score, 1, "score");

        _createEmpty(3, 2, 1);
        _contribute(ANN, sample, 0);
        (label, score) = pool.predict(sample);
        vm.assertEq(label, 0, "label");
        vm.assertEq(score, -1, "score");
    }

    function test_fuzz_learning_ofTwoClassesIsTheRuleInWords(uint256 seed) external {
        _learnAtRandom(seed, 2);
    }

    function test_fuzz_learning_ofManyClassesIsTheRuleInWords(uint256 seed) external {
        _learnAtRandom(seed, 3 + (seed >> 128) % 17);
    }

    function test_learning_ofClassesInSeveralChunks() external {
        // 8,002 bytes a class: three in a chunk
        bytes[] memory chunks = new bytes[](2);
        int32[] memory sums = new int32[](2000);
        (sums[0], sums[1999]) = (5, -5);
        bytes memory empty = Packing.centroid(0, new int32[](2000));
        chunks[0] = bytes.concat(Packing.centroid(1, sums), Packing.centroid(1, new int32[](2000)), empty);
        chunks[1] = Packing.centroid(2, sums);
        pool = this.create(Packing.denseNearestCentroid(2000, 4, 1), chunks);
        int16[] memory x = new int16[](2000);
        (x[0], x[1999]) = (2, -3);

        (uint16 label, int256 score) = pool.predict(Packing.vector(x));
        // 3^2 + 2^2 from class 0, 2^2 + 3^2 from class 1, (1/2)^2 + (1/2)^2 from class 3
        vm.assertEq(label, 3, "label");
        vm.assertEq(score, 0, "score, rounded down");
        _contribute(ANN, Packing.vector(x), 3);
        int32[] memory last = pool.weights(4 * 2000 - 1, 4 * 2001);
        vm.assertEq(int256(last[0]), -8, "the last sum");
        int32[5] memory expected = [int32(-8), 1, 1, 0, 3];
        for (uint256 i = 0; i < 5; ++i) {
            vm.assertEq(int256(last[i]), int256(expected[i]), "weight");
        }
    }

    /// @dev A class of 32,767 samples becomes half as old before it takes one more; the others stay as they are.
    function test_learning_goesOnWhenAClassIsFull() external {
        int32[] memory sums = new int32[](3);
        (sums[0], sums[1]) = (65_534, -3);
        bytes memory full = Packing.centroid(32_766, sums);
        pool = this.create(Packing.denseNearestCentroid(3, 2, 1), _one(bytes.concat(full, full)));
        bytes memory sample = abi.encodePacked(int16(9), int16(-9), type(int16).max);

        _contribute(ANN, sample, 1);
        vm.assertEq(int256(pool.weights(3, 4)[0]), 65_534 + 9, "the last sample counts");
        vm.assertEq(int256(pool.weights(7, 8)[0]), 32_767, "count");
        _contribute(ANN, sample, 1);
        vm.assertEq(int256(pool.weights(3, 4)[0]), 32_780, "half of the sum, and the sample");
        vm.assertEq(int256(pool.weights(4, 5)[0]), -15, "rounded down");
        vm.assertEq(int256(pool.weights(7, 8)[0]), 16_384, "half of the count, and one");
        vm.assertEq(int256(pool.weights(0, 1)[0]), 65_534, "the other class");
    }

    function test_creation_failsForAClassThatIsOlderThanAClassGets() external {
        bytes memory weights = bytes.concat(Packing.centroid(0, new int32[](3)), Packing.centroid(32_768, new int32[](3)));

        vm.expectRevert(abi.encodeWithSelector(IModel.ModelWeightOutOfRange.selector, 7, 32_768));
        this.create(Packing.denseNearestCentroid(3, 2, 1), _one(weights));
    }

    /* INTERNAL */

    function _createEmpty(uint24 dimensions, uint16 classes, uint16 scale) private {
        bytes memory weights = new bytes(uint256(classes) * (2 + 64 * ((uint256(dimensions) + 15) / 16)));
        pool = this.create(Packing.denseNearestCentroid(dimensions, classes, scale), _one(weights));
    }

    /// @dev Some classes begin with samples, some without.
    function _learnAtRandom(uint256 seed, uint256 classes) private {
        uint256 dimensions = 1 + seed % 40;
        bytes memory weights;
        for (uint256 class = 0; class < classes; ++class) {
            int32[] memory sums = new int32[](dimensions);
            uint256 count = _random(seed, class, 999) % 4;
            for (uint256 i = 0; i < dimensions && count != 0; ++i) {
                sums[i] = int16(uint16(_random(seed, class, i)));
                _sums[class][i] = sums[i];
            }
            _counts[class] = count;
            weights = bytes.concat(weights, Packing.centroid(uint16(count), sums));
        }
        bytes memory model = Packing.denseNearestCentroid(uint24(dimensions), uint16(classes), 100);
        pool = this.create(model, _one(weights));
        for (uint256 i = 0; i < 6; ++i) {
            _learnOne(seed, i, dimensions, classes);
        }
        _compare(dimensions, classes);
    }

    function _learnOne(uint256 seed, uint256 turn, uint256 dimensions, uint256 classes) private {
        int16[] memory x = new int16[](dimensions);
        for (uint256 i = 0; i < dimensions; ++i) {
            x[i] = int16(uint16(_random(seed, 1000 + turn, i)));
        }
        bytes memory sample = Packing.vector(x);
        (uint16 predicted, int256 score) = pool.predict(sample);
        (uint256 nearest, int256 expected) = _nearest(x, classes);
        vm.assertEq(predicted, nearest, "prediction");
        vm.assertEq(score, expected, "score");

        uint16 label = uint16(_random(seed, turn, 77) % classes);
        _contribute(ANN, sample, label);
        ++_counts[label];
        for (uint256 i = 0; i < dimensions; ++i) {
            _sums[label][i] += x[i];
        }
    }

    /// @dev The nearest class, and the score.
    function _nearest(int16[] memory x, uint256 classes) private view returns (uint256 nearest, int256 score) {
        (uint256 distance, uint256 square) = (0, 0);
        for (uint256 class = 0; class < classes; ++class) {
            if (_counts[class] == 0) continue;
            (uint256 other, uint256 otherSquare) = _distance(x, class);
            if (square != 0 && other * square >= distance * otherSquare) continue;
            (nearest, distance, square) = (class, other, otherSquare);
        }
        if (square == 0) return (0, 0);
        if (classes > 2) return (nearest, int256(distance / square));
        if (_counts[0] == 0) return (nearest, 1);
        if (_counts[1] == 0) return (nearest, -1);
        (uint256 first, uint256 firstSquare) = _distance(x, 0);
        (uint256 second, uint256 secondSquare) = _distance(x, 1);
        (first, second) = (first * secondSquare, second * firstSquare);
        uint256 divisor = firstSquare * secondSquare;
        uint256 size = first > second ? first - second : second - first;
        size = size / divisor + (size % divisor == 0 ? 0 : 1);
        return (nearest, first > second ? int256(size) : -int256(size));
    }

    /// @dev The squared distance from a class's mean, as a fraction.
    function _distance(int16[] memory x, uint256 class) private view returns (uint256 distance, uint256 square) {
        int256 count = int256(_counts[class]);
        for (uint256 i = 0; i < x.length; ++i) {
            int256 difference = count * x[i] - _sums[class][i];
            distance += uint256(difference * difference);
        }
        return (distance, uint256(count * count));
    }

    function _compare(uint256 dimensions, uint256 classes) private view {
        int32[] memory weights = pool.weights(0, (dimensions + 1) * classes);
        for (uint256 class = 0; class < classes; ++class) {
            for (uint256 i = 0; i < dimensions; ++i) {
                vm.assertEq(int256(weights[class * dimensions + i]), _sums[class][i], "sum");
            }
            vm.assertEq(int256(weights[classes * dimensions + class]), int256(_counts[class]), "count");
        }
    }
}
