// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Scratch} from "../models/Scratch.sol";
import {ReferenceRows} from "./ReferenceRows.sol";

/// @title VectorsReference
/// @notice How far the reference of a pool on vectors speaks for a label: its rows times the vector's numbers.
abstract contract VectorsReference is ReferenceRows {
    /// @dev The lowest 16 of each 64 bits; 2^15 in each; the highest bit of each 16.
    uint256 private constant QUARTER_LOW = 0x000000000000ffff000000000000ffff000000000000ffff000000000000ffff;
    uint256 private constant QUARTER_EXCESS = 0x0000000000008000000000000000800000000000000080000000000000008000;
    uint256 private constant NUMBER_TOPS = 0x8000800080008000800080008000800080008000800080008000800080008000;

    /// @dev As `_gap`.
    /// @param rows Of the reference: 1 for two classes.
    /// @param scale The number that stands for 1, the bias's.
    function _gapOf(bytes calldata sample, uint16 label, uint256 rows, uint256 dimensions, uint256 scale)
        internal
        view
        returns (int256 gap)
    {
        uint256 free = Scratch.free();
        uint256 sets = _turned(sample, scale);
        uint256 row = _copyReference();
        uint256 width = 2 * (dimensions + 1);
        if (rows == 1) {
            gap = _product(sets, row, width);
            if (label == 0) gap = -gap;
        } else {
            int256 rival = type(int256).min;
            for (uint256 class = 0; class < rows; ++class) {
                int256 score = _product(sets, row, width);
                if (class == label) gap = score;
                else if (score > rival) rival = score;
                row += width;
            }
            gap -= rival;
        }
        Scratch.release(free);
    }

    /// @dev A vector and the bias's feature, sixteen numbers at a time, as four words of four lanes of 64 bits, in the opposite
    /// order; each word is its lanes added up, with their signs.
    function _turned(bytes calldata sample, uint256 scale) private pure returns (uint256 sets) {
        uint256 length = sample.length;
        uint256 packed = Scratch.take(length + 64);
        // 128 bytes for each 32 of the numbers
        sets = Scratch.take(4 * (length + 34));
        assembly ("memory-safe") {
            calldatacopy(packed, sample.offset, length)
            let end := add(packed, length)
            mstore(end, shl(240, scale))
            end := add(end, 2)
            let quarter := 0xffffffffffffffff
            let set := sets
            for { } lt(packed, end) { packed := add(packed, 32) } {
                let word := xor(mload(packed), NUMBER_TOPS)
                word := or(
                    or(shl(192, word), shr(192, word)),
                    or(and(shr(64, word), shl(64, quarter)), and(shl(64, word), shl(128, quarter)))
                )
                mstore(set, sub(and(word, QUARTER_LOW), QUARTER_EXCESS))
                mstore(add(set, 32), sub(and(shr(16, word), QUARTER_LOW), QUARTER_EXCESS))
                mstore(add(set, 64), sub(and(shr(32, word), QUARTER_LOW), QUARTER_EXCESS))
                mstore(add(set, 96), sub(and(shr(48, word), QUARTER_LOW), QUARTER_EXCESS))
                set := add(set, 128)
            }
        }
    }

    /// @dev The sum of a reference row's weights times a vector's numbers: in each product the highest lane has that of the same
    /// places. All sums of lanes are below 2^44. Behind the row the numbers are 0.
    /// @param width Bytes of the row.
    function _product(uint256 sets, uint256 row, uint256 width) private pure returns (int256 sum) {
        assembly ("memory-safe") {
            for { let end := add(row, width) } lt(row, end) { row := add(row, 32) } {
                let word := xor(mload(row), NUMBER_TOPS)
                sum := add(sum, mul(mload(sets), sub(and(word, QUARTER_LOW), QUARTER_EXCESS)))
                sum := add(sum, mul(mload(add(sets, 32)), sub(and(shr(16, word), QUARTER_LOW), QUARTER_EXCESS)))
                sum := add(sum, mul(mload(add(sets, 64)), sub(and(shr(32, word), QUARTER_LOW), QUARTER_EXCESS)))
                sum := add(sum, mul(mload(add(sets, 96)), sub(and(shr(48, word), QUARTER_LOW), QUARTER_EXCESS)))
                sets := add(sets, 128)
            }
            // What lies below the highest lane borrows nothing once it is lifted above 0.
            sum := sar(192, add(sum, shl(191, 1)))
        }
    }
}
