// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Context} from "@openzeppelin/contracts/utils/Context.sol";

import {CloneArguments} from "./CloneArguments.sol";
import {IOwnership} from "./interfaces/IOwnership.sol";

/// @title Ownership
/// @dev See `IOwnership`. OpenZeppelin's `Ownable2Step` does the same, but writes the first owner into storage when a pool
/// is created (22,100 gas); here it stays in the clone's code until somebody else accepts.
abstract contract Ownership is IOwnership, Context {
    /// @dev Zero as long as the first owner owns the pool.
    address private _laterOwner;
    address private _pendingOwner;

    /// @inheritdoc IOwnership
    function transferOwnership(address newOwner) external {
        _requireOwner();

        _pendingOwner = newOwner;

        emit OwnershipTransferStarted(owner(), newOwner);
    }

    /// @inheritdoc IOwnership
    function acceptOwnership() external {
        address caller = _msgSender();
        if (caller != _pendingOwner) revert NotPendingOwner(caller, _pendingOwner);
        address previous = owner();

        _laterOwner = caller;
        delete _pendingOwner;

        emit OwnershipTransferred(previous, caller);
    }

    /// @inheritdoc IOwnership
    function owner() public view returns (address) {
        if (_laterOwner != address(0)) return _laterOwner;
        return address(uint160(CloneArguments.word(CloneArguments.OWNER) >> 96));
    }

    /// @inheritdoc IOwnership
    function pendingOwner() external view returns (address) {
        return _pendingOwner;
    }

    function _requireOwner() internal view {
        if (_msgSender() != owner()) revert NotOwner(_msgSender(), owner());
    }
}
