// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModel} from "../interfaces/IModel.sol";
import {OneByOne} from "./OneByOne.sol";

/// @title DenseModel
/// @notice What the models of dense samples share: the sample format, and how their weights are read.
/// @dev Samples: exactly `dimensions` numbers, packed big-endian int16, none left out. A number is a multiple of
/// 1 / scale; how text or a table becomes numbers is the encoder's business.
abstract contract DenseModel is OneByOne {
    /// @dev More would make the first update, on fresh slots, dearer than one transaction may be (2^24 gas).
    uint256 internal constant MAX_DIMENSIONS = 4096;

    /// @dev The first slot of the changes: far above the pool's own variables, whose mappings live at hashes.
    uint256 internal constant CHANGES_SLOT = 0x100000000;

    /// @inheritdoc IModel
    function sampleFormat() external pure returns (bytes32) {
        return "dense-int16/1";
    }

    function _requireLength(bytes calldata sample, uint256 dimensions) internal pure {
        if (sample.length == 0) revert SampleEmpty();
        if (sample.length != 2 * dimensions) revert SampleLengthInvalid(sample.length);
    }

    /// @dev Reverts if the vector is longer than `maxLength`, in the same units as its numbers; 0 for as long as it likes.
    /// O(dimensions).
    function _requireShort(bytes calldata sample, uint256 maxLength) internal pure {
        if (maxLength == 0) return;
        uint256 square;
        assembly ("memory-safe") {
            let end := add(sample.offset, sample.length)
            for { let cursor := sample.offset } lt(cursor, end) { cursor := add(cursor, 2) } {
                let feature := sar(240, calldataload(cursor))
                square := add(square, mul(feature, feature))
            }
        }
        if (square > maxLength * maxLength) revert SampleSquareTooLarge(square, maxLength * maxLength);
    }

    /* WEIGHTS */

    function _weightCount() internal view virtual returns (uint256);

    /// @dev The logical weights in `[from, to)` as packed big-endian int32.
    function _weightsBigEndian(uint256 from, uint256 to) internal view virtual returns (bytes memory packed);

    /// @inheritdoc IModel
    function weightCount() external view returns (uint256) {
        return _weightCount();
    }

    /// @inheritdoc IModel
    function weights(uint256 from, uint256 to) external view returns (int32[] memory values) {
        uint256 count = _weightCount();
        if (from >= to || to > count) revert WeightRangeInvalid(from, to, count);
        bytes memory all = _weightsBigEndian(from, to);
        values = new int32[](to - from);
        for (uint256 i = 0; i < values.length; ++i) {
            assembly ("memory-safe") {
                mstore(add(add(values, 32), mul(32, i)), sar(224, mload(add(add(all, 32), mul(4, i)))))
            }
        }
    }

    /// @inheritdoc IModel
    function digest() external view returns (bytes32) {
        return keccak256(_weightsBigEndian(0, _weightCount()));
    }
}
