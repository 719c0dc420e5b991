// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CloneArguments} from "../CloneArguments.sol";
import {Model} from "./Model.sol";

/// @title SparsePerceptron
/// @notice A binary perceptron (Rosenblatt 1958) on the words that are present: score = bias + sum of the weights of the
/// sample's words; above 0 is class 1. A wrong prediction moves the bias and each of those weights one step.
/// @dev Samples: packed big-endian uint16 word indices, strictly ascending, each below `numWords`.
///
/// Parameters, packed big-endian: numWords uint24, eta0 uint16, tau uint40; the chunks' addresses follow. The step is
/// max(1, floor(eta0 * tau / (tau + n))) with n the contributions accepted before; tau = 0 is a constant step of eta0.
///
/// Weights: initial values are int16 in the code of the chunks (`CHUNK_WEIGHTS` a chunk, bias first), behind the one
/// byte that SSTORE2 puts before its data. Changes since are 10-bit numbers in storage, 25 a slot, so that reading a
/// whole review touches about 40 slots. A weight saturates at `MAX_CHANGE` from its initial value.
/// Position 0 is the bias, position i + 1 the word i.
abstract contract SparsePerceptron is Model {
    /// @dev Longest sample: about the number of different words in the longest reviews, and few enough that claims,
    /// which only read, stay far below the limit on a transaction's gas.
    uint256 internal constant MAX_FEATURES = 1024;
    uint256 internal constant MAX_WORDS = 65_536;
    uint256 internal constant CHUNK_WEIGHTS = 12_000;
    int256 internal constant MAX_CHANGE = 511;

    uint256 internal constant CHANGE_BITS = 10;
    uint256 internal constant CHANGES_PER_SLOT = 25;
    uint256 internal constant CHANGE_MASK = 0x3ff;
    /// @dev The first slot of the changes: far above the pool's own variables, whose mappings live at hashes.
    uint256 internal constant CHANGES_SLOT = 0x100000000;

    /// @dev Offset of the first chunk's address: CloneArguments.MODEL + 10.
    uint256 private constant CHUNKS = 96;

    /* PARAMETERS */

    function _numWords() private view returns (uint256) {
        return CloneArguments.word(CloneArguments.MODEL) >> 232;
    }

    function _chunk(uint256 number) private view returns (address) {
        return address(uint160(CloneArguments.word(CHUNKS + 20 * number) >> 96));
    }

    /// @dev The step of the update after `accepted` contributions.
    function _stepRoundedDown(uint256 accepted) private view returns (int256) {
        uint256 word = CloneArguments.word(CloneArguments.MODEL);
        uint256 eta0 = uint16(word >> 216);
        uint256 tau = uint40(word >> 176);
        if (tau == 0) return int256(eta0);
        uint256 step = eta0 * tau / (tau + accepted);
        return step == 0 ? int256(1) : int256(step);
    }

    function modelId() external pure returns (bytes32) {
        return "sparse-perceptron/1";
    }

    function sampleFormat() external pure returns (bytes32) {
        return "vocabulary-uint16/1";
    }

    /// @notice numWords, eta0, tau.
    function modelParameters() external view returns (uint256[] memory parameters) {
        uint256 word = CloneArguments.word(CloneArguments.MODEL);
        parameters = new uint256[](3);
        parameters[0] = word >> 232;
        parameters[1] = uint16(word >> 216);
        parameters[2] = uint40(word >> 176);
    }

    function _classCount() internal pure override returns (uint16) {
        return 2;
    }

    function _validateModel() internal view override {
        uint256 numWords = _numWords();
        uint256 eta0 = uint16(CloneArguments.word(CloneArguments.MODEL) >> 216);
        if (numWords == 0 || numWords > MAX_WORDS || eta0 == 0) revert ModelParametersInvalid(numWords, eta0);

        uint256 missing = numWords + 1;
        for (uint256 i = 0; missing != 0; ++i) {
            uint256 count = missing < CHUNK_WEIGHTS ? missing : CHUNK_WEIGHTS;
            bytes memory code = _chunk(i).code;
            // The leading zero byte (STOP) tells a chunk from a delegated account, whose code could change.
            if (code.length != 1 + 2 * count || code[0] != 0) {
                revert ModelWeightsInvalid(i, 1 + 2 * count, code.length);
            }
            missing -= count;
        }
    }

    /* PREDICTION */

    /// @dev One pass over the features; O(features) with one storage read for each slot touched. The loop only notes
    /// that something is wrong with the sample; `_requireValid` then finds out what.
    function _predict(bytes calldata sample) internal view override returns (uint16 label, int256 score) {
        uint256 numWords = _numWords();
        uint256 length = sample.length;
        if (length == 0) revert SampleEmpty();
        if (length % 2 != 0) revert SampleLengthInvalid(length);
        if (length / 2 > MAX_FEATURES) revert SampleTooLong(length / 2, MAX_FEATURES);

        bool misordered;
        uint256 last;
        address chunk = _chunk(0);
        uint256 chunkStart = 0;
        uint256 chunkEnd = CHUNK_WEIGHTS;
        uint256 chunkLength = 2 * (numWords + 1 < CHUNK_WEIGHTS ? numWords + 1 : CHUNK_WEIGHTS);

        assembly ("memory-safe") {
            // Initial weights of the chunk that is being read; positions ascend, so each chunk is read at most once. The
            // memory is not kept, so that the predictions of a batch share it.
            let base := mload(0x40)
            extcodecopy(chunk, base, 1, chunkLength)

            let slot := 0
            let word := sload(CHANGES_SLOT)
            score := add(sar(240, mload(base)), sar(246, word))

            for {
                let cursor := sample.offset
                let end := add(cursor, length)
            } lt(cursor, end) { cursor := add(cursor, 2) } {
                let position := add(shr(240, calldataload(cursor)), 1)
                if iszero(gt(position, last)) {
                    misordered := 1
                    break
                }
                last := position

                if iszero(lt(position, chunkEnd)) {
                    if gt(position, numWords) { break }
                    let ordinal := div(position, CHUNK_WEIGHTS)
                    let chunkOffset := add(add(CHUNKS, mul(20, ordinal)), 0x2d)
                    extcodecopy(address(), 0, chunkOffset, 32)
                    extcodecopy(shr(96, mload(0)), base, 1, mul(2, CHUNK_WEIGHTS))
                    chunkStart := mul(ordinal, CHUNK_WEIGHTS)
                    chunkEnd := add(chunkStart, CHUNK_WEIGHTS)
                }

                let here := div(position, CHANGES_PER_SLOT)
                if xor(here, slot) {
                    slot := here
                    word := sload(add(CHANGES_SLOT, here))
                }
                let lane := mul(CHANGE_BITS, sub(position, mul(here, CHANGES_PER_SLOT)))
                score := add(score, sar(246, shl(lane, word)))
                score := add(score, sar(240, mload(add(base, shl(1, sub(position, chunkStart))))))
            }
        }

        if (misordered || last > numWords) _revertInvalid(sample, numWords);
        label = score > 0 ? 1 : 0;
    }

    /// @dev Finds the first feature that is out of order or out of range, and reverts with it.
    function _revertInvalid(bytes calldata sample, uint256 numWords) private pure {
        uint256 previous;
        for (uint256 i = 0; i < sample.length / 2; ++i) {
            uint256 feature = uint16(bytes2(sample[2 * i:2 * i + 2]));
            if (feature >= numWords) revert SampleFeatureOutOfRange(i, feature, numWords);
            if (i != 0 && feature <= previous) revert SampleNotAscending(i, previous, feature);
            previous = feature;
        }
    }

    /// @dev Memory for one chunk (and 32 bytes, since reads are a word wide).
    function _chunkBuffer(uint256 numWords) private pure returns (uint256 buffer) {
        uint256 count = numWords + 1 < CHUNK_WEIGHTS ? numWords + 1 : CHUNK_WEIGHTS;
        bytes memory reserved = new bytes(2 * count + 32);
        assembly ("memory-safe") {
            buffer := add(reserved, 32)
        }
    }

    function _loadChunk(uint256 buffer, uint256 number, uint256 numWords) private view {
        uint256 left = numWords + 1 - number * CHUNK_WEIGHTS;
        uint256 count = left < CHUNK_WEIGHTS ? left : CHUNK_WEIGHTS;
        address chunk = _chunk(number);
        assembly ("memory-safe") {
            extcodecopy(chunk, buffer, 1, mul(2, count))
        }
    }

    /* LEARNING */

    /// @dev Moves the bias and the weight of each feature by one step towards the label; O(features), one read and one
    /// write for each slot touched.
    function _learn(bytes calldata sample, uint16 label, uint256 accepted) internal override {
        int256 step = _stepRoundedDown(accepted);
        if (label == 0) step = -step;

        assembly ("memory-safe") {
            function moved(word, lane, by) -> result {
                let change := add(sar(246, shl(lane, word)), by)
                if sgt(change, MAX_CHANGE) { change := MAX_CHANGE }
                if slt(change, sub(0, MAX_CHANGE)) { change := sub(0, MAX_CHANGE) }
                let shift := sub(246, lane)
                result := or(and(word, not(shl(shift, CHANGE_MASK))), shl(shift, and(change, CHANGE_MASK)))
            }

            let slot := 0
            let word := moved(sload(CHANGES_SLOT), 0, step)

            for {
                let cursor := sample.offset
                let end := add(cursor, sample.length)
            } lt(cursor, end) { cursor := add(cursor, 2) } {
                let position := add(shr(240, calldataload(cursor)), 1)
                let here := div(position, CHANGES_PER_SLOT)
                if xor(here, slot) {
                    sstore(add(CHANGES_SLOT, slot), word)
                    slot := here
                    word := sload(add(CHANGES_SLOT, here))
                }
                word := moved(word, mul(CHANGE_BITS, sub(position, mul(here, CHANGES_PER_SLOT))), step)
            }
            sstore(add(CHANGES_SLOT, slot), word)
        }
    }

    /* WEIGHTS */

    function weightCount() external view returns (uint256) {
        return _numWords() + 1;
    }

    function weights(uint256 from, uint256 to) external view returns (int32[] memory values) {
        uint256 count = _numWords() + 1;
        if (from >= to || to > count) revert WeightRangeInvalid(from, to, count);
        bytes memory all = _weightsBigEndian(from, to);
        values = new int32[](to - from);
        for (uint256 i = 0; i < values.length; ++i) {
            assembly ("memory-safe") {
                mstore(add(add(values, 32), mul(32, i)), sar(224, mload(add(add(all, 32), mul(4, i)))))
            }
        }
    }

    function digest() external view returns (bytes32) {
        return keccak256(_weightsBigEndian(0, _numWords() + 1));
    }

    /// @dev The logical weights in `[from, to)` (words first, bias last) as packed big-endian int32.
    function _weightsBigEndian(uint256 from, uint256 to) private view returns (bytes memory packed) {
        uint256 numWords = _numWords();
        packed = new bytes(4 * (to - from) + 32);
        uint256 base = _chunkBuffer(numWords);
        uint256 loaded = type(uint256).max;
        uint256 slot = type(uint256).max;
        uint256 word;

        for (uint256 i = from; i < to; ++i) {
            uint256 position = i == numWords ? 0 : i + 1;
            if (position / CHUNK_WEIGHTS != loaded) {
                loaded = position / CHUNK_WEIGHTS;
                _loadChunk(base, loaded, numWords);
            }
            assembly ("memory-safe") {
                let here := div(position, CHANGES_PER_SLOT)
                if xor(here, slot) {
                    slot := here
                    word := sload(add(CHANGES_SLOT, here))
                }
                let lane := mul(CHANGE_BITS, sub(position, mul(here, CHANGES_PER_SLOT)))
                let value := add(
                    sar(246, shl(lane, word)),
                    sar(240, mload(add(base, shl(1, sub(position, mul(loaded, CHUNK_WEIGHTS))))))
                )
                // Writes 28 bytes beyond the value, which later values or the spare word take.
                mstore(add(add(packed, 32), shl(2, sub(i, from))), shl(224, value))
            }
        }
        assembly ("memory-safe") {
            mstore(packed, shl(2, sub(to, from)))
        }
    }
}
