// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Pool} from "../Pool.sol";
import {Points} from "../incentives/Points.sol";
import {SparseMarginPerceptron} from "../models/SparseMarginPerceptron.sol";

/// @title PointsSparseMarginPerceptron
/// @notice The implementation that `PoolFactory` clones for the model `SparseMarginPerceptron` under the incentive `Points`.
/// @dev Written by `python -m earnest.contracts.build`.
contract PointsSparseMarginPerceptron is Pool, Points, SparseMarginPerceptron {
    constructor(address trustedForwarder_) Pool(trustedForwarder_) {}
}
