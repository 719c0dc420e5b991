// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

/// @title BatchTree
/// @notice The tree over the commitments of a batch, as OpenZeppelin's `MerkleProof` climbs it.
library BatchTree {
    /// @dev Root of a tree in which a node is the hash of its two children in ascending order, and a node without a
    /// neighbour moves up as it is. A leaf is the hash of 192 bytes, a node of 64, so neither passes for the other.
    /// Overwrites `nodes`, which must not be empty.
    function root(bytes32[] memory nodes) internal pure returns (bytes32) {
        for (uint256 length = nodes.length; length > 1; length = (length + 1) / 2) {
            for (uint256 i = 0; i < length; i += 2) {
                nodes[i / 2] = i + 1 < length ? Hashes.commutativeKeccak256(nodes[i], nodes[i + 1]) : nodes[i];
            }
        }
        return nodes[0];
    }
}
