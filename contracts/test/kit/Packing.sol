// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Packing
/// @notice Parameters, weights and samples as the contracts document them.
library Packing {
    /// @dev Of the models on words.
    uint16 internal constant MAX_FEATURES = 1024;

    /* INCENTIVES */

    /// @notice The published rules: no safeguards.
    function selfAssessment(
        uint8 priceRule,
        uint8 leftoverRule,
        uint32 refundWait,
        uint32 collectWait,
        uint96 weightOrCost,
        uint96 step
    ) internal pure returns (bytes memory) {
        return abi.encodePacked(priceRule, leftoverRule, waits(0, refundWait, 0, collectWait), weightOrCost, step);
    }

    function points(uint32 refundWait, uint32 collectWait) internal pure returns (bytes memory) {
        return abi.encodePacked(uint16(0), waits(0, refundWait, 0, collectWait), new bytes(24));
    }

    /// @notice What an incentive's parameters have after their first two bytes.
    function waits(uint8 safeguards, uint32 refundWait, uint32 headStart, uint32 collectWait)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(safeguards, refundWait, headStart, collectWait);
    }

    /// @notice An incentive's parameters with other safeguards.
    function withSafeguards(bytes memory incentive, uint8 safeguards, uint32 headStart)
        internal
        pure
        returns (bytes memory changed)
    {
        changed = bytes.concat(incentive);
        _put(changed, 2, abi.encodePacked(safeguards));
        _put(changed, 7, abi.encodePacked(headStart));
    }

    /* MODELS */

    /// @notice With the longest samples that the model takes, and any weights.
    function sparsePerceptron(uint24 numWords, uint16 eta0, uint40 tau) internal pure returns (bytes memory) {
        return sparsePerceptron(numWords, eta0, tau, MAX_FEATURES, false);
    }

    function sparsePerceptron(uint24 numWords, uint16 eta0, uint40 tau, uint16 maxFeatures, bool correctable)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(numWords, eta0, tau, correctable ? 1 << 15 | maxFeatures : maxFeatures);
    }

    function densePerceptron(uint24 dimensions, uint16 eta0, uint40 tau, uint16 scale)
        internal
        pure
        returns (bytes memory)
    {
        return densePerceptron(dimensions, eta0, tau, scale, 0);
    }

    function densePerceptron(uint24 dimensions, uint16 eta0, uint40 tau, uint16 scale, uint24 maxLength)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(dimensions, eta0, tau, scale, maxLength);
    }

    function denseMarginPerceptron(
        uint24 dimensions,
        uint16 eta0,
        uint40 tau,
        uint16 scale,
        uint16 classes,
        uint48 theta
    ) internal pure returns (bytes memory) {
        return abi.encodePacked(dimensions, eta0, tau, scale, classes, theta);
    }

    /// @notice Bytes of a row of `DenseWeights`: three words for thirty features, the bias's among them, two where fifteen or
    /// fewer are left.
    function rowLength(uint256 dimensions) internal pure returns (uint256) {
        uint256 rest = (dimensions + 1) % 30;
        return 32 * (3 * ((dimensions + 1) / 30) + (rest == 0 ? 0 : rest <= 15 ? 2 : 3));
    }

    function denseNearestCentroid(uint24 dimensions, uint16 classes, uint16 scale)
        internal
        pure
        returns (bytes memory)
    {
        return denseNearestCentroid(dimensions, classes, scale, 0);
    }

    function denseNearestCentroid(uint24 dimensions, uint16 classes, uint16 scale, uint24 maxLength)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(dimensions, classes, scale, maxLength);
    }

    /// @notice A class of `DenseNearestCentroid`: its count, then its sums in blocks of sixteen, two words each.
    function centroid(uint16 count, int32[] memory sums) internal pure returns (bytes memory packed) {
        packed = new bytes(2 + 64 * ((sums.length + 15) / 16));
        _put(packed, 0, abi.encodePacked(count));
        for (uint256 i = 0; i < sums.length; ++i) {
            uint256 word = 2 * (i / 16) + i % 4 / 2;
            uint256 lane = 2 * (i % 16 / 4) + i % 2;
            _put(packed, 2 + 32 * word + 4 * lane, abi.encodePacked(sums[i]));
        }
    }

    /// @notice Parameters of `ClassCounts`.
    function classCounts(uint24 numWords, uint16 classes) internal pure returns (bytes memory) {
        return classCounts(numWords, classes, MAX_FEATURES);
    }

    function classCounts(uint24 numWords, uint16 classes, uint16 maxFeatures) internal pure returns (bytes memory) {
        return abi.encodePacked(numWords, classes, maxFeatures, new bytes(3));
    }

    /// @notice Weights of `ClassCounts` in one piece: the samples of each class, and no word in any of them yet.
    function noCounts(uint256 numWords, uint16[] memory samples) internal pure returns (bytes memory packed) {
        packed = new bytes(64 * (1 + (numWords + 31) / 32 * samples.length));
        for (uint256 class = 0; class < samples.length; ++class) {
            _put(packed, 2 * class, abi.encodePacked(samples[class]));
        }
    }

    /// @notice Sets in how many samples of a class a word is: blocks of 32 words, even ones first, class after class.
    function setCount(bytes memory packed, uint256 classes, uint256 class, uint256 word, uint16 count) internal pure {
        uint256 lane = word % 32;
        uint256 start = 64 * (1 + word / 32 * classes + class) + 32 * (lane % 2) + 2 * (lane / 2);
        _put(packed, start, abi.encodePacked(count));
    }

    /* SAMPLES */

    /// @notice Packed big-endian uint16 word indices.
    function words(uint16 first, uint16 second, uint16 third) internal pure returns (bytes memory) {
        return abi.encodePacked(first, second, third);
    }

    /// @notice The words 0 to `count` less one.
    function firstWords(uint256 count) internal pure returns (bytes memory packed) {
        packed = new bytes(2 * count);
        for (uint256 i = 0; i < count; ++i) {
            _put(packed, 2 * i, abi.encodePacked(uint16(i)));
        }
    }

    function vector(int16[] memory features) internal pure returns (bytes memory packed) {
        packed = new bytes(2 * features.length);
        for (uint256 i = 0; i < features.length; ++i) {
            _put(packed, 2 * i, abi.encodePacked(features[i]));
        }
    }

    function _put(bytes memory whole, uint256 start, bytes memory part) private pure {
        for (uint256 i = 0; i < part.length; ++i) {
            whole[start + i] = part[i];
        }
    }
}
