// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IOwnership
/// @notice Who owns a pool. Ownership moves in two steps, so that it cannot go to an address that nobody controls.
interface IOwnership {
    /// @notice Thrown when somebody else than the owner uses one of the owner's verbs.
    error NotOwner(address caller, address owner);
    /// @notice Thrown when somebody accepts an ownership that was not offered to it.
    error NotPendingOwner(address caller, address pendingOwner);

    /// @notice The owner offered the pool to `pendingOwner`; the zero address takes an offer back.
    event OwnershipTransferStarted(address indexed owner, address indexed pendingOwner);
    /// @notice The pool went from `previousOwner` to `owner`.
    event OwnershipTransferred(address indexed previousOwner, address indexed owner);

    /// @notice Offers the pool to another account, in place of an earlier offer. Owner only.
    function transferOwnership(address newOwner) external;

    /// @notice Takes the pool over, if it was offered to the caller.
    function acceptOwnership() external;

    /// @notice The owner: who deployed the pool, until somebody accepted it.
    function owner() external view returns (address);

    /// @notice Who may accept the pool; zero when nobody may.
    function pendingOwner() external view returns (address);
}
