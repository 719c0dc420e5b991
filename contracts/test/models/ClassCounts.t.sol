// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModel} from "../../src/interfaces/IModel.sol";
import {Kinds} from "../kit/Kinds.sol";
import {Packing} from "../kit/Packing.sol";
import {ModelTest} from "./ModelTest.sol";
import {vm} from "../kit/Vm.sol";

/// @notice What the models that count words by class have in common, against the rule in plain words; how they predict is
/// for the two contracts at the end.
abstract contract ClassCountsTest is ModelTest {
    uint256 internal constant MAX_FEATURES = 1024;
    uint256 internal constant MAX_WORDS = 65_536;
    uint256 internal constant MAX_SAMPLES = 65_535;

    /// @dev Class -> samples, and in how many of them a word is.
    mapping(uint256 class => uint256) internal _samples;
    mapping(uint256 class => mapping(uint256 word => uint256)) internal _counts;
    uint256 internal _numWords;
    uint256 internal _classes;

    /// @dev Holds a prediction against the rule.
    function _check(uint16[] memory words, uint16 label, int256 score) internal view virtual;

    /* PARAMETERS */

    function test_creation_failsForParametersOutOfRange() external {
        uint256[2][6] memory shapes = [
            [uint256(0), 2],
            [MAX_WORDS + 1, 2],
            [uint256(600), 1],
            [uint256(600), 17],
            // more slots than a claim can read
            [uint256(32 * 160 + 1), 16],
            [MAX_WORDS, 3]
        ];
        for (uint256 i = 0; i < shapes.length; ++i) {
            _refusesParameters(
                Packing.classCounts(uint24(shapes[i][0]), uint16(shapes[i][1])), shapes[i][0], shapes[i][1]
            );
        }
    }

    function test_creation_failsForBytesThatMeanNothing() external {
        _refusesParameters(abi.encodePacked(uint24(600), uint16(2), uint16(MAX_FEATURES), uint24(1)), 600, 2);
    }

    function test_creation_failsForALargestSampleOutOfRange() external {
        _refusesParameters(Packing.classCounts(600, 2, 0), 600, 0);
        _refusesParameters(Packing.classCounts(600, 2, uint16(MAX_FEATURES) + 1), 600, MAX_FEATURES + 1);
    }

    function test_creation_failsForWeightsOfAnotherLength() external {
        _refusesWeightsOfOtherLengths(Packing.classCounts(32, 2), 64 * 3);
        _refusesWeightsOfOtherLengths(Packing.classCounts(33, 2), 64 * 5);
    }

    function test_creation_failsForCodeThatCouldRun() external {
        _refusesCodeThatCouldRun(Packing.classCounts(32, 2), new bytes(64 * 3));
    }

    function test_creation_failsWhenALaterChunkIsMissing() external {
        // 1 + 24 * 16 blocks of 64 bytes: 375 in the first chunk, 10 in the second
        vm.expectRevert(abi.encodeWithSelector(IModel.ModelChunksInvalid.selector, 1, 2));
        this.create(Packing.classCounts(768, 16), _one(new bytes(64 * 375)));
    }

    function test_fuzz_contribution_hasAtMostSoManyWords(uint16 maxFeatures, uint16 features) external {
        maxFeatures = uint16(_bound(maxFeatures, 1, 99));
        features = uint16(_bound(features, 1, 100));
        uint16[] memory samples = new uint16[](2);
        pool = this.create(Packing.classCounts(100, 2, maxFeatures), _one(Packing.noCounts(100, samples)));

        _takesAtMost(Packing.firstWords(features), features, maxFeatures);
    }

    /// @dev No word is in more samples than there are.
    function test_fuzz_creation_failsForACountAboveTheSamples(uint16 samples, uint256 word, bool last) external {
        samples = uint16(_bound(samples, 0, MAX_SAMPLES - 1));
        word = _bound(word, 0, 44);
        uint16[] memory both = new uint16[](2);
        uint256 class = last ? 1 : 0;
        both[class] = samples;
        bytes memory weights = Packing.noCounts(45, both);
        Packing.setCount(weights, 2, class, word, samples + 1);

        vm.expectRevert(abi.encodeWithSelector(IModel.ModelCountAboveSamples.selector, class, samples));
        this.create(Packing.classCounts(45, 2), _one(weights));

        Packing.setCount(weights, 2, class, word, samples);
        this.create(Packing.classCounts(45, 2), _one(weights));
    }

    /// @dev What stands behind the last word is not looked at.
    function test_fuzz_creation_ignoresWhatIsBehindTheLastWord(uint24 numWords) external {
        numWords = uint24(_bound(numWords, 1, 64));
        uint16[] memory samples = new uint16[](2);
        bytes memory weights = Packing.noCounts(numWords, samples);
        for (uint256 word = numWords; word < 32 * ((uint256(numWords) + 31) / 32); ++word) {
            Packing.setCount(weights, 2, 0, word, 9);
        }
        pool = this.create(Packing.classCounts(numWords, 2), _one(weights));
        int32[] memory all = pool.weights(0, pool.weightCount());
        for (uint256 i = 0; i < all.length; ++i) {
            vm.assertEq(int256(all[i]), 0, "weight");
        }
    }

    function test_fuzz_parameters_areReadAsTheyWereGiven(uint24 numWords, uint16 classes) external {
        numWords = uint24(_bound(numWords, 1, 500));
        classes = uint16(_bound(classes, 2, 16));
        _createEmpty(numWords, classes);

        uint256[] memory parameters = pool.modelParameters();
        vm.assertEq(parameters.length, 3, "length");
        vm.assertEq(parameters[0], numWords, "numWords");
        vm.assertEq(parameters[1], classes, "classes");
        vm.assertEq(parameters[2], MAX_FEATURES, "maxFeatures");
        vm.assertEq(pool.weightCount(), (uint256(numWords) + 1) * classes, "weights");
        vm.assertEq(pool.classCount(), classes, "classes");
        vm.assertEq(pool.sampleFormat(), "vocabulary-uint16/1", "format");
    }

    /* SAMPLES */

    function test_fuzz_sample_failsForHalfAWord(bytes calldata sample) external {
        vm.assume(sample.length % 2 == 1);
        _refusesSample(sample, abi.encodeWithSelector(IModel.SampleLengthInvalid.selector, sample.length));
        _refusesSample("", abi.encodeWithSelector(IModel.SampleEmpty.selector));
    }

    function test_fuzz_sample_failsForTooManyWords(uint256 length) external {
        length = _bound(length, MAX_FEATURES + 1, 5000);
        _refusesSample(
            new bytes(2 * length), abi.encodeWithSelector(IModel.SampleTooLong.selector, length, MAX_FEATURES)
        );
    }

    function test_sample_ofAsManyWordsAsThereMayBeIsCounted() external {
        _createEmpty(1100, 2);
        bytes memory sample;
        for (uint256 word = 0; word < MAX_FEATURES; ++word) {
            sample = abi.encodePacked(sample, uint16(word));
        }
        _contribute(ANN, sample, 1);
        int32[] memory counts = pool.weights(1100, 2200);
        for (uint256 word = 0; word < 1100; ++word) {
            vm.assertEq(counts[word], word < MAX_FEATURES ? int256(1) : int256(0), "count");
        }
        _refusesSample(
            abi.encodePacked(sample, uint16(MAX_FEATURES)),
            abi.encodeWithSelector(IModel.SampleTooLong.selector, MAX_FEATURES + 1, MAX_FEATURES)
        );
    }

    function test_fuzz_sample_failsForAWordOutOfRange(uint16 word) external {
        word = uint16(_bound(word, Kinds.NUM_WORDS, type(uint16).max));
        _refusesSample(
            abi.encodePacked(uint16(3), word),
            abi.encodeWithSelector(IModel.SampleFeatureOutOfRange.selector, 1, word, Kinds.NUM_WORDS)
        );
    }

    /// @dev Every place of samples of every length: one word is not above the one before it, in its slot or in another.
    function test_sample_failsWhereverItDoesNotAscend() external {
        for (uint256 apart = 3; apart < 50; apart += 20) {
            for (uint256 place = 1; place < 9; ++place) {
                for (uint256 fall = 0; fall < 2 * apart; fall += apart - 1) {
                    bytes memory sample;
                    for (uint256 i = 0; i < 9; ++i) {
                        uint256 word = apart * (i + 1);
                        if (i == place) word = apart * place - (fall < apart * place ? fall : 0);
                        sample = abi.encodePacked(sample, uint16(word));
                    }
                    uint256 fallen = apart * place - (fall < apart * place ? fall : 0);
                    _refusesSample(
                        sample,
                        abi.encodeWithSelector(IModel.SampleNotAscending.selector, place, apart * place, fallen)
                    );
                }
            }
        }
    }

    /* LEARNING */

    function test_contribute_saysThatNothingWasPredicted() external {
        vm.assertEq(_announced(kind.sample, 1), type(uint16).max, "predicted");
    }

    function test_fuzz_learning_countsAsTheRuleSays(uint256 seed) external {
        _createRandom(seed, uint24(40 + seed % 200), uint16(2 + (seed >> 128) % 4));
        for (uint256 i = 0; i < 12; ++i) {
            _learnOne(_words(seed, i), uint16(_random(seed, i, 5) % _classes));
        }
        _compare();
    }

    function test_learning_overSeveralChunksCountsAsTheRuleSays() external {
        (_numWords, _classes) = (768, 16);
        bytes[] memory chunks = new bytes[](2);
        (chunks[0], chunks[1]) = (new bytes(64 * 375), new bytes(64 * 10));
        pool = this.create(Packing.classCounts(768, 16), chunks);
        uint16[] memory words = new uint16[](3);
        (words[0], words[1], words[2]) = (3, 400, 767);
        for (uint256 i = 0; i < 20; ++i) {
            _learnOne(words, uint16((i * 7) % 16));
        }
        _compare();
    }

    /// @dev A lane of changes has room for 255: more go on in its carry.
    function test_learning_goesOnBeyondALane() external {
        _createRandom(1, 70, 3);
        uint16[] memory words = new uint16[](4);
        (words[0], words[1], words[2], words[3]) = (0, 31, 32, 69);
        for (uint256 i = 0; i < 258; ++i) {
            _learnOne(words, 2);
            if (i % 64 == 0) _learnOne(words, 1);
        }
        _compare();
        uint16[] memory fewer = new uint16[](1);
        fewer[0] = 31;
        _learnOne(fewer, 2);
        _compare();
    }

    /// @dev A class of 65,535 samples becomes half as old before it takes one more; the others stay as they are.
    function test_learning_goesOnWhenAClassIsFull() external {
        uint16[] memory samples = new uint16[](2);
        (samples[0], samples[1]) = (uint16(MAX_SAMPLES - 1), uint16(MAX_SAMPLES - 1));
        bytes memory weights = Packing.noCounts(40, samples);
        Packing.setCount(weights, 2, 1, 7, uint16(MAX_SAMPLES - 1));
        pool = this.create(Packing.classCounts(40, 2), _one(weights));
        bytes memory sample = abi.encodePacked(uint16(7), uint16(39));

        _contribute(ANN, sample, 1);
        vm.assertEq(int256(pool.weights(47, 48)[0]), int256(MAX_SAMPLES), "the word");
        vm.assertEq(int256(pool.weights(81, 82)[0]), int256(MAX_SAMPLES), "the class");
        _contribute(ANN, sample, 1);
        vm.assertEq(int256(pool.weights(47, 48)[0]), int256(MAX_SAMPLES / 2 + 1), "half of the word, and one");
        vm.assertEq(int256(pool.weights(79, 80)[0]), 1, "half of one, and one");
        vm.assertEq(int256(pool.weights(81, 82)[0]), int256(MAX_SAMPLES / 2 + 1), "half of the class, and one");
        vm.assertEq(int256(pool.weights(80, 81)[0]), int256(MAX_SAMPLES - 1), "the other class");
    }

    function test_prediction_withoutSamplesIsTheFirstClass() external {
        _createEmpty(40, 2);
        vm.assertEq(_predicted(abi.encodePacked(uint16(1))), 0, "label");
        _contribute(ANN, abi.encodePacked(uint16(5)), 1);
        vm.assertEq(_predicted(abi.encodePacked(uint16(1))), 1, "a class with samples wins");
    }

    /* INTERNAL */

    function _createEmpty(uint24 numWords, uint16 classes) private {
        (_numWords, _classes) = (numWords, classes);
        pool = this.create(
            Packing.classCounts(numWords, classes), _one(Packing.noCounts(numWords, new uint16[](classes)))
        );
    }

    /// @dev Classes with up to 300 samples, some of them without any.
    function _createRandom(uint256 seed, uint24 numWords, uint16 classes) private {
        (_numWords, _classes) = (numWords, classes);
        uint16[] memory samples = new uint16[](classes);
        for (uint256 class = 0; class < classes; ++class) {
            samples[class] = uint16(_random(seed, class, 1) % 4 == 0 ? 0 : _random(seed, class, 2) % 300);
            _samples[class] = samples[class];
        }
        bytes memory weights = Packing.noCounts(numWords, samples);
        for (uint256 class = 0; class < classes; ++class) {
            for (uint256 word = 0; word < numWords; word += 1 + _random(seed, class, word) % 3) {
                uint16 count = uint16(_random(seed, word, class) % (uint256(samples[class]) + 1));
                Packing.setCount(weights, classes, class, word, count);
                _counts[class][word] = count;
            }
        }
        pool = this.create(Packing.classCounts(numWords, classes), _one(weights));
    }

    function _words(uint256 seed, uint256 turn) private view returns (uint16[] memory words) {
        words = new uint16[](1 + _random(seed, turn, 3) % 5);
        uint256 room = _numWords / words.length;
        for (uint256 i = 0; i < words.length; ++i) {
            words[i] = uint16(room * i + _random(seed, turn, 10 + i) % room);
        }
    }

    function _learnOne(uint16[] memory words, uint16 label) private {
        bytes memory sample;
        for (uint256 i = 0; i < words.length; ++i) {
            sample = abi.encodePacked(sample, words[i]);
        }
        (uint16 predicted, int256 score) = pool.predict(sample);
        _check(words, predicted, score);

        _contribute(ANN, sample, label);
        ++_samples[label];
        for (uint256 i = 0; i < words.length; ++i) {
            ++_counts[label][words[i]];
        }
    }

    function _compare() private view {
        int32[] memory all = pool.weights(0, pool.weightCount());
        for (uint256 class = 0; class < _classes; ++class) {
            for (uint256 word = 0; word < _numWords; ++word) {
                vm.assertEq(int256(all[class * _numWords + word]), int256(_counts[class][word]), "count");
            }
            vm.assertEq(int256(all[_classes * _numWords + class]), int256(_samples[class]), "samples");
        }
    }
}

