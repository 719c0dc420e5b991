// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IModel} from "../../src/interfaces/IModel.sol";
import {IPool} from "../../src/interfaces/IPool.sol";
import {IPoolFactory} from "../../src/interfaces/IPoolFactory.sol";
import {Kind} from "../kit/Kinds.sol";
import {PoolTest} from "../kit/PoolTest.sol";
import {vm} from "../kit/Vm.sol";

/// @title ModelTest
/// @notice What tests of one model have in common: pools of any parameters and weights, and refusals.
abstract contract ModelTest is PoolTest {
    address private _codeOfIt;

    /// @dev External, so that an expected revert is that of the whole creation.
    function create(bytes calldata model, bytes[] calldata chunks) external returns (IPool) {
        address[] memory stored = new address[](chunks.length);
        bytes memory weights;
        for (uint256 i = 0; i < chunks.length; ++i) {
            stored[i] = factory.storeChunk(chunks[i]);
            weights = bytes.concat(weights, chunks[i]);
        }
        return createFrom(model, stored, weights);
    }

    /// @dev From chunks that may not be what the factory stored.
    function createFrom(bytes memory model, address[] memory stored, bytes memory weights) public returns (IPool) {
        Kind memory changed = kind;
        (changed.model, changed.weights) = (model, weights);
        if (_codeOfIt == address(0)) _codeOfIt = _implementation(kind.implementation, FORWARDER);
        return IPool(factory.createPool(_parameters(changed, _codeOfIt), stored, ""));
    }

    function _one(bytes memory chunk) internal pure returns (bytes[] memory chunks) {
        chunks = new bytes[](1);
        chunks[0] = chunk;
    }

    /// @dev Chunks of the right length that are no chunks: their code does not begin with a byte that stops.
    function _refusesCodeThatCouldRun(bytes memory model, bytes memory weights) internal {
        address[] memory stored = new address[](1);
        stored[0] = address(0xC0DE);
        vm.etch(stored[0], abi.encodePacked(uint8(1), weights));
        uint256 length = weights.length + 1;
        vm.expectRevert(abi.encodeWithSelector(IModel.ModelWeightsInvalid.selector, 0, length, length));
        this.createFrom(model, stored, weights);
    }

    function _refusesWeightsOfOtherLengths(bytes memory model, uint256 length) internal {
        uint256[2] memory lengths = [length - 1, length + 1];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IModel.ModelWeightsInvalid.selector, 0, length + 1, lengths[i] + 1)
            );
            this.create(model, _one(new bytes(lengths[i])));
        }
    }

    function _refusesParameters(bytes memory model, uint256 first, uint256 second) internal {
        vm.expectRevert(abi.encodeWithSelector(IModel.ModelParametersInvalid.selector, first, second));
        this.create(model, _one(new bytes(96)));
    }

    function _refusesSample(bytes memory sample, bytes memory reason) internal {
        uint256 price = pool.price();
        vm.expectRevert(reason);
        pool.predict(sample);
        vm.expectRevert(reason);
        vm.prank(ANN);
        pool.contribute{value: price}(sample, 1, price);
    }

    /// @dev A sample of more features than the pool's contributions may have is predicted, and not taken.
    function _takesAtMost(bytes memory sample, uint256 features, uint256 maximum) internal {
        bytes memory reason = abi.encodeWithSelector(IModel.SampleTooLong.selector, features, maximum);
        _takes(sample, features > maximum, reason);
    }

    /// @dev Whether a valid sample is refused for its size, alone and in a batch; its prediction never is.
    function _takes(bytes memory sample, bool refused, bytes memory reason) internal {
        bytes[] memory samples = new bytes[](1);
        samples[0] = sample;
        uint256 price = pool.price();
        pool.predict(sample);
        vm.prank(ANN);
        if (refused) vm.expectRevert(reason);
        pool.contribute{value: price}(sample, 1, price);
        vm.prank(ANN);
        if (refused) vm.expectRevert(reason);
        pool.contributeBatch{value: price}(samples, new uint16[](1), price);
        vm.assertEq(_count(), refused ? 0 : 2, "contributions");
    }

    /// @dev Contributes, and tells what the event says that the model predicted before.
    function _announced(bytes memory sample, uint16 label) internal returns (uint16 predicted) {
        vm.recordLogs();
        _contribute(ANN, sample, label);
        (, predicted) = abi.decode(vm.getRecordedLogs()[0].data, (uint16, uint16));
    }

    function _random(uint256 seed, uint256 a, uint256 b) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, a, b)));
    }
}
