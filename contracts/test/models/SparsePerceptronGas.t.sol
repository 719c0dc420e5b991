// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PoolTest} from "../kit/PoolTest.sol";
import {vm} from "../kit/Vm.sol";

/// @notice What shortcuts save, since without it they could break unnoticed: they change no answer. Figures of whole calls
/// are in contracts/gas.json.
contract SparsePerceptronGasTest is PoolTest {
    uint256 private constant SAMPLES = 50;
    uint256 private constant WORDS = 100;

    function setUp() public override {
        super.setUp();
        _use("SelfAssessedSparsePerceptron");
        // the first batch ever also writes slots for the first time
        _commit(_sample(), new uint16[](1));
    }

    /// @dev Where no weight can reach the end of its range soon, a batch does not look at every weight's range.
    function test_gas_commitBatch_learningAWordTakesFewerThan70() external {
        (bytes memory sample, uint16[] memory labels) = (_sample(), new uint16[](SAMPLES));
        uint256 agreeing = _commit(sample, labels);
        // each turns what the one before it taught
        for (uint256 i = 0; i < SAMPLES; i += 2) {
            labels[i] = 1;
        }
        uint256 learning = _commit(sample, labels);
        vm.assertLt(learning - agreeing, 70 * SAMPLES * WORDS, "gas");
    }

    /// @dev From a sample for every 128 words of the model on, unpacking all weights once is cheaper than looking them up.
    function test_gas_commitBatch_inMemoryFiveSamplesCostLessThanFourInStorage() external {
        bytes memory sample = _sample();
        uint256 four = _commit(sample, new uint16[](4));
        uint256 five = _commit(sample, new uint16[](5));
        vm.assertLt(five, four, "gas");
    }

    /// @dev Packing its 600 words again would take 27,000 gas more.
    function test_gas_commitBatch_whatDidNotMoveIsNotPackedAgain() external {
        vm.assertLt(_commit(_sample(), new uint16[](5)), 240_000, "gas");
    }

    function _sample() private pure returns (bytes memory sample) {
        for (uint256 word = 0; word < WORDS; ++word) {
            sample = abi.encodePacked(sample, uint16(5 * word));
        }
    }

    function _commit(bytes memory sample, uint16[] memory labels) private returns (uint256 gas) {
        bytes[] memory samples = new bytes[](labels.length);
        for (uint256 i = 0; i < samples.length; ++i) {
            samples[i] = sample;
        }
        vm.prank(ANN);
        gas = gasleft();
        pool.commitBatch{value: 1 ether}(samples, labels, 1 ether);
        gas -= gasleft();
    }
}
