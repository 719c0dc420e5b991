// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModel} from "../../src/interfaces/IModel.sol";
import {IPoolFactory} from "../../src/interfaces/IPoolFactory.sol";
import {ISealedPool} from "../../src/interfaces/ISealedPool.sol";
import {Deployment} from "../kit/Deployment.sol";
import {Packing} from "../kit/Packing.sol";
import {vm} from "../kit/Vm.sol";
import {SealedTest} from "./SealedTest.sol";

/// @notice The judge of means of vectors, against the rule in plain words: a snapshot of the learner's sums and counts.
contract CentroidsJudgeTest is SealedTest {
    string private constant NAME = "SealedAssessedDenseNearestCentroid";
    uint256 private constant SEAL_GAS_PER_SUM = 640;

    /// @dev What a pool is created with.
    struct Shape {
        uint24 dimensions;
        uint16 classes;
    }

    /// @dev The sums of class 0, of class 1 and so on, then the count of each class.
    int32[] private _initial;

    function setUp() public override {
        super.setUp();
        (rules.waitSeals, rules.learningCost, rules.mostFeatures) = (1, 0, 0);
        (rules.judgeShift, rules.averaging, rules.gate) = (0, 1, type(uint32).max);
    }

    /* CREATION */

    function test_creation_takesAsManyClassesAsASealHolds() external {
        _blank(Shape(384, 15));
        _blank(Shape(1024, 5));
    }

    function test_creation_failsForMoreClassesThanASealHolds() external {
        _refuses(Shape(384, 16), abi.encodeWithSelector(IModel.ModelParametersInvalid.selector, 384, 16));
        _refuses(Shape(1024, 6), abi.encodeWithSelector(IModel.ModelParametersInvalid.selector, 1024, 6));
    }

    function test_fuzz_creation_failsForAMeanOfSums(uint8 averaging, uint8 shift) external {
        (rules.averaging, rules.judgeShift) = (averaging < 2 ? 2 : averaging, 1 + shift % 6);
        bytes memory reason =
            abi.encodeWithSelector(ISealedPool.SealedParameterOutOfRange.selector, 8, rules.averaging, 1, 1);
        _refuses(Shape(3, 2), reason);
        rules.averaging = 1;
        reason = abi.encodeWithSelector(ISealedPool.SealedParameterOutOfRange.selector, 9, rules.judgeShift, 0, 0);
        _refuses(Shape(3, 2), reason);
    }

    /* ASKING AND SEALING */

    function test_sample_failsForAnotherLength() external {
        _blank(Shape(3, 2));
        _refusesSample("", abi.encodeWithSelector(IModel.SampleEmpty.selector));
        _refusesSample(new bytes(5), abi.encodeWithSelector(IModel.SampleLengthInvalid.selector, 5));
        _refusesSample(new bytes(8), abi.encodeWithSelector(IModel.SampleLengthInvalid.selector, 8));
    }

    function test_fuzz_judge_isTheLearnerAsTheSealFoundIt(uint128 seed) external {
        Shape memory shape = _random(seed);
        pool = _made(shape);
        _isASnapshot(shape, seed, _initial);
        for (uint256 n = 0; n < 4; ++n) {
            bytes memory sample = Packing.vector(_vector(shape, seed + n));
            Made memory made = _contribute(ANN, sample, _predicted(sample));
            _seal(1);
            _settle(made);
            int32[] memory learner = pool.weights(0, _initial.length);
            _seal(1);
            _isASnapshot(shape, seed + n, learner);
        }
    }

    /// @dev Sums and numbers at their ends: no lane reaches into another.
    function test_asking_atTheEndsOfAllRanges() external {
        Shape memory shape = Shape(37, 3);
        for (uint256 sign = 0; sign < 4; ++sign) {
            _new(shape);
            for (uint256 class = 0; class < 3; ++class) {
                int32 count = class == 0 ? int32(32_767) : int32(uint32(class));
                _initial[3 * 37 + class] = count;
                for (uint256 i = 0; i < 37; ++i) {
                    bool low = (i % 5 < 2) == (sign & 1 == 0);
                    _initial[class * 37 + i] = count * (low ? type(int16).min : type(int16).max);
                }
            }
            pool = _made(shape);
            int16[] memory x = new int16[](37);
            for (uint256 i = 0; i < 37; ++i) {
                x[i] = sign & 2 == 0 ? type(int16).min : type(int16).max;
            }
            _asks(shape, x, _initial);
            _seal(1);
            _asks(shape, x, _initial);
        }
    }

    /// @dev As many sums as a pool has: in a transaction, and for no less gas than a seal is paid for.
    function test_aSealTakesMoreGasThanItIsPaidForAndFitsIntoATransaction() external {
        Shape[5] memory shapes = [Shape(1, 2), Shape(16, 2), Shape(16, 16), Shape(384, 15), Shape(3056, 2)];
        for (uint256 i = 0; i < 5; ++i) {
            _blank(shapes[i]);
            for (uint256 n = 0; n < 2; ++n) {
                vm.warp(block.timestamp + rules.epochLength);
                uint256 before = gasleft();
                pool.seal();
                uint256 used = before - gasleft();
                vm.assertLe(5 * (SEAL_GAS + SEAL_GAS_PER_SUM * _initial.length), 4 * used, "paid");
                vm.assertLe(used, 2 ** 24 - 100_000, "a transaction's");
            }
        }
    }

    /* INTERNAL */

    function _new(Shape memory shape) private {
        _initial = new int32[](shape.classes * (uint256(shape.dimensions) + 1));
    }

    function _blank(Shape memory shape) private {
        _new(shape);
        pool = _made(shape);
    }

    /// @dev Some classes are empty, and some full.
    function _random(uint256 seed) private returns (Shape memory shape) {
        shape = Shape(uint24(1 + seed % 50), uint16(2 + (seed >> 8) % 15));
        _new(shape);
        uint256 sums = uint256(shape.dimensions) * shape.classes;
        for (uint256 class = 0; class < shape.classes; ++class) {
            uint256 drawn = uint256(keccak256(abi.encode(seed, "count", class)));
            int256 count = int256(drawn % 8 == 0 ? 0 : drawn % 8 == 1 ? 32_767 : (drawn >> 8) % 500);
            _initial[sums + class] = int32(count);
            for (uint256 i = 0; i < shape.dimensions; ++i) {
                drawn = uint256(keccak256(abi.encode(seed, class, i)));
                _initial[class * shape.dimensions + i] = int32(int256(int16(uint16(drawn))) * count);
            }
        }
    }

    function _vector(Shape memory shape, uint256 seed) private pure returns (int16[] memory x) {
        x = new int16[](shape.dimensions);
        for (uint256 i = 0; i < x.length; ++i) {
            x[i] = int16(uint16(uint256(keccak256(abi.encode(seed, "x", i)))));
        }
    }

    function _made(Shape memory shape) private returns (ISealedPool) {
        return _madeAt(_rules(shape), shape);
    }

    /// @dev A reference of zeros: it speaks neither for a label nor against it.
    function _rules(Shape memory shape) private returns (address) {
        uint256 rows = shape.classes == 2 ? 1 : shape.classes;
        return factory.storeChunk(bytes.concat(_packed(rules), new bytes(2 * rows * (uint256(shape.dimensions) + 1))));
    }

    function createAt(address where, Shape memory shape) external returns (ISealedPool) {
        return _madeAt(where, shape);
    }

    function _madeAt(address where, Shape memory shape) private returns (ISealedPool) {
        uint256 width = shape.dimensions;
        uint256 held = 24_575 / (2 + 64 * ((width + 15) / 16));
        address[] memory chunks = new address[]((shape.classes + held - 1) / held);
        (bytes memory part, bytes memory weights) = ("", "");
        for (uint256 class = 0; class < shape.classes; ++class) {
            int32[] memory sums = new int32[](width);
            for (uint256 i = 0; i < width; ++i) {
                sums[i] = _initial[class * width + i];
            }
            uint16 count = uint16(uint32(_initial[shape.classes * width + class]));
            part = bytes.concat(part, Packing.centroid(count, sums));
            if (class % held == held - 1 || class + 1 == shape.classes) {
                chunks[class / held] = factory.storeChunk(part);
                (weights, part) = (bytes.concat(weights, part), "");
            }
        }
        IPoolFactory.PoolParameters memory parameters = IPoolFactory.PoolParameters(
            Deployment.deploy(NAME, abi.encode(FORWARDER)),
            ENCODER_HASH,
            keccak256(weights),
            bytes.concat(abi.encodePacked(where), new bytes(BEHIND_INCENTIVE)),
            Packing.denseNearestCentroid(shape.dimensions, shape.classes, 100),
            _token()
        );
        vm.prank(OWNER);
        return ISealedPool(factory.createPool(parameters, chunks, ""));
    }

    function _refuses(Shape memory shape, bytes memory reason) private {
        _new(shape);
        address where = _rules(shape);
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

    function _isASnapshot(Shape memory shape, uint256 seed, int32[] memory weights) private view {
        int32[] memory judge = pool.judgeWeights(0, weights.length);
        bytes memory packed = new bytes(4 * weights.length);
        for (uint256 i = 0; i < weights.length; ++i) {
            vm.assertEq(judge[i], weights[i], "weight");
            for (uint256 k = 0; k < 4; ++k) {
                packed[4 * i + k] = bytes1(uint8(uint32(weights[i]) >> (24 - 8 * k)));
            }
        }
        vm.assertEq(pool.judgeDigest(), keccak256(packed), "digest");
        for (uint256 n = 0; n < 3; ++n) {
            _asks(shape, _vector(shape, seed + 1000 * n), weights);
        }
    }

    /// @dev Compares squared distances as fractions, exactly.
    function _asks(Shape memory shape, int16[] memory x, int32[] memory weights) private view {
        uint256 nearest = 0;
        uint256 distance = 0;
        uint256 square = 0;
        for (uint256 class = 0; class < shape.classes; ++class) {
            int256 count = weights[shape.classes * x.length + class];
            if (count == 0) continue;
            uint256 another = 0;
            for (uint256 i = 0; i < x.length; ++i) {
                int256 away = count * x[i] - weights[class * x.length + i];
                another += uint256(away * away);
            }
            if (square == 0 || another * square < distance * uint256(count * count)) {
                (nearest, distance, square) = (class, another, uint256(count * count));
            }
        }
        (uint16 label, int256 score) = pool.predict(Packing.vector(x));
        vm.assertEq(label, nearest, "class");
        if (shape.classes > 2 && square != 0) vm.assertEq(score, int256(distance / square), "score");
        if (shape.classes == 2) vm.assertTrue((score > 0) == (label == 1), "sign");
    }
}
