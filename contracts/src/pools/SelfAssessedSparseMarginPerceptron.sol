// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Pool} from "../Pool.sol";
import {SelfAssessment} from "../incentives/SelfAssessment.sol";
import {SparseMarginPerceptron} from "../models/SparseMarginPerceptron.sol";

/// @title SelfAssessedSparseMarginPerceptron
/// @notice The implementation that `PoolFactory` clones for the model `SparseMarginPerceptron` under the incentive `SelfAssessment`.
/// @dev Written by `python -m earnest.contracts.build`.
contract SelfAssessedSparseMarginPerceptron is Pool, SelfAssessment, SparseMarginPerceptron {
    constructor(address trustedForwarder_) Pool(trustedForwarder_) {}
}
