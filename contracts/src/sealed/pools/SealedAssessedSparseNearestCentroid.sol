// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {SparseNearestCentroid} from "../../models/SparseNearestCentroid.sol";
import {SealedPool} from "../SealedPool.sol";
import {CountsJudge} from "../CountsJudge.sol";

/// @title SealedAssessedSparseNearestCentroid
/// @notice The implementation that `PoolFactory` clones for the model `SparseNearestCentroid` under the incentive `SealedAssessment`.
/// @dev Written by `python -m earnest.contracts.build`.
contract SealedAssessedSparseNearestCentroid is SealedPool, SparseNearestCentroid, CountsJudge {
    constructor(address trustedForwarder_) SealedPool(trustedForwarder_) {}
}
