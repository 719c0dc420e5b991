// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IModel} from "../interfaces/IModel.sol";

/// @title Model
/// @notice What `Pool` asks of a model. A model is one file that implements these functions, and its twin.
abstract contract Model is IModel {
    /// @dev Reverts with what is wrong with the parameters or the initial weights.
    function _validateModel() internal view virtual;

    function _classCount() internal view virtual returns (uint16);

    /// @dev Validates the sample and predicts its class.
    function _predict(bytes calldata sample) internal view virtual returns (uint16 label, int256 score);

    /// @dev Learns from a validated sample whose prediction differs from its label. Saturates, never reverts.
    /// @param accepted Contributions accepted before this one.
    function _learn(bytes calldata sample, uint16 label, uint256 accepted) internal virtual;

    /// @inheritdoc IModel
    function classCount() external view returns (uint16) {
        return _classCount();
    }

    /// @inheritdoc IModel
    function predict(bytes calldata sample) external view returns (uint16 label, int256 score) {
        return _predict(sample);
    }
}
