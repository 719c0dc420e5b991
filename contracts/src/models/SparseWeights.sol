// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CloneArguments} from "../CloneArguments.sol";
import {IModel} from "../interfaces/IModel.sol";
import {Model} from "./Model.sol";
import {Scratch} from "./Scratch.sol";

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
/// Scoring goes over a sample twice. `_plan` takes its words 16 at a time, in lanes of 16 bits: it checks that they ascend,
/// and finds each one's slot and lane. `_walk` then takes them one by one: it adds up their initial weights, collects which
/// lanes of a slot they touch (`mask`, the lowest bit of each), adds the changes in those lanes up with one
/// multiplication, and leaves slot, word and mask in memory as a trail that `_learn` follows. The lanes at even and at odd
/// places are handled apart wherever one needs room for a carry.
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

    /// @dev For samples, 16 words in lanes of 16 bits: 1 in each lane; the lowest 16 of each 32 bits; the bit above those.
    uint256 internal constant LANE_ONES = 0x0001000100010001000100010001000100010001000100010001000100010001;
    uint256 internal constant LOW_LANES = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
    uint256 internal constant LOW_CARRIES = 0x0001000000010000000100000001000000010000000100000001000000010000;
    /// @dev The first word with a narrow lane, FREQUENT - 1, in each 32 bits.
    uint256 internal constant LOW_FIRST_NARROW = 0x000001c1000001c1000001c1000001c1000001c1000001c1000001c1000001c1;

    /// @dev Bytes of the plan for 16 words: the words, where their lanes begin, where slots begin, the slots before.
    uint256 internal constant PLAN_STEP = 128;
    /// @dev Bytes of one step of the trail: slot, word, mask.
    uint256 internal constant TRAIL_STEP = 96;
    /// @dev What scoring works in at most: a chunk and a word, a plan of all words, 16 at a time, with a step behind it, and
    /// a step of the trail for each word and the bias. What is not used of it costs nothing.
    uint256 private constant MOST_SCRATCH =
        2 * CHUNK_WEIGHTS + 32 + PLAN_STEP * (MAX_FEATURES / 16 + 1) + TRAIL_STEP * (MAX_FEATURES + 1);
    /// @dev Of a model's parameters: numWords, uint24, first, and in the last 15 bits how many words a contribution may have.
    uint256 internal constant MODEL_LENGTH = 12;
    /// @dev Offset of the first chunk's address: CloneArguments.MODEL + MODEL_LENGTH.
    uint256 private constant CHUNKS = 103;
    /// @dev Those 15 bits.
    uint256 internal constant MODEL_SIZE = 0x7fff;

    /* PARAMETERS */

    function _numWords() internal view returns (uint256) {
        return CloneArguments.word(CloneArguments.MODEL) >> 232;
    }

    function _chunk(uint256 number) internal view returns (address) {
        return address(uint160(CloneArguments.word(CHUNKS + 20 * number) >> 96));
    }

    /// @inheritdoc IModel
    function sampleFormat() external pure returns (bytes32) {
        return "vocabulary-uint16/1";
    }

    function _parametersLength() internal pure override returns (uint256) {
        return MODEL_LENGTH;
    }

    function _classCount() internal pure override returns (uint16) {
        return 2;
    }

    function _requireMaxFeatures(uint256 numWords, uint256 maxFeatures) internal pure {
        if (maxFeatures == 0 || maxFeatures > MAX_FEATURES) revert ModelParametersInvalid(numWords, maxFeatures);
    }

    /// @inheritdoc Model
    function _requireSize(bytes calldata sample) internal view override {
        uint256 maxFeatures = CloneArguments.word(CloneArguments.MODEL) >> 160 & MODEL_SIZE;
        if (sample.length / 2 > maxFeatures) revert SampleTooLong(sample.length / 2, maxFeatures);
    }

    /// @dev Reverts unless there are as many chunks as there should be, and each has the length that it should have.
    /// @param tail Bytes behind the first one's weights.
    /// @param correctable Whether each weight has to be one that its changes can bring across 0.
    function _validateChunks(uint256 numWords, uint256 tail, bool correctable) internal view {
        _requireChunks(MODEL_LENGTH, _chunkCount(numWords));
        uint256 position;
        for (uint256 i = 0; position <= numWords; ++i) {
            uint256 count = _chunkLength(i, numWords);
            uint256 length = 1 + 2 * count + tail;
            bytes memory code = _chunk(i).code;
            // The leading zero byte (STOP) tells a chunk from a delegated account, whose code could change.
            if (code.length != length || code[0] != 0) revert ModelWeightsInvalid(i, length, code.length);
            if (correctable) _requireCorrectable(code, position, position + count, numWords);
            position += count;
            tail = 0;
        }
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
    /// @return trail Where in memory the steps of the trail begin, which the caller gives back (see `Scratch`).
    /// @return trailEnd Where they end.
    function _score(bytes calldata sample) internal view returns (int256 score, uint256 trail, uint256 trailEnd) {
        uint256 length = _requireLength(sample);
        // The parameters, 12 bytes that begin with numWords, uint24, and the first chunk's address in one read.
        uint256 model = CloneArguments.word(CloneArguments.MODEL);
        uint256 numWords = model >> 232;
        uint256 initial = Scratch.take(MOST_SCRATCH);
        uint256 plan;
        uint256 last;
        assembly ("memory-safe") {
            // The first chunk, or as much of it as there is, and room for a read of a whole word at its end.
            let size := shl(1, add(numWords, 1))
            if gt(size, mul(2, sub(CHUNK_WEIGHTS, CHUNK_SHIFT))) { size := mul(2, CHUNK_WEIGHTS) }
            extcodecopy(model, initial, 1, size)
            plan := add(add(initial, size), 32)
            last := shr(240, calldataload(sub(add(sample.offset, length), 2)))
        }

        // In a sample that ascends the last word is the highest.
        uint256 narrowWords;
        if (last < numWords) (trail, narrowWords) = _plan(sample, plan);
        if (trail == 0) _revertInvalid(sample, numWords);
        (score, trailEnd) = _walk(length, initial, plan, trail);
        unchecked {
            // 512 for the bias and each wide word, 128 for each narrow one.
            score -= int256(512 * (1 + length / 2) - 384 * narrowWords);
        }
    }

    /// @dev Finds where the changes of a sample's words are, 16 words at a time. The plan for 16 words is in four words of
    /// memory, each of 16 lanes of 16 bits, from the highest down:
    ///
    ///     the sample's words
    ///     how far left of its slot's lowest bit each one's lane begins
    ///     the highest bit of a lane, where the slot is not that of the word before (of the bias, for the first)
    ///     the slot of the word before
    ///
    /// @param plan Where it begins.
    /// @return planEnd Where it ends, a last step included of which only the slot before is written; 0 when the words don't
    /// ascend.
    /// @return narrowWords How many of the words have narrow lanes.
    function _plan(bytes calldata sample, uint256 plan) private pure returns (uint256 planEnd, uint256 narrowWords) {
        assembly ("memory-safe") {
            planEnd := plan
            // The word before the next one in the highest 32 bits, with the bit above it set for a subtraction to borrow;
            // at first that of -1: 0xffff, and the bit is gone.
            let before := shl(224, 0xffff)
            // The slot of that word, in the highest lane.
            let slotBefore := 0
            let end := add(sample.offset, sample.length)

            for { let cursor := sample.offset } lt(cursor, end) { } {
                let words := calldataload(cursor)
                cursor := add(cursor, 32)
                // Bits behind the sample's end.
                let spare := 0
                if gt(cursor, end) {
                    spare := shl(3, sub(cursor, end))
                    words := shl(spare, shr(spare, words))
                }

                // The lanes at even and at odd places apart, each in 32 bits and with such a bit above it.
                let even := and(shr(16, words), LOW_LANES)
                let odd := and(words, LOW_LANES)
                let evenCarries := or(even, LOW_CARRIES)
                let oddCarries := or(odd, LOW_CARRIES)
                // The lowest bit of each lane that is not above the one before: nothing was borrowed.
                let falls := or(
                    and(sub(or(shr(32, oddCarries), before), even), LOW_CARRIES),
                    shr(16, and(sub(evenCarries, odd), LOW_CARRIES))
                )
                if shr(spare, falls) {
                    planEnd := 0
                    break
                }
                before := shl(224, oddCarries)

                // 1 in each lane with a word from the first narrow one on (nothing was borrowed), and all its bits.
                let narrowOnes := or(
                    and(sub(evenCarries, LOW_FIRST_NARROW), LOW_CARRIES),
                    shr(16, and(sub(oddCarries, LOW_FIRST_NARROW), LOW_CARRIES))
                )
                let narrow := mul(narrowOnes, 0xffff)
                narrowWords := add(narrowWords, shr(240, mul(narrowOnes, LANE_ONES)))
                // Wide ones: position / 25, which is position * 41 / 1024 below 450, and 10 * the rest.
                let places := add(and(words, not(narrow)), sub(LANE_ONES, narrowOnes))
                let slots := and(shr(10, mul(places, 41)), mul(LANE_ONES, 0x3f))
                let shifts := mul(WIDE_BITS, sub(places, mul(WIDE_PER_SLOT, slots)))
                // Narrow ones: (position + CHUNK_SHIFT) / 32 + 3 = (word - 1) / 32 + 4, and 8 * the rest.
                places := sub(and(words, narrow), narrowOnes)
                slots := or(slots, add(and(shr(5, places), mul(LANE_ONES, 0x7ff)), shl(2, narrowOnes)))
                shifts := or(shifts, and(shl(3, places), mul(LANE_ONES, 0xf8)))
                let slotsBefore := or(slotBefore, shr(16, slots))
                slotBefore := shl(240, shr(spare, slots))
                // Slots are below 0x8000, so what is not 0 carries into the highest bit.
                let starts := and(add(xor(slots, slotsBefore), mul(LANE_ONES, 0x7fff)), mul(LANE_ONES, 0x8000))

                mstore(planEnd, words)
                mstore(add(planEnd, 32), shifts)
                mstore(add(planEnd, 64), starts)
                mstore(add(planEnd, 96), slotsBefore)
                planEnd := add(planEnd, PLAN_STEP)
            }
            if planEnd {
                mstore(add(planEnd, 96), slotBefore)
                planEnd := add(planEnd, PLAN_STEP)
            }
        }
    }

    /// @dev Follows a plan. A slot is visited when the first word of another comes, and at the end.
    /// @param length Bytes of the sample.
    /// @param chunk Where the first chunk is, and others are to be read to.
    /// @param trail Where the trail is to begin.
    /// @return score Bias plus the weights, 512 too high for the bias and each wide word, 128 for each narrow one.
    /// @return trailEnd Where the trail ends.
    function _walk(uint256 length, uint256 chunk, uint256 plan, uint256 trail)
        private
        view
        returns (int256 score, uint256 trailEnd)
    {
        assembly ("memory-safe") {
            // Reads a slot, whose number is in the lowest 16 bits and of which the sample touches the lanes in `mask`, adds
            // those changes up, and leaves a step of the trail. The next slot's mask is empty.
            function visit(slotAmongOthers, mask, sumBefore, trailBefore) -> none, sum, trailAfter {
                let slot := and(slotAmongOthers, 0xffff)
                let word := sload(add(CHANGES_SLOT, slot))
                mstore(trailBefore, slot)
                mstore(add(trailBefore, 32), word)
                mstore(add(trailBefore, 64), mask)
                trailAfter := add(trailBefore, TRAIL_STEP)
                none := 0
                switch lt(slot, WIDE_SLOTS)
                case 1 {
                    word := and(xor(word, WIDE_TOPS), mul(mask, WIDE_LANE))
                    word := add(and(word, WIDE_EVEN), and(shr(WIDE_BITS, word), WIDE_EVEN))
                    sum := add(sumBefore, shr(240, mul(word, WIDE_EVEN_ONES)))
                }
                default {
                    word := and(xor(word, NARROW_TOPS), mul(mask, NARROW_LANE))
                    word := add(and(word, NARROW_EVEN), and(shr(NARROW_BITS, word), NARROW_EVEN))
                    sum := add(sumBefore, shr(240, mul(word, NARROW_EVEN_ONES)))
                }
            }
            // The slot before the word in the lane above `right`, in the lowest 16 bits.
            function slotBefore(plan_, right) -> slots {
                slots := shr(right, mload(add(plan_, 96)))
            }
            // The initial weight of the word in the lane above `right + 1`.
            function weight(initial, words, right) -> value {
                value := sar(240, mload(add(initial, and(shr(right, words), 0x1fffe))))
            }

            trailEnd := trail
            // The bias is the first lane of the first slot.
            let mask := 1
            // The weight of a word is at `initial + 2 * word`, as long as the word is below `chunkEnd`.
            let sum := sar(240, mload(chunk))
            let initial := add(chunk, 2)
            let chunkEnd := sub(sub(CHUNK_WEIGHTS, CHUNK_SHIFT), 1)

            for { } length { plan := add(plan, PLAN_STEP) } {
                let words := mload(plan)
                let shifts := mload(add(plan, 32))
                let starts := mload(add(plan, 64))
                switch and(gt(length, 31), lt(and(words, 0xffff), chunkEnd))
                case 1 {
                    // Sixteen words in one chunk. Where a lane begins fits the lower byte of its 16 bits.
                    if and(starts, shl(255, 1)) { mask, sum, trailEnd := visit(slotBefore(plan, 240), mask, sum, trailEnd) }
                    mask := or(mask, shl(byte(1, shifts), 1))
                    sum := add(sum, weight(initial, words, 239))
                    if and(starts, shl(239, 1)) { mask, sum, trailEnd := visit(slotBefore(plan, 224), mask, sum, trailEnd) }
                    mask := or(mask, shl(byte(3, shifts), 1))
                    sum := add(sum, weight(initial, words, 223))
                    if and(starts, shl(223, 1)) { mask, sum, trailEnd := visit(slotBefore(plan, 208), mask, sum, trailEnd) }
                    mask := or(mask, shl(byte(5, shifts), 1))
                    sum := add(sum, weight(initial, words, 207))
                    if and(starts, shl(207, 1)) { mask, sum, trailEnd := visit(slotBefore(plan, 192), mask, sum, trailEnd) }
                    mask := or(mask, shl(byte(7, shifts), 1))
                    sum := add(sum, weight(initial, words, 191))
                    if and(starts, shl(191, 1)) { mask, sum, trailEnd := visit(slotBefore(plan, 176), mask, sum, trailEnd) }
                    mask := or(mask, shl(byte(9, shifts), 1))
                    sum := add(sum, weight(initial, words, 175))
                    if and(starts, shl(175, 1)) { mask, sum, trailEnd := visit(slotBefore(plan, 160), mask, sum, trailEnd) }
                    mask := or(mask, shl(byte(11, shifts), 1))
                    sum := add(sum, weight(initial, words, 159))
                    if and(starts, shl(159, 1)) { mask, sum, trailEnd := visit(slotBefore(plan, 144), mask, sum, trailEnd) }
                    mask := or(mask, shl(byte(13, shifts), 1))
                    sum := add(sum, weight(initial, words, 143))
                    if and(starts, shl(143, 1)) { mask, sum, trailEnd := visit(slotBefore(plan, 128), mask, sum, trailEnd) }
                    mask := or(mask, shl(byte(15, shifts), 1))
                    sum := add(sum, weight(initial, words, 127))
                    if and(starts, shl(127, 1)) { mask, sum, trailEnd := visit(slotBefore(plan, 112), mask, sum, trailEnd) }
                    mask := or(mask, shl(byte(17, shifts), 1))
                    sum := add(sum, weight(initial, words, 111))
                    if and(starts, shl(111, 1)) { mask, sum, trailEnd := visit(slotBefore(plan, 96), mask, sum, trailEnd) }
                    mask := or(mask, shl(byte(19, shifts), 1))
                    sum := add(sum, weight(initial, words, 95))
                    if and(starts, shl(95, 1)) { mask, sum, trailEnd := visit(slotBefore(plan, 80), mask, sum, trailEnd) }
                    mask := or(mask, shl(byte(21, shifts), 1))
                    sum := add(sum, weight(initial, words, 79))
                    if and(starts, shl(79, 1)) { mask, sum, trailEnd := visit(slotBefore(plan, 64), mask, sum, trailEnd) }
                    mask := or(mask, shl(byte(23, shifts), 1))
                    sum := add(sum, weight(initial, words, 63))
                    if and(starts, shl(63, 1)) { mask, sum, trailEnd := visit(slotBefore(plan, 48), mask, sum, trailEnd) }
                    mask := or(mask, shl(byte(25, shifts), 1))
                    sum := add(sum, weight(initial, words, 47))
                    if and(starts, shl(47, 1)) { mask, sum, trailEnd := visit(slotBefore(plan, 32), mask, sum, trailEnd) }
                    mask := or(mask, shl(byte(27, shifts), 1))
                    sum := add(sum, weight(initial, words, 31))
                    if and(starts, shl(31, 1)) { mask, sum, trailEnd := visit(slotBefore(plan, 16), mask, sum, trailEnd) }
                    mask := or(mask, shl(byte(29, shifts), 1))
                    sum := add(sum, weight(initial, words, 15))
                    if and(starts, shl(15, 1)) { mask, sum, trailEnd := visit(slotBefore(plan, 0), mask, sum, trailEnd) }
                    mask := or(mask, shl(byte(31, shifts), 1))
                    sum := add(sum, weight(initial, shl(1, words), 0))

                    length := sub(length, 32)
                }
                default {
                    // The last words, and words that lie in more than one chunk.
                    for { let right := 240 } length { right := sub(right, 16) } {
                        if and(shr(right, starts), 0x8000) {
                            mask, sum, trailEnd := visit(slotBefore(plan, right), mask, sum, trailEnd)
                        }
                        mask := or(mask, shl(and(shr(right, shifts), 0xff), 1))
                        let word := and(shr(right, words), 0xffff)
                        if iszero(lt(word, chunkEnd)) {
                            // Words ascend, so each chunk is read at most once.
                            let place := div(add(word, add(CHUNK_SHIFT, 1)), CHUNK_WEIGHTS)
                            chunkEnd := sub(mul(add(place, 1), CHUNK_WEIGHTS), add(CHUNK_SHIFT, 1))
                            extcodecopy(address(), 0, add(add(CHUNKS, mul(20, place)), 0x2d), 32)
                            extcodecopy(shr(96, mload(0)), chunk, 1, mul(2, CHUNK_WEIGHTS))
                            initial := sub(add(chunk, mul(2, add(CHUNK_SHIFT, 1))), mul(mul(2, CHUNK_WEIGHTS), place))
                        }
                        sum := add(sum, sar(240, mload(add(initial, shl(1, word)))))
                        length := sub(length, 2)
                        if iszero(right) { break }
                    }
                }
            }
            mask, score, trailEnd := visit(slotBefore(plan, 240), mask, sum, trailEnd)
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
                        and(shr(WIDE_BITS, word), WIDE_EVEN), and(shr(WIDE_BITS, mask), WIDE_EVEN_ONES),
                        wideStep, WIDE_BITS, WIDE_EVEN_ONES, WIDE_LANE
                    )
                    word := xor(or(even, shl(WIDE_BITS, odd)), wideFlip)
                }
                default {
                    word := xor(word, narrowFlip)
                    let even := raised(
                        and(word, NARROW_EVEN), and(mask, NARROW_EVEN_ONES),
                        narrowStep, NARROW_BITS, NARROW_EVEN_ONES, NARROW_LANE
                    )
                    let odd := raised(
                        and(shr(NARROW_BITS, word), NARROW_EVEN), and(shr(NARROW_BITS, mask), NARROW_EVEN_ONES),
                        narrowStep, NARROW_BITS, NARROW_EVEN_ONES, NARROW_LANE
                    )
                    word := xor(or(even, shl(NARROW_BITS, odd)), narrowFlip)
                }
                sstore(add(CHANGES_SLOT, slot), word)
            }
        }
    }

    /* READING */

    /// @dev What `_shift` needs to know, read once for all slots.
    function _shiftBounds() internal view virtual returns (uint256);

    /// @dev By how many bits the changes in a slot, counted from the first one, are shifted to the left in a weight.
    function _shift(uint256 bounds, uint256 slot) internal pure virtual returns (uint256);

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

    /// @dev How many chunks the initial weights of so many words and the bias take.
    function _chunkCount(uint256 numWords) internal pure returns (uint256) {
        return (numWords + CHUNK_SHIFT) / CHUNK_WEIGHTS + 1;
    }

    /// @dev Reverts with the first initial weight whose changes could never bring it across 0; O(weights).
    /// @param code Of a chunk, with the weights of the positions in `[start, end)`.
    function _requireCorrectable(bytes memory code, uint256 start, uint256 end, uint256 numWords) internal pure {
        for (uint256 position = start; position < end; ++position) {
            int256 weight;
            assembly ("memory-safe") {
                weight := sar(240, mload(add(add(code, 33), shl(1, sub(position, start)))))
            }
            int256 highest = int256(position < FREQUENT ? WIDE_HIGHEST : NARROW_HIGHEST);
            // Changes end at `highest` and at one more below 0: at least 1 has to be left of them on the other side of 0.
            if (weight > highest || weight < 1 - highest) {
                revert ModelWeightOutOfRange(position == 0 ? numWords : position - 1, weight);
            }
        }
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
        uint256 bounds = _shiftBounds();
        uint256 shift;
        uint256 word;

        for (uint256 i = from; i < to; ++i) {
            uint256 position = i == numWords ? 0 : i + 1;
            if ((position + CHUNK_SHIFT) / CHUNK_WEIGHTS != loaded) {
                loaded = (position + CHUNK_SHIFT) / CHUNK_WEIGHTS;
                _loadChunk(base, loaded, numWords);
            }
            uint256 place = position - _chunkStart(loaded);
            (uint256 here, uint256 lane, uint256 top) = _lane(position);
            if (here != slot) {
                slot = here;
                shift = _shift(bounds, here - CHANGES_SLOT);
                assembly ("memory-safe") {
                    word := sload(here)
                }
            }
            assembly ("memory-safe") {
                let value := add(
                    shl(shift, sar(top, shl(lane, word))),
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

    /// @inheritdoc IModel
    function weightCount() external view returns (uint256) {
        return _numWords() + 1;
    }

    /// @inheritdoc IModel
    function weights(uint256 from, uint256 to) external view returns (int32[] memory values) {
        uint256 count = _numWords() + 1;
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
        return keccak256(_weightsBigEndian(0, _numWords() + 1));
    }
}
