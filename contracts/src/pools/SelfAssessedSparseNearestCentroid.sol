// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Pool} from "../Pool.sol";
import {SelfAssessment} from "../incentives/SelfAssessment.sol";
import {SparseNearestCentroid} from "../models/SparseNearestCentroid.sol";

/// @title SelfAssessedSparseNearestCentroid
/// @notice The implementation that `PoolFactory` clones for a sparse nearest centroid under self-assessment.
contract SelfAssessedSparseNearestCentroid is Pool, SelfAssessment, SparseNearestCentroid {
    constructor(address trustedForwarder_) Pool(trustedForwarder_) {}
}
