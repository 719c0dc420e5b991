// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModel} from "../src/interfaces/IModel.sol";
import {IPool} from "../src/interfaces/IPool.sol";
import {IPoolFactory} from "../src/interfaces/IPoolFactory.sol";
import {Kind} from "./kit/Kinds.sol";
import {PoolTest} from "./kit/PoolTest.sol";
import {Vm, vm} from "./kit/Vm.sol";

contract CreationTest is PoolTest {
    uint256 private constant MAX_CHUNK = 24_575;
    address private constant NOWHERE = address(0xDEAD);

    /* CHUNKS */

    function test_storeChunk_failsWhenEmpty() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolFactory.ChunkLengthInvalid.selector, 0, MAX_CHUNK));
        factory.storeChunk("");
    }

    function test_storeChunk_failsAboveWhatCodeMayHold() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolFactory.ChunkLengthInvalid.selector, MAX_CHUNK + 1, MAX_CHUNK));
        factory.storeChunk(new bytes(MAX_CHUNK + 1));
    }

    function test_fuzz_storeChunk_keepsTheBytesAsCodeThatCannotRun(bytes calldata data) external {
        vm.assume(data.length != 0);
        vm.recordLogs();

        address chunk = factory.storeChunk(data);

        vm.assertEq(chunk.code, abi.encodePacked(uint8(0), data), "code");
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 1, "logs");
        vm.assertEq(logs[0].topics[0], IPoolFactory.ChunkStored.selector, "event");
        vm.assertEq(address(uint160(uint256(logs[0].topics[1]))), chunk, "chunk");
        vm.assertEq(abi.decode(logs[0].data, (uint256)), data.length, "length");
    }

    function test_storeChunk_acceptsAsMuchAsCodeMayHold() external {
        vm.assertEq(factory.storeChunk(new bytes(MAX_CHUNK)).code.length, MAX_CHUNK + 1, "length");
    }

    /* POOLS */

    function test_createPool_failsWithoutAnImplementation() external {
        vm.expectRevert(abi.encodeWithSelector(IPoolFactory.ImplementationMissing.selector, NOWHERE));
        factory.createPool(_parameters(kind, NOWHERE), new address[](0), kind.weights);
    }

    function test_fuzz_createPool_failsForAnIncentiveOfAnotherLength(bytes memory incentive) external everyPool {
        if (incentive.length == kind.incentive.length) return;
        IPoolFactory.PoolParameters memory parameters = _new();
        parameters.incentive = incentive;

        vm.expectRevert(
            abi.encodeWithSelector(
                IPoolFactory.IncentiveLengthInvalid.selector, incentive.length, kind.incentive.length
            )
        );
        factory.createPool(parameters, new address[](0), kind.weights);
    }

    function test_createPool_failsForOtherWeightsThanItIsSealedWith() external everyPool {
        IPoolFactory.PoolParameters memory parameters = _new();
        parameters.weightsHash = keccak256("others");

        vm.expectRevert(
            abi.encodeWithSelector(
                IPoolFactory.WeightsHashMismatch.selector, keccak256(kind.weights), parameters.weightsHash
            )
        );
        factory.createPool(parameters, new address[](0), kind.weights);
    }

    function test_fuzz_createPool_failsForModelParametersOfAnotherLength(bytes memory model) external everyPool {
        if (model.length == kind.model.length) return;
        IPoolFactory.PoolParameters memory parameters = _new();
        parameters.model = model;

        vm.expectRevert(
            abi.encodeWithSelector(
                IPoolFactory.ModelParametersLengthInvalid.selector, model.length, kind.model.length
            )
        );
        factory.createPool(parameters, new address[](0), kind.weights);
    }

    /// @dev The attack: weights of one's own, whose address stands where the pool looks for the first chunk, before the
    /// weights that it is sealed with.
    function test_createPool_failsWhenItWouldReadOtherWeightsThanItIsSealedWith() external everyPool {
        IPoolFactory.PoolParameters memory parameters = _new();
        address others = factory.storeChunk(kind.weights);
        parameters.model = abi.encodePacked(kind.model, others);

        vm.expectRevert(
            abi.encodeWithSelector(
                IPoolFactory.ModelParametersLengthInvalid.selector, kind.model.length + 20, kind.model.length
            )
        );
        factory.createPool(parameters, new address[](0), kind.weights);
    }

    function test_createPool_failsWithoutWeights() external everyPool {
        IPoolFactory.PoolParameters memory parameters = _new();

        vm.expectRevert();
        factory.createPool(parameters, new address[](0), "");
    }

    function test_createPool_failsForAChunkTooMany() external everyPool {
        IPoolFactory.PoolParameters memory parameters = _new();
        address[] memory chunks = new address[](1);
        chunks[0] = factory.storeChunk(kind.weights);

        vm.expectRevert(abi.encodeWithSelector(IModel.ModelChunksInvalid.selector, 2, 1));
        factory.createPool(parameters, chunks, kind.weights);
    }

    /* ADDRESSES */

    /// @dev A reorganisation in which another creator, and other pools, come first: who was told an address finds there what
    /// it was told of, or nothing.
    function test_createPool_addressIsThatOfItsParametersAndItsCreator() external everyPool {
        IPoolFactory.PoolParameters memory parameters = _new();
        uint256 before = vm.snapshotState();
        vm.prank(ANN);
        address first = factory.createPool(parameters, new address[](0), kind.weights);
        vm.prank(ANN);
        address second = factory.createPool(parameters, new address[](0), kind.weights);
        require(vm.revertToState(before), "no such snapshot");

        factory.storeChunk("other weights");
        vm.prank(EVE);
        address hers = factory.createPool(parameters, new address[](0), kind.weights);
        vm.assertEq(first.code.length + second.code.length, 0, "squatted");
        parameters.encoderHash = keccak256("another encoder");
        vm.prank(ANN);
        address other = factory.createPool(parameters, new address[](0), kind.weights);
        parameters.encoderHash = ENCODER_HASH;
        vm.prank(ANN);
        address again = factory.createPool(parameters, new address[](0), kind.weights);

        vm.assertEq(again, first, "the first of these");
        vm.assertTrue(first != second && hers != first && hers != second, "shared");
        vm.assertTrue(other != first && other != second && other != hers, "shared");
    }

    function test_storeChunk_keepsWhatIsStoredWhereItIs() external {
        address first = factory.storeChunk(hex"0102");
        vm.prank(EVE);
        vm.assertEq(factory.storeChunk(hex"0102"), first, "once");
        vm.assertEq(first.code, hex"000102", "content");
        vm.assertTrue(factory.storeChunk(hex"0103") != first, "others");
    }

    function test_createPool_failsForWeightsThatAreNotCode() external everyPool {
        IPoolFactory.PoolParameters memory parameters = _new();
        address[] memory chunks = new address[](1);
        chunks[0] = NOWHERE;

        vm.expectRevert();
        factory.createPool(parameters, chunks, "");
    }

    function test_createPool_failsForAByteTooManyOrTooFew() external everyPool {
        for (uint256 i = 0; i < 2; ++i) {
            Kind memory changed = kind;
            changed.weights = new bytes(kind.weights.length + 2 * i - 1);
            address implementation = _implementation(kind.implementation, FORWARDER);
            IPoolFactory.PoolParameters memory parameters = _parameters(changed, implementation);

            vm.expectRevert();
            factory.createPool(parameters, new address[](0), changed.weights);
        }
    }

    function test_createPool_announcesAndSealsWhatItIsCreatedWith() external everyPool {
        IPoolFactory.PoolParameters memory parameters = _new();
        vm.recordLogs();

        vm.prank(BOB);
        IPool created = IPool(factory.createPool(parameters, new address[](0), kind.weights));

        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs[1].topics[0], IPoolFactory.PoolCreated.selector, "event");
        vm.assertEq(address(uint160(uint256(logs[1].topics[1]))), address(created), "pool");
        vm.assertEq(address(uint160(uint256(logs[1].topics[2]))), parameters.implementation, "implementation");
        vm.assertEq(address(uint160(uint256(logs[1].topics[3]))), BOB, "owner");
        address[] memory chunks = new address[](1);
        chunks[0] = address(uint160(uint256(logs[0].topics[1])));
        bytes memory told =
            abi.encode(ENCODER_HASH, keccak256(kind.weights), parameters.incentive, parameters.model, chunks, address(0));
        vm.assertEq(logs[1].data, told, "all that it is made of");
        vm.assertEq(created.owner(), BOB, "owner");
        vm.assertEq(created.pendingOwner(), address(0), "pending");
        vm.assertEq(created.encoderHash(), ENCODER_HASH, "encoder");
        (uint256 count, uint256 lastAccepted, uint256 escrow, uint256 totalVerified) = created.state();
        vm.assertEq(count + escrow + totalVerified, 0, "totals");
        vm.assertEq(lastAccepted, block.timestamp, "the price clock starts");
        vm.assertFalse(created.paused(), "paused");
    }

    function test_createPool_fromAChunkStoredBeforeIsTheSame() external everyPool {
        IPoolFactory.PoolParameters memory parameters = _new();
        address[] memory chunks = new address[](1);
        chunks[0] = factory.storeChunk(kind.weights);

        IPool created = IPool(factory.createPool(parameters, chunks, ""));

        vm.assertEq(created.digest(), pool.digest(), "digest");
    }

    function test_pool_saysWhatItIs() external everyPool {
        vm.assertTrue(pool.modelId() != 0, "model");
        vm.assertTrue(pool.sampleFormat() != 0, "sample format");
        vm.assertTrue(pool.incentiveId() != 0, "incentive");
        vm.assertTrue(pool.modelParameters().length != 0, "model parameters");
        vm.assertTrue(pool.incentiveParameters().length != 0, "incentive parameters");
        vm.assertTrue(pool.classCount() >= 2, "classes");
    }

    /* INITIALISATION */

    function test_initialize_failsTheSecondTime() external everyPool {
        vm.expectRevert(IPool.PoolAlreadyInitialized.selector);
        pool.initialize();
    }

    /// @dev Locked by its constructor: whoever uses an implementation instead of a clone of it gets nowhere.
    function test_implementation_canNeitherBeInitialisedNorPaid() external everyPool {
        IPool implementation = IPool(_implementation(kind.implementation, FORWARDER));

        vm.expectRevert(IPool.PoolAlreadyInitialized.selector);
        implementation.initialize();
        vm.assertTrue(implementation.paused(), "paused");
        vm.expectRevert(IPool.ContributionsPaused.selector);
        implementation.contribute{value: 0}(kind.sample, 1, type(uint256).max);
    }

    /* WEIGHTS */

    function test_fuzz_weights_failsForARangeThatIsNone(uint256 from, uint256 to) external everyPool {
        uint256 count = pool.weightCount();
        if (from < to && to <= count) to = count + 1;

        vm.expectRevert(abi.encodeWithSelector(IModel.WeightRangeInvalid.selector, from, to, count));
        pool.weights(from, to);
    }

    function test_fuzz_weights_ofPartsAreThoseOfTheWholeThatTheDigestIsOf(uint256 from, uint256 to) external everyPool {
        _contribute(ANN, kind.sample, 1);
        _contribute(ANN, kind.other, 0);
        int32[] memory all = pool.weights(0, pool.weightCount());
        from = _bound(from, 0, all.length - 1);
        to = _bound(to, from + 1, all.length);

        int32[] memory part = pool.weights(from, to);

        vm.assertEq(part.length, to - from, "length");
        for (uint256 i = from; i < to; ++i) {
            vm.assertEq(part[i - from], all[i], "weight");
        }
        bytes memory packed = new bytes(4 * all.length);
        for (uint256 i = 0; i < all.length; ++i) {
            for (uint256 k = 0; k < 4; ++k) {
                packed[4 * i + k] = bytes4(uint32(all[i]))[k];
            }
        }
        vm.assertEq(pool.digest(), keccak256(packed), "digest");
    }

    function _new() private returns (IPoolFactory.PoolParameters memory) {
        return _parameters(kind, _implementation(kind.implementation, FORWARDER));
    }
}
