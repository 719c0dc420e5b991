// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";

import {CloneArguments} from "../CloneArguments.sol";
import {Ownership} from "../Ownership.sol";
import {IModel} from "../interfaces/IModel.sol";
import {IPool} from "../interfaces/IPool.sol";
import {ISealedPool} from "../interfaces/ISealedPool.sol";
import {Tokens} from "../tokens/Tokens.sol";
import {SealedAssessment} from "./SealedAssessment.sol";
import {SealedJudge} from "./SealedJudge.sol";
import {SealedRules} from "./SealedRules.sol";
import {Account, Clock} from "./SealedSlots.sol";

/// @title SealedPool
/// @dev See `ISealedPool`. The money and the order of things in the life of a contribution whose judge is sealed; beside it a
/// concrete pool inherits a model, which is the learner, and its judge. Every entry point has the rhythm of `Pool`'s: who
/// calls, checks, compute, write, emit, transfer.
abstract contract SealedPool is ISealedPool, SealedAssessment, SealedJudge, Tokens, Ownership, ERC2771Context {
    /// @dev Bits of a contribution's slot below its commitment: a task's number, some day.
    uint256 private constant TASK_BITS = 32;

    Clock private _clock;
    /// @dev Part of what the clock says is held.
    uint256 private _budget;
    mapping(address holder => Account) private _accounts;
    mapping(uint256 index => uint256 commitmentAndTask) private _entries;
    mapping(uint256 epoch => uint256) private _atRisk;

    /* CREATION */

    /// @dev Locks the implementation itself: it cannot be initialised, it is paused and never sealed, and no payment fits
    /// beside what it holds. Only clones can be used.
    constructor(address trustedForwarder_) ERC2771Context(trustedForwarder_) {
        _clock = Clock.wrap(type(uint256).max);
    }

    /// @inheritdoc ISealedPool
    function initialize() external {
        if (_clock.sealedAt() != 0) revert IPool.PoolAlreadyInitialized();
        _validateModel();
        _validateRules(_referenceLength());
        _validateJudge(_rules().judgeShift());
        if (_token() != address(0)) _requireNoBounty();

        _clock = Clock.wrap(0).withSealedAt(block.timestamp);
    }

    /* CONTRIBUTE */

    /// @inheritdoc ISealedPool
    function contribute(bytes calldata sample, uint16 label, uint256 maxPrice) external payable returns (uint256 index) {
        address contributor = _msgSender();
        Clock clock = _clock;
        if (clock.paused()) revert IPool.ContributionsPaused();
        index = clock.count();
        Account account_ = _accounts[contributor];
        uint256 standing = account_.standing();

        uint8 outcome;
        (outcome, standing) = _ask(clock, standing, sample, label);
        uint96 deposit = _price(outcome);
        if (deposit > maxPrice) revert IPool.PriceAboveMaximum(deposit, maxPrice);
        uint256 before = account_.credit();
        (uint256 value, uint256 pulled) = _payment(before, deposit);
        uint256 held = _held(clock, value);
        if (before + value < deposit) revert IPool.PaymentTooLow(deposit, before, value);
        uint256 remaining = before + value - deposit;

        _accounts[contributor] = account_.withCredit(remaining).withStanding(standing);
        if (outcome == AT_RISK) _atRisk[clock.epoch()] += deposit;
        _entries[index] =
            _entryOf(Contribution(index, contributor, label, outcome, uint32(clock.epoch()), deposit), keccak256(sample));
        _clock = clock.withAccepted().withHeld(held).withAwaited(_seals(_rules(), outcome));

        emit Contributed(
            index, contributor, label, outcome, uint32(clock.epoch()), deposit, uint16(standing), sample
        );
        if (remaining != before) emit IPool.CreditChanged(contributor, uint96(remaining));
        if (pulled != 0) _pull(contributor, pulled);
    }

    /// @dev What a sample with this label is, and its author's standing afterwards.
    function _ask(Clock clock, uint256 standing, bytes calldata sample, uint16 label)
        private
        view
        returns (uint8 outcome, uint256 standingAfter)
    {
        if (label >= _classCount()) revert LabelOutOfRange(label, _classCount());
        SealedRules rules_ = _rules();
        uint256 most = rules_.mostFeatures();
        if (most != 0 && sample.length > 2 * most) revert SampleTooLong(sample.length / 2, most);
        (uint16 judged,) = _judge(sample, clock.epoch(), rules_.judgeShift());
        _requireSize(sample);
        outcome = _outcomeOf(rules_, judged == label, standing);
        standingAfter = _standingAfter(rules_, outcome, standing);
    }

    /// @dev What is held with so much more, where there is room for it.
    function _held(Clock clock, uint256 value) private pure returns (uint256) {
        if (value > type(uint96).max - clock.held()) revert IPool.PaymentTooHigh(value);
        return clock.held() + value;
    }

    /* DEPOSIT */

    /// @inheritdoc ISealedPool
    function depositTokens(uint256 amount) external {
        _deposit(_msgSender(), amount);
    }

    /// @inheritdoc ISealedPool
    function depositTokensPermitted(uint256 amount, uint256, uint8, bytes32, bytes32) external {
        address holder = _msgSender();
        _permit(holder, amount);
        _deposit(holder, amount);
    }

    /// @dev First the tokens, as in `Pool`.
    function _deposit(address holder, uint256 amount) private {
        _pull(holder, amount);
        Clock clock = _clock;
        _clock = clock.withHeld(_held(clock, amount));
        Account account_ = _accounts[holder];
        uint256 credit = account_.credit() + amount;
        _accounts[holder] = account_.withCredit(credit);
        emit IPool.CreditChanged(holder, uint96(credit));
    }

    /* SETTLE */

    /// @inheritdoc ISealedPool
    function settle(Contribution calldata contribution, bytes calldata sample) external returns (uint96 amount) {
        uint256 index = contribution.index;
        address author = contribution.contributor;
        amount = contribution.deposit;
        Clock clock = _clock;
        _requireOpen(clock, contribution, keccak256(sample));
        if (_msgSender() != author) revert IPool.NotContributor(index, _msgSender(), author);
        SealedRules rules_ = _rules();
        uint256 from = contribution.epoch + rules_.waitSeals();
        if (clock.epoch() < from) revert TooFewSeals(index, clock.epoch(), from);
        Account account_ = _accounts[author];
        uint256 standing = account_.standing();
        if (contribution.outcome == AT_RISK) {
            standing = _askAgain(clock, rules_, standing, contribution, sample);
            _atRisk[contribution.epoch] -= amount;
        }

        _entries[index] = 0;
        bool taught;
        (taught, standing) = _teach(clock, rules_, standing, contribution, sample);
        // what is learned waits for the next seal
        if (taught && clock.awaited() == 0) _clock = clock.withAwaited(1);
        uint256 credit = account_.credit() + amount;
        _accounts[author] = account_.withCredit(credit).withStanding(standing);

        emit Settled(index, author, amount, taught, uint16(standing));
        emit IPool.CreditChanged(author, uint96(credit));
    }

    /// @dev The author's standing once a contribution at risk is settled.
    function _askAgain(
        Clock clock,
        SealedRules rules_,
        uint256 standing,
        Contribution calldata contribution,
        bytes calldata sample
    ) private view returns (uint256) {
        uint256 until = contribution.epoch + rules_.riskSeals();
        if (clock.epoch() > until) revert Expired(contribution.index, clock.epoch(), until);
        (uint16 predicted,) = _judge(sample, clock.epoch(), rules_.judgeShift());
        if (predicted == contribution.label) return _raised(rules_, standing);
        if (standing < rules_.rate()) revert JudgeDisagrees(contribution.index, predicted, contribution.label);
        return standing - rules_.rate();
    }

    /// @dev Gives the sample to the learner, where it may teach.
    /// @return taught Whether it did.
    /// @return standingAfter What that left of the author's standing.
    function _teach(
        Clock clock,
        SealedRules rules_,
        uint256 standing,
        Contribution calldata contribution,
        bytes calldata sample
    ) private returns (bool taught, uint256 standingAfter) {
        uint16 label = contribution.label;
        if (clock.epoch() > contribution.epoch + rules_.learnSeals()) return (false, standing);
        if (_gap(sample, label) < -int256(rules_.gate())) return (false, standing);

        bool costs = contribution.outcome == AGREED;
        uint256 cost = rules_.learningCost();
        if (costs && (standing < cost || !_trainPredicts())) {
            (uint16 learners,) = _predict(sample);
            if (learners == label) costs = false;
            else if (standing < cost) return (false, standing);
        }
        uint16 predicted = _train(sample, label, clock.count());
        return (true, costs && predicted != label ? standing - cost : standing);
    }

    /* SEAL */

    /// @inheritdoc ISealedPool
    function seal() external returns (uint96 bounty) {
        address sealer = _msgSender();
        Clock clock = _clock;
        SealedRules rules_ = _rules();
        uint256 from = clock.sealedAt() + rules_.epochLength();
        if (block.timestamp < from) revert SealedTooEarly(block.timestamp, from);

        uint256 epoch_ = clock.epoch();
        uint256 parts = epoch_ + 2 < rules_.averaging() ? epoch_ + 2 : rules_.averaging();
        bytes32 newDigest = _seal(epoch_, rules_.judgeShift(), parts);
        ++epoch_;
        _clock = clock.withSeal(block.timestamp);
        uint256 burned = _expire(rules_, epoch_);
        uint256 before = _budget;
        uint256 budget = before + burned;
        bounty = clock.awaited() == 0 || !_isWholeTransaction() ? 0 : uint96(_sealBounty(_sealCost(), budget));
        budget -= bounty;
        if (budget != before) _budget = budget;

        emit Sealed(epoch_, sealer, bounty, uint96(burned), newDigest);
        if (bounty != 0) {
            Account account_ = _accounts[sealer];
            uint256 credit = account_.credit() + bounty;
            _accounts[sealer] = account_.withCredit(credit);
            emit IPool.CreditChanged(sealer, uint96(credit));
        }
    }

    /// @dev An account without code has sent this call and nothing else. Whatever else a transaction is there for may pay for a
    /// seal as well: the floor price of its data (EIP-7623) covers 400,000 gas and more of what it runs.
    function _isWholeTransaction() private view returns (bool) {
        return msg.sender == tx.origin && msg.sender.code.length == 0 && msg.data.length == 4;
    }

    /// @dev What was at risk and can be settled no more in this epoch, while it could in the one before.
    function _expire(SealedRules rules_, uint256 epoch_) private returns (uint256 burned) {
        if (epoch_ <= rules_.riskSeals()) return 0;
        uint256 made = epoch_ - rules_.riskSeals() - 1;
        burned = _atRisk[made];
        if (burned != 0) _atRisk[made] = 0;
    }

    /// @inheritdoc ISealedPool
    function fund() external payable {
        Clock clock = _clock;
        uint256 held = _held(clock, msg.value);
        address token_ = _token();
        if (token_ != address(0)) revert IPool.ValueInTokenPool(msg.value, token_);

        _clock = clock.withHeld(held);
        uint256 budget = _budget + msg.value;
        _budget = budget;

        emit Funded(_msgSender(), uint96(msg.value), uint96(budget));
    }

    /* WITHDRAW */

    /// @inheritdoc ISealedPool
    function withdraw() external returns (uint96 amount) {
        address caller = _msgSender();
        return _withdraw(caller, caller);
    }

    /// @inheritdoc ISealedPool
    function withdrawTo(address receiver) external returns (uint96 amount) {
        return _withdraw(_msgSender(), receiver);
    }

    function _withdraw(address caller, address receiver) private returns (uint96 amount) {
        Account account_ = _accounts[caller];
        amount = uint96(account_.credit());
        if (amount == 0) revert IPool.NothingToWithdraw(caller);

        _accounts[caller] = account_.withCredit(0);
        Clock clock = _clock;
        _clock = clock.withHeld(clock.held() - amount);

        emit IPool.Withdrawn(caller, receiver, amount);

        _payOut(receiver, amount);
    }

    /* PAUSE */

    /// @inheritdoc ISealedPool
    function pause() external {
        _requireOwner();
        if (_clock.paused()) return;

        _clock = _clock.withPaused(true);

        emit IPool.Paused(_msgSender());
    }

    /// @inheritdoc ISealedPool
    function unpause() external {
        _requireOwner();
        if (!_clock.paused()) return;

        _clock = _clock.withPaused(false);

        emit IPool.Unpaused(_msgSender());
    }

    /* VIEWS */

    /// @notice Asks the judge. Free for anyone to call.
    function predict(bytes calldata sample) external view returns (uint16 label, int256 score) {
        return _judge(sample, _clock.epoch(), _rules().judgeShift());
    }

    /// @inheritdoc ISealedPool
    function quote(address contributor, bytes calldata sample, uint16 label)
        external
        view
        returns (uint8 outcome, uint256 price)
    {
        (outcome,) = _ask(_clock, _accounts[contributor].standing(), sample, label);
        price = _price(outcome);
    }

    /// @inheritdoc ISealedPool
    function token() external view returns (address) {
        return _token();
    }

    /// @inheritdoc ISealedPool
    function encoderHash() external view returns (bytes32) {
        return bytes32(CloneArguments.word(CloneArguments.ENCODER_HASH));
    }

    /// @inheritdoc ISealedPool
    function state()
        external
        view
        returns (uint256 count, uint256 epoch, uint256 sealedAt, uint256 escrow, uint256 budget)
    {
        Clock clock = _clock;
        budget = _budget;
        return (clock.count(), clock.epoch(), clock.sealedAt(), clock.held() - budget, budget);
    }

    /// @inheritdoc ISealedPool
    function paused() external view returns (bool) {
        return _clock.paused();
    }

    /// @inheritdoc ISealedPool
    function account(address holder) external view returns (uint256 credit, uint256 standing) {
        return (_accounts[holder].credit(), _accounts[holder].standing());
    }

    /// @inheritdoc ISealedPool
    function awaitedSeals() external view returns (uint256) {
        return _clock.awaited();
    }

    /// @inheritdoc ISealedPool
    function atRisk(uint256 epoch) external view returns (uint256) {
        return _atRisk[epoch];
    }

    /// @inheritdoc ISealedPool
    function commitment(uint256 index) external view returns (uint224) {
        return uint224(_entries[index] >> TASK_BITS);
    }

    /* INTERNAL */

    function _epoch() internal view override returns (uint256) {
        return _clock.epoch();
    }

    /// @dev An open contribution, as the caller described it.
    function _requireOpen(Clock clock, Contribution calldata contribution, bytes32 sampleHash) private view {
        uint256 index = contribution.index;
        uint256 entry = _entries[index];
        if (entry == 0) {
            if (index >= clock.count()) revert IPool.ContributionUnknown(index, clock.count());
            revert IPool.ContributionClosed(index);
        }
        if (entry != _entryOf(contribution, sampleHash)) revert IPool.ContributionMismatch(index);
    }

    /// @dev A contribution's slot: 224 bits, so that nobody finds two contributions with one commitment (2^112 work), of
    /// which the second would bring back more than was paid for the first.
    function _entryOf(Contribution memory contribution, bytes32 sampleHash) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(contribution, sampleHash))) << TASK_BITS;
    }

    /// @inheritdoc ERC2771Context
    function _msgSender() internal view override(Context, ERC2771Context) returns (address) {
        return ERC2771Context._msgSender();
    }

    /// @inheritdoc ERC2771Context
    function _msgData() internal view override(Context, ERC2771Context) returns (bytes calldata) {
        return ERC2771Context._msgData();
    }

    /// @inheritdoc ERC2771Context
    function _contextSuffixLength() internal view override(Context, ERC2771Context) returns (uint256) {
        return ERC2771Context._contextSuffixLength();
    }
}
