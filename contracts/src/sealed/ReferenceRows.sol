// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Scratch} from "../models/Scratch.sol";
import {SealedAssessment} from "./SealedAssessment.sol";
import {SealedJudge} from "./SealedJudge.sol";

/// @title ReferenceRows
/// @notice The reference of a pool whose classes have rows of weights in it: one row for two classes, otherwise one for each; the
/// bias is a row's last weight.
/// @dev int16, behind the rule's parameters: the last weight of all first, as everywhere, then the others, row after row.
abstract contract ReferenceRows is SealedAssessment, SealedJudge {
    function _rowsOf(uint256 classes) internal pure returns (uint256) {
        return classes == 2 ? 1 : classes;
    }

    /// @dev Copies the reference into memory, row after row; the caller gives it back.
    function _copyReference() internal view returns (uint256 place) {
        uint256 size = _referenceLength();
        address code = _rulesChunk();
        place = Scratch.take(size + 64) + 32;
        assembly ("memory-safe") {
            // The last weight comes first, and goes to the end.
            let before := sub(place, 2)
            extcodecopy(code, before, add(1, PARAMETERS_LENGTH), size)
            mstore(sub(add(place, size), 2), shl(240, shr(240, mload(before))))
        }
    }

    /// @notice The reference's weights in `[from, to)`, row after row, the bias last in each.
    function referenceWeights(uint256 from, uint256 to) external view returns (int32[] memory values) {
        _requireRange(from, to, _referenceLength() / 2);
        uint256 place = _copyReference();
        values = new int32[](to - from);
        for (uint256 i = from; i < to; ++i) {
            int256 value;
            assembly ("memory-safe") {
                value := sar(240, mload(add(place, shl(1, i))))
            }
            values[i - from] = int32(value);
        }
    }

    function _requireRange(uint256 from, uint256 to, uint256 count) internal pure {
        if (from >= to || to > count) revert WeightRangeInvalid(from, to, count);
    }

    /// @dev keccak256 of weights as big-endian int32.
    function _digestOf(int32[] memory values) internal pure returns (bytes32 digest_) {
        uint256 count = values.length;
        bytes memory packed = new bytes(4 * count + 32);
        for (uint256 i = 0; i < count; ++i) {
            int32 value = values[i];
            assembly ("memory-safe") {
                // Writes 28 bytes beyond the value, which later values or the spare word take.
                mstore(add(add(packed, 32), shl(2, i)), shl(224, value))
            }
        }
        assembly ("memory-safe") {
            digest_ := keccak256(add(packed, 32), shl(2, count))
        }
    }
}
