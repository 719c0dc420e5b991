// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPool} from "../../src/interfaces/IPool.sol";
import {Kind, Kinds} from "../kit/Kinds.sol";
import {PoolTest} from "../kit/PoolTest.sol";
import {vm} from "../kit/Vm.sol";
import {Forcer} from "../receivers/Receivers.sol";

/// @title PoolHandler
/// @notice Every verb of one pool, in any order, by four accounts. None may revert: a handler does what is possible, or
/// nothing. What came of it is written down beside the pool (the ghosts).
contract PoolHandler is PoolTest {
    uint256 private constant MAX_STEP = 3 days;
    uint256 private constant LONGEST_BATCH = 7;

    /* GHOSTS */

    Made[] internal made;
    /// @dev What is left of each contribution.
    uint256[] internal lefts;
    mapping(address who => uint256) public credits;
    mapping(address who => uint256) public refunds;
    mapping(address who => mapping(uint256 index => bool)) public reported;
    address[4] public accounts = [ANN, BOB, EVE, TEACHER];
    uint256 public paidIn;
    uint256 public paidOut;
    uint256 public burned;
    uint256 public forced;
    uint256 public deposits;
    uint256 public claimed;

    /// @notice How often each verb was done, not merely called.
    mapping(string verb => uint256) public done;

    mapping(uint256 index => bool) public closed;

    /// @dev When the running pause began (0: none runs), when the last ended, and the seconds of those that ended.
    uint256 private pausedSince;
    uint256 private resumed;
    uint256 private pausedTotal;

    constructor(string memory name, bool safe) {
        setUp();
        _use(name);
        if (!safe) return;
        kind = Kinds.safe(kind);
        pool = _create(kind, FORWARDER);
    }

    /* CONTRIBUTING */

    function contributeNoRevert(uint256 who, uint256 what, uint256 change) external {
        if (pool.paused()) return;
        address account = _account(who);
        uint16 label = _label(what);
        bytes memory sample = _sample(what);
        Made memory one = Made(_nextContribution(account, label), sample, false, 0, new bytes32[](0));
        uint256 value = _value(account, one.what.deposit, change);

        vm.prank(account);
        pool.contribute{value: value}(sample, label, one.what.deposit);

        _record(one);
        _paid(account, one.what.deposit, value);
        ++done["contribute"];
    }

    function contributeBatchNoRevert(uint256 who, uint256 what, uint256 length, bool committed) external {
        if (pool.paused()) return;
        address account = _account(who);
        Made[] memory all = _planned(account, what, _bound(length, 1, LONGEST_BATCH));
        (bytes[] memory samples, uint16[] memory labels) = _apart(all);
        uint256 due = _sum(all);
        uint256 value = _value(account, due, what);

        vm.prank(account);
        if (committed) pool.commitBatch{value: value}(samples, labels, type(uint256).max);
        else pool.contributeBatch{value: value}(samples, labels, type(uint256).max);

        for (uint256 i = 0; i < all.length; ++i) {
            all[i].batched = committed;
            _record(all[i]);
        }
        _paid(account, due, value);
        ++done[committed ? "commitBatch" : "contributeBatch"];
    }

    /* CLAIMING */

    function refundNoRevert(uint256 which) external {
        (bool found, uint256 index) = _find(which, Kinds.REFUND_WAIT, _collectWait());
        if (!found || _isGuarded() || _predicted(made[index].sample) != made[index].what.label) return;
        address account = made[index].what.contributor;

        // anyone may send it where that is a rule
        uint256 amount = _refund(Kinds.isSafe(kind) ? _account(which) : account, made[index]);

        vm.assertEq(amount, lefts[index], "a refund gives all that is left");
        credits[account] += amount;
        refunds[account] += 1;
        _take(index, amount);
        closed[index] = true;
        ++done["refund"];
    }

    function reportNoRevert(uint256 who, uint256 which) external {
        (bool found, uint256 index) = _find(which, Kinds.REFUND_WAIT + _headStart(), _collectWait());
        address account = _account(who);
        if (!found || _isGuarded() || _stopsReports() || _predicted(made[index].sample) == made[index].what.label) return;
        if (account == made[index].what.contributor || refunds[account] == 0 || reported[account][index]) return;

        uint256 amount = _report(account, made[index]);

        uint256 share = uint256(made[index].what.deposit) * refunds[account] / _totalVerified();
        if (share == 0 || share > lefts[index]) share = lefts[index];
        vm.assertEq(amount, share, "a report pays the share");
        credits[account] += amount;
        _take(index, amount);
        closed[index] = lefts[index] == 0;
        reported[account][index] = !closed[index];
        ++done["report"];
    }

    function collectNoRevert(uint256 who, uint256 which) external {
        (bool found, uint256 index) = _find(which, _collectWait(), type(uint40).max);
        if (!found || !_isQuiet()) return;
        _collectOne(_account(who), index);
        ++done["collect"];
    }

    function withdrawNoRevert(uint256 who) external {
        address account = _account(who);
        if (credits[account] == 0) return;
        _withdrawAll(account);
        ++done["withdraw"];
    }

    /* THE WORLD */

    function waitNoRevert(uint256 time) external {
        vm.warp(block.timestamp + _bound(time, 0, MAX_STEP));
    }

    function forceEtherNoRevert(uint256 amount) external {
        amount = _bound(amount, 1, MAX_CHANGE);
        vm.deal(address(this), amount);
        new Forcer{value: amount}(payable(address(pool)));
        forced += amount;
        ++done["force"];
    }

    /// @dev Paused a quarter of the time: what a pause does not stop goes on meanwhile, or its handler reverts.
    function pauseNoRevert(uint256 choice) external {
        bool pausing = choice % 4 == 0;
        vm.prank(OWNER);
        if (pausing) pool.pause();
        else pool.unpause();
        if (pausing && pausedSince == 0) pausedSince = block.timestamp;
        if (!pausing) _notePauseEnded();
        if (pausing) ++done["pause"];
    }

    /* THE END */

    /// @notice Long after: anyone clears what is left, and everybody takes its credit.
    function endNoRevert() external {
        // while a pause runs, windows get longer with it
        vm.prank(OWNER);
        pool.unpause();
        _notePauseEnded();
        vm.warp(block.timestamp + _collectWait() + 1);
        for (uint256 i = 0; i < made.length; ++i) {
            if (!closed[i]) _collectOne(EVE, i);
        }
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (credits[accounts[i]] != 0) _withdrawAll(accounts[i]);
        }
    }

    /* WHAT THE INVARIANTS LOOK AT */

    function thePool() external view returns (IPool) {
        return pool;
    }

    function count() external view returns (uint256) {
        return made.length;
    }

    function left(uint256 index) external view returns (uint256) {
        return lefts[index];
    }

    function contribution(uint256 index) external view returns (Made memory) {
        return made[index];
    }

    function allLeft() external view returns (uint256 total) {
        for (uint256 i = 0; i < lefts.length; ++i) {
            total += lefts[i];
        }
    }

    function allCredit() external view returns (uint256 total) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            total += credits[accounts[i]];
        }
    }

    function allRefunds() external view returns (uint256 total) {
        for (uint256 i = 0; i < accounts.length; ++i) {
            total += refunds[accounts[i]];
        }
    }

    /* INTERNAL */

    function _account(uint256 who) private view returns (address) {
        return accounts[who % accounts.length];
    }

    function _label(uint256 what) private view returns (uint16) {
        return uint16((what >> 8) % pool.classCount());
    }

    function _sample(uint256 what) private view returns (bytes memory) {
        return what % 2 == 0 ? kind.sample : kind.other;
    }

    /// @dev Credit pays first; now and then there is more of the value than is due.
    function _value(address account, uint256 due, uint256 change) private view returns (uint256 value) {
        value = due > credits[account] ? due - credits[account] : 0;
        if (change % 3 == 0) value += _bound(change, 0, MAX_CHANGE);
    }

    function _planned(address account, uint256 what, uint256 length) private view returns (Made[] memory) {
        (bytes[] memory samples, uint16[] memory labels) = (new bytes[](length), new uint16[](length));
        for (uint256 i = 0; i < length; ++i) {
            (samples[i], labels[i]) = (_sample(what >> i), _label(what >> i));
        }
        return _expected(account, samples, labels);
    }

    function _apart(Made[] memory all) private pure returns (bytes[] memory samples, uint16[] memory labels) {
        (samples, labels) = (new bytes[](all.length), new uint16[](all.length));
        for (uint256 i = 0; i < all.length; ++i) {
            (samples[i], labels[i]) = (all[i].sample, all[i].what.label);
        }
    }

    function _record(Made memory one) private {
        made.push(one);
        lefts.push(one.what.deposit);
        deposits += one.what.deposit;
    }

    function _paid(address account, uint256 due, uint256 value) private {
        credits[account] = credits[account] + value - due;
        paidIn += value;
    }

    function _take(uint256 index, uint256 amount) private {
        lefts[index] -= amount;
        claimed += amount;
    }

    function _collectOne(address account, uint256 index) private {
        uint256 amount = _collect(account, made[index]);
        vm.assertEq(amount, lefts[index], "collect takes all that is left");
        if (_burns()) burned += amount;
        else credits[account] += amount;
        _take(index, amount);
        closed[index] = true;
    }

    function _withdrawAll(address account) private {
        uint256 wealth = account.balance;
        uint256 amount = _withdraw(account);
        vm.assertEq(account.balance - wealth, amount, "paid out");
        vm.assertEq(amount, credits[account], "all credit");
        credits[account] = 0;
        paidOut += amount;
    }

    function _notePauseEnded() private {
        if (pausedSince == 0) return;
        pausedTotal += block.timestamp - pausedSince;
        (pausedSince, resumed) = (0, block.timestamp);
    }

    function _headStart() private view returns (uint256) {
        return Kinds.isSafe(kind) ? Kinds.HEAD_START : 0;
    }

    /// @dev As long as the pool was paused longer, where that is a rule.
    function _collectWait() private view returns (uint256) {
        if (!Kinds.isSafe(kind)) return Kinds.COLLECT_WAIT;
        return Kinds.COLLECT_WAIT + pausedTotal + (pausedSince == 0 ? 0 : block.timestamp - pausedSince);
    }

    /// @dev Whether something was accepted in this second, where that is a rule.
    function _isGuarded() private view returns (bool) {
        return Kinds.isSafe(kind) && made.length != 0 && made[made.length - 1].what.time == block.timestamp;
    }

    /// @dev Whether refunds have had their hour without a contribution, where that is a rule.
    function _isQuiet() private view returns (bool) {
        return !Kinds.isSafe(kind) || made.length == 0 || block.timestamp > made[made.length - 1].what.time + 1 hours;
    }

    function _stopsReports() private view returns (bool) {
        if (!Kinds.isSafe(kind)) return false;
        return pausedSince != 0 || resumed != 0 && block.timestamp <= resumed + Kinds.HEAD_START;
    }

    /// @dev The first open contribution from `which` on whose age is above `above` and not above `until`.
    function _find(uint256 which, uint256 above, uint256 until) private view returns (bool found, uint256 index) {
        for (uint256 i = 0; i < made.length; ++i) {
            index = addmod(which, i, made.length);
            uint256 age = block.timestamp - made[index].what.time;
            if (!closed[index] && age > above && age <= until) return (true, index);
        }
    }
}
