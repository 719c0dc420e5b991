// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";

import {CloneArguments} from "../CloneArguments.sol";
import {IPool} from "../interfaces/IPool.sol";
import {Model} from "../models/Model.sol";
import {TokenMoves} from "./TokenMoves.sol";

/// @title Tokens
/// @notice What pools of both families share where deposits are paid in an ERC-20 token. What is paid is reckoned with before the
/// tokens are asked for, last of all; a pool of native coin reads one size more than it did.
abstract contract Tokens is Model {
    /// @dev The first contract that the implementation creates, so that its address follows from the implementation's.
    address private immutable _MOVES = address(new TokenMoves());

    /// @dev Zero in a pool of native coin.
    function _token() internal view returns (address) {
        return CloneArguments.token(_parametersLength());
    }

    /// @dev What a caller pays for what costs `due`.
    /// @param credit That it has.
    /// @return value What was sent, or in a token's pool what of the price its credit does not cover.
    /// @return pulled The same where it must be asked for by `_pull` once all is written; else 0.
    function _payment(uint256 credit, uint256 due) internal view returns (uint256 value, uint256 pulled) {
        address token_ = _token();
        if (token_ == address(0)) return (msg.value, 0);
        if (msg.value != 0) revert IPool.ValueInTokenPool(msg.value, token_);
        if (due > credit) value = pulled = due - credit;
    }

    /// @dev Takes exactly `amount` of the pool's token from an account.
    function _pull(address from, uint256 amount) internal {
        _move(TokenMoves.pull.selector, _token(), from, amount);
    }

    /// @dev Has the pool allowed `amount` by its owner's signature, which the call's arguments end with.
    function _permit(address owner_, uint256 amount) internal {
        _move(TokenMoves.permit.selector, _token(), owner_, amount);
    }

    /// @dev Pays an amount out, in the pool's token or in native coin.
    function _payOut(address receiver, uint256 amount) internal {
        address token_ = _token();
        if (token_ != address(0)) return _move(TokenMoves.push.selector, token_, receiver, amount);

        // what the receiver answers is not looked at, and so not copied: a long answer costs nothing more
        bool sent = LowLevelCall.callNoReturn(receiver, amount, "");
        if (!sent) revert IPool.WithdrawalFailed(receiver, amount);
    }

    /// @dev Calls a function of `TokenMoves`, and fails as it does. Written by hand, because it is in every pool's code. Behind its
    /// arguments goes what `depositTokensPermitted` has behind its first, which `permit` alone reads.
    function _move(bytes4 what, address token_, address account_, uint256 amount) private {
        address moves = _MOVES;
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, what)
            mstore(add(data, 0x04), token_)
            mstore(add(data, 0x24), account_)
            mstore(add(data, 0x44), amount)
            calldatacopy(add(data, 0x64), 0x24, 0x80)
            if iszero(delegatecall(gas(), moves, data, 0xe4, 0, 0)) {
                returndatacopy(data, 0, returndatasize())
                revert(data, returndatasize())
            }
        }
    }
}
