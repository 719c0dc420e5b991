// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Pool} from "../Pool.sol";
import {SelfAssessment} from "../incentives/SelfAssessment.sol";
import {NaiveBayes} from "../models/NaiveBayes.sol";

/// @title SelfAssessedNaiveBayes
/// @notice The implementation that `PoolFactory` clones for multinomial naive Bayes under self-assessment.
contract SelfAssessedNaiveBayes is Pool, SelfAssessment, NaiveBayes {
    constructor(address trustedForwarder_) Pool(trustedForwarder_) {}
}
