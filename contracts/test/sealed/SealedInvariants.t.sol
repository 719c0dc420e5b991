// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ISealedPool} from "../../src/interfaces/ISealedPool.sol";
import {vm} from "../kit/Vm.sol";
import {SealedTest} from "./SealedTest.sol";

/// @title SealedHandler
/// @notice Calls that may not revert, and a record of what they did.
contract SealedHandler is SealedTest {
    address[3] public accounts = [ANN, BOB, EVE];
    uint256 public paidIn;
    uint256 public paidOut;
    uint256 public forced;
    uint256 public bounties;
    uint256 public funded;
    uint256 public burned;
    mapping(address who => uint256) public put;
    mapping(address who => uint256) public got;
    mapping(address who => uint256) public earned;
    mapping(string verb => uint256) public done;

    Made[] private _made;
    bool[] private _closed;

    constructor() {
        super.setUp();
        rules.sealBounty = 40 ether;
        rules.gate = 10_000;
        pool = _create();
    }

    function setUp() public override {}

    /* WHAT FOUNDRY CALLS */

    function contributeNoRevert(uint256 who, uint256 what, uint256 change) external {
        address account = accounts[who % 3];
        Made memory made = _next(account, what % 2 == 0 ? good : bad, uint16(what >> 1 & 1));
        uint256 credit = _credit(account);
        uint256 value = made.what.deposit > credit ? made.what.deposit - credit : 0;
        if (change % 3 == 0) value += change % 1000 ether;
        vm.prank(account);
        pool.contribute{value: value}(made.sample, made.what.label, made.what.deposit);
        _made.push(made);
        _closed.push(false);
        paidIn += value;
        put[account] += value;
        ++done["contribute"];
    }

    function settleNoRevert(uint256 which) external {
        for (uint256 i = 0; i < _made.length; ++i) {
            uint256 place = (which % _made.length + i) % _made.length;
            if (!_settleable(place)) continue;
            uint256 amount = _settle(_made[place]);
            vm.assertEq(amount, _made[place].what.deposit, "a whole deposit");
            _closed[place] = true;
            ++done["settle"];
            return;
        }
    }

    function sealNoRevert(uint256 who, uint256 late) external {
        (,, uint256 sealedAt,,) = pool.state();
        uint256 from = sealedAt + rules.epochLength + late % 2 * 1 days;
        if (block.timestamp < from) vm.warp(from);
        address account = accounts[who % 3];
        (, uint256 epoch,,, uint256 budget) = pool.state();
        uint256 lost = epoch >= rules.riskSeals ? pool.atRisk(epoch - rules.riskSeals) : 0;
        uint256 awaited = pool.awaitedSeals();
        uint256 fee = late % 3 * DEAR / 20;
        vm.fee(fee);
        // of a transaction of its own, or out of another's
        bool whole = who % 2 == 0;
        vm.prank(account, whole ? account : address(this));
        uint256 bounty = pool.seal();
        if (!whole) vm.assertEq(bounty, 0, "paid along with something else");
        vm.assertLe(bounty, rules.sealBounty, "bounded");
        vm.assertLe(bounty, (SEAL_GAS + SEAL_GAS_PER_WEIGHT * (uint256(NUM_WORDS) + 1)) * fee, "its gas");
        if (awaited == 0) vm.assertEq(bounty, 0, "nobody waited");
        if (awaited != 0) --awaited;
        vm.assertEq(pool.awaitedSeals(), awaited, "one less is waited for");
        vm.assertLe(bounty, budget + lost, "out of the budget");
        bounties += bounty;
        earned[account] += bounty;
        burned += lost;
        ++done["seal"];
    }

    function fundNoRevert(uint96 amount) external {
        uint256 value = amount % 100 ether;
        vm.prank(OWNER);
        pool.fund{value: value}();
        paidIn += value;
        funded += value;
        ++done["fund"];
    }

    function withdrawNoRevert(uint256 who) external {
        address account = accounts[who % 3];
        if (_credit(account) == 0) return;
        vm.prank(account);
        uint256 amount = pool.withdraw();
        paidOut += amount;
        got[account] += amount;
        ++done["withdraw"];
    }

    function pauseNoRevert(bool on) external {
        // a short pause, since a paused pool takes nothing
        vm.prank(OWNER);
        pool.pause();
        vm.warp(block.timestamp + (on ? 1 hours : 3 days));
        vm.prank(OWNER);
        pool.unpause();
        ++done["pause"];
    }

    function forceEtherNoRevert(uint96 amount) external {
        uint256 more = amount % 1 ether;
        vm.deal(address(pool), address(pool).balance + more);
        forced += more;
        ++done["force"];
    }

    /* WHAT THE INVARIANTS LOOK AT */

    function thePool() external view returns (ISealedPool) {
        return pool;
    }

    /// @dev Open deposits that have not expired, by the rule in plain words.
    function open() public view returns (uint256 total) {
        (, uint256 epoch,,,) = pool.state();
        for (uint256 i = 0; i < _made.length; ++i) {
            bool expired = _made[i].what.outcome == AT_RISK && epoch > _made[i].what.epoch + rules.riskSeals;
            if (!_closed[i] && !expired) total += _made[i].what.deposit;
        }
    }

    function openOf(address who) public view returns (uint256 total) {
        for (uint256 i = 0; i < _made.length; ++i) {
            if (!_closed[i] && _made[i].what.contributor == who) total += _made[i].what.deposit;
        }
    }

    function credits() public view returns (uint256 total) {
        for (uint256 i = 0; i < 3; ++i) {
            total += _credit(accounts[i]);
        }
    }

    /// @dev Whoever cannot settle yet, or is still at risk, waits for seals that are paid for.
    function refundsWaitForPaidSeals() external view {
        (, uint256 epoch,,,) = pool.state();
        for (uint256 i = 0; i < _made.length; ++i) {
            if (_closed[i]) continue;
            uint256 until = _made[i].what.epoch + (_made[i].what.outcome == AT_RISK ? rules.riskSeals + 1 : rules.waitSeals);
            if (epoch < until) vm.assertLe(until - epoch, pool.awaitedSeals(), "a seal that nobody is paid for");
        }
    }

    function commitments() external view {
        for (uint256 i = 0; i < _made.length; ++i) {
            vm.assertEq(pool.commitment(i) == 0 ? 1 : 0, _closed[i] ? 1 : 0, "closed, or not");
        }
    }

    /// @dev Long after: who was agreed or promised still gets its deposit, and everybody its credit.
    function end() external {
        _seal(uint256(rules.riskSeals) + 1);
        for (uint256 i = 0; i < _made.length; ++i) {
            if (!_closed[i] && _made[i].what.outcome != AT_RISK) {
                _settle(_made[i]);
                _closed[i] = true;
            }
        }
        for (uint256 i = 0; i < 3; ++i) {
            if (_credit(accounts[i]) == 0) continue;
            vm.prank(accounts[i]);
            paidOut += pool.withdraw();
        }
    }

    function _settleable(uint256 place) private view returns (bool) {
        ISealedPool.Contribution memory what = _made[place].what;
        (, uint256 epoch,,,) = pool.state();
        if (_closed[place] || epoch < what.epoch + rules.waitSeals) return false;
        if (what.outcome != AT_RISK) return true;
        if (epoch > what.epoch + rules.riskSeals) return false;
        return _predicted(_made[place].sample) == what.label || _standing(what.contributor) >= rules.rate;
    }
}

