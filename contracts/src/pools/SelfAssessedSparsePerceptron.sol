// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Pool} from "../Pool.sol";
import {SelfAssessment} from "../incentives/SelfAssessment.sol";
import {SparsePerceptron} from "../models/SparsePerceptron.sol";

/// @title SelfAssessedSparsePerceptron
/// @notice The implementation that `PoolFactory` clones for a sparse perceptron under self-assessment.
contract SelfAssessedSparsePerceptron is Pool, SelfAssessment, SparsePerceptron {
    constructor(address trustedForwarder_) Pool(trustedForwarder_) {}
}
