// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CloneArguments} from "../CloneArguments.sol";
import {IModel} from "../interfaces/IModel.sol";
import {Model} from "./Model.sol";
import {OneByOne} from "./OneByOne.sol";
import {Scratch} from "./Scratch.sol";

/// @title ClassCounts
/// @notice How a model counts, for each class, its samples and in how many of them each word is present. It learns from every
/// sample and needs no prediction for that.
/// @dev Samples: packed big-endian uint16 word indices, strictly ascending, each below `numWords`.
///
/// Parameters, packed big-endian: numWords uint24, classes uint16, maxFeatures uint16, 3 zero bytes; the chunks' addresses
/// follow. A contribution has at most maxFeatures words.
///
/// A class of 65,535 samples ages before it takes one more: its samples, and each of its counts, become half as many,
/// rounded down. So no count leaves 16 bits, and no class is ever full: what filled it is outweighed by as many later
/// samples. Halving touches the class's head alone, which counts it (`epoch`); a slot of counts is halved for all that it
/// missed when it is read, and written so when a sample touches it. A class's moment is halved, or quartered, as a whole, so
/// that it may be somewhat above that of its counts.
///
/// Words come in slots of 32. Initial values are uint16 in the code of the chunks, `CHUNK_BLOCKS` blocks of 32 values a
/// chunk, behind the one byte that SSTORE2 puts before its data. Block 0 holds the samples of each class; block
/// 1 + slot * classes + class the counts of a slot's words, the even words' first, then the odd ones'. What stands behind the
/// last class or word is not looked at.
///
/// Changes since are in storage, 8 bits each, 32 lanes a slot, the first word's highest. A lane that is full goes on from
/// zero, and the same lane of its carry slot, which counts in 256, rises by one: once in 256 samples of a class that have the
/// word. A class's head tells which of its slots have a carry: bit `slot % 32`. So the counts of a slot's even words add up
/// with one addition, and those of its odd ones with another (`_countsIn`). A slot that is written after its class has aged
/// keeps the epoch, in its 32 bits of an epoch slot; from then on changes and carries are its counts, without the code's.
///
/// Logical weights: all words' counts of class 0, of class 1 and so on, then the samples of each class.
abstract contract ClassCounts is OneByOne {
    uint256 internal constant MAX_FEATURES = 1024;
    uint256 internal constant MAX_WORDS = 65_536;
    uint256 internal constant MAX_CLASSES = 16;
    /// @dev Most slots that a claim may read twice, changes and carries: a claim takes some 13 million gas then, of the
    /// 2^24 that a transaction may (EIP-7825).
    uint256 internal constant MAX_READS = 2_000;
    uint256 internal constant MAX_SAMPLES = 65_535;

    uint256 internal constant CHUNK_BLOCKS = 375;
    uint256 internal constant BLOCK_BYTES = 64;
    uint256 internal constant PER_SLOT = 32;

    /// @dev Far above the pool's own variables, whose mappings live at hashes. A class's slots begin at `CLASS_STRIDE` times
    /// its number from there.
    uint256 internal constant CHANGES_SLOT = 0x100000000;
    uint256 internal constant CARRIES_SLOT = 0x200000000;
    uint256 internal constant HEADS_SLOT = 0x300000000;
    uint256 internal constant CLASS_STRIDE = 0x10000;

    uint256 internal constant EPOCHS_SLOT = 0x400000000;

    /// @dev A head has 128 bits, two a slot: carried slots uint32, epoch uint32, samples uint16, moment uint48; from the lowest
    /// bit up. An epoch is at least 32,768 samples, of which a pool has less than 2^40.
    uint256 internal constant HEAD_BITS = 128;
    uint256 internal constant HEAD_EPOCH = 32;
    uint256 internal constant HEAD_SAMPLES = 64;
    uint256 internal constant HEAD_MOMENT = 80;

    /// @dev The lowest bit of the lane of a slot's first word; of every lane; all lanes but their highest bits.
    uint256 internal constant FIRST_LANE = 1 << 248;
    uint256 internal constant ONES = 0x0101010101010101010101010101010101010101010101010101010101010101;
    uint256 internal constant TOPS = 0x8080808080808080808080808080808080808080808080808080808080808080;
    uint256 internal constant BELOW_TOPS = 0x7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f;

    /// @dev The lowest of every 16 bits.
    uint256 internal constant EVERY_16 = 0x0001000100010001000100010001000100010001000100010001000100010001;
    /// @dev The lower byte of every 16 bits.
    uint256 internal constant LOW_BYTES = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;

    /// @dev Bytes of one step of the trail: slot, lanes, where its words end.
    uint256 internal constant TRAIL_STEP = 96;

    uint256 private constant PARAMETERS_LENGTH = 10;
    /// @dev Offset of the first chunk's address: CloneArguments.MODEL + PARAMETERS_LENGTH.
    uint256 internal constant CHUNKS = 101;

    /* PARAMETERS */

    /// @dev numWords and classes.
    function _shape() internal view returns (uint256 numWords, uint256 classes) {
        uint256 word = CloneArguments.word(CloneArguments.MODEL);
        numWords = word >> 232;
        classes = uint16(word >> 216);
    }

    /// @inheritdoc IModel
    function sampleFormat() external pure returns (bytes32) {
        return "vocabulary-uint16/1";
    }

    function _parametersLength() internal pure override returns (uint256) {
        return PARAMETERS_LENGTH;
    }

    /// @notice numWords, classes, maxFeatures.
    function modelParameters() external view returns (uint256[] memory parameters) {
        parameters = new uint256[](3);
        (parameters[0], parameters[1]) = _shape();
        parameters[2] = _maxFeatures();
    }

    function _maxFeatures() private view returns (uint256) {
        return uint16(CloneArguments.word(CloneArguments.MODEL) >> 200);
    }

    /// @inheritdoc Model
    function _requireSize(bytes calldata sample) internal view override {
        uint256 maxFeatures = _maxFeatures();
        if (sample.length / 2 > maxFeatures) revert SampleTooLong(sample.length / 2, maxFeatures);
    }

    function _classCount() internal view override returns (uint16) {
        (, uint256 classes) = _shape();
        return uint16(classes);
    }

    function _slots(uint256 numWords) private pure returns (uint256) {
        return (numWords + PER_SLOT - 1) / PER_SLOT;
    }

    /// @dev Blocks of initial values.
    function _blocksOf(uint256 numWords, uint256 classes) internal pure returns (uint256) {
        return 1 + _slots(numWords) * classes;
    }

    /// @dev What a model keeps of a class beside its counts: the sum of `_moment` over all words, where that rises with each
    /// sample by what `_train` says. `lanes` are 16 counts of 16 bits.
    function _moment(uint256 lanes) internal pure virtual returns (uint256);

    /// @dev By how many bits that is shifted to the right when all counts are by one.
    function _momentShift() internal pure virtual returns (uint256);

    /// @dev A class's score of a sample, out of blocks of counts in memory.
    /// @param counts Where the class's first block is.
    /// @param places Where in memory begins how far behind that each of the sample's words has its count, 32 bytes each.
    /// @param placesEnd Where they end.
    /// @param samples Of the class.
    /// @param moment Of the class's counts.
    function _scoreOf(
        uint256 counts,
        uint256 places,
        uint256 placesEnd,
        uint256 samples,
        uint256 moment,
        uint256 numWords
    ) internal pure virtual returns (int256 score);

    /// @dev Checks parameters and chunks, and writes the heads; O(classes * words).
    function _validateModel() internal override {
        (uint256 numWords, uint256 classes) = _shape();
        uint256 slots = _slots(numWords);
        uint256 maxFeatures = _maxFeatures();
        uint256 rest = uint24(CloneArguments.word(CloneArguments.MODEL) >> 176);
        uint256 reads = classes * (slots < MAX_FEATURES ? slots : MAX_FEATURES);
        if (numWords == 0 || numWords > MAX_WORDS || classes < 2 || classes > MAX_CLASSES || rest != 0 || reads > MAX_READS)
        {
            revert ModelParametersInvalid(numWords, classes);
        }
        if (maxFeatures == 0 || maxFeatures > MAX_FEATURES) revert ModelParametersInvalid(numWords, maxFeatures);

        uint256[] memory samples = new uint256[](classes);
        uint256[] memory moments = new uint256[](classes);
        uint256 blocks = _blocksOf(numWords, classes);
        _requireChunks(PARAMETERS_LENGTH, (blocks + CHUNK_BLOCKS - 1) / CHUNK_BLOCKS);
        bytes memory buffer = new bytes(BLOCK_BYTES * (blocks < CHUNK_BLOCKS ? blocks : CHUNK_BLOCKS));
        _requireChunk(0, blocks, buffer);
        (uint256 first, uint256 second) = _block(buffer, 0);
        for (uint256 class = 0; class < classes; ++class) {
            samples[class] = uint16(first >> (240 - 16 * class));
        }
        uint256 ordinal = 0;
        uint256 place = 1;
        // All bounded: at most 4,097 blocks, and no moment reaches 2^48.
        unchecked {
            for (uint256 left = numWords;; left -= PER_SLOT) {
                for (uint256 class = 0; class < classes; ++class) {
                    if (place == CHUNK_BLOCKS) {
                        place = 0;
                        ++ordinal;
                        _requireChunk(ordinal, blocks - ordinal * CHUNK_BLOCKS, buffer);
                    }
                    (first, second) = _block(buffer, place++);
                    if (left < PER_SLOT) {
                        // The last slot: so many even and odd words.
                        first >>= 16 * (16 - (left + 1) / 2);
                        second = left == 1 ? 0 : second >> (16 * (16 - left / 2));
                    }
                    uint256 bound = samples[class];
                    if (!_isBounded(first, bound) || !_isBounded(second, bound)) {
                        revert ModelCountAboveSamples(class, bound);
                    }
                    moments[class] += _moment(first) + _moment(second);
                }
                if (left <= PER_SLOT) break;
            }
        }
        for (uint256 class = 0; class < classes; class += 2) {
            uint256 heads = samples[class] << HEAD_SAMPLES | moments[class] << HEAD_MOMENT;
            if (class + 1 < classes) {
                heads |= (samples[class + 1] << HEAD_SAMPLES | moments[class + 1] << HEAD_MOMENT) << HEAD_BITS;
            }
            assembly ("memory-safe") {
                sstore(add(HEADS_SLOT, shr(1, class)), heads)
            }
        }
    }

    /// @dev Reads a chunk of at most `blocks` blocks, if it has the right length and cannot change.
    function _requireChunk(uint256 number, uint256 blocks, bytes memory buffer) private view {
        address chunk = _chunk(number);
        uint256 size = BLOCK_BYTES * (blocks < CHUNK_BLOCKS ? blocks : CHUNK_BLOCKS);
        uint256 length = chunk.code.length;
        // The leading zero byte (STOP) tells a chunk from a delegated account, whose code could change.
        bytes32 start;
        assembly ("memory-safe") {
            extcodecopy(chunk, 0, 0, 1)
            start := shr(248, mload(0))
            extcodecopy(chunk, add(buffer, 32), 1, size)
        }
        if (length != 1 + size || start != 0) revert ModelWeightsInvalid(number, 1 + size, length);
    }

    /// @dev Whether none of 16 lanes is above `bound`.
    function _isBounded(uint256 lanes, uint256 bound) private pure returns (bool) {
        uint256 even = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
        uint256 flags = 0x0001000000010000000100000001000000010000000100000001000000010000;
        uint256 bounds = flags | bound * (flags >> 16);
        unchecked {
            return (bounds - (lanes & even)) & (bounds - (lanes >> 16 & even)) & flags == flags;
        }
    }

    function _chunk(uint256 number) internal view returns (address) {
        return address(uint160(CloneArguments.word(CHUNKS + 20 * number) >> 96));
    }

    /// @dev The values of a block, 16 in each word.
    function _block(bytes memory buffer, uint256 place) private pure returns (uint256 first, uint256 second) {
        assembly ("memory-safe") {
            let where := add(add(buffer, 32), mul(BLOCK_BYTES, place))
            first := mload(where)
            second := mload(add(where, 32))
        }
    }

    /* WALKING */

    /// @dev Copies the sample to memory, checks it, and leaves a step for each slot that it touches: the slot, its lanes (the
    /// lowest bit of each word that is present), and where in memory its words end. O(features).
    ///
    /// The caller gives the memory back (see `Scratch`).
    /// @return first Where in memory the sample begins.
    /// @return trail Where the steps begin.
    /// @return trailEnd Where they end.
    function _walk(bytes calldata sample, uint256 numWords)
        internal
        pure
        returns (uint256 first, uint256 trail, uint256 trailEnd)
    {
        _requireLength(sample);
        uint256 length = sample.length;
        bool valid;
        assembly ("memory-safe") {
            first := mload(0x40)
            calldatacopy(first, sample.offset, length)
            let end := add(first, length)
            // Words beyond the last are zero, which ends every slot.
            mstore(end, 0)
            trail := add(end, 32)
            trailEnd := trail
            valid := 1

            let cursor := first
            let slot := not(0)
            for { } lt(cursor, end) { } {
                let next := shr(245, mload(cursor))
                if iszero(slt(slot, next)) {
                    valid := 0
                    break
                }
                slot := next
                let start := shl(5, slot)
                let lanes := 0
                // A word before the slot or behind it has no lane, and one that does not ascend has none below the last:
                // one comparison tells when to stop.
                let last := not(0)
                for { } 1 { } {
                    let lane := shr(shl(3, sub(shr(240, mload(cursor)), start)), FIRST_LANE)
                    let below := sub(lane, 1)
                    if iszero(lt(below, last)) { break }
                    last := below
                    lanes := or(lanes, lane)
                    cursor := add(cursor, 2)
                }
                mstore(trailEnd, slot)
                mstore(add(trailEnd, 32), lanes)
                mstore(add(trailEnd, 64), cursor)
                trailEnd := add(trailEnd, TRAIL_STEP)
            }
            mstore(0x40, trailEnd)
            // In a sample that ascends the last word is the highest.
            valid := and(valid, lt(shr(240, mload(sub(end, 2))), numWords))
        }
        if (!valid) _revertInvalid(sample, numWords);
    }

    function _requireLength(bytes calldata sample) internal pure {
        uint256 length = sample.length;
        if (length == 0) revert SampleEmpty();
        if (length % 2 != 0) revert SampleLengthInvalid(length);
        if (length / 2 > MAX_FEATURES) revert SampleTooLong(length / 2, MAX_FEATURES);
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

    /* COUNTS */

    /// @dev A view of the initial values that is filled chunk by chunk: the first block that is not in memory yet, where block 0
    /// would begin if it were, how many blocks there are, then room for a chunk.
    /// @param blocks Where memory is free.
    function _openBlocks(uint256 blocks, uint256 numWords, uint256 classes) internal pure {
        uint256 count = _blocksOf(numWords, classes);
        Scratch.take(96 + BLOCK_BYTES * (count < CHUNK_BLOCKS ? count : CHUNK_BLOCKS));
        assembly ("memory-safe") {
            mstore(blocks, 0)
            mstore(add(blocks, 64), count)
        }
    }

    /// @dev Before blocks are asked for from the first on again. One chunk is kept; of several the last is in memory.
    function _rewindBlocks(uint256 blocks) internal pure {
        assembly ("memory-safe") {
            if gt(mload(add(blocks, 64)), CHUNK_BLOCKS) { mstore(blocks, 0) }
        }
    }

    /// @dev Reads the chunk of a block. Blocks that are asked for in ascending order read each chunk at most once.
    function _loadBlocks(uint256 blocks, uint256 place) private view {
        assembly ("memory-safe") {
            let ordinal := div(place, CHUNK_BLOCKS)
            let begin := mul(ordinal, CHUNK_BLOCKS)
            let end := add(begin, CHUNK_BLOCKS)
            mstore(blocks, end)
            mstore(add(blocks, 32), sub(add(blocks, 96), mul(BLOCK_BYTES, begin)))
            if gt(end, mload(add(blocks, 64))) { end := mload(add(blocks, 64)) }
            extcodecopy(address(), 0, add(add(CHUNKS, mul(20, ordinal)), 0x2d), 32)
            extcodecopy(shr(96, mload(0)), add(blocks, 96), 1, mul(BLOCK_BYTES, sub(end, begin)))
        }
    }

    /// @dev The counts of a slot's words in a class, 16 bits each: of the even words, and of the odd ones.
    /// @param place The block of their initial values.
    /// @param lanes The slot, counted from the class's first.
    function _countsIn(uint256 blocks, uint256 place, uint256 lanes, uint256 head)
        internal
        view
        returns (uint256 even, uint256 odd)
    {
        bool loaded;
        assembly ("memory-safe") {
            loaded := lt(place, mload(blocks))
        }
        if (!loaded) _loadBlocks(blocks, place);
        assembly ("memory-safe") {
            let where := add(mload(add(blocks, 32)), mul(BLOCK_BYTES, place))
            let changes := sload(add(CHANGES_SLOT, lanes))
            even := add(mload(where), and(shr(8, changes), LOW_BYTES))
            odd := add(mload(add(where, 32)), and(changes, LOW_BYTES))
            let epoch := and(shr(HEAD_EPOCH, head), 0xffffffff)
            if epoch {
                let own := and(shr(shl(5, and(lanes, 7)), sload(add(EPOCHS_SLOT, shr(3, lanes)))), 0xffffffff)
                if own {
                    even := and(shr(8, changes), LOW_BYTES)
                    odd := and(changes, LOW_BYTES)
                }
                epoch := sub(epoch, own)
            }
            if and(shr(and(lanes, 31), head), 1) {
                let carries := sload(add(CARRIES_SLOT, lanes))
                even := add(even, and(carries, not(LOW_BYTES)))
                odd := add(odd, shl(8, and(carries, LOW_BYTES)))
            }
            if epoch {
                let kept := mul(shr(epoch, 0xffff), EVERY_16)
                even := and(shr(epoch, even), kept)
                odd := and(shr(epoch, odd), kept)
            }
        }
    }

    /* LEARNING */

    /// @dev Makes room for one more sample: a class that has as many as it counts becomes half as old.
    /// @return head The class's, as it is now.
    function _age(uint256 class) internal returns (uint256 head) {
        head = _head(class);
        uint256 samples = uint16(head >> HEAD_SAMPLES);
        if (samples < MAX_SAMPLES) return head;
        uint256 moment = (head >> HEAD_MOMENT) >> _momentShift();
        uint256 epoch = uint32(head >> HEAD_EPOCH) + 1;
        head = uint32(head) | epoch << HEAD_EPOCH | (samples >> 1) << HEAD_SAMPLES | moment << HEAD_MOMENT;
        _setHead(class, head);
    }

    /// @dev Writes the counts of the slots on the trail as they are now, where the class has aged since they were written; three
    /// writes for such a slot at most, once in 32,768 samples.
    /// @param blocks The view of the initial values, opened.
    function _renew(uint256 class, uint256 classes, uint256 head, uint256 trail, uint256 trailEnd, uint256 blocks) internal {
        uint256 epoch = uint32(head >> HEAD_EPOCH);
        if (epoch == 0) return;
        uint256 known = head;
        _rewindBlocks(blocks);
        for (; trail < trailEnd; trail += TRAIL_STEP) {
            uint256 slot;
            uint256 epochs;
            uint256 lanes;
            assembly ("memory-safe") {
                slot := mload(trail)
                lanes := add(mul(class, CLASS_STRIDE), slot)
                epochs := sload(add(EPOCHS_SLOT, shr(3, lanes)))
            }
            if (uint32(epochs >> 32 * (lanes & 7)) == epoch) continue;
            (uint256 even, uint256 odd) = _countsIn(blocks, 1 + slot * classes + class, lanes, head);
            assembly ("memory-safe") {
                let shift := shl(5, and(lanes, 7))
                epochs := or(and(epochs, not(shl(shift, 0xffffffff))), shl(shift, epoch))
                sstore(add(EPOCHS_SLOT, shr(3, lanes)), epochs)
                sstore(add(CHANGES_SLOT, lanes), or(shl(8, and(even, LOW_BYTES)), and(odd, LOW_BYTES)))
                let carries := or(and(even, not(LOW_BYTES)), and(shr(8, odd), LOW_BYTES))
                let flag := shl(and(slot, 31), 1)
                // Whatever was carried before counts no more.
                if or(carries, and(head, flag)) { sstore(add(CARRIES_SLOT, lanes), carries) }
                if carries { known := or(known, flag) }
            }
        }
        if (known != head) _setHead(class, known);
    }

    function _setHead(uint256 class, uint256 head) private {
        assembly ("memory-safe") {
            let place := add(HEADS_SLOT, shr(1, class))
            let shift := mul(HEAD_BITS, and(class, 1))
            let others := shl(sub(HEAD_BITS, shift), 0xffffffffffffffffffffffffffffffff)
            sstore(place, or(and(sload(place), others), shl(shift, head)))
        }
    }

    /// @dev One more sample of a class that has aged in time: raises the counts on the trail, the class's samples by one, and
    /// its moment by `moment`. One write for each slot.
    function _raise(uint16 label, uint256 moment, uint256 trail, uint256 trailEnd) internal {
        assembly ("memory-safe") {
            let changes := add(CHANGES_SLOT, mul(label, CLASS_STRIDE))
            let place := add(HEADS_SLOT, shr(1, label))
            let shift := mul(HEAD_BITS, and(label, 1))
            let heads := sload(place)
            for { } lt(trail, trailEnd) { trail := add(trail, TRAIL_STEP) } {
                let slot := mload(trail)
                let lanes := mload(add(trail, 32))
                let where := add(changes, slot)
                let word := sload(where)
                // The highest bit of each of these lanes that is full. Carries cannot overflow: no class has 65,536
                // samples.
                let full := and(and(add(and(word, BELOW_TOPS), lanes), word), TOPS)
                word := add(word, lanes)
                if full {
                    full := shr(7, full)
                    word := sub(word, shl(8, full))
                    where := add(where, sub(CARRIES_SLOT, CHANGES_SLOT))
                    sstore(where, add(sload(where), full))
                    where := add(changes, slot)
                    heads := or(heads, shl(add(shift, and(slot, 31)), 1))
                }
                sstore(where, word)
            }
            sstore(place, add(heads, shl(shift, add(shl(HEAD_SAMPLES, 1), shl(HEAD_MOMENT, moment)))))
        }
    }

    /* READING */

    /// @inheritdoc IModel
    function weightCount() external view returns (uint256) {
        (uint256 numWords, uint256 classes) = _shape();
        return classes * (numWords + 1);
    }

    /// @inheritdoc IModel
    function weights(uint256 from, uint256 to) external view returns (int32[] memory values) {
        (uint256 numWords, uint256 classes) = _shape();
        uint256 count = classes * (numWords + 1);
        if (from >= to || to > count) revert WeightRangeInvalid(from, to, count);
        bytes memory all = _weightsBigEndian(from, to);
        values = new int32[](to - from);
        for (uint256 i = 0; i < values.length; ++i) {
            assembly ("memory-safe") {
                mstore(add(add(values, 32), mul(32, i)), shr(224, mload(add(add(all, 32), mul(4, i)))))
            }
        }
    }

    /// @inheritdoc IModel
    function digest() external view returns (bytes32) {
        (uint256 numWords, uint256 classes) = _shape();
        return keccak256(_weightsBigEndian(0, classes * (numWords + 1)));
    }

    /// @dev The logical weights in `[from, to)` as packed big-endian int32; O(weights).
    function _weightsBigEndian(uint256 from, uint256 to) private view returns (bytes memory packed) {
        (uint256 numWords, uint256 classes) = _shape();
        packed = new bytes(4 * (to - from) + 32);
        bytes memory room = new bytes(BLOCK_BYTES * (CHUNK_BLOCKS + 2));
        uint256 blocks;
        assembly ("memory-safe") {
            blocks := add(room, 32)
        }
        _openBlocks(blocks, numWords, classes);

        uint256 i = from;
        for (uint256 class = from / numWords; class < classes && i < to; ++class) {
            uint256 end = to < (class + 1) * numWords ? to : (class + 1) * numWords;
            for (; i < end;) i = _copyCounts(packed, from, i, end, blocks, class);
            _rewindBlocks(blocks);
        }
        for (; i < to; ++i) {
            _putBigEndian(packed, i - from, uint16(_head(i - classes * numWords) >> HEAD_SAMPLES));
        }
        assembly ("memory-safe") {
            mstore(packed, shl(2, sub(to, from)))
        }
    }

    /// @dev Copies the counts from weight `i` on, as far as they are in the same slot and below `end`; returns the next.
    function _copyCounts(bytes memory packed, uint256 from, uint256 i, uint256 end, uint256 blocks, uint256 class)
        private
        view
        returns (uint256)
    {
        (uint256 numWords, uint256 classes) = _shape();
        uint256 lane = (i - class * numWords) % PER_SLOT;
        uint256 slot = (i - class * numWords) / PER_SLOT;
        (uint256 even, uint256 odd) =
            _countsIn(blocks, 1 + slot * classes + class, class * CLASS_STRIDE + slot, _head(class));
        for (; i < end && lane < PER_SLOT; (++i, ++lane)) {
            _putBigEndian(packed, i - from, uint16((lane % 2 == 0 ? even : odd) >> 240 - 16 * (lane / 2)));
        }
        return i;
    }

    /// @dev Writes 28 bytes beyond the value, which later values or the spare word take.
    function _putBigEndian(bytes memory packed, uint256 place, uint256 value) private pure {
        assembly ("memory-safe") {
            mstore(add(add(packed, 32), shl(2, place)), shl(224, value))
        }
    }

    function _head(uint256 class) internal view returns (uint256 head) {
        assembly ("memory-safe") {
            head := shr(mul(HEAD_BITS, and(class, 1)), sload(add(HEADS_SLOT, shr(1, class))))
        }
        return uint128(head);
    }
}
