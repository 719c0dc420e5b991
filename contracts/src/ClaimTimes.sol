// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Pauses, Totals} from "./PoolSlots.sol";
import {ClaimRules} from "./incentives/ClaimRules.sol";
import {IIncentive} from "./interfaces/IIncentive.sol";

/// @title ClaimTimes
/// @notice Whether a contribution can be claimed at this time, by a pool's rules and its pauses.
/// @dev All times are sums of a few numbers of 40 bits, so that none overflows.
abstract contract ClaimTimes is IIncentive {
    /// @dev Seconds without a contribution for which refunds stay open in a guarded pool: whoever closes them, by contributing in
    /// each block, shall not collect what it closed.
    uint256 private constant QUIET = 1 hours;

    Pauses internal _pauses;

    /// @dev Not `==`: on a clock that ran back nothing can be claimed either.
    function _requireUnguarded(ClaimRules rules, Totals totals, uint256 index) internal view {
        if (rules.isGuarded() && block.timestamp <= totals.lastAccepted()) {
            revert ClaimGuarded(index, totals.lastAccepted());
        }
    }

    function _requireRefundWindow(ClaimRules rules, Totals totals, uint256 index, uint256 time) internal view {
        unchecked {
            _requireWithin(index, time + rules.refundWait() + 1, _lastRefund(rules, totals, time));
        }
    }

    function _requireReportWindow(ClaimRules rules, Totals totals, uint256 index, uint256 time) internal view {
        unchecked {
            uint256 from = time + rules.refundWait() + rules.headStart() + 1;
            if (_pausesMatter(rules, totals)) {
                Pauses pauses_ = _pauses;
                if (pauses_.since() != 0) revert ReportsPaused(index, pauses_.since());
                uint256 afterPause = pauses_.resumed() + rules.headStart() + 1;
                if (afterPause > from) from = afterPause;
            }
            _requireWithin(index, from, _lastSecond(rules, totals, time));
        }
    }

    function _requireCollectable(ClaimRules rules, Totals totals, uint256 index, uint256 time) internal view {
        unchecked {
            uint256 from = _lastRefund(rules, totals, time) + 1;
            if (block.timestamp < from) revert TooEarly(index, block.timestamp, from, type(uint256).max);
        }
    }

    /// @dev In a guarded pool not before an hour without a contribution is over.
    function _lastRefund(ClaimRules rules, Totals totals, uint256 time) private view returns (uint256 until) {
        unchecked {
            until = _lastSecond(rules, totals, time);
            if (rules.isGuarded()) {
                uint256 quiet = totals.lastAccepted() + QUIET;
                if (quiet > until) until = quiet;
            }
        }
    }

    /// @dev Of a contribution's reports, and of its refunds unless contributions go on.
    function _lastSecond(ClaimRules rules, Totals totals, uint256 time) private view returns (uint256) {
        unchecked {
            uint256 until = time + rules.collectWait();
            return _pausesMatter(rules, totals) ? until + _pauses.elapsedUntil(block.timestamp) : until;
        }
    }

    function _requireWithin(uint256 index, uint256 from, uint256 until) private view {
        if (block.timestamp < from) revert TooEarly(index, block.timestamp, from, until);
        if (block.timestamp > until) revert TooLate(index, block.timestamp, from, until);
    }

    /// @dev Pools that were never paused do not pay for reading a slot.
    function _pausesMatter(ClaimRules rules, Totals totals) private pure returns (bool) {
        return rules.isExtendedByPauses() && totals.wasEverPaused();
    }
}
