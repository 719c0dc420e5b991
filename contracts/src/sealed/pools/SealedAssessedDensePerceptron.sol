// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DensePerceptron} from "../../models/DensePerceptron.sol";
import {SealedPool} from "../SealedPool.sol";
import {VectorsJudge} from "../VectorsJudge.sol";

/// @title SealedAssessedDensePerceptron
/// @notice The implementation that `PoolFactory` clones for the model `DensePerceptron` under the incentive `SealedAssessment`.
/// @dev Written by `python -m earnest.contracts.build`.
contract SealedAssessedDensePerceptron is SealedPool, DensePerceptron, VectorsJudge {
    constructor(address trustedForwarder_) SealedPool(trustedForwarder_) {}
}
