// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DenseNearestCentroid} from "../../models/DenseNearestCentroid.sol";
import {SealedPool} from "../SealedPool.sol";
import {CentroidsJudge} from "../CentroidsJudge.sol";

/// @title SealedAssessedDenseNearestCentroid
/// @notice The implementation that `PoolFactory` clones for the model `DenseNearestCentroid` under the incentive `SealedAssessment`.
/// @dev Written by `python -m earnest.contracts.build`.
contract SealedAssessedDenseNearestCentroid is SealedPool, DenseNearestCentroid, CentroidsJudge {
    constructor(address trustedForwarder_) SealedPool(trustedForwarder_) {}
}
