// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModel} from "../../src/interfaces/IModel.sol";
import {ISealedPool} from "../../src/interfaces/ISealedPool.sol";
import {vm} from "../kit/Vm.sol";
import {SealedTest} from "./SealedTest.sol";

/// @title JudgeTest
/// @notice What the tests of judges beside `WordsJudge` are told in: a pool's shape, its initial weights and its reference, and the
/// rule under which every contribution can be settled after one seal and teaches.
abstract contract JudgeTest is SealedTest {
    /// @dev What a pool is created with.
    struct Shape {
        uint24 width; // dimensions of its vectors, or its words
        uint16 classes;
    }

    /// @dev As `weights` numbers them.
    int32[] internal _initial;
    /// @dev The reference: row after row, the bias last in each.
    int32[] internal _refers;

    function setUp() public virtual override {
        super.setUp();
        (rules.waitSeals, rules.learningCost, rules.mostFeatures) = (1, 0, 0);
        (rules.judgeShift, rules.gate) = (0, type(uint32).max);
    }

    /* CREATION */

    /// @dev A pool of these rules, weights and reference, the last two of them in `where`.
    function _madeAt(address where, Shape memory shape) internal virtual returns (ISealedPool);

    /// @dev How many weights the model has.
    function _countOf(Shape memory shape) internal pure virtual returns (uint256) {
        return shape.classes * (uint256(shape.width) + 1);
    }

    /// @dev Weights and a reference of zeros: it speaks neither for a label nor against it.
    function _new(Shape memory shape) internal {
        _initial = new int32[](_countOf(shape));
        _refers = new int32[]((shape.classes == 2 ? 1 : shape.classes) * (uint256(shape.width) + 1));
    }

    function _made(Shape memory shape) internal returns (ISealedPool) {
        return _madeAt(_chunkOfRules(), shape);
    }

    function _blank(Shape memory shape) internal {
        _new(shape);
        pool = _made(shape);
    }

    function createAt(address where, Shape memory shape) external returns (ISealedPool) {
        return _madeAt(where, shape);
    }

    function _chunkOfRules() internal returns (address) {
        uint256 last = _refers.length - 1;
        int16[] memory values = new int16[](_refers.length);
        for (uint256 i = 0; i <= last; ++i) {
            // the last weight comes first
            values[i == last ? 0 : i + 1] = int16(_refers[i]);
        }
        return factory.storeChunk(bytes.concat(_packed(rules), _bytes(values)));
    }

    function _refuses(Shape memory shape, bytes memory reason) internal {
        address where = _chunkOfRules();
        vm.expectRevert(reason);
        this.createAt(where, shape);
    }

    function _refusesShape(Shape memory shape) internal {
        _new(shape);
        _refuses(shape, abi.encodeWithSelector(IModel.ModelParametersInvalid.selector, shape.width, shape.classes));
    }

    /// @dev Where a seal takes the learner's weights as they are.
    function _refusesAMean(uint8 averaging, uint8 shift) internal {
        Shape memory shape = Shape(3, 2);
        _new(shape);
        (rules.averaging, rules.judgeShift) = (averaging < 2 ? 2 : averaging, 1 + shift % 6);
        bytes4 reason = ISealedPool.SealedParameterOutOfRange.selector;
        _refuses(shape, abi.encodeWithSelector(reason, 8, rules.averaging, 1, 1));
        rules.averaging = 1;
        _refuses(shape, abi.encodeWithSelector(reason, 9, rules.judgeShift, 0, 0));
    }

    /* SAMPLES */

    function _refusesSample(bytes memory sample, bytes memory reason) internal {
        vm.expectRevert(reason);
        pool.predict(sample);
        vm.expectRevert(reason);
        vm.prank(ANN);
        pool.contribute{value: rules.riskPrice}(sample, 1, MAX);
    }

    /// @dev A contribution by an account that has the standing for any label, and its settling.
    function _teach(bytes memory sample, uint16 label) internal {
        if (_predicted(sample) != label) {
            for (uint256 i = 0; i < rules.rate; ++i) {
                _contribute(ANN, sample, _predicted(sample));
            }
        }
        Made memory made = _contribute(ANN, sample, label);
        _seal(rules.waitSeals);
        _settle(made);
    }

    /// @dev Whether a sample, in a pool of these rules, teaches with this label.
    function _teaches(Shape memory shape, bytes memory sample, uint16 label) internal returns (bool) {
        pool = _made(shape);
        bytes32 before = pool.digest();
        _teach(sample, label);
        return pool.digest() != before;
    }

    /// @dev A sample teaches down to exactly the gate, and not beyond.
    function _teachesAsFarAsItsGap(Shape memory shape, bytes memory sample, uint16 label, int256 gap) internal {
        rules.gate = gap < 0 ? uint32(uint256(-gap)) : 0;
        vm.assertTrue(_teaches(shape, sample, label), "as far as the gate");
        if (gap < 0) {
            --rules.gate;
            vm.assertFalse(_teaches(shape, sample, label), "not beyond it");
        }
    }

    /* WEIGHTS */

    function _isTheReference() internal view {
        int32[] memory told = pool.referenceWeights(0, _refers.length);
        for (uint256 i = 0; i < told.length; ++i) {
            if (told[i] != _refers[i]) vm.assertEq(told[i], _refers[i], "weight");
        }
    }

    /// @dev The gap that a reference's scores leave for a label: one score for two classes, otherwise one for each.
    function _gapIn(int256[] memory scores, uint16 label) internal pure returns (int256) {
        if (scores.length == 1) return label == 1 ? scores[0] : -scores[0];
        return scores[label] - scores[_highest(scores, label)];
    }

    function _highest(int256[] memory scores, uint256 but) internal pure returns (uint256 best) {
        best = but == 0 ? 1 : 0;
        for (uint256 row = 0; row < scores.length; ++row) {
            if (row != but && scores[row] > scores[best]) best = row;
        }
    }
}
