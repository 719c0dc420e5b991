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
        uint256 square = _square(sample);
        if (square > maxLength * maxLength) revert SampleSquareTooLarge(square, maxLength * maxLength);
    }

    /// @dev The sum of the numbers' squares, sixteen numbers at a time: four lanes of 64 bits times the same four in the
    /// opposite order have the sum of the squares in the highest lane. Numbers have an excess of 2^15, which is taken off in
    /// the end: x^2 = (x + e)^2 - 2e(x + e) + e^2. What is behind the last number counts as zeros.
    function _square(bytes calldata sample) private pure returns (uint256 square) {
        assembly ("memory-safe") {
            let tops := 0x8000800080008000800080008000800080008000800080008000800080008000
            let lowest := 0x000000000000ffff000000000000ffff000000000000ffff000000000000ffff
            let quarter := 0xffffffffffffffff
            let cursor := sample.offset
            let left := sample.length
            let lanes := 0
            let count := 0
            for { } left { } {
                let word := calldataload(cursor)
                if lt(left, 32) {
                    word := and(word, not(shr(shl(3, left), not(0))))
                    left := 32
                }
                word := xor(word, tops)
                let turned := or(
                    or(shl(192, word), shr(192, word)),
                    or(and(shr(64, word), shl(64, quarter)), and(shl(64, word), shl(128, quarter)))
                )
                let some := and(word, lowest)
                lanes := add(lanes, some)
                square := add(square, shr(192, mul(some, and(turned, lowest))))
                some := and(shr(16, word), lowest)
                lanes := add(lanes, some)
                square := add(square, shr(192, mul(some, and(shr(16, turned), lowest))))
                some := and(shr(32, word), lowest)
                lanes := add(lanes, some)
                square := add(square, shr(192, mul(some, and(shr(32, turned), lowest))))
                some := and(shr(48, word), lowest)
                lanes := add(lanes, some)
                square := add(square, shr(192, mul(some, and(shr(48, turned), lowest))))
                count := add(count, 16)
                cursor := add(cursor, 32)
                left := sub(left, 32)
            }
            // The four lanes added up, each below 2^28, in the highest.
            lanes := shr(192, mul(lanes, 0x0000000000000001000000000000000100000000000000010000000000000001))
            square := sub(add(square, shl(30, count)), shl(16, lanes))
        }
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
