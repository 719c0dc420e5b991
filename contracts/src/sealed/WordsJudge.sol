// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Scratch} from "../models/Scratch.sol";
import {SparseWeights} from "../models/SparseWeights.sol";
import {SealedAssessment} from "./SealedAssessment.sol";
import {SealedJudge} from "./SealedJudge.sol";

/// @title WordsJudge
/// @notice The judge of a pool whose model is one weight a word.
/// @dev A seal holds int16 as the initial weights do, the bias first, then each word's. Before the first seal the
/// initial weights are the judge: they are read where they are, and multiplied. The reference is laid out like them, behind the
/// rule's parameters.
///
/// A seal is one chunk, written in one transaction, so a vocabulary has as many words as one chunk holds: 11,969.
abstract contract WordsJudge is SealedAssessment, SealedJudge, SparseWeights {
    /// @dev In a row of unsigned changes, none: as far as a change can be below it, a wide one shifted by 4.
    uint256 private constant ZERO_CHANGE = 0x2000;
    /// @dev In lanes of 64 bits, the weight -32,768: more than a weight can be below it before it is ended.
    uint256 private constant SEALED_ZERO = 0x800000;
    /// @dev The lowest bit of each 64.
    uint256 private constant SEALED_ONES = 0x0000000000000001000000000000000100000000000000010000000000000001;
    /// @dev Gas that a seal takes for a weight at least, a fifth of it refunded: two bytes of code (320), and that it is read, moved
    /// and hashed.
    uint256 private constant SEAL_GAS_PER_WEIGHT = 400;

    /* CREATION */

    /// @inheritdoc SealedJudge
    function _referenceLength() internal view override returns (uint256) {
        return 2 * (_numWords() + 1);
    }

    /// @inheritdoc SealedJudge
    function _validateJudge(uint256 shift) internal view override {
        uint256 numWords = _numWords();
        uint256 most = CHUNK_WEIGHTS - CHUNK_SHIFT - 1;
        if (numWords > most) revert ModelParametersInvalid(numWords, most);
        bytes memory initial = _weightsInCode(_chunk(0), 1, numWords + 1);
        for (uint256 i = 0; i <= numWords; ++i) {
            // words first, the bias last, as everywhere where weights are numbered
            int256 weight = _at(initial, i == numWords ? 0 : i + 1);
            if (int256(int16(weight << shift)) != weight << shift) revert ModelWeightOutOfRange(i, weight);
        }
    }

    /// @inheritdoc SealedJudge
    function _trainPredicts() internal pure override returns (bool) {
        return true;
    }

    /// @inheritdoc SealedJudge
    function _sealGas() internal view override returns (uint256) {
        return SEAL_GAS + SEAL_GAS_PER_WEIGHT * (_numWords() + 1);
    }

    /* ASKING */

    /// @inheritdoc SealedJudge
    function _judge(bytes calldata sample, uint256 epoch, uint256 shift)
        internal
        view
        override
        returns (uint16 label, int256 score)
    {
        score = _sum(sample, _judgeCode(epoch), 1);
        if (epoch == 0) score <<= shift;
        label = score > 0 ? 1 : 0;
    }

    /// @inheritdoc SealedJudge
    function _gap(bytes calldata sample, uint16 label) internal view override returns (int256 gap) {
        gap = _sum(sample, _rulesChunk(), 1 + PARAMETERS_LENGTH);
        if (label == 0) gap = -gap;
    }

    function _judgeCode(uint256 epoch) private view returns (address) {
        return epoch == 0 ? _chunk(0) : _sealAddress(epoch);
    }

    /// @dev The bias and the weights of a sample's words, added up; O(features).
    /// @param code Where the weights are.
    /// @param start From which byte of that on.
    function _sum(bytes calldata sample, address code, uint256 start) private view returns (int256 sum) {
        uint256 length = _requireLength(sample);
        uint256 numWords = _numWords();
        bool valid;
        assembly ("memory-safe") {
            let end := add(sample.offset, length)
            // In a sample that ascends the last word is the highest.
            if lt(shr(240, calldataload(sub(end, 2))), numWords) {
                let weights_ := mload(0x40)
                extcodecopy(code, weights_, start, shl(1, add(numWords, 1)))
                sum := sar(240, mload(weights_))
                // behind the weight of the word before: 0 before the first one
                let least := 0
                valid := 1
                for { let cursor := sample.offset } lt(cursor, end) { cursor := add(cursor, 2) } {
                    let above := add(shr(240, calldataload(cursor)), 1)
                    valid := and(valid, gt(above, least))
                    least := above
                    sum := add(sum, sar(240, mload(add(weights_, shl(1, above)))))
                }
            }
        }
        if (!valid) _revertInvalid(sample, numWords);
    }

    /* SEALING */

    /// @inheritdoc SealedJudge
    function _nextJudge(uint256 epoch, uint256 shift, uint256 parts)
        internal
        view
        override
        returns (bytes memory weights, bytes32 digest_)
    {
        uint256 size = 2 * (_numWords() + 1);
        // Each of what is read is a row of int16 of this length, and so is what is written: whole words, and some behind.
        uint256 row = (size + 127) & ~uint256(31);
        weights = new bytes(row);
        uint256 free = Scratch.free();
        // three rows, of which a digest, twice as long as a row, needs less; and a read of a whole word behind them
        uint256 rows = Scratch.take(3 * row + 64);
        _loadRows(rows, row, size, epoch);
        _move(rows, row, weights, shift, parts, epoch == 0 ? shift : 0);
        digest_ = _digestOf(rows, weights, size);
        Scratch.release(free);
        assembly ("memory-safe") {
            mstore(weights, size)
        }
    }

    /// @dev Writes the initial weights, the judge's and the changes in rows.
    function _loadRows(uint256 rows, uint256 row, uint256 size, uint256 epoch) private view {
        address initial = _chunk(0);
        address judge = _judgeCode(epoch);
        assembly ("memory-safe") {
            extcodecopy(initial, rows, 1, size)
            extcodecopy(judge, add(rows, row), 1, size)
        }
        uint256 bounds = _shiftBounds();
        uint256 place = rows + 2 * row;
        uint256 end = place + size;
        for (uint256 slot = 0; place < end; ++slot) {
            place = _loadChanges(place, slot, _shift(bounds, slot));
        }
    }

    /// @dev Writes one slot's changes, shifted, as int16 but unsigned: `ZERO_CHANGE` is none.
    /// @return next Behind them.
    function _loadChanges(uint256 place, uint256 slot, uint256 shift) private view returns (uint256 next) {
        assembly ("memory-safe") {
            // Sixteen bytes, in the lower half of a word, as sixteen lanes of 16 bits.
            function spread(bytes_) -> lanes {
                lanes := and(or(bytes_, shl(64, bytes_)), mul(0xffffffffffffffff, 0x100000000000000000000000000000001))
                lanes := and(or(lanes, shl(32, lanes)), mul(0xffffffff, SEALED_ONES))
                lanes := and(or(lanes, shl(16, lanes)), LOW_LANES)
                lanes := and(or(lanes, shl(8, lanes)), NARROW_EVEN)
            }

            let word := sload(add(CHANGES_SLOT, slot))
            switch lt(slot, WIDE_SLOTS)
            case 1 {
                word := xor(word, WIDE_TOPS)
                let more := sub(ZERO_CHANGE, shl(shift, WIDE_TOP))
                next := add(place, shl(1, WIDE_PER_SLOT))
                for { } lt(place, next) { place := add(place, 10) } {
                    mstore(place, shl(240, add(shl(shift, and(word, WIDE_LANE)), more)))
                    mstore(add(place, 2), shl(240, add(shl(shift, and(shr(10, word), WIDE_LANE)), more)))
                    mstore(add(place, 4), shl(240, add(shl(shift, and(shr(20, word), WIDE_LANE)), more)))
                    mstore(add(place, 6), shl(240, add(shl(shift, and(shr(30, word), WIDE_LANE)), more)))
                    mstore(add(place, 8), shl(240, add(shl(shift, and(shr(40, word), WIDE_LANE)), more)))
                    word := shr(50, word)
                }
            }
            default {
                // The first lane is the lowest, the first weight the highest: all 32 bytes change places.
                word := xor(word, NARROW_TOPS)
                word := or(and(shr(8, word), NARROW_EVEN), shl(8, and(word, NARROW_EVEN)))
                word := or(and(shr(16, word), LOW_LANES), shl(16, and(word, LOW_LANES)))
                let half := mul(0xffffffff, SEALED_ONES)
                word := or(and(shr(32, word), half), shl(32, and(word, half)))
                half := mul(0xffffffffffffffff, 0x100000000000000000000000000000001)
                word := or(and(shr(64, word), half), shl(64, and(word, half)))
                let more := mul(sub(ZERO_CHANGE, shl(shift, NARROW_TOP)), LANE_ONES)
                mstore(place, add(shl(shift, spread(and(word, 0xffffffffffffffffffffffffffffffff))), more))
                mstore(add(place, 32), add(shl(shift, spread(shr(128, word))), more))
                next := add(place, 64)
            }
        }
    }

    /// @dev Moves the judge's weights a part of the way, sixteen at a time, four of them with one multiplication: each has 64
    /// bits of a word then, and everything in them is unsigned. The quotient by `parts` is the product with
    /// 2^32 / parts + 1, less 32 bits, which is exact below 2^24.
    /// @param moved Where they are to be written.
    /// @param judgeShift What the judge's own weights are multiplied by: they are, unless they are the initial ones.
    function _move(uint256 rows, uint256 row, bytes memory moved, uint256 shift, uint256 parts, uint256 judgeShift)
        private
        pure
    {
        assembly ("memory-safe") {
            // Every lane of 64 bits below `SEALED_ZERO` is 0, and above its highest 16 bits those.
            function ended(lanes) -> result {
                for { let right := 0 } lt(right, 256) { right := add(right, 64) } {
                    let lane := and(shr(right, lanes), 0xffffffffffffffff)
                    if lt(lane, SEALED_ZERO) { lane := SEALED_ZERO }
                    if gt(lane, add(SEALED_ZERO, 0xffff)) { lane := 0xffff }
                    result := or(result, shl(right, and(lane, 0xffff)))
                }
            }
            // Four weights of the judge, biased, in the lowest 16 bits of their lanes.
            function next(initial, judge, change, shift_, offset, factor, back) -> result {
                let way := sub(add(shl(shift_, add(initial, change)), offset), judge)
                result := add(add(judge, and(shr(32, mul(way, factor)), mul(0xffffffff, SEALED_ONES))), back)
                // Outside of 16 bits, some of them.
                switch eq(and(result, mul(0xffffffffffff0000, SEALED_ONES)), mul(SEALED_ZERO, SEALED_ONES))
                case 0 { result := ended(result) }
                default { result := and(result, mul(0xffff, SEALED_ONES)) }
            }

            // What is divided is not negative: this many times `parts` is added, and as many taken off the quotient.
            let times := add(div(0x400000, parts), 1)
            let offset := add(add(mul(times, parts), shr(1, parts)), 0x8000)
            offset := mul(sub(offset, shl(shift, add(0x8000, ZERO_CHANGE))), SEALED_ONES)
            let factor := add(div(0x100000000, parts), 1)
            let back := mul(sub(SEALED_ZERO, times), SEALED_ONES)
            let kept := mul(and(shl(judgeShift, 0xffff), 0xffff), LANE_ONES)
            let lowest := mul(0xffff, SEALED_ONES)
            let tops := mul(0x8000, LANE_ONES)

            let out := add(moved, 32)
            for { let end := add(rows, sub(row, 64)) } lt(rows, end) { rows := add(rows, 32) } {
                let initial := mload(rows)
                let judge := xor(and(shl(judgeShift, mload(add(rows, row))), kept), tops)
                initial := xor(initial, tops)
                let change := mload(add(rows, shl(1, row)))
                let word := next(
                    and(initial, lowest), and(judge, lowest), and(change, lowest), shift, offset, factor, back
                )
                word := or(
                    word,
                    shl(
                        16,
                        next(
                            and(shr(16, initial), lowest),
                            and(shr(16, judge), lowest),
                            and(shr(16, change), lowest),
                            shift,
                            offset,
                            factor,
                            back
                        )
                    )
                )
                word := or(
                    word,
                    shl(
                        32,
                        next(
                            and(shr(32, initial), lowest),
                            and(shr(32, judge), lowest),
                            and(shr(32, change), lowest),
                            shift,
                            offset,
                            factor,
                            back
                        )
                    )
                )
                word := or(
                    word,
                    shl(
                        48,
                        next(
                            and(shr(48, initial), lowest),
                            and(shr(48, judge), lowest),
                            and(shr(48, change), lowest),
                            shift,
                            offset,
                            factor,
                            back
                        )
                    )
                )
                mstore(out, xor(word, tops))
                out := add(out, 32)
            }
        }
    }

    /// @dev keccak256 of weights as int32, the bias last; overwrites the rows.
    function _digestOf(uint256 rows, bytes memory weights, uint256 size) private pure returns (bytes32 digest_) {
        assembly ("memory-safe") {
            // Eight int16, in the lower half of a word, as int32.
            function widened(half) -> lanes {
                lanes := and(or(half, shl(64, half)), mul(0xffffffffffffffff, 0x100000000000000000000000000000001))
                lanes := and(or(lanes, shl(32, lanes)), mul(0xffffffff, SEALED_ONES))
                lanes := and(or(lanes, shl(16, lanes)), LOW_LANES)
                // The higher half of an int32 is full of its sign.
                lanes := or(lanes, mul(and(shr(15, lanes), div(LOW_LANES, 0xffff)), 0xffff0000))
            }

            let from := add(weights, 32)
            let to := rows
            for { let end := add(from, size) } lt(from, end) { from := add(from, 32) } {
                let word := mload(from)
                mstore(to, widened(shr(128, word)))
                mstore(add(to, 32), widened(and(word, 0xffffffffffffffffffffffffffffffff)))
                to := add(to, 64)
            }
            // The bias comes first in a seal, and last in a digest.
            mstore(add(rows, shl(1, size)), mload(rows))
            digest_ := keccak256(add(rows, 4), shl(1, size))
        }
    }

    /* READING */

    /// @notice The judge's weights in `[from, to)`, in the order of `weights`.
    function judgeWeights(uint256 from, uint256 to) external view returns (int32[] memory) {
        uint256 epoch = _epoch();
        return _logical(_judgeCode(epoch), 1, from, to, epoch == 0 ? _rules().judgeShift() : 0);
    }

    /// @notice The reference's weights in `[from, to)`, in the order of `weights`.
    function referenceWeights(uint256 from, uint256 to) external view returns (int32[] memory) {
        return _logical(_rulesChunk(), 1 + PARAMETERS_LENGTH, from, to, 0);
    }

    /// @notice keccak256 of all weights of the judge as big-endian int32, bias last.
    function judgeDigest() external view returns (bytes32) {
        uint256 count = _numWords() + 1;
        uint256 epoch = _epoch();
        int32[] memory values = _logical(_judgeCode(epoch), 1, 0, count, epoch == 0 ? _rules().judgeShift() : 0);
        bytes memory packed = new bytes(4 * count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 value = uint32(values[i]);
            for (uint256 k = 0; k < 4; ++k) {
                packed[4 * i + k] = bytes1(uint8(value >> 24 - 8 * k));
            }
        }
        return keccak256(packed);
    }

    /// @dev Weights in code as they are numbered: words first, bias last.
    function _logical(address code, uint256 start, uint256 from, uint256 to, uint256 shift)
        private
        view
        returns (int32[] memory values)
    {
        uint256 count = _numWords() + 1;
        if (from >= to || to > count) revert WeightRangeInvalid(from, to, count);
        bytes memory packed = _weightsInCode(code, start, count);
        values = new int32[](to - from);
        for (uint256 i = from; i < to; ++i) {
            values[i - from] = int32(_at(packed, i + 1 == count ? 0 : i + 1) << shift);
        }
    }

    function _weightsInCode(address code, uint256 start, uint256 count) private view returns (bytes memory packed) {
        packed = new bytes(2 * count);
        assembly ("memory-safe") {
            extcodecopy(code, add(packed, 32), start, shl(1, count))
        }
    }

    /// @param place Below the number of weights.
    function _at(bytes memory packed, uint256 place) private pure returns (int256 weight) {
        assembly ("memory-safe") {
            weight := sar(240, mload(add(add(packed, 32), shl(1, place))))
        }
    }
}
