// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC2771Context} from "@openzeppelin/contracts/metatx/ERC2771Context.sol";

import {CloneArguments} from "./CloneArguments.sol";
import {Incentive} from "./incentives/Incentive.sol";
import {IIncentive} from "./interfaces/IIncentive.sol";
import {IPool} from "./interfaces/IPool.sol";
import {Model} from "./models/Model.sol";

/// @title Pool
/// @dev See `IPool`. The money and the order of things; what a price, a claim and a prediction are comes from the incentive and the
/// model that a concrete pool inherits beside this contract. Every entry point has the same rhythm: who calls, checks,
/// compute, write, emit, transfer.
abstract contract Pool is IPool, Incentive, Model, ERC2771Context {
    /// @dev One slot.
    struct Totals {
        uint40 lastAccepted;
        uint40 count;
        uint96 escrow;
        uint64 verified;
    }

    /// @dev One slot.
    struct Account {
        uint96 credit;
        uint64 verified;
    }

    /// @dev One slot: what is left to claim, and a commitment to the contribution and its sample.
    struct Entry {
        uint96 claimable;
        uint160 commitment;
    }

    Totals private _totals;
    mapping(address holder => Account) private _accounts;
    mapping(uint256 index => Entry) private _entries;
    /// @dev One bit a contribution, 256 a word.
    mapping(address reporter => mapping(uint256 word => uint256 bits)) private _reported;

    /* CREATION */

    /// @dev Locks the implementation itself: it cannot be initialised, and no payment fits beside such an escrow. Only
    /// clones can be used.
    constructor(address trustedForwarder_) ERC2771Context(trustedForwarder_) {
        _totals.lastAccepted = type(uint40).max;
        _totals.escrow = type(uint96).max;
    }

    /// @inheritdoc IPool
    function initialize() external {
        if (_totals.lastAccepted != 0) revert PoolAlreadyInitialized();
        _validateIncentive();
        _validateModel();
        _totals.lastAccepted = uint40(block.timestamp);
    }

    /* CONTRIBUTE */

    /// @inheritdoc IPool
    function contribute(bytes calldata sample, uint16 label, uint256 maxPrice) external payable returns (uint256 index) {
        address contributor = _msgSender();
        Totals memory totals = _totals;
        index = totals.count;

        uint96 price_ = _accept(totals, contributor, sample, label, maxPrice);
        _pay(totals, contributor, price_);
        _totals = totals;
    }

    /// @inheritdoc IPool
    function contributeBatch(bytes[] calldata samples, uint16[] calldata labels, uint256 maxPrice)
        external
        payable
        returns (uint256 firstIndex)
    {
        address contributor = _msgSender();
        if (samples.length == 0 || samples.length != labels.length) {
            revert BatchLengthInvalid(samples.length, labels.length);
        }
        Totals memory totals = _totals;
        firstIndex = totals.count;

        uint256 total;
        for (uint256 i = 0; i < samples.length; ++i) {
            total += _accept(totals, contributor, samples[i], labels[i], maxPrice);
        }
        _pay(totals, contributor, total);
        _totals = totals;
    }

    /// @dev Prices, judges, learns and records one sample; the caller pays and stores `totals`.
    function _accept(Totals memory totals, address contributor, bytes calldata sample, uint16 label, uint256 maxPrice)
        private
        returns (uint96 deposit)
    {
        if (label >= _classCount()) revert LabelOutOfRange(label, _classCount());
        deposit = _priceRoundedDown(_elapsed(totals.lastAccepted));
        if (deposit > maxPrice) revert PriceAboveMaximum(deposit, maxPrice);
        (uint16 predicted,) = _predict(sample);

        uint256 index = totals.count;
        if (predicted != label) _learn(sample, label, index);
        totals.count = uint40(index + 1);
        totals.lastAccepted = uint40(block.timestamp);
        _entries[index] = Entry({
            claimable: deposit,
            commitment: _commit(index, contributor, label, block.timestamp, deposit, keccak256(sample))
        });

        emit Contributed(index, contributor, label, predicted, deposit, sample);
    }

    /// @dev Takes `due` from the contributor's credit first, then from the value; the rest becomes credit.
    function _pay(Totals memory totals, address contributor, uint256 due) private {
        uint256 credit = _accounts[contributor].credit;
        if (msg.value > type(uint96).max - totals.escrow) revert PaymentTooHigh(msg.value);
        if (credit + msg.value < due) revert PaymentTooLow(due, credit, msg.value);

        uint96 remaining = uint96(credit + msg.value - due);
        totals.escrow += uint96(msg.value);
        if (remaining != credit) {
            _accounts[contributor].credit = remaining;
            emit CreditChanged(contributor, remaining);
        }
    }

    /* REFUND */

    /// @inheritdoc IPool
    function refund(Contribution calldata contribution, bytes calldata sample) external returns (uint96 amount) {
        address caller = _msgSender();
        amount = _requireOpen(contribution, keccak256(sample)).claimable;
        if (caller != contribution.contributor) {
            revert NotContributor(contribution.index, caller, contribution.contributor);
        }
        _requireClaimWindow(contribution.index, contribution.time);
        (uint16 predicted,) = _predict(sample);
        if (predicted != contribution.label) revert ModelDisagrees(contribution.index, predicted, contribution.label);

        delete _entries[contribution.index];
        Account storage account_ = _accounts[caller];
        account_.credit += amount;
        account_.verified += 1;
        _totals.verified += 1;

        emit Refunded(contribution.index, caller, amount);
    }

    /* REPORT */

    /// @inheritdoc IPool
    function report(Contribution calldata contribution, bytes calldata sample) external returns (uint96 amount) {
        address caller = _msgSender();
        Entry memory entry = _requireOpen(contribution, keccak256(sample));
        if (caller == contribution.contributor) revert OwnContribution(contribution.index, caller);
        _requireClaimWindow(contribution.index, contribution.time);
        Account memory account_ = _accounts[caller];
        if (account_.verified == 0) revert NotVerified(caller);
        if (hasReported(contribution.index, caller)) revert AlreadyReported(contribution.index, caller);
        (uint16 predicted,) = _predict(sample);
        if (predicted == contribution.label) revert ModelAgrees(contribution.index, contribution.label);

        amount = _shareRoundedDown(contribution.deposit, entry.claimable, account_.verified, _totals.verified);
        uint96 remaining = entry.claimable - amount;
        if (remaining == 0) {
            delete _entries[contribution.index];
        } else {
            _entries[contribution.index].claimable = remaining;
            _reported[caller][contribution.index >> 8] |= 1 << (contribution.index & 0xff);
        }
        _accounts[caller].credit = account_.credit + amount;

        emit Reported(contribution.index, caller, amount, remaining);
    }

    /* COLLECT */

    /// @inheritdoc IPool
    function collect(Contribution calldata contribution, bytes32 sampleHash) external returns (uint96 amount) {
        address caller = _msgSender();
        amount = _requireOpen(contribution, sampleHash).claimable;
        _requireCollectable(contribution.index, contribution.time);

        bool burned = _burnsLeftover();
        delete _entries[contribution.index];
        if (burned) {
            _totals.escrow -= amount;
        } else {
            _accounts[caller].credit += amount;
        }

        emit Collected(contribution.index, caller, amount, burned);
    }

    /* WITHDRAW */

    /// @inheritdoc IPool
    function withdraw() external returns (uint96 amount) {
        address caller = _msgSender();
        amount = _accounts[caller].credit;
        if (amount == 0) revert NothingToWithdraw(caller);

        _accounts[caller].credit = 0;
        _totals.escrow -= amount;

        emit Withdrawn(caller, amount);

        (bool sent,) = caller.call{value: amount}("");
        if (!sent) revert WithdrawalFailed(caller, amount);
    }

    /* VIEWS */

    /// @inheritdoc IPool
    function owner() external view returns (address) {
        return address(uint160(CloneArguments.word(CloneArguments.OWNER) >> 96));
    }

    /// @inheritdoc IPool
    function encoderHash() external view returns (bytes32) {
        return bytes32(CloneArguments.word(CloneArguments.ENCODER_HASH));
    }

    /// @inheritdoc IIncentive
    function price() external view returns (uint256) {
        return _priceRoundedDown(_elapsed(_totals.lastAccepted));
    }

    /// @inheritdoc IIncentive
    function priceAfter(uint256 elapsed) external view returns (uint256) {
        return _priceRoundedDown(elapsed == 0 ? 1 : elapsed);
    }

    /// @inheritdoc IPool
    function state()
        external
        view
        returns (uint256 count, uint256 lastAccepted, uint256 escrow, uint256 totalVerified)
    {
        return (_totals.count, _totals.lastAccepted, _totals.escrow, _totals.verified);
    }

    /// @inheritdoc IPool
    function account(address holder) external view returns (uint256 credit, uint256 verified) {
        return (_accounts[holder].credit, _accounts[holder].verified);
    }

    /// @inheritdoc IPool
    function claimable(uint256 index) external view returns (uint256 amount, uint160 commitment) {
        return (_entries[index].claimable, _entries[index].commitment);
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

    /// @dev The slot of a contribution with something left to claim, as the caller described it.
    function _requireOpen(Contribution calldata contribution, bytes32 sampleHash)
        private
        view
        returns (Entry memory entry)
    {
        uint256 index = contribution.index;
        entry = _entries[index];
        if (entry.claimable == 0) {
            if (index >= _totals.count) revert ContributionUnknown(index, _totals.count);
            revert ContributionClosed(index);
        }
        uint160 commitment = _commit(
            index,
            contribution.contributor,
            contribution.label,
            contribution.time,
            contribution.deposit,
            sampleHash
        );
        if (entry.commitment != commitment) revert ContributionMismatch(index);
    }

    /// @dev 160 bits, as in an address: a second preimage is out of reach, and a collision (2^80 work) could at most
    /// move its maker's own deposit.
    function _commit(
        uint256 index,
        address contributor,
        uint16 label,
        uint256 time,
        uint96 deposit,
        bytes32 sampleHash
    ) private pure returns (uint160) {
        return uint160(uint256(keccak256(abi.encode(index, contributor, label, time, deposit, sampleHash))));
    }
}
