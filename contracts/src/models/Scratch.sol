// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Scratch
/// @notice Memory that several pieces of assembly work in, one after the other: taken before the first of them, given back
/// after the last, so that the samples of a batch share it. Nothing that Solidity allocates in between, or that a later
/// compiler might, can come to lie in it.
library Scratch {
    /// @dev Where free memory begins, for `release`.
    function free() internal pure returns (uint256 place) {
        assembly ("memory-safe") {
            place := mload(0x40)
        }
    }

    /// @param size In bytes, rounded up to whole words.
    /// @return place Where they begin; what they hold is not cleared.
    function take(uint256 size) internal pure returns (uint256 place) {
        assembly ("memory-safe") {
            place := mload(0x40)
            mstore(0x40, add(place, and(add(size, 31), not(31))))
        }
    }

    /// @dev Gives all memory back that was allocated since `free` said so; none of it may be used any more.
    function release(uint256 place) internal pure {
        assembly ("memory-safe") {
            mstore(0x40, place)
        }
    }
}
