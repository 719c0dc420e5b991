// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CloneArguments} from "../CloneArguments.sol";
import {IIncentive} from "../interfaces/IIncentive.sol";
import {ClaimRules} from "./ClaimRules.sol";
import {Incentive} from "./Incentive.sol";
import {Windows} from "./Windows.sol";

/// @title Points
/// @notice No money, standing only: contributing is free, a refund gives a point (the verified count), a report by a verified
/// account closes a contribution that the model contradicts before it can earn one, and anyone may clear away what nobody
/// claimed. For groups that trust each other enough to play without deposits; the gamification of Harris & Waggoner 2019.
/// @dev Parameters, packed big-endian: two zero bytes, safeguards uint8, refundWait uint32, headStart uint32, collectWait
/// uint32 (all in seconds), 24 zero bytes. Safeguards (see `ClaimRules`) keep standing and points here, as they keep money
/// elsewhere.
abstract contract Points is Windows {
    /* PARAMETERS */

    /// @inheritdoc IIncentive
    function incentiveId() external pure returns (bytes32) {
        return "points/1";
    }

    /// @notice refundWait, collectWait, safeguards, headStart.
    function incentiveParameters() external view returns (uint256[] memory parameters) {
        ClaimRules rules = _claimRules();
        parameters = new uint256[](4);
        (parameters[0], parameters[1]) = (rules.refundWait(), rules.collectWait());
        (parameters[2], parameters[3]) = (rules.safeguards(), rules.headStart());
    }

    /// @inheritdoc Incentive
    function _validateIncentive() internal view override {
        _validateWindows();
        uint256 rules = CloneArguments.word(CloneArguments.INCENTIVE) >> 240;
        if (rules != 0) revert IncentiveRuleUnknown(rules >> 8, uint8(rules));
        uint256 amounts = CloneArguments.word(CloneArguments.INCENTIVE + 15) >> 64;
        if (amounts != 0) revert IncentivePriceOutOfRange(amounts >> 96, uint96(amounts));
    }

    /* PRICE */

    /// @inheritdoc Incentive
    function _priceRoundedDown(uint256) internal pure override returns (uint96) {
        return 0;
    }

    /* CLAIMS */

    /// @inheritdoc Incentive
    function _shareRoundedDown(uint256, uint256 left, uint256, uint256) internal pure override returns (uint96) {
        return uint96(left);
    }

    /// @inheritdoc Incentive
    function _burnsLeftover() internal pure override returns (bool) {
        return true;
    }
}
