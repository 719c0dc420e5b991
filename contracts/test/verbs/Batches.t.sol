// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModel} from "../../src/interfaces/IModel.sol";
import {IPool} from "../../src/interfaces/IPool.sol";
import {PoolTest} from "../kit/PoolTest.sol";
import {Proofs} from "../kit/Proofs.sol";
import {vm} from "../kit/Vm.sol";

/// @notice Both verbs that take several samples: `contributeBatch` and `commitBatch`.
contract BatchesTest is PoolTest {
    /// @dev Enough for the models that share work between samples to do so, and for a tree of some depth.
    uint256 private constant LONG = 13;

    bool private _committed;

    /// @dev Runs the test on each kind of pool and with both verbs.
    modifier everyPoolAndVerb() {
        for (uint256 i = 0; i < 2 * pools.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            pool = pools[i / 2];
            kind = kinds[i / 2];
            _committed = i % 2 == 1;
            _;
            require(vm.revertToState(snapshot), "no such snapshot");
        }
    }

    function test_batch_failsWhilePaused() external everyPoolAndVerb {
        (bytes[] memory samples, uint16[] memory labels) = _batch(2);
        vm.prank(OWNER);
        pool.pause();

        vm.expectRevert(IPool.ContributionsPaused.selector);
        _send(samples, labels, 100 ether, 1 ether);
    }

    function test_batch_failsWhenEmpty() external everyPoolAndVerb {
        vm.expectRevert(abi.encodeWithSelector(IPool.BatchLengthInvalid.selector, 0, 0));
        _send(new bytes[](0), new uint16[](0), 0, 1 ether);
    }

    function test_fuzz_batch_failsWithoutALabelForEachSample(uint256 samples, uint256 labels) external everyPoolAndVerb {
        samples = _bound(samples, 1, MAX_BATCH);
        labels = _bound(labels, 0, MAX_BATCH);
        if (samples == labels) ++labels;

        vm.expectRevert(abi.encodeWithSelector(IPool.BatchLengthInvalid.selector, samples, labels));
        _send(new bytes[](samples), new uint16[](labels), 0, 1 ether);
    }

    function test_batch_failsForAnUnknownLabelInTheMiddle() external everyPoolAndVerb {
        (bytes[] memory samples, uint16[] memory labels) = _batch(LONG);
        labels[LONG - 2] = pool.classCount();

        vm.expectRevert(abi.encodeWithSelector(IModel.LabelOutOfRange.selector, labels[LONG - 2], pool.classCount()));
        _send(samples, labels, 100 ether, 1 ether);
        vm.assertEq(_count(), 0, "count");
    }

    function test_batch_failsForAnInvalidSampleAtTheEnd() external everyPoolAndVerb {
        (bytes[] memory samples, uint16[] memory labels) = _batch(LONG);
        samples[LONG - 1] = "";
        bytes32 digest = pool.digest();

        vm.expectRevert();
        _send(samples, labels, 100 ether, 1 ether);
        vm.assertEq(pool.digest(), digest, "digest");
    }

    function test_batch_failsWhenALaterPriceIsAboveTheMaximum() external everyPoolAndVerb {
        vm.warp(block.timestamp + 100 days);
        uint256 price = pool.price();
        uint256 later = pool.priceAfter(1);
        if (later == price) return;
        (bytes[] memory samples, uint16[] memory labels) = _batch(2);

        vm.expectRevert(abi.encodeWithSelector(IPool.PriceAboveMaximum.selector, later, price));
        _send(samples, labels, 1 ether, price);
    }

    function test_batch_failsWhenAWeiIsMissing() external everyPoolAndVerb {
        if (!_hasDeposits()) return;
        (bytes[] memory samples, uint16[] memory labels) = _batch(3);
        uint256 due = _sum(_expected(ANN, samples, labels));

        vm.expectRevert(abi.encodeWithSelector(IPool.PaymentTooLow.selector, due, 0, due - 1));
        _send(samples, labels, due - 1, 1 ether);
    }

    function test_fuzz_commitBatch_failsAboveItsLength(uint256 length) external everyPool {
        length = _bound(length, MAX_BATCH + 1, 3 * MAX_BATCH);

        vm.expectRevert(abi.encodeWithSelector(IPool.BatchTooLong.selector, length, MAX_BATCH));
        vm.prank(ANN);
        pool.commitBatch(new bytes[](length), new uint16[](length), 1 ether);
    }

    function test_fuzz_batch_isWhatOneAfterTheOtherIs(uint256 seed, uint256 length) external everyPoolAndVerb {
        (bytes[] memory samples, uint16[] memory labels) = _batch(_bound(length, 1, LONG));
        for (uint256 i = 0; i < samples.length; ++i) {
            (samples[i], labels[i]) = (seed >> i & 1 == 0 ? kind.sample : kind.other, uint16(seed >> 128 + i & 1));
        }
        uint256 snapshot = vm.snapshotState();
        for (uint256 i = 0; i < samples.length; ++i) {
            _contribute(ANN, samples[i], labels[i]);
        }
        bytes32 digest = pool.digest();
        uint256 escrow = _escrow();
        vm.revertToState(snapshot);
        uint256 due = _sum(_expected(ANN, samples, labels));

        _send(samples, labels, due + 9, 1 ether);

        vm.assertEq(pool.digest(), digest, "digest");
        vm.assertEq(_escrow(), escrow + 9, "escrow");
        vm.assertEq(escrow, due, "deposits");
        vm.assertEq(_credit(ANN), 9, "change");
        vm.assertEq(_count(), samples.length, "count");
    }

    function test_contributeBatch_givesEachASlotOfItsOwn() external everyPool {
        (bytes[] memory samples, uint16[] memory labels) = _batch(3);
        Made[] memory made = _expected(ANN, samples, labels);

        _send(samples, labels, 100 ether, 1 ether);

        for (uint256 i = 0; i < 3; ++i) {
            (uint256 left, uint160 commitment) = pool.claimable(i);
            vm.assertEq(left, made[i].what.deposit, "claimable");
            vm.assertEq(commitment, uint160(uint256(Proofs.leaf(made[i].what, samples[i]))), "commitment");
        }
    }

    function test_fuzz_commitBatch_keepsTheRootAndNothingElse(uint256 length) external everyPool {
        length = _bound(length, 1, MAX_BATCH);
        (bytes[] memory samples, uint16[] memory labels) = _batch(length);
        Made[] memory made = _expected(ANN, samples, labels);
        bytes32[] memory leaves = new bytes32[](length);
        for (uint256 i = 0; i < length; ++i) {
            leaves[i] = Proofs.leaf(made[i].what, samples[i]);
        }
        (, bytes32 expected) = Proofs.make(leaves, 0);

        vm.expectEmit(address(pool));
        emit IPool.BatchCommitted(0, ANN, length, expected);
        _committed = true;
        _send(samples, labels, 100 ether, 1 ether);

        (bytes32 root, uint256 size, uint96 left) = pool.batch(0);
        vm.assertEq(root, expected, "root");
        vm.assertEq(size, length, "size");
        vm.assertEq(left, 0, "left");
        (uint256 claimable, uint160 commitment) = pool.claimable(0);
        vm.assertEq(claimable + commitment, 0, "slot");
        _committed = false;
    }

    function test_commitBatch_canBeClaimedByEachOfItsProofsOnce() external everyPool {
        (bytes[] memory samples, uint16[] memory labels) = _batch(MAX_BATCH - 1);
        _contribute(BOB, kind.sample, 0);
        Made[] memory made = _commit(ANN, samples, labels);
        _end(made[0]);

        uint96 bits;
        for (uint256 i = 0; i < made.length; ++i) {
            _collect(EVE, made[i]);
            bits |= uint96(1 << i);
            (,, uint96 left) = pool.batch(1);
            vm.assertEq(left, bits, "left");
            vm.expectRevert(abi.encodeWithSelector(IPool.ContributionClosed.selector, 1 + i));
            _collect(EVE, made[i]);
        }
    }

    function test_fuzz_claimFromBatch_failsOutsideOfIt(uint256 index, uint256 first) external everyPool {
        (bytes[] memory samples, uint16[] memory labels) = _batch(3);
        _contribute(BOB, kind.sample, 0);
        Made memory made = _commit(ANN, samples, labels)[1];
        made.first = _bound(first, 0, 10);
        made.what.index = _bound(index, 0, 10);
        if (made.first == 1 && made.what.index >= 1 && made.what.index < 4) made.what.index += 3;
        _end(made);

        vm.expectRevert(abi.encodeWithSelector(IPool.NotInBatch.selector, made.what.index, made.first));
        _collect(EVE, made);
    }

    function test_claimFromBatch_failsWithTheProofOfANeighbour() external everyPool {
        (bytes[] memory samples, uint16[] memory labels) = _batch(4);
        Made[] memory made = _commit(ANN, samples, labels);
        _end(made[0]);
        made[1].proof = made[0].proof;

        vm.expectRevert(abi.encodeWithSelector(IPool.ContributionMismatch.selector, 1));
        _collect(EVE, made[1]);
    }

    function test_claim_ofABatchedContributionWithoutItsProofIsRefused() external everyPool {
        (bytes[] memory samples, uint16[] memory labels) = _batch(2);
        Made memory made = _commit(ANN, samples, labels)[1];
        _end(made);
        made.batched = false;

        vm.expectRevert(abi.encodeWithSelector(IPool.ContributionClosed.selector, 1));
        _collect(EVE, made);
    }

    function _batch(uint256 length) private view returns (bytes[] memory samples, uint16[] memory labels) {
        samples = new bytes[](length);
        labels = new uint16[](length);
        for (uint256 i = 0; i < length; ++i) {
            samples[i] = i % 3 == 0 ? kind.other : kind.sample;
            labels[i] = uint16(i % 2);
        }
    }

    function _send(bytes[] memory samples, uint16[] memory labels, uint256 value, uint256 maxPrice) private {
        vm.prank(ANN);
        if (_committed) pool.commitBatch{value: value}(samples, labels, maxPrice);
        else pool.contributeBatch{value: value}(samples, labels, maxPrice);
    }
}
