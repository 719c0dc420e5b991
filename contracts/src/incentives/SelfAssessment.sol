// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {CloneArguments} from "../CloneArguments.sol";
import {IIncentive} from "../interfaces/IIncentive.sol";
import {ClaimRules} from "./ClaimRules.sol";
import {Incentive} from "./Incentive.sol";
import {Windows} from "./Windows.sol";

/// @title SelfAssessment
/// @notice Deposit, Refund, Take with self-assessment (Harris & Waggoner 2019; Ding & Hu, arXiv 2209.05017): the model,
/// as later contributions trained it, decides whether a deposit goes back to its author or to those who report it.
/// @dev Parameters, packed big-endian: price rule uint8, leftover rule uint8, safeguards uint8, refundWait uint32, headStart
/// uint32, collectWait uint32 (all in seconds), weight-or-cost uint96, step uint96 (both in wei).
///
/// Price rules, with `elapsed` the seconds since the last accepted contribution, at least 1:
/// - 0, decaying: max(step, floor(weight * 60 / isqrt(elapsed) / step) * step);
/// - 1, fixed: the submission cost (`step` is 0).
/// Step and cost are at most 2^90 wei; more than that nobody can pay.
/// Leftover rules: 0, burn; 1, anyone.
/// Safeguards: see `ClaimRules`; 0 and no head start are the published rules.
///
/// What it does not protect from, in any pool: `IPool` says it.
/// @custom:pools SelfAssessed
abstract contract SelfAssessment is Windows {
    uint256 internal constant PRICE_DECAYING = 0;
    uint256 internal constant PRICE_FIXED = 1;
    uint256 internal constant LEFTOVER_BURN = 0;
    uint256 internal constant LEFTOVER_ANYONE = 1;

    /// @dev No price stays above this: a billion coins of 18 decimals, ten times all ether.
    uint256 internal constant MAX_LOWEST_PRICE = 1 << 90;
    /// @dev The decaying price starts from this many times the weight.
    uint256 internal constant WEIGHT_FACTOR = 60;

    /* PARAMETERS */

    function _priceRule() private view returns (uint256) {
        return CloneArguments.word(CloneArguments.INCENTIVE) >> 248;
    }

    function _leftoverRule() private view returns (uint256) {
        return uint8(CloneArguments.word(CloneArguments.INCENTIVE) >> 240);
    }

    function _priceParameters() private view returns (uint256 weightOrCost, uint256 step) {
        uint256 word = CloneArguments.word(CloneArguments.INCENTIVE + 15);
        weightOrCost = word >> 160;
        step = uint96(word >> 64);
    }

    /// @inheritdoc IIncentive
    function incentiveId() external pure returns (bytes32) {
        return "self-assessment/1";
    }

    /// @notice Price rule, leftover rule, refundWait, collectWait, weight or cost, step, safeguards, headStart.
    function incentiveParameters() external view returns (uint256[] memory parameters) {
        ClaimRules rules = _claimRules();
        parameters = new uint256[](8);
        parameters[0] = _priceRule();
        parameters[1] = _leftoverRule();
        (parameters[2], parameters[3]) = (rules.refundWait(), rules.collectWait());
        (parameters[4], parameters[5]) = _priceParameters();
        (parameters[6], parameters[7]) = (rules.safeguards(), rules.headStart());
    }

    /// @inheritdoc Incentive
    function _validateIncentive() internal view override {
        _validateWindows();

        uint256 priceRule = _priceRule();
        uint256 leftoverRule = _leftoverRule();
        if (priceRule > PRICE_FIXED || leftoverRule > LEFTOVER_ANYONE) {
            revert IncentiveRuleUnknown(priceRule, leftoverRule);
        }

        (uint256 weightOrCost, uint256 step) = _priceParameters();
        bool valid = priceRule == PRICE_FIXED
            ? weightOrCost != 0 && weightOrCost <= MAX_LOWEST_PRICE && step == 0
            : weightOrCost != 0 && weightOrCost * WEIGHT_FACTOR <= type(uint96).max && step != 0
                && step <= MAX_LOWEST_PRICE;
        if (!valid) revert IncentivePriceOutOfRange(weightOrCost, step);
    }

    /* PRICE */

    /// @inheritdoc Incentive
    function _priceRoundedDown(uint256 elapsed) internal view override returns (uint96) {
        (uint256 weightOrCost, uint256 step) = _priceParameters();
        if (_priceRule() == PRICE_FIXED) return uint96(weightOrCost);

        uint256 steps = weightOrCost * WEIGHT_FACTOR / Math.sqrt(elapsed) / step;
        // Validation at deployment keeps both below 2^96.
        return uint96(steps == 0 ? step : steps * step);
    }

    /* CLAIMS */

    /// @inheritdoc Incentive
    function _shareRoundedDown(uint256 deposit, uint256 left, uint256 verified, uint256 totalVerified)
        internal
        pure
        override
        returns (uint96)
    {
        uint256 share = deposit * verified / totalVerified;
        return uint96(share == 0 || share > left ? left : share);
    }

    /// @inheritdoc Incentive
    function _burnsLeftover() internal view override returns (bool) {
        return _leftoverRule() == LEFTOVER_BURN;
    }
}
