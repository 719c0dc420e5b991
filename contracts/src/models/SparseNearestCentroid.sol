// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModel} from "../interfaces/IModel.sol";
import {ClassCounts} from "./ClassCounts.sol";
import {Model} from "./Model.sol";
import {Scratch} from "./Scratch.sol";

/// @title SparseNearestCentroid
/// @notice Nearest centroid (Rocchio's classifier; Manning, Raghavan & Schuetze 2008, chapter 14) on the words that are
/// present: a class's centroid is the mean of its samples, count / samples for each word, and the class whose centroid has the
/// smallest Euclidean distance wins, the lowest of equal ones. As the sample's own length is the same for all, a class's
/// score is
///
///     2 * (sum of the sample's words' counts) / samples - (sum of all squared counts) / samples^2
///
/// each rounded down to units of 2^-20; the highest wins. A class without samples wins against none.
/// @custom:judge CountsJudge
abstract contract SparseNearestCentroid is ClassCounts {
    /// @dev Score of a class without samples.
    int256 private constant EMPTY = -(2 ** 62);
    /// @dev The lowest of every 32 bits; the lower half of every 32.
    uint256 private constant EVERY_32 = 0x0000000100000001000000010000000100000001000000010000000100000001;
    uint256 private constant LOW_16 = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;

    /// @inheritdoc IModel
    function modelId() external pure returns (bytes32) {
        return "sparse-nearest-centroid/1";
    }

    /// @dev All squared counts of a class.
    function _moment(uint256 lanes) internal pure override returns (uint256 total) {
        assembly ("memory-safe") {
            for { } lanes { lanes := shr(64, lanes) } {
                let count := and(lanes, 0xffff)
                total := add(total, mul(count, count))
                count := and(shr(16, lanes), 0xffff)
                total := add(total, mul(count, count))
                count := and(shr(32, lanes), 0xffff)
                total := add(total, mul(count, count))
                count := and(shr(48, lanes), 0xffff)
                total := add(total, mul(count, count))
            }
        }
    }

    /// @inheritdoc ClassCounts
    function _momentShift() internal pure override returns (uint256) {
        return 2;
    }

    /* PREDICTION */

    /// @inheritdoc Model
    function _predict(bytes calldata sample) internal view override returns (uint16 label, int256 score) {
        uint256 free = Scratch.free();
        (uint256 numWords, uint256 classes) = _shape();
        (, uint256 trail, uint256 trailEnd) = _walk(sample, numWords);
        _openBlocks(trailEnd, numWords, classes);

        int256 best = type(int256).min;
        int256 second = best;
        for (uint256 class = 0; class < classes; ++class) {
            uint256 head = _head(class);
            uint256 samples = uint16(head >> HEAD_SAMPLES);
            int256 value = EMPTY;
            if (samples != 0) {
                value = _nearness(_sum(trail, trailEnd, class, classes, head), samples, head >> HEAD_MOMENT);
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

    /// @inheritdoc ClassCounts
    function _scoreOf(uint256 counts, uint256 places, uint256 placesEnd, uint256 samples, uint256 moment, uint256)
        internal
        pure
        override
        returns (int256)
    {
        if (samples == 0) return EMPTY;
        uint256 sum;
        assembly ("memory-safe") {
            for { let place := places } lt(place, placesEnd) { place := add(place, 32) } {
                sum := add(sum, shr(240, mload(add(counts, mload(place)))))
            }
        }
        return _nearness(sum, samples, moment);
    }

    /// @dev A class's score.
    /// @param sum Of its counts of the sample's words.
    /// @param squares Of all its counts.
    function _nearness(uint256 sum, uint256 samples, uint256 squares) private pure returns (int256) {
        unchecked {
            return int256((sum << 21) / samples) - int256((squares << 20) / samples / samples);
        }
    }

    /// @dev The sum of a class's counts of the words on the trail.
    /// @param trailEnd Where the trail ends and the view of the initial values begins.
    function _sum(uint256 trail, uint256 trailEnd, uint256 class, uint256 classes, uint256 head)
        private
        view
        returns (uint256 sum)
    {
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
                lanes := mload(add(step, 32))
                even := and(even, mul(and(shr(8, lanes), EVERY_16), 0xffff))
                odd := and(odd, mul(and(lanes, EVERY_16), 0xffff))
                // Eight sums of four counts, and their sum.
                let sums := add(and(even, LOW_16), and(shr(16, even), LOW_16))
                sums := add(sums, add(and(odd, LOW_16), and(shr(16, odd), LOW_16)))
                sum := add(sum, shr(224, mul(sums, EVERY_32)))
                step := add(step, TRAIL_STEP)
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
        uint256 head = _age(label);
        _renew(label, classes, head, trail, trailEnd, trailEnd);
        uint256 sum = _sum(trail, trailEnd, label, classes, _head(label));
        // (count + 1)^2 is 2 * count + 1 more.
        unchecked {
            _raise(label, 2 * sum + sample.length / 2, trail, trailEnd);
        }
        Scratch.release(free);
        return NOT_PREDICTED;
    }
}
