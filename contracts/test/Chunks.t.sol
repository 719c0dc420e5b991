// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolFactory} from "../src/interfaces/IPoolFactory.sol";
import {Deployment} from "./kit/Deployment.sol";
import {Packing} from "./kit/Packing.sol";
import {vm} from "./kit/Vm.sol";

contract Destroyer {
    function destroy() external {
        selfdestruct(payable(msg.sender));
    }
}

/// @dev Its creation code is always the same, so that its address is, whatever it asks its creator for; and it has itself destroyed
/// before it leaves code, which is there until the transaction ends (EIP-6780).
contract PassingChunk {
    constructor() {
        ChunkThief thief = ChunkThief(msg.sender);
        (bool destroyed,) = thief.destroyer().delegatecall(abi.encodeCall(Destroyer.destroy, ()));
        require(destroyed, "not destroyed");
        bytes memory code = thief.content();
        assembly {
            return(add(code, 32), mload(code))
        }
    }
}

/// @dev Makes pools whose weights, or rules, are where nothing is once the transaction is over.
contract ChunkThief {
    address public destroyer = address(new Destroyer());
    bytes public content;

    function passing(bytes memory data) public returns (address) {
        content = bytes.concat(hex"00", data);
        return address(new PassingChunk{salt: bytes32(0)}());
    }

    function createWithWeights(IPoolFactory factory, IPoolFactory.PoolParameters memory parameters, bytes memory weights)
        external
        returns (address)
    {
        address[] memory chunks = new address[](1);
        chunks[0] = passing(weights);
        return factory.createPool(parameters, chunks, "");
    }

    function createWithRules(
        IPoolFactory factory,
        IPoolFactory.PoolParameters memory parameters,
        bytes memory rules,
        bytes memory weights
    ) external returns (address) {
        parameters.incentive = bytes.concat(abi.encodePacked(passing(rules)), new bytes(19));
        return factory.createPool(parameters, new address[](0), weights);
    }
}

/// @notice Weights and rules lie in code that cannot change: what the factory stored itself. With any other, whoever made the pool
/// could put other weights in their place for one transaction, and report honest contributions or seal another judge in it.
contract ChunksTest {
    IPoolFactory private _factory;
    ChunkThief private _thief;
    bytes private _weights;
    bytes private _rules;
    IPoolFactory.PoolParameters private _published;
    IPoolFactory.PoolParameters private _sealed;

    function setUp() public {
        _factory = IPoolFactory(Deployment.deploy("PoolFactory", abi.encode(new address[](0))));
        _thief = new ChunkThief();
        _weights = new bytes(Packing.rowLength(3));
        _rules = bytes.concat(
            abi.encodePacked(uint32(1 days), uint8(2), uint8(3), uint8(9), uint8(3), uint8(3), uint16(30), uint32(320)),
            abi.encodePacked(uint8(8), uint8(4), uint16(0), uint96(10), uint96(30), uint96(70), uint96(0)),
            new bytes(8)
        );
        bytes memory model = Packing.densePerceptron(3, 3, 0, 100);
        bytes memory arguments = abi.encode(address(this));
        _published = IPoolFactory.PoolParameters(
            Deployment.deploy("SelfAssessedDensePerceptron", arguments),
            keccak256("encoder"),
            keccak256(_weights),
            Packing.selfAssessment(1, 0, 1 hours, 30 days, 1 ether, 0),
            model,
            address(0)
        );
        _sealed = _published;
        _sealed.implementation = Deployment.deploy("SealedAssessedDensePerceptron", arguments);
        _sealed.incentive = bytes.concat(abi.encodePacked(_factory.storeChunk(_rules)), new bytes(19));
    }

    function _passingChunk(bytes memory data) private returns (address chunk) {
        uint256 snapshot = vm.snapshotState();
        chunk = _thief.passing(data);
        vm.revertToState(snapshot);
    }

    function test_creation_failsForWeightsThatTheFactoryDidNotStore() external {
        address chunk = _passingChunk(_weights);
        vm.expectRevert(abi.encodeWithSelector(IPoolFactory.ChunkNotStored.selector, chunk));
        _thief.createWithWeights(_factory, _published, _weights);
        vm.expectRevert(abi.encodeWithSelector(IPoolFactory.ChunkNotStored.selector, chunk));
        _thief.createWithWeights(_factory, _sealed, _weights);
    }

    function test_creation_failsForRulesThatTheFactoryDidNotStore() external {
        address chunk = _passingChunk(_rules);
        vm.expectRevert(abi.encodeWithSelector(IPoolFactory.ChunkNotStored.selector, chunk));
        _thief.createWithRules(_factory, _sealed, _rules, _weights);
    }

    function test_creation_takesWhatTheFactoryStored() external {
        address[] memory chunks = new address[](1);
        chunks[0] = _factory.storeChunk(_weights);
        vm.assertTrue(_factory.createPool(_published, chunks, "").code.length != 0, "weights stored before");
        vm.assertTrue(_factory.createPool(_sealed, new address[](0), _weights).code.length != 0, "weights stored with it");
    }
}
