// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title CloneArguments
/// @notice Reads the immutable arguments that `PoolFactory` appends to a clone's code:
///
///     offset  0  owner           20 bytes
///            20  encoder hash    32 bytes
///            52  incentive       39 bytes, packed as the incentive documents
///            91  model           packed as the model documents, then its chunks' addresses
///
/// A parameter in code costs 100 gas to read; in storage the first read of a call costs 2,100.
library CloneArguments {
    /// @dev Length of the code that OpenZeppelin's `Clones` puts before the arguments; the factory asserts it of each clone.
    uint256 internal constant CODE_LENGTH = 0x2d;

    uint256 internal constant OWNER = 0;
    uint256 internal constant ENCODER_HASH = 20;
    uint256 internal constant INCENTIVE = 52;
    uint256 internal constant INCENTIVE_LENGTH = 39;
    uint256 internal constant MODEL = INCENTIVE + INCENTIVE_LENGTH;
    /// @dev Of a chunk's address.
    uint256 internal constant CHUNK_LENGTH = 20;

    /// @dev How many chunks' addresses follow the model's parameters.
    /// @param parametersLength Of those, in bytes.
    function chunkCount(uint256 parametersLength) internal view returns (uint256) {
        return (address(this).code.length - CODE_LENGTH - MODEL - parametersLength) / CHUNK_LENGTH;
    }

    /// @dev The 32 bytes at `offset` (zero beyond the end).
    function word(uint256 offset) internal view returns (uint256 value) {
        assembly ("memory-safe") {
            extcodecopy(address(), 0, add(CODE_LENGTH, offset), 32)
            value := mload(0)
        }
    }
}
