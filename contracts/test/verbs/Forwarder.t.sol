// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IOwnership} from "../../src/interfaces/IOwnership.sol";
import {IPool} from "../../src/interfaces/IPool.sol";
import {PoolTest} from "../kit/PoolTest.sol";
import {Proofs} from "../kit/Proofs.sol";
import {vm} from "../kit/Vm.sol";

/// @notice Every verb acts for the signer that the trusted forwarder names, and for nobody that others name.
contract ForwarderTest is PoolTest {
    function test_fuzz_anAddressAppendedByAnybodyElseIsIgnored(address liar) external everyPool {
        vm.assume(liar != FORWARDER && liar != OWNER);

        vm.expectRevert(abi.encodeWithSelector(IOwnership.NotOwner.selector, liar, OWNER));
        _forward(liar, OWNER, 0, abi.encodeCall(IPool.pause, ()));
    }

    function test_withoutAForwarderNobodyIsTrusted() external everyPool {
        pool = _create(kind, address(0));
        bytes memory withdrawal = abi.encodeCall(IPool.withdraw, ());

        vm.expectRevert(abi.encodeWithSelector(IPool.NothingToWithdraw.selector, FORWARDER));
        _forward(FORWARDER, ANN, 0, withdrawal);
    }

    function test_theForwarderWithoutASignerActsForItself() external everyPool {
        // four bytes of calldata hold no address to be mistaken for a signer
        vm.expectRevert(abi.encodeWithSelector(IPool.NothingToWithdraw.selector, FORWARDER));
        _withdraw(FORWARDER);
    }

    function test_everyVerbThroughTheForwarderActsForTheSigner() external everyPoolAndForm {
        uint256 price = pool.price();
        _forward(FORWARDER, ANN, price + 7, abi.encodeCall(IPool.contribute, (kind.sample, 1, price)));
        vm.assertEq(_credit(ANN), 7, "the signer gets the change");
        vm.assertEq(_credit(FORWARDER), 0, "the forwarder nothing");
        Made memory good = Made(_nextContribution(ANN, 1), kind.sample, false, 0, new bytes32[](0));
        (good.what.index, good.what.deposit) = (good.what.index - 1, uint96(price));
        _teach(kind.sample, 1);
        Made memory bad = _make(BOB, kind.sample, 0);
        Made memory forgotten = _make(BOB, kind.sample, 0);
        _teach(kind.sample, 1);
        _open(bad);

        vm.expectRevert(abi.encodeWithSelector(IPool.NotContributor.selector, good.what.index, BOB, ANN));
        _forward(FORWARDER, BOB, 0, abi.encodeCall(IPool.refund, (good.what, good.sample)));
        _forward(FORWARDER, ANN, 0, abi.encodeCall(IPool.refund, (good.what, good.sample)));
        vm.assertEq(_verified(ANN), 1, "verified");
        _forward(FORWARDER, ANN, 0, _reporting(bad));
        vm.assertEq(_credit(ANN), 7 + price + bad.what.deposit, "reported");
        _end(forgotten);
        _forward(FORWARDER, ANN, 0, _collecting(forgotten));
        vm.assertEq(
            _credit(ANN), 7 + price + bad.what.deposit + (_burns() ? 0 : forgotten.what.deposit), "collected"
        );
        uint256 wealth = ANN.balance;
        _forward(FORWARDER, ANN, 0, abi.encodeCall(IPool.withdraw, ()));
        vm.assertLt(wealth, ANN.balance, "the signer is paid");
    }

    function test_theOwnersVerbsThroughTheForwarderActForTheSigner() external everyPool {
        vm.expectRevert(abi.encodeWithSelector(IOwnership.NotOwner.selector, ANN, OWNER));
        _forward(FORWARDER, ANN, 0, abi.encodeCall(IPool.pause, ()));

        vm.expectEmit(address(pool));
        emit IPool.Paused(OWNER);
        _forward(FORWARDER, OWNER, 0, abi.encodeCall(IPool.pause, ()));
        vm.expectEmit(address(pool));
        emit IPool.Unpaused(OWNER);
        _forward(FORWARDER, OWNER, 0, abi.encodeCall(IPool.unpause, ()));
        _forward(FORWARDER, OWNER, 0, abi.encodeCall(IOwnership.transferOwnership, (ANN)));
        _forward(FORWARDER, ANN, 0, abi.encodeCall(IOwnership.acceptOwnership, ()));
        vm.assertEq(pool.owner(), ANN, "owner");
    }

    function test_batchesThroughTheForwarderAreTheSigners() external everyPool {
        (bytes[] memory samples, uint16[] memory labels) = (new bytes[](1), new uint16[](1));
        samples[0] = kind.sample;
        bytes32 root = Proofs.leaf(_nextContribution(ANN, 0), kind.sample);

        vm.expectEmit(address(pool));
        emit IPool.BatchCommitted(0, ANN, 1, root);
        _forward(FORWARDER, ANN, 1 ether, abi.encodeCall(IPool.commitBatch, (samples, labels, 1 ether)));
        uint256 credit = _credit(ANN);
        _forward(FORWARDER, ANN, 1 ether, abi.encodeCall(IPool.contributeBatch, (samples, labels, 1 ether)));

        vm.assertLt(credit, _credit(ANN), "change");
    }

    function _reporting(Made memory made) private pure returns (bytes memory) {
        return made.batched
            ? abi.encodeCall(IPool.reportFromBatch, (made.what, made.sample, made.first, made.proof))
            : abi.encodeCall(IPool.report, (made.what, made.sample));
    }

    function _collecting(Made memory made) private pure returns (bytes memory) {
        bytes32 hash = keccak256(made.sample);
        return made.batched
            ? abi.encodeCall(IPool.collectFromBatch, (made.what, hash, made.first, made.proof))
            : abi.encodeCall(IPool.collect, (made.what, hash));
    }

    function _forward(address sender, address signer, uint256 value, bytes memory data) private {
        vm.deal(sender, WEALTH);
        vm.prank(sender);
        (bool done, bytes memory answer) = address(pool).call{value: value}(abi.encodePacked(data, signer));
        if (!done) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
    }
}
