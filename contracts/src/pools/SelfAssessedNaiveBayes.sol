// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Pool} from "../Pool.sol";
import {SelfAssessment} from "../incentives/SelfAssessment.sol";
import {NaiveBayes} from "../models/NaiveBayes.sol";

/// @title SelfAssessedNaiveBayes
/// @notice The implementation that `PoolFactory` clones for the model `NaiveBayes` under the incentive `SelfAssessment`.
/// @dev Written by `python -m earnest.contracts.build`.
contract SelfAssessedNaiveBayes is Pool, SelfAssessment, NaiveBayes {
    constructor(address trustedForwarder_) Pool(trustedForwarder_) {}
}
