// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModel} from "../../src/interfaces/IModel.sol";
import {IPoolFactory} from "../../src/interfaces/IPoolFactory.sol";
import {ISealedPool} from "../../src/interfaces/ISealedPool.sol";
import {Packing} from "../kit/Packing.sol";
import {vm} from "../kit/Vm.sol";
import {JudgeTest} from "./JudgeTest.sol";

/// @notice The judge and the reference on vectors, against the rule in plain words: rows of weights times a vector, one for two
/// classes and otherwise one for each.
contract VectorsJudgeTest is JudgeTest {
    int32 private constant HIGHEST = type(int24).max;
    int32 private constant LOWEST = type(int24).min;
    /// @dev What a seal is paid for a weight here.
    uint256 private constant SEAL_GAS_PER_NUMBER = 500;

    uint16 private _scale = 100;

    /* CREATION */

    function test_creation_takesAsManyRowsAsASealHolds() external {
        // 767 words: rows of 1,024 dimensions have 104 words, of 384 39, of 64 8, of 4,096 411
        _blank(Shape(4096, 2));
        _blank(Shape(1024, 7));
        _blank(Shape(384, 16));
        _blank(Shape(64, 16));
    }

    function test_creation_failsForMoreRowsThanASealHolds() external {
        _refusesShape(Shape(1024, 8));
    }

    function test_creation_failsForMoreWeightsThanAReferenceHolds() external {
        // 16 * 769 weights: no chunk has them all
        bytes memory chunk = bytes.concat(_packed(rules), new bytes(24_575 - 67));
        address where = factory.storeChunk(chunk);
        bytes memory reason = abi.encodeWithSelector(ISealedPool.SealedRulesInvalid.selector, 1 + 67 + 2 * 12_304, 24_576);
        Shape memory shape = Shape(768, 16);
        _new(shape);
        vm.expectRevert(reason);
        this.createAt(where, shape);
    }

    function test_fuzz_creation_failsForAWeightThatTheJudgeHasNoRoomFor(uint128 seed) external {
        Shape memory shape = Shape(uint24(1 + seed % 64), uint16(2 + (seed >> 8) % 15));
        rules.judgeShift = uint8(1 + (seed >> 16) % 6);
        _new(shape);
        uint256 place = (seed >> 24) % _initial.length;
        int32 weight = seed >> 40 & 1 == 0 ? (HIGHEST >> rules.judgeShift) + 1 : (LOWEST >> rules.judgeShift) - 1;
        _initial[place] = weight;
        _refuses(shape, abi.encodeWithSelector(IModel.ModelWeightOutOfRange.selector, place, weight));
        _initial[place] = weight < 0 ? weight + 1 : weight - 1;
        pool = _made(shape);
        vm.assertEq(
            pool.judgeWeights(place, place + 1)[0], _initial[place] << rules.judgeShift, "as far as it reaches"
        );
    }

    /* ASKING */

    function test_fuzz_sample_failsForAnotherLength(bytes calldata sample) external {
        vm.assume(sample.length != 0 && sample.length != 6);
        _blank(Shape(3, 3));
        bytes memory reason = abi.encodeWithSelector(IModel.SampleLengthInvalid.selector, sample.length);
        _refusesSample(sample, reason);
        _refusesSample("", abi.encodeWithSelector(IModel.SampleEmpty.selector));
    }

    function test_contribution_isAVectorNoLongerThanTheModelTakes() external {
        _scale = 4096;
        _blank(Shape(3, 3));
        int16[] memory features = new int16[](3);
        features[1] = 4096 + 32;
        bytes memory longest = Packing.vector(features);
        vm.prank(ANN);
        pool.contribute{value: rules.agreedPrice}(longest, 0, MAX);
        features[0] = 1;
        bytes memory longer = Packing.vector(features);
        bytes memory reason = abi.encodeWithSelector(IModel.SampleSquareTooLarge.selector, 4128 ** 2 + 1, 4128 ** 2);
        vm.expectRevert(reason);
        vm.prank(ANN);
        pool.contribute{value: rules.agreedPrice}(longer, 0, MAX);
        vm.expectRevert(reason);
        pool.quote(ANN, longer, 0);
        (uint16 label,) = pool.predict(longer);
        vm.assertEq(label, 0, "asked all the same");
    }

    function test_fuzz_perceptron_asksItsOneRow(uint128 seed) external {
        _scale = 4096;
        Shape memory shape = Shape(uint24(1 + seed % 64), 2);
        _random(shape, seed, 0);
        pool = _createAs(
            "SealedAssessedDensePerceptron", Packing.densePerceptron(shape.width, 3, 0, _scale, 0), _chunkOfRules()
        );
        _asksAsTheRuleSays(shape, seed, _initial, 0);
        _seal(1);
        _asksAsTheRuleSays(shape, uint256(seed) + 1, _initial, 0);
    }

    /// @dev Weights and numbers at their ends: no lane reaches into another.
    function test_asking_atTheEndsOfAllRanges() external {
        _scale = 32_767;
        for (uint256 sign = 0; sign < 4; ++sign) {
            Shape memory shape = Shape(91, 3);
            _new(shape);
            int16[] memory x = new int16[](shape.width);
            for (uint256 i = 0; i < x.length; ++i) {
                x[i] = sign & 1 == 0 ? type(int16).min : type(int16).max;
            }
            for (uint256 i = 0; i < _initial.length; ++i) {
                _initial[i] = i % 7 < 3 != (sign & 2 == 0) ? HIGHEST : LOWEST;
                _refers[i] = i % 5 < 2 != (sign & 2 == 0) ? type(int16).max : type(int16).min;
            }
            pool = _made(shape);
            _asks(shape, x, _initial, 0);
            _seal(1);
            _asks(shape, x, _initial, 0);
        }
    }

    /* THE GAP */

    function test_fuzz_gap_isWhatTheRuleSays(uint128 seed) external {
        Shape memory shape = Shape(uint24(1 + seed % 64), uint16(2 + (seed >> 8) % 15));
        _random(shape, seed, 0);
        int16[] memory x = _vector(shape, seed);
        uint16 label = uint16((seed >> 16) % shape.classes);
        _teachesAsFarAsItsGap(shape, Packing.vector(x), label, _gapIn(_scores(x, _refers), label));
    }

    /* SEALING */

    /// @dev More seals than the divisor's cap, with weights that move in between, all against the rule in plain words.
    function test_fuzz_judge_isWhatTheRuleSays(uint128 seed) external {
        Shape memory shape = Shape(uint24(1 + seed % 64), uint16(2 + (seed >> 8) % 15));
        rules.averaging = uint8(1 + (seed >> 16) % 5);
        rules.judgeShift = uint8((seed >> 24) % 7);
        _random(shape, seed, rules.judgeShift);
        pool = _made(shape);
        uint256 count = _initial.length;
        int32[] memory judge = new int32[](count);
        for (uint256 i = 0; i < count; ++i) {
            judge[i] = _initial[i] << rules.judgeShift;
        }
        _asksAsTheRuleSays(shape, seed, _initial, rules.judgeShift);
        for (uint256 n = 0; n < 6; ++n) {
            bytes memory sample = Packing.vector(_vector(shape, seed + n));
            Made memory made = _contribute(ANN, sample, _predicted(sample));
            int32[] memory learner = pool.weights(0, count);
            _seal(1);
            _settle(made);
            uint256 parts = n + 2 < rules.averaging ? n + 2 : rules.averaging;
            for (uint256 i = 0; i < count; ++i) {
                judge[i] = _moved(judge[i], int256(learner[i]) << rules.judgeShift, int256(parts), LOWEST, HIGHEST);
            }
            _isTheJudge(judge);
            _asksAsTheRuleSays(shape, seed + n, judge, 0);
        }
    }

    /// @dev A weight may go as far as its change does, which is further than the judge's int24 holds: there it ends.
    function test_judge_endsWhereInt24Does() external {
        _scale = 32_767;
        Shape memory shape = Shape(1, 2);
        _new(shape);
        (_initial[0], _initial[1]) = (HIGHEST, LOWEST);
        rules.averaging = 1;
        pool = _made(shape);
        int16[] memory x = new int16[](1);
        x[0] = 30_000;
        // both learn from class 1: the one goes beyond what the judge holds, the other comes back
        _teach(Packing.vector(x), 1);
        _seal(1);
        vm.assertEq(pool.judgeWeights(0, 1)[0], HIGHEST, "highest");
        vm.assertTrue(pool.weights(0, 1)[0] > HIGHEST, "the learner's is above");
        vm.assertTrue(pool.judgeWeights(1, 2)[0] > LOWEST, "moved");

        pool = _made(shape);
        _teach(Packing.vector(x), 0);
        _seal(1);
        vm.assertEq(pool.judgeWeights(1, 2)[0], LOWEST, "lowest");
        vm.assertTrue(pool.weights(1, 2)[0] < LOWEST, "the learner's is below");
        vm.assertTrue(pool.judgeWeights(0, 1)[0] < HIGHEST, "moved");
    }

    /// @dev As many weights as a pool has: in a transaction, and for no less gas than a seal is paid for.
    function test_gas_aSealTakesMoreThanItIsPaidForAndFitsIntoATransaction() external {
        Shape[4] memory shapes = [Shape(1, 2), Shape(64, 16), Shape(384, 16), Shape(4096, 2)];
        for (uint256 i = 0; i < 4; ++i) {
            _blank(shapes[i]);
            _sealsForNoLessThanItIsPaid(2, SEAL_GAS_PER_NUMBER, _initial.length);
        }
    }

    /* READING */

    function test_fuzz_reading_failsForARangeThatIsNone(uint256 from, uint256 to) external {
        _blank(Shape(2, 3));
        vm.assume(from >= to || to > 9);
        bytes memory reason = abi.encodeWithSelector(IModel.WeightRangeInvalid.selector, from, to, 9);
        vm.expectRevert(reason);
        pool.judgeWeights(from, to);
        vm.expectRevert(reason);
        pool.referenceWeights(from, to);
    }

    function test_fuzz_reference_isReadInOrder(uint128 seed) external {
        Shape memory shape = Shape(uint24(1 + seed % 64), uint16(2 + (seed >> 8) % 15));
        _random(shape, seed, 0);
        pool = _made(shape);
        _isTheReference();
    }

    /* INTERNAL */

    function _countOf(Shape memory shape) internal pure override returns (uint256) {
        return (shape.classes == 2 ? 1 : shape.classes) * (uint256(shape.width) + 1);
    }

    function _random(Shape memory shape, uint256 seed, uint8 shift) private {
        _new(shape);
        for (uint256 i = 0; i < _initial.length; ++i) {
            uint256 drawn = uint256(keccak256(abi.encode(seed, i)));
            // some at the ends
            _initial[i] = int24(uint24(drawn)) >> shift;
            if (drawn >> 40 & 15 == 0) _initial[i] = HIGHEST >> shift;
            if (drawn >> 40 & 15 == 1) _initial[i] = LOWEST >> shift;
            _refers[i] = int16(uint16(drawn >> 48));
        }
    }

    /// @dev No longer than the scale.
    function _vector(Shape memory shape, uint256 seed) private view returns (int16[] memory x) {
        x = new int16[](shape.width);
        uint256 root = 1;
        while (root * root < x.length) ++root;
        uint256 most = uint256(_scale) / root;
        for (uint256 i = 0; i < x.length; ++i) {
            uint256 drawn = uint256(keccak256(abi.encode(seed, "x", i))) % (2 * most + 1);
            x[i] = int16(int256(drawn) - int256(most));
        }
    }

    function _madeAt(address where, Shape memory shape) internal override returns (ISealedPool) {
        return _createAs("SealedAssessedDenseMarginPerceptron", _model(shape), where);
    }

    /// @dev Every contribution is learned from.
    function _model(Shape memory shape) private view returns (bytes memory) {
        return Packing.denseMarginPerceptron(shape.width, 1000, 0, _scale, shape.classes, type(uint48).max);
    }

    function _createAs(string memory name, bytes memory model, address where) private returns (ISealedPool) {
        uint256 width = (uint256(uint8(model[0])) << 16) + (uint256(uint8(model[1])) << 8) + uint8(model[2]) + 1;
        bytes memory weights = _rowsPacked(width);
        uint256 held = 24_575 / Packing.rowLength(width - 1) * Packing.rowLength(width - 1);
        address[] memory chunks = new address[]((weights.length + held - 1) / held);
        for (uint256 i = 0; i < chunks.length; ++i) {
            uint256 length = weights.length - i * held < held ? weights.length - i * held : held;
            chunks[i] = factory.storeChunk(_part(weights, i * held, length));
        }
        IPoolFactory.PoolParameters memory parameters = _describedAs(name, model, where, weights);
        vm.prank(OWNER);
        return ISealedPool(factory.createPool(parameters, chunks, ""));
    }

    function _part(bytes memory whole, uint256 start, uint256 length) private pure returns (bytes memory part) {
        part = new bytes(length);
        for (uint256 i = 0; i < length; i += 32) {
            assembly ("memory-safe") {
                mstore(add(add(part, 32), i), mload(add(add(add(whole, 32), start), i)))
            }
        }
    }

    /// @dev The initial weights, as `DenseWeights` describes its rows.
    function _rowsPacked(uint256 width) private view returns (bytes memory packed) {
        uint256 length = Packing.rowLength(width - 1);
        packed = new bytes(_initial.length / width * length);
        for (uint256 n = 0; n < _initial.length; ++n) {
            int32 weight = _initial[n];
            if (weight == 0) continue;
            uint256 i = n % width;
            uint256 set = 3 * (i % 30 / 15) + 2 - i % 15 % 3;
            // lanes from the lowest up, behind two bytes
            uint256 lane = 2 * (i % 15 / 3) + set % 2;
            uint256 place = n / width * length + 32 * (3 * (i / 30) + set / 2) + 29 - 3 * lane;
            uint24 value = uint24(int24(weight));
            (packed[place], packed[place + 1]) = (bytes1(uint8(value >> 16)), bytes1(uint8(value >> 8)));
            packed[place + 2] = bytes1(uint8(value));
        }
    }

    function _asksAsTheRuleSays(Shape memory shape, uint256 seed, int32[] memory judge, uint256 shift) private view {
        for (uint256 n = 0; n < 3; ++n) {
            _asks(shape, _vector(shape, seed + 1000 * n), judge, shift);
        }
    }

    function _asks(Shape memory shape, int16[] memory x, int32[] memory judge, uint256 shift) private view {
        int256[] memory scores = _scores(x, judge);
        uint256 best = _highest(scores, MAX);
        (uint16 label, int256 score) = pool.predict(Packing.vector(x));
        vm.assertEq(score, scores[best] << shift, "score");
        vm.assertEq(label, shape.classes == 2 ? (score > 0 ? 1 : 0) : best, "class");
    }

    function _scores(int16[] memory x, int32[] memory weights) private view returns (int256[] memory scores) {
        uint256 width = x.length + 1;
        scores = new int256[](weights.length / width);
        for (uint256 row = 0; row < scores.length; ++row) {
            scores[row] = int256(weights[row * width + x.length]) * int256(uint256(_scale));
            for (uint256 i = 0; i < x.length; ++i) {
                scores[row] += int256(weights[row * width + i]) * x[i];
            }
        }
    }
}
