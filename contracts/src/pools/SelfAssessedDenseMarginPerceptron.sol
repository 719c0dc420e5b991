// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Pool} from "../Pool.sol";
import {SelfAssessment} from "../incentives/SelfAssessment.sol";
import {DenseMarginPerceptron} from "../models/DenseMarginPerceptron.sol";

/// @title SelfAssessedDenseMarginPerceptron
/// @notice The implementation that `PoolFactory` clones for the model `DenseMarginPerceptron` under the incentive `SelfAssessment`.
/// @dev Written by `python -m earnest.contracts.build`.
contract SelfAssessedDenseMarginPerceptron is Pool, SelfAssessment, DenseMarginPerceptron {
    constructor(address trustedForwarder_) Pool(trustedForwarder_) {}
}
