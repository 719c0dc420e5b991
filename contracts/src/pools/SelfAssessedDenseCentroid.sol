// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Pool} from "../Pool.sol";
import {SelfAssessment} from "../incentives/SelfAssessment.sol";
import {DenseCentroid} from "../models/DenseCentroid.sol";

/// @title SelfAssessedDenseCentroid
/// @notice The implementation that `PoolFactory` clones for a dense nearest centroid under self-assessment.
contract SelfAssessedDenseCentroid is Pool, SelfAssessment, DenseCentroid {
    constructor(address trustedForwarder_) Pool(trustedForwarder_) {}
}
