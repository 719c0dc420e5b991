// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SparseMarginPerceptron} from "../../models/SparseMarginPerceptron.sol";
import {SealedPool} from "../SealedPool.sol";
import {WordsJudge} from "../WordsJudge.sol";

/// @title SealedAssessedSparseMarginPerceptron
/// @notice The implementation that `PoolFactory` clones for the model `SparseMarginPerceptron` under the incentive `SealedAssessment`.
/// @dev Written by `python -m earnest.contracts.build`.
contract SealedAssessedSparseMarginPerceptron is SealedPool, SparseMarginPerceptron, WordsJudge {
    constructor(address trustedForwarder_) SealedPool(trustedForwarder_) {}
}
