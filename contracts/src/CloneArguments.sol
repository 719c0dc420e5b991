// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title CloneArguments
/// @notice Reads the immutable arguments that `PoolFactory` appends to a clone's code:
///
///     offset  0  owner           20 bytes
///            20  encoder hash    32 bytes
///            52  incentive       39 bytes, packed as the incentive documents
///            91  model           packed as the model documents, then its chunks' addresses
///           end  token           21 bytes: 1, then its address; in pools of native coin nothing
///
/// A parameter in code costs 100 gas to read; in storage the first read of a call costs 2,100. A byte more costs 200 to create.
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
        unchecked {
            uint256 length = _lengthBehind(parametersLength);
            return length / CHUNK_LENGTH - (length % CHUNK_LENGTH == 0 ? 0 : 1);
        }
    }

    /// @dev The ERC-20 token that deposits are paid in; zero for native coin. The byte before it makes the length of what is behind
    /// the model's parameters no multiple of a chunk's address.
    /// @param parametersLength Of the model, in bytes.
    function token(uint256 parametersLength) internal view returns (address) {
        unchecked {
            uint256 length = _lengthBehind(parametersLength);
            if (length % CHUNK_LENGTH == 0) return address(0);
            return address(uint160(word(MODEL + parametersLength + length - CHUNK_LENGTH) >> 96));
        }
    }

    /// @dev The 32 bytes at `offset` (zero beyond the end).
    function word(uint256 offset) internal view returns (uint256 value) {
        assembly ("memory-safe") {
            extcodecopy(address(), 0, add(CODE_LENGTH, offset), 32)
            value := mload(0)
        }
    }

    /// @dev Bytes behind the model's parameters, of a clone that the factory made.
    function _lengthBehind(uint256 parametersLength) private view returns (uint256) {
        unchecked {
            return address(this).code.length - CODE_LENGTH - MODEL - parametersLength;
        }
    }
}
