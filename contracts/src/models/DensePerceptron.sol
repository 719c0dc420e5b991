// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CloneArguments} from "../CloneArguments.sol";
import {IModel} from "../interfaces/IModel.sol";
import {DenseModel} from "./DenseModel.sol";
import {Model} from "./Model.sol";
import {Scratch} from "./Scratch.sol";
import {stepRoundedDown} from "./Step.sol";

/// @title DensePerceptron
/// @notice A binary perceptron (Rosenblatt 1958) on vectors: score = sum of weight times feature, and the bias is the
/// weight of one more feature that is always `scale`, the integer for 1. Above 0 is class 1. A wrong prediction moves
/// each weight by the step times its feature, up for class 1 and down for class 0.
/// @dev Samples as in `DenseModel`. Parameters, packed big-endian: dimensions uint24, eta0 uint16, tau uint40, scale
/// uint16, maxLength uint24; the chunk's address follows. The step is that of `stepRoundedDown`. A contribution's vector is
/// at most maxLength long; 0 for as long as it likes.
///
/// A weight is an int24 in the chunk's code plus an int24 of change in storage, where it saturates. A mistake raises
/// the squared length of a perceptron's weights by no more than the sample's own: from zero weights, with a step of 1
/// and samples of length 1 at a scale of 4,096, no weight can be full before 2,097,152 mistakes.
///
/// Code and storage have the same layout, made so that one multiplication adds up five products. Thirty features
/// are three words of ten lanes of 24 bits. Fifteen features are loaded at once; every third of them, 48 bits apart,
/// meets five weights that lie 48 bits apart too, in the opposite order, so that the middle lane of the product is
/// the sum. Feature i is in half i / 15 of its thirty; with j = i % 15, its lane is the pair j / 3 from the lowest of
/// set 3 * half + 2 - j % 3; sets of even number are the lower lanes of pairs, a word holds two sets.
abstract contract DensePerceptron is DenseModel {
    uint256 private constant PER_BLOCK = 30;
    uint256 private constant PER_HALF = 15;
    uint256 private constant WEIGHT_BITS = 24;
    uint256 private constant PARAMETERS_LENGTH = 15;
    /// @dev Offset of the chunk's address.
    uint256 private constant CHUNK = CloneArguments.MODEL + PARAMETERS_LENGTH;

    /// @dev Of lanes of 48 bits, five in a word: 1 in each, then the lowest 16 and 24 bits of each.
    uint256 private constant ONES = 0x0000000000000001000000000001000000000001000000000001000000000001;
    uint256 private constant FEATURES = 0x000000000000ffff00000000ffff00000000ffff00000000ffff00000000ffff;
    uint256 private constant WEIGHTS = 0x0000000000ffffff000000ffffff000000ffffff000000ffffff000000ffffff;
    /// @dev The highest 24 bits of each lane, and bit 40 alone.
    uint256 private constant ABOVE = 0x0000ffffff000000ffffff000000ffffff000000ffffff000000ffffff000000;
    uint256 private constant ZERO = 0x0000010000000000010000000000010000000000010000000000010000000000;
    /// @dev The highest bits of features (16 bits) and of weights (24 bits): flipping them turns two's complement into
    /// an excess of 2^15 or 2^23, which is what the other two take off again, the latter for a weight and its change.
    uint256 private constant FEATURE_TOPS = 0x8000800080008000800080008000800080008000800080008000800080008000;
    uint256 private constant WEIGHT_TOPS = 0x0000800000800000800000800000800000800000800000800000800000800000;
    uint256 private constant FEATURE_EXCESS = 0x0000000000008000000000008000000000008000000000008000000000008000;
    uint256 private constant WEIGHT_EXCESS = 0x0000000001000000000001000000000001000000000001000000000001000000;
    /// @dev 2^47 in each lane but the highest: lifts the lower lanes of a sum of products above 0, which then borrow
    /// nothing.
    uint256 private constant LIFT = 0x0000000000000000800000000000800000000000800000000000800000000000;

    /* PARAMETERS */

    /// @inheritdoc IModel
    function modelId() external pure returns (bytes32) {
        return "dense-perceptron/1";
    }

    /// @inheritdoc IModel
    function modelParametersLength() external pure returns (uint256) {
        return PARAMETERS_LENGTH;
    }

    /// @notice dimensions, eta0, tau, scale, maxLength.
    function modelParameters() external view returns (uint256[] memory parameters) {
        uint256 word = CloneArguments.word(CloneArguments.MODEL);
        parameters = new uint256[](5);
        parameters[0] = word >> 232;
        parameters[1] = uint16(word >> 216);
        parameters[2] = uint40(word >> 176);
        parameters[3] = uint16(word >> 160);
        parameters[4] = uint24(word >> 136);
    }

    function _classCount() internal pure override returns (uint16) {
        return 2;
    }

    function _dimensions() private view returns (uint256) {
        return CloneArguments.word(CloneArguments.MODEL) >> 232;
    }

    /// @dev Words of ten lanes, in code and in storage: three for thirty features, two where fifteen or fewer are left.
    function _words(uint256 dimensions) private pure returns (uint256) {
        return (3 * (dimensions / PER_HALF + 1) + 1) / 2;
    }

    function _chunk() private view returns (address) {
        return address(uint160(CloneArguments.word(CHUNK) >> 96));
    }

    function _validateModel() internal view override {
        uint256 word = CloneArguments.word(CloneArguments.MODEL);
        uint256 dimensions = word >> 232;
        uint256 eta0 = uint16(word >> 216);
        uint256 scale = uint16(word >> 160);
        if (dimensions == 0 || dimensions > MAX_DIMENSIONS || eta0 == 0) {
            revert ModelParametersInvalid(dimensions, eta0);
        }
        if (scale == 0 || scale > uint16(type(int16).max)) revert ModelParametersInvalid(dimensions, scale);
        _requireChunks(PARAMETERS_LENGTH, 1);

        uint256 length = 1 + 32 * _words(dimensions);
        bytes memory code = _chunk().code;
        // The leading zero byte (STOP) tells a chunk from a delegated account, whose code could change.
        if (code.length != length || code[0] != 0) revert ModelWeightsInvalid(0, length, code.length);
    }

    /// @inheritdoc Model
    function _requireSize(bytes calldata sample) internal view override {
        _requireShort(sample, uint24(CloneArguments.word(CloneArguments.MODEL) >> 136));
    }

    /* PREDICTION */

    /// @inheritdoc Model
    function _predict(bytes calldata sample) internal view override returns (uint16 label, int256 score) {
        uint256 free = Scratch.free();
        (score,,,) = _score(sample);
        label = score > 0 ? 1 : 0;
        Scratch.release(free);
    }

    /// @dev Sum of weight times feature, bias included; O(dimensions), one storage read for ten features.
    /// @return score The sum: below 2^12 * 2^15 * 2^24.
    /// @return parameters As packed in the clone's code.
    /// @return features Where in memory the features are, the bias's among them; the caller gives it back (see `Scratch`).
    /// @return changes Where in memory the words of changes are, as read.
    function _score(bytes calldata sample)
        private
        view
        returns (int256 score, uint256 parameters, uint256 features, uint256 changes)
    {
        parameters = CloneArguments.word(CloneArguments.MODEL);
        address chunk = _chunk();
        uint256 dimensions = parameters >> 232;
        _requireLength(sample, dimensions);
        uint256 end = CHANGES_SLOT + _words(dimensions);

        // The features, the bias's and zeros, and the changes.
        features = Scratch.take(sample.length + 96 + 32 * (end - CHANGES_SLOT));
        assembly ("memory-safe") {
            calldatacopy(features, sample.offset, sample.length)
            let x := add(features, sample.length)
            // The bias's feature, then zeros to the end of its block.
            mstore(x, shl(240, shr(160, parameters)))
            mstore(add(x, 32), 0)
            mstore(add(x, 64), 0)
            changes := add(x, 96)
            extcodecopy(chunk, changes, 1, shl(5, sub(end, CHANGES_SLOT)))

            x := features
            let w := changes
            for { let slot := CHANGES_SLOT } lt(slot, end) { slot := add(slot, 3) } {
                // Set 0: features, change and initial weights, each lane an excess that is taken off as one number.
                let a := xor(mload(x), FEATURE_TOPS)
                let change := sload(slot)
                let initial := xor(mload(w), WEIGHT_TOPS)
                mstore(w, change)
                change := xor(change, WEIGHT_TOPS)
                let sum := mul(
                    sub(and(shr(16, a), FEATURES), FEATURE_EXCESS),
                    sub(add(and(change, WEIGHTS), and(initial, WEIGHTS)), WEIGHT_EXCESS)
                )
                // Set 1.
                sum := add(
                    sum,
                    mul(
                        sub(and(shr(32, a), FEATURES), FEATURE_EXCESS),
                        sub(add(and(shr(24, change), WEIGHTS), and(shr(24, initial), WEIGHTS)), WEIGHT_EXCESS)
                    )
                )
                // Sets 2 and 3.
                w := add(w, 32)
                change := sload(add(slot, 1))
                initial := xor(mload(w), WEIGHT_TOPS)
                mstore(w, change)
                change := xor(change, WEIGHT_TOPS)
                sum := add(
                    sum,
                    mul(
                        sub(and(shr(48, a), FEATURES), FEATURE_EXCESS),
                        sub(add(and(change, WEIGHTS), and(initial, WEIGHTS)), WEIGHT_EXCESS)
                    )
                )
                a := xor(mload(add(x, 30)), FEATURE_TOPS)
                sum := add(
                    sum,
                    mul(
                        sub(and(shr(16, a), FEATURES), FEATURE_EXCESS),
                        sub(add(and(shr(24, change), WEIGHTS), and(shr(24, initial), WEIGHTS)), WEIGHT_EXCESS)
                    )
                )
                // Sets 4 and 5, which the last block may not have: there the features are 0.
                w := add(w, 32)
                change := 0
                if lt(add(slot, 2), end) { change := sload(add(slot, 2)) }
                initial := xor(mload(w), WEIGHT_TOPS)
                mstore(w, change)
                change := xor(change, WEIGHT_TOPS)
                sum := add(
                    sum,
                    mul(
                        sub(and(shr(32, a), FEATURES), FEATURE_EXCESS),
                        sub(add(and(change, WEIGHTS), and(initial, WEIGHTS)), WEIGHT_EXCESS)
                    )
                )
                sum := add(
                    sum,
                    mul(
                        sub(and(shr(48, a), FEATURES), FEATURE_EXCESS),
                        sub(add(and(shr(24, change), WEIGHTS), and(shr(24, initial), WEIGHTS)), WEIGHT_EXCESS)
                    )
                )
                w := add(w, 32)
                x := add(x, 60)
                // The middle lane, without what lies above it. 30 products of 2^39 stay below 2^47.
                score := add(score, sar(208, shl(16, add(sum, LIFT))))
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
        (int256 score, uint256 parameters, uint256 features, uint256 changes) = _score(sample);
        predicted = score > 0 ? 1 : 0;
        if (predicted != label) {
            int256 step = stepRoundedDown(parameters, accepted);
            _learn(parameters >> 232, label == 0 ? -step : step, features, changes);
        }
        Scratch.release(free);
    }

    /// @dev Moves every weight by `by` times its feature; one storage write for ten of them.
    function _learn(uint256 dimensions, int256 by, uint256 features, uint256 changes) private {
        uint256 end = CHANGES_SLOT + _words(dimensions);
        assembly ("memory-safe") {
            // Fifteen features in the order of the weights: the five groups of three turned round.
            function turned(x) -> result {
                let a := shr(16, xor(x, FEATURE_TOPS))
                result := and(a, 0xffffffffffff000000000000000000000000)
                result := or(result, or(shr(192, a), and(shl(192, a), shl(192, 0xffffffffffff))))
                result := or(result, and(shr(96, a), shl(48, 0xffffffffffff)))
                result := or(result, and(shl(96, a), shl(144, 0xffffffffffff)))
            }

            // A lane is 2^40 plus a value that should be in 24 bits: the nearest that is.
            function clamped(lanes) -> result {
                let positive := and(shr(40, lanes), ONES)
                let low := and(lanes, sub(ZERO, ONES))
                // Reaches bit 40 where anything from bit 24 on is set.
                let over := and(shr(40, add(low, sub(ZERO, shl(WEIGHT_BITS, ONES)))), ONES)
                result := and(or(and(low, WEIGHTS), mul(over, 0xffffff)), mul(positive, 0xffffff))
            }

            // A word of changes after its two sets of features (with their excess) came in; `base` is in each lane 2^40
            // less that excess times `by`.
            function moved(word, lower, upper, step, base) -> result {
                word := xor(word, WEIGHT_TOPS)
                lower := add(add(and(word, WEIGHTS), mul(step, and(lower, FEATURES))), base)
                upper := add(add(and(shr(WEIGHT_BITS, word), WEIGHTS), mul(step, and(upper, FEATURES))), base)
                if and(or(xor(lower, ZERO), xor(upper, ZERO)), ABOVE) {
                    lower := clamped(lower)
                    upper := clamped(upper)
                }
                result := xor(or(and(lower, WEIGHTS), shl(WEIGHT_BITS, and(upper, WEIGHTS))), WEIGHT_TOPS)
            }

            let base := mul(ONES, sub(shl(40, 1), mul(by, 0x8000)))
            for { let slot := CHANGES_SLOT } lt(slot, end) { slot := add(slot, 3) } {
                let a := turned(mload(features))
                let b := turned(mload(add(features, 30)))
                sstore(slot, moved(mload(changes), a, shr(16, a), by, base))
                sstore(add(slot, 1), moved(mload(add(changes, 32)), shr(32, a), b, by, base))
                if lt(add(slot, 2), end) {
                    sstore(add(slot, 2), moved(mload(add(changes, 64)), shr(16, b), shr(32, b), by, base))
                }
                features := add(features, 60)
                changes := add(changes, 96)
            }
        }
    }

    /* WEIGHTS */

    /// @inheritdoc DenseModel
    function _weightCount() internal view override returns (uint256) {
        return _dimensions() + 1;
    }

    /// @inheritdoc DenseModel
    function _weightsBigEndian(uint256 from, uint256 to) internal view override returns (bytes memory packed) {
        uint256 length = 32 * _words(_dimensions());
        address chunk = _chunk();
        bytes memory initial = new bytes(length);
        packed = new bytes(4 * (to - from) + 32);
        assembly ("memory-safe") {
            extcodecopy(chunk, add(initial, 32), 1, length)
        }
        for (uint256 i = from; i < to; ++i) {
            (uint256 place, uint256 left) = _lane(i);
            assembly ("memory-safe") {
                let value := add(
                    sar(232, shl(left, sload(add(CHANGES_SLOT, place)))),
                    sar(232, shl(left, mload(add(add(initial, 32), shl(5, place)))))
                )
                // Writes 28 bytes beyond the value, which later values or the spare word take.
                mstore(add(add(packed, 32), shl(2, sub(i, from))), shl(224, value))
            }
        }
        assembly ("memory-safe") {
            mstore(packed, shl(2, sub(to, from)))
        }
    }

    /// @dev Which word a weight is in, and how far left its lane moves to the top.
    function _lane(uint256 i) private pure returns (uint256 place, uint256 left) {
        uint256 j = i % PER_HALF;
        uint256 set = 3 * (i % PER_BLOCK / PER_HALF) + 2 - j % 3;
        place = 3 * (i / PER_BLOCK) + set / 2;
        left = 256 - WEIGHT_BITS - 2 * WEIGHT_BITS * (j / 3) - WEIGHT_BITS * (set % 2);
    }
}
