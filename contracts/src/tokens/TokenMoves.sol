// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IPool} from "../interfaces/IPool.sol";

/// @title TokenMoves
/// @notice Moves ERC-20 tokens in and out of the pool that calls it by `delegatecall`. Apart from the pools, whose code has no
/// room for it; each implementation creates its own.
/// @dev A token is somebody else's code, and may call anybody while it moves. No pool's tokens move while they move: balances are
/// compared before and after, and nothing else may have changed them.
contract TokenMoves is ReentrancyGuardTransient {
    address private immutable _SELF = address(this);

    /// @dev A pool of native coin has no token to move.
    modifier delegated(IERC20 token) {
        if (address(this) == _SELF) revert IPool.NotDelegated();
        if (address(token) == address(0)) revert IPool.NoToken();
        _;
    }

    /// @notice Takes exactly `amount` from an account that allowed it.
    function pull(IERC20 token, address from, uint256 amount) external delegated(token) nonReentrant {
        uint256 before = token.balanceOf(address(this));
        if (!SafeERC20.trySafeTransferFrom(token, from, address(this), amount)) {
            revert IPool.TokenTransferFailed(from, amount, _allowed(token, from));
        }
        _requireMoved(amount, before, token.balanceOf(address(this)));
    }

    /// @notice Gives exactly `amount` to an account.
    function push(IERC20 token, address to, uint256 amount) external delegated(token) nonReentrant {
        uint256 before = token.balanceOf(address(this));
        if (!SafeERC20.trySafeTransfer(token, to, amount)) revert IPool.WithdrawalFailed(to, amount);
        _requireMoved(amount, token.balanceOf(address(this)), before);
    }

    /// @notice Has the pool allowed `amount` by its owner's signature (EIP-2612). Whoever else brought that signature first has
    /// done no harm: what counts is what is allowed.
    function permit(IERC20 token, address owner, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        delegated(token)
        nonReentrant
    {
        bytes memory data = abi.encodeCall(IERC20Permit.permit, (owner, address(this), amount, deadline, v, r, s));
        bool taken = LowLevelCall.callNoReturn(address(token), data);
        uint256 allowed = _allowed(token, owner);
        if (!taken && allowed < amount) revert IPool.PermitRefused(owner, amount, allowed);
    }

    function _requireMoved(uint256 expected, uint256 from, uint256 to) private pure {
        uint256 moved = to > from ? to - from : 0;
        if (moved != expected) revert IPool.TokenAmountMismatch(expected, moved);
    }

    /// @dev What the pool may take from an account; 0 where the token does not say.
    function _allowed(IERC20 token, address owner) private view returns (uint256) {
        bytes memory data = abi.encodeCall(IERC20.allowance, (owner, address(this)));
        (bool answered, bytes32 amount,) = LowLevelCall.staticcallReturn64Bytes(address(token), data);
        return answered && LowLevelCall.returnDataSize() >= 32 ? uint256(amount) : 0;
    }
}
