// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Pool} from "../Pool.sol";
import {Points} from "../incentives/Points.sol";
import {SparsePerceptron} from "../models/SparsePerceptron.sol";

/// @title PointsSparsePerceptron
/// @notice The implementation that `PoolFactory` clones for a sparse perceptron under points.
contract PointsSparsePerceptron is Pool, Points, SparsePerceptron {
    constructor(address trustedForwarder_) Pool(trustedForwarder_) {}
}
