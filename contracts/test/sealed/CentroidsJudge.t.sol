// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModel} from "../../src/interfaces/IModel.sol";
import {IPoolFactory} from "../../src/interfaces/IPoolFactory.sol";
import {ISealedPool} from "../../src/interfaces/ISealedPool.sol";
import {Packing} from "../kit/Packing.sol";
import {vm} from "../kit/Vm.sol";
import {JudgeTest} from "./JudgeTest.sol";

/// @notice The judge of means of vectors, against the rule in plain words: a snapshot of the learner's sums and counts.
contract CentroidsJudgeTest is JudgeTest {
    string private constant NAME = "SealedAssessedDenseNearestCentroid";
    uint256 private constant SEAL_GAS_PER_SUM = 640;

    function setUp() public override {
        super.setUp();
        rules.averaging = 1;
    }

    /* CREATION */

    function test_creation_takesAsManyClassesAsASealHolds() external {
        _blank(Shape(384, 15));
        _blank(Shape(1024, 5));
    }

    function test_creation_failsForMoreClassesThanASealHolds() external {
        _refusesShape(Shape(384, 16));
        _refusesShape(Shape(1024, 6));
    }

    function test_fuzz_creation_failsForAMeanOfSums(uint8 averaging, uint8 shift) external {
        _refusesAMean(averaging, shift);
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
    function test_gas_aSealTakesMoreThanItIsPaidForAndFitsIntoATransaction() external {
        Shape[5] memory shapes = [Shape(1, 2), Shape(16, 2), Shape(16, 16), Shape(384, 15), Shape(3056, 2)];
        for (uint256 i = 0; i < 5; ++i) {
            _blank(shapes[i]);
            _sealsForNoLessThanItIsPaid(2, SEAL_GAS_PER_SUM, _initial.length);
        }
    }

    /* INTERNAL */

    /// @dev Some classes are empty, and some full.
    function _random(uint256 seed) private returns (Shape memory shape) {
        shape = Shape(uint24(1 + seed % 50), uint16(2 + (seed >> 8) % 15));
        _new(shape);
        uint256 sums = uint256(shape.width) * shape.classes;
        for (uint256 class = 0; class < shape.classes; ++class) {
            uint256 drawn = uint256(keccak256(abi.encode(seed, "count", class)));
            int256 count = int256(drawn % 8 == 0 ? 0 : drawn % 8 == 1 ? 32_767 : (drawn >> 8) % 500);
            _initial[sums + class] = int32(count);
            for (uint256 i = 0; i < shape.width; ++i) {
                drawn = uint256(keccak256(abi.encode(seed, class, i)));
                _initial[class * shape.width + i] = int32(int256(int16(uint16(drawn))) * count);
            }
        }
    }

    function _vector(Shape memory shape, uint256 seed) private pure returns (int16[] memory x) {
        x = new int16[](shape.width);
        for (uint256 i = 0; i < x.length; ++i) {
            x[i] = int16(uint16(uint256(keccak256(abi.encode(seed, "x", i)))));
        }
    }

    function _madeAt(address where, Shape memory shape) internal override returns (ISealedPool) {
        uint256 width = shape.width;
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
        bytes memory model = Packing.denseNearestCentroid(shape.width, shape.classes, 100);
        IPoolFactory.PoolParameters memory parameters = _describedAs(NAME, model, where, weights);
        vm.prank(OWNER);
        return ISealedPool(factory.createPool(parameters, chunks, ""));
    }

    function _isASnapshot(Shape memory shape, uint256 seed, int32[] memory weights) private view {
        _isTheJudge(weights);
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
