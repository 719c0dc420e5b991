// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CloneArguments} from "../CloneArguments.sol";
import {IModel} from "../interfaces/IModel.sol";

/// @title Model
/// @notice What `Pool` asks of a model. A model is one file that implements these functions, and its twin.
abstract contract Model is IModel {
    /// @dev What `_train` answers where the model learns from every sample and is not asked for its prediction.
    uint16 internal constant NOT_PREDICTED = type(uint16).max;

    /// @dev Reverts with what is wrong with the parameters or the initial weights. Called once, when the pool is created: what a
    /// model works out of its initial weights it may write here.
    function _validateModel() internal virtual;

    /// @dev Of the model's packed parameters, in bytes.
    function _parametersLength() internal pure virtual returns (uint256);

    function _classCount() internal view virtual returns (uint16);

    /// @dev Refuses a sample, which the model could take, that is larger than the pool's parameters allow: what a sample
    /// moves grows with its size, and nobody pays for size. Asked of what is contributed only, after `_train`. Models whose
    /// samples all weigh the same refuse none.
    function _requireSize(bytes calldata sample) internal view virtual;

    /// @dev Validates the sample and predicts its class.
    function _predict(bytes calldata sample) internal view virtual returns (uint16 label, int256 score);

    /// @dev Validates the sample, predicts where learning needs it, learns. Saturates, never reverts for a valid sample.
    /// @param accepted Contributions accepted before this one.
    /// @return predicted The class before the update, or `NOT_PREDICTED`.
    function _train(bytes calldata sample, uint16 label, uint256 accepted) internal virtual returns (uint16 predicted);

    /// @dev Called before the samples of a batch. These three let a model share work between samples; what a sample comes to
    /// must be the same as by `_train`. `OneByOne` shares nothing.
    /// @return cache Handed to the other two.
    function _beginBatch(uint256 samples) internal view virtual returns (uint256 cache);

    /// @dev `_train` within a batch.
    function _trainInBatch(uint256 cache, bytes calldata sample, uint16 label, uint256 accepted)
        internal
        virtual
        returns (uint16 predicted);

    /// @dev Called after the last sample of a batch.
    function _endBatch(uint256 cache) internal virtual;

    /// @dev Reverts unless the pool has exactly so many chunks of initial weights.
    /// @param parametersLength Of the model's parameters, in bytes.
    function _requireChunks(uint256 parametersLength, uint256 expected) internal view {
        uint256 chunks = CloneArguments.chunkCount(parametersLength);
        if (chunks != expected) revert ModelChunksInvalid(chunks, expected);
    }

    /// @inheritdoc IModel
    function modelParametersLength() external pure returns (uint256) {
        return _parametersLength();
    }

    /// @inheritdoc IModel
    function classCount() external view returns (uint16) {
        return _classCount();
    }
}
