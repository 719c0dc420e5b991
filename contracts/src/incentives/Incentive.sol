// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IIncentive} from "../interfaces/IIncentive.sol";

/// @title Incentive
/// @notice What `Pool` asks of an incentive. An incentive is one file that implements these functions, and its twin.
abstract contract Incentive is IIncentive {
    /// @dev Reverts with what is wrong with the parameters.
    function _validateIncentive() internal view virtual;

    /// @dev The price `elapsed` seconds (at least 1) after the last accepted contribution; at least 1 wei, or
    /// always 0 where the incentive moves no money.
    function _priceRoundedDown(uint256 elapsed) internal view virtual returns (uint96);

    /// @dev First and last second in which a contribution of `time` can be refunded or reported.
    function _claimWindow(uint256 time) internal view virtual returns (uint256 from, uint256 until);

    /// @dev First second in which a contribution of `time` can be collected.
    function _collectFrom(uint256 time) internal view virtual returns (uint256 from);

    /// @dev What a report pays of `left`; between 1 and `left`, or 0 where nothing is left.
    function _shareRoundedDown(uint256 deposit, uint256 left, uint256 verified, uint256 totalVerified)
        internal
        view
        virtual
        returns (uint96);

    /// @dev Whether what is left at the end is burned; else whoever collects takes it.
    function _burnsLeftover() internal view virtual returns (bool);

    /// @dev Reverts unless a refund or a report of a contribution of `time` is open now.
    function _requireClaimWindow(uint256 index, uint256 time) internal view {
        (uint256 from, uint256 until) = _claimWindow(time);
        if (block.timestamp < from) revert TooEarly(index, block.timestamp, from, until);
        if (block.timestamp > until) revert TooLate(index, block.timestamp, from, until);
    }

    /// @dev Reverts unless a contribution of `time` can be collected now.
    function _requireCollectable(uint256 index, uint256 time) internal view {
        uint256 from = _collectFrom(time);
        if (block.timestamp < from) revert TooEarly(index, block.timestamp, from, type(uint256).max);
    }
}
