// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

// @title Step

/// @dev The step of a perceptron's update after `accepted` contributions: max(1, floor(eta0 * tau / (tau + accepted))),
/// and eta0 where tau is 0. Nothing overflows.
/// @param parameters A perceptron's packed parameters, with eta0, uint16, from bit 216 on and tau, uint40, from bit 176
/// on.
function stepRoundedDown(uint256 parameters, uint256 accepted) pure returns (int256) {
    uint256 eta0 = uint16(parameters >> 216);
    uint256 tau = uint40(parameters >> 176);
    if (tau == 0) return int256(eta0);
    uint256 step = eta0 * tau / (tau + accepted);
    return step == 0 ? int256(1) : int256(step);
}