/// @notice The class of which the sample is the likeliest, by exact products; near ties are left to the twin's tests.
contract NaiveBayesTest is ClassCountsTest {
    function setUp() public override {
        super.setUp();
        _use("SelfAssessedNaiveBayes");
    }

    function test_id() external view {
        vm.assertEq(pool.modelId(), "naive-bayes/1", "id");
    }

    /// @dev Of powers of two the logarithms are whole, and their sum is too large for the product to be kept in a word.
    function test_prediction_ofPowersOfTwoIsExact() external {
        uint16[] memory samples = new uint16[](2);
        (samples[0], samples[1]) = (2 ** 14, 2 ** 13);
        bytes memory weights = Packing.noCounts(64, samples);
        bytes memory sample;
        (uint256 first, uint256 second) = (2 ** 17 - 64, 2 ** 16 - 64);
        int256 expected = 65_536 * (int256(13 - 20 * 16) - int256(14 - 20 * 17));
        for (uint256 word = 0; word < 20; ++word) {
            (uint256 one, uint256 other) = (5 + word % 8, 3 + word % 11);
            sample = abi.encodePacked(sample, uint16(word));
            first -= _setCount(weights, 0, word, 2 ** one - 1);
            second -= _setCount(weights, 1, word, 2 ** other - 1);
            expected += 65_536 * (int256(other) - int256(one));
        }
        // words that the sample does not have bring the sums to powers of two as well
        for (uint256 word = 40; word < 64; ++word) {
            first -= _setCount(weights, 0, word, first < samples[0] ? first : samples[0]);
            second -= _setCount(weights, 1, word, second < samples[1] ? second : samples[1]);
        }
        pool = this.create(Packing.classCounts(64, 2), _one(weights));

        (, int256 score) = pool.predict(sample);
        vm.assertEq(first + second, 0, "the sums are reached");
        vm.assertEq(score, expected, "score");
    }

    function test_prediction_ofOtherNumbersIsRoundedDownInUnitsOf2ToTheMinus16() external {
        uint16[4] memory values = [uint16(3), 5, 7, 60_000];
        // 2^16 log2 of them
        int256[4] memory logarithms = [int256(103_872), 152_169, 183_982, 1_040_231];
        for (uint256 i = 0; i < 4; ++i) {
            uint16[] memory samples = new uint16[](2);
            (samples[0], samples[1]) = (1, values[i]);
            pool = this.create(Packing.classCounts(5, 2), _one(Packing.noCounts(5, samples)));
            (, int256 score) = pool.predict(abi.encodePacked(uint16(2)));
            vm.assertEq(score, logarithms[i], "score");
        }
    }

    /// @dev Of a chunk no more is read than is there: a whole one would take 5000 gas more.
    function test_gas_predict_readsNoMoreOfASmallModelThanItHas() external view {
        bytes memory sample = kind.sample;
        uint256 gas = gasleft();
        pool.predict(sample);
        gas -= gasleft();
        vm.assertLt(gas, 40_700, "gas");
    }

    function _setCount(bytes memory weights, uint256 class, uint256 word, uint256 count) private pure returns (uint256) {
        Packing.setCount(weights, 2, class, word, uint16(count));
        return count;
    }

    function _check(uint16[] memory words, uint16 label, int256 score) internal view override {
        for (uint256 class = 0; class < _classes; ++class) {
            if (class == label || _samples[class] == 0) continue;
            (uint256 above, uint256 below) = _likelihood(words, label);
            (uint256 otherAbove, uint256 otherBelow) = _likelihood(words, class);
            (uint256 left, uint256 right) = (above * otherBelow, otherAbove * below);
            // the class predicted is the likeliest, but for what rounding can do (a thousandth)
            vm.assertLe(right - right / 1000, left, "likelier");
        }
        if (_classes == 2) vm.assertTrue(score == 0 || (score > 0) == (label == 1), "sign");
        else vm.assertLe(0, uint256(score), "margin");
    }

    /// @dev samples * product of (count + 1) / (all counts + numWords), as a fraction.
    function _likelihood(uint16[] memory words, uint256 class) private view returns (uint256 above, uint256 below) {
        uint256 all = _numWords;
        for (uint256 word = 0; word < _numWords; ++word) {
            all += _counts[class][word];
        }
        (above, below) = (_samples[class], 1);
        for (uint256 i = 0; i < words.length; ++i) {
            above *= _counts[class][words[i]] + 1;
            below *= all;
        }
    }
}

