// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ClassCounts} from "../models/ClassCounts.sol";
import {Scratch} from "../models/Scratch.sol";
import {ReferenceRows} from "./ReferenceRows.sol";
import {SealedJudge} from "./SealedJudge.sol";

/// @title CountsJudge
/// @notice The judge of a pool whose model counts words. Such a model is a mean already, and a mean of counts would be none of
/// any samples: a seal takes the counts as they are, so `averaging` is 1 and `judgeShift` 0.
/// @dev A seal holds blocks of counts as the initial values do (see `ClassCounts`), and behind them the moment of each class,
/// uint64, worked out of these counts. Before the first seal the initial values are the judge: they are read where they are,
/// and their moments in storage, four a slot, where the creation writes them.
///
/// A seal is one chunk, written in one transaction, so there are as many blocks as the first chunk of initial values holds, which
/// has all of them then: 5,984 words of two classes, 736 of sixteen.
abstract contract CountsJudge is ReferenceRows, ClassCounts {
    /// @dev The moments of the initial values, the first class's highest.
    uint256 private constant INITIAL_MOMENTS_SLOT = 0x500000000;
    uint256 private constant MOMENT_BYTES = 8;
    /// @dev Gas that a seal takes for a count at least: its two bytes of code, a fifth of their gas refunded.
    uint256 private constant SEAL_GAS_PER_COUNT = 320;

    /* CREATION */

    /// @inheritdoc SealedJudge
    function _referenceLength() internal view override returns (uint256) {
        (uint256 numWords, uint256 classes) = _shape();
        return 2 * _rowsOf(classes) * (numWords + 1);
    }

    /// @inheritdoc SealedJudge
    function _validateJudge(uint256) internal override {
        (uint256 numWords, uint256 classes) = _shape();
        if (_blocksOf(numWords, classes) > CHUNK_BLOCKS) revert ModelParametersInvalid(numWords, classes);
        _requireSnapshot();
        for (uint256 class = 0; class < classes; class += 4) {
            uint256 moments = 0;
            for (uint256 i = class; i < class + 4 && i < classes; ++i) {
                moments |= _head(i) >> HEAD_MOMENT << 192 - 64 * (i - class);
            }
            assembly ("memory-safe") {
                sstore(add(INITIAL_MOMENTS_SLOT, shr(2, class)), moments)
            }
        }
    }

    /// @inheritdoc SealedJudge
    function _trainPredicts() internal pure override returns (bool) {
        return false;
    }

    /// @inheritdoc SealedJudge
    function _sealGas() internal view override returns (uint256) {
        (uint256 numWords, uint256 classes) = _shape();
        return SEAL_GAS + SEAL_GAS_PER_COUNT * classes * (numWords + 1);
    }

    /* ASKING */

    /// @inheritdoc SealedJudge
    /// @return label The class.
    /// @return score By how much it won; between two classes, by how much class 1 did.
    function _judge(bytes calldata sample, uint256 epoch, uint256)
        internal
        view
        override
        returns (uint16 label, int256 score)
    {
        uint256 free = Scratch.free();
        (uint256 numWords, uint256 classes) = _shape();
        (uint256 places, uint256 placesEnd) = _places(sample, numWords, classes);
        (uint256 content, uint256 moments) = _copyJudge(epoch, numWords, classes);
        int256 best = type(int256).min;
        int256 second = best;
        for (uint256 class = 0; class < classes; ++class) {
            uint256 samples;
            uint256 moment;
            assembly ("memory-safe") {
                samples := shr(240, mload(add(content, shl(1, class))))
                moment := shr(192, mload(add(moments, shl(3, class))))
            }
            int256 value = _scoreOf(content + BLOCK_BYTES * (1 + class), places, placesEnd, samples, moment, numWords);
            if (value > best) {
                (best, second, label) = (value, best, uint16(class));
            } else if (value > second) {
                second = value;
            }
        }
        unchecked {
            score = classes == 2 && label == 0 ? second - best : best - second;
        }
        Scratch.release(free);
    }

    /// @dev Checks the sample as `_walk` does, and leaves for each of its words where, from its class's first block on, its count
    /// is, a word of memory each; O(features). The caller gives the memory back.
    function _places(bytes calldata sample, uint256 numWords, uint256 classes)
        private
        pure
        returns (uint256 first, uint256 end)
    {
        _requireLength(sample);
        uint256 length = sample.length;
        first = Scratch.take(16 * length);
        bool valid;
        assembly ("memory-safe") {
            let stride := mul(BLOCK_BYTES, classes)
            let behind := add(sample.offset, length)
            // behind the word before: 0 before the first one
            let least := 0
            valid := 1
            end := first
            for { let cursor := sample.offset } lt(cursor, behind) { cursor := add(cursor, 2) } {
                let word := shr(240, calldataload(cursor))
                let above := add(word, 1)
                valid := and(valid, gt(above, least))
                least := above
                // Even words come first, then the odd ones.
                word := add(mul(shr(5, word), stride), or(and(word, 30), shl(5, and(word, 1))))
                mstore(end, word)
                end := add(end, 32)
            }
            // In a sample that ascends the last word is the highest.
            valid := and(valid, iszero(gt(least, numWords)))
        }
        if (!valid) _revertInvalid(sample, numWords);
    }

    /// @dev Copies the judge of an epoch into memory that the caller gives back.
    /// @return content Where its blocks begin.
    /// @return moments Where its moments do.
    function _copyJudge(uint256 epoch, uint256 numWords, uint256 classes)
        private
        view
        returns (uint256 content, uint256 moments)
    {
        uint256 size = BLOCK_BYTES * _blocksOf(numWords, classes);
        content = Scratch.take(size + MOMENT_BYTES * classes + 32);
        moments = content + size;
        address code = epoch == 0 ? _chunk(0) : _sealAddress(epoch);
        assembly ("memory-safe") {
            switch epoch
            case 0 {
                extcodecopy(code, content, 1, size)
                for { let i := 0 } lt(shl(2, i), classes) { i := add(i, 1) } {
                    mstore(add(moments, shl(5, i)), sload(add(INITIAL_MOMENTS_SLOT, i)))
                }
            }
            default { extcodecopy(code, content, 1, add(size, mul(MOMENT_BYTES, classes))) }
        }
    }

    /// @inheritdoc SealedJudge
    function _gap(bytes calldata sample, uint16 label) internal view override returns (int256 gap) {
        uint256 free = Scratch.free();
        (uint256 numWords, uint256 classes) = _shape();
        uint256 row = _copyReference();
        if (classes == 2) {
            gap = _rowSum(sample, row, numWords);
            if (label == 0) gap = -gap;
        } else {
            int256 rival = type(int256).min;
            for (uint256 class = 0; class < classes; ++class) {
                int256 score = _rowSum(sample, row, numWords);
                if (class == label) gap = score;
                else if (score > rival) rival = score;
                row += 2 * (numWords + 1);
            }
            gap -= rival;
        }
        Scratch.release(free);
    }

    /// @dev A row's bias and the weights of a valid sample's words, added up; O(features).
    function _rowSum(bytes calldata sample, uint256 row, uint256 numWords) private pure returns (int256 sum) {
        assembly ("memory-safe") {
            sum := sar(240, mload(add(row, shl(1, numWords))))
            let end := add(sample.offset, sample.length)
            for { let cursor := sample.offset } lt(cursor, end) { cursor := add(cursor, 2) } {
                sum := add(sum, sar(240, mload(add(row, shl(1, shr(240, calldataload(cursor)))))))
            }
        }
    }

    /* SEALING */

    /// @inheritdoc SealedJudge
    /// @dev The learner's counts as they are; what is behind a class's last word is 0. O(weights).
    function _nextJudge(uint256, uint256, uint256)
        internal
        view
        override
        returns (bytes memory weights, bytes32 digest_)
    {
        (uint256 numWords, uint256 classes) = _shape();
        uint256 size = BLOCK_BYTES * _blocksOf(numWords, classes);
        weights = new bytes(size + MOMENT_BYTES * classes + 32);
        uint256 content;
        assembly ("memory-safe") {
            content := add(weights, 32)
        }
        uint256 free = Scratch.free();
        uint256 count = classes * (numWords + 1);
        // Of each class the last slot's words are written all, those behind the last one too.
        uint256 told = Scratch.take(4 * count + 128);
        uint256 blocks = Scratch.free();
        _openBlocks(blocks, numWords, classes);
        for (uint256 class = 0; class < classes; ++class) {
            uint256 moment = _sealClass(content, told + 4 * class * numWords, blocks, class);
            assembly ("memory-safe") {
                mstore(add(add(content, size), shl(3, class)), shl(192, moment))
            }
        }
        for (uint256 class = 0; class < classes; ++class) {
            uint256 samples = uint16(_head(class) >> HEAD_SAMPLES);
            uint256 last = told + 4 * (classes * numWords + class);
            assembly ("memory-safe") {
                mstore(add(content, shl(1, class)), shl(240, samples))
                mstore(last, shl(224, samples))
            }
        }
        assembly ("memory-safe") {
            digest_ := keccak256(told, shl(2, count))
            mstore(weights, add(size, mul(MOMENT_BYTES, classes)))
        }
        Scratch.release(free);
    }

    /// @dev Writes a class's counts where a seal has them, and as int32 where a digest does.
    /// @param content Where the seal's blocks begin.
    /// @param told Where the class's counts begin.
    /// @param blocks The view of the initial values, opened.
    /// @return moment Of these counts.
    function _sealClass(uint256 content, uint256 told, uint256 blocks, uint256 class)
        private
        view
        returns (uint256 moment)
    {
        (uint256 numWords, uint256 classes) = _shape();
        uint256 head = _head(class);
        uint256 place = 1 + class;
        uint256 lanes = class * CLASS_STRIDE;
        for (uint256 word = 0; word < numWords; word += PER_SLOT) {
            (uint256 even, uint256 odd) = _countsIn(blocks, place, lanes, head);
            if (numWords - word < PER_SLOT) {
                even &= ~(type(uint256).max >> 16 * ((numWords - word + 1) / 2));
                odd &= ~(type(uint256).max >> 16 * ((numWords - word) / 2));
            }
            moment += _moment(even) + _moment(odd);
            assembly ("memory-safe") {
                // Four lanes of 16 bits, in the lowest 64 bits, as four lanes of 64 bits.
                function spread(four) -> wide {
                    wide := and(or(four, shl(96, four)), 0xffffffff000000000000000000000000ffffffff)
                    wide := and(or(wide, shl(48, wide)), 0x000000000000ffff000000000000ffff000000000000ffff000000000000ffff)
                }

                let block_ := add(content, mul(BLOCK_BYTES, place))
                mstore(block_, even)
                mstore(add(block_, 32), odd)
                for { let right := 192 } 1 { right := sub(right, 64) } {
                    let first := spread(and(shr(right, even), 0xffffffffffffffff))
                    mstore(told, or(shl(32, first), spread(and(shr(right, odd), 0xffffffffffffffff))))
                    told := add(told, 32)
                    if iszero(right) { break }
                }
            }
            place += classes;
            ++lanes;
        }
    }

    /* READING */

    /// @notice The judge's weights in `[from, to)`, in the order of `weights`.
    function judgeWeights(uint256 from, uint256 to) external view returns (int32[] memory values) {
        (uint256 numWords, uint256 classes) = _shape();
        _requireRange(from, to, classes * (numWords + 1));
        return _judgeOf(from, to);
    }

    /// @notice keccak256 of all weights of the judge as big-endian int32, in the order of `digest`.
    function judgeDigest() external view returns (bytes32) {
        (uint256 numWords, uint256 classes) = _shape();
        return _digestOf(_judgeOf(0, classes * (numWords + 1)));
    }

    function _judgeOf(uint256 from, uint256 to) private view returns (int32[] memory values) {
        (uint256 numWords, uint256 classes) = _shape();
        (uint256 content,) = _copyJudge(_epoch(), numWords, classes);
        uint256 counts = classes * numWords;
        values = new int32[](to - from);
        for (uint256 i = from; i < to; ++i) {
            uint256 place = 2 * (i - (i < counts ? 0 : counts));
            if (i < counts) {
                uint256 word = i % numWords;
                place = BLOCK_BYTES * (1 + word / PER_SLOT * classes + i / numWords) + (word & 30) + 32 * (word & 1);
            }
            uint256 value;
            assembly ("memory-safe") {
                value := shr(240, mload(add(content, place)))
            }
            values[i - from] = int32(uint32(value));
        }
    }
}
