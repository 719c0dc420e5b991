// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Pool} from "../Pool.sol";
import {Points} from "../incentives/Points.sol";
import {DenseMarginPerceptron} from "../models/DenseMarginPerceptron.sol";

/// @title PointsDenseMarginPerceptron
/// @notice The implementation that `PoolFactory` clones for the model `DenseMarginPerceptron` under the incentive `Points`.
/// @dev Written by `python -m earnest.contracts.build`.
contract PointsDenseMarginPerceptron is Pool, Points, DenseMarginPerceptron {
    constructor(address trustedForwarder_) Pool(trustedForwarder_) {}
}
