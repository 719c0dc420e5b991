// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Pool} from "../Pool.sol";
import {Points} from "../incentives/Points.sol";
import {NaiveBayes} from "../models/NaiveBayes.sol";

/// @title PointsNaiveBayes
/// @notice The implementation that `PoolFactory` clones for multinomial naive Bayes under points.
contract PointsNaiveBayes is Pool, Points, NaiveBayes {
    constructor(address trustedForwarder_) Pool(trustedForwarder_) {}
}
