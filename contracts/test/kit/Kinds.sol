// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Packing} from "./Packing.sol";
import {vm} from "./Vm.sol";

/// @notice One kind of pool: what it is created with, and samples that its model accepts.
/// @param name For messages.
/// @param implementation The contract's name.
/// @param incentive Packed parameters of the incentive.
/// @param model Packed parameters of the model.
/// @param weights Initial weights, one chunk.
/// @param sample A valid sample.
/// @param other Another.
struct Kind {
    string name;
    string implementation;
    bytes incentive;
    bytes model;
    bytes weights;
    bytes sample;
    bytes other;
}

/// @title Kinds
/// @notice The kinds of pools under test, found by looking into src/pools. A pool of a model or an incentive that is
/// unknown here fails every test, until it is added.
library Kinds {
    uint32 internal constant REFUND_WAIT = 1 days;
    uint32 internal constant HEAD_START = 1 hours;
    uint32 internal constant COLLECT_WAIT = 9 days;
    uint8 internal constant ALL_SAFEGUARDS = 7;
    uint96 internal constant COST = 0.001 ether;
    uint96 internal constant STEP = 0.0001 ether;
    uint24 internal constant NUM_WORDS = 600;
    uint24 internal constant DIMENSIONS = 20;

    string private constant FOLDER = "contracts/src/pools";
    string private constant SELF_ASSESSED = "SelfAssessed";
    string private constant POINTS = "Points";
    /// @dev The model that is combined with every rule of every incentive; the rest need not be once more.
    string private constant FIRST_MODEL = "SparsePerceptron";

    /* ALL */

    /// @notice Every model under self-assessment, and the first model under every rule; by the published rules, without safeguards.
    function all() internal view returns (Kind[] memory kinds) {
        string[] memory names = implementations();
        kinds = new Kind[](2 * names.length);
        uint256 count;
        for (uint256 i = 0; i < names.length; ++i) {
            bool first = _endsWith(names[i], FIRST_MODEL);
            if (startsWith(names[i], POINTS) && !first) continue;
            kinds[count++] = of_(names[i]);
            if (startsWith(names[i], SELF_ASSESSED) && first) kinds[count++] = decayingAndAnyones(names[i]);
        }
        assembly ("memory-safe") {
            mstore(kinds, count)
        }
    }

    /// @notice The names of the contracts in src/pools.
    function implementations() internal view returns (string[] memory names) {
        uint256 count = vm.readDir(FOLDER).length;
        names = new string[](count);
        for (uint256 i = 0; i < count; ++i) {
            bytes memory path = bytes(vm.readDir(FOLDER)[i].path);
            uint256 start = path.length;
            while (path[start - 1] != "/") --start;
            bytes memory name = new bytes(path.length - start - bytes(".sol").length);
            for (uint256 k = 0; k < name.length; ++k) {
                name[k] = path[start + k];
            }
            names[i] = string(name);
        }
    }

    /// @notice An implementation under a fixed price, the leftover burned, or under points.
    function of_(string memory implementation) internal pure returns (Kind memory kind) {
        if (startsWith(implementation, SELF_ASSESSED)) {
            kind.incentive = Packing.selfAssessment(1, 0, REFUND_WAIT, COLLECT_WAIT, COST, 0);
        } else if (startsWith(implementation, POINTS)) {
            kind.incentive = Packing.points(REFUND_WAIT, COLLECT_WAIT);
        } else {
            revert(string.concat("Unknown incentive, add it to test/kit/Kinds.sol: ", implementation));
        }
        kind.name = kind.implementation = implementation;
        _setModel(kind);
    }

    function decayingAndAnyones(string memory implementation) internal pure returns (Kind memory kind) {
        kind = of_(implementation);
        kind.name = string.concat("Decaying", implementation);
        kind.incentive = Packing.selfAssessment(0, 1, REFUND_WAIT, COLLECT_WAIT, COST, STEP);
    }

    /// @notice A kind with all safeguards.
    function safe(Kind memory kind) internal pure returns (Kind memory) {
        kind.name = string.concat("Safe", kind.name);
        kind.incentive = Packing.withSafeguards(kind.incentive, ALL_SAFEGUARDS, HEAD_START);
        return kind;
    }

    function isSafe(Kind memory kind) internal pure returns (bool) {
        return kind.incentive[2] != 0;
    }

    /* MODELS */

    function _setModel(Kind memory kind) private pure {
        if (_endsWith(kind.name, "SparsePerceptron")) {
            kind.model = Packing.sparsePerceptron(NUM_WORDS, 1, 0);
            kind.weights = new bytes(2 * (uint256(NUM_WORDS) + 1));
            (kind.sample, kind.other) = (Packing.words(1, 3, 500), Packing.words(2, 3, 599));
        } else if (_endsWith(kind.name, "SparseMarginPerceptron")) {
            kind.model = Packing.sparsePerceptron(NUM_WORDS, 1, 0);
            // No margin, so that a sample is learned once; the changes of words 500 and 599 count for more.
            kind.weights = abi.encodePacked(
                new bytes(2 * (uint256(NUM_WORDS) + 1)), uint32(0), uint16(1), uint16(18), uint16(19), uint16(20)
            );
            (kind.sample, kind.other) = (Packing.words(1, 3, 500), Packing.words(2, 3, 599));
        } else if (_endsWith(kind.name, "DensePerceptron")) {
            kind.model = Packing.densePerceptron(DIMENSIONS, 1, 0, 100);
            kind.weights = new bytes(96);
            (kind.sample, kind.other) = (_vector(0), _vector(DIMENSIONS / 2));
        } else if (_endsWith(kind.name, "DenseMarginPerceptron")) {
            // No margin, so that a sample is learned once; a scale as small as the samples' length allows.
            kind.model = Packing.denseMarginPerceptron(DIMENSIONS, 1, 0, 290, 2, 0);
            kind.weights = new bytes(96);
            (kind.sample, kind.other) = (_vector(0), _vector(DIMENSIONS / 2));
        } else if (_endsWith(kind.name, "DenseNearestCentroid")) {
            kind.model = Packing.denseNearestCentroid(DIMENSIONS, 3, 100);
            // As far from the samples as each other, and a third class farther off: later samples decide.
            kind.weights = abi.encodePacked(_class(0, -100), _class(1, -100), _class(2, -300));
            (kind.sample, kind.other) = (_vector(0), _vector(DIMENSIONS / 2));
        } else if (_endsWith(kind.name, "NaiveBayes") || _endsWith(kind.name, "SparseNearestCentroid")) {
            kind.model = Packing.classCounts(NUM_WORDS, 3);
            kind.weights = _counts();
            (kind.sample, kind.other) = (Packing.words(1, 3, 500), Packing.words(2, 3, 599));
        } else {
            revert(string.concat("Unknown model, add it to test/kit/Kinds.sol: ", kind.name));
        }
    }

    /// @dev 100 in half of the dimensions, from `start` on.
    function _vector(uint256 start) private pure returns (bytes memory) {
        int16[] memory features = new int16[](DIMENSIONS);
        for (uint256 i = start; i < start + DIMENSIONS / 2; ++i) {
            features[i] = 100;
        }
        return Packing.vector(features);
    }

    /// @dev Four samples that are `feature` in every second dimension, from `first` on.
    function _class(uint256 first, int32 feature) private pure returns (bytes memory) {
        int32[] memory sums = new int32[](DIMENSIONS);
        for (uint256 i = first; i < DIMENSIONS; i += 2) {
            sums[i] = 4 * feature;
        }
        return Packing.centroid(4, sums);
    }

    /// @dev Two classes of four samples each, with words that no sample of the tests has, and one without any.
    function _counts() private pure returns (bytes memory packed) {
        uint16[] memory samples = new uint16[](3);
        (samples[0], samples[1]) = (4, 4);
        packed = Packing.noCounts(NUM_WORDS, samples);
        Packing.setCount(packed, 3, 0, 10, 4);
        Packing.setCount(packed, 3, 1, 11, 4);
    }

    /* NAMES */

    function startsWith(string memory text, string memory prefix) internal pure returns (bool) {
        return bytes(text).length >= bytes(prefix).length && _isAt(bytes(text), bytes(prefix), 0);
    }

    function _endsWith(string memory text, string memory suffix) private pure returns (bool) {
        (uint256 whole, uint256 part) = (bytes(text).length, bytes(suffix).length);
        return whole >= part && _isAt(bytes(text), bytes(suffix), whole - part);
    }

    function _isAt(bytes memory text, bytes memory part, uint256 start) private pure returns (bool) {
        for (uint256 i = 0; i < part.length; ++i) {
            if (text[start + i] != part[i]) return false;
        }
        return true;
    }
}
