// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// @title ClaimRules
// When, and by whom, a contribution can be claimed: the parameters that claims need, as one value that is read once.

/// @dev collectWait uint32, headStart uint32, refundWait uint32 (all in seconds), safeguards uint8; from the lowest bit up.
type ClaimRules is uint256;

using {
    collectWait,
    headStart,
    refundWait,
    safeguards,
    isGuarded,
    isRefundByAnyone,
    isExtendedByPauses
} for ClaimRules global;

/* SAFEGUARDS: bits of one byte; the published rules have none of them */

/// @dev No claim in a second in which a contribution was accepted.
uint256 constant GUARD = 1;
/// @dev Anyone may send an author's refund for it.
uint256 constant REFUND_BY_ANYONE = 2;
/// @dev No report while the pool is paused, nor in the head start after that; windows end as much later as it was paused.
uint256 constant PAUSES_EXTEND = 4;

uint256 constant ALL_SAFEGUARDS = GUARD | REFUND_BY_ANYONE | PAUSES_EXTEND;

function collectWait(ClaimRules self) pure returns (uint256) {
    return uint32(ClaimRules.unwrap(self));
}

function headStart(ClaimRules self) pure returns (uint256) {
    return uint32(ClaimRules.unwrap(self) >> 32);
}

function refundWait(ClaimRules self) pure returns (uint256) {
    return uint32(ClaimRules.unwrap(self) >> 64);
}

function safeguards(ClaimRules self) pure returns (uint256) {
    return uint8(ClaimRules.unwrap(self) >> 96);
}

function isGuarded(ClaimRules self) pure returns (bool) {
    return safeguards(self) & GUARD != 0;
}

function isRefundByAnyone(ClaimRules self) pure returns (bool) {
    return safeguards(self) & REFUND_BY_ANYONE != 0;
}

function isExtendedByPauses(ClaimRules self) pure returns (bool) {
    return safeguards(self) & PAUSES_EXTEND != 0;
}
