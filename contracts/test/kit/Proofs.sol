// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPool} from "../../src/interfaces/IPool.sol";

/// @title Proofs
/// @notice Leaves, root and proofs of a batch's tree, written down a second time from `IPool`'s words.
library Proofs {
    function leaf(IPool.Contribution memory what, bytes memory sample) internal pure returns (bytes32) {
        return keccak256(abi.encode(what.index, what.contributor, what.label, what.time, what.deposit, keccak256(sample)));
    }

    /// @notice Hashes beside the path from leaf `place` to the root, and the root.
    function make(bytes32[] memory leaves, uint256 place)
        internal
        pure
        returns (bytes32[] memory proof, bytes32 root)
    {
        proof = new bytes32[](8);
        uint256 count;
        while (leaves.length > 1) {
            uint256 beside = place ^ 1;
            if (beside < leaves.length) proof[count++] = leaves[beside];
            leaves = _parents(leaves);
            place /= 2;
        }
        root = leaves[0];
        assembly ("memory-safe") {
            mstore(proof, count)
        }
    }

    function _parents(bytes32[] memory nodes) private pure returns (bytes32[] memory parents) {
        parents = new bytes32[]((nodes.length + 1) / 2);
        for (uint256 i = 0; i < parents.length; ++i) {
            bytes32 left = nodes[2 * i];
            if (2 * i + 1 == nodes.length) {
                parents[i] = left;
                continue;
            }
            bytes32 right = nodes[2 * i + 1];
            parents[i] = left < right ? keccak256(abi.encode(left, right)) : keccak256(abi.encode(right, left));
        }
    }
}
