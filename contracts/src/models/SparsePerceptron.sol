// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CloneArguments} from "../CloneArguments.sol";
import {Model} from "./Model.sol";

/// @title SparsePerceptron
/// @notice A binary perceptron (Rosenblatt 1958) on the words that are present: score = bias + sum of the weights of the
/// sample's words; above 0 is class 1. A wrong prediction moves the bias and each of those weights one step.
/// @dev Samples: packed big-endian uint16 word indices, strictly ascending, each below `numWords`.
///
/// Parameters, packed big-endian: numWords uint24, eta0 uint16, tau uint40; the chunks' addresses follow. The step is
/// max(1, floor(eta0 * tau / (tau + n))) with n the contributions accepted before; tau = 0 is a constant step of eta0.
///
/// Weights: initial values are int16 in the code of the chunks (`CHUNK_WEIGHTS` a chunk, bias first), behind the one
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
abstract contract SparsePerceptron is Model {
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
    /// @dev The lowest bit of every lane at an even place; the same times `WIDE_LANE`; the highest bit of every lane.
    uint256 internal constant WIDE_EVEN_ONES = 0x1000010000100001000010000100001000010000100001000010000100001;
    uint256 internal constant WIDE_EVEN = 0x3ff003ff003ff003ff003ff003ff003ff003ff003ff003ff003ff003ff003ff;
    uint256 internal constant WIDE_TOPS = 0x200802008020080200802008020080200802008020080200802008020080200;
    uint256 internal constant WIDE_ALL = 0x3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;

    uint256 internal constant NARROW_BITS = 8;
    uint256 internal constant NARROW_PER_SLOT = 32;
    uint256 internal constant NARROW_LANE = 0xff;
    uint256 internal constant NARROW_EVEN_ONES = 0x0001000100010001000100010001000100010001000100010001000100010001;
    uint256 internal constant NARROW_EVEN = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    uint256 internal constant NARROW_TOPS = 0x8080808080808080808080808080808080808080808080808080808080808080;
    uint256 internal constant NARROW_ALL = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;
    /// @dev Position p is in slot ((p + CHUNK_SHIFT) >> 5) + 3, after the wide ones.
    uint256 internal constant NARROW_SLOT_OFFSET = 3;

    /// @dev Bytes of one step of the trail: slot, word, mask.
    uint256 internal constant TRAIL_STEP = 96;

    /// @dev Offset of the first chunk's address: CloneArguments.MODEL + 10.
    uint256 private constant CHUNKS = 96;

    /* PARAMETERS */

    function _numWords() private view returns (uint256) {
        return CloneArguments.word(CloneArguments.MODEL) >> 232;
    }

    function _chunk(uint256 number) private view returns (address) {
        return address(uint160(CloneArguments.word(CHUNKS + 20 * number) >> 96));
    }

    /// @dev The step of the update after `accepted` contributions.
    function _stepRoundedDown(uint256 accepted) private view returns (int256) {
        uint256 word = CloneArguments.word(CloneArguments.MODEL);
        uint256 eta0 = uint16(word >> 216);
        uint256 tau = uint40(word >> 176);
        if (tau == 0) return int256(eta0);
        uint256 step = eta0 * tau / (tau + accepted);
        return step == 0 ? int256(1) : int256(step);
    }

    function modelId() external pure returns (bytes32) {
        return "sparse-perceptron/1";
    }

    function sampleFormat() external pure returns (bytes32) {
        return "vocabulary-uint16/1";
    }

    /// @notice numWords, eta0, tau.
    function modelParameters() external view returns (uint256[] memory parameters) {
        uint256 word = CloneArguments.word(CloneArguments.MODEL);
        parameters = new uint256[](3);
        parameters[0] = word >> 232;
        parameters[1] = uint16(word >> 216);
        parameters[2] = uint40(word >> 176);
    }

    function _classCount() internal pure override returns (uint16) {
        return 2;
    }

    function _validateModel() internal view override {
        uint256 numWords = _numWords();
        uint256 eta0 = uint16(CloneArguments.word(CloneArguments.MODEL) >> 216);
        if (numWords == 0 || numWords > MAX_WORDS || eta0 == 0) revert ModelParametersInvalid(numWords, eta0);

        uint256 missing = numWords + 1;
        for (uint256 i = 0; missing != 0; ++i) {
            uint256 count = _chunkLength(i, numWords);
            bytes memory code = _chunk(i).code;
            // The leading zero byte (STOP) tells a chunk from a delegated account, whose code could change.
            if (code.length != 1 + 2 * count || code[0] != 0) {
                revert ModelWeightsInvalid(i, 1 + 2 * count, code.length);
            }
            missing -= count;
        }
    }

    /* PREDICTION */

    /// @inheritdoc Model
    function _predict(bytes calldata sample) internal view override returns (uint16 label, int256 score) {
        (score,,) = _score(sample);
        label = score > 0 ? 1 : 0;
    }

    /// @dev Bias plus the weights of the sample's words; O(features), one storage read for each slot touched. The loops only
    /// notice that something is wrong with the sample; `_revertInvalid` then finds out what.
    /// @return score The sum.
    /// @return trail Where in memory the steps of the trail begin; the memory is not kept, so that the samples of a batch
    /// share it: it must be followed before anything else is allocated.
    /// @return trailEnd Where they end.
    function _score(bytes calldata sample) private view returns (int256 score, uint256 trail, uint256 trailEnd) {
        uint256 numWords = _numWords();
        uint256 length = sample.length;
        if (length == 0) revert SampleEmpty();
        if (length % 2 != 0) revert SampleLengthInvalid(length);
        if (length / 2 > MAX_FEATURES) revert SampleTooLong(length / 2, MAX_FEATURES);

        bool misfit;
        address chunk = _chunk(0);

        assembly ("memory-safe") {
            // The words of one slot, as long as they ascend and belong to it: sums their initial weights and marks their
            // lanes by the highest bit. A word before the slot or behind it has no such bit, and one that does not ascend
            // has none above the mask, so that one comparison tells when to stop; the zero behind the last word stops too.
            // No argument is a constant: the compiler would make a copy of the function for it and inline that, where
            // too many variables live.
            function gather(cursorBefore, initial, start) -> cursor, mask, sum {
                cursor := cursorBefore
                let width := sub(WIDE_BITS, shl(1, sgt(start, sub(FREQUENT, 2))))
                let top := shl(sub(width, 1), 1)
                for { } 1 { } {
                    let feature := shr(240, mload(cursor))
                    let mark := shl(mul(width, sub(feature, start)), top)
                    if iszero(gt(mark, mask)) { break }
                    mask := or(mask, mark)
                    sum := add(sum, sar(240, mload(add(initial, shl(1, feature)))))
                    cursor := add(cursor, 2)
                }
                mask := shr(sub(width, 1), mask)
            }

            // Few variables live at once, or the compiler moves them to memory; the inner loop has five.
            let cursor := mload(0x40)
            calldatacopy(cursor, sample.offset, length)
            let end := add(cursor, length)
            mstore(end, 0)
            // `initial + 2 * word` is where a word's initial weight is; the bias is before the first word's.
            let initial := add(end, 34)
            {
                let size := shl(1, add(numWords, 1))
                let most := mul(2, sub(CHUNK_WEIGHTS, CHUNK_SHIFT))
                if gt(size, most) { size := mul(2, CHUNK_WEIGHTS) }
                extcodecopy(chunk, add(end, 32), 1, size)
                trail := add(add(end, 64), size)
                trailEnd := trail
                score := sar(240, mload(add(end, 32)))
            }

            // Loses its sign when a slot follows that is not behind the one before.
            let ascending := not(0)
            {
                // Wide lanes, beginning with the bias's slot.
                let ordinal := 0
                for { let bias := 1 } 1 { bias := 0 } {
                    let mask, sum
                    cursor, mask, sum := gather(cursor, initial, sub(mul(ordinal, WIDE_PER_SLOT), 1))
                    mask := or(mask, bias)
                    {
                        let slot := add(CHANGES_SLOT, ordinal)
                        let word := sload(slot)
                        mstore(trailEnd, slot)
                        mstore(add(trailEnd, 32), word)
                        mstore(add(trailEnd, 64), mask)
                        trailEnd := add(trailEnd, TRAIL_STEP)
                        // All lanes add up in the highest; each is 512 too high, which is taken off below.
                        let lanes := and(xor(word, WIDE_TOPS), mul(mask, WIDE_LANE))
                        lanes := add(and(lanes, WIDE_EVEN), and(shr(WIDE_BITS, lanes), WIDE_EVEN))
                        score := add(add(score, sum), shr(240, mul(lanes, WIDE_EVEN_ONES)))
                    }
                    if iszero(lt(cursor, end)) { break }
                    let next := div(add(shr(240, mload(cursor)), 1), WIDE_PER_SLOT)
                    ascending := and(ascending, sub(ordinal, next))
                    ordinal := next
                    if iszero(lt(next, WIDE_SLOTS)) { break }
                }
            }
            // 512 for the bias and each word so far, 128 for each word to come.
            score := sub(score, add(512, shl(8, sub(cursor, sub(end, length)))))
            score := sub(score, shl(6, sub(end, cursor)))
            {
                // Narrow lanes; CHUNK_SHIFT + 1 makes every 32 words from the first one a slot.
                let previous := 0
                let chunkEnd := SLOTS_PER_CHUNK
                for { } lt(cursor, end) { } {
                    let ordinal := shr(5, add(shr(240, mload(cursor)), add(CHUNK_SHIFT, 1)))
                    ascending := and(ascending, sub(previous, ordinal))
                    previous := ordinal
                    if iszero(lt(ordinal, chunkEnd)) {
                        // Words ascend, so each chunk is read at most once.
                        let place := div(ordinal, SLOTS_PER_CHUNK)
                        chunkEnd := mul(add(place, 1), SLOTS_PER_CHUNK)
                        extcodecopy(address(), 0, add(add(CHUNKS, mul(20, place)), 0x2d), 32)
                        extcodecopy(shr(96, mload(0)), add(end, 32), 1, mul(2, CHUNK_WEIGHTS))
                        initial := sub(add(end, add(34, mul(2, CHUNK_SHIFT))), mul(mul(2, CHUNK_WEIGHTS), place))
                    }
                    let mask, sum
                    cursor, mask, sum := gather(cursor, initial, sub(shl(5, ordinal), add(CHUNK_SHIFT, 1)))
                    {
                        let slot := add(add(CHANGES_SLOT, NARROW_SLOT_OFFSET), ordinal)
                        let word := sload(slot)
                        mstore(trailEnd, slot)
                        mstore(add(trailEnd, 32), word)
                        mstore(add(trailEnd, 64), mask)
                        trailEnd := add(trailEnd, TRAIL_STEP)
                        let lanes := and(xor(word, NARROW_TOPS), mul(mask, NARROW_LANE))
                        lanes := add(and(lanes, NARROW_EVEN), and(shr(NARROW_BITS, lanes), NARROW_EVEN))
                        score := add(add(score, sum), shr(240, mul(lanes, NARROW_EVEN_ONES)))
                    }
                }
            }
            // In a sample that ascends the last word is the highest.
            misfit := iszero(and(slt(ascending, 0), lt(shr(240, mload(sub(end, 2))), numWords)))
        }

        if (misfit) _revertInvalid(sample, numWords);
    }

    /// @dev Finds the first feature that is out of order or out of range, and reverts with it.
    function _revertInvalid(bytes calldata sample, uint256 numWords) private pure {
        uint256 previous;
        for (uint256 i = 0; i < sample.length / 2; ++i) {
            uint256 feature = uint16(bytes2(sample[2 * i:2 * i + 2]));
            if (feature >= numWords) revert SampleFeatureOutOfRange(i, feature, numWords);
            if (i != 0 && feature <= previous) revert SampleNotAscending(i, previous, feature);
            previous = feature;
        }
    }

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
    function _chunkLength(uint256 ordinal, uint256 numWords) private pure returns (uint256) {
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

    /* LEARNING */

    /// @inheritdoc Model
    function _train(bytes calldata sample, uint16 label, uint256 accepted)
        internal
        override
        returns (uint16 predicted)
    {
        (int256 score, uint256 trail, uint256 trailEnd) = _score(sample);
        predicted = score > 0 ? 1 : 0;
        if (predicted != label) _learn(label, uint256(_stepRoundedDown(accepted)), trail, trailEnd);
    }

    /// @dev Moves the bias and the weight of each word on the trail by one step towards the label; one write for each slot.
    /// Moving down is moving up with all bits of a lane turned over.
    function _learn(uint16 label, uint256 step, uint256 trail, uint256 trailEnd) private {
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
                switch lt(slot, add(CHANGES_SLOT, WIDE_SLOTS))
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
                sstore(slot, word)
            }
        }
    }

    /* WEIGHTS */

    function weightCount() external view returns (uint256) {
        return _numWords() + 1;
    }

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

    function digest() external view returns (bytes32) {
        return keccak256(_weightsBigEndian(0, _numWords() + 1));
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
    function _weightsBigEndian(uint256 from, uint256 to) private view returns (bytes memory packed) {
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
