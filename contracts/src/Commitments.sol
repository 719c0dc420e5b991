// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPool} from "./interfaces/IPool.sol";

/// @title Commitments
/// @notice The hash by which a pool knows a contribution whose particulars it does not keep.
library Commitments {
    /// @dev The commitment to a contribution as a caller describes it.
    function hashOf(IPool.Contribution calldata contribution, bytes32 sampleHash) internal pure returns (bytes32) {
        return hash(
            contribution.index,
            contribution.contributor,
            contribution.label,
            contribution.time,
            contribution.deposit,
            sampleHash
        );
    }

    /// @dev keccak256 of the six as words, in memory that is not kept.
    function hash(
        uint256 index,
        address contributor,
        uint256 label,
        uint256 time,
        uint256 deposit,
        bytes32 sampleHash
    ) internal pure returns (bytes32 commitment) {
        uint256 author = uint160(contributor);
        assembly ("memory-safe") {
            let words := mload(0x40)
            mstore(words, index)
            mstore(add(words, 0x20), author)
            mstore(add(words, 0x40), label)
            mstore(add(words, 0x60), time)
            mstore(add(words, 0x80), deposit)
            mstore(add(words, 0xa0), sampleHash)
            commitment := keccak256(words, 0xc0)
        }
    }

    /// @dev 160 bits, as in an address: a second preimage is out of reach, and a collision (2^80 work) could at most
    /// move its maker's own deposit, since what is left stands beside the commitment.
    function truncated(bytes32 commitment) internal pure returns (uint160) {
        return uint160(uint256(commitment));
    }
}
