// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {NaiveBayes} from "../../models/NaiveBayes.sol";
import {SealedPool} from "../SealedPool.sol";
import {CountsJudge} from "../CountsJudge.sol";

/// @title SealedAssessedNaiveBayes
/// @notice The implementation that `PoolFactory` clones for the model `NaiveBayes` under the incentive `SealedAssessment`.
/// @dev Written by `python -m earnest.contracts.build`.
contract SealedAssessedNaiveBayes is SealedPool, NaiveBayes, CountsJudge {
    constructor(address trustedForwarder_) SealedPool(trustedForwarder_) {}
}
