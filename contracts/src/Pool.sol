// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";
import {Context} from "@openzeppelin/contracts/utils/Context.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

import {BatchTree} from "./BatchTree.sol";
import {ClaimTimes} from "./ClaimTimes.sol";
import {CloneArguments} from "./CloneArguments.sol";
import {Commitments} from "./Commitments.sol";
import {Ownership} from "./Ownership.sol";
import {Batch, Entry, Pauses, Totals} from "./PoolSlots.sol";
import {ClaimRules} from "./incentives/ClaimRules.sol";
import {Incentive} from "./incentives/Incentive.sol";
import {IIncentive} from "./interfaces/IIncentive.sol";
import {IModel} from "./interfaces/IModel.sol";
import {IPool} from "./interfaces/IPool.sol";
import {Model} from "./models/Model.sol";
import {Tokens} from "./tokens/Tokens.sol";

/// @title Pool
/// @dev See `IPool`. The money and the order of things; what a price, a claim and a prediction are comes from the incentive and the
/// model that a concrete pool inherits beside this contract. Every entry point has the same rhythm: who calls, checks,
/// compute, write, emit, transfer.
abstract contract Pool is IPool, ClaimTimes, Incentive, Model, Tokens, Ownership, ERC2771Context {
    /// @dev As many as a batch's slot has bits for.
    uint256 internal constant MAX_BATCH = 96;
    /// @dev In place of a batch's first index, for a contribution with a slot of its own; callers of the verbs for many say so
    /// by the same number.
    uint256 private constant NO_BATCH = type(uint256).max;

    Totals private _totals;
    /// @dev In wei, and all of it part of the escrow, so that no sum overflows. Apart from the verified counts, so that
    /// withdrawing clears a slot.
    mapping(address holder => uint256) private _credits;
    mapping(address holder => uint256) private _verified;
    mapping(uint256 index => Entry) private _entries;
    mapping(uint256 firstIndex => Batch) private _batches;
    /// @dev Whole, not 160 bits as an entry's commitment: a batch's deposits are known by this hash alone, so a collision
    /// that its maker finds (2^80 work at 160 bits) would claim what nobody paid.
    mapping(uint256 firstIndex => bytes32) private _roots;
    /// @dev One bit a contribution, 256 a word.
    mapping(address reporter => mapping(uint256 word => uint256 bits)) private _reported;

    /* CREATION */

    /// @dev Locks the implementation itself: it cannot be initialised, it is paused, and no payment fits beside such an
    /// escrow. Only clones can be used.
    constructor(address trustedForwarder_) ERC2771Context(trustedForwarder_) {
        _totals = Totals.wrap(type(uint256).max);
    }

    /// @inheritdoc IPool
    function initialize() external {
        if (_totals.lastAccepted() != 0) revert PoolAlreadyInitialized();
        _validateIncentive();
        _validateModel();

        _totals = Totals.wrap(block.timestamp);
    }

    /* CONTRIBUTE */

    /// @inheritdoc IPool
    function contribute(bytes calldata sample, uint16 label, uint256 maxPrice) external payable returns (uint256 index) {
        address contributor = _msgSender();
        Totals totals = _requireNotPaused();
        index = totals.count();

        _requireLabel(label);
        uint96 deposit = _requirePrice(_elapsed(totals.lastAccepted()), maxPrice);
        uint16 predicted = _train(sample, label, index);
        _requireSize(sample);
        bytes32 commitment = _announce(index, contributor, sample, label, predicted, deposit);
        _entries[index] = _newEntry(deposit, commitment);
        uint256 pulled;
        (_totals, pulled) = _pay(totals.withAccepted(1, block.timestamp), contributor, deposit);
        if (pulled != 0) _pull(contributor, pulled);
    }

    /// @inheritdoc IPool
    function contributeBatch(bytes[] calldata samples, uint16[] calldata labels, uint256 maxPrice)
        external payable returns (uint256 firstIndex)
    {
        bytes32[] memory commitments;
        uint256 firstDeposit;
        uint256 nextDeposit;
        uint256 pulled;
        (firstIndex, commitments, firstDeposit, nextDeposit, pulled) = _acceptBatch(samples, labels, maxPrice);

        for (uint256 i = 0; i < commitments.length; ++i) {
            _entries[firstIndex + i] = _newEntry(i == 0 ? firstDeposit : nextDeposit, commitments[i]);
        }
        if (pulled != 0) _pull(_msgSender(), pulled);
    }

    /// @inheritdoc IPool
    function commitBatch(bytes[] calldata samples, uint16[] calldata labels, uint256 maxPrice)
        external payable returns (uint256 firstIndex)
    {
        if (samples.length > MAX_BATCH) revert BatchTooLong(samples.length, MAX_BATCH);
        bytes32[] memory commitments;
        uint256 pulled;
        (firstIndex, commitments,,, pulled) = _acceptBatch(samples, labels, maxPrice);

        bytes32 root = BatchTree.root(commitments);
        _batches[firstIndex] = Batch.wrap(samples.length << 96);
        _roots[firstIndex] = root;

        emit BatchCommitted(firstIndex, _msgSender(), samples.length, root);
        if (pulled != 0) _pull(_msgSender(), pulled);
    }

    /// @dev Accepts and pays for all samples, each priced and judged after the one before; the caller stores their
    /// commitments.
    /// @return firstIndex The number of the first.
    /// @return commitments To each of them.
    /// @return firstDeposit What the first costs, which comes after whatever was accepted last.
    /// @return nextDeposit What every other one costs, which comes after one in the same second; 0 when there is none.
    /// @return pulled See `_pay`.
    function _acceptBatch(bytes[] calldata samples, uint16[] calldata labels, uint256 maxPrice)
        private
        returns (
            uint256 firstIndex, bytes32[] memory commitments, uint256 firstDeposit, uint256 nextDeposit, uint256 pulled
        )
    {
        address contributor = _msgSender();
        Totals totals = _requireNotPaused();
        uint256 count = samples.length;
        if (count == 0 || count != labels.length) revert BatchLengthInvalid(count, labels.length);
        firstIndex = totals.count();
        commitments = new bytes32[](count);

        uint256 cache = _beginBatch(count);
        for (uint256 i = 0; i < count; ++i) {
            uint16 label = _requireLabel(labels[i]);
            if (i == 0) firstDeposit = _requirePrice(_elapsed(totals.lastAccepted()), maxPrice);
            if (i == 1) nextDeposit = _requirePrice(_elapsed(block.timestamp), maxPrice);
            bytes calldata sample = samples[i];
            uint16 predicted = _trainInBatch(cache, sample, label, firstIndex + i);
            _requireSize(sample);
            commitments[i] =
                _announce(firstIndex + i, contributor, sample, label, predicted, i == 0 ? firstDeposit : nextDeposit);
        }
        _endBatch(cache);
        (_totals, pulled) =
            _pay(totals.withAccepted(count, block.timestamp), contributor, firstDeposit + (count - 1) * nextDeposit);
    }

    function _requireLabel(uint16 label) private view returns (uint16) {
        if (label >= _classCount()) revert LabelOutOfRange(label, _classCount());
        return label;
    }

    /// @dev The price, if the caller is willing to pay it.
    function _requirePrice(uint256 elapsed, uint256 maxPrice) private view returns (uint96 deposit) {
        deposit = _priceRoundedDown(elapsed);
        if (deposit > maxPrice) revert PriceAboveMaximum(deposit, maxPrice);
    }

    /// @dev Emits `Contributed`, and commits to what it says. Written by hand, in memory that is not kept, because it runs
    /// for each sample of a batch: the compiler encodes a sample twice, and keeps what it encodes for a hash.
    function _announce(
        uint256 index, address contributor, bytes calldata sample, uint256 label, uint256 predicted, uint256 deposit
    ) private returns (bytes32 commitment) {
        bytes32 topic = Contributed.selector;
        bytes32 sampleHash;
        assembly ("memory-safe") {
            // label, predicted, deposit, where the sample is, its length; the sample; zeros up to a whole word.
            let data := mload(0x40)
            mstore(data, label)
            mstore(add(data, 0x20), predicted)
            mstore(add(data, 0x40), deposit)
            mstore(add(data, 0x60), 0x80)
            mstore(add(data, 0x80), sample.length)
            let content := add(data, 0xa0)
            calldatacopy(content, sample.offset, sample.length)
            mstore(add(content, sample.length), 0)
            log3(data, add(0xa0, and(add(sample.length, 31), not(31))), topic, index, contributor)
            sampleHash := keccak256(content, sample.length)
        }
        return Commitments.hash(index, contributor, label, block.timestamp, deposit, sampleHash);
    }

    /// @dev Takes `due` from the contributor's credit first, then from the value; the rest becomes credit.
    /// @return The totals with the new escrow.
    /// @return pulled Tokens that the caller of this must still ask for, once all is written.
    function _pay(Totals totals, address contributor, uint256 due) private returns (Totals, uint256 pulled) {
        uint256 credit = _credits[contributor];
        uint256 value;
        (value, pulled) = _payment(credit, due);
        totals = _withMore(totals, value);
        if (credit + value < due) revert PaymentTooLow(due, credit, value);

        uint256 remaining = credit + value - due;
        if (remaining != credit) {
            _credits[contributor] = remaining;
            emit CreditChanged(contributor, uint96(remaining));
        }
        return (totals, pulled);
    }

    function _withMore(Totals totals, uint256 value) private pure returns (Totals) {
        uint256 escrow = totals.escrow();
        if (value > type(uint96).max - escrow) revert PaymentTooHigh(value);
        return totals.withEscrow(escrow + value);
    }

    /* DEPOSIT */

    /// @inheritdoc IPool
    function depositTokens(uint256 amount) external {
        _deposit(_msgSender(), amount);
    }

    /// @inheritdoc IPool
    function depositTokensPermitted(uint256 amount, uint256, uint8, bytes32, bytes32) external {
        address holder = _msgSender();
        _permit(holder, amount);
        _deposit(holder, amount);
    }

    /// @dev First the tokens, then what follows from them: there is no credit for what has not come.
    function _deposit(address holder, uint256 amount) private {
        _pull(holder, amount);
        _totals = _withMore(_totals, amount);
        emit CreditChanged(holder, _raiseCredit(holder, uint96(amount)));
    }

    /* REFUND */

    /// @inheritdoc IPool
    function refund(Contribution calldata contribution, bytes calldata sample) external returns (uint96 amount) {
        return _refund(_requireOpen(contribution, keccak256(sample)), NO_BATCH, contribution, sample);
    }

    /// @inheritdoc IPool
    function refundFromBatch(
        Contribution calldata contribution, bytes calldata sample, uint256 firstIndex, bytes32[] calldata proof
    ) external returns (uint96 amount) {
        (Entry entry, uint256 where) = _requireOpenInBatch(contribution, keccak256(sample), firstIndex, proof);
        return _refund(entry, where, contribution, sample);
    }

    /// @inheritdoc IPool
    function refundMany(Claim[] calldata claims) external returns (uint96 amount) {
        for (uint256 i = 0; i < claims.length; ++i) {
            Claim calldata claim = claims[i];
            (Entry entry, uint256 where) =
                _requireOpenAt(claim.contribution, keccak256(claim.sample), claim.firstIndex, claim.proof);
            amount += _refund(entry, where, claim.contribution, claim.sample);
        }
    }

    function _refund(Entry entry, uint256 where, Contribution calldata contribution, bytes calldata sample)
        private returns (uint96 amount)
    {
        (address author, uint256 index) = (contribution.contributor, contribution.index);
        ClaimRules rules = _claimRules();
        Totals totals = _totals;
        _requireUnguarded(rules, totals, index);
        if (!rules.isRefundByAnyone() && _msgSender() != author) revert NotContributor(index, _msgSender(), author);
        _requireRefundWindow(rules, totals, index, contribution.time);
        (uint16 predicted,) = _predict(sample);
        if (predicted != contribution.label) revert ModelDisagrees(index, predicted, contribution.label);

        amount = entry.claimable();
        _close(where, index);
        uint96 credit = _raiseCredit(author, amount);
        ++_verified[author];
        _totals = totals.withOneMoreVerified();

        emit Refunded(index, author, amount, credit);
    }

    /* REPORT */

    /// @inheritdoc IPool
    function report(Contribution calldata contribution, bytes calldata sample) external returns (uint96 amount) {
        return _report(_requireOpen(contribution, keccak256(sample)), NO_BATCH, contribution, sample);
    }

    /// @inheritdoc IPool
    function reportFromBatch(
        Contribution calldata contribution, bytes calldata sample, uint256 firstIndex, bytes32[] calldata proof
    ) external returns (uint96 amount) {
        (Entry entry, uint256 where) = _requireOpenInBatch(contribution, keccak256(sample), firstIndex, proof);
        return _report(entry, where, contribution, sample);
    }

    /// @inheritdoc IPool
    function reportMany(Claim[] calldata claims) external returns (uint96 amount) {
        for (uint256 i = 0; i < claims.length; ++i) {
            Claim calldata claim = claims[i];
            (Entry entry, uint256 where) =
                _requireOpenAt(claim.contribution, keccak256(claim.sample), claim.firstIndex, claim.proof);
            amount += _report(entry, where, claim.contribution, claim.sample);
        }
    }

    function _report(Entry entry, uint256 where, Contribution calldata contribution, bytes calldata sample)
        private returns (uint96 amount)
    {
        address caller = _msgSender();
        uint256 index = contribution.index;
        ClaimRules rules = _claimRules();
        Totals totals = _totals;
        _requireUnguarded(rules, totals, index);
        if (caller == contribution.contributor) revert OwnContribution(index, caller);
        _requireReportWindow(rules, totals, index, contribution.time);
        uint256 verified = _verified[caller];
        if (verified == 0) revert NotVerified(caller);
        mapping(uint256 word => uint256 bits) storage reports = _reported[caller];
        uint256 reported = reports[index >> 8];
        if (reported & (1 << (index & 0xff)) != 0) revert AlreadyReported(index, caller);
        (uint16 predicted,) = _predict(sample);
        if (predicted == contribution.label) revert ModelAgrees(index, contribution.label);

        uint96 left = entry.claimable();
        amount = _shareRoundedDown(contribution.deposit, left, verified, totals.totalVerified());
        uint96 remaining = left - amount;
        if (remaining == 0) {
            _close(where, index);
        } else {
            _reduce(entry, where, index, remaining);
            reports[index >> 8] = reported | 1 << (index & 0xff);
        }
        emit Reported(index, caller, amount, remaining, _raiseCredit(caller, amount));
    }

    /* COLLECT */

    /// @inheritdoc IPool
    function collect(Contribution calldata contribution, bytes32 sampleHash) external returns (uint96 amount) {
        return _collect(_requireOpen(contribution, sampleHash), NO_BATCH, contribution);
    }

    /// @inheritdoc IPool
    function collectFromBatch(
        Contribution calldata contribution, bytes32 sampleHash, uint256 firstIndex, bytes32[] calldata proof
    ) external returns (uint96 amount) {
        (Entry entry, uint256 where) = _requireOpenInBatch(contribution, sampleHash, firstIndex, proof);
        return _collect(entry, where, contribution);
    }

    /// @inheritdoc IPool
    function collectMany(Collection[] calldata collections) external returns (uint96 amount) {
        for (uint256 i = 0; i < collections.length; ++i) {
            Collection calldata one = collections[i];
            (Entry entry, uint256 where) =
                _requireOpenAt(one.contribution, one.sampleHash, one.firstIndex, one.proof);
            amount += _collect(entry, where, one.contribution);
        }
    }

    function _collect(Entry entry, uint256 where, Contribution calldata contribution)
        private returns (uint96 amount)
    {
        address caller = _msgSender();
        ClaimRules rules = _claimRules();
        bool burned = _burnsLeftover();
        Totals totals;
        // nothing of the totals matters where no safeguard looks at them and no escrow is lowered
        if (burned || rules.safeguards() != 0) totals = _totals;
        _requireUnguarded(rules, totals, contribution.index);
        _requireCollectable(rules, totals, contribution.index, contribution.time);

        amount = entry.claimable();
        _close(where, contribution.index);
        uint96 credit;
        if (burned) {
            _totals = totals.withEscrow(totals.escrow() - amount);
        } else {
            credit = _raiseCredit(caller, amount);
        }

        emit Collected(contribution.index, caller, amount, burned, credit);
    }

    /* WITHDRAW */

    /// @inheritdoc IPool
    function withdraw() external returns (uint96 amount) {
        address caller = _msgSender();
        return _withdraw(caller, caller);
    }

    /// @inheritdoc IPool
    function withdrawTo(address receiver) external returns (uint96 amount) {
        return _withdraw(_msgSender(), receiver);
    }

    function _withdraw(address caller, address receiver) private returns (uint96 amount) {
        amount = uint96(_credits[caller]);
        if (amount == 0) revert NothingToWithdraw(caller);

        delete _credits[caller];
        _totals = _totals.withEscrow(_totals.escrow() - amount);

        emit Withdrawn(caller, receiver, amount);

        _payOut(receiver, amount);
    }

    /* PAUSE */

    /// @inheritdoc IPool
    function pause() external {
        _requireOwner();
        Totals totals = _totals;
        if (totals.paused()) return;

        _pauses = _pauses.begunAt(block.timestamp);
        _totals = totals.withPaused(true);

        emit Paused(_msgSender());
    }

    /// @inheritdoc IPool
    function unpause() external {
        _requireOwner();
        Totals totals = _totals;
        if (!totals.paused()) return;

        _pauses = _pauses.endedAt(block.timestamp);
        _totals = totals.withPaused(false);

        emit Unpaused(_msgSender());
    }

    function _requireNotPaused() private view returns (Totals totals) {
        totals = _totals;
        if (totals.paused()) revert ContributionsPaused();
    }

    /* VIEWS */

    /// @inheritdoc IPool
    function token() external view returns (address) {
        return _token();
    }

    /// @inheritdoc IPool
    function encoderHash() external view returns (bytes32) {
        return bytes32(CloneArguments.word(CloneArguments.ENCODER_HASH));
    }

    /// @inheritdoc IModel
    function predict(bytes calldata sample) external view returns (uint16 label, int256 score) {
        return _predict(sample);
    }

    /// @inheritdoc IIncentive
    function price() external view returns (uint256) {
        return _priceRoundedDown(_elapsed(_totals.lastAccepted()));
    }

    /// @inheritdoc IIncentive
    function priceAfter(uint256 elapsed) external view returns (uint256) {
        return _priceRoundedDown(elapsed == 0 ? 1 : elapsed);
    }

    /// @inheritdoc IPool
    function state()
        external view returns (uint256 count, uint256 lastAccepted, uint256 escrow, uint256 totalVerified)
    {
        Totals totals = _totals;
        return (totals.count(), totals.lastAccepted(), totals.escrow(), totals.totalVerified());
    }

    /// @inheritdoc IPool
    function paused() external view returns (bool) {
        return _totals.paused();
    }

    /// @inheritdoc IPool
    function pauses() external view returns (uint256 since, uint256 resumed, uint256 total) {
        Pauses pauses_ = _pauses;
        return (pauses_.since(), pauses_.resumed(), pauses_.total());
    }

    /// @inheritdoc IPool
    function account(address holder) external view returns (uint256 credit, uint256 verified) {
        return (_credits[holder], _verified[holder]);
    }

    /// @inheritdoc IPool
    function claimable(uint256 index) external view returns (uint256 amount, uint160 commitment) {
        return (_entries[index].claimable(), _entries[index].commitment());
    }

    /// @inheritdoc IPool
    function batch(uint256 firstIndex) external view returns (bytes32 root, uint256 size, uint96 left) {
        Batch batch_ = _batches[firstIndex];
        return (_roots[firstIndex], batch_.size(), batch_.left());
    }

    /// @inheritdoc IPool
    function hasReported(uint256 index, address reporter) public view returns (bool) {
        return _reported[reporter][index >> 8] & (1 << (index & 0xff)) != 0;
    }

    /* INTERNAL */

    /// @dev Seconds since the last accepted contribution, at least 1.
    function _elapsed(uint256 lastAccepted) private view returns (uint256) {
        return block.timestamp > lastAccepted ? block.timestamp - lastAccepted : 1;
    }

    /// @dev An open contribution with a slot of its own, as the caller described it.
    function _requireOpen(Contribution calldata contribution, bytes32 sampleHash)
        private view returns (Entry entry)
    {
        uint256 index = contribution.index;
        entry = _entries[index];
        if (!entry.isOpen()) {
            if (index >= _totals.count()) revert ContributionUnknown(index, _totals.count());
            revert ContributionClosed(index);
        }
        if (entry.commitment() != Commitments.truncated(Commitments.hashOf(contribution, sampleHash))) {
            revert ContributionMismatch(index);
        }
    }

    /// @dev An open contribution, wherever it is.
    /// @param firstIndex Of its batch, or `NO_BATCH`, and then the proof is not looked at.
    function _requireOpenAt(
        Contribution calldata contribution, bytes32 sampleHash, uint256 firstIndex, bytes32[] calldata proof
    ) private view returns (Entry entry, uint256 where) {
        if (firstIndex == NO_BATCH) return (_requireOpen(contribution, sampleHash), NO_BATCH);
        return _requireOpenInBatch(contribution, sampleHash, firstIndex, proof);
    }

    /// @dev An open contribution of a batch, as the caller described it: still in the batch, or with a slot of its own
    /// since somebody took a part of it.
    /// @return entry What is left of it, and its commitment.
    /// @return where The batch's first index, or `NO_BATCH`.
    function _requireOpenInBatch(
        Contribution calldata contribution, bytes32 sampleHash, uint256 firstIndex, bytes32[] calldata proof
    ) private view returns (Entry entry, uint256 where) {
        uint256 index = contribution.index;
        Batch batch_ = _batches[firstIndex];
        if (index < firstIndex || index - firstIndex >= batch_.size()) {
            revert NotInBatch(index, firstIndex);
        }
        if (batch_.hasLeft(index - firstIndex)) return (_requireOpen(contribution, sampleHash), NO_BATCH);

        bytes32 commitment = Commitments.hashOf(contribution, sampleHash);
        if (MerkleProof.processProofCalldata(proof, commitment) != _roots[firstIndex]) {
            revert ContributionMismatch(index);
        }
        return (_newEntry(contribution.deposit, commitment), firstIndex);
    }

    /// @return credit The account's, after `amount` more.
    function _raiseCredit(address holder, uint96 amount) private returns (uint96 credit) {
        // all credit is a part of the escrow, which has 96 bits
        credit = uint96(_credits[holder] + amount);
        _credits[holder] = credit;
    }

    /// @dev Nothing is left of the contribution.
    function _close(uint256 where, uint256 index) private {
        if (where == NO_BATCH) {
            _entries[index] = Entry.wrap(0);
        } else {
            _leaveBatch(where, index);
        }
    }

    /// @dev `remaining` is left of the contribution, which has a slot of its own from now on.
    function _reduce(Entry entry, uint256 where, uint256 index, uint96 remaining) private {
        _entries[index] = entry.withClaimable(remaining);
        if (where != NO_BATCH) _leaveBatch(where, index);
    }

    function _leaveBatch(uint256 firstIndex, uint256 index) private {
        _batches[firstIndex] = _batches[firstIndex].withLeft(index - firstIndex);
    }

    function _newEntry(uint256 deposit, bytes32 commitment) private pure returns (Entry) {
        return Entry.wrap(uint256(Commitments.truncated(commitment)) << 96 | deposit);
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
