// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IPoolFactory
/// @notice Deploys pools as minimal clones of an implementation. A pool's parameters and the address of its initial
/// weights are part of the clone's code, so nobody can change them.
/// @dev Anyone may deploy. The factory has no owner, and keeps nothing but the tokens that it was deployed with: pools take
/// deposits in native coin, or in one of those.
///
/// A chunk's address follows from what it holds, a pool's from its implementation, its parameters, its weights, its creator
/// and how many equal pools that creator made before (CREATE2). So nobody can take an address before its owner does, and
/// whatever a reorganisation does to the order of transactions, an address that was told to others is a pool of these
/// parameters by this creator, or none.
///
/// Warning: the factory clones whatever implementation it is given. Compare a pool's implementation with one you trust.
interface IPoolFactory {
    /// @notice Thrown when a chunk of weights is empty or larger than a contract's code may be.
    error ChunkLengthInvalid(uint256 length, uint256 maximum);
    /// @notice Thrown when there is no contract at the implementation's address; a clone of it would keep what it is sent.
    error ImplementationMissing(address implementation);
    /// @notice Chunks are what `storeChunk` of this factory stored: other code may be gone after the transaction.
    error ChunkNotStored(address chunk);
    /// @notice Thrown when the incentive's parameters do not have the length that pools read.
    error IncentiveLengthInvalid(uint256 length, uint256 expected);
    /// @notice Thrown when the model's parameters do not have the length that the model reads. Addresses behind them would
    /// be read in place of the chunks, and the pool would not have the weights that it is sealed with.
    error ModelParametersLengthInvalid(uint256 length, uint256 expected);
    /// @notice Thrown when the chunks do not hold the initial weights that the pool is to be sealed with.
    error WeightsHashMismatch(bytes32 actual, bytes32 expected);

    /// @notice Thrown at deployment when there are more tokens than the list may have.
    error TokensTooMany(uint256 count, uint256 maximum);
    /// @notice Thrown at deployment when a token is no contract, or is there twice.
    error TokenInvalid(address token);
    /// @notice Thrown when a pool's deposits are to be paid in a token that is not on the factory's list.
    error TokenNotAllowed(address token);
    /// @notice Thrown when there is more of a token than a pool can hold: one account could fill the pool and stop all others.
    error TokenSupplyTooLarge(address token, uint256 supply, uint256 maximum);

    /// @notice A pool was created and initialised: all that it is made of, so that nobody has to take its code apart.
    /// @param incentive The incentive's parameters, packed.
    /// @param model The model's parameters, packed.
    /// @param chunks Where its initial weights are, in order.
    /// @param token The ERC-20 token that its deposits are paid in; zero for native coin.
    event PoolCreated(
        address indexed pool,
        address indexed implementation,
        address indexed owner,
        bytes32 encoderHash,
        bytes32 weightsHash,
        bytes incentive,
        bytes model,
        address[] chunks,
        address token
    );
    /// @notice A chunk of initial weights is code, written by this call or by an earlier one.
    event ChunkStored(address indexed chunk, uint256 length);

    /// @notice What a pool is created with.
    /// @param implementation The contract to clone: one combination of model and incentive.
    /// @param encoderHash keccak256 of the encoder's canonical file.
    /// @param weightsHash keccak256 of the initial weights as the model packs them, all chunks one after the other. Whoever
    /// stored the chunks, a pool of other weights cannot come into being.
    /// @param incentive The incentive's parameters, packed as the incentive documents.
    /// @param model The model's parameters, packed as the model documents.
    /// @param token The ERC-20 token that deposits are paid in, which the factory allows; zero for native coin.
    struct PoolParameters {
        address implementation;
        bytes32 encoderHash;
        bytes32 weightsHash;
        bytes incentive;
        bytes model;
        address token;
    }

    /// @notice Whether pools may take deposits in this ERC-20 token. Each was chosen by whoever deployed the factory, which cannot
    /// know what the token's owner will do: see docs/tokens.md.
    function allowsToken(address token) external view returns (bool);

    /// @notice Stores initial weights as code, for models too large for one transaction. What is stored already stays where
    /// it is.
    function storeChunk(bytes calldata data) external returns (address chunk);

    /// @notice Creates a pool owned by the caller.
    /// @param chunks Addresses of weights stored before, in order.
    /// @param tail The last chunk's bytes, stored by this call; empty when all are stored already.
    /// @return pool Its address, which nobody else can take; see above.
    function createPool(PoolParameters calldata parameters, address[] calldata chunks, bytes calldata tail)
        external
        returns (address pool);
}
