// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPool} from "../../src/interfaces/IPool.sol";
import {IPoolFactory} from "../../src/interfaces/IPoolFactory.sol";
import {Deployment} from "./Deployment.sol";
import {Kind, Kinds} from "./Kinds.sol";
import {Proofs} from "./Proofs.sol";
import {vm} from "./Vm.sol";

/// @title PoolTest
/// @notice Actors, bounds, one pool of each kind, and the steps that tests are told in.
abstract contract PoolTest {
    /* ACTORS */

    address internal constant OWNER = address(0x0A11);
    address internal constant ANN = address(0x0A22); // contributes
    address internal constant BOB = address(0x0A33); // reports
    address internal constant EVE = address(0x0A44); // has no part in it
    address internal constant TEACHER = address(0x0A55); // turns the model
    address internal constant FORWARDER = address(0x0A66); // trusted

    /* BOUNDS */

    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant WEALTH = 1_000_000 ether;
    uint256 internal constant MAX_CHANGE = 1000 ether;
    uint256 internal constant MAX_IDLE = 400 days;
    uint256 internal constant MAX_BATCH = 96;
    uint256 internal constant MAX_LESSONS = 500;
    bytes32 internal constant ENCODER_HASH = keccak256("encoder");

    /// @notice A contribution, as a claim needs it.
    struct Made {
        IPool.Contribution what;
        bytes sample;
        bool batched;
        uint256 first;
        bytes32[] proof;
    }

    IPoolFactory internal factory;
    Kind[] internal kinds;
    IPool[] internal pools;

    /// @dev The pool under test, its kind, and whether `_make` puts contributions into committed batches.
    IPool internal pool;
    Kind internal kind;
    bool internal batched;

    function setUp() public virtual {
        vm.warp(START);
        address[6] memory actors = [OWNER, ANN, BOB, EVE, TEACHER, FORWARDER];
        for (uint256 i = 0; i < actors.length; ++i) {
            vm.deal(actors[i], WEALTH);
        }
        factory = IPoolFactory(Deployment.deploy("PoolFactory", abi.encode(_tokens())));
        Kind[] memory all = Kinds.all();
        for (uint256 i = 0; i < all.length; ++i) {
            kinds.push(all[i]);
            pools.push(_create(all[i], FORWARDER));
        }
        _use("");
    }

    /// @dev The first kind of pool whose name begins so.
    function _use(string memory prefix) internal {
        for (uint256 i = 0; i < kinds.length; ++i) {
            if (!Kinds.startsWith(kinds[i].name, prefix)) continue;
            (pool, kind) = (pools[i], kinds[i]);
            return;
        }
        revert(string.concat("No pool's name begins with ", prefix));
    }

    /// @dev Runs the test on each kind of pool, from the same state.
    modifier everyPool() {
        for (uint256 i = 0; i < pools.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            pool = pools[i];
            kind = kinds[i];
            _;
            require(vm.revertToState(snapshot), "no such snapshot");
        }
    }

    /// @dev Runs the test on each kind of pool, with contributions in slots of their own and in committed batches.
    modifier everyPoolAndForm() {
        for (uint256 i = 0; i < 2 * pools.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            pool = pools[i / 2];
            kind = kinds[i / 2];
            batched = i % 2 == 1;
            _;
            require(vm.revertToState(snapshot), "no such snapshot");
        }
    }

    /* CREATION */

    /// @dev Those that the factory allows.
    function _tokens() internal virtual returns (address[] memory) {
        return new address[](0);
    }

    /// @dev The token of all pools; zero for native coin.
    function _token() internal view virtual returns (address) {
        return address(0);
    }

    function _implementation(string memory name, address forwarder) internal returns (address) {
        return Deployment.deploy(name, abi.encode(forwarder));
    }

    function _parameters(Kind memory of_, address implementation)
        internal
        view
        returns (IPoolFactory.PoolParameters memory)
    {
        return IPoolFactory.PoolParameters(
            implementation, ENCODER_HASH, keccak256(of_.weights), of_.incentive, of_.model, _token()
        );
    }

    function _create(Kind memory of_, address forwarder) internal returns (IPool) {
        address implementation = _implementation(of_.implementation, forwarder);
        vm.prank(OWNER);
        return IPool(factory.createPool(_parameters(of_, implementation), new address[](0), of_.weights));
    }

    /* CONTRIBUTING */

    function _predicted(bytes memory sample) internal view returns (uint16 label) {
        (label,) = pool.predict(sample);
    }

    /// @dev A label that the model does not predict.
    function _unexpected(bytes memory sample) internal view returns (uint16) {
        return _predicted(sample) == 0 ? 1 : 0;
    }

    function _nextContribution(address who, uint16 label) internal view returns (IPool.Contribution memory) {
        (uint256 count,,,) = pool.state();
        return IPool.Contribution(count, who, label, uint40(block.timestamp), uint96(pool.price()));
    }

    /// @dev A contribution with a slot of its own, paid exactly.
    function _contribute(address who, bytes memory sample, uint16 label) internal returns (Made memory made) {
        made.what = _nextContribution(who, label);
        made.sample = sample;
        vm.prank(who);
        pool.contribute{value: made.what.deposit}(sample, label, made.what.deposit);
    }

    /// @dev A contribution in the form under test, paid exactly. In a committed batch it stands between two others by the
    /// same author.
    function _make(address who, bytes memory sample, uint16 label) internal returns (Made memory made) {
        if (!batched) return _contribute(who, sample, label);

        bytes[] memory samples = new bytes[](3);
        uint16[] memory labels = new uint16[](3);
        (samples[0], samples[1], samples[2]) = (kind.other, sample, kind.other);
        labels[0] = labels[2] = _predicted(kind.other);
        labels[1] = label;
        Made[] memory all = _commit(who, samples, labels);
        return all[1];
    }

    /// @dev A committed batch, paid exactly.
    function _commit(address who, bytes[] memory samples, uint16[] memory labels)
        internal
        returns (Made[] memory made)
    {
        made = _expected(who, samples, labels);
        uint256 maxPrice = made[made.length - 1].what.deposit;
        if (made[0].what.deposit > maxPrice) maxPrice = made[0].what.deposit;
        vm.prank(who);
        pool.commitBatch{value: _sum(made)}(samples, labels, maxPrice);
    }

    /// @dev What a batch committed now would consist of.
    function _expected(address who, bytes[] memory samples, uint16[] memory labels)
        internal
        view
        returns (Made[] memory made)
    {
        made = new Made[](samples.length);
        bytes32[] memory leaves = new bytes32[](samples.length);
        IPool.Contribution memory next = _nextContribution(who, 0);
        for (uint256 i = 0; i < samples.length; ++i) {
            made[i].what = IPool.Contribution(next.index + i, who, labels[i], next.time, next.deposit);
            if (i != 0) made[i].what.deposit = uint96(pool.priceAfter(1));
            made[i].sample = samples[i];
            made[i].batched = true;
            made[i].first = next.index;
            leaves[i] = Proofs.leaf(made[i].what, samples[i]);
        }
        for (uint256 i = 0; i < samples.length; ++i) {
            (made[i].proof,) = Proofs.make(leaves, i);
        }
    }

    function _sum(Made[] memory made) internal pure returns (uint256 total) {
        for (uint256 i = 0; i < made.length; ++i) {
            total += made[i].what.deposit;
        }
    }

    /// @dev Contributes until the model gives the sample this label.
    function _teach(bytes memory sample, uint16 label) internal {
        for (uint256 i = 0; i < MAX_LESSONS; ++i) {
            if (_predicted(sample) == label) return;
            _contribute(TEACHER, sample, label);
        }
        revert("The model does not learn the sample.");
    }

    /* CLAIMING */

    function _open(Made memory made) internal {
        vm.warp(made.what.time + Kinds.REFUND_WAIT + 1);
    }

    function _end(Made memory made) internal {
        vm.warp(made.what.time + Kinds.COLLECT_WAIT + 1);
    }

    function _refund(address who, Made memory made) internal returns (uint256) {
        vm.prank(who);
        if (!made.batched) return pool.refund(made.what, made.sample);
        return pool.refundFromBatch(made.what, made.sample, made.first, made.proof);
    }

    function _report(address who, Made memory made) internal returns (uint256) {
        vm.prank(who);
        if (!made.batched) return pool.report(made.what, made.sample);
        return pool.reportFromBatch(made.what, made.sample, made.first, made.proof);
    }

    function _collect(address who, Made memory made) internal returns (uint256) {
        vm.prank(who);
        if (!made.batched) return pool.collect(made.what, keccak256(made.sample));
        return pool.collectFromBatch(made.what, keccak256(made.sample), made.first, made.proof);
    }

    function _withdraw(address who) internal returns (uint256) {
        vm.prank(who);
        return pool.withdraw();
    }

    /// @dev Gives an account `refunds` verified contributions; time passes.
    function _verify(address who, uint256 refunds) internal {
        for (uint256 i = 0; i < refunds; ++i) {
            Made memory made = _contribute(who, kind.sample, _predicted(kind.sample));
            _open(made);
            _refund(who, made);
        }
    }

    /* STATE */

    function _credit(address who) internal view returns (uint256 credit) {
        (credit,) = pool.account(who);
    }

    function _verified(address who) internal view returns (uint256 verified) {
        (, verified) = pool.account(who);
    }

    function _count() internal view returns (uint256 count) {
        (count,,,) = pool.state();
    }

    function _escrow() internal view returns (uint256 escrow) {
        (,, escrow,) = pool.state();
    }

    function _totalVerified() internal view returns (uint256 total) {
        (,,, total) = pool.state();
    }

    function _burns() internal view returns (bool) {
        return !Kinds.startsWith(kind.implementation, "SelfAssessed") || kind.incentive[1] == 0;
    }

    function _hasDeposits() internal view returns (bool) {
        return pool.price() != 0;
    }

    /* FUZZING */

    function _bound(uint256 value, uint256 lowest, uint256 highest) internal pure returns (uint256) {
        if (value >= lowest && value <= highest) return value;
        uint256 span = highest - lowest;
        return span == type(uint256).max ? value : lowest + value % (span + 1);
    }
}
