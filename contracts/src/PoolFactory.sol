// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SSTORE2} from "solady/src/utils/SSTORE2.sol";

import {CloneArguments} from "./CloneArguments.sol";
import {IPool} from "./interfaces/IPool.sol";
import {IPoolFactory} from "./interfaces/IPoolFactory.sol";

/// @title PoolFactory
/// @dev See `IPoolFactory`.
contract PoolFactory is IPoolFactory {
    /// @dev A contract's code may have 24,576 bytes (EIP-170); SSTORE2 uses the first.
    uint256 internal constant MAX_CHUNK_LENGTH = 24_575;
    uint256 internal constant MAX_TOKENS = 16;

    mapping(address token => bool) private _allowed;

    /// @param tokens The ERC-20 tokens that pools may take deposits in, besides native coin; for good.
    constructor(address[] memory tokens) {
        if (tokens.length > MAX_TOKENS) revert TokensTooMany(tokens.length, MAX_TOKENS);
        for (uint256 i = 0; i < tokens.length; ++i) {
            address token = tokens[i];
            if (token.code.length == 0 || _allowed[token]) revert TokenInvalid(token);
            _allowed[token] = true;
        }
    }

    /// @inheritdoc IPoolFactory
    function allowsToken(address token) external view returns (bool) {
        return _allowed[token];
    }

    /// @inheritdoc IPoolFactory
    function storeChunk(bytes calldata data) external returns (address chunk) {
        return _storeChunk(data);
    }

    /// @inheritdoc IPoolFactory
    function createPool(PoolParameters calldata parameters, address[] calldata chunks, bytes calldata tail)
        external
        returns (address pool)
    {
        address implementation = parameters.implementation;
        bytes32 hash = parameters.weightsHash;
        bytes calldata incentive = parameters.incentive;
        bytes calldata model = parameters.model;
        address token = parameters.token;
        if (implementation.code.length == 0) revert ImplementationMissing(implementation);
        if (token != address(0)) _requireToken(token);
        if (incentive.length != CloneArguments.INCENTIVE_LENGTH) {
            revert IncentiveLengthInvalid(incentive.length, CloneArguments.INCENTIVE_LENGTH);
        }
        uint256 expected = IPool(implementation).modelParametersLength();
        if (model.length != expected) revert ModelParametersLengthInvalid(model.length, expected);
        address[] memory all = _allChunks(chunks, tail);
        bytes memory arguments =
            abi.encodePacked(msg.sender, parameters.encoderHash, incentive, model, _packed(all), _behind(token));

        pool = _clone(implementation, hash, arguments);
        emit PoolCreated(pool, implementation, msg.sender, parameters.encoderHash, hash, incentive, model, all, token);

        IPool(pool).initialize();
        // After the model has looked at every chunk: each is code behind one leading byte.
        bytes32 actual = _weightsHash(all);
        if (actual != hash) revert WeightsHashMismatch(actual, hash);
        _requireStored(all, address(bytes20(incentive)));
    }

    /// @dev Whoever had more of a token than a pool can hold could fill it, and keep everybody from contributing, for nothing.
    function _requireToken(address token) private view {
        if (!_allowed[token]) revert TokenNotAllowed(token);
        uint256 supply = IERC20(token).totalSupply();
        if (supply > type(uint96).max) revert TokenSupplyTooLarge(token, supply, type(uint96).max);
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

    /// @dev Code that is there within a transaction may be gone after it, and other code come to its place, unless it was
    /// created here: creation code that calls others may have itself destroyed and still leave code until the transaction ends.
    /// @param rules Where an incentive's rules are, if they lie in a chunk: whoever needs one has looked at it by now.
    function _requireStored(address[] memory chunks, address rules) private view {
        for (uint256 i = 0; i < chunks.length; ++i) {
            _requireStored(chunks[i]);
        }
        if (rules.code.length != 0) _requireStored(rules);
    }

    function _requireStored(address chunk) private view {
        if (SSTORE2.predictCounterfactualAddress(SSTORE2.read(chunk), 0) != chunk) revert ChunkNotStored(chunk);
    }

    /// @dev Addresses of 20 bytes, one after the other.
    function _packed(address[] memory chunks) private pure returns (bytes memory addresses) {
        addresses = new bytes(CloneArguments.CHUNK_LENGTH * chunks.length);
        for (uint256 i = chunks.length; i > 0; --i) {
            address chunk = chunks[i - 1];
            assembly ("memory-safe") {
                // The 12 bytes before are written next, or are those of the length, which is written again.
                mstore(add(addresses, mul(20, i)), chunk)
            }
        }
        assembly ("memory-safe") {
            mstore(addresses, mul(20, mload(chunks)))
        }
    }

    /// @dev What tells a token's pool from one of native coin, whose code shall not grow by it.
    function _behind(address token) private pure returns (bytes memory) {
        return token == address(0) ? bytes("") : abi.encodePacked(uint8(1), token);
    }

    /// @dev A clone whose address follows from the factory, the implementation, the arguments (the creator among them), the
    /// hash of the weights, and how many pools of all these there were before. Nobody else can come by it, whatever becomes
    /// of the order of transactions.
    function _clone(address implementation, bytes32 weightsHash, bytes memory arguments) private returns (address pool) {
        bytes32 salt;
        for (uint256 before = 0;; ++before) {
            salt = keccak256(abi.encode(weightsHash, msg.sender, before));
            pool = Clones.predictDeterministicAddressWithImmutableArgs(implementation, arguments, salt);
            if (pool.code.length == 0) break;
        }
        Clones.cloneDeterministicWithImmutableArgs(implementation, arguments, salt);
        assert(pool.code.length == CloneArguments.CODE_LENGTH + arguments.length);
    }

    /// @dev keccak256 of what the chunks hold, one after the other, in memory that is not kept; O(bytes).
    function _weightsHash(address[] memory chunks) private view returns (bytes32 hash) {
        uint256 count = chunks.length;
        assembly ("memory-safe") {
            let start := mload(0x40)
            let end := start
            for { let i := 0 } lt(i, count) { i := add(i, 1) } {
                let chunk := mload(add(add(chunks, 32), shl(5, i)))
                let size := sub(extcodesize(chunk), 1)
                extcodecopy(chunk, end, 1, size)
                end := add(end, size)
            }
            hash := keccak256(start, sub(end, start))
        }
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
