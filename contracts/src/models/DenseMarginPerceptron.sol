// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CloneArguments} from "../CloneArguments.sol";
import {IModel} from "../interfaces/IModel.sol";
import {DenseModel} from "./DenseModel.sol";
import {DenseWeights} from "./DenseWeights.sol";
import {Model} from "./Model.sol";
import {Scratch} from "./Scratch.sol";
import {stepRoundedDown} from "./Step.sol";

/// @title DenseMarginPerceptron
/// @notice A perceptron with a margin (Krauth & Mezard 1987) on vectors, for two to sixteen classes. A score is the sum of
/// weight times feature, and the bias is the weight of one more feature that is always `scale`, the integer for 1.
///
/// Of two classes there is one row of weights: a score above 0 is class 1, and unless it is further than `theta` on the label's
/// side, each weight moves by the step times its feature, towards the label. Of more there is a row for each: the class is the
/// one that scores highest, the lowest of equal ones; unless the label's score is more than `theta` above the best other one,
/// the label's row moves by the step times the features, and that other one's by as much the other way.
/// @dev Samples as in `DenseModel`; weights lie as in `DenseWeights`, row after row. Parameters, packed big-endian: dimensions
/// uint24, eta0 uint16, tau uint40, scale uint16, classes uint16, theta uint48; the chunks' addresses follow, each of as many
/// whole rows as fit into one. The step is that of `stepRoundedDown`.
///
/// A contribution's vector is never longer than the integer for 1, up to rounding: the margin means the same for all then, and
/// none moves the weights further than others.
/// @custom:judge VectorsJudge
abstract contract DenseMarginPerceptron is DenseWeights {
    uint256 internal constant MAX_CLASSES = 16;
    /// @dev Most rows times dimensions of more than two classes: a claim reads all of them.
    uint256 internal constant MAX_NUMBERS = 16_384;
    /// @dev Most that rounding adds to a vector's length: half a unit in each of 4,096 dimensions.
    uint256 internal constant ROUNDING = 32;

    /// @dev A contract's code may have 24,576 bytes (EIP-170); SSTORE2 uses the first.
    uint256 private constant MAX_CHUNK_LENGTH = 24_575;
    uint256 private constant PARAMETERS_LENGTH = 20;
    /// @dev Offset of the first chunk's address.
    uint256 private constant CHUNKS = CloneArguments.MODEL + PARAMETERS_LENGTH;

    /* PARAMETERS */

    /// @inheritdoc IModel
    function modelId() external pure returns (bytes32) {
        return "dense-margin-perceptron/1";
    }

    function _parametersLength() internal pure override returns (uint256) {
        return PARAMETERS_LENGTH;
    }

    /// @notice dimensions, eta0, tau, scale, classes, theta.
    function modelParameters() external view returns (uint256[] memory parameters) {
        uint256 word = CloneArguments.word(CloneArguments.MODEL);
        parameters = new uint256[](6);
        parameters[0] = word >> 232;
        parameters[1] = uint16(word >> 216);
        parameters[2] = uint40(word >> 176);
        parameters[3] = uint16(word >> 160);
        parameters[4] = uint16(word >> 144);
        parameters[5] = uint48(word >> 96);
    }

    function _classCount() internal view override returns (uint16) {
        return uint16(CloneArguments.word(CloneArguments.MODEL) >> 144);
    }

    /// @param parameters As packed in the clone's code.
    function _rows(uint256 parameters) private pure returns (uint256 rows) {
        rows = uint16(parameters >> 144);
        if (rows == 2) rows = 1;
    }

    /// @dev How many rows a chunk of them has.
    /// @param words Of a row.
    function _rowsPerChunk(uint256 words) private pure returns (uint256) {
        return MAX_CHUNK_LENGTH / (32 * words);
    }

    /// @inheritdoc DenseWeights
    function _rowCount() internal view override returns (uint256) {
        return _rows(CloneArguments.word(CloneArguments.MODEL));
    }

    /// @inheritdoc DenseWeights
    function _firstChunk() internal view override returns (address) {
        return _chunk(0);
    }

    function _chunk(uint256 number) private view returns (address) {
        return address(uint160(CloneArguments.word(CHUNKS + 20 * number) >> 96));
    }

    function _validateModel() internal view override {
        uint256 word = CloneArguments.word(CloneArguments.MODEL);
        uint256 dimensions = word >> 232;
        uint256 eta0 = uint16(word >> 216);
        uint256 scale = uint16(word >> 160);
        uint256 classes = uint16(word >> 144);
        if (dimensions == 0 || dimensions > MAX_DIMENSIONS || eta0 == 0) {
            revert ModelParametersInvalid(dimensions, eta0);
        }
        if (scale == 0 || scale > uint16(type(int16).max)) revert ModelParametersInvalid(dimensions, scale);
        if (classes < 2 || classes > MAX_CLASSES) revert ModelParametersInvalid(dimensions, classes);
        // Two rows are learned in, each on fresh slots at first.
        if (classes > 2 && (2 * dimensions > MAX_DIMENSIONS || classes * dimensions > MAX_NUMBERS)) {
            revert ModelParametersInvalid(dimensions, classes);
        }

        uint256 rows = _rows(word);
        uint256 words = _words(dimensions);
        uint256 perChunk = _rowsPerChunk(words);
        _requireChunks(PARAMETERS_LENGTH, (rows + perChunk - 1) / perChunk);
        for (uint256 first = 0; first < rows; first += perChunk) {
            uint256 held = rows - first < perChunk ? rows - first : perChunk;
            uint256 length = 1 + 32 * words * held;
            bytes memory code = _chunk(first / perChunk).code;
            // The leading zero byte (STOP) tells a chunk from a delegated account, whose code could change.
            if (code.length != length || code[0] != 0) {
                revert ModelWeightsInvalid(first / perChunk, length, code.length);
            }
        }
    }

    /// @inheritdoc Model
    function _requireSize(bytes calldata sample) internal view override {
        _requireShort(sample, uint16(CloneArguments.word(CloneArguments.MODEL) >> 160) + ROUNDING);
    }

    /* PREDICTION */

    /// @inheritdoc Model
    /// @dev O(rows * dimensions), one storage read for ten weights.
    /// @return label The class.
    /// @return score Of two classes: above 0 is class 1. Of more: that of the class, the highest.
    function _predict(bytes calldata sample) internal view override returns (uint16 label, int256 score) {
        uint256 free = Scratch.free();
        (uint256 parameters, uint256 scores,,) = _judge(sample);
        (label, score) = _best(scores, _rows(parameters));
        Scratch.release(free);
    }

    /// @dev The score of every row.
    /// @return parameters As packed in the clone's code.
    /// @return scores Where in memory the scores are, a word each; the caller gives it back (see `Scratch`).
    /// @return features Where the features are, as `_move` takes them.
    /// @return changes Where the words of changes are, as read, row after row.
    function _judge(bytes calldata sample)
        private
        view
        returns (uint256 parameters, uint256 scores, uint256 features, uint256 changes)
    {
        parameters = CloneArguments.word(CloneArguments.MODEL);
        _requireLength(sample, parameters >> 232);
        uint256 rows = _rows(parameters);
        uint256 words = _words(parameters >> 232);
        uint256 perChunk = _rowsPerChunk(words);
        scores = Scratch.take(32 * rows);
        (features, changes) = _unpack(sample, uint16(parameters >> 160), rows * words);
        for (uint256 row = 0; row < rows; ++row) {
            uint256 place = changes + 32 * words * row;
            uint256 slot = CHANGES_SLOT + words * row;
            // One after the other: scoring a row may overwrite where the next one comes to.
            _copyRow(_chunk(row / perChunk), row % perChunk, words, place);
            int256 score = _score(slot, slot + words, features, place);
            assembly ("memory-safe") {
                mstore(add(scores, shl(5, row)), score)
            }
        }
    }

    /// @dev What the scores say.
    function _best(uint256 scores, uint256 rows) private pure returns (uint16 label, int256 score) {
        score = _at(scores, 0);
        if (rows == 1) return (score > 0 ? 1 : 0, score);
        for (uint256 row = 1; row < rows; ++row) {
            if (_at(scores, row) > score) (label, score) = (uint16(row), _at(scores, row));
        }
    }

    /// @dev The class that scores highest apart from `label`, the lowest of equal ones.
    function _rival(uint256 scores, uint256 rows, uint256 label) private pure returns (uint256 rival) {
        rival = label == 0 ? 1 : 0;
        for (uint256 row = rival + 1; row < rows; ++row) {
            if (row != label && _at(scores, row) > _at(scores, rival)) rival = row;
        }
    }

    function _at(uint256 scores, uint256 row) private pure returns (int256 score) {
        assembly ("memory-safe") {
            score := mload(add(scores, shl(5, row)))
        }
    }

    /* LEARNING */

    /// @inheritdoc Model
    /// @dev One storage write for ten weights, of one row or of two.
    function _train(bytes calldata sample, uint16 label, uint256 accepted)
        internal
        override
        returns (uint16 predicted)
    {
        uint256 free = Scratch.free();
        (uint256 parameters, uint256 scores, uint256 features, uint256 changes) = _judge(sample);
        uint256 rows = _rows(parameters);
        (predicted,) = _best(scores, rows);
        int256 theta = int256(uint256(uint48(parameters >> 96)));
        int256 step = stepRoundedDown(parameters, accepted);
        uint256 words = _words(parameters >> 232);
        if (rows == 1) {
            int256 score = _at(scores, 0);
            if ((label == 0 ? -score : score) <= theta) {
                _moveRow(0, words, label == 0 ? -step : step, features, changes);
            }
        } else {
            uint256 rival = _rival(scores, rows, label);
            if (_at(scores, label) - _at(scores, rival) <= theta) {
                _moveRow(label, words, step, features, changes);
                _moveRow(rival, words, -step, features, changes);
            }
        }
        Scratch.release(free);
    }

    function _moveRow(uint256 row, uint256 words, int256 by, uint256 features, uint256 changes) private {
        uint256 slot = CHANGES_SLOT + words * row;
        _move(slot, slot + words, by, features, changes + 32 * words * row);
    }

    /* WEIGHTS */

    /// @inheritdoc DenseModel
    function _weightCount() internal view override returns (uint256) {
        uint256 parameters = CloneArguments.word(CloneArguments.MODEL);
        return _rows(parameters) * ((parameters >> 232) + 1);
    }

    /// @inheritdoc DenseModel
    function _weightsBigEndian(uint256 from, uint256 to) internal view override returns (bytes memory packed) {
        uint256 parameters = CloneArguments.word(CloneArguments.MODEL);
        uint256 perRow = (parameters >> 232) + 1;
        uint256 words = _words(parameters >> 232);
        uint256 perChunk = _rowsPerChunk(words);
        uint256 place = Scratch.take(32 * words);
        uint256 copied = type(uint256).max;
        packed = new bytes(4 * (to - from) + 32);
        for (uint256 i = from; i < to; ++i) {
            uint256 row = i / perRow;
            if (row != copied) {
                copied = row;
                _copyRow(_chunk(row / perChunk), row % perChunk, words, place);
            }
            int256 value = _weight(CHANGES_SLOT + words * row, place, i % perRow);
            assembly ("memory-safe") {
                // Writes 28 bytes beyond the value, which later values or the spare word take.
                mstore(add(add(packed, 32), shl(2, sub(i, from))), shl(224, value))
            }
        }
        assembly ("memory-safe") {
            mstore(packed, shl(2, sub(to, from)))
        }
    }
}
