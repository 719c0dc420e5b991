// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Pool} from "../Pool.sol";
import {Points} from "../incentives/Points.sol";
import {DenseNearestCentroid} from "../models/DenseNearestCentroid.sol";

/// @title PointsDenseNearestCentroid
/// @notice The implementation that `PoolFactory` clones for a dense nearest centroid under points.
contract PointsDenseNearestCentroid is Pool, Points, DenseNearestCentroid {
    constructor(address trustedForwarder_) Pool(trustedForwarder_) {}
}
