// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Pool} from "../Pool.sol";
import {Points} from "../incentives/Points.sol";
import {DensePerceptron} from "../models/DensePerceptron.sol";

/// @title PointsDensePerceptron
/// @notice The implementation that `PoolFactory` clones for a dense perceptron under points.
contract PointsDensePerceptron is Pool, Points, DensePerceptron {
    constructor(address trustedForwarder_) Pool(trustedForwarder_) {}
}
