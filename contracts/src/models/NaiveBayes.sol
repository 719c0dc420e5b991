// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModel} from "../interfaces/IModel.sol";
import {ClassCounts} from "./ClassCounts.sol";
import {Model} from "./Model.sol";
import {Scratch} from "./Scratch.sol";

/// @title NaiveBayes
/// @notice Multinomial naive Bayes (Manning, Raghavan & Schuetze 2008, chapter 13) on the words that are present, with
/// log probabilities and Laplace's smoothing: a class's score is
///
///     log2(samples) + sum over the sample's words of log2((count + 1) / (all counts + numWords))
///
/// in units of 2^-16; the highest wins, the lowest class of equal ones. A class without samples wins against none.
/// @dev The sum of the logarithms is the logarithm of a product, kept as a mantissa below 2^46 and the bits by which it was
/// shifted to stay there, 16 at a time; each shift drops less than 2^-30 of it.
/// @custom:judge CountsJudge
abstract contract NaiveBayes is ClassCounts {
    /// @dev Score of a class without samples.
    int256 private constant EMPTY = -(2 ** 62);
    /// @dev Byte by byte, where each of a slot's words has its count when the even words' counts are followed by the odd ones'.
    uint256 private constant PLACES = 0x002002220424062608280a2a0c2c0e2e103012321434163618381a3a1c3c1e3e;

    /// @inheritdoc IModel
    function modelId() external pure returns (bytes32) {
        return "naive-bayes/1";
    }

    /// @dev All counts of a class.
    function _moment(uint256 lanes) internal pure override returns (uint256 total) {
        uint256 low = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
        // Eight sums of two counts, and their sum, which has room in 32 bits.
        unchecked {
            return ((lanes & low) + (lanes >> 16 & low)) * (low / 0xffff) >> 224;
        }
    }

    /// @inheritdoc ClassCounts
    function _momentShift() internal pure override returns (uint256) {
        return 1;
    }

    /* PREDICTION */

    /// @inheritdoc Model
    function _predict(bytes calldata sample) internal view override returns (uint16 label, int256 score) {
        uint256 free = Scratch.free();
        (uint256 numWords, uint256 classes) = _shape();
        (uint256 first, uint256 trail, uint256 trailEnd) = _walk(sample, numWords);
        _openBlocks(trailEnd, numWords, classes);

        int256 best = type(int256).min;
        int256 second = best;
        for (uint256 class = 0; class < classes; ++class) {
            uint256 head = _head(class);
            int256 value = EMPTY;
            if (uint16(head >> HEAD_SAMPLES) != 0) {
                (uint256 mantissa, uint256 bits) = _product(first, trail, trailEnd, class, classes, head);
                value = _logarithm(mantissa, bits, sample.length / 2, (head >> HEAD_MOMENT) + numWords);
            }
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

    /// @dev The product of a class's samples and one more than each count on the trail, as mantissa * 2^bits.
    /// @param trailEnd Where the trail ends and the view of the initial values begins.
    function _product(
        uint256 first,
        uint256 trail,
        uint256 trailEnd,
        uint256 class,
        uint256 classes,
        uint256 head
    ) private view returns (uint256 mantissa, uint256 bits) {
        mantissa = uint16(head >> HEAD_SAMPLES);
        _rewindBlocks(trailEnd);
        for (uint256 step = trail; step < trailEnd;) {
            uint256 place;
            uint256 lanes;
            assembly ("memory-safe") {
                let slot := mload(step)
                place := add(add(1, mul(slot, classes)), class)
                lanes := add(mul(class, CLASS_STRIDE), slot)
            }
            (uint256 even, uint256 odd) = _countsIn(trailEnd, place, lanes, head);
            assembly ("memory-safe") {
                mstore(0, even)
                mstore(32, odd)
                let end := mload(add(step, 64))
                for { } lt(first, end) { first := add(first, 2) } {
                    let count := shr(240, mload(byte(and(byte(1, mload(first)), 31), PLACES)))
                    mantissa := mul(mantissa, add(count, 1))
                    let shift := shl(4, gt(mantissa, 0x3fffffffffff))
                    mantissa := shr(shift, mantissa)
                    bits := add(bits, shift)
                }
                step := add(step, TRAIL_STEP)
            }
        }
    }

    /// @inheritdoc ClassCounts
    function _scoreOf(
        uint256 counts,
        uint256 places,
        uint256 placesEnd,
        uint256 samples,
        uint256 moment,
        uint256 numWords
    ) internal pure override returns (int256) {
        if (samples == 0) return EMPTY;
        uint256 bits;
        uint256 mantissa = samples;
        assembly ("memory-safe") {
            for { let place := places } lt(place, placesEnd) { place := add(place, 32) } {
                mantissa := mul(mantissa, add(shr(240, mload(add(counts, mload(place)))), 1))
                let shift := shl(4, gt(mantissa, 0x3fffffffffff))
                mantissa := shr(shift, mantissa)
                bits := add(bits, shift)
            }
        }
        return _logarithm(mantissa, bits, (placesEnd - places) / 32, moment + numWords);
    }

    /// @dev A class's score.
    /// @param mantissa With `bits`, the product; see `_product`.
    /// @param features Words of the sample.
    /// @param total All counts of the class and one more for each word that there is.
    function _logarithm(uint256 mantissa, uint256 bits, uint256 features, uint256 total) private pure returns (int256) {
        unchecked {
            return int256((bits << 16) + _log2RoundedDown(mantissa)) - int256(features * _log2RoundedDown(total));
        }
    }

    /// @dev floor(2^16 * log2(value)), to the last unit but for what squaring a mantissa of 31 bits drops.
    /// @param value From 1 to 2^46.
    function _log2RoundedDown(uint256 value) private pure returns (uint256 result) {
        assembly ("memory-safe") {
            result := shl(5, lt(0xffffffff, value))
            result := or(result, shl(4, lt(0xffff, shr(result, value))))
            result := or(result, shl(3, lt(0xff, shr(result, value))))
            result := or(result, shl(2, lt(0xf, shr(result, value))))
            result := or(result, shl(1, lt(0x3, shr(result, value))))
            result := or(result, lt(0x1, shr(result, value)))
            // From 2^30 up to 2^31: 1 to 2. Each square that reaches 2 is a binary place.
            let mantissa := shr(result, shl(30, value))
            for { let place := 0 } lt(place, 16) { place := add(place, 1) } {
                mantissa := shr(30, mul(mantissa, mantissa))
                let bit := shr(31, mantissa)
                mantissa := shr(bit, mantissa)
                result := or(shl(1, result), bit)
            }
        }
    }

    /* LEARNING */

    /// @inheritdoc Model
    function _train(bytes calldata sample, uint16 label, uint256) internal override returns (uint16 predicted) {
        uint256 free = Scratch.free();
        (uint256 numWords, uint256 classes) = _shape();
        (, uint256 trail, uint256 trailEnd) = _walk(sample, numWords);
        _openBlocks(trailEnd, numWords, classes);
        _renew(label, classes, _age(label), trail, trailEnd, trailEnd);
        _raise(label, sample.length / 2, trail, trailEnd);
        Scratch.release(free);
        return NOT_PREDICTED;
    }
}
