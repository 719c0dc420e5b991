// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Pool} from "../Pool.sol";
import {Points} from "../incentives/Points.sol";
import {DenseCentroid} from "../models/DenseCentroid.sol";

/// @title PointsDenseCentroid
/// @notice The implementation that `PoolFactory` clones for a dense nearest centroid under points.
contract PointsDenseCentroid is Pool, Points, DenseCentroid {
    constructor(address trustedForwarder_) Pool(trustedForwarder_) {}
}
