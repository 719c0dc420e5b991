// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CloneArguments} from "../CloneArguments.sol";
import {ALL_SAFEGUARDS, ClaimRules} from "./ClaimRules.sol";
import {Incentive} from "./Incentive.sol";

/// @title Windows
/// @notice The claim windows that incentives share: refund while refundWait < age <= collectWait, report while
/// refundWait + headStart < age <= collectWait, collect afterwards (in guarded pools not before `ClaimTimes` says); and the safeguards that go with them.
/// @dev Parameters: safeguards uint8, refundWait, headStart and collectWait, uint32 seconds each, after the incentive's
/// first two bytes. They lie in the order of `ClaimRules`, so that reading them is one copy and one shift.
abstract contract Windows is Incentive {
    /// @dev Of reports, in guarded pools.
    uint256 private constant SHORTEST_WINDOW = 1 hours;
    /// @dev Of an author for its deposit, in guarded pools.
    uint256 private constant LONGEST_WAIT = 366 days;

    /// @inheritdoc Incentive
    function _claimRules() internal view override returns (ClaimRules) {
        // 13 bytes after the first two, of 32
        return ClaimRules.wrap(CloneArguments.word(CloneArguments.INCENTIVE) >> 136 & type(uint104).max);
    }

    function _validateWindows() internal view {
        ClaimRules rules = _claimRules();
        if (rules.safeguards() & ~ALL_SAFEGUARDS != 0) revert IncentiveSafeguardsUnknown(rules.safeguards());
        uint256 reportWait = rules.refundWait() + rules.headStart();
        if (reportWait >= rules.collectWait()) {
            revert IncentiveWindowsMisordered(rules.refundWait(), rules.headStart(), rules.collectWait());
        }
        if (!rules.isGuarded()) return;
        uint256 forReports = rules.collectWait() - reportWait;
        if (forReports < SHORTEST_WINDOW) revert IncentiveWindowTooShort(forReports, SHORTEST_WINDOW);
        if (rules.refundWait() > LONGEST_WAIT) revert IncentiveWaitTooLong(rules.refundWait(), LONGEST_WAIT);
    }
}
