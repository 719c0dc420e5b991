// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPool} from "../../src/interfaces/IPool.sol";
import {IPoolFactory} from "../../src/interfaces/IPoolFactory.sol";
import {ISealedPool} from "../../src/interfaces/ISealedPool.sol";
import {Deployment} from "../kit/Deployment.sol";
import {Packing} from "../kit/Packing.sol";
import {vm} from "../kit/Vm.sol";

/// @title SealedTest
/// @notice Actors, a pool under `sealed-assessment`, and the steps that tests are told in.
abstract contract SealedTest {
    address internal constant OWNER = address(0x0A11);
    address internal constant ANN = address(0x0A22); // contributes
    address internal constant BOB = address(0x0A33); // too
    address internal constant EVE = address(0x0A44); // seals, or does what others may not
    address internal constant FORWARDER = address(0x0A66); // trusted

    uint256 internal constant START = 1_800_000_000;
    uint256 internal constant WEALTH = 1_000_000 ether;
    uint256 internal constant MAX = type(uint256).max;
    /// @dev The base fee, in wei: so dear that a seal's gas is worth more than the bounty, unless a test says otherwise.
    uint256 internal constant DEAR = 1e15;
    /// @dev What a seal takes at least, as documented; and for each weight.
    uint256 internal constant SEAL_GAS = 25_600;
    uint256 internal constant SEAL_GAS_PER_WEIGHT = 400;
    uint8 internal constant AGREED = 0;
    uint8 internal constant PROMISED = 1;
    uint8 internal constant AT_RISK = 2;
    uint24 internal constant NUM_WORDS = 500;
    uint16 internal constant STEP = 3;
    bytes32 internal constant ENCODER_HASH = keccak256("encoder");
    uint256 internal constant BEHIND_INCENTIVE = 19;

    /// @notice The rule's parameters, as the documentation orders them.
    struct Rules {
        uint32 epochLength;
        uint8 waitSeals;
        uint8 riskSeals;
        uint8 learnSeals;
        uint8 rate;
        uint8 learningCost;
        uint16 mostStanding;
        uint32 gate;
        uint8 averaging;
        uint8 judgeShift;
        uint16 mostFeatures;
        uint96 agreedPrice;
        uint96 promisedPrice;
        uint96 riskPrice;
        uint96 sealBounty;
    }

    /// @notice A contribution, as `settle` needs it.
    struct Made {
        ISealedPool.Contribution what;
        bytes sample;
    }

    IPoolFactory internal factory;
    ISealedPool internal pool;
    Rules internal rules;
    /// @dev Samples whose label the judge takes for 1 and for 0 at first; they share one word, and each has one beyond 449.
    bytes internal good = Packing.words(1, 3, 460);
    bytes internal bad = Packing.words(2, 3, 499);

    function setUp() public virtual {
        vm.warp(START);
        vm.fee(DEAR);
        address[5] memory actors = [OWNER, ANN, BOB, EVE, FORWARDER];
        for (uint256 i = 0; i < actors.length; ++i) {
            vm.deal(actors[i], WEALTH);
        }
        factory = IPoolFactory(Deployment.deploy("PoolFactory", abi.encode(_tokens())));
        rules = _rules();
        pool = _create();
    }

    /* CREATION */

    function _rules() internal pure virtual returns (Rules memory) {
        return Rules(1 days, 2, 3, 9, 3, 3, 30, 320, 16, 6, 160, 10 ether, 30 ether, 70 ether, 1 ether);
    }

    /// @dev Those that the factory allows.
    function _tokens() internal virtual returns (address[] memory) {
        return new address[](0);
    }

    /// @dev The token of all pools; zero for native coin.
    function _token() internal view virtual returns (address) {
        return address(0);
    }

    function _packed(Rules memory r) internal pure returns (bytes memory) {
        bytes memory numbers = abi.encodePacked(
            r.epochLength, r.waitSeals, r.riskSeals, r.learnSeals, r.rate, r.learningCost, r.mostStanding, r.gate
        );
        bytes memory prices = abi.encodePacked(r.agreedPrice, r.promisedPrice, r.riskPrice, r.sealBounty);
        return abi.encodePacked(numbers, r.averaging, r.judgeShift, r.mostFeatures, prices);
    }

    /// @dev Words of the first sample speak for class 1, those of the second for class 0; the rest for neither.
    function _weights() internal view virtual returns (int16[] memory weights) {
        weights = new int16[](uint256(NUM_WORDS) + 1);
        (weights[2], weights[461]) = (5, 4);
        (weights[3], weights[500]) = (-5, -4);
    }

    /// @dev The same direction, coarser: +-300 for one sample, and 100 for their common word.
    function _reference() internal view virtual returns (int16[] memory values) {
        values = new int16[](uint256(NUM_WORDS) + 1);
        (values[2], values[3], values[4]) = (300, -500, 100);
    }

    function _bytes(int16[] memory values) internal pure returns (bytes memory packed) {
        packed = new bytes(2 * values.length);
        for (uint256 i = 0; i < values.length; ++i) {
            (packed[2 * i], packed[2 * i + 1]) = (bytes1(uint8(uint16(values[i]) >> 8)), bytes1(uint8(uint16(values[i]))));
        }
    }

    function _create() internal returns (ISealedPool) {
        return _createWith(bytes.concat(_packed(rules), _bytes(_reference())), _bytes(_weights()), NUM_WORDS);
    }

    function _createWith(bytes memory chunk, bytes memory weights, uint24 numWords) internal returns (ISealedPool) {
        address where = factory.storeChunk(chunk);
        return _createAt(where, weights, numWords);
    }

    function _createAt(address where, bytes memory weights, uint24 numWords) internal returns (ISealedPool) {
        IPoolFactory.PoolParameters memory parameters = _described(where, weights, numWords);
        vm.prank(OWNER);
        return ISealedPool(factory.createPool(parameters, new address[](0), weights));
    }

    function _described(address where, bytes memory weights, uint24 numWords)
        internal
        returns (IPoolFactory.PoolParameters memory)
    {
        return _describedAs("SealedAssessedSparsePerceptron", Packing.sparsePerceptron(numWords, STEP, 0), where, weights);
    }

    /// @dev Rules and reference are in `where`.
    function _describedAs(string memory name, bytes memory model, address where, bytes memory weights)
        internal
        returns (IPoolFactory.PoolParameters memory)
    {
        return IPoolFactory.PoolParameters(
            Deployment.deploy(name, abi.encode(FORWARDER)),
            ENCODER_HASH,
            keccak256(weights),
            bytes.concat(abi.encodePacked(where), new bytes(BEHIND_INCENTIVE)),
            model,
            _token()
        );
    }

    /* STEPS */

    /// @dev What a contribution by this account would be now.
    function _next(address who, bytes memory sample, uint16 label) internal view returns (Made memory made) {
        (uint256 count, uint256 epoch,,,) = pool.state();
        (uint8 outcome, uint256 price) = pool.quote(who, sample, label);
        made.what = ISealedPool.Contribution(count, who, label, outcome, uint32(epoch), uint96(price));
        made.sample = sample;
    }

    /// @dev A contribution, paid exactly by value.
    function _contribute(address who, bytes memory sample, uint16 label) internal returns (Made memory made) {
        made = _next(who, sample, label);
        vm.prank(who);
        pool.contribute{value: made.what.deposit}(sample, label, made.what.deposit);
    }

    function _settle(Made memory made) internal returns (uint256) {
        vm.prank(made.what.contributor);
        return pool.settle(made.what, made.sample);
    }

    /// @dev Seals by EVE, an epoch after the last.
    function _seal(uint256 times) internal {
        for (uint256 i = 0; i < times; ++i) {
            (,, uint256 sealedAt,,) = pool.state();
            vm.warp(sealedAt + rules.epochLength);
            // of a transaction of its own, or it would not be paid
            vm.prank(EVE, EVE);
            pool.seal();
        }
    }

    /// @dev Gives an account so much standing: it agrees with the judge.
    function _earn(address who, uint256 standing) internal {
        for (uint256 i = 0; i < standing; ++i) {
            _contribute(who, good, _predicted(good));
        }
    }

    /* STATE */

    function _credit(address who) internal view returns (uint256 credit) {
        (credit,) = pool.account(who);
    }

    function _standing(address who) internal view returns (uint256 standing) {
        (, standing) = pool.account(who);
    }

    function _escrow() internal view returns (uint256 escrow) {
        (,,, escrow,) = pool.state();
    }

    function _budget() internal view returns (uint256 budget) {
        (,,,, budget) = pool.state();
    }

    function _predicted(bytes memory sample) internal view returns (uint16 label) {
        (label,) = pool.predict(sample);
    }

    /* JUDGE */

    /// @dev A weight of the judge once it has gone a part of the way, as far as it reaches.
    function _moved(int256 from, int256 to, int256 parts, int256 lowest, int256 highest) internal pure returns (int32) {
        int256 way = to - from + parts / 2;
        int256 part = way / parts;
        if (way % parts < 0) --part;
        int256 moved = from + part;
        if (moved > highest) moved = highest;
        if (moved < lowest) moved = lowest;
        return int32(moved);
    }

    /// @dev Against the rule in plain words, over more seals than the divisor's cap, with weights that move in between.
    function _sealsAsTheRuleSays(uint256 seed) internal {
        uint256 count = uint256(NUM_WORDS) + 1;
        int32[] memory judge = new int32[](count);
        int32[] memory learner = pool.weights(0, count);
        for (uint256 i = 0; i < count; ++i) {
            judge[i] = learner[i] << rules.judgeShift;
        }
        Made[] memory made = new Made[](8);
        for (uint256 n = 0; n < 8; ++n) {
            bytes memory sample = seed >> n & 1 == 0 ? good : bad;
            _earn(ANN, rules.rate);
            made[n] = _contribute(ANN, sample, 1 - _predicted(sample));
            if (n != 0) _settle(made[n - 1]);

            learner = pool.weights(0, count);
            _seal(1);
            int256 parts = int256(n + 2 < rules.averaging ? n + 2 : rules.averaging);
            for (uint256 i = 0; i < count; ++i) {
                judge[i] = _moved(judge[i], learner[i] << rules.judgeShift, parts, type(int16).min, type(int16).max);
            }
            _isTheJudge(judge);
        }
    }

    function _isTheJudge(int32[] memory expected) internal view {
        int32[] memory judge = pool.judgeWeights(0, expected.length);
        for (uint256 i = 0; i < judge.length; ++i) {
            // a cheatcode for each would take longer than all the rest
            if (judge[i] != expected[i]) vm.assertEq(judge[i], expected[i], "weight");
        }
        vm.assertEq(pool.judgeDigest(), _digestOf(judge), "digest");
    }

    function _digestOf(int32[] memory weights) internal pure returns (bytes32) {
        bytes memory packed = new bytes(4 * weights.length);
        for (uint256 i = 0; i < weights.length; ++i) {
            for (uint256 k = 0; k < 4; ++k) {
                packed[4 * i + k] = bytes1(uint8(uint32(weights[i]) >> (24 - 8 * k)));
            }
        }
        return keccak256(packed);
    }

    /// @dev The first seals of a pool of so many weights: each in a transaction, of whose gas four fifths are no less than a seal is
    /// paid for, since a fifth may be refunded.
    function _sealsForNoLessThanItIsPaid(uint256 seals, uint256 gasPerWeight, uint256 count) internal {
        for (uint256 n = 0; n < seals; ++n) {
            vm.warp(block.timestamp + rules.epochLength);
            uint256 before = gasleft();
            pool.seal();
            uint256 used = before - gasleft();
            vm.assertLe(5 * (SEAL_GAS + gasPerWeight * count), 4 * used, "paid");
            vm.assertLe(used, 2 ** 24 - 100_000, "a transaction's");
        }
    }
}
