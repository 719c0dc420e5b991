// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title IIncentive
/// @notice The money rule of a pool: what a contribution costs, when it may be claimed, and how much a claim pays.
/// @dev An incentive is an abstract contract that a pool inherits (`src/incentives`). It holds no money and keeps no
/// state: `Pool` moves the money, the incentive says how much and when. Its parameters are immutable (they are part of
/// the pool's code).
///
/// Assumptions:
/// - `block.timestamp` never runs backwards.
/// - All amounts fit in 96 bits; parameters under which one would not are refused at deployment.
interface IIncentive {
    /// @notice Thrown at deployment when the claim windows are not in order (`refundWait + headStart` must be below
    /// `collectWait`).
    error IncentiveWindowsMisordered(uint256 refundWait, uint256 headStart, uint256 collectWait);
    /// @notice Thrown at deployment when a guarded pool leaves less than `minimum` seconds for reports: whoever contributes in
    /// each block could keep everybody from claiming.
    error IncentiveWindowTooShort(uint256 window, uint256 minimum);
    /// @notice Thrown at deployment when a guarded pool keeps deposits for more than `maximum` seconds before anybody may claim.
    error IncentiveWaitTooLong(uint256 refundWait, uint256 maximum);
    /// @notice Thrown at deployment when a safeguard's bit is unknown.
    error IncentiveSafeguardsUnknown(uint256 safeguards);
    /// @notice Thrown at deployment when the price could be zero, could not fit in 96 bits, or never falls to what anybody
    /// could pay.
    error IncentivePriceOutOfRange(uint256 weightOrCost, uint256 step);
    /// @notice Thrown at deployment when a rule's number is unknown.
    error IncentiveRuleUnknown(uint256 priceRule, uint256 leftoverRule);
    /// @notice Thrown when a claim comes in the second of the last accepted contribution, which is `time`: whoever turned the
    /// model in it shall not use that in the same transaction. Try again in the next second.
    error ClaimGuarded(uint256 index, uint256 time);
    /// @notice Thrown on a report while the pool is paused, which it is since `since`.
    error ReportsPaused(uint256 index, uint256 since);
    /// @notice Thrown when a claim comes before its window opens. `until` is the last second of the window;
    /// the largest uint256 when it never closes.
    error TooEarly(uint256 index, uint256 timestamp, uint256 from, uint256 until);
    /// @notice Thrown when a claim comes after its window closed at `until`.
    error TooLate(uint256 index, uint256 timestamp, uint256 from, uint256 until);

    /// @notice Name and version of the rule, left-aligned ASCII, such as "self-assessment/1".
    function incentiveId() external pure returns (bytes32);

    /// @notice The rule's parameters, as numbers in the order that the rule documents.
    function incentiveParameters() external view returns (uint256[] memory);

    /// @notice What a contribution would cost in wei if it were included in a block with this one's timestamp.
    function price() external view returns (uint256);

    /// @notice What a contribution costs in wei `elapsed` seconds after the last accepted one.
    function priceAfter(uint256 elapsed) external view returns (uint256);
}