/// @notice The class with the highest score, which is written down a second time from `SparseNearestCentroid`'s words.
contract SparseNearestCentroidTest is ClassCountsTest {
    int256 private constant EMPTY = -(2 ** 62);

    function setUp() public override {
        super.setUp();
        _use("SelfAssessedSparseNearestCentroid");
    }

    function test_id() external view {
        vm.assertEq(pool.modelId(), "sparse-nearest-centroid/1", "id");
    }

    function _check(uint16[] memory words, uint16 label, int256 score) internal view override {
        (int256 best, int256 second, uint256 winner) = (type(int256).min, type(int256).min, 0);
        for (uint256 class = 0; class < _classes; ++class) {
            int256 value = _score(words, class);
            if (value > best) (best, second, winner) = (value, best, class);
            else if (value > second) second = value;
        }
        vm.assertEq(label, winner, "label");
        vm.assertEq(score, _classes == 2 && label == 0 ? second - best : best - second, "score");
    }

    function _score(uint16[] memory words, uint256 class) private view returns (int256) {
        uint256 samples = _samples[class];
        if (samples == 0) return EMPTY;
        (uint256 sum, uint256 squares) = (0, 0);
        for (uint256 i = 0; i < words.length; ++i) {
            sum += _counts[class][words[i]];
        }
        for (uint256 word = 0; word < _numWords; ++word) {
            squares += _counts[class][word] ** 2;
        }
        return int256(2 * sum * 2 ** 20 / samples) - int256(squares * 2 ** 20 / samples ** 2);
    }
}
