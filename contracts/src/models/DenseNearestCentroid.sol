// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CloneArguments} from "../CloneArguments.sol";
import {IModel} from "../interfaces/IModel.sol";
import {DenseModel} from "./DenseModel.sol";
import {Model} from "./Model.sol";

/// @title DenseNearestCentroid
/// @notice Nearest centroid on vectors: a class is the mean of its samples, and a sample belongs to the class whose
/// mean is nearest by squared Euclidean distance, compared exactly; the lowest of equally near ones. A class without
/// samples is never predicted; without any, class 0 is. Learning adds the sample to its class, whatever the prediction
/// would be.
///
/// A class of `MAX_COUNT` samples, those it starts with included, ages before it takes one more: its sums and its count become
/// half of what they were, rounded down. So no sum can overflow, and no class is ever full.
/// @dev Samples as in `DenseModel`. Parameters, packed big-endian: dimensions uint24, classes uint16, scale uint16,
/// maxLength uint24; the chunks' addresses follow. A contribution's vector is at most maxLength long; 0 for as long as it likes. The logical weights are the sums of the samples' features, class after class, then every
/// class's count of samples.
///
/// In code are a class's initial count, uint16, and its initial sums; in storage are changes of the sums, and counts,
/// 16 a slot, where 0 means what the code says. Sums have the same layout in both, which lets sixteen features be
/// handled four at a time, in lanes of 64 bits: sixteen features are two words of eight lanes of 32 bits, every fourth
/// feature beginning with feature s, from the highest lane down, is set s, and a word holds two sets in turns: 0 and 1,
/// 2 and 3. Lanes without a feature are 0.
/// @custom:judge CentroidsJudge
abstract contract DenseNearestCentroid is DenseModel {
    uint256 internal constant MAX_CLASSES = 256;
    /// @dev Most sums: a claim reads all of them, at about 300 gas each.
    uint256 internal constant MAX_SUMS = 32_768;
    /// @dev Times the largest feature it is below 2^30, so that a sum's change from its initial value is below 2^31.
    uint256 internal constant MAX_COUNT = 32_767;

    uint256 internal constant PER_BLOCK = 16;
    uint256 private constant COUNTS_SLOT = 0x200000000;
    /// @dev A contract's code may have 24,576 bytes (EIP-170); SSTORE2 uses the first.
    uint256 private constant MAX_CHUNK_LENGTH = 24_575;
    uint256 private constant PARAMETERS_LENGTH = 10;
    /// @dev Offset of the first chunk's address.
    uint256 private constant CHUNKS = CloneArguments.MODEL + PARAMETERS_LENGTH;

    /// @dev Of lanes of 64 bits: 1 in each, then the lowest 16 and 32 bits of each.
    uint256 internal constant ONES = 0x0000000000000001000000000000000100000000000000010000000000000001;
    uint256 internal constant FEATURES = 0x000000000000ffff000000000000ffff000000000000ffff000000000000ffff;
    uint256 internal constant SUMS = 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff;
    /// @dev The lower lane of each pair of lanes.
    uint256 internal constant LOWER = 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff;
    /// @dev The highest bits of features (16 bits) and of sums (32 bits): flipping them turns two's complement into an
    /// excess of 2^15 or 2^31.
    uint256 internal constant FEATURE_TOPS = 0x8000800080008000800080008000800080008000800080008000800080008000;
    uint256 internal constant SUM_TOPS = 0x8000000080000000800000008000000080000000800000008000000080000000;
    /// @dev -2^15 in 32 bits, in each lane of 64.
    uint256 private constant LESS_EXCESS = 0x00000000ffff800000000000ffff800000000000ffff800000000000ffff8000;
    /// @dev Lifts a difference of 34 bits above 0.
    uint256 internal constant EXCESS = 1 << 41;

    /// @dev Where the parts of a model are.
    struct Shape {
        uint256 dimensions;
        uint256 classes;
        /// Words of a class's sums.
        uint256 words;
        /// Bytes of a class in code, and classes in a chunk of it.
        uint256 bytesPerClass;
        uint256 classesPerChunk;
    }

    /// @dev The nearest class so far, its squared distance as `distance` / `square`; `square` is 0 as long as there is
    /// none.
    struct Nearest {
        uint256 class;
        uint256 distance;
        uint256 square;
        /// How much nearer the class looked at last is than the nearest before it.
        int256 margin;
    }

    /* PARAMETERS */

    /// @inheritdoc IModel
    function modelId() external pure returns (bytes32) {
        return "dense-nearest-centroid/1";
    }

    function _parametersLength() internal pure override returns (uint256) {
        return PARAMETERS_LENGTH;
    }

    /// @notice dimensions, classes, scale, maxLength.
    function modelParameters() external view returns (uint256[] memory parameters) {
        uint256 word = CloneArguments.word(CloneArguments.MODEL);
        parameters = new uint256[](4);
        parameters[0] = word >> 232;
        parameters[1] = uint16(word >> 216);
        parameters[2] = uint16(word >> 200);
        parameters[3] = uint24(word >> 176);
    }

    function _classCount() internal view override returns (uint16) {
        return uint16(CloneArguments.word(CloneArguments.MODEL) >> 216);
    }

    function _shape() internal view returns (Shape memory shape) {
        uint256 word = CloneArguments.word(CloneArguments.MODEL);
        shape.dimensions = word >> 232;
        shape.classes = uint16(word >> 216);
        shape.words = _words(shape.dimensions);
        shape.bytesPerClass = 2 + 32 * shape.words;
        shape.classesPerChunk = MAX_CHUNK_LENGTH / shape.bytesPerClass;
    }

    function _words(uint256 dimensions) private pure returns (uint256) {
        return 2 * ((dimensions + PER_BLOCK - 1) / PER_BLOCK);
    }

    function _chunk(uint256 number) internal view returns (address) {
        return address(uint160(CloneArguments.word(CHUNKS + 20 * number) >> 96));
    }

    function _validateModel() internal view override {
        uint256 word = CloneArguments.word(CloneArguments.MODEL);
        uint256 dimensions = word >> 232;
        uint256 classes = uint16(word >> 216);
        uint256 scale = uint16(word >> 200);
        if (
            dimensions == 0 || dimensions > MAX_DIMENSIONS || classes < 2 || classes > MAX_CLASSES
                || dimensions * classes > MAX_SUMS
        ) revert ModelParametersInvalid(dimensions, classes);
        if (scale == 0 || scale > uint16(type(int16).max)) revert ModelParametersInvalid(dimensions, scale);

        Shape memory shape = _shape();
        _requireChunks(PARAMETERS_LENGTH, (classes + shape.classesPerChunk - 1) / shape.classesPerChunk);
        for (uint256 first = 0; first < classes; first += shape.classesPerChunk) {
            uint256 held = classes - first < shape.classesPerChunk ? classes - first : shape.classesPerChunk;
            uint256 number = first / shape.classesPerChunk;
            uint256 length = 1 + held * shape.bytesPerClass;
            bytes memory code = _chunk(number).code;
            // The leading zero byte (STOP) tells a chunk from a delegated account, whose code could change.
            if (code.length != length || code[0] != 0) revert ModelWeightsInvalid(number, length, code.length);
        }
        uint256 place = _reserve(shape);
        (uint256 upper, uint256 lower) = _unused(dimensions);
        for (uint256 class = 0; class < classes; ++class) {
            _validateSums(shape, class, place, upper, lower);
        }
    }

    /// @dev Sums that no samples can have could overflow later, and lanes without a feature would count in distances.
    /// @param upper The lanes without a feature in the last word but one.
    /// @param lower The same in the last.
    function _validateSums(Shape memory shape, uint256 class, uint256 place, uint256 upper, uint256 lower)
        private
        view
    {
        uint256 count = _load(shape, class, place);
        uint256 words = shape.words;
        if (count > MAX_COUNT) revert ModelWeightOutOfRange(shape.dimensions * shape.classes + class, int256(count));
        bool fits;
        assembly ("memory-safe") {
            // Bit 40 of each lane stays set as long as no sum, with its excess of 2^31, is below -2^15 * count or above
            // (2^15 - 1) * count.
            let least := mul(ONES, add(sub(shl(40, 1), shl(31, 1)), shl(15, count)))
            let most := mul(ONES, add(add(shl(40, 1), shl(31, 1)), sub(shl(15, count), count)))
            let end := add(place, shl(5, words))
            let all := not(0)
            for { let at := place } lt(at, end) { } {
                at := add(at, 32)
                let word := xor(mload(at), SUM_TOPS)
                let sums := and(shr(32, word), SUMS)
                all := and(all, and(add(sums, least), sub(most, sums)))
                sums := and(word, SUMS)
                all := and(all, and(add(sums, least), sub(most, sums)))
            }
            let unused := or(and(mload(sub(end, 32)), upper), and(mload(end), lower))
            fits := iszero(or(unused, and(not(all), shl(40, ONES))))
        }
        if (fits) return;
        for (uint256 i = 0; i < PER_BLOCK / 2 * words; ++i) {
            _validateSum(class * shape.dimensions + i, _initial(place, i), i < shape.dimensions ? count : 0);
        }
    }

    /// @dev The lanes without a feature in the last block's two words.
    function _unused(uint256 dimensions) private pure returns (uint256 upper, uint256 lower) {
        uint256 words = _words(dimensions);
        for (uint256 i = dimensions; i < PER_BLOCK / 2 * words; ++i) {
            (uint256 word, uint256 left) = _lane(i);
            if (word % 2 == 0) upper |= uint256(type(uint32).max) << 224 - left;
            else lower |= uint256(type(uint32).max) << 224 - left;
        }
    }

    function _validateSum(uint256 index, int256 sum, uint256 count) private pure {
        if (sum < int256(count) * type(int16).min || sum > int256(count) * type(int16).max) {
            revert ModelWeightOutOfRange(index, sum);
        }
    }

    /// @inheritdoc Model
    function _requireSize(bytes calldata sample) internal view override {
        _requireShort(sample, uint24(CloneArguments.word(CloneArguments.MODEL) >> 176));
    }

    /* PREDICTION */

    /// @inheritdoc Model
    /// @dev O(classes * dimensions), one storage read for eight sums.
    /// @return label The nearest class.
    /// @return score Of two classes: how much nearer class 1 is than class 0, as difference of the squared distances,
    /// rounded away from 0; a class without samples counts as 1 farther. Of more: the squared distance of the nearest,
    /// rounded down.
    function _predict(bytes calldata sample) internal view override returns (uint16 label, int256 score) {
        Shape memory shape = _shape();
        _requireLength(sample, shape.dimensions);
        uint256 features = _unpack(sample);
        uint256 place = _reserve(shape);

        Nearest memory nearest;
        for (uint256 class = 0; class < shape.classes; ++class) {
            uint256 count = _count(shape, class, place);
            if (count == 0) continue;
            uint256 slot = CHANGES_SLOT + class * shape.words;
            _consider(nearest, class, _distance(features, count, slot, shape.words, place), count * count);
        }
        return _decided(nearest, shape.classes);
    }

    /// @dev Class and score once all classes were looked at.
    function _decided(Nearest memory nearest, uint256 classes) internal pure returns (uint16 label, int256 score) {
        if (nearest.square == 0) return (0, 0);
        label = uint16(nearest.class);
        score = classes == 2 ? nearest.margin : int256(nearest.distance / nearest.square);
    }

    /// @dev The next class, of squared distance `distance` / `square`.
    function _consider(Nearest memory nearest, uint256 class, uint256 distance, uint256 square) internal pure {
        // Below 2^78 each, times 2^32.
        int256 nearer = int256(nearest.distance * square) - int256(distance * nearest.square);
        if (nearest.square == 0) {
            nearest.margin = class == 0 ? int256(-1) : int256(1);
        } else {
            nearest.margin = _roundedAwayFromZero(nearer, square * nearest.square);
            if (nearer <= 0) return;
        }
        nearest.class = class;
        nearest.distance = distance;
        nearest.square = square;
    }

    function _roundedAwayFromZero(int256 value, uint256 divisor) private pure returns (int256) {
        uint256 size = uint256(value < 0 ? -value : value);
        int256 rounded = int256((size + divisor - 1) / divisor);
        return value < 0 ? -rounded : rounded;
    }

    /// @dev The sum over the features of (count * feature - sum)^2, that is count^2 times the squared distance.
    /// @param features Where in memory the features are, zeros behind them.
    /// @param count Samples of the class, above 0.
    /// @param slot Where the changes of its sums begin.
    /// @param words How many words they have.
    /// @param place Where in memory the initial sums are, 32 bytes on.
    function _distance(uint256 features, uint256 count, uint256 slot, uint256 words, uint256 place)
        private
        view
        returns (uint256 distance)
    {
        assembly ("memory-safe") {
            // Squares of the four lanes, added up in the upper half: of two lanes 128 bits apart times the same two
            // changed over, the upper half is the sum of the squares. Lanes are below 2^42, so no half overflows.
            function squares(lanes) -> result {
                let two := and(lanes, LOWER)
                result := mul(two, or(shl(128, two), shr(128, two)))
                two := and(shr(64, lanes), LOWER)
                result := add(result, mul(two, or(shl(128, two), shr(128, two))))
            }

            // Makes the excess of every difference `EXCESS`: that of the feature is 2^15 * count, that of the sums
            // 2^32.
            let base := mul(ONES, sub(add(EXCESS, shl(32, 1)), shl(15, count)))
            let all := 0
            let end := add(slot, words)
            for { } lt(slot, end) { } {
                let x := xor(mload(features), FEATURE_TOPS)
                place := add(place, 32)
                let change := xor(sload(slot), SUM_TOPS)
                let initial := xor(mload(place), SUM_TOPS)
                let lanes := sub(
                    add(mul(and(shr(48, x), FEATURES), count), base),
                    add(and(shr(32, change), SUMS), and(shr(32, initial), SUMS))
                )
                all := add(all, lanes)
                distance := add(distance, squares(lanes))
                lanes := sub(
                    add(mul(and(shr(32, x), FEATURES), count), base),
                    add(and(change, SUMS), and(initial, SUMS))
                )
                all := add(all, lanes)
                distance := add(distance, squares(lanes))

                place := add(place, 32)
                change := xor(sload(add(slot, 1)), SUM_TOPS)
                initial := xor(mload(place), SUM_TOPS)
                lanes := sub(
                    add(mul(and(shr(16, x), FEATURES), count), base),
                    add(and(shr(32, change), SUMS), and(shr(32, initial), SUMS))
                )
                all := add(all, lanes)
                distance := add(distance, squares(lanes))
                lanes := sub(
                    add(mul(and(x, FEATURES), count), base),
                    add(and(change, SUMS), and(initial, SUMS))
                )
                all := add(all, lanes)
                distance := add(distance, squares(lanes))

                features := add(features, 32)
                slot := add(slot, 2)
            }
            // (d + e)^2 = d^2 + 2e(d + e) - e^2, over eight lanes a word.
            all := add(and(all, LOWER), and(shr(64, all), LOWER))
            all := add(shr(128, all), and(all, 0xffffffffffffffffffffffffffffffff))
            distance := sub(
                add(shr(128, distance), mul(mul(EXCESS, EXCESS), shl(3, words))), mul(shl(1, EXCESS), all)
            )
        }
    }

    /* LEARNING */

    /// @inheritdoc Model
    /// @dev One storage write for eight sums, and one for the count.
    function _train(bytes calldata sample, uint16 label, uint256) internal override returns (uint16 predicted) {
        Shape memory shape = _shape();
        _requireLength(sample, shape.dimensions);
        uint256 features = _unpack(sample);

        uint256 counts = _counts(label);
        uint256 shift = 16 * (label % 16);
        uint256 count = uint16(counts >> shift);
        if (count == 0) count = _load(shape, label, _reserve(shape));
        if (count == MAX_COUNT) {
            uint256 place = _reserve(shape);
            _load(shape, label, place);
            _halve(CHANGES_SLOT + label * shape.words, shape.words, place);
            count /= 2;
        }
        counts = counts & ~(MAX_COUNT << shift) | count + 1 << shift;
        assembly ("memory-safe") {
            sstore(add(COUNTS_SLOT, shr(4, label)), counts)
        }
        _add(features, CHANGES_SLOT + label * shape.words, shape.words);
        return NOT_PREDICTED;
    }

    /// @dev Halves every sum of a class, rounding down: a change becomes half the sum less the initial value.
    /// @param place Where in memory the initial sums are, 32 bytes on.
    function _halve(uint256 slot, uint256 words, uint256 place) private {
        assembly ("memory-safe") {
            // The change of four sums, modulo 2^32, from lanes with an excess of 2^31 each.
            function halved(change, initial) -> result {
                let half := and(shr(1, add(change, initial)), SUMS)
                result := and(sub(add(half, shl(32, ONES)), initial), SUMS)
            }

            for { let end := add(slot, words) } lt(slot, end) { slot := add(slot, 1) } {
                place := add(place, 32)
                let change := xor(sload(slot), SUM_TOPS)
                let initial := xor(mload(place), SUM_TOPS)
                sstore(
                    slot,
                    or(
                        shl(32, halved(and(shr(32, change), SUMS), and(shr(32, initial), SUMS))),
                        halved(and(change, SUMS), and(initial, SUMS))
                    )
                )
            }
        }
    }

    /// @dev Adds every feature to its sum. None overflows: see `MAX_COUNT`.
    function _add(uint256 features, uint256 slot, uint256 words) private {
        assembly ("memory-safe") {
            // Two sets of features (with their excess) into the lanes of a word, modulo 2^32.
            function added(word, upper, lower) -> result {
                upper := add(add(and(shr(32, word), SUMS), and(upper, FEATURES)), LESS_EXCESS)
                lower := add(add(and(word, SUMS), and(lower, FEATURES)), LESS_EXCESS)
                result := or(shl(32, and(upper, SUMS)), and(lower, SUMS))
            }

            let end := add(slot, words)
            for { } lt(slot, end) { slot := add(slot, 2) } {
                let x := xor(mload(features), FEATURE_TOPS)
                sstore(slot, added(sload(slot), shr(48, x), shr(32, x)))
                sstore(add(slot, 1), added(sload(add(slot, 1)), shr(16, x), x))
                features := add(features, 32)
            }
        }
    }

    /* MEMORY AND STORAGE */

    /// @dev The sample in memory, zeros behind it.
    function _unpack(bytes calldata sample) internal pure returns (uint256 features) {
        bytes memory padded = new bytes(sample.length + 32);
        assembly ("memory-safe") {
            features := add(padded, 32)
            calldatacopy(features, sample.offset, sample.length)
        }
    }

    /// @dev Memory for one class: a word for its count, then its initial sums.
    function _reserve(Shape memory shape) internal pure returns (uint256 place) {
        bytes memory reserved = new bytes(32 + 32 * shape.words);
        assembly ("memory-safe") {
            place := add(reserved, 32)
        }
    }

    /// @dev Copies what the code says of a class to `place`; its initial count.
    function _load(Shape memory shape, uint256 class, uint256 place) internal view returns (uint256 count) {
        address chunk = _chunk(class / shape.classesPerChunk);
        uint256 length = shape.bytesPerClass;
        uint256 offset = 1 + class % shape.classesPerChunk * length;
        assembly ("memory-safe") {
            extcodecopy(chunk, add(place, 30), offset, length)
            count := and(mload(place), 0xffff)
        }
    }

    /// @dev Copies what the code says of a class to `place`; its count now.
    function _count(Shape memory shape, uint256 class, uint256 place) internal view returns (uint256 count) {
        uint256 initial = _load(shape, class, place);
        count = uint16(_counts(class) >> 16 * (class % 16));
        if (count == 0) count = initial;
    }

    /// @dev The slot with the counts of a class and its neighbours.
    function _counts(uint256 class) private view returns (uint256 counts) {
        assembly ("memory-safe") {
            counts := sload(add(COUNTS_SLOT, shr(4, class)))
        }
    }

    /* WEIGHTS */

    /// @inheritdoc DenseModel
    function _weightCount() internal view override returns (uint256) {
        Shape memory shape = _shape();
        return (shape.dimensions + 1) * shape.classes;
    }

    /// @inheritdoc DenseModel
    function _weightsBigEndian(uint256 from, uint256 to) internal view override returns (bytes memory packed) {
        Shape memory shape = _shape();
        uint256 place = _reserve(shape);
        uint256 loaded = type(uint256).max;
        packed = new bytes(4 * (to - from) + 32);
        for (uint256 i = from; i < to; ++i) {
            int256 value;
            if (i >= shape.dimensions * shape.classes) {
                value = int256(_count(shape, i - shape.dimensions * shape.classes, place));
            } else {
                uint256 class = i / shape.dimensions;
                if (class != loaded) {
                    loaded = class;
                    _load(shape, class, place);
                }
                value = _initial(place, i % shape.dimensions) + _change(shape, class, i % shape.dimensions);
            }
            assembly ("memory-safe") {
                // Writes 28 bytes beyond the value, which later values or the spare word take.
                mstore(add(add(packed, 32), shl(2, sub(i, from))), shl(224, value))
            }
        }
        assembly ("memory-safe") {
            mstore(packed, shl(2, sub(to, from)))
        }
    }

    /// @dev A sum of the class at `place`.
    function _initial(uint256 place, uint256 i) private pure returns (int256 sum) {
        (uint256 word, uint256 left) = _lane(i);
        assembly ("memory-safe") {
            sum := sar(224, shl(left, mload(add(place, shl(5, add(word, 1))))))
        }
    }

    /// @dev How far a sum has moved since.
    function _change(Shape memory shape, uint256 class, uint256 i) private view returns (int256 change) {
        (uint256 word, uint256 left) = _lane(i);
        uint256 slot = CHANGES_SLOT + class * shape.words + word;
        assembly ("memory-safe") {
            change := sar(224, shl(left, sload(slot)))
        }
    }

    /// @dev Which word a feature's sum is in, and how far left its lane moves to the top.
    function _lane(uint256 i) internal pure returns (uint256 word, uint256 left) {
        word = 2 * (i / PER_BLOCK) + i % 4 / 2;
        left = 64 * (i % PER_BLOCK / 4) + 32 * (i % 2);
    }
}
