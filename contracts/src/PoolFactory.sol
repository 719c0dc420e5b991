// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {SSTORE2} from "solady/src/utils/SSTORE2.sol";

import {CloneArguments} from "./CloneArguments.sol";
import {IPool} from "./interfaces/IPool.sol";
import {IPoolFactory} from "./interfaces/IPoolFactory.sol";

/// @title PoolFactory
/// @dev See `IPoolFactory`.
contract PoolFactory is IPoolFactory {
    /// @dev A contract's code may have 24,576 bytes (EIP-170); SSTORE2 uses the first.
    uint256 internal constant MAX_CHUNK_LENGTH = 24_575;

    /// @inheritdoc IPoolFactory
    function storeChunk(bytes calldata data) external returns (address chunk) {
        return _storeChunk(data);
    }

    /// @inheritdoc IPoolFactory
    function createPool(PoolParameters calldata parameters, address[] calldata chunks, bytes calldata tail)
        external
        returns (address pool)
    {
        if (parameters.implementation.code.length == 0) revert ImplementationMissing(parameters.implementation);
        if (parameters.incentive.length != CloneArguments.INCENTIVE_LENGTH) {
            revert IncentiveLengthInvalid(parameters.incentive.length, CloneArguments.INCENTIVE_LENGTH);
        }
        uint256 expected = IPool(parameters.implementation).modelParametersLength();
        if (parameters.model.length != expected) {
            revert ModelParametersLengthInvalid(parameters.model.length, expected);
        }
        bytes memory arguments =
            abi.encodePacked(msg.sender, parameters.encoderHash, parameters.incentive, parameters.model);
        for (uint256 i = 0; i < chunks.length; ++i) {
            arguments = abi.encodePacked(arguments, chunks[i]);
        }
        address last = tail.length == 0 ? address(0) : _storeChunk(tail);
        if (last != address(0)) arguments = abi.encodePacked(arguments, last);

        pool = Clones.cloneWithImmutableArgs(parameters.implementation, arguments);
        emit PoolCreated(pool, parameters.implementation, msg.sender, parameters.encoderHash, parameters.weightsHash);

        IPool(pool).initialize();
        // After the model has looked at every chunk: each is code that cannot change, behind one leading byte.
        bytes32 actual = _weightsHash(chunks, last);
        if (actual != parameters.weightsHash) revert WeightsHashMismatch(actual, parameters.weightsHash);
    }

    /// @dev keccak256 of what the chunks hold, one after the other; O(bytes).
    /// @param last Stored by this call; zero when `chunks` are all.
    function _weightsHash(address[] calldata chunks, address last) private view returns (bytes32) {
        uint256 count = chunks.length + (last == address(0) ? 0 : 1);
        uint256 length;
        for (uint256 i = 0; i < count; ++i) {
            length += (i < chunks.length ? chunks[i] : last).code.length - 1;
        }
        bytes memory weights = new bytes(length);
        uint256 filled;
        for (uint256 i = 0; i < count; ++i) {
            address chunk = i < chunks.length ? chunks[i] : last;
            uint256 size = chunk.code.length - 1;
            assembly ("memory-safe") {
                extcodecopy(chunk, add(add(weights, 32), filled), 1, size)
            }
            filled += size;
        }
        return keccak256(weights);
    }

    function _storeChunk(bytes calldata data) private returns (address chunk) {
        if (data.length == 0 || data.length > MAX_CHUNK_LENGTH) {
            revert ChunkLengthInvalid(data.length, MAX_CHUNK_LENGTH);
        }
        chunk = SSTORE2.write(data);
        emit ChunkStored(chunk, data.length);
    }
}
