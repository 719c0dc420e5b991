// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Pool} from "../Pool.sol";
import {SelfAssessment} from "../incentives/SelfAssessment.sol";
import {DensePerceptron} from "../models/DensePerceptron.sol";

/// @title SelfAssessedDensePerceptron
/// @notice The implementation that `PoolFactory` clones for a dense perceptron under self-assessment.
contract SelfAssessedDensePerceptron is Pool, SelfAssessment, DensePerceptron {
    constructor(address trustedForwarder_) Pool(trustedForwarder_) {}
}
