// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DenseModel} from "./DenseModel.sol";
import {Scratch} from "./Scratch.sol";

/// @title DenseWeights
/// @notice What perceptrons on vectors share: rows of weights, each of which gives a score and moves along a vector.
/// @dev A row has one weight for each number of a vector, and the bias: the weight of one more feature that is always the
/// integer for 1. A weight is an int24 in a chunk's code plus an int24 of change in storage, where it saturates.
///
/// Code and storage have the same layout, made so that one multiplication adds up five products. Thirty features
/// are three words of ten lanes of 24 bits. Fifteen features are loaded at once; every third of them, 48 bits apart,
/// meets five weights that lie 48 bits apart too, in the opposite order, so that the middle lane of the product is
/// the sum. Feature i is in half i / 15 of its thirty; with j = i % 15, its lane is the pair j / 3 from the lowest of
/// set 3 * half + 2 - j % 3; sets of even number are the lower lanes of pairs, a word holds two sets.
abstract contract DenseWeights is DenseModel {
    uint256 internal constant PER_BLOCK = 30;
    uint256 internal constant PER_HALF = 15;
    uint256 internal constant WEIGHT_BITS = 24;

    /// @dev Of lanes of 48 bits, five in a word: 1 in each, then the lowest 16 and 24 bits of each.
    uint256 private constant ONES = 0x0000000000000001000000000001000000000001000000000001000000000001;
    uint256 internal constant FEATURES = 0x000000000000ffff00000000ffff00000000ffff00000000ffff00000000ffff;
    uint256 internal constant WEIGHTS = 0x0000000000ffffff000000ffffff000000ffffff000000ffffff000000ffffff;
    /// @dev The highest 24 bits of each lane, and bit 40 alone.
    uint256 private constant ABOVE = 0x0000ffffff000000ffffff000000ffffff000000ffffff000000ffffff000000;
    uint256 private constant ZERO = 0x0000010000000000010000000000010000000000010000000000010000000000;
    /// @dev The highest bits of features (16 bits) and of weights (24 bits): flipping them turns two's complement into
    /// an excess of 2^15 or 2^23, which is what the other two take off again, the latter for a weight and its change.
    uint256 internal constant FEATURE_TOPS = 0x8000800080008000800080008000800080008000800080008000800080008000;
    uint256 internal constant WEIGHT_TOPS = 0x0000800000800000800000800000800000800000800000800000800000800000;
    uint256 internal constant FEATURE_EXCESS = 0x0000000000008000000000008000000000008000000000008000000000008000;
    uint256 private constant WEIGHT_EXCESS = 0x0000000001000000000001000000000001000000000001000000000001000000;
    /// @dev 2^47 in each lane but the highest: lifts the lower lanes of a sum of products above 0, which then borrow
    /// nothing.
    uint256 internal constant LIFT = 0x0000000000000000800000000000800000000000800000000000800000000000;

    /// @dev How many rows there are.
    function _rowCount() internal view virtual returns (uint256);

    /// @dev Where the initial weights of the first row are, and of as many others as a chunk has whole rows.
    function _firstChunk() internal view virtual returns (address);

    /// @dev Words of a row, in code and in storage: three for thirty features, two where fifteen or fewer are left.
    function _words(uint256 dimensions) internal pure returns (uint256) {
        return (3 * (dimensions / PER_HALF + 1) + 1) / 2;
    }

    /* PREDICTION */

    /// @dev Copies a vector and the bias's feature into memory, and takes room for rows behind them.
    /// @param scale The bias's feature.
    /// @param words Of all rows that are to be there at once.
    /// @return features Where the features are; the caller gives the memory back (see `Scratch`).
    /// @return changes Where there is room for the words.
    function _unpack(bytes calldata sample, uint256 scale, uint256 words)
        internal
        pure
        returns (uint256 features, uint256 changes)
    {
        // A row's last block may have a word less than the others, and then one more is written behind it.
        features = Scratch.take(sample.length + 128 + 32 * words);
        assembly ("memory-safe") {
            calldatacopy(features, sample.offset, sample.length)
            let end := add(features, sample.length)
            // The bias's feature, then zeros to the end of its block.
            mstore(end, shl(240, scale))
            mstore(add(end, 32), 0)
            mstore(add(end, 64), 0)
            changes := add(end, 96)
        }
    }

    /// @dev Copies a row's initial weights from a chunk into memory.
    /// @param nth Which of its chunk's rows it is, from 0.
    function _copyRow(address chunk, uint256 nth, uint256 words, uint256 place) internal view {
        assembly ("memory-safe") {
            extcodecopy(chunk, place, add(1, shl(5, mul(nth, words))), shl(5, words))
        }
    }

    /// @dev A row's sum of weight times feature, bias included; O(dimensions), one storage read for ten features.
    /// @param slot Where the row's changes begin.
    /// @param end Where they end.
    /// @param features As `_unpack` left them.
    /// @param changes Where in memory the row's initial weights are; afterwards its changes, as read, are there. What comes
    /// behind them may be overwritten.
    /// @return score The sum: below 2^12 * 2^15 * 2^24.
    function _score(uint256 slot, uint256 end, uint256 features, uint256 changes) internal view returns (int256 score) {
        assembly ("memory-safe") {
            let x := features
            let w := changes
            for { } lt(slot, end) { slot := add(slot, 3) } {
                // Set 0: features, change and initial weights, each lane an excess that is taken off as one number.
                let a := xor(mload(x), FEATURE_TOPS)
                let change := sload(slot)
                let initial := xor(mload(w), WEIGHT_TOPS)
                mstore(w, change)
                change := xor(change, WEIGHT_TOPS)
                let sum := mul(
                    sub(and(shr(16, a), FEATURES), FEATURE_EXCESS),
                    sub(add(and(change, WEIGHTS), and(initial, WEIGHTS)), WEIGHT_EXCESS)
                )
                // Set 1.
                sum := add(
                    sum,
                    mul(
                        sub(and(shr(32, a), FEATURES), FEATURE_EXCESS),
                        sub(add(and(shr(24, change), WEIGHTS), and(shr(24, initial), WEIGHTS)), WEIGHT_EXCESS)
                    )
                )
                // Sets 2 and 3.
                w := add(w, 32)
                change := sload(add(slot, 1))
                initial := xor(mload(w), WEIGHT_TOPS)
                mstore(w, change)
                change := xor(change, WEIGHT_TOPS)
                sum := add(
                    sum,
                    mul(
                        sub(and(shr(48, a), FEATURES), FEATURE_EXCESS),
                        sub(add(and(change, WEIGHTS), and(initial, WEIGHTS)), WEIGHT_EXCESS)
                    )
                )
                a := xor(mload(add(x, 30)), FEATURE_TOPS)
                sum := add(
                    sum,
                    mul(
                        sub(and(shr(16, a), FEATURES), FEATURE_EXCESS),
                        sub(add(and(shr(24, change), WEIGHTS), and(shr(24, initial), WEIGHTS)), WEIGHT_EXCESS)
                    )
                )
                // Sets 4 and 5, which the last block may not have: there the features are 0.
                w := add(w, 32)
                change := 0
                if lt(add(slot, 2), end) { change := sload(add(slot, 2)) }
                initial := xor(mload(w), WEIGHT_TOPS)
                mstore(w, change)
                change := xor(change, WEIGHT_TOPS)
                sum := add(
                    sum,
                    mul(
                        sub(and(shr(32, a), FEATURES), FEATURE_EXCESS),
                        sub(add(and(change, WEIGHTS), and(initial, WEIGHTS)), WEIGHT_EXCESS)
                    )
                )
                sum := add(
                    sum,
                    mul(
                        sub(and(shr(48, a), FEATURES), FEATURE_EXCESS),
                        sub(add(and(shr(24, change), WEIGHTS), and(shr(24, initial), WEIGHTS)), WEIGHT_EXCESS)
                    )
                )
                w := add(w, 32)
                x := add(x, 60)
                // The middle lane, without what lies above it. 30 products of 2^39 stay below 2^47.
                score := add(score, sar(208, shl(16, add(sum, LIFT))))
            }
        }
    }

    /* LEARNING */

    /// @dev Moves every weight of a row by `by` times its feature; one storage write for ten of them.
    /// @param slot Where the row's changes begin.
    /// @param end Where they end.
    /// @param features As `_unpack` left them.
    /// @param changes As `_score` left them.
    function _move(uint256 slot, uint256 end, int256 by, uint256 features, uint256 changes) internal {
        assembly ("memory-safe") {
            // Fifteen features in the order of the weights: the five groups of three turned round.
            function turned(x) -> result {
                let a := shr(16, xor(x, FEATURE_TOPS))
                result := and(a, 0xffffffffffff000000000000000000000000)
                result := or(result, or(shr(192, a), and(shl(192, a), shl(192, 0xffffffffffff))))
                result := or(result, and(shr(96, a), shl(48, 0xffffffffffff)))
                result := or(result, and(shl(96, a), shl(144, 0xffffffffffff)))
            }

            // A lane is 2^40 plus a value that should be in 24 bits: the nearest that is.
            function clamped(lanes) -> result {
                let positive := and(shr(40, lanes), ONES)
                let low := and(lanes, sub(ZERO, ONES))
                // Reaches bit 40 where anything from bit 24 on is set.
                let over := and(shr(40, add(low, sub(ZERO, shl(WEIGHT_BITS, ONES)))), ONES)
                result := and(or(and(low, WEIGHTS), mul(over, 0xffffff)), mul(positive, 0xffffff))
            }

            // A word of changes after its two sets of features (with their excess) came in; `base` is in each lane 2^40
            // less that excess times `by`.
            function moved(word, lower, upper, step, base) -> result {
                word := xor(word, WEIGHT_TOPS)
                lower := add(add(and(word, WEIGHTS), mul(step, and(lower, FEATURES))), base)
                upper := add(add(and(shr(WEIGHT_BITS, word), WEIGHTS), mul(step, and(upper, FEATURES))), base)
                if and(or(xor(lower, ZERO), xor(upper, ZERO)), ABOVE) {
                    lower := clamped(lower)
                    upper := clamped(upper)
                }
                result := xor(or(and(lower, WEIGHTS), shl(WEIGHT_BITS, and(upper, WEIGHTS))), WEIGHT_TOPS)
            }

            let base := mul(ONES, sub(shl(40, 1), mul(by, 0x8000)))
            for { } lt(slot, end) { slot := add(slot, 3) } {
                let a := turned(mload(features))
                let b := turned(mload(add(features, 30)))
                sstore(slot, moved(mload(changes), a, shr(16, a), by, base))
                sstore(add(slot, 1), moved(mload(add(changes, 32)), shr(32, a), b, by, base))
                if lt(add(slot, 2), end) {
                    sstore(add(slot, 2), moved(mload(add(changes, 64)), shr(16, b), shr(32, b), by, base))
                }
                features := add(features, 60)
                changes := add(changes, 96)
            }
        }
    }

    /* WEIGHTS */

    /// @dev A weight of a row.
    /// @param slot Where the row's changes begin.
    /// @param place Where in memory its initial weights are.
    /// @param i Its number; the bias is last.
    function _weight(uint256 slot, uint256 place, uint256 i) internal view returns (int256 value) {
        (uint256 word, uint256 left) = _lane(i);
        assembly ("memory-safe") {
            value := add(sar(232, shl(left, sload(add(slot, word)))), sar(232, shl(left, mload(add(place, shl(5, word))))))
        }
    }

    /// @dev Which word a weight is in, and how far left its lane moves to the top.
    function _lane(uint256 i) internal pure returns (uint256 word, uint256 left) {
        uint256 j = i % PER_HALF;
        uint256 set = 3 * (i % PER_BLOCK / PER_HALF) + 2 - j % 3;
        word = 3 * (i / PER_BLOCK) + set / 2;
        left = 256 - WEIGHT_BITS - 2 * WEIGHT_BITS * (j / 3) - WEIGHT_BITS * (set % 2);
    }
}
