// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Pool} from "../Pool.sol";
import {Points} from "../incentives/Points.sol";
import {SparseNearestCentroid} from "../models/SparseNearestCentroid.sol";

/// @title PointsSparseNearestCentroid
/// @notice The implementation that `PoolFactory` clones for a sparse nearest centroid under points.
contract PointsSparseNearestCentroid is Pool, Points, SparseNearestCentroid {
    constructor(address trustedForwarder_) Pool(trustedForwarder_) {}
}
