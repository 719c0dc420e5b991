// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Pool} from "../Pool.sol";
import {SelfAssessment} from "../incentives/SelfAssessment.sol";
import {DenseNearestCentroid} from "../models/DenseNearestCentroid.sol";

/// @title SelfAssessedDenseNearestCentroid
/// @notice The implementation that `PoolFactory` clones for a dense nearest centroid under self-assessment.
contract SelfAssessedDenseNearestCentroid is Pool, SelfAssessment, DenseNearestCentroid {
    constructor(address trustedForwarder_) Pool(trustedForwarder_) {}
}
