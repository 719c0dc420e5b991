// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SparseWeights} from "./SparseWeights.sol";

/// @title SparseWeightsInMemory
/// @notice All weights of a sparse perceptron, unpacked once for a whole batch and written back once: a word of a sample
/// then costs about 40 gas, not 100 and a share of its slot's reading. The samples of a batch learn here exactly as they
/// would in storage, saturation included.
/// @dev In memory, from `cache` on: a header of five words, then an entry of 32 bytes for each position of `SparseWeights`
/// up to the end of the last slot, then `LANES` entries of zero that stand for words which a sample does not have. An
/// entry is the sum of
///
///     change + 512           bits 0 to 9, with room above
///     initial + 32,768       from bit 128 on
///
/// so that entries add up without carries between the two, and a step is an addition to the whole entry.
abstract contract SparseWeightsInMemory is SparseWeights {
    /// @dev Unpacking pays for itself when there is a sample for this many words.
    uint256 private constant WORDS_PER_SAMPLE = 128;

    /* HEADER */

    uint256 private constant NUM_WORDS = 0x00;
    /// @dev The features of the entries of zero, in `LANES` lanes.
    uint256 private constant PADDING = 0x20;
    /// @dev How far weights can move in this batch before one may saturate.
    uint256 private constant HEADROOM = 0x40;
    /// @dev Whether a weight has moved.
    uint256 private constant MOVED = 0x60;
    /// @dev Where the entry of the first word is; the bias's is before it. Read from here in the loops, since the compiler
    /// would add `cache` and a constant for every word.
    uint256 private constant FIRST = 0x80;
    uint256 private constant ENTRIES = 0xa0;

    /* ENTRIES */

    /// @dev Features in a word of calldata.
    uint256 private constant LANES = 16;
    /// @dev 0 to 15 in them.
    uint256 private constant LANE_NUMBERS = 0x0000000100020003000400050006000700080009000a000b000c000d000e000f;

    /// @dev Where an entry of a feature may be from the first one's on: 32 times 16 bits.
    uint256 private constant PLACES = 0x1fffe0;
    uint256 private constant CHANGE = 0x3ff;
    uint256 private constant CHANGE_ZERO = 512;
    /// @dev What a narrow lane, which is 128 too high, lacks.
    uint256 private constant NARROW_ZERO = 384;
    uint256 private constant INITIAL_ZERO = 32_768;
    uint256 private constant INITIAL = 0xffff00000000000000000000000000000000;
    uint256 private constant INITIAL_TOPS = 0x8000800080008000800080008000800080008000800080008000800080008000;

    /// @dev Lanes of a slot are unpacked and packed in groups: wide ones by 5, narrow ones by 8.
    uint256 private constant WIDE_GROUP = 0x3ffffffffffff;
    uint256 private constant NARROW_GROUP = 0xffffffffffffffff;
    /// @dev `NARROW_ZERO` in each of 8 lanes, carries included.
    uint256 private constant NARROW_GROUP_ZERO = 0x18181818181818180;
    /// @dev Steps that no weight can saturate by while all changes are within half their range, or within 7 / 8 of it.
    uint256 private constant HEADROOM_HALF = 64;
    uint256 private constant HEADROOM_EIGHTH = 16;

    /// @dev Whether a batch of so many samples gains by it. Models of more than one chunk stay in storage.
    function _fitsMemory(uint256 samples) internal view returns (bool) {
        uint256 numWords = _numWords();
        return samples * WORDS_PER_SAMPLE >= numWords && numWords < CHUNK_WEIGHTS - CHUNK_SHIFT;
    }

    /* UNPACKING */

    /// @dev Unpacks; O(words), one storage read for each slot of the model.
    function _load() internal view returns (uint256 cache) {
        uint256 numWords = _numWords();
        uint256 slots = _slotCount(numWords + 1);
        uint256 positions = _positions(slots);
        address chunk = _chunk(0);
        assembly ("memory-safe") {
            // Whether a change at an end of its range, in the highest bit of its lane: the three bits below the sign
            // (or the one below it) differ from it.
            function beyondSevenEighths(word) -> tops {
                tops := and(and(xor(word, shl(1, word)), xor(word, shl(2, word))), xor(word, shl(3, word)))
            }
            function beyondHalf(word) -> tops {
                tops := xor(word, shl(1, word))
            }
            // The entry of a change (less 512) and the initial weight that lies `right` bits above bit 128.
            function put(entry, change, initials, right) {
                mstore(entry, or(change, and(shr(right, initials), INITIAL)))
            }

            cache := mload(0x40)
            let entry := add(cache, ENTRIES)
            let end := add(entry, shl(5, positions))
            // The initial weights are needed no longer than here: they lie in memory that is not kept. Beyond the last
            // one they are zero, as is the code beyond its end.
            let initial := add(end, mul(32, LANES))
            mstore(0x40, initial)
            extcodecopy(chunk, initial, 1, shl(1, positions))
            calldatacopy(end, calldatasize(), mul(32, LANES))
            mstore(add(cache, NUM_WORDS), numWords)
            mstore(add(cache, PADDING), add(mul(sub(positions, 1), LANE_ONES), LANE_NUMBERS))
            mstore(add(cache, MOVED), 0)
            mstore(add(cache, FIRST), add(entry, 32))

            let slot := CHANGES_SLOT
            let wideEnd := add(slot, WIDE_SLOTS)
            if lt(slots, WIDE_SLOTS) { wideEnd := add(slot, slots) }
            let far := 0
            for { } lt(slot, wideEnd) { slot := add(slot, 1) } {
                let word := sload(slot)
                far := or(far, beyondSevenEighths(word))
                word := xor(word, WIDE_TOPS)
                for { let next := add(entry, mul(32, WIDE_PER_SLOT)) } lt(entry, next) { entry := add(entry, 160) } {
                    let initials := xor(mload(initial), INITIAL_TOPS)
                    put(entry, and(word, CHANGE), initials, 112)
                    put(add(entry, 32), and(shr(10, word), CHANGE), initials, 96)
                    put(add(entry, 64), and(shr(20, word), CHANGE), initials, 80)
                    put(add(entry, 96), and(shr(30, word), CHANGE), initials, 64)
                    put(add(entry, 128), and(shr(40, word), CHANGE), initials, 48)
                    word := shr(50, word)
                    initial := add(initial, 10)
                }
            }
            far := and(far, WIDE_TOPS)
            let narrowFar := 0
            let half := 0
            for { } lt(entry, end) { slot := add(slot, 1) } {
                let word := sload(slot)
                narrowFar := or(narrowFar, beyondSevenEighths(word))
                half := or(half, beyondHalf(word))
                word := xor(word, NARROW_TOPS)
                for { let next := add(entry, mul(32, NARROW_PER_SLOT)) } lt(entry, next) { entry := add(entry, 256) } {
                    let initials := xor(mload(initial), INITIAL_TOPS)
                    put(entry, add(byte(31, word), NARROW_ZERO), initials, 112)
                    put(add(entry, 32), add(byte(30, word), NARROW_ZERO), initials, 96)
                    put(add(entry, 64), add(byte(29, word), NARROW_ZERO), initials, 80)
                    put(add(entry, 96), add(byte(28, word), NARROW_ZERO), initials, 64)
                    put(add(entry, 128), add(byte(27, word), NARROW_ZERO), initials, 48)
                    put(add(entry, 160), add(byte(26, word), NARROW_ZERO), initials, 32)
                    put(add(entry, 192), add(byte(25, word), NARROW_ZERO), initials, 16)
                    put(add(entry, 224), add(byte(24, word), NARROW_ZERO), initials, 0)
                    word := shr(64, word)
                    initial := add(initial, 16)
                }
            }
            // Wide changes may move further by 64 from 7 / 8 of their range as well.
            let headroom := HEADROOM_HALF
            if and(half, NARROW_TOPS) { headroom := HEADROOM_EIGHTH }
            if or(far, and(narrowFar, NARROW_TOPS)) { headroom := 0 }
            mstore(add(cache, HEADROOM), headroom)
        }
    }

    /* PREDICTION */

    /// @dev Bias plus the weights of the sample's words; O(features).
    function _scoreIn(uint256 cache, bytes calldata sample) internal pure returns (int256 score) {
        uint256 length = _requireLength(sample);
        bool fits;
        uint256 numWords;
        assembly ("memory-safe") {
            // Where the entry is of the feature that lies `right` bits above bit 5.
            function at(entries, features, right) -> where {
                where := add(entries, and(shr(right, features), PLACES))
            }

            numWords := mload(add(cache, NUM_WORDS))
            let padding := mload(add(cache, PADDING))
            let limit := and(padding, 0xffff)
            let entries := mload(add(cache, FIRST))
            let sum := mload(sub(entries, 32))

            // The feature before the next one, with the bit above it set, in the highest 32 bits; at first one less
            // than 0, and that bit is not set.
            let before := shl(224, 0xffff)
            let end := add(sample.offset, length)
            fits := lt(shr(240, calldataload(sub(end, 2))), numWords)
            for { let cursor := sample.offset } lt(cursor, end) { } {
                let features := calldataload(cursor)
                cursor := add(cursor, 32)
                if gt(cursor, end) {
                    // Bits behind the sample's end, which take features with entries of zero.
                    let spare := shl(3, sub(cursor, end))
                    features := or(shl(spare, shr(spare, features)), and(padding, sub(shl(spare, 1), 1)))
                }
                // Each feature less the next one, with the bit above set: it stays set where they don't ascend. No
                // entry is looked up before that, and beyond the last entry there is none.
                let even := and(shr(16, features), LOW_LANES)
                let odd := and(features, LOW_LANES)
                let oddCarries := or(odd, LOW_CARRIES)
                let falls := or(
                    sub(or(even, LOW_CARRIES), odd),
                    sub(or(shr(32, oddCarries), before), even)
                )
                if or(and(falls, LOW_CARRIES), gt(and(features, 0xffff), limit)) {
                    fits := 0
                    break
                }
                before := shl(224, oddCarries)

                sum := add(sum, mload(at(entries, features, 235)))
                sum := add(sum, mload(at(entries, features, 219)))
                sum := add(sum, mload(at(entries, features, 203)))
                sum := add(sum, mload(at(entries, features, 187)))
                sum := add(sum, mload(at(entries, features, 171)))
                sum := add(sum, mload(at(entries, features, 155)))
                sum := add(sum, mload(at(entries, features, 139)))
                sum := add(sum, mload(at(entries, features, 123)))
                sum := add(sum, mload(at(entries, features, 107)))
                sum := add(sum, mload(at(entries, features, 91)))
                sum := add(sum, mload(at(entries, features, 75)))
                sum := add(sum, mload(at(entries, features, 59)))
                sum := add(sum, mload(at(entries, features, 43)))
                sum := add(sum, mload(at(entries, features, 27)))
                sum := add(sum, mload(at(entries, features, 11)))
                sum := add(sum, mload(at(entries, shl(5, features), 0)))
            }
            // Both parts, less what the bias's entry and each feature's are too high.
            score := add(shr(128, sum), and(sum, 0xffffffffffffffffffffffffffffffff))
            score := sub(score, mul(add(shr(1, length), 1), add(INITIAL_ZERO, CHANGE_ZERO)))
        }
        if (!fits) _revertInvalid(sample, numWords);
    }

    /* LEARNING */

    /// @dev Moves the bias and the weight of each word of a valid sample by `step` towards the label.
    function _learnIn(uint256 cache, bytes calldata sample, uint16 label, uint256 step) internal pure {
        uint256 headroom;
        assembly ("memory-safe") {
            mstore(add(cache, MOVED), 1)
            headroom := mload(add(cache, HEADROOM))
            mstore(add(cache, HEADROOM), mul(gt(headroom, step), sub(headroom, step)))
        }
        int256 by = label == 0 ? -int256(step) : int256(step);
        if (step <= headroom) {
            _move(cache, sample, by);
        } else {
            _moveWithinRange(cache, sample, by);
        }
    }

    /// @dev Where no weight can saturate.
    function _move(uint256 cache, bytes calldata sample, int256 by) private pure {
        assembly ("memory-safe") {
            function move(entries, features, right, by_) {
                let where := add(entries, and(shr(right, features), PLACES))
                mstore(where, add(mload(where), by_))
            }

            let padding := mload(add(cache, PADDING))
            let entries := mload(add(cache, FIRST))
            mstore(sub(entries, 32), add(mload(sub(entries, 32)), by))
            let end := add(sample.offset, sample.length)
            for { let cursor := sample.offset } lt(cursor, end) { } {
                let features := calldataload(cursor)
                cursor := add(cursor, 32)
                if gt(cursor, end) {
                    let spare := shl(3, sub(cursor, end))
                    features := or(shl(spare, shr(spare, features)), and(padding, sub(shl(spare, 1), 1)))
                }
                move(entries, features, 235, by)
                move(entries, features, 219, by)
                move(entries, features, 203, by)
                move(entries, features, 187, by)
                move(entries, features, 171, by)
                move(entries, features, 155, by)
                move(entries, features, 139, by)
                move(entries, features, 123, by)
                move(entries, features, 107, by)
                move(entries, features, 91, by)
                move(entries, features, 75, by)
                move(entries, features, 59, by)
                move(entries, features, 43, by)
                move(entries, features, 27, by)
                move(entries, features, 11, by)
                move(entries, shl(5, features), 0, by)
            }
            // The entries of zero again.
            calldatacopy(
                add(entries, shl(5, sub(and(padding, 0xffff), sub(LANES, 1)))), calldatasize(), mul(32, LANES)
            )
        }
    }

    /// @dev Word by word, each kept within the range of its lane.
    function _moveWithinRange(uint256 cache, bytes calldata sample, int256 by) private pure {
        assembly ("memory-safe") {
            function move(where, by_, lowest, highest) {
                let old := mload(where)
                let change := and(old, CHANGE)
                let moved := add(change, by_)
                if slt(moved, lowest) { moved := lowest }
                if sgt(moved, highest) { moved := highest }
                mstore(where, add(old, sub(moved, change)))
            }

            let entries := add(cache, ENTRIES)
            let lowest := 0
            let highest := CHANGE
            move(entries, by, lowest, highest)
            let end := add(sample.offset, sample.length)
            for { let cursor := sample.offset } lt(cursor, end) { cursor := add(cursor, 2) } {
                let position := add(shr(240, calldataload(cursor)), 1)
                if iszero(lt(position, FREQUENT)) {
                    lowest := NARROW_ZERO
                    highest := add(NARROW_ZERO, NARROW_LANE)
                }
                move(add(entries, shl(5, position)), by, lowest, highest)
            }
        }
    }

    /* PACKING */

    /// @dev Packs and writes what has changed; O(words), one write for each slot that changed.
    function _store(uint256 cache) internal {
        assembly ("memory-safe") {
            // The entry's change, and behind it `lower`'s, in lanes of `bits`.
            function join(higher, bits, entry) -> lanes {
                lanes := add(shl(bits, higher), mload(entry))
            }
            function write(slot, word) {
                if xor(sload(slot), word) { sstore(slot, word) }
            }

            let entry := add(cache, ENTRIES)
            let end := add(entry, shl(5, sub(and(mload(add(cache, PADDING)), 0xffff), sub(LANES, 2))))
            if iszero(mload(add(cache, MOVED))) { end := entry }
            let slot := CHANGES_SLOT
            let wideEnd := add(entry, mul(32, FREQUENT))
            if lt(end, wideEnd) { wideEnd := end }
            for { } lt(entry, wideEnd) { slot := add(slot, 1) } {
                // The slot's highest lanes first.
                let first := entry
                entry := add(entry, mul(32, WIDE_PER_SLOT))
                let word := 0
                for { let group := entry } gt(group, first) { } {
                    group := sub(group, 160)
                    let lanes := join(mload(add(group, 128)), 10, add(group, 96))
                    lanes := join(lanes, 10, add(group, 64))
                    lanes := join(lanes, 10, add(group, 32))
                    lanes := join(lanes, 10, group)
                    word := or(shl(50, word), and(lanes, WIDE_GROUP))
                }
                write(slot, xor(word, WIDE_TOPS))
            }
            for { } lt(entry, end) { slot := add(slot, 1) } {
                let first := entry
                entry := add(entry, mul(32, NARROW_PER_SLOT))
                let word := 0
                for { let group := entry } gt(group, first) { } {
                    group := sub(group, 256)
                    let lanes := join(mload(add(group, 224)), 8, add(group, 192))
                    lanes := join(lanes, 8, add(group, 160))
                    lanes := join(lanes, 8, add(group, 128))
                    lanes := join(lanes, 8, add(group, 96))
                    lanes := join(lanes, 8, add(group, 64))
                    lanes := join(lanes, 8, add(group, 32))
                    lanes := join(lanes, 8, group)
                    word := or(shl(64, word), and(sub(lanes, NARROW_GROUP_ZERO), NARROW_GROUP))
                }
                write(slot, xor(word, NARROW_TOPS))
            }
        }
    }

    /// @dev Slots of changes of so many positions.
    function _slotCount(uint256 count) private pure returns (uint256) {
        return count <= FREQUENT
            ? (count + WIDE_PER_SLOT - 1) / WIDE_PER_SLOT
            : WIDE_SLOTS + (count - FREQUENT + NARROW_PER_SLOT - 1) / NARROW_PER_SLOT;
    }

    /// @dev Positions in so many slots.
    function _positions(uint256 slots) private pure returns (uint256) {
        return slots <= WIDE_SLOTS ? slots * WIDE_PER_SLOT : FREQUENT + (slots - WIDE_SLOTS) * NARROW_PER_SLOT;
    }
}
