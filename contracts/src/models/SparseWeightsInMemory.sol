// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SparseWeights} from "./SparseWeights.sol";

/// @title SparseWeightsInMemory
/// @notice All weights of a sparse perceptron, unpacked once for a whole batch and written back once: a word of a sample
/// then costs about 80 gas, not 250.
/// @dev In memory, from `cache` on: whether a weight has moved since; the initial weights, two bytes each; the
/// weights, four bytes each; positions as in `SparseWeights`. The samples of a batch learn here exactly as they would in
/// storage, saturation included.
abstract contract SparseWeightsInMemory is SparseWeights {
    /// @dev Unpacking pays for itself when there is a sample for this many words.
    uint256 private constant WORDS_PER_SAMPLE = 128;

    /// @dev Whether a batch of so many samples gains by it. Models of more than one chunk stay in storage.
    function _fitsMemory(uint256 samples) internal view returns (bool) {
        uint256 numWords = _numWords();
        return samples * WORDS_PER_SAMPLE >= numWords && numWords < CHUNK_WEIGHTS - CHUNK_SHIFT;
    }

    /// @dev Unpacks; O(words), one storage read for each slot of the model.
    function _load() internal view returns (uint256 cache) {
        uint256 count = _numWords() + 1;
        cache = _reserve(count);
        address chunk = _chunk(0);
        assembly ("memory-safe") {
            extcodecopy(chunk, add(cache, 32), 1, shl(1, count))
        }
        (uint256 base, uint256 values) = _places(cache, count);
        uint256 position;
        for (uint256 slot; position < count; ++slot) {
            (uint256 bits, uint256 end) = _slotShape(slot, count);
            assembly ("memory-safe") {
                let word := sload(add(CHANGES_SLOT, slot))
                let right := sub(256, bits)
                // Writes 28 bytes too many, which the next values take; there is room behind the last one.
                for { let left := right } lt(position, end) { left := sub(left, bits) } {
                    let value := add(sar(right, shl(left, word)), sar(240, mload(add(base, shl(1, position)))))
                    mstore(add(values, shl(2, position)), shl(224, value))
                    position := add(position, 1)
                }
            }
        }
    }

    /// @dev Bias plus the weights of the sample's words; O(features).
    function _scoreIn(uint256 cache, bytes calldata sample) internal view returns (int256 score) {
        _requireLength(sample);
        uint256 numWords = _numWords();
        (, uint256 values) = _places(cache, numWords + 1);
        bool fits;
        assembly ("memory-safe") {
            score := sar(224, mload(values))
            values := add(values, 4)
            // Loses its sign when a word is not above the one before.
            let ascending := not(0)
            let last := not(0)
            let cursor := sample.offset
            let end := add(cursor, sample.length)
            // Four words a turn, then the rest; the words beyond the sample's end are not looked at.
            for { let quads := add(cursor, and(sample.length, not(7))) } lt(cursor, quads) { cursor := add(cursor, 8) } {
                let four := calldataload(cursor)
                let feature := shr(240, four)
                ascending := and(ascending, sub(last, feature))
                score := add(score, sar(224, mload(add(values, shl(2, feature)))))
                last := and(shr(224, four), 0xffff)
                ascending := and(ascending, sub(feature, last))
                score := add(score, sar(224, mload(add(values, shl(2, last)))))
                feature := and(shr(208, four), 0xffff)
                ascending := and(ascending, sub(last, feature))
                score := add(score, sar(224, mload(add(values, shl(2, feature)))))
                last := and(shr(192, four), 0xffff)
                ascending := and(ascending, sub(feature, last))
                score := add(score, sar(224, mload(add(values, shl(2, last)))))
            }
            for { } lt(cursor, end) { cursor := add(cursor, 2) } {
                let feature := shr(240, calldataload(cursor))
                ascending := and(ascending, sub(last, feature))
                score := add(score, sar(224, mload(add(values, shl(2, feature)))))
                last := feature
            }
            fits := and(slt(ascending, 0), lt(last, numWords))
        }
        if (!fits) _revertInvalid(sample, numWords);
    }

    /// @dev Moves the bias and the weight of each word of a valid sample by `step`, which is negative for class 0.
    function _learnIn(uint256 cache, bytes calldata sample, int256 step) internal view {
        (uint256 base, uint256 values) = _places(cache, _numWords() + 1);
        assembly ("memory-safe") {
            function move(where, initial, by, highest) {
                let old := mload(where)
                let change := add(sub(sar(224, old), initial), by)
                if sgt(change, highest) { change := highest }
                if slt(change, not(highest)) { change := not(highest) }
                mstore(where, or(shr(32, shl(32, old)), shl(224, add(initial, change))))
            }

            mstore(cache, 1)
            move(values, sar(240, mload(base)), step, WIDE_HIGHEST)
            for { let cursor := sample.offset } lt(cursor, add(sample.offset, sample.length)) { cursor := add(cursor, 2) } {
                let position := add(shr(240, calldataload(cursor)), 1)
                let highest := NARROW_HIGHEST
                if lt(position, FREQUENT) { highest := WIDE_HIGHEST }
                move(add(values, shl(2, position)), sar(240, mload(add(base, shl(1, position)))), step, highest)
            }
        }
    }

    /// @dev Packs what has changed and writes it; O(words), one write for each slot that changed.
    function _store(uint256 cache) internal {
        uint256 count = _numWords() + 1;
        (uint256 base, uint256 values) = _places(cache, count);
        assembly ("memory-safe") {
            if iszero(mload(cache)) { count := 0 }
        }
        uint256 position;
        for (uint256 slot; position < count; ++slot) {
            (uint256 bits, uint256 end) = _slotShape(slot, count);
            assembly ("memory-safe") {
                let word := 0
                let lane := sub(shl(bits, 1), 1)
                for { let left := 0 } lt(position, end) { left := add(left, bits) } {
                    let change := sub(
                        sar(224, mload(add(values, shl(2, position)))), sar(240, mload(add(base, shl(1, position))))
                    )
                    word := or(word, shl(left, and(change, lane)))
                    position := add(position, 1)
                }
                slot := add(slot, CHANGES_SLOT)
                if xor(sload(slot), word) { sstore(slot, word) }
                slot := sub(slot, CHANGES_SLOT)
            }
        }
    }

    function _reserve(uint256 count) private pure returns (uint256 cache) {
        // The flag, two tables, and room for reads and writes of whole words at their ends.
        bytes memory reserved = new bytes(160 + 6 * count);
        assembly ("memory-safe") {
            cache := add(reserved, 32)
            mstore(cache, 0)
        }
    }

    /// @dev Where the initial weights and the weights begin.
    function _places(uint256 cache, uint256 count) private pure returns (uint256 base, uint256 values) {
        base = cache + 32;
        values = base + 2 * count + 32;
    }

    /// @dev Bits of the lanes in a slot, and the position behind its last one.
    function _slotShape(uint256 slot, uint256 count) private pure returns (uint256 bits, uint256 end) {
        (bits, end) = slot < WIDE_SLOTS
            ? (WIDE_BITS, (slot + 1) * WIDE_PER_SLOT)
            : (NARROW_BITS, FREQUENT + (slot - WIDE_SLOTS + 1) * NARROW_PER_SLOT);
        if (end > count) end = count;
    }
}
