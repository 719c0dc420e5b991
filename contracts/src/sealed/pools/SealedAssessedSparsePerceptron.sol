// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SparsePerceptron} from "../../models/SparsePerceptron.sol";
import {SealedPool} from "../SealedPool.sol";
import {WordsJudge} from "../WordsJudge.sol";

/// @title SealedAssessedSparsePerceptron
/// @notice The implementation that `PoolFactory` clones for the model `SparsePerceptron` under the incentive `SealedAssessment`.
/// @dev Written by `python -m earnest.contracts.build`.
contract SealedAssessedSparsePerceptron is SealedPool, SparsePerceptron, WordsJudge {
    constructor(address trustedForwarder_) SealedPool(trustedForwarder_) {}
}
