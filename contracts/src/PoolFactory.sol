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
        address[] memory all = _allChunks(chunks, tail);
        bytes memory arguments =
            abi.encodePacked(msg.sender, parameters.encoderHash, parameters.incentive, parameters.model);
        for (uint256 i = 0; i < all.length; ++i) {
            arguments = abi.encodePacked(arguments, all[i]);
        }

        pool = _clone(parameters, arguments);
        emit PoolCreated(
            pool,
            parameters.implementation,
            msg.sender,
            parameters.encoderHash,
            parameters.weightsHash,
            parameters.incentive,
            parameters.model,
            all
        );

        IPool(pool).initialize();
        // After the model has looked at every chunk: each is code that cannot change, behind one leading byte.
        bytes32 actual = _weightsHash(all);
        if (actual != parameters.weightsHash) revert WeightsHashMismatch(actual, parameters.weightsHash);
    }

    /// @dev The chunks stored before, and the tail, which is stored here unless it is empty.
    function _allChunks(address[] calldata chunks, bytes calldata tail) private returns (address[] memory all) {
        uint256 count = chunks.length;
        all = new address[](tail.length == 0 ? count : count + 1);
        for (uint256 i = 0; i < count; ++i) {
            all[i] = chunks[i];
        }
        if (tail.length != 0) all[count] = _storeChunk(tail);
    }

    /// @dev A clone whose address follows from the factory, the implementation, the arguments (the creator among them), the
    /// hash of the weights, and how many pools of all these there were before. Nobody else can come by it, whatever becomes
    /// of the order of transactions.
    function _clone(PoolParameters calldata parameters, bytes memory arguments) private returns (address pool) {
        bytes32 salt;
        for (uint256 before = 0;; ++before) {
            salt = keccak256(abi.encode(parameters.weightsHash, msg.sender, before));
            pool = Clones.predictDeterministicAddressWithImmutableArgs(parameters.implementation, arguments, salt);
            if (pool.code.length == 0) break;
        }
        Clones.cloneDeterministicWithImmutableArgs(parameters.implementation, arguments, salt);
        assert(pool.code.length == CloneArguments.CODE_LENGTH + arguments.length);
    }

    /// @dev keccak256 of what the chunks hold, one after the other; O(bytes).
    function _weightsHash(address[] memory chunks) private view returns (bytes32) {
        uint256 length;
        for (uint256 i = 0; i < chunks.length; ++i) {
            length += chunks[i].code.length - 1;
        }
        bytes memory weights = new bytes(length);
        uint256 filled;
        for (uint256 i = 0; i < chunks.length; ++i) {
            address chunk = chunks[i];
            uint256 size = chunk.code.length - 1;
            assembly ("memory-safe") {
                extcodecopy(chunk, add(add(weights, 32), filled), 1, size)
            }
            filled += size;
        }
        return keccak256(weights);
    }

    /// @dev Weights that are stored already are not stored again: a chunk's address follows from what it holds.
    function _storeChunk(bytes calldata data) private returns (address chunk) {
        if (data.length == 0 || data.length > MAX_CHUNK_LENGTH) {
            revert ChunkLengthInvalid(data.length, MAX_CHUNK_LENGTH);
        }
        bytes memory content = data;
        chunk = SSTORE2.predictCounterfactualAddress(content, 0);
        if (chunk.code.length == 0) SSTORE2.writeCounterfactual(content, 0);
        emit ChunkStored(chunk, data.length);
    }
}
