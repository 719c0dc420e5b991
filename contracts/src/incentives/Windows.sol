// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {CloneArguments} from "../CloneArguments.sol";
import {Incentive} from "./Incentive.sol";

/// @title Windows
/// @notice The claim windows that incentives share: refund and report while refundWait < age <= collectWait, collect
/// afterwards.
/// @dev Parameters: refundWait and collectWait, uint32 seconds each, after the incentive's first two bytes.
abstract contract Windows is Incentive {
    function _windows() internal view returns (uint256 refundWait, uint256 collectWait) {
        uint256 word = CloneArguments.word(CloneArguments.INCENTIVE);
        refundWait = uint32(word >> 208);
        collectWait = uint32(word >> 176);
    }

    function _validateWindows() internal view {
        (uint256 refundWait, uint256 collectWait) = _windows();
        if (refundWait >= collectWait) revert IncentiveWindowsMisordered(refundWait, collectWait);
    }

    /// @inheritdoc Incentive
    function _claimWindow(uint256 time) internal view override returns (uint256 from, uint256 until) {
        (uint256 refundWait, uint256 collectWait) = _windows();
        // 40 bits and 32 bits: no sum overflows
        unchecked {
            return (time + refundWait + 1, time + collectWait);
        }
    }

    /// @inheritdoc Incentive
    function _collectFrom(uint256 time) internal view override returns (uint256 from) {
        (, uint256 collectWait) = _windows();
        unchecked {
            return time + collectWait + 1;
        }
    }
}
