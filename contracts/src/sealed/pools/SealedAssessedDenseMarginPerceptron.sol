// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DenseMarginPerceptron} from "../../models/DenseMarginPerceptron.sol";
import {SealedPool} from "../SealedPool.sol";
import {VectorsJudge} from "../VectorsJudge.sol";

/// @title SealedAssessedDenseMarginPerceptron
/// @notice The implementation that `PoolFactory` clones for the model `DenseMarginPerceptron` under the incentive `SealedAssessment`.
/// @dev Written by `python -m earnest.contracts.build`.
contract SealedAssessedDenseMarginPerceptron is SealedPool, DenseMarginPerceptron, VectorsJudge {
    constructor(address trustedForwarder_) SealedPool(trustedForwarder_) {}
}
