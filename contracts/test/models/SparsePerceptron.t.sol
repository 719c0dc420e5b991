// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModel} from "../../src/interfaces/IModel.sol";
import {IPool} from "../../src/interfaces/IPool.sol";
import {IPoolFactory} from "../../src/interfaces/IPoolFactory.sol";
import {Kind, Kinds} from "../kit/Kinds.sol";
import {Packing} from "../kit/Packing.sol";
import {PoolTest} from "../kit/PoolTest.sol";
import {Vm, vm} from "../kit/Vm.sol";

/// @notice The sparse perceptron against its rule in plain words: score = bias + weights of the words, above 0 is class 1,
/// a wrong prediction moves each by one step, as far as a weight may move.
contract SparsePerceptronTest is PoolTest {
    uint256 private constant MAX_FEATURES = 1024;
    uint256 private constant MAX_WORDS = 65_536;
    /// @dev Weights in a chunk, and how many fewer are in the first.
    uint256 private constant CHUNK = 12_000;
    uint256 private constant CHUNK_SHIFT = 30;
    /// @dev Words below this may move further: at most by 511 steps up and 512 down, others by 127 and 128.
    uint256 private constant FREQUENT_WORDS = 449;

    address private _codeOfIt;
    /// @dev A pool whose weights take three chunks.
    IPool private _chunked;
    /// @dev The weights that a pool begins with and how far they have moved since, bias first.
    int256[] private _initial;
    int256[] private _changes;

    function setUp() public override {
        super.setUp();
        _use("SelfAssessedSparsePerceptron");
        IPool small = pool;
        _createChunked();
        (_chunked, pool) = (pool, small);
    }

    /* PARAMETERS */

    function test_fuzz_creation_failsForAVocabularyOutOfRange(uint24 numWords) external {
        numWords = uint24(_bound(numWords, MAX_WORDS + 1, type(uint24).max));
        _refusedParameters(numWords, 1);
        _refusedParameters(0, 1);
    }

    function test_creation_failsForAStepOfZero() external {
        _refusedParameters(10, 0);
    }

    function test_creation_failsWhenAChunkIsOfAnotherLength() external {
        vm.expectRevert(abi.encodeWithSelector(IModel.ModelWeightsInvalid.selector, 0, 23, 24));
        this.create(10, 1, 0, new bytes(23));
        vm.expectRevert(abi.encodeWithSelector(IModel.ModelWeightsInvalid.selector, 0, 23, 22));
        this.create(10, 1, 0, new bytes(21));
    }

    /// @dev The code of an account that delegates (EIP-7702) has 23 bytes too, and could be another tomorrow.
    function test_creation_failsForWeightsInAnAccountThatDelegates() external {
        address[] memory chunks = new address[](1);
        chunks[0] = address(0xDEAD);
        vm.etch(chunks[0], abi.encodePacked(hex"ef0100", ANN));
        IPoolFactory.PoolParameters memory parameters = _described(10, 1, 0, new bytes(22));

        vm.expectRevert(abi.encodeWithSelector(IModel.ModelWeightsInvalid.selector, 0, 23, 23));
        factory.createPool(parameters, chunks, "");
    }

    function test_creation_failsWhenALaterChunkIsMissing() external {
        vm.expectRevert(abi.encodeWithSelector(IModel.ModelChunksInvalid.selector, 1, 2));
        this.create(uint24(CHUNK), 1, 0, new bytes(2 * (CHUNK - CHUNK_SHIFT)));
    }

    function test_creation_failsForALargestSampleOutOfRange() external {
        uint16[2] memory sizes = [0, uint16(MAX_FEATURES) + 1];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IModel.ModelParametersInvalid.selector, 10, sizes[i]));
            this.createOf(Packing.sparsePerceptron(10, 1, 0, sizes[i], i == 0), new bytes(22));
        }
    }

    function test_fuzz_contribution_hasAtMostSoManyWords(uint16 maxFeatures, uint16 features) external {
        maxFeatures = uint16(_bound(maxFeatures, 1, 99));
        features = uint16(_bound(features, 1, 100));
        pool = this.createOf(Packing.sparsePerceptron(100, 1, 0, maxFeatures, false), new bytes(202));
        bytes memory sample = Packing.firstWords(features);
        bytes memory reason = abi.encodeWithSelector(IModel.SampleTooLong.selector, features, maxFeatures);
        uint256 price = pool.price();

        pool.predict(sample);
        vm.prank(ANN);
        if (features > maxFeatures) vm.expectRevert(reason);
        pool.contribute{value: price}(sample, 1, price);
        vm.assertEq(_count(), features > maxFeatures ? 0 : 1, "contributions");
    }

    /// @dev Of all positions, those at both ends of the wide lanes among them.
    function test_fuzz_creation_failsForAWeightThatNothingCorrects(uint256 position, int16 weight) external {
        uint256[5] memory places = [uint256(0), 449, 450, 500, _bound(position, 0, 500)];
        for (uint256 i = 0; i < places.length; ++i) {
            int256 highest = places[i] < 450 ? int256(511) : int256(127);
            int16[5] memory weights = [int16(highest), int16(highest + 1), int16(1 - highest), int16(-highest), weight];
            for (uint256 k = 0; k < weights.length; ++k) {
                _createsWhereCorrectable(places[i], weights[k], highest);
            }
        }
    }

    function _createsWhereCorrectable(uint256 place, int16 weight, int256 highest) private {
        bytes memory packed = new bytes(1002);
        (packed[2 * place], packed[2 * place + 1]) = (bytes2(uint16(weight))[0], bytes2(uint16(weight))[1]);
        this.createOf(Packing.sparsePerceptron(500, 1, 0, 9, false), packed);

        if (weight > highest || weight < 1 - highest) {
            uint256 index = place == 0 ? 500 : place - 1;
            vm.expectRevert(abi.encodeWithSelector(IModel.ModelWeightOutOfRange.selector, index, weight));
        }
        this.createOf(Packing.sparsePerceptron(500, 1, 0, 9, true), packed);
    }

    /// @dev What the rule is for: a weight that is correctable is corrected, one beyond it never.
    function test_weightThatIsCorrectable_isBroughtAcrossZero() external {
        bytes memory packed = new bytes(1002);
        (packed[2 * 500 + 1], packed[2 * 499]) = (bytes1(uint8(127)), bytes1(uint8(0xff)));
        packed[2 * 499 + 1] = bytes1(uint8(0x100 - 126));
        pool = this.createOf(Packing.sparsePerceptron(500, 1000, 0, 9, true), packed);

        _contribute(ANN, abi.encodePacked(uint16(499)), 0);
        _contribute(ANN, abi.encodePacked(uint16(498)), 1);

        vm.assertEq(int256(pool.weights(499, 500)[0]), -1, "from above");
        vm.assertEq(int256(pool.weights(498, 499)[0]), 1, "from below");
    }

    function test_fuzz_parameters_areReadAsTheyWereGiven(uint24 numWords, uint16 eta0, uint40 tau, bool correctable)
        external
    {
        numWords = uint24(_bound(numWords, 1, 2000));
        eta0 = uint16(_bound(eta0, 1, type(uint16).max));
        bytes memory packed = Packing.sparsePerceptron(numWords, eta0, tau, 1 + eta0 % 1024, correctable);
        pool = this.createOf(packed, new bytes(2 * (uint256(numWords) + 1)));

        uint256[] memory parameters = pool.modelParameters();
        vm.assertEq(parameters.length, 5, "length");
        vm.assertEq(parameters[3], 1 + eta0 % 1024, "maxFeatures");
        vm.assertEq(parameters[4], correctable ? 1 : 0, "correctable");
        vm.assertEq(parameters[0], numWords, "numWords");
        vm.assertEq(parameters[1], eta0, "eta0");
        vm.assertEq(parameters[2], tau, "tau");
        vm.assertEq(pool.weightCount(), uint256(numWords) + 1, "weights");
        vm.assertEq(pool.classCount(), 2, "classes");
        vm.assertEq(pool.modelId(), "sparse-perceptron/1", "id");
        vm.assertEq(pool.sampleFormat(), "vocabulary-uint16/1", "format");
    }

    /* SAMPLES */

    function test_sample_failsWhenEmpty() external {
        _refusedSample("", abi.encodeWithSelector(IModel.SampleEmpty.selector));
    }

    function test_fuzz_sample_failsForHalfAWord(bytes calldata sample) external {
        vm.assume(sample.length % 2 == 1);
        _refusedSample(sample, abi.encodeWithSelector(IModel.SampleLengthInvalid.selector, sample.length));
    }

    function test_fuzz_sample_failsForTooManyWords(uint256 length) external {
        length = _bound(length, MAX_FEATURES + 1, 5000);
        _refusedSample(
            new bytes(2 * length), abi.encodeWithSelector(IModel.SampleTooLong.selector, length, MAX_FEATURES)
        );
    }

    function test_fuzz_sample_failsForAWordOutOfRange(uint16 word) external {
        word = uint16(_bound(word, Kinds.NUM_WORDS, type(uint16).max));
        bytes memory reason =
            abi.encodeWithSelector(IModel.SampleFeatureOutOfRange.selector, 1, word, Kinds.NUM_WORDS);
        _refusedSample(abi.encodePacked(uint16(3), word), reason);
        _refusedSample(abi.encodePacked(uint16(3), word, word), reason);
    }

    function test_fuzz_sample_failsWhenItDoesNotAscend(uint16 first, uint16 second, uint16 third) external {
        first = uint16(_bound(first, 1, Kinds.NUM_WORDS - 2));
        second = uint16(_bound(second, first + 1, Kinds.NUM_WORDS - 1));
        third = uint16(_bound(third, 0, second));
        _refusedSample(
            Packing.words(first, second, third),
            abi.encodeWithSelector(IModel.SampleNotAscending.selector, 2, second, third)
        );
        _refusedSample(
            Packing.words(second, first, uint16(Kinds.NUM_WORDS - 1)),
            abi.encodeWithSelector(IModel.SampleNotAscending.selector, 1, second, first)
        );
        _refusedSample(
            Packing.words(first, first, second),
            abi.encodeWithSelector(IModel.SampleNotAscending.selector, 1, first, first)
        );
    }

    /// @dev Every place of samples of every length: one word is not above the one before it.
    function test_sample_failsWhereverItDoesNotAscend() external {
        for (uint256 length = 2; length <= 13; ++length) {
            for (uint256 place = 1; place < length; ++place) {
                bytes memory sample;
                for (uint256 i = 0; i < length; ++i) {
                    uint256 word = 45 * (i + 1);
                    if (i == place) word -= length % 2 == 0 ? 45 : 55;
                    sample = abi.encodePacked(sample, uint16(word));
                }
                uint256 fallen = 45 * (place + 1) - (length % 2 == 0 ? 45 : 55);
                _refusedSample(
                    sample, abi.encodeWithSelector(IModel.SampleNotAscending.selector, place, 45 * place, fallen)
                );
            }
        }
    }

    function test_sample_failsWhenItDoesNotAscendInALaterChunk() external {
        _useChunks();
        bytes[4] memory samples = [
            abi.encodePacked(uint16(3), uint16(13_000), uint16(13_000)),
            abi.encodePacked(uint16(13_000), uint16(12_500), uint16(20_000)),
            abi.encodePacked(uint16(13_000), uint16(5), uint16(20_000)),
            abi.encodePacked(uint16(11_000), uint16(20_000), uint16(600))
        ];
        uint256[3][4] memory reasons =
            [[uint256(2), 13_000, 13_000], [uint256(1), 13_000, 12_500], [uint256(1), 13_000, 5], [uint256(2), 20_000, 600]];
        for (uint256 i = 0; i < 4; ++i) {
            _refusedSample(
                samples[i],
                abi.encodeWithSelector(
                    IModel.SampleNotAscending.selector, reasons[i][0], reasons[i][1], reasons[i][2]
                )
            );
        }
        _refusedSample(
            abi.encodePacked(uint16(3), uint16(30_000)),
            abi.encodeWithSelector(IModel.SampleFeatureOutOfRange.selector, 1, 30_000, 30_000)
        );
    }

    function test_sample_ofAsManyWordsAsThereMayBeIsAccepted() external {
        pool = this.create(2000, 1, 0, new bytes(4002));
        bytes memory sample;
        for (uint16 i = 0; i < MAX_FEATURES; ++i) {
            sample = abi.encodePacked(sample, i);
        }
        _contribute(ANN, sample, 1);
        (, int256 score) = pool.predict(sample);
        vm.assertEq(score, int256(MAX_FEATURES) + 1, "score");
    }

    /* LEARNING */

    function test_fuzz_learning_isTheRuleInWords(uint256 seed, bool inBatches) external {
        _useRandom(Kinds.NUM_WORDS, 1, seed);
        _learnAtRandom(seed, inBatches, 1);
    }

    function test_fuzz_learning_saturatesAsTheRuleSays(uint256 seed, bool inBatches) external {
        uint16 eta0 = uint16(_bound(seed, 30, 3000));
        _useRandom(Kinds.NUM_WORDS, eta0, seed);
        _learnAtRandom(seed, inBatches, int256(uint256(eta0)));
    }

    /// @dev Samples that the model never learns, so that each moves its weights: from zero past the ends of their ranges, by
    /// steps around those at which a batch begins to look at every weight.
    function test_learning_withinABatchStaysWithinEachWeightsRange() external {
        uint16[8] memory steps = [uint16(1), 15, 16, 17, 63, 64, 65, 1100];
        for (uint256 i = 0; i < steps.length; ++i) {
            _learnBeyondTheRange(steps[i], 1);
            _learnBeyondTheRange(steps[i], 0);
        }
    }

    function test_fuzz_learning_overSeveralChunksIsTheRuleInWords(uint256 seed) external {
        _useChunks();
        for (uint256 i = 0; i < 6; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            uint16[] memory words = new uint16[](3);
            words[0] = uint16(draw % 12_000);
            words[1] = uint16(12_000 + (draw >> 16) % 11_000);
            words[2] = uint16(23_000 + (draw >> 32) % 7000);
            _learnOne(words, uint16(draw >> 255), 1, false);
            _learnOne(_wordsAround(i % 2 == 0 ? 11_970 : 23_970, draw), uint16(draw >> 254) & 1, 1, false);
        }
        _compare(11_900, 12_100);
        _compare(23_900, 24_100);
    }

    function test_learning_theStepDecaysWithTheContributionsAccepted() external {
        pool = this.create(5, 10, 2, new bytes(12));
        bytes memory sample = abi.encodePacked(uint16(0));
        // floor(10 * 2 / (2 + n)), at least 1: 10, 6, 5, 4, 3, ...
        int32[5] memory steps = [int32(10), 6, 5, 4, 3];
        int32 weight;
        for (uint256 i = 0; i < 5; ++i) {
            uint16 label = _unexpected(sample);
            _contribute(ANN, sample, label);
            weight += label == 1 ? steps[i] : -steps[i];
            vm.assertEq(int256(pool.weights(0, 1)[0]), int256(weight), "weight");
        }
        for (uint256 i = 5; i < 30; ++i) {
            _contribute(ANN, sample, _unexpected(sample));
        }
        weight = pool.weights(0, 1)[0];
        uint16 last = _unexpected(sample);
        _contribute(ANN, sample, last);
        vm.assertEq(int256(pool.weights(0, 1)[0]) - weight, last == 1 ? int256(1) : int256(-1), "one at least");
    }

    function test_learning_theStepDecaysWithinABatchToo() external {
        pool = this.create(5, 10, 2, new bytes(12));
        // the third is predicted rightly and moves nothing: 10 - floor(20 / 3) - floor(20 / 5) + floor(20 / 6)
        bytes[] memory samples = new bytes[](5);
        uint16[] memory labels = new uint16[](5);
        for (uint256 i = 0; i < 5; ++i) {
            (samples[i], labels[i]) = (abi.encodePacked(uint16(0)), uint16((i + 1) % 2));
        }
        vm.prank(ANN);
        pool.contributeBatch{value: 1 ether}(samples, labels, 1 ether);
        vm.assertEq(int256(pool.weights(0, 1)[0]), 10 - 6 - 4 + 3, "weight");
    }

    function test_contribute_saysWhatTheModelPredictedBefore() external {
        vm.recordLogs();
        _contribute(ANN, kind.sample, 1);
        _contribute(ANN, kind.sample, 0);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        (, uint16 first) = abi.decode(logs[0].data, (uint16, uint16));
        (, uint16 second) = abi.decode(logs[1].data, (uint16, uint16));
        vm.assertEq(first, 0, "before the first");
        vm.assertEq(second, 1, "before the second");
    }

    function test_agreement_changesNothing() external {
        bytes32 digest = pool.digest();
        _contribute(ANN, kind.sample, 0);
        vm.assertEq(pool.digest(), digest, "digest");
    }

    /* INTERNAL */

    /// @dev External, so that an expected revert is that of the whole creation.
    function create(uint24 numWords, uint16 eta0, uint40 tau, bytes calldata weights) external returns (IPool) {
        return IPool(factory.createPool(_described(numWords, eta0, tau, weights), new address[](0), weights));
    }

    function createOf(bytes calldata model, bytes calldata weights) external returns (IPool) {
        Kind memory changed = kind;
        (changed.model, changed.weights) = (model, weights);
        if (_codeOfIt == address(0)) _codeOfIt = _implementation(kind.implementation, FORWARDER);
        return IPool(factory.createPool(_parameters(changed, _codeOfIt), new address[](0), weights));
    }

    function _described(uint24 numWords, uint16 eta0, uint40 tau, bytes memory weights)
        private
        returns (IPoolFactory.PoolParameters memory)
    {
        Kind memory changed = kind;
        (changed.model, changed.weights) = (Packing.sparsePerceptron(numWords, eta0, tau), weights);
        return _parameters(changed, _implementation(kind.implementation, FORWARDER));
    }

    function _refusedParameters(uint24 numWords, uint16 eta0) private {
        vm.expectRevert(abi.encodeWithSelector(IModel.ModelParametersInvalid.selector, numWords, eta0));
        this.create(numWords, eta0, 0, new bytes(22));
    }

    function _refusedSample(bytes memory sample, bytes memory reason) private {
        uint256 price = pool.price();
        vm.expectRevert(reason);
        pool.predict(sample);
        vm.expectRevert(reason);
        vm.prank(ANN);
        pool.contribute{value: price}(sample, 1, price);

        // alone in a batch that works on storage, and at the end of one long enough to work in memory
        for (uint256 length = 1; length <= 6; length += 5) {
            (bytes[] memory samples, uint16[] memory labels) = (new bytes[](length), new uint16[](length));
            for (uint256 i = 0; i < length; ++i) {
                samples[i] = i + 1 == length ? sample : kind.other;
            }
            vm.expectRevert(reason);
            vm.prank(ANN);
            pool.commitBatch{value: 1 ether}(samples, labels, 1 ether);
        }
    }

    /// @dev A pool of random initial weights, small enough to be turned, and its copy here. Bias first, in both.
    function _useRandom(uint24 numWords, uint16 eta0, uint256 seed) private {
        bytes memory packed;
        delete _initial;
        for (uint256 i = 0; i <= numWords; ++i) {
            int16 weight = int16(int256(uint256(keccak256(abi.encode(seed, "weight", i))) % 41) - 20);
            packed = abi.encodePacked(packed, weight);
            _initial.push(weight);
        }
        _changes = new int256[](_initial.length);
        pool = this.create(numWords, eta0, 0, packed);
    }

    /// @dev The pool of three chunks and its copy here: every 997th weight begins at 3.
    function _useChunks() private {
        pool = _chunked;
        uint256 count = pool.weightCount();
        _initial = new int256[](count);
        for (uint256 i = 0; i < count; i += 997) {
            _initial[i] = 3;
        }
        _changes = new int256[](count);
    }

    function _createChunked() private {
        uint256 count = 30_001;
        bytes memory packed = new bytes(2 * count);
        for (uint256 i = 0; i < count; i += 997) {
            packed[2 * i + 1] = 0x03;
        }
        address[] memory chunks = new address[](3);
        uint256 start;
        for (uint256 i = 0; i < 3; ++i) {
            uint256 end = (i + 1) * CHUNK - CHUNK_SHIFT;
            if (end > count) end = count;
            bytes memory chunk = new bytes(2 * (end - start));
            for (uint256 k = 0; k < chunk.length; ++k) {
                chunk[k] = packed[2 * start + k];
            }
            chunks[i] = factory.storeChunk(chunk);
            start = end;
        }
        pool = IPool(factory.createPool(_described(30_000, 1, 0, packed), chunks, ""));
    }

    function _learnAtRandom(uint256 seed, bool inBatches, int256 step) private {
        for (uint256 i = 0; i < 12; ++i) {
            uint256 draw = uint256(keccak256(abi.encode(seed, i)));
            // some longer than the 16 words that are read at a time
            uint16[] memory words = new uint16[](draw >> 253 & 1 == 1 ? 16 + draw % 20 : 1 + draw % 9);
            // from anywhere among all words, or the last of the frequent ones and those behind them
            bool late = draw >> 254 & 1 == 1;
            uint256 word = (draw >> 8) % 60 + (late ? 420 : 0);
            uint256 apart = (late ? 115 : 530) / words.length;
            for (uint256 k = 0; k < words.length; ++k) {
                words[k] = uint16(word);
                word += 1 + uint256(keccak256(abi.encode(draw, k))) % apart;
            }
            _learnOne(words, uint16(draw >> 255), step, inBatches);
        }
        _compare(0, _initial.length);
    }

    /// @dev So many that whole groups of 16 lie on both sides of where a chunk ends, and one may lie across.
    function _wordsAround(uint256 middle, uint256 draw) private pure returns (uint16[] memory words) {
        words = new uint16[](50);
        uint256 word = middle - 60 + draw % 20;
        for (uint256 i = 0; i < words.length; ++i) {
            word += 1 + uint256(keccak256(abi.encode(draw, "around", i))) % 3;
            words[i] = uint16(word);
        }
    }

    /// @dev One contribution (or the same five times over in one batch, which works in memory), here and in the pool.
    function _learnOne(uint16[] memory words, uint16 label, int256 step, bool inBatch) private {
        bytes memory sample;
        for (uint256 i = 0; i < words.length; ++i) {
            sample = abi.encodePacked(sample, words[i]);
        }
        (uint16 predicted, int256 score) = pool.predict(sample);
        vm.assertEq(score, _score(words), "score");
        vm.assertEq(predicted, score > 0 ? 1 : 0, "prediction");

        uint256 times = inBatch ? 5 : 1;
        if (inBatch) {
            (bytes[] memory samples, uint16[] memory labels) = (new bytes[](times), new uint16[](times));
            for (uint256 i = 0; i < times; ++i) {
                (samples[i], labels[i]) = (sample, label);
            }
            vm.prank(ANN);
            pool.contributeBatch{value: 100 ether}(samples, labels, 1 ether);
        } else {
            _contribute(ANN, sample, label);
        }
        for (uint256 i = 0; i < times; ++i) {
            if ((_score(words) > 0 ? 1 : 0) != label) _move(words, label == 1 ? step : -step);
        }
    }

    /// @dev Frequent words and another, in batches of 90 until each weight is at its end.
    function _learnBeyondTheRange(uint16 step, uint16 label) private {
        bytes memory packed = new bytes(2 * (uint256(Kinds.NUM_WORDS) + 1));
        bytes2 far = bytes2(uint16(label == 1 ? int16(-20_000) : int16(20_000)));
        (packed[2], packed[3]) = (far[0], far[1]);
        pool = this.create(Kinds.NUM_WORDS, step, 0, packed);
        (bytes[] memory samples, uint16[] memory labels) = (new bytes[](90), new uint16[](90));
        for (uint256 i = 0; i < samples.length; ++i) {
            (samples[i], labels[i]) = (Packing.words(0, 1, 500), label);
        }
        int256 moved;
        uint256 batches = 2 + 512 / (90 * uint256(step));
        for (uint256 i = 0; i < batches; ++i) {
            moved += (label == 1 ? int256(90) : -90) * int256(uint256(step));
            vm.prank(ANN);
            pool.commitBatch{value: 10 ether}(samples, labels, 1 ether);
            vm.assertEq(int256(pool.weights(1, 2)[0]), _saturated(moved, 511), "a frequent word");
            vm.assertEq(int256(pool.weights(500, 501)[0]), _saturated(moved, 127), "another");
            vm.assertEq(int256(pool.weights(600, 601)[0]), _saturated(moved, 511), "bias");
        }
    }

    function _score(uint16[] memory words) private view returns (int256 score) {
        score = _initial[0] + _changes[0];
        for (uint256 i = 0; i < words.length; ++i) {
            score += _initial[uint256(words[i]) + 1] + _changes[uint256(words[i]) + 1];
        }
    }

    function _move(uint16[] memory words, int256 by) private {
        _changes[0] = _saturated(_changes[0] + by, 511);
        for (uint256 i = 0; i < words.length; ++i) {
            uint256 position = uint256(words[i]) + 1;
            int256 highest = words[i] < FREQUENT_WORDS ? int256(511) : int256(127);
            _changes[position] = _saturated(_changes[position] + by, highest);
        }
    }

    function _saturated(int256 change, int256 highest) private pure returns (int256) {
        if (change > highest) return highest;
        return change < -highest - 1 ? -highest - 1 : change;
    }

    /// @dev The weights in `[from, to)`: words first, bias last.
    function _compare(uint256 from, uint256 to) private view {
        int32[] memory weights = pool.weights(from, to);
        for (uint256 i = 0; i < weights.length; ++i) {
            uint256 position = (from + i + 1) % _initial.length;
            vm.assertEq(int256(weights[i]), _initial[position] + _changes[position], "weight");
        }
    }
}
