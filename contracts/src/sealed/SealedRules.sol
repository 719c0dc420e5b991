// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// @title SealedRules
// The first 32 bytes of the parameters of `sealed-assessment`, as one value that is read once.

/// @dev epochLength uint32, waitSeals uint8, riskSeals uint8, learnSeals uint8, rate uint8, learningCost uint8, mostStanding
/// uint16, gate uint32, averaging uint8, judgeShift uint8, mostFeatures uint16; from the highest bit down. What follows them, the
/// prices, is not part of it.
type SealedRules is uint256;

using {
    epochLength,
    waitSeals,
    riskSeals,
    learnSeals,
    rate,
    learningCost,
    mostStanding,
    gate,
    averaging,
    judgeShift,
    mostFeatures
} for SealedRules global;

/// @dev In seconds.
function epochLength(SealedRules self) pure returns (uint256) {
    return SealedRules.unwrap(self) >> 224;
}

function waitSeals(SealedRules self) pure returns (uint256) {
    return uint8(SealedRules.unwrap(self) >> 216);
}

function riskSeals(SealedRules self) pure returns (uint256) {
    return uint8(SealedRules.unwrap(self) >> 208);
}

function learnSeals(SealedRules self) pure returns (uint256) {
    return uint8(SealedRules.unwrap(self) >> 200);
}

function rate(SealedRules self) pure returns (uint256) {
    return uint8(SealedRules.unwrap(self) >> 192);
}

function learningCost(SealedRules self) pure returns (uint256) {
    return uint8(SealedRules.unwrap(self) >> 184);
}

function mostStanding(SealedRules self) pure returns (uint256) {
    return uint16(SealedRules.unwrap(self) >> 168);
}

function gate(SealedRules self) pure returns (uint256) {
    return uint32(SealedRules.unwrap(self) >> 136);
}

function averaging(SealedRules self) pure returns (uint256) {
    return uint8(SealedRules.unwrap(self) >> 128);
}

function judgeShift(SealedRules self) pure returns (uint256) {
    return uint8(SealedRules.unwrap(self) >> 120);
}

function mostFeatures(SealedRules self) pure returns (uint256) {
    return uint16(SealedRules.unwrap(self) >> 104);
}
