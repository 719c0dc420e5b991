// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModel} from "../../src/interfaces/IModel.sol";
import {IPoolFactory} from "../../src/interfaces/IPoolFactory.sol";
import {ISealedPool} from "../../src/interfaces/ISealedPool.sol";
import {Deployment} from "../kit/Deployment.sol";
import {Packing} from "../kit/Packing.sol";
import {vm} from "../kit/Vm.sol";
import {SealedTest} from "./SealedTest.sol";

/// @notice The judge and the reference on vectors, against the rule in plain words: rows of weights times a vector, one for two
/// classes and otherwise one for each.
contract VectorsJudgeTest is SealedTest {
    int256 private constant HIGHEST = type(int24).max;
    int256 private constant LOWEST = type(int24).min;
    /// @dev What a seal is paid for a weight here.
    uint256 private constant SEAL_GAS_PER_NUMBER = 500;

    /// @dev What a pool is created with.
    struct Shape {
        uint24 dimensions;
        uint16 scale;
        uint16 classes;
    }

    /// @dev Row after row, the bias last in each.
    int256[] private _initial;
    int256[] private _refers;

    function setUp() public override {
        super.setUp();
        (rules.waitSeals, rules.learningCost, rules.mostFeatures) = (1, 0, 0);
        (rules.judgeShift, rules.gate) = (0, type(uint32).max);
    }

    /* CREATION */

    function test_creation_takesAsManyRowsAsASealHolds() external {
        // 767 words: rows of 1,024 dimensions have 104 words, of 384 39, of 64 8, of 4,096 411
        _blank(Shape(4096, 1, 2));
        _blank(Shape(1024, 1, 7));
        _blank(Shape(384, 1, 16));
        _blank(Shape(64, 1, 16));
    }

    function test_creation_failsForMoreRowsThanASealHolds() external {
        Shape memory shape = Shape(1024, 1, 8);
        _refuses(shape, abi.encodeWithSelector(IModel.ModelParametersInvalid.selector, 1024, 8));
    }

    function test_creation_failsForMoreWeightsThanAReferenceHolds() external {
        // 16 * 769 weights: no chunk has them all
        bytes memory chunk = bytes.concat(_packed(rules), new bytes(24_575 - 67));
        address where = factory.storeChunk(chunk);
        bytes memory reason = abi.encodeWithSelector(ISealedPool.SealedRulesInvalid.selector, 1 + 67 + 2 * 12_304, 24_576);
        Shape memory shape = Shape(768, 1, 16);
        _new(shape);
        vm.expectRevert(reason);
        this.createAt(where, shape);
    }

    function test_fuzz_creation_failsForAWeightThatTheJudgeHasNoRoomFor(uint128 seed) external {
        Shape memory shape = Shape(uint24(1 + seed % 64), 100, uint16(2 + (seed >> 8) % 15));
        rules.judgeShift = uint8(1 + (seed >> 16) % 6);
        _new(shape);
        uint256 place = (seed >> 24) % _initial.length;
        int256 weight = seed >> 40 & 1 == 0 ? (HIGHEST >> rules.judgeShift) + 1 : (LOWEST >> rules.judgeShift) - 1;
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
        _blank(Shape(3, 100, 3));
        bytes memory reason = abi.encodeWithSelector(IModel.SampleLengthInvalid.selector, sample.length);
        _refusesSample(sample, reason);
        _refusesSample("", abi.encodeWithSelector(IModel.SampleEmpty.selector));
    }

    function test_contribution_isAVectorNoLongerThanTheModelTakes() external {
        _blank(Shape(3, 4096, 3));
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
        Shape memory shape = Shape(uint24(1 + seed % 64), 4096, 2);
        _random(shape, seed, 0);
        pool = _madeAs(
            "SealedAssessedDensePerceptron", Packing.densePerceptron(shape.dimensions, 3, 0, shape.scale, 0), _chunkOfRules()
        );
        _asksAsTheRuleSays(shape, seed, _initial, 0);
        _seal(1);
        _asksAsTheRuleSays(shape, seed + 1, _initial, 0);
    }

    /// @dev Weights and numbers at their ends: no lane reaches into another.
    function test_asking_atTheEndsOfAllRanges() external {
        for (uint256 sign = 0; sign < 4; ++sign) {
            Shape memory shape = Shape(91, type(uint16).max / 2, 3);
            _new(shape);
            int16[] memory x = new int16[](shape.dimensions);
            for (uint256 i = 0; i < x.length; ++i) {
                x[i] = sign & 1 == 0 ? type(int16).min : type(int16).max;
            }
            for (uint256 i = 0; i < _initial.length; ++i) {
                _initial[i] = i % 7 < 3 != (sign & 2 == 0) ? HIGHEST : LOWEST;
                _refers[i] = i % 5 < 2 != (sign & 2 == 0) ? int256(type(int16).max) : int256(type(int16).min);
            }
            pool = _made(shape);
            _asks(shape, x, _initial, 0);
            _seal(1);
            _asks(shape, x, _initial, 0);
        }
    }

    /* THE GAP */

    /// @dev A sample teaches down to exactly the gate, and not beyond.
    function test_fuzz_gap_isWhatTheRuleSays(uint128 seed) external {
        Shape memory shape = Shape(uint24(1 + seed % 64), 100, uint16(2 + (seed >> 8) % 15));
        _random(shape, seed, 0);
        int16[] memory x = _vector(shape, seed);
        uint16 label = uint16((seed >> 16) % shape.classes);
        int256 gap = _gapOf(shape, x, label);
        rules.gate = gap < 0 ? uint32(uint256(-gap)) : 0;
        vm.assertTrue(_teaches(shape, x, label), "as far as the gate");
        if (gap < 0) {
            --rules.gate;
            vm.assertFalse(_teaches(shape, x, label), "not beyond it");
        }
    }

    /* SEALING */

    /// @dev More seals than the divisor's cap, with weights that move in between, all against the rule in plain words.
    function test_fuzz_judge_isWhatTheRuleSays(uint128 seed) external {
        Shape memory shape = Shape(uint24(1 + seed % 64), 100, uint16(2 + (seed >> 8) % 15));
        rules.averaging = uint8(1 + (seed >> 16) % 5);
        rules.judgeShift = uint8((seed >> 24) % 7);
        _random(shape, seed, rules.judgeShift);
        pool = _made(shape);
        uint256 count = _initial.length;
        int256[] memory judge = new int256[](count);
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
                judge[i] = _moved(judge[i], int256(learner[i]) << rules.judgeShift, int256(parts));
            }
            _isTheJudge(judge);
            _asksAsTheRuleSays(shape, seed + n, judge, 0);
        }
    }

    /// @dev A weight may go as far as its change does, which is further than the judge's int24 holds: there it ends.
    function test_judge_endsWhereInt24Does() external {
        Shape memory shape = Shape(1, 32_767, 2);
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
    }

    /// @dev As many weights as a pool has: in a transaction, and for no less gas than a seal is paid for.
    function test_aSealTakesMoreGasThanItIsPaidForAndFitsIntoATransaction() external {
        Shape[4] memory shapes = [Shape(1, 1, 2), Shape(64, 1, 16), Shape(384, 1, 16), Shape(4096, 1, 2)];
        for (uint256 i = 0; i < 4; ++i) {
            _blank(shapes[i]);
            uint256 count = _initial.length;
            for (uint256 n = 0; n < 2; ++n) {
                vm.warp(block.timestamp + rules.epochLength);
                uint256 before = gasleft();
                pool.seal();
                uint256 used = before - gasleft();
                vm.assertLe(5 * (SEAL_GAS + SEAL_GAS_PER_NUMBER * count), 4 * used, "paid");
                vm.assertLe(used, 2 ** 24 - 100_000, "a transaction's");
            }
        }
    }

    /* READING */

    function test_fuzz_reading_failsForARangeThatIsNone(uint256 from, uint256 to) external {
        _blank(Shape(2, 1, 3));
        vm.assume(from >= to || to > 9);
        bytes memory reason = abi.encodeWithSelector(IModel.WeightRangeInvalid.selector, from, to, 9);
        vm.expectRevert(reason);
        pool.judgeWeights(from, to);
        vm.expectRevert(reason);
        pool.referenceWeights(from, to);
    }

    function test_fuzz_reference_isReadInOrder(uint128 seed) external {
        Shape memory shape = Shape(uint24(1 + seed % 64), 100, uint16(2 + (seed >> 8) % 15));
        _random(shape, seed, 0);
        pool = _made(shape);
        int32[] memory told = pool.referenceWeights(0, _refers.length);
        for (uint256 i = 0; i < told.length; ++i) {
            vm.assertEq(told[i], _refers[i], "weight");
        }
    }

    /* INTERNAL */

    function _new(Shape memory shape) private {
        uint256 rows = shape.classes == 2 ? 1 : shape.classes;
        _initial = new int256[](rows * (uint256(shape.dimensions) + 1));
        _refers = new int256[](_initial.length);
    }

    function _blank(Shape memory shape) private {
        _new(shape);
        pool = _made(shape);
    }

    function _random(Shape memory shape, uint256 seed, uint8 shift) private {
        _new(shape);
        for (uint256 i = 0; i < _initial.length; ++i) {
            uint256 drawn = uint256(keccak256(abi.encode(seed, i)));
            // some at the ends
            _initial[i] = int256(int24(uint24(drawn))) >> shift;
            if (drawn >> 40 & 15 == 0) _initial[i] = HIGHEST >> shift;
            if (drawn >> 40 & 15 == 1) _initial[i] = LOWEST >> shift;
            _refers[i] = int16(uint16(drawn >> 48));
        }
    }

    /// @dev No longer than the scale.
    function _vector(Shape memory shape, uint256 seed) private pure returns (int16[] memory x) {
        x = new int16[](shape.dimensions);
        uint256 root = 1;
        while (root * root < x.length) ++root;
        uint256 most = uint256(shape.scale) / root;
        for (uint256 i = 0; i < x.length; ++i) {
            uint256 drawn = uint256(keccak256(abi.encode(seed, "x", i))) % (2 * most + 1);
            x[i] = int16(int256(drawn) - int256(most));
        }
    }

    function _made(Shape memory shape) private returns (ISealedPool) {
        return _madeAs("SealedAssessedDenseMarginPerceptron", _model(shape), _chunkOfRules());
    }

    /// @dev Every contribution is learned from.
    function _model(Shape memory shape) private pure returns (bytes memory) {
        return Packing.denseMarginPerceptron(
            shape.dimensions, 1000, 0, shape.scale, shape.classes, type(uint48).max
        );
    }

    function _chunkOfRules() private returns (address) {
        uint256 last = _refers.length - 1;
        bytes memory values = new bytes(2 * _refers.length);
        for (uint256 i = 0; i <= last; ++i) {
            // the last weight comes first
            uint256 place = i == last ? 0 : i + 1;
            uint16 value = uint16(int16(_refers[i]));
            (values[2 * place], values[2 * place + 1]) = (bytes1(uint8(value >> 8)), bytes1(uint8(value)));
        }
        return factory.storeChunk(bytes.concat(_packed(rules), values));
    }

    function createAt(address where, Shape memory shape) external returns (ISealedPool) {
        return _madeAs("SealedAssessedDenseMarginPerceptron", _model(shape), where);
    }

    function _madeAs(string memory name, bytes memory model, address where) private returns (ISealedPool) {
        uint256 width = (uint256(uint8(model[0])) << 16) + (uint256(uint8(model[1])) << 8) + uint8(model[2]) + 1;
        bytes memory weights = _rowsPacked(width);
        uint256 held = 24_575 / Packing.rowLength(width - 1) * Packing.rowLength(width - 1);
        address[] memory chunks = new address[]((weights.length + held - 1) / held);
        for (uint256 i = 0; i < chunks.length; ++i) {
            uint256 length = weights.length - i * held < held ? weights.length - i * held : held;
            chunks[i] = factory.storeChunk(_part(weights, i * held, length));
        }
        IPoolFactory.PoolParameters memory parameters = IPoolFactory.PoolParameters(
            Deployment.deploy(name, abi.encode(FORWARDER)),
            ENCODER_HASH,
            keccak256(weights),
            bytes.concat(abi.encodePacked(where), new bytes(BEHIND_INCENTIVE)),
            model,
            _token()
        );
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
            int256 weight = _initial[n];
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

    function _refuses(Shape memory shape, bytes memory reason) private {
        if (_initial.length != (shape.classes == 2 ? 1 : shape.classes) * (uint256(shape.dimensions) + 1)) _new(shape);
        address where = _chunkOfRules();
        vm.expectRevert(reason);
        this.createAt(where, shape);
    }

    function _refusesSample(bytes memory sample, bytes memory reason) private {
        vm.expectRevert(reason);
        pool.predict(sample);
        vm.expectRevert(reason);
        vm.prank(ANN);
        pool.contribute{value: rules.riskPrice}(sample, 1, MAX);
    }

    function _asksAsTheRuleSays(Shape memory shape, uint256 seed, int256[] memory judge, uint256 shift) private view {
        for (uint256 n = 0; n < 3; ++n) {
            _asks(shape, _vector(shape, seed + 1000 * n), judge, shift);
        }
    }

    function _asks(Shape memory shape, int16[] memory x, int256[] memory judge, uint256 shift) private view {
        int256[] memory scores = _scores(shape, x, judge);
        uint256 best = _highest(scores, MAX);
        (uint16 label, int256 score) = pool.predict(Packing.vector(x));
        vm.assertEq(score, scores[best] << shift, "score");
        vm.assertEq(label, shape.classes == 2 ? (score > 0 ? 1 : 0) : best, "class");
    }

    function _gapOf(Shape memory shape, int16[] memory x, uint16 label) private view returns (int256) {
        int256[] memory scores = _scores(shape, x, _refers);
        if (shape.classes == 2) return label == 1 ? scores[0] : -scores[0];
        return scores[label] - scores[_highest(scores, label)];
    }

    function _scores(Shape memory shape, int16[] memory x, int256[] memory weights)
        private
        pure
        returns (int256[] memory scores)
    {
        uint256 width = x.length + 1;
        scores = new int256[](weights.length / width);
        for (uint256 row = 0; row < scores.length; ++row) {
            scores[row] = weights[row * width + x.length] * int256(uint256(shape.scale));
            for (uint256 i = 0; i < x.length; ++i) {
                scores[row] += weights[row * width + i] * x[i];
            }
        }
    }

    function _highest(int256[] memory scores, uint256 but) private pure returns (uint256 best) {
        best = but == 0 ? 1 : 0;
        for (uint256 row = 0; row < scores.length; ++row) {
            if (row != but && scores[row] > scores[best]) best = row;
        }
    }

    /// @dev Whether a sample, in a pool of these rules, teaches with this label.
    function _teaches(Shape memory shape, int16[] memory x, uint16 label) private returns (bool) {
        pool = _made(shape);
        bytes32 before = pool.digest();
        _teach(Packing.vector(x), label);
        return pool.digest() != before;
    }

    /// @dev A contribution by an account that has the standing for any label, and its settling.
    function _teach(bytes memory sample, uint16 label) private {
        if (_predicted(sample) != label) {
            for (uint256 i = 0; i < rules.rate; ++i) {
                _contribute(ANN, sample, _predicted(sample));
            }
        }
        Made memory made = _contribute(ANN, sample, label);
        _seal(rules.waitSeals);
        _settle(made);
    }

    function _moved(int256 from, int256 to, int256 parts) private pure returns (int256 moved) {
        int256 way = to - from + parts / 2;
        int256 part = way / parts;
        if (way % parts < 0) --part;
        moved = from + part;
        if (moved > HIGHEST) moved = HIGHEST;
        if (moved < LOWEST) moved = LOWEST;
    }

    function _isTheJudge(int256[] memory expected) private view {
        int32[] memory judge = pool.judgeWeights(0, expected.length);
        bytes memory packed = new bytes(4 * judge.length);
        for (uint256 i = 0; i < judge.length; ++i) {
            vm.assertEq(judge[i], expected[i], "weight");
            for (uint256 k = 0; k < 4; ++k) {
                packed[4 * i + k] = bytes1(uint8(uint32(judge[i]) >> (24 - 8 * k)));
            }
        }
        vm.assertEq(pool.judgeDigest(), keccak256(packed), "digest");
    }
}
