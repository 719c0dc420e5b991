// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {CloneArguments} from "../CloneArguments.sol";
import {ISealedPool} from "../interfaces/ISealedPool.sol";
import {SealedRules} from "./SealedRules.sol";

/// @title SealedAssessment
/// @notice The parameters of `sealed-assessment`, what they must be, and what follows from them for one contribution.
/// @dev Packed big-endian: those of `SealedRules`, then agreedPrice, promisedPrice, riskPrice and sealBounty, uint96 each, in
/// wei; 67 bytes, more than a clone's arguments have for an incentive. So they lie in a chunk, whose address is in those
/// arguments, and the reference behind them, which is read together with them.
/// @custom:pools SealedAssessed
abstract contract SealedAssessment is ISealedPool {
    uint8 internal constant AGREED = 0;
    uint8 internal constant PROMISED = 1;
    uint8 internal constant AT_RISK = 2;

    uint256 internal constant PARAMETERS_LENGTH = 67;
    uint256 private constant PARAMETERS = 15;
    /// @dev Places among the parameters, and where prices begin.
    uint256 private constant FIRST_PRICE = 11;
    uint256 private constant PRICES = 19;
    uint256 private constant PRICE_LENGTH = 12;
    uint256 private constant BOUNTY = 3;
    uint256 private constant MOST_JUDGE_SHIFT = 6;
    /// @dev How long a deposit waits at most where each seal is made as soon as it may be.
    uint256 private constant LONGEST_WAIT = 366 days;
    /// @dev Between two seals: what can be settled after the one and no more after the other needs a block in between, in
    /// which whoever orders transactions has to let others act.
    uint256 private constant SHORTEST_EPOCH = 1 hours;

    /* PARAMETERS */

    /// @inheritdoc ISealedPool
    function incentiveId() external pure returns (bytes32) {
        return "sealed-assessment/1";
    }

    /// @inheritdoc ISealedPool
    function incentiveParameters() external view returns (uint256[] memory) {
        return _parameters();
    }

    /// @inheritdoc ISealedPool
    function rules() external view returns (address) {
        return _rulesChunk();
    }

    function _rulesChunk() internal view returns (address) {
        return address(uint160(CloneArguments.word(CloneArguments.INCENTIVE) >> 96));
    }

    function _rules() internal view returns (SealedRules) {
        return SealedRules.wrap(_ruleWord(0));
    }

    /// @dev The deposit of a contribution with this outcome.
    function _price(uint256 outcome) internal view returns (uint96) {
        return uint96(_ruleWord(PRICES + PRICE_LENGTH * outcome) >> 160);
    }

    /// @dev What a seal that somebody waited for is paid.
    /// @param cost What its gas costs at least, in wei.
    /// @param budget What it can be paid from.
    function _sealBounty(uint256 cost, uint256 budget) internal view returns (uint256 bounty) {
        bounty = _price(BOUNTY);
        if (cost < bounty) bounty = cost;
        if (budget < bounty) bounty = budget;
    }

    /// @dev The 32 bytes at `offset` of the parameters.
    function _ruleWord(uint256 offset) private view returns (uint256 value) {
        address chunk = _rulesChunk();
        assembly ("memory-safe") {
            extcodecopy(chunk, 0, add(offset, 1), 32)
            value := mload(0)
        }
    }

    function _parameters() private view returns (uint256[] memory parameters) {
        SealedRules rules_ = _rules();
        parameters = new uint256[](PARAMETERS);
        (parameters[0], parameters[1], parameters[2]) = (rules_.epochLength(), rules_.waitSeals(), rules_.riskSeals());
        (parameters[3], parameters[4], parameters[5]) = (rules_.learnSeals(), rules_.rate(), rules_.learningCost());
        (parameters[6], parameters[7], parameters[8]) = (rules_.mostStanding(), rules_.gate(), rules_.averaging());
        (parameters[9], parameters[10]) = (rules_.judgeShift(), rules_.mostFeatures());
        for (uint256 i = FIRST_PRICE; i < PARAMETERS; ++i) {
            parameters[i] = _price(i - FIRST_PRICE);
        }
    }

    /// @param referenceLength Bytes of the reference.
    function _validateRules(uint256 referenceLength) internal view {
        bytes memory code = _rulesChunk().code;
        uint256 expected = 1 + PARAMETERS_LENGTH + referenceLength;
        // The leading zero byte (STOP) tells a chunk from a delegated account, whose code could change.
        if (code.length != expected || code[0] != 0) revert SealedRulesInvalid(expected, code.length);

        uint256[] memory p = _parameters();
        uint256 mostPrice = type(uint96).max;
        _requireWithin(0, p[0], SHORTEST_EPOCH, LONGEST_WAIT);
        uint256 mostSeals = LONGEST_WAIT / p[0];
        _requireWithin(1, p[1], 1, mostSeals < type(uint8).max ? mostSeals : type(uint8).max);
        _requireWithin(2, p[2], p[1], type(uint8).max);
        _requireWithin(3, p[3], p[2], type(uint8).max);
        _requireWithin(4, p[4], 1, type(uint8).max);
        _requireWithin(6, p[6], p[4] > p[5] ? p[4] : p[5], type(uint16).max);
        _requireWithin(8, p[8], 1, type(uint8).max);
        _requireWithin(9, p[9], 0, MOST_JUDGE_SHIFT);
        _requireWithin(11, p[11], 1, mostPrice);
        _requireWithin(12, p[12], p[11], mostPrice);
        // dearer, so that whoever pays no more than was quoted puts nothing at risk that was not
        _requireWithin(13, p[13], p[12] + 1, mostPrice);
    }

    /// @dev For a model of whose weights a mean would be none: a seal takes the learner's as they are.
    function _requireSnapshot() internal view {
        _requireWithin(8, _rules().averaging(), 1, 1);
        _requireWithin(9, _rules().judgeShift(), 0, 0);
    }

    /// @dev What a seal costs is known in wei, and so is what it may be paid at most: no token is paid for one.
    function _requireNoBounty() internal view {
        _requireWithin(FIRST_PRICE + BOUNTY, _price(BOUNTY), 0, 0);
    }

    function _requireWithin(uint256 parameter, uint256 value, uint256 least, uint256 most) private pure {
        if (value < least || value > most) revert SealedParameterOutOfRange(parameter, value, least, most);
    }

    /* ONE CONTRIBUTION */

    /// @return outcome By what the judge says, and the author's standing.
    function _outcomeOf(SealedRules rules_, bool agrees, uint256 standing) internal pure returns (uint8 outcome) {
        if (agrees) return AGREED;
        return standing >= rules_.rate() ? PROMISED : AT_RISK;
    }

    /// @return The author's standing once a contribution with this outcome is accepted.
    function _standingAfter(SealedRules rules_, uint256 outcome, uint256 standing) internal pure returns (uint256) {
        if (outcome == AGREED) return _raised(rules_, standing);
        return outcome == PROMISED ? standing - rules_.rate() : standing;
    }

    /// @return Seals that somebody waits for once a contribution with this outcome is accepted: until it can be settled; one at
    /// risk until it is lost.
    function _seals(SealedRules rules_, uint256 outcome) internal pure returns (uint256) {
        return outcome == AT_RISK ? rules_.riskSeals() + 1 : rules_.waitSeals();
    }

    function _raised(SealedRules rules_, uint256 standing) internal pure returns (uint256) {
        return standing < rules_.mostStanding() ? standing + 1 : standing;
    }
}
