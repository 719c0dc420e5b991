// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CloneArguments} from "../CloneArguments.sol";
import {IModel} from "../interfaces/IModel.sol";
import {DenseModel} from "./DenseModel.sol";
import {DenseWeights} from "./DenseWeights.sol";
import {Model} from "./Model.sol";
import {Scratch} from "./Scratch.sol";
import {stepRoundedDown} from "./Step.sol";

/// @title DensePerceptron
/// @notice A binary perceptron (Rosenblatt 1958) on vectors: score = sum of weight times feature, and the bias is the
/// weight of one more feature that is always `scale`, the integer for 1. Above 0 is class 1. A wrong prediction moves
/// each weight by the step times its feature, up for class 1 and down for class 0.
/// @dev Samples as in `DenseModel`. Parameters, packed big-endian: dimensions uint24, eta0 uint16, tau uint40, scale
/// uint16, maxLength uint24; the chunk's address follows. The step is that of `stepRoundedDown`. A contribution's vector is
/// at most maxLength long; 0 for as long as it likes.
///
/// Weights lie as in `DenseWeights`, in one row. A mistake raises the squared length of a perceptron's weights by no more
/// than the sample's own: from zero weights, with a step of 1 and samples of length 1 at a scale of 4,096, no weight can be
/// full before 2,097,152 mistakes.
/// @custom:judge VectorsJudge
abstract contract DensePerceptron is DenseWeights {
    uint256 private constant PARAMETERS_LENGTH = 15;
    /// @dev Offset of the chunk's address.
    uint256 private constant CHUNK = CloneArguments.MODEL + PARAMETERS_LENGTH;

    /* PARAMETERS */

    /// @inheritdoc IModel
    function modelId() external pure returns (bytes32) {
        return "dense-perceptron/1";
    }

    function _parametersLength() internal pure override returns (uint256) {
        return PARAMETERS_LENGTH;
    }

    /// @notice dimensions, eta0, tau, scale, maxLength.
    function modelParameters() external view returns (uint256[] memory parameters) {
        uint256 word = CloneArguments.word(CloneArguments.MODEL);
        parameters = new uint256[](5);
        parameters[0] = word >> 232;
        parameters[1] = uint16(word >> 216);
        parameters[2] = uint40(word >> 176);
        parameters[3] = uint16(word >> 160);
        parameters[4] = uint24(word >> 136);
    }

    function _classCount() internal pure override returns (uint16) {
        return 2;
    }

    function _dimensions() private view returns (uint256) {
        return CloneArguments.word(CloneArguments.MODEL) >> 232;
    }

    /// @inheritdoc DenseWeights
    function _firstChunk() internal view override returns (address) {
        return address(uint160(CloneArguments.word(CHUNK) >> 96));
    }

    /// @inheritdoc DenseWeights
    function _rowCount() internal pure override returns (uint256) {
        return 1;
    }

    function _validateModel() internal view override {
        uint256 word = CloneArguments.word(CloneArguments.MODEL);
        uint256 dimensions = word >> 232;
        uint256 eta0 = uint16(word >> 216);
        uint256 scale = uint16(word >> 160);
        if (dimensions == 0 || dimensions > MAX_DIMENSIONS || eta0 == 0) {
            revert ModelParametersInvalid(dimensions, eta0);
        }
        if (scale == 0 || scale > uint16(type(int16).max)) revert ModelParametersInvalid(dimensions, scale);
        _requireChunks(PARAMETERS_LENGTH, 1);

        uint256 length = 1 + 32 * _words(dimensions);
        bytes memory code = _firstChunk().code;
        // The leading zero byte (STOP) tells a chunk from a delegated account, whose code could change.
        if (code.length != length || code[0] != 0) revert ModelWeightsInvalid(0, length, code.length);
    }

    /// @inheritdoc Model
    function _requireSize(bytes calldata sample) internal view override {
        _requireShort(sample, uint24(CloneArguments.word(CloneArguments.MODEL) >> 136));
    }

    /* PREDICTION */

    /// @inheritdoc Model
    function _predict(bytes calldata sample) internal view override returns (uint16 label, int256 score) {
        uint256 free = Scratch.free();
        (score,,,,) = _judge(sample);
        label = score > 0 ? 1 : 0;
        Scratch.release(free);
    }

    /// @return score As `_score` has it.
    /// @return parameters As packed in the clone's code.
    /// @return end Where the changes end in storage.
    /// @return features Where in memory the features are, the bias's among them; the caller gives it back (see `Scratch`).
    /// @return changes Where in memory the words of changes are, as read.
    function _judge(bytes calldata sample)
        private
        view
        returns (int256 score, uint256 parameters, uint256 end, uint256 features, uint256 changes)
    {
        parameters = CloneArguments.word(CloneArguments.MODEL);
        uint256 dimensions = parameters >> 232;
        _requireLength(sample, dimensions);
        uint256 words = _words(dimensions);
        end = CHANGES_SLOT + words;
        (features, changes) = _unpack(sample, uint16(parameters >> 160), words);
        _copyRow(_firstChunk(), 0, words, changes);
        score = _score(CHANGES_SLOT, end, features, changes);
    }

    /* LEARNING */

    /// @inheritdoc Model
    function _train(bytes calldata sample, uint16 label, uint256 accepted)
        internal
        override
        returns (uint16 predicted)
    {
        uint256 free = Scratch.free();
        (int256 score, uint256 parameters, uint256 end, uint256 features, uint256 changes) = _judge(sample);
        predicted = score > 0 ? 1 : 0;
        if (predicted != label) {
            int256 step = stepRoundedDown(parameters, accepted);
            _move(CHANGES_SLOT, end, label == 0 ? -step : step, features, changes);
        }
        Scratch.release(free);
    }

    /* WEIGHTS */

    /// @inheritdoc DenseModel
    function _weightCount() internal view override returns (uint256) {
        return _dimensions() + 1;
    }

    /// @inheritdoc DenseModel
    function _weightsBigEndian(uint256 from, uint256 to) internal view override returns (bytes memory packed) {
        uint256 words = _words(_dimensions());
        uint256 place = Scratch.take(32 * words);
        _copyRow(_firstChunk(), 0, words, place);
        packed = new bytes(4 * (to - from) + 32);
        for (uint256 i = from; i < to; ++i) {
            int256 value = _weight(CHANGES_SLOT, place, i);
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
