// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LibRLP} from "solady/src/utils/LibRLP.sol";
import {SSTORE2} from "solady/src/utils/SSTORE2.sol";

import {Model} from "../models/Model.sol";

/// @title SealedJudge
/// @notice What `SealedPool` asks of a judge, the model that was sealed last, and of the reference, which never changes.
/// @dev A seal is written as code by CREATE, so its address follows from the pool's and the number of seals, and
/// nothing of it is in storage: the code of seal n is where the pool's n-th contract is. The pool creates no others.
abstract contract SealedJudge is Model {
    /// @dev Gas that a seal adds at least to a transaction that is paid for anyway, has read its slots before, and clears
    /// so many others that a fifth of all its gas is refunded (EIP-3529): four fifths of the creation, whatever the model; a
    /// judge says how much for each weight.
    uint256 internal constant SEAL_GAS = 25_600;

    /// @dev Seals made: the pool's clock.
    function _epoch() internal view virtual returns (uint256);

    /// @dev Reverts where an initial weight does not fit into a judge, or the model has none under these rules. Called once, when
    /// the pool is created: what a judge works out of the initial weights it may write here.
    /// @param shift The judge's weights are the learner's times 2^shift.
    function _validateJudge(uint256 shift) internal virtual;

    /// @dev Whether `_train` answers the class before the update.
    function _trainPredicts() internal pure virtual returns (bool);

    /// @dev Bytes of the reference.
    function _referenceLength() internal view virtual returns (uint256);

    /// @dev Validates the sample and asks the judge of an epoch.
    /// @return label The class.
    /// @return score Of two classes: above 0 is class 1. Of more: that of the class, the highest.
    function _judge(bytes calldata sample, uint256 epoch, uint256 shift)
        internal
        view
        virtual
        returns (uint16 label, int256 score);

    /// @dev How far the reference speaks for a label of a valid sample; below 0 it speaks against it.
    function _gap(bytes calldata sample, uint16 label) internal view virtual returns (int256 gap);

    /// @dev The judge after the one of `epoch`: it goes the part 1 / parts of the way to the learner, rounded to the nearest.
    /// @return weights Its weights, as a seal holds them.
    /// @return digest Of the same.
    function _nextJudge(uint256 epoch, uint256 shift, uint256 parts)
        internal
        view
        virtual
        returns (bytes memory weights, bytes32 digest);

    /// @dev Seals the judge that follows on that of `epoch`.
    function _seal(uint256 epoch, uint256 shift, uint256 parts) internal returns (bytes32 digest) {
        bytes memory weights;
        (weights, digest) = _nextJudge(epoch, shift, parts);
        address written = SSTORE2.write(weights);
        assert(written == _sealAddress(epoch + 1));
    }

    /// @dev What a seal costs whoever makes it at least, in wei: the base fee goes to nobody who could give it back.
    function _sealCost() internal view returns (uint256) {
        return _sealGas() * block.basefee;
    }

    /// @dev The gas that it takes at least, refunds taken off.
    function _sealGas() internal view virtual returns (uint256);

    /// @param number From 1.
    function _sealAddress(uint256 number) internal view returns (address) {
        return LibRLP.computeAddress(address(this), number);
    }
}
