// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolFactory} from "../../src/interfaces/IPoolFactory.sol";
import {ISealedPool} from "../../src/interfaces/ISealedPool.sol";
import {Packing} from "../kit/Packing.sol";
import {vm} from "../kit/Vm.sol";
import {SealedTest} from "./SealedTest.sol";

/// @notice The judge of words, where the learner's changes count for more in later slots.
contract SealedMarginTest is SealedTest {
    /// @dev The common words of both samples are in slot 0, those that only one of them has in slots 18 and 19.
    function _shifts() private pure returns (bytes memory) {
        return abi.encodePacked(uint16(1), uint16(2), uint16(18), uint16(19));
    }

    function test_fuzz_judge_isWhatTheRuleSays(uint256 seed) external {
        rules.averaging = uint8(1 + seed % 9);
        rules.judgeShift = uint8((seed >> 8) % 7);
        rules.gate = type(uint32).max;
        rules.waitSeals = 1;
        pool = _createMargin(uint32(seed >> 16));
        _sealsAsTheRuleSays(seed >> 48);
    }

    /// @dev The margin is the learner's: the judge says no more of a sample than that it is above 0 or not.
    function test_whatIsWithinTheMarginTeaches() external {
        rules.gate = type(uint32).max;
        // 9 for the good sample; what is as far as theta is taught
        uint32[2] memory thetas = [uint32(8), 9];
        for (uint256 i = 0; i < 2; ++i) {
            pool = _createMargin(thetas[i]);
            bytes32 before = pool.digest();
            Made memory made = _contribute(ANN, good, 1);
            _seal(rules.waitSeals);
            _settle(made);
            vm.assertEq(pool.digest() != before ? 1 : 0, i, "taught");
        }
    }

    function _createMargin(uint32 theta) private returns (ISealedPool) {
        bytes memory weights = bytes.concat(_bytes(_weights()), abi.encodePacked(theta), _shifts());
        IPoolFactory.PoolParameters memory parameters = _describedAs(
            "SealedAssessedSparseMarginPerceptron",
            Packing.sparsePerceptron(NUM_WORDS, STEP, 0),
            factory.storeChunk(bytes.concat(_packed(rules), _bytes(_reference()))),
            weights
        );
        vm.prank(OWNER);
        return ISealedPool(factory.createPool(parameters, new address[](0), weights));
    }
}
