// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IIncentive} from "../interfaces/IIncentive.sol";
import {ClaimRules} from "./ClaimRules.sol";

/// @title Incentive
/// @notice What `Pool` asks of an incentive. An incentive is one file that implements these functions, and its twin.
abstract contract Incentive is IIncentive {
    /// @dev Reverts with what is wrong with the parameters.
    function _validateIncentive() internal view virtual;

    /// @dev The price `elapsed` seconds (at least 1) after the last accepted contribution; at least 1 wei, or
    /// always 0 where the incentive moves no money.
    function _priceRoundedDown(uint256 elapsed) internal view virtual returns (uint96);

    /// @dev When, and by whom, contributions can be claimed.
    function _claimRules() internal view virtual returns (ClaimRules);

    /// @dev What a report pays of `left`; between 1 and `left`, or 0 where nothing is left.
    function _shareRoundedDown(uint256 deposit, uint256 left, uint256 verified, uint256 totalVerified)
        internal
        view
        virtual
        returns (uint96);

    /// @dev Whether what is left at the end is burned; else whoever collects takes it.
    function _burnsLeftover() internal view virtual returns (bool);
}
