// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CloneArguments} from "../CloneArguments.sol";
import {DenseNearestCentroid} from "../models/DenseNearestCentroid.sol";
import {Scratch} from "../models/Scratch.sol";
import {SealedJudge} from "./SealedJudge.sol";
import {VectorsReference} from "./VectorsReference.sol";

/// @title CentroidsJudge
/// @notice The judge of a pool whose model is a mean of vectors for each class, kept as sums and counts. A mean of those would be
/// of no samples: a seal takes the learner's as they are, so `averaging` is 1 and `judgeShift` 0.
/// @dev A seal holds each class as the initial values do (see `DenseNearestCentroid`): its count, uint16, and its sums. Before the
/// first seal the initial values are the judge, and are read where they are.
///
/// A seal is one chunk, written in one transaction, so there are as many classes as one chunk holds: 15 of 384 dimensions. The
/// first chunk of initial values has all of them then.
abstract contract CentroidsJudge is VectorsReference, DenseNearestCentroid {
    /// @dev Gas that a seal takes for a sum at least: its four bytes of code, a fifth of their gas refunded.
    uint256 private constant SEAL_GAS_PER_SUM = 640;

    /* CREATION */

    /// @inheritdoc SealedJudge
    function _referenceLength() internal view override returns (uint256) {
        Shape memory shape = _shape();
        return 2 * _rowsOf(shape.classes) * (shape.dimensions + 1);
    }

    /// @inheritdoc SealedJudge
    function _validateJudge(uint256) internal view override {
        Shape memory shape = _shape();
        if (shape.classes > shape.classesPerChunk) revert ModelParametersInvalid(shape.dimensions, shape.classes);
        _requireSnapshot();
    }

    /// @inheritdoc SealedJudge
    function _trainPredicts() internal pure override returns (bool) {
        return false;
    }

    /// @inheritdoc SealedJudge
    function _sealGas() internal view override returns (uint256) {
        return SEAL_GAS + SEAL_GAS_PER_SUM * _weightCount();
    }

    /* ASKING */

    /// @inheritdoc SealedJudge
    /// @return label The nearest class.
    /// @return score As the model's.
    function _judge(bytes calldata sample, uint256 epoch, uint256)
        internal
        view
        override
        returns (uint16 label, int256 score)
    {
        Shape memory shape = _shape();
        _requireLength(sample, shape.dimensions);
        uint256 free = Scratch.free();
        uint256 features = _unpack(sample);
        uint256 place = _copyJudge(epoch, shape);
        Nearest memory nearest;
        for (uint256 class = 0; class < shape.classes; ++class) {
            uint256 count;
            assembly ("memory-safe") {
                count := shr(240, mload(place))
            }
            if (count != 0) {
                _consider(nearest, class, _distanceTo(features, count, place + 2, shape.words), count * count);
            }
            place += shape.bytesPerClass;
        }
        (label, score) = _decided(nearest, shape.classes);
        Scratch.release(free);
    }

    /// @dev Copies the judge of an epoch into memory that the caller gives back.
    function _copyJudge(uint256 epoch, Shape memory shape) private view returns (uint256 place) {
        uint256 size = shape.classes * shape.bytesPerClass;
        place = Scratch.take(size + 32);
        address code = epoch == 0 ? _chunk(0) : _sealAddress(epoch);
        assembly ("memory-safe") {
            extcodecopy(code, place, 1, size)
        }
    }

    /// @dev As `_distance`, of sums that are whole.
    /// @param sums Where in memory they are.
    function _distanceTo(uint256 features, uint256 count, uint256 sums, uint256 words)
        private
        pure
        returns (uint256 distance)
    {
        assembly ("memory-safe") {
            // Squares of the four lanes, added up in the upper half; see `_distance`.
            function squares(lanes) -> result {
                let two := and(lanes, LOWER)
                result := mul(two, or(shl(128, two), shr(128, two)))
                two := and(shr(64, lanes), LOWER)
                result := add(result, mul(two, or(shl(128, two), shr(128, two))))
            }

            // Makes the excess of every difference `EXCESS`: that of the feature is 2^15 * count, that of the sum 2^31.
            let base := mul(ONES, sub(add(EXCESS, shl(31, 1)), shl(15, count)))
            let all := 0
            for { let end := add(sums, shl(5, words)) } lt(sums, end) { sums := add(sums, 64) } {
                let x := xor(mload(features), FEATURE_TOPS)
                let word := xor(mload(sums), SUM_TOPS)
                let lanes := sub(add(mul(and(shr(48, x), FEATURES), count), base), and(shr(32, word), SUMS))
                all := add(all, lanes)
                distance := add(distance, squares(lanes))
                lanes := sub(add(mul(and(shr(32, x), FEATURES), count), base), and(word, SUMS))
                all := add(all, lanes)
                distance := add(distance, squares(lanes))

                word := xor(mload(add(sums, 32)), SUM_TOPS)
                lanes := sub(add(mul(and(shr(16, x), FEATURES), count), base), and(shr(32, word), SUMS))
                all := add(all, lanes)
                distance := add(distance, squares(lanes))
                lanes := sub(add(mul(and(x, FEATURES), count), base), and(word, SUMS))
                all := add(all, lanes)
                distance := add(distance, squares(lanes))
                features := add(features, 32)
            }
            // (d + e)^2 = d^2 + 2e(d + e) - e^2, over eight lanes a word.
            all := add(and(all, LOWER), and(shr(64, all), LOWER))
            all := add(shr(128, all), and(all, 0xffffffffffffffffffffffffffffffff))
            distance := sub(
                add(shr(128, distance), mul(mul(EXCESS, EXCESS), shl(3, words))), mul(shl(1, EXCESS), all)
            )
        }
    }

    /// @inheritdoc SealedJudge
    function _gap(bytes calldata sample, uint16 label) internal view override returns (int256 gap) {
        uint256 parameters = CloneArguments.word(CloneArguments.MODEL);
        return _gapOf(sample, label, _rowsOf(_classCount()), parameters >> 232, uint16(parameters >> 200));
    }

    /* SEALING */

    /// @inheritdoc SealedJudge
    /// @dev The learner's counts and sums as they are; O(weights).
    function _nextJudge(uint256, uint256, uint256)
        internal
        view
        override
        returns (bytes memory weights, bytes32 digest_)
    {
        Shape memory shape = _shape();
        uint256 size = shape.classes * shape.bytesPerClass;
        weights = new bytes(size + 32);
        uint256 place;
        assembly ("memory-safe") {
            place := add(weights, 32)
        }
        uint256 free = Scratch.free();
        uint256 initial = _reserve(shape);
        uint256 count = _weightCount();
        // Of each class the last block's numbers are written all, those behind the last one too.
        uint256 told = Scratch.take(4 * count + 64);
        for (uint256 class = 0; class < shape.classes; ++class) {
            uint256 samples = _count(shape, class, initial);
            assembly ("memory-safe") {
                mstore(place, shl(240, samples))
            }
            _sealSums(place + 2, told + 4 * class * shape.dimensions, initial, CHANGES_SLOT + class * shape.words, shape.words);
            place += shape.bytesPerClass;
        }
        assembly ("memory-safe") {
            mstore(weights, size)
            let last := add(told, shl(2, mul(mload(shape), mload(add(shape, 32)))))
            let from := add(weights, 32)
            for { let end := add(from, size) } lt(from, end) { from := add(from, mload(add(shape, 96))) } {
                mstore(last, shl(224, shr(240, mload(from))))
                last := add(last, 4)
            }
            digest_ := keccak256(told, shl(2, count))
        }
        Scratch.release(free);
    }

    /// @dev Writes a class's sums where a seal has them, and in the order of a digest.
    /// @param place In the seal.
    /// @param told In the digest.
    /// @param initial Where in memory the initial sums are, 32 bytes on.
    /// @param slot Where their changes begin.
    /// @param words How many words they have.
    function _sealSums(uint256 place, uint256 told, uint256 initial, uint256 slot, uint256 words) private view {
        assembly ("memory-safe") {
            // Lanes of 32 bits, added up modulo 2^32.
            function added(one, other) -> result {
                result := or(
                    shl(32, and(add(and(shr(32, one), SUMS), and(shr(32, other), SUMS)), SUMS)),
                    and(add(and(one, SUMS), and(other, SUMS)), SUMS)
                )
            }

            let quarter := 0xffffffffffffffff
            for { let end := add(slot, words) } lt(slot, end) { slot := add(slot, 2) } {
                initial := add(initial, 64)
                let upper := added(mload(sub(initial, 32)), sload(slot))
                let lower := added(mload(initial), sload(add(slot, 1)))
                mstore(place, upper)
                mstore(add(place, 32), lower)
                place := add(place, 64)
                // A quarter of each in turns: the two sums of sets 0 and 1, then those of sets 2 and 3.
                mstore(
                    told,
                    or(
                        or(and(upper, shl(192, quarter)), and(shr(64, lower), shl(128, quarter))),
                        or(and(shr(64, upper), shl(64, quarter)), and(shr(128, lower), quarter))
                    )
                )
                mstore(
                    add(told, 32),
                    or(
                        or(and(shl(128, upper), shl(192, quarter)), and(shl(64, lower), shl(128, quarter))),
                        or(and(shl(64, upper), shl(64, quarter)), and(lower, quarter))
                    )
                )
                told := add(told, 64)
            }
        }
    }

    /* READING */

    /// @notice The judge's weights in `[from, to)`, in the order of `weights`.
    function judgeWeights(uint256 from, uint256 to) external view returns (int32[] memory values) {
        _requireRange(from, to, _weightCount());
        return _judgeOf(from, to);
    }

    /// @notice keccak256 of all weights of the judge as big-endian int32, in the order of `digest`.
    function judgeDigest() external view returns (bytes32) {
        return _digestOf(_judgeOf(0, _weightCount()));
    }

    function _judgeOf(uint256 from, uint256 to) private view returns (int32[] memory values) {
        Shape memory shape = _shape();
        uint256 place = _copyJudge(_epoch(), shape);
        uint256 sums = shape.dimensions * shape.classes;
        values = new int32[](to - from);
        for (uint256 i = from; i < to; ++i) {
            int256 value;
            if (i < sums) {
                (uint256 word, uint256 left) = _lane(i % shape.dimensions);
                uint256 where = place + i / shape.dimensions * shape.bytesPerClass + 2 + 32 * word;
                assembly ("memory-safe") {
                    value := sar(224, shl(left, mload(where)))
                }
            } else {
                uint256 where = place + (i - sums) * shape.bytesPerClass;
                assembly ("memory-safe") {
                    value := shr(240, mload(where))
                }
            }
            values[i - from] = int32(value);
        }
    }
}
