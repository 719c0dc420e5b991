// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CloneArguments} from "../CloneArguments.sol";
import {DenseWeights} from "../models/DenseWeights.sol";
import {Scratch} from "../models/Scratch.sol";
import {SealedJudge} from "./SealedJudge.sol";
import {VectorsReference} from "./VectorsReference.sol";

/// @title VectorsJudge
/// @notice The judge of a pool whose model has rows of weights, one for two classes and otherwise one for each, that are
/// multiplied by a vector's numbers.
/// @dev A seal holds int24 in the layout of the initial weights (see `DenseWeights`), row after row. Before the first seal the
/// initial weights are the judge: they are read where they are, and the scores multiplied. What is behind the last weight of
/// a row is 0 in a seal, and nothing in an initial row is looked at there: the features are 0.
///
/// A seal is one chunk, written in one transaction, so there are as many rows as one chunk holds: 767 words of ten weights. The
/// first chunk of initial weights has all rows then.
abstract contract VectorsJudge is VectorsReference, DenseWeights {
    /// @dev Words of one chunk.
    uint256 private constant MAX_JUDGE_WORDS = 767;
    /// @dev How far a weight of a judge may go up; down it is one more.
    int256 private constant HIGHEST = 0x7fffff;
    /// @dev In lanes of 48 bits, what flipping the highest bit of 24 adds.
    uint256 private constant EXCESS = 0x0000000000800000000000800000000000800000000000800000000000800000;
    /// @dev Gas that a seal takes for a weight at least, a fifth of it refunded: its code, 3.2 bytes and more, costs 512.
    uint256 private constant SEAL_GAS_PER_WEIGHT = 500;

    /// @dev What a pool's parameters say of its rows.
    struct Shape {
        uint256 rows;
        uint256 dimensions;
        uint256 words; // of a row
        uint256 scale;
    }

    function _shape() private view returns (Shape memory shape) {
        // The parameters of all models of such rows begin alike: dimensions uint24, eta0 uint16, tau uint40, scale uint16.
        uint256 parameters = CloneArguments.word(CloneArguments.MODEL);
        shape.rows = _rowCount();
        shape.dimensions = parameters >> 232;
        shape.words = _words(parameters >> 232);
        shape.scale = uint16(parameters >> 160);
    }

    /* CREATION */

    /// @inheritdoc SealedJudge
    function _referenceLength() internal view override returns (uint256) {
        return 2 * _weightCount();
    }

    /// @inheritdoc SealedJudge
    function _validateJudge(uint256 shift) internal view override {
        Shape memory shape = _shape();
        if (shape.rows * shape.words > MAX_JUDGE_WORDS) revert ModelParametersInvalid(shape.dimensions, shape.rows);
        if (shift == 0) return;
        uint256 free = Scratch.free();
        uint256 place = _copyRows(_firstChunk(), shape);
        uint256 count = _weightCount();
        for (uint256 i = 0; i < count; ++i) {
            int256 weight = _sealed(place, shape, i);
            if (int256(int24(weight << shift)) != weight << shift) revert ModelWeightOutOfRange(i, weight);
        }
        Scratch.release(free);
    }

    /// @inheritdoc SealedJudge
    function _trainPredicts() internal pure override returns (bool) {
        return true;
    }

    /// @inheritdoc SealedJudge
    function _sealGas() internal view override returns (uint256) {
        return SEAL_GAS + SEAL_GAS_PER_WEIGHT * _weightCount();
    }

    /* ASKING */

    /// @inheritdoc SealedJudge
    function _judge(bytes calldata sample, uint256 epoch, uint256 shift)
        internal
        view
        override
        returns (uint16 label, int256 score)
    {
        Shape memory shape = _shape();
        _requireLength(sample, shape.dimensions);
        uint256 free = Scratch.free();
        (uint256 features,) = _unpack(sample, shape.scale, 0);
        uint256 row = _copyRows(_judgeCode(epoch), shape);
        score = _sum(features, row, shape.words);
        if (shape.rows == 1) {
            label = score > 0 ? 1 : 0;
        } else {
            for (uint256 class = 1; class < shape.rows; ++class) {
                row += 32 * shape.words;
                int256 another = _sum(features, row, shape.words);
                if (another > score) (label, score) = (uint16(class), another);
            }
        }
        if (epoch == 0) score <<= shift;
        Scratch.release(free);
    }

    /// @dev The judge of an epoch: a seal, or the initial weights.
    function _judgeCode(uint256 epoch) private view returns (address) {
        return epoch == 0 ? _firstChunk() : _sealAddress(epoch);
    }

    /// @dev Copies all rows, and a word behind them, into memory that the caller gives back.
    function _copyRows(address code, Shape memory shape) private view returns (uint256 place) {
        uint256 size = 32 * shape.rows * shape.words;
        place = Scratch.take(size + 32);
        assembly ("memory-safe") {
            extcodecopy(code, place, 1, size)
        }
    }

    /// @dev A row's sum of weight times feature, bias included, as `_score` has it, without changes; O(dimensions). Features
    /// behind the bias are 0, so it is the same what a last block without a third word reads in its place.
    function _sum(uint256 features, uint256 row, uint256 words) private pure returns (int256 sum) {
        assembly ("memory-safe") {
            // Weights of one set, each lane an excess that is taken off as one number.
            function weights(word, right) -> lanes {
                lanes := sub(and(shr(right, word), WEIGHTS), EXCESS)
            }
            function numbers(fifteen, right) -> lanes {
                lanes := sub(and(shr(right, fifteen), FEATURES), FEATURE_EXCESS)
            }

            for { let end := add(row, shl(5, words)) } lt(row, end) { row := add(row, 96) } {
                let x := xor(mload(features), FEATURE_TOPS)
                let word := xor(mload(row), WEIGHT_TOPS)
                let products := mul(numbers(x, 16), weights(word, 0))
                products := add(products, mul(numbers(x, 32), weights(word, 24)))
                word := xor(mload(add(row, 32)), WEIGHT_TOPS)
                products := add(products, mul(numbers(x, 48), weights(word, 0)))
                x := xor(mload(add(features, 30)), FEATURE_TOPS)
                products := add(products, mul(numbers(x, 16), weights(word, 24)))
                word := xor(mload(add(row, 64)), WEIGHT_TOPS)
                products := add(products, mul(numbers(x, 32), weights(word, 0)))
                products := add(products, mul(numbers(x, 48), weights(word, 24)))
                features := add(features, 60)
                // The middle lane, without what lies above it.
                sum := add(sum, sar(208, shl(16, add(products, LIFT))))
            }
        }
    }

    /// @inheritdoc SealedJudge
    function _gap(bytes calldata sample, uint16 label) internal view override returns (int256 gap) {
        Shape memory shape = _shape();
        return _gapOf(sample, label, shape.rows, shape.dimensions, shape.scale);
    }

    /* SEALING */

    /// @inheritdoc SealedJudge
    function _nextJudge(uint256 epoch, uint256 shift, uint256 parts)
        internal
        view
        override
        returns (bytes memory weights, bytes32 digest_)
    {
        Shape memory shape = _shape();
        uint256 count = _weightCount();
        weights = new bytes(32 * shape.rows * shape.words);
        uint256 free = Scratch.free();
        uint256 initial = _copyRows(_firstChunk(), shape);
        uint256 judge = _copyRows(_judgeCode(epoch), shape);
        // cleared: into it numbers are put in any order
        bytes memory packed = new bytes(4 * count + 32);
        Moving memory by = Moving(shift, parts, epoch == 0 ? shift : 0);
        uint256 place = _start(weights);
        uint256 told = _start(packed);
        uint256 row = 32 * shape.words;
        uint256 slot = CHANGES_SLOT;
        for (uint256 number = 0; number < shape.rows; ++number) {
            for (uint256 word = 0; word < shape.words; ++word) {
                uint256 moved = _moved(slot, initial + 32 * word, judge + 32 * word, by);
                moved = _tell(moved, told, word, shape.dimensions + 1);
                assembly ("memory-safe") {
                    mstore(add(place, shl(5, word)), moved)
                }
                ++slot;
            }
            (initial, judge, place, told) = (initial + row, judge + row, place + row, told + 4 * (shape.dimensions + 1));
        }
        assembly ("memory-safe") {
            digest_ := keccak256(add(packed, 32), shl(2, count))
        }
        Scratch.release(free);
    }

    /// @dev How a seal moves the judge.
    struct Moving {
        uint256 shift;
        uint256 parts;
        /// @dev What the judge's own weights are shifted by: only the initial ones are.
        uint256 judgeShift;
    }

    function _start(bytes memory content) private pure returns (uint256 place) {
        assembly ("memory-safe") {
            place := add(content, 32)
        }
    }

    /// @dev Ten weights after a seal.
    /// @param slot Of their changes.
    /// @param initial Where in memory their initial values are.
    /// @param judge Where the judge's are.
    function _moved(uint256 slot, uint256 initial, uint256 judge, Moving memory by) private view returns (uint256 moved) {
        uint256 shift = by.shift;
        uint256 parts = by.parts;
        uint256 judgeShift = by.judgeShift;
        assembly ("memory-safe") {
            let change := sload(slot)
            initial := mload(initial)
            judge := mload(judge)
            // What is divided is not negative: 2^40 times `parts` is added, and as much taken off the quotient.
            let more := add(shl(40, parts), shr(1, parts))
            for { let right := 0 } lt(right, 240) { right := add(right, WEIGHT_BITS) } {
                let from := shl(judgeShift, signextend(2, shr(right, judge)))
                let to := shl(shift, add(signextend(2, shr(right, initial)), signextend(2, shr(right, change))))
                from := add(from, sub(div(add(sub(to, from), more), parts), shl(40, 1)))
                if sgt(from, HIGHEST) { from := HIGHEST }
                if slt(from, not(HIGHEST)) { from := not(HIGHEST) }
                moved := or(moved, shl(right, and(from, 0xffffff)))
            }
        }
    }

    /// @dev Puts ten weights as int32 where a digest has them.
    /// @param row Where its row begins.
    /// @param nth Which of its row's words it is.
    /// @param width Weights of the row.
    /// @return kept The word without what is behind the row's last weight.
    function _tell(uint256 word, uint256 row, uint256 nth, uint256 width) private pure returns (uint256 kept) {
        assembly ("memory-safe") {
            let set := shl(1, mod(nth, 3))
            let block_ := mul(PER_BLOCK, div(nth, 3))
            for { let odd := 0 } lt(odd, 2) { odd := add(odd, 1) } {
                let i := add(block_, sub(add(mul(PER_HALF, div(set, 3)), 2), mod(set, 3)))
                for { let right := mul(WEIGHT_BITS, odd) } lt(right, 240) { right := add(right, 48) } {
                    if lt(i, width) {
                        kept := or(kept, and(word, shl(right, 0xffffff)))
                        let place := add(row, shl(2, i))
                        // The other 28 bytes stay as they are.
                        mstore(place, or(mload(place), shl(224, signextend(2, shr(right, word)))))
                    }
                    i := add(i, 3)
                }
                set := add(set, 1)
            }
        }
    }

    /* READING */

    /// @notice The judge's weights in `[from, to)`, in the order of `weights`.
    function judgeWeights(uint256 from, uint256 to) external view returns (int32[] memory values) {
        return _judgeOf(from, to);
    }

    /// @notice keccak256 of all weights of the judge as big-endian int32, in the order of `digest`.
    function judgeDigest() external view returns (bytes32) {
        return _digestOf(_judgeOf(0, _weightCount()));
    }

    function _judgeOf(uint256 from, uint256 to) private view returns (int32[] memory values) {
        _requireRange(from, to, _weightCount());
        uint256 epoch = _epoch();
        uint256 shift = epoch == 0 ? _rules().judgeShift() : 0;
        Shape memory shape = _shape();
        uint256 place = _copyRows(_judgeCode(epoch), shape);
        values = new int32[](to - from);
        for (uint256 i = from; i < to; ++i) {
            values[i - from] = int32(_sealed(place, shape, i) << shift);
        }
    }

    /// @dev A weight by its number, out of all rows in memory.
    function _sealed(uint256 place, Shape memory shape, uint256 i) private pure returns (int256 weight) {
        uint256 width = shape.dimensions + 1;
        (uint256 word, uint256 left) = _lane(i % width);
        word += i / width * shape.words;
        assembly ("memory-safe") {
            weight := sar(232, shl(left, mload(add(place, shl(5, word)))))
        }
    }
}
