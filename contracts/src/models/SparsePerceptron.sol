// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CloneArguments} from "../CloneArguments.sol";
import {IModel} from "../interfaces/IModel.sol";
import {Model} from "./Model.sol";
import {Scratch} from "./Scratch.sol";
import {SparseWeights} from "./SparseWeights.sol";
import {SparseWeightsInMemory} from "./SparseWeightsInMemory.sol";
import {stepRoundedDown} from "./Step.sol";

/// @title SparsePerceptron
/// @notice A binary perceptron (Rosenblatt 1958) on the words that are present: score = bias + sum of the weights of the
/// sample's words; above 0 is class 1. A wrong prediction moves the bias and each of those weights one step.
/// @dev Samples: packed big-endian uint16 word indices, strictly ascending, each below `numWords`.
///
/// Parameters, packed big-endian: numWords uint24, eta0 uint16, tau uint40, a bit that says that every initial weight is
/// correctable, maxFeatures uint15; the chunks' addresses follow. The step is that of `stepRoundedDown`. A contribution has
/// at most maxFeatures words.
///
/// A weight is correctable if its changes can bring it across 0: from -510 to 511 where its lane is wide, from -126 to 127
/// where it is narrow. The published start has others, which no contribution can ever correct.
/// @custom:judge WordsJudge
abstract contract SparsePerceptron is SparseWeightsInMemory {
    /* PARAMETERS */

    function _step(uint256 accepted) private view returns (int256) {
        return stepRoundedDown(CloneArguments.word(CloneArguments.MODEL), accepted);
    }

    /// @inheritdoc IModel
    function modelId() external pure returns (bytes32) {
        return "sparse-perceptron/1";
    }

    /// @notice numWords, eta0, tau, maxFeatures, and 1 where every initial weight is correctable.
    function modelParameters() external view returns (uint256[] memory parameters) {
        uint256 word = CloneArguments.word(CloneArguments.MODEL);
        parameters = new uint256[](5);
        parameters[0] = word >> 232;
        parameters[1] = uint16(word >> 216);
        parameters[2] = uint40(word >> 176);
        parameters[3] = word >> 160 & MODEL_SIZE;
        parameters[4] = word >> 175 & 1;
    }

    function _validateModel() internal view override {
        uint256 word = CloneArguments.word(CloneArguments.MODEL);
        uint256 numWords = word >> 232;
        uint256 eta0 = uint16(word >> 216);
        if (numWords == 0 || numWords > MAX_WORDS || eta0 == 0) revert ModelParametersInvalid(numWords, eta0);
        _requireMaxFeatures(numWords, word >> 160 & MODEL_SIZE);
        _validateChunks(numWords, 0, word >> 175 & 1 != 0);
    }

    /// @inheritdoc SparseWeights
    function _shiftBounds() internal pure override returns (uint256) {
        return 0;
    }

    /// @inheritdoc SparseWeights
    function _shift(uint256, uint256) internal pure override returns (uint256) {
        return 0;
    }

    /* PREDICTION */

    /// @inheritdoc Model
    function _predict(bytes calldata sample) internal view override returns (uint16 label, int256 score) {
        uint256 free = Scratch.free();
        (score,,) = _score(sample);
        label = score > 0 ? 1 : 0;
        Scratch.release(free);
    }

    /* LEARNING */

    /// @inheritdoc Model
    function _train(bytes calldata sample, uint16 label, uint256 accepted)
        internal
        override
        returns (uint16 predicted)
    {
        uint256 free = Scratch.free();
        (int256 score, uint256 trail, uint256 trailEnd) = _score(sample);
        predicted = score > 0 ? 1 : 0;
        if (predicted != label) _learn(label, uint256(_step(accepted)), trail, trailEnd);
        Scratch.release(free);
    }

    /// @inheritdoc Model
    function _beginBatch(uint256 samples) internal view override returns (uint256 cache) {
        return _fitsMemory(samples) ? _load() : 0;
    }

    /// @inheritdoc Model
    function _trainInBatch(uint256 cache, bytes calldata sample, uint16 label, uint256 accepted)
        internal
        override
        returns (uint16 predicted)
    {
        if (cache == 0) return _train(sample, label, accepted);
        predicted = _scoreIn(cache, sample) > 0 ? 1 : 0;
        if (predicted != label) _learnIn(cache, sample, label, uint256(_step(accepted)));
    }

    /// @inheritdoc Model
    function _endBatch(uint256 cache) internal override {
        if (cache != 0) _store(cache);
    }
}
