// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Model} from "./Model.sol";

/// @title OneByOne
/// @notice For models that have nothing to share between the samples of a batch.
abstract contract OneByOne is Model {
    /// @inheritdoc Model
    function _beginBatch(uint256) internal pure override returns (uint256) {
        return 0;
    }

    /// @inheritdoc Model
    function _trainInBatch(uint256, bytes calldata sample, uint16 label, uint256 accepted)
        internal
        override
        returns (uint16 predicted)
    {
        return _train(sample, label, accepted);
    }

    /// @inheritdoc Model
    function _endBatch(uint256) internal override {}
}