/// @title SealedInvariants
/// @notice What holds after any sequence of calls to any verb.
contract SealedInvariants {
    SealedHandler internal handler;
    ISealedPool internal pool;

    uint256 private constant WALK = 400;

    struct FuzzSelector {
        address target;
        bytes4[] selectors;
    }

    function setUp() external {
        handler = new SealedHandler();
        pool = handler.thePool();
    }

    /// @dev Foundry calls only this contract's functions.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev And of it only these.
    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](7);
        selectors[0] = SealedHandler.contributeNoRevert.selector;
        selectors[1] = SealedHandler.settleNoRevert.selector;
        selectors[2] = SealedHandler.sealNoRevert.selector;
        selectors[3] = SealedHandler.fundNoRevert.selector;
        selectors[4] = SealedHandler.withdrawNoRevert.selector;
        selectors[5] = SealedHandler.pauseNoRevert.selector;
        selectors[6] = SealedHandler.forceEtherNoRevert.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), selectors);
    }

    function invariant_theMoneyIsAllThere() external view {
        (,,, uint256 escrow, uint256 budget) = pool.state();
        vm.assertEq(escrow, handler.open() + handler.credits(), "escrow is open deposits and credit");
        vm.assertEq(address(pool).balance, escrow + budget + handler.forced(), "balance");
        vm.assertEq(handler.paidIn(), handler.paidOut() + escrow + budget, "nothing is lost on the way");
        vm.assertEq(budget, handler.funded() + handler.burned() - handler.bounties(), "budget");
        handler.commitments();
        handler.refundsWaitForPaidSeals();
    }

    /// @dev What an account has, had paid out and has still open is at most what it put in, bounties apart.
    function invariant_nobodyGains() external view {
        for (uint256 i = 0; i < 3; ++i) {
            address who = handler.accounts(i);
            (uint256 credit, uint256 standing) = pool.account(who);
            vm.assertLe(credit + handler.got(who), handler.put(who) + handler.earned(who), "credit");
            vm.assertLe(
                credit + handler.got(who) + handler.openOf(who), handler.put(who) + handler.earned(who), "with what is open"
            );
            vm.assertLe(standing, 30, "standing");
        }
    }

    /// @dev The handlers do something, not nothing: a walk on a fixed path does each verb many times.
    function test_theHandlersReachEveryVerb() external {
        bytes4[] memory selectors = this.targetSelectors()[0].selectors;
        for (uint256 i = 0; i < WALK; ++i) {
            uint256 draw = uint256(keccak256(abi.encode("walk", i)));
            bytes memory words = abi.encode(draw >> 160, draw >> 170, draw >> 180);
            if (selectors[draw % 7] == SealedHandler.pauseNoRevert.selector) words = abi.encode(draw >> 160 & 1);
            (bool done,) = address(handler).call(abi.encodePacked(selectors[draw % 7], words));
            vm.assertTrue(done, "a handler reverted");
            if (i % 32 == 0) {
                this.invariant_theMoneyIsAllThere();
                this.invariant_nobodyGains();
            }
        }
        string[7] memory verbs = ["contribute", "settle", "seal", "fund", "withdraw", "pause", "force"];
        for (uint256 i = 0; i < verbs.length; ++i) {
            vm.assertLe(WALK / 80, handler.done(verbs[i]), verbs[i]);
        }
        vm.assertLe(1, handler.burned(), "something was lost");
        vm.assertLe(1, handler.bounties(), "and paid for seals");
        this.afterInvariant();
    }

    /// @dev At the end of each sequence nothing is left but the budget and what came by force.
    function afterInvariant() external {
        handler.end();
        (,,, uint256 escrow, uint256 budget) = pool.state();
        vm.assertEq(escrow, handler.credits() + handler.open(), "escrow");
        vm.assertEq(handler.open(), 0, "nothing is open");
        vm.assertEq(address(pool).balance, escrow + budget + handler.forced(), "balance");
    }
}
