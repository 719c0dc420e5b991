// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {vm} from "./Vm.sol";

/// @notice One kind of pool: what it is created with, and samples that its model accepts.
/// @param name For messages.
/// @param implementation The contract's name.
/// @param incentive Packed parameters of the incentive.
/// @param model Packed parameters of the model.
/// @param weights Initial weights, one chunk.
/// @param sample A valid sample.
/// @param other Another, which shares features with the first.
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
/// @notice The kinds of pools under test: every contract in src/pools, under every rule of its incentive. A pool of a
/// model or an incentive that is unknown here fails every test, until it is added.
library Kinds {
    uint32 internal constant REFUND_WAIT = 1 days;
    uint32 internal constant COLLECT_WAIT = 9 days;
    uint96 internal constant COST = 0.001 ether;
    uint96 internal constant STEP = 0.0001 ether;
    uint24 internal constant NUM_WORDS = 600;

    string private constant SELF_ASSESSED = "SelfAssessed";
    string private constant POINTS = "Points";

    /* ALL */

    function all() internal view returns (Kind[] memory kinds) {
        string[] memory names = implementations();
        kinds = new Kind[](2 * names.length);
        uint256 count;
        for (uint256 i = 0; i < names.length; ++i) {
            if (startsWith(names[i], SELF_ASSESSED)) {
                kinds[count++] = fixedAndBurning(names[i]);
                kinds[count++] = decayingAndAnyones(names[i]);
            } else if (startsWith(names[i], POINTS)) {
                kinds[count++] = forPoints(names[i]);
            } else {
                revert(string.concat("Unknown incentive, add it to test/kit/Kinds.sol: ", names[i]));
            }
        }
        assembly ("memory-safe") {
            mstore(kinds, count)
        }
    }

    /// @notice The names of the contracts in src/pools.
    function implementations() internal view returns (string[] memory names) {
        uint256 length = bytes("contracts/src/pools/").length;
        names = new string[](64);
        uint256 count;
        string memory folder = "contracts/src/pools";
        for (uint256 i = 0; i < vm.readDir(folder).length; ++i) {
            bytes memory path = bytes(vm.readDir(folder)[i].path);
            uint256 start = _after(path, bytes("contracts/src/pools/"));
            bytes memory name = new bytes(path.length - start - bytes(".sol").length);
            for (uint256 k = 0; k < name.length; ++k) {
                name[k] = path[start + k];
            }
            names[count++] = string(name);
        }
        length = count;
        assembly ("memory-safe") {
            mstore(names, length)
        }
    }

    function fixedAndBurning(string memory implementation) internal pure returns (Kind memory kind) {
        kind = _withModel(implementation, bytes(SELF_ASSESSED).length);
        kind.name = string.concat(implementation, ", fixed price, leftover burned");
        kind.incentive = selfAssessment(1, 0, REFUND_WAIT, COLLECT_WAIT, COST, 0);
    }

    function decayingAndAnyones(string memory implementation) internal pure returns (Kind memory kind) {
        kind = _withModel(implementation, bytes(SELF_ASSESSED).length);
        kind.name = string.concat(implementation, ", decaying price, leftover anyone's");
        kind.incentive = selfAssessment(0, 1, REFUND_WAIT, COLLECT_WAIT, COST, STEP);
    }

    function forPoints(string memory implementation) internal pure returns (Kind memory kind) {
        kind = _withModel(implementation, bytes(POINTS).length);
        kind.name = implementation;
        kind.incentive = points(REFUND_WAIT, COLLECT_WAIT);
    }

    /* PARAMETERS */

    function selfAssessment(
        uint8 priceRule,
        uint8 leftoverRule,
        uint32 refundWait,
        uint32 collectWait,
        uint96 weightOrCost,
        uint96 step
    ) internal pure returns (bytes memory) {
        return abi.encodePacked(priceRule, leftoverRule, refundWait, collectWait, weightOrCost, step);
    }

    function points(uint32 refundWait, uint32 collectWait) internal pure returns (bytes memory) {
        return abi.encodePacked(uint16(0), refundWait, collectWait, new bytes(24));
    }

    function sparsePerceptron(uint24 numWords, uint16 eta0, uint40 tau) internal pure returns (bytes memory) {
        return abi.encodePacked(numWords, eta0, tau);
    }

    /// @notice Packed big-endian uint16 word indices.
    function words(uint16 first, uint16 second, uint16 third) internal pure returns (bytes memory) {
        return abi.encodePacked(first, second, third);
    }

    function startsWith(string memory text, string memory prefix) internal pure returns (bool) {
        return bytes(prefix).length == 0 || _endOf(bytes(text), bytes(prefix), 0) != 0;
    }

    /* INTERNAL */

    function _withModel(string memory implementation, uint256 skip) private pure returns (Kind memory kind) {
        kind.implementation = implementation;
        if (_is(implementation, skip, "SparsePerceptron")) {
            kind.model = sparsePerceptron(NUM_WORDS, 1, 0);
            kind.weights = new bytes(2 * (uint256(NUM_WORDS) + 1));
            kind.sample = words(1, 3, 500);
            kind.other = words(2, 3, 599);
        } else {
            revert(string.concat("Unknown model, add it to test/kit/Kinds.sol: ", implementation));
        }
    }

    function _is(string memory text, uint256 start, string memory rest) private pure returns (bool) {
        return _endOf(bytes(text), bytes(rest), start) == bytes(text).length;
    }

    /// @dev Where `part` ends in `text` if it is there at `start`, else 0.
    function _endOf(bytes memory text, bytes memory part, uint256 start) private pure returns (uint256) {
        if (start + part.length > text.length) return 0;
        for (uint256 i = 0; i < part.length; ++i) {
            if (text[start + i] != part[i]) return 0;
        }
        return start + part.length;
    }

    /// @dev Where `part` ends in `text`.
    function _after(bytes memory text, bytes memory part) private pure returns (uint256 end) {
        for (uint256 i = 0; end == 0; ++i) {
            end = _endOf(text, part, i);
        }
    }
}
