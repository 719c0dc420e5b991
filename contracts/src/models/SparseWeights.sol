// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CloneArguments} from "../CloneArguments.sol";
import {Model} from "./Model.sol";

/// @title SparseWeights
/// @notice How a sparse perceptron keeps its weights, adds them up, and moves them.
/// @dev Initial values are int16 in the code of the chunks (`CHUNK_WEIGHTS` a chunk, bias first), behind the one
/// byte that SSTORE2 puts before its data. Position 0 is the bias, position i + 1 the word i.
///
/// Changes since are in storage, in lanes of two widths, because words come in order of frequency and frequent words
/// move further: 10 bits below position `FREQUENT`, 25 lanes a slot; 8 bits from there on, 32 lanes a slot. A weight
/// saturates where its lane does, at -512 and 511 or at -128 and 127 from its initial value. A lane is two's complement,
/// so that fresh storage means no change.
///
/// A slot's lanes are read and moved together. `_score` collects which lanes of a slot a sample touches (`mask`, the
/// lowest bit of each), adds those up with one multiplication, and leaves slot, word and mask in memory as a trail that
/// `_learn` follows. The lanes at even and at odd places are handled apart, so that each has room for a carry.
abstract contract SparseWeights is Model {
    /// @dev Longest sample: about the number of different words in the longest reviews, and few enough that claims,
    /// which only read, stay far below the limit on a transaction's gas.
    uint256 internal constant MAX_FEATURES = 1024;
    uint256 internal constant MAX_WORDS = 65_536;
    uint256 internal constant CHUNK_WEIGHTS = 12_000;
    /// @dev The first chunk is so much shorter, which lets chunks end where slots of changes do.
    uint256 internal constant CHUNK_SHIFT = 30;
    /// @dev CHUNK_WEIGHTS / NARROW_PER_SLOT.
    uint256 internal constant SLOTS_PER_CHUNK = 375;

    /// @dev The first slot of the changes: far above the pool's own variables, whose mappings live at hashes.
    uint256 internal constant CHANGES_SLOT = 0x100000000;

    /// @dev Positions below this have wide lanes.
    uint256 internal constant FREQUENT = 450;
    uint256 internal constant WIDE_BITS = 10;
    uint256 internal constant WIDE_PER_SLOT = 25;
    uint256 internal constant WIDE_SLOTS = 18;
    uint256 internal constant WIDE_LANE = 0x3ff;
    uint256 internal constant WIDE_TOP = 0x200;
    uint256 internal constant WIDE_HIGHEST = 511;
    /// @dev The lowest bit of every lane at an even place; the same times `WIDE_LANE`; the highest bit of every lane.
    uint256 internal constant WIDE_EVEN_ONES = 0x1000010000100001000010000100001000010000100001000010000100001;
    uint256 internal constant WIDE_EVEN = 0x3ff003ff003ff003ff003ff003ff003ff003ff003ff003ff003ff003ff003ff;
    uint256 internal constant WIDE_TOPS = 0x200802008020080200802008020080200802008020080200802008020080200;
    uint256 internal constant WIDE_ALL = 0x3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;

    uint256 internal constant NARROW_BITS = 8;
    uint256 internal constant NARROW_PER_SLOT = 32;
    uint256 internal constant NARROW_LANE = 0xff;
    uint256 internal constant NARROW_TOP = 0x80;
    uint256 internal constant NARROW_HIGHEST = 127;
    uint256 internal constant NARROW_EVEN_ONES = 0x0001000100010001000100010001000100010001000100010001000100010001;
    uint256 internal constant NARROW_EVEN = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    uint256 internal constant NARROW_TOPS = 0x8080808080808080808080808080808080808080808080808080808080808080;
    uint256 internal constant NARROW_ALL = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
    /// @dev Position p is in slot ((p + CHUNK_SHIFT) >> 5) + 3, after the wide ones.
    uint256 internal constant NARROW_SLOT_OFFSET = 3;

    /// @dev Bytes of one step of the trail: slot, word, mask.
    uint256 internal constant TRAIL_STEP = 96;
    /// @dev Bytes that `_walk` keeps in front of the sample's copy: where the trail begins, and which chunk is in
    /// memory.
    uint256 internal constant HEADER = 64;

    /// @dev Offset of the first chunk's address: CloneArguments.MODEL + 10.
    uint256 private constant CHUNKS = 96;

    /* PARAMETERS */

    function _numWords() internal view returns (uint256) {
        return CloneArguments.word(CloneArguments.MODEL) >> 232;
    }

    function _chunk(uint256 number) internal view returns (address) {
        return address(uint160(CloneArguments.word(CHUNKS + 20 * number) >> 96));
    }

    /* PREDICTION */

    function _requireLength(bytes calldata sample) internal pure returns (uint256 length) {
        length = sample.length;
        if (length == 0) revert SampleEmpty();
        if (length % 2 != 0) revert SampleLengthInvalid(length);
        if (length / 2 > MAX_FEATURES) revert SampleTooLong(length / 2, MAX_FEATURES);
    }

    /// @dev Bias plus the weights of the sample's words; O(features), one storage read for each slot touched.
    /// @return score The sum.
    /// @return trail Where in memory the steps of the trail begin; the memory is not kept, so that the samples of a batch
    /// share it: it must be followed before anything else is allocated.
    /// @return trailEnd Where they end.
    function _score(bytes calldata sample) internal view returns (int256 score, uint256 trail, uint256 trailEnd) {
        uint256 length = _requireLength(sample);
        uint256 end;
        assembly ("memory-safe") {
            let first := add(mload(0x40), HEADER)
            calldatacopy(first, sample.offset, length)
            end := add(first, length)
            mstore(end, 0)
        }
        // The parameters and the first chunk's address in one read.
        uint256 model = CloneArguments.word(CloneArguments.MODEL);
        (score, trailEnd) = _walk(end, model);
        assembly ("memory-safe") {
            trail := mload(mload(0x40))
            length := shr(240, mload(sub(end, 2)))
        }
        // In a sample that ascends the last word is the highest.
        if (trailEnd == 0 || length >= model >> 232) _revertInvalid(sample, model >> 232);
    }

    /// @dev The words of the sample that ends at `end` in memory, with a zero behind it, slot by slot.
    /// @param model numWords uint24, eta0 uint16, tau uint40, first chunk's address; from the highest bit down.
    /// @return score The sum.
    /// @return trailEnd Where the trail ends; 0 when the words don't ascend. Where it begins is in the header.
    function _walk(uint256 end, uint256 model) private view returns (int256 score, uint256 trailEnd) {
        uint256 size = 2 * ((model >> 232) + 1);
        address chunk = address(uint160(model >> 16));

        assembly ("memory-safe") {
            // Both functions visit one slot. Its words, as long as they ascend and belong to it, add their initial weights
            // to the score and mark their lanes by the highest bit. A word before the slot or behind it has no such bit,
            // and one that does not ascend has none above the mask, so that one comparison tells when to stop; the zero
            // behind the last word stops too. Then the lanes add up in the highest one.
            //
            // They are called from two places each, and with no constant argument, so that the compiler does not inline
            // them where more variables live than it can keep on the stack.

            // Wide lanes; `bias` is 1 for the slot that begins with the bias.
            function visitWide(cursorBefore, scoreBefore, trail, initial, start, bias) -> cursor, sum, trailAfter {
                cursor := cursorBefore
                sum := scoreBefore
                let mask := 0
                for { } 1 { } {
                    let feature := shr(240, mload(cursor))
                    let mark := shl(mul(WIDE_BITS, sub(feature, start)), WIDE_TOP)
                    if iszero(gt(mark, mask)) { break }
                    mask := or(mask, mark)
                    sum := add(sum, sar(240, mload(add(initial, shl(1, feature)))))
                    cursor := add(cursor, 2)
                }
                mask := or(shr(sub(WIDE_BITS, 1), mask), bias)
                let slot := div(add(start, 1), WIDE_PER_SLOT)
                let word := sload(add(CHANGES_SLOT, slot))
                mstore(trail, slot)
                mstore(add(trail, 32), word)
                mstore(add(trail, 64), mask)
                trailAfter := add(trail, TRAIL_STEP)
                // Each lane is 512 too high, which the caller takes off.
                word := and(xor(word, WIDE_TOPS), mul(mask, WIDE_LANE))
                word := add(and(word, WIDE_EVEN), and(shr(WIDE_BITS, word), WIDE_EVEN))
                sum := add(sum, shr(240, mul(word, WIDE_EVEN_ONES)))
            }

            // Narrow lanes; each is 128 too high.
            function visitNarrow(cursorBefore, scoreBefore, trail, initial, start) -> cursor, sum, trailAfter {
                cursor := cursorBefore
                sum := scoreBefore
                let mask := 0
                for { } 1 { } {
                    let feature := shr(240, mload(cursor))
                    let mark := shl(shl(3, sub(feature, start)), NARROW_TOP)
                    if iszero(gt(mark, mask)) { break }
                    mask := or(mask, mark)
                    sum := add(sum, sar(240, mload(add(initial, shl(1, feature)))))
                    cursor := add(cursor, 2)
                }
                mask := shr(sub(NARROW_BITS, 1), mask)
                let slot := add(shr(5, add(start, add(CHUNK_SHIFT, 1))), NARROW_SLOT_OFFSET)
                let word := sload(add(CHANGES_SLOT, slot))
                mstore(trail, slot)
                mstore(add(trail, 32), word)
                mstore(add(trail, 64), mask)
                trailAfter := add(trail, TRAIL_STEP)
                word := and(xor(word, NARROW_TOPS), mul(mask, NARROW_LANE))
                word := add(and(word, NARROW_EVEN), and(shr(NARROW_BITS, word), NARROW_EVEN))
                sum := add(sum, shr(240, mul(word, NARROW_EVEN_ONES)))
            }

            // `initial + 2 * word` is where a word's initial weight is; the bias is before the first word's.
            let initial := add(end, 34)
            let cursor := add(mload(0x40), HEADER)
            if gt(size, mul(2, sub(CHUNK_WEIGHTS, CHUNK_SHIFT))) { size := mul(2, CHUNK_WEIGHTS) }
            extcodecopy(chunk, add(end, 32), 1, size)
            score := sar(240, mload(add(end, 32)))
            trailEnd := add(add(end, 64), size)
            mstore(mload(0x40), trailEnd)

            // `start` is the word in a slot's first lane, -1 for the bias's slot, which always comes first.
            let start := sub(iszero(end), 1)
            cursor, score, trailEnd := visitWide(cursor, score, trailEnd, initial, start, iszero(iszero(end)))
            for { } lt(cursor, end) { } {
                let next := sub(mul(div(add(shr(240, mload(cursor)), 1), WIDE_PER_SLOT), WIDE_PER_SLOT), 1)
                if iszero(slt(next, sub(FREQUENT, 1))) { break }
                if iszero(sgt(next, start)) {
                    trailEnd := 0
                    break
                }
                start := next
                cursor, score, trailEnd := visitWide(cursor, score, trailEnd, initial, start, iszero(end))
            }
            // 512 for the bias and each word so far, 128 for each word to come.
            score := sub(score, add(512, shl(8, sub(cursor, add(mload(0x40), HEADER)))))
            score := sub(score, shl(6, sub(end, cursor)))

            // CHUNK_SHIFT + 1 makes every 32 words from the first narrow one a slot.
            if iszero(trailEnd) { cursor := end }
            start := 0
            for { } lt(cursor, end) { } {
                let next := sub(shl(5, shr(5, add(shr(240, mload(cursor)), add(CHUNK_SHIFT, 1)))), add(CHUNK_SHIFT, 1))
                if iszero(sgt(next, start)) {
                    trailEnd := 0
                    break
                }
                if iszero(lt(next, sub(sub(CHUNK_WEIGHTS, CHUNK_SHIFT), 1))) { break }
                start := next
                cursor, score, trailEnd := visitNarrow(cursor, score, trailEnd, initial, start)
            }
            // The same in further chunks. Words ascend, so each chunk is read at most once.
            if iszero(trailEnd) { cursor := end }
            mstore(add(mload(0x40), 32), 0)
            for { } lt(cursor, end) { } {
                let next := sub(shl(5, shr(5, add(shr(240, mload(cursor)), add(CHUNK_SHIFT, 1)))), add(CHUNK_SHIFT, 1))
                if iszero(sgt(next, start)) {
                    trailEnd := 0
                    break
                }
                start := next
                let place := div(add(start, add(CHUNK_SHIFT, 1)), CHUNK_WEIGHTS)
                if xor(place, mload(add(mload(0x40), 32))) {
                    mstore(add(mload(0x40), 32), place)
                    extcodecopy(address(), 0, add(add(CHUNKS, mul(20, place)), 0x2d), 32)
                    extcodecopy(shr(96, mload(0)), add(end, 32), 1, mul(2, CHUNK_WEIGHTS))
                    initial := sub(add(end, add(34, mul(2, CHUNK_SHIFT))), mul(mul(2, CHUNK_WEIGHTS), place))
                }
                cursor, score, trailEnd := visitNarrow(cursor, score, trailEnd, initial, start)
            }
        }
    }

    /// @dev Finds the first feature that is out of order or out of range, and reverts with it.
    function _revertInvalid(bytes calldata sample, uint256 numWords) internal pure {
        uint256 previous;
        for (uint256 i = 0; i < sample.length / 2; ++i) {
            uint256 feature = uint16(bytes2(sample[2 * i:2 * i + 2]));
            if (feature >= numWords) revert SampleFeatureOutOfRange(i, feature, numWords);
            if (i != 0 && feature <= previous) revert SampleNotAscending(i, previous, feature);
            previous = feature;
        }
    }

    /* LEARNING */

    /// @dev Moves the bias and the weight of each word on the trail by one step towards the label; one write for each slot.
    /// Moving down is moving up with all bits of a lane turned over.
    function _learn(uint16 label, uint256 step, uint256 trail, uint256 trailEnd) internal {
        assembly ("memory-safe") {
            // Adds `by` to the lanes of `mask`, which are unsigned here; a lane that overflows stays at its highest.
            function raised(word, mask, by, width, ones, lane) -> result {
                let sum := add(word, mul(mask, by))
                result := and(or(sum, mul(and(shr(width, sum), ones), lane)), mul(ones, lane))
            }

            let wideFlip := WIDE_TOPS
            let narrowFlip := NARROW_TOPS
            if iszero(label) {
                wideFlip := xor(WIDE_TOPS, WIDE_ALL)
                narrowFlip := xor(NARROW_TOPS, NARROW_ALL)
            }
            let wideStep := step
            if gt(step, WIDE_LANE) { wideStep := WIDE_LANE }
            let narrowStep := step
            if gt(step, NARROW_LANE) { narrowStep := NARROW_LANE }

            for { } lt(trail, trailEnd) { trail := add(trail, TRAIL_STEP) } {
                let slot := mload(trail)
                let word := mload(add(trail, 32))
                let mask := mload(add(trail, 64))
                switch lt(slot, WIDE_SLOTS)
                case 1 {
                    word := xor(word, wideFlip)
                    let even := raised(
                        and(word, WIDE_EVEN), and(mask, WIDE_EVEN_ONES), wideStep, WIDE_BITS, WIDE_EVEN_ONES, WIDE_LANE
                    )
                    let odd := raised(
                        and(shr(WIDE_BITS, word), WIDE_EVEN),
                        and(shr(WIDE_BITS, mask), WIDE_EVEN_ONES),
                        wideStep,
                        WIDE_BITS,
                        WIDE_EVEN_ONES,
                        WIDE_LANE
                    )
                    word := xor(or(even, shl(WIDE_BITS, odd)), wideFlip)
                }
                default {
                    word := xor(word, narrowFlip)
                    let even := raised(
                        and(word, NARROW_EVEN),
                        and(mask, NARROW_EVEN_ONES),
                        narrowStep,
                        NARROW_BITS,
                        NARROW_EVEN_ONES,
                        NARROW_LANE
                    )
                    let odd := raised(
                        and(shr(NARROW_BITS, word), NARROW_EVEN),
                        and(shr(NARROW_BITS, mask), NARROW_EVEN_ONES),
                        narrowStep,
                        NARROW_BITS,
                        NARROW_EVEN_ONES,
                        NARROW_LANE
                    )
                    word := xor(or(even, shl(NARROW_BITS, odd)), narrowFlip)
                }
                sstore(add(CHANGES_SLOT, slot), word)
            }
        }
    }

    /* READING */

    /// @dev Memory for one chunk (and 32 bytes, since reads are a word wide).
    function _chunkBuffer(uint256 numWords) private pure returns (uint256 buffer) {
        uint256 count = numWords + 1 < CHUNK_WEIGHTS ? numWords + 1 : CHUNK_WEIGHTS;
        bytes memory reserved = new bytes(2 * count + 32);
        assembly ("memory-safe") {
            buffer := add(reserved, 32)
        }
    }

    /// @dev First position of a chunk.
    function _chunkStart(uint256 ordinal) private pure returns (uint256) {
        return ordinal == 0 ? 0 : ordinal * CHUNK_WEIGHTS - CHUNK_SHIFT;
    }

    /// @dev Weights in a chunk: as many as fit, or as are left.
    function _chunkLength(uint256 ordinal, uint256 numWords) internal pure returns (uint256) {
        uint256 end = _chunkStart(ordinal + 1);
        return (numWords + 1 < end ? numWords + 1 : end) - _chunkStart(ordinal);
    }

    function _loadChunk(uint256 buffer, uint256 ordinal, uint256 numWords) private view {
        uint256 count = _chunkLength(ordinal, numWords);
        address chunk = _chunk(ordinal);
        assembly ("memory-safe") {
            extcodecopy(chunk, buffer, 1, mul(2, count))
        }
    }

    /// @dev Where the change of a position is: its slot, how far left its lane moves to the top, how far right from there.
    function _lane(uint256 position) private pure returns (uint256 slot, uint256 left, uint256 right) {
        if (position < FREQUENT) {
            slot = CHANGES_SLOT + position / WIDE_PER_SLOT;
            right = 256 - WIDE_BITS;
            left = right - WIDE_BITS * (position % WIDE_PER_SLOT);
        } else {
            uint256 shifted = position + CHUNK_SHIFT;
            slot = CHANGES_SLOT + NARROW_SLOT_OFFSET + shifted / NARROW_PER_SLOT;
            right = 256 - NARROW_BITS;
            left = right - NARROW_BITS * (shifted % NARROW_PER_SLOT);
        }
    }

    /// @dev The logical weights in `[from, to)` (words first, bias last) as packed big-endian int32.
    function _weightsBigEndian(uint256 from, uint256 to) internal view returns (bytes memory packed) {
        uint256 numWords = _numWords();
        packed = new bytes(4 * (to - from) + 32);
        uint256 base = _chunkBuffer(numWords);
        uint256 loaded = type(uint256).max;
        uint256 slot = type(uint256).max;
        uint256 word;

        for (uint256 i = from; i < to; ++i) {
            uint256 position = i == numWords ? 0 : i + 1;
            if ((position + CHUNK_SHIFT) / CHUNK_WEIGHTS != loaded) {
                loaded = (position + CHUNK_SHIFT) / CHUNK_WEIGHTS;
                _loadChunk(base, loaded, numWords);
            }
            uint256 place = position - _chunkStart(loaded);
            (uint256 here, uint256 lane, uint256 top) = _lane(position);
            assembly ("memory-safe") {
                if xor(here, slot) {
                    slot := here
                    word := sload(here)
                }
                let value := add(
                    sar(top, shl(lane, word)),
                    sar(240, mload(add(base, shl(1, place))))
                )
                // Writes 28 bytes beyond the value, which later values or the spare word take.
                mstore(add(add(packed, 32), shl(2, sub(i, from))), shl(224, value))
            }
        }
        assembly ("memory-safe") {
            mstore(packed, shl(2, sub(to, from)))
        }
    }
}
