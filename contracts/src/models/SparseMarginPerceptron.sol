// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CloneArguments} from "../CloneArguments.sol";
import {IModel} from "../interfaces/IModel.sol";
import {Model} from "./Model.sol";
import {OneByOne} from "./OneByOne.sol";
import {Scratch} from "./Scratch.sol";
import {SparseWeights} from "./SparseWeights.sol";
import {stepRoundedDown} from "./Step.sol";

/// @title SparseMarginPerceptron
/// @notice A binary perceptron with a margin (Krauth & Mezard 1987) on the words that are present: score = bias + sum of the
/// weights of the sample's words; above 0 is class 1. Unless the score is further than `theta` on the label's side, the bias
/// and each of those weights move one step. A weight is its initial value and its change, which is doubled for each of the
/// four bounds that its slot has reached: rare words are seen less often, and so move further each time.
/// @dev Samples: packed big-endian uint16 word indices, strictly ascending, each below `numWords`.
///
/// Parameters, packed big-endian: numWords uint24, eta0 uint16, tau uint40, maxFeatures uint16; the chunks' addresses follow.
/// The step is that of `stepRoundedDown`. A contribution has at most maxFeatures words. Behind the weights of the first
/// chunk, and with them under the pool's hash of its weights: theta uint32, then the first slot of each shift from 1 to 4,
/// uint16, in ascending order; the first slot of all is not shifted.
/// @custom:judge WordsJudge
abstract contract SparseMarginPerceptron is SparseWeights, OneByOne {
    /// @dev Bytes behind the first chunk's weights.
    uint256 private constant TAIL = 12;

    /* PARAMETERS */

    /// @inheritdoc IModel
    function modelId() external pure returns (bytes32) {
        return "sparse-margin-perceptron/1";
    }

    /// @notice numWords, eta0, tau, theta, the first slots of shifts 1 to 4, maxFeatures.
    function modelParameters() external view returns (uint256[] memory parameters) {
        uint256 word = CloneArguments.word(CloneArguments.MODEL);
        uint256 tail = _tail(word);
        parameters = new uint256[](9);
        parameters[0] = word >> 232;
        parameters[1] = uint16(word >> 216);
        parameters[2] = uint40(word >> 176);
        parameters[3] = tail >> 64;
        for (uint256 i = 0; i < 4; ++i) {
            parameters[4 + i] = uint16(tail >> (48 - 16 * i));
        }
        parameters[8] = uint16(word >> 160);
    }

    /// @dev theta and the four bounds, in the lowest 12 bytes.
    /// @param word The parameters and the first chunk's address, as packed.
    function _tail(uint256 word) private view returns (uint256 tail) {
        assembly ("memory-safe") {
            let count := add(shr(232, word), 1)
            if gt(count, sub(CHUNK_WEIGHTS, CHUNK_SHIFT)) { count := sub(CHUNK_WEIGHTS, CHUNK_SHIFT) }
            extcodecopy(word, 0, add(1, shl(1, count)), 32)
            tail := shr(160, mload(0))
        }
    }

    /// @inheritdoc SparseWeights
    function _shiftBounds() internal view override returns (uint256) {
        return _tail(CloneArguments.word(CloneArguments.MODEL));
    }

    /// @inheritdoc SparseWeights
    function _shift(uint256 bounds, uint256 slot) internal pure override returns (uint256 shift) {
        assembly ("memory-safe") {
            let above := add(slot, 1)
            shift := add(
                add(gt(above, and(shr(48, bounds), 0xffff)), gt(above, and(shr(32, bounds), 0xffff))),
                add(gt(above, and(shr(16, bounds), 0xffff)), gt(above, and(bounds, 0xffff)))
            )
        }
    }

    function _validateModel() internal view override {
        uint256 word = CloneArguments.word(CloneArguments.MODEL);
        uint256 numWords = word >> 232;
        uint256 eta0 = uint16(word >> 216);
        if (numWords == 0 || numWords > MAX_WORDS || eta0 == 0) revert ModelParametersInvalid(numWords, eta0);
        _requireMaxFeatures(numWords, uint16(word >> 160));
        _validateChunks(numWords, TAIL, false);

        uint256 tail = _tail(word);
        uint256 before = 1;
        for (uint256 i = 0; i < 4; ++i) {
            uint256 bound = uint16(tail >> (48 - 16 * i));
            if (bound < before) revert ModelParametersInvalid(numWords, bound);
            before = bound;
        }
    }

    /* PREDICTION */

    /// @inheritdoc Model
    function _predict(bytes calldata sample) internal view override returns (uint16 label, int256 score) {
        uint256 free = Scratch.free();
        uint256 trail;
        uint256 trailEnd;
        (score, trail, trailEnd) = _score(sample);
        score += _doubled(_tail(CloneArguments.word(CloneArguments.MODEL)), trail, trailEnd);
        label = score > 0 ? 1 : 0;
        Scratch.release(free);
    }

    /// @dev What the changes of a sample's words come to beyond being added up once; O(slots). Shifted by k they count 2^k
    /// times, which is once and 2^(j - 1) times more for each j from 1 to k: from the last slot back, what the changes from
    /// the first slot of shift j on come to is added so often.
    /// @param tail theta and the bounds.
    /// @param trail What `_score` leaves: slots in ascending order, as read, with the lowest bit of each lane touched.
    function _doubled(uint256 tail, uint256 trail, uint256 trailEnd) private pure returns (int256 doubled) {
        assembly ("memory-safe") {
            // The last step that is left, which ends at the one before the first.
            let step := sub(trailEnd, TRAIL_STEP)
            let first := sub(trail, 1)
            let sum := 0
            for { let more := 3 } 1 { more := sub(more, 1) } {
                let bound := and(tail, 0xffff)
                tail := shr(16, tail)
                // Lanes are added up as unsigned, each half its range too high. How many there are is what is left of the
                // mask over all bits of a lane, since 2^bits leaves 1.
                let narrow := bound
                if lt(narrow, WIDE_SLOTS) { narrow := WIDE_SLOTS }
                for { } gt(step, first) { step := sub(step, TRAIL_STEP) } {
                    if lt(mload(step), narrow) { break }
                    let mask := mload(add(step, 64))
                    let word := and(xor(mload(add(step, 32)), NARROW_TOPS), mul(mask, NARROW_LANE))
                    word := add(and(word, NARROW_EVEN), and(shr(NARROW_BITS, word), NARROW_EVEN))
                    sum := add(sum, sub(shr(240, mul(word, NARROW_EVEN_ONES)), shl(7, mod(mask, NARROW_LANE))))
                }
                for { } gt(step, first) { step := sub(step, TRAIL_STEP) } {
                    if lt(mload(step), bound) { break }
                    let mask := mload(add(step, 64))
                    let word := and(xor(mload(add(step, 32)), WIDE_TOPS), mul(mask, WIDE_LANE))
                    word := add(and(word, WIDE_EVEN), and(shr(WIDE_BITS, word), WIDE_EVEN))
                    sum := add(sum, sub(shr(240, mul(word, WIDE_EVEN_ONES)), shl(9, mod(mask, WIDE_LANE))))
                }
                doubled := add(doubled, shl(more, sum))
                if iszero(more) { break }
            }
        }
    }

    /* LEARNING */

    /// @inheritdoc Model
    function _train(bytes calldata sample, uint16 label, uint256 accepted)
        internal
        override
        returns (uint16 predicted)
    {
        uint256 free = Scratch.free();
        (int256 score, uint256 trail, uint256 trailEnd) = _score(sample);
        uint256 parameters = CloneArguments.word(CloneArguments.MODEL);
        uint256 tail = _tail(parameters);
        score += _doubled(tail, trail, trailEnd);
        predicted = score > 0 ? 1 : 0;
        if ((label == 0 ? -score : score) <= int256(tail >> 64)) {
            _learn(label, uint256(stepRoundedDown(parameters, accepted)), trail, trailEnd);
        }
        Scratch.release(free);
    }
}
