// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModel} from "../../src/interfaces/IModel.sol";
import {IPoolFactory} from "../../src/interfaces/IPoolFactory.sol";
import {ISealedPool} from "../../src/interfaces/ISealedPool.sol";
import {Packing} from "../kit/Packing.sol";
import {vm} from "../kit/Vm.sol";
import {JudgeTest} from "./JudgeTest.sol";

/// @notice The judge of models that count words, against the rule in plain words: a snapshot of the learner's counts, with the
/// reference's rows beside it.
contract CountsJudgeTest is JudgeTest {
    string private constant BAYES = "SealedAssessedNaiveBayes";
    string private constant CENTROID = "SealedAssessedSparseNearestCentroid";
    uint256 private constant SEAL_GAS_PER_COUNT = 320;

    /// @dev Which of the two models.
    string private _name = BAYES;

    function setUp() public override {
        super.setUp();
        rules.averaging = 1;
    }

    /* CREATION */

    function test_creation_takesAsManyWordsAsASealHolds() external {
        // 374 blocks of 32 words beside that of the samples
        _blank(Shape(5_984, 2));
        _name = CENTROID;
        _blank(Shape(736, 16));
    }

    function test_creation_failsForMoreWordsThanASealHolds() external {
        _refusesShape(Shape(5_985, 2));
        _refusesShape(Shape(737, 16));
    }

    function test_fuzz_creation_failsForAMeanOfCounts(uint8 averaging, uint8 shift) external {
        _refusesAMean(averaging, shift);
    }

    /* ASKING */

    function test_sample_failsAsTheModelsDoes() external {
        _blank(Shape(40, 3));
        _refusesSample("", abi.encodeWithSelector(IModel.SampleEmpty.selector));
        _refusesSample(hex"000102", abi.encodeWithSelector(IModel.SampleLengthInvalid.selector, 3));
        _refusesSample(Packing.firstWords(1025), abi.encodeWithSelector(IModel.SampleTooLong.selector, 1025, 1024));
        _refusesSample(
            Packing.words(1, 33, 40), abi.encodeWithSelector(IModel.SampleFeatureOutOfRange.selector, 2, 40, 40)
        );
        _refusesSample(Packing.words(1, 7, 7), abi.encodeWithSelector(IModel.SampleNotAscending.selector, 2, 7, 7));
        _refusesSample(Packing.words(9, 3, 7), abi.encodeWithSelector(IModel.SampleNotAscending.selector, 1, 9, 3));
    }

    function test_fuzz_centroid_isAskedWithTheCountsOfTheSeal(uint128 seed) external {
        Shape memory shape = _random(seed);
        _name = CENTROID;
        pool = _made(shape);
        _isASnapshot(shape, seed, _initial);
        for (uint256 n = 0; n < 4; ++n) {
            _teachSome(shape, seed + n);
            int32[] memory counts = pool.weights(0, _initial.length);
            _seal(1);
            _isASnapshot(shape, seed + n, counts);
        }
    }

    function test_fuzz_bayes_isAskedWithTheCountsOfTheSeal(uint128 seed) external {
        Shape memory shape = _random(seed);
        pool = _made(shape);
        _asksBayes(shape, seed, _initial);
        for (uint256 n = 0; n < 4; ++n) {
            _teachSome(shape, seed + n);
            int32[] memory counts = pool.weights(0, _initial.length);
            _seal(1);
            _asksBayes(shape, seed + n, counts);
        }
    }

    /// @dev A class that is full ages with its next sample: the judge's moments are those of the halved counts.
    function test_seal_takesTheCountsOfAClassThatHasAged() external {
        Shape memory shape = Shape(33, 2);
        _new(shape);
        (_initial[66], _initial[67]) = (65_535, 40_000);
        for (uint256 i = 0; i < 66; ++i) {
            _initial[i] = int32(uint32(i * 600 + 1));
        }
        _name = CENTROID;
        pool = _made(shape);
        bytes memory sample = Packing.words(1, 2, 32);
        for (uint256 i = 0; i < rules.rate; ++i) {
            _contribute(ANN, sample, _predicted(sample));
        }
        Made memory made = _contribute(ANN, sample, 0);
        _seal(1);
        _settle(made);
        int32[] memory counts = pool.weights(0, 68);
        vm.assertEq(counts[66], 32_768, "aged, and one more");
        vm.assertEq(counts[2], 601, "halved, and one more");
        vm.assertEq(counts[3], 900, "halved");
        _seal(1);
        _isASnapshot(shape, 1, counts);
        _isASnapshot(shape, 2, counts);
    }

    /* TEACHING */

    /// @dev The model learns without being asked, and yet nobody pays for a sample that the learner judges right.
    function test_learningCost_isTakenWhereTheLearnerIsWrongAlone() external {
        rules.learningCost = 2;
        Shape memory shape = Shape(3, 2);
        _new(shape);
        (_initial[6], _initial[7]) = (4, 4);
        (_initial[0], _initial[4]) = (4, 4);
        pool = _made(shape);
        bytes memory sample = abi.encodePacked(uint16(0));
        Made memory first = _contribute(ANN, sample, 0);
        Made memory second = _contribute(ANN, sample, 0);
        _seal(1);
        _settle(first);
        vm.assertEq(_standing(ANN), 2, "the learner agrees");
        // the learner is turned round by contributions of somebody else, and sealed after it was asked
        for (uint256 i = 0; i < 40; ++i) {
            _contribute(BOB, sample, 0);
        }
        Made[] memory turning = new Made[](10);
        for (uint256 i = 0; i < 10; ++i) {
            turning[i] = _contribute(BOB, sample, 1);
        }
        _seal(1);
        for (uint256 i = 0; i < 10; ++i) {
            _settle(turning[i]);
        }
        bytes32 before = pool.digest();
        _settle(second);
        vm.assertEq(_standing(ANN), 0, "it did not");
        vm.assertTrue(pool.digest() != before, "and learned");
    }

    /* THE GAP */

    function test_fuzz_gap_isWhatTheRuleSays(uint128 seed) external {
        Shape memory shape = _random(seed);
        bytes memory sample = _sample(shape, seed);
        uint16 label = uint16((seed >> 16) % shape.classes);
        _name = CENTROID;
        _teachesAsFarAsItsGap(shape, sample, label, _gapIn(_scores(shape, sample), label));
    }

    /* SEALING */

    /// @dev As many counts as a pool has: in a transaction, and for no less gas than a seal is paid for.
    function test_gas_aSealTakesMoreThanItIsPaidForAndFitsIntoATransaction() external {
        Shape[4] memory shapes = [Shape(1, 2), Shape(64, 16), Shape(736, 16), Shape(5_984, 2)];
        for (uint256 i = 0; i < 4; ++i) {
            _name = i % 2 == 0 ? BAYES : CENTROID;
            _blank(shapes[i]);
            _sealsForNoLessThanItIsPaid(2, SEAL_GAS_PER_COUNT, _initial.length);
        }
    }

    function test_aSealIsPaidForItsCounts() external {
        vm.fee(1);
        rules.sealBounty = 1 ether;
        _blank(Shape(40, 3));
        pool.fund{value: 1 ether}();
        bytes memory sample = Packing.words(1, 2, 3);
        _contribute(ANN, sample, _predicted(sample));
        _seal(1);
        vm.assertEq(_credit(EVE), SEAL_GAS + SEAL_GAS_PER_COUNT * 3 * 41, "at least");
    }

    /* READING */

    function test_fuzz_reading_failsForARangeThatIsNone(uint256 from, uint256 to) external {
        _blank(Shape(5, 2));
        vm.assume(from >= to || to > 12);
        bytes memory reason = abi.encodeWithSelector(IModel.WeightRangeInvalid.selector, from, to, 12);
        vm.expectRevert(reason);
        pool.judgeWeights(from, to);
        if (from < to) return;
        reason = abi.encodeWithSelector(IModel.WeightRangeInvalid.selector, from, to, 6);
        vm.expectRevert(reason);
        pool.referenceWeights(from, to);
    }

    function test_fuzz_reference_isReadInOrder(uint128 seed) external {
        Shape memory shape = _random(seed);
        pool = _made(shape);
        _isTheReference();
    }

    /* INTERNAL */

    /// @dev Some classes are empty, and some full.
    function _random(uint256 seed) private returns (Shape memory shape) {
        shape = Shape(uint24(1 + seed % 70), uint16(2 + (seed >> 8) % 15));
        _new(shape);
        uint256 counts = uint256(shape.width) * shape.classes;
        for (uint256 class = 0; class < shape.classes; ++class) {
            uint256 drawn = uint256(keccak256(abi.encode(seed, "samples", class)));
            uint256 samples = drawn % 8 == 0 ? 0 : drawn % 8 == 1 ? 65_535 : (drawn >> 8) % 500;
            _initial[counts + class] = int32(uint32(samples));
            for (uint256 i = 0; i < shape.width; ++i) {
                drawn = uint256(keccak256(abi.encode(seed, class, i)));
                _initial[class * shape.width + i] = int32(uint32(drawn % (samples + 1)));
            }
        }
        for (uint256 i = 0; i < _refers.length; ++i) {
            _refers[i] = int16(uint16(uint256(keccak256(abi.encode(seed, "refers", i)))));
        }
    }

    /// @dev Up to three words.
    function _sample(Shape memory shape, uint256 seed) private pure returns (bytes memory sample) {
        uint256 next = 0;
        for (uint256 i = 0; i < 3 && next < shape.width; ++i) {
            uint256 word = next + uint256(keccak256(abi.encode(seed, "word", i))) % (shape.width - next);
            sample = bytes.concat(sample, abi.encodePacked(uint16(word)));
            next = word + 1;
        }
    }

    function _madeAt(address where, Shape memory shape) internal override returns (ISealedPool) {
        uint256 counts = uint256(shape.width) * shape.classes;
        uint16[] memory samples = new uint16[](shape.classes);
        for (uint256 class = 0; class < shape.classes; ++class) {
            samples[class] = uint16(uint32(_initial[counts + class]));
        }
        bytes memory weights = Packing.noCounts(shape.width, samples);
        for (uint256 i = 0; i < counts; ++i) {
            if (_initial[i] == 0) continue;
            Packing.setCount(weights, shape.classes, i / shape.width, i % shape.width, uint16(uint32(_initial[i])));
        }
        address[] memory chunks = new address[]((weights.length + 23_999) / 24_000);
        for (uint256 i = 0; i < chunks.length; ++i) {
            uint256 length = weights.length - i * 24_000 < 24_000 ? weights.length - i * 24_000 : 24_000;
            bytes memory part = new bytes(length);
            for (uint256 k = 0; k < length; ++k) {
                part[k] = weights[i * 24_000 + k];
            }
            chunks[i] = factory.storeChunk(part);
        }
        bytes memory model = Packing.classCounts(shape.width, shape.classes);
        IPoolFactory.PoolParameters memory parameters = _describedAs(_name, model, where, weights);
        vm.prank(OWNER);
        return ISealedPool(factory.createPool(parameters, chunks, ""));
    }

    /// @dev Contributions of which the last one is settled after a seal, so that the learner is ahead of the judge.
    function _teachSome(Shape memory shape, uint256 seed) private {
        bytes memory sample = _sample(shape, seed);
        Made memory first = _contribute(ANN, sample, _predicted(sample));
        Made memory second = _contribute(ANN, _sample(shape, ~seed), _predicted(_sample(shape, ~seed)));
        _seal(1);
        _settle(first);
        _settle(second);
    }

    function _isASnapshot(Shape memory shape, uint256 seed, int32[] memory counts) private view {
        _isTheJudge(counts);
        for (uint256 n = 0; n < 3; ++n) {
            _asksCentroid(shape, _sample(shape, seed + 1000 * n), counts);
        }
    }

    function _asksCentroid(Shape memory shape, bytes memory sample, int32[] memory counts) private view {
        int256[] memory scores = new int256[](shape.classes);
        for (uint256 class = 0; class < shape.classes; ++class) {
            scores[class] = _nearness(shape, sample, counts, class);
        }
        uint256 best = _highest(scores, MAX);
        (uint16 label, int256 score) = pool.predict(sample);
        int256 won = scores[best] - scores[_highest(scores, best)];
        vm.assertEq(score, shape.classes == 2 && best == 0 ? -won : won, "score");
        vm.assertEq(label, best, "class");
    }

    function _nearness(Shape memory shape, bytes memory sample, int32[] memory counts, uint256 class)
        private
        pure
        returns (int256)
    {
        uint256 samples = _at(counts, uint256(shape.width) * shape.classes + class);
        if (samples == 0) return -(2 ** 62);
        uint256 sum = 0;
        for (uint256 i = 0; i < sample.length; i += 2) {
            sum += _at(counts, class * shape.width + _word(sample, i));
        }
        uint256 squares = 0;
        for (uint256 i = 0; i < shape.width; ++i) {
            squares += _at(counts, class * shape.width + i) ** 2;
        }
        return int256(sum * 2 ** 21 / samples) - int256(squares * 2 ** 20 / samples ** 2);
    }

    /// @dev Compares products, of few words, exactly; where they are within a thousandth rounding may decide.
    function _asksBayes(Shape memory shape, uint256 seed, int32[] memory counts) private view {
        for (uint256 n = 0; n < 3; ++n) {
            bytes memory sample = _sample(shape, seed + 1000 * n);
            (uint16 label,) = pool.predict(sample);
            (uint256 above, uint256 below) = _share(shape, sample, counts, label);
            for (uint256 class = 0; class < shape.classes; ++class) {
                (uint256 another, uint256 under) = _share(shape, sample, counts, class);
                vm.assertGe(1001 * above * under, 1000 * another * below, "the likeliest");
            }
        }
    }

    /// @dev A class's samples times one more than each count, and all counts and words as often.
    function _share(Shape memory shape, bytes memory sample, int32[] memory counts, uint256 class)
        private
        pure
        returns (uint256 above, uint256 below)
    {
        above = _at(counts, uint256(shape.width) * shape.classes + class);
        uint256 total = shape.width;
        for (uint256 i = 0; i < shape.width; ++i) {
            total += _at(counts, class * shape.width + i);
        }
        below = 1;
        for (uint256 i = 0; i < sample.length; i += 2) {
            above *= _at(counts, class * shape.width + _word(sample, i)) + 1;
            below *= total;
        }
    }

    /// @dev Of the reference.
    function _scores(Shape memory shape, bytes memory sample) private view returns (int256[] memory scores) {
        uint256 width = uint256(shape.width) + 1;
        scores = new int256[](_refers.length / width);
        for (uint256 row = 0; row < scores.length; ++row) {
            scores[row] = _refers[row * width + shape.width];
            for (uint256 i = 0; i < sample.length; i += 2) {
                scores[row] += _refers[row * width + _word(sample, i)];
            }
        }
    }

    function _word(bytes memory sample, uint256 place) private pure returns (uint256) {
        return uint256(uint8(sample[place])) << 8 | uint8(sample[place + 1]);
    }

    function _at(int32[] memory counts, uint256 place) private pure returns (uint256) {
        return uint32(counts[place]);
    }
}
