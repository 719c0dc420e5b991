// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPool} from "../src/interfaces/IPool.sol";
import {PoolTest} from "./kit/PoolTest.sol";
import {vm} from "./kit/Vm.sol";

/// @notice Calldata that no honest encoder writes: cut off, stretched, with dirty upper bits, with offsets beyond the end.
/// It is refused, or means exactly what well-formed calldata would.
contract CalldataTest is PoolTest {
    function test_fuzz_anythingCutOffIsRefused(uint256 length) external everyPoolAndForm {
        Made memory made = _open_();
        bytes memory data = _collecting(made);
        // the proof's last word is the last that counts; nothing but a word's zeros behind the sample's end is optional
        length = _bound(length, 0, data.length - 1);

        _refused(ANN, 0, _cut(data, length), "collect");

        data = abi.encodeCall(IPool.contribute, (kind.sample, 1, 1 ether));
        uint256 needed = data.length - 32 * ((kind.sample.length + 31) / 32) + kind.sample.length;
        _refused(ANN, 1 ether, _cut(data, _bound(length, 0, needed - 1)), "contribute");
    }

    function test_fuzz_bytesBehindTheEndChangeNothing(bytes calldata more) external everyPoolAndForm {
        Made memory made = _open_();
        vm.prank(EVE);
        (bool done, bytes memory answer) = address(pool).call(abi.encodePacked(_collecting(made), more));

        vm.assertTrue(done, "done");
        vm.assertEq(abi.decode(answer, (uint256)), made.what.deposit, "amount");
        vm.assertEq(_credit(EVE), _burns() ? 0 : made.what.deposit, "credit");
    }

    /// @dev The words of a `Contribution` begin at byte 4: contributor, label, time and deposit have unused upper bits.
    function test_fuzz_dirtyUpperBitsAreRefused(uint256 dirt) external everyPoolAndForm {
        Made memory made = _open_();
        uint256[4] memory widths = [uint256(160), 16, 40, 96];
        for (uint256 i = 0; i < 4; ++i) {
            uint256 bits = _bound(dirt, 1, type(uint256).max >> widths[i]) << widths[i];
            _refused(EVE, 0, _flip(_collecting(made), 4 + 32 * (i + 1), bits), "collect");
        }
        bytes memory data = abi.encodeCall(IPool.contribute, (kind.sample, 1, 1 ether));
        _refused(ANN, 1 ether, _flip(data, 4 + 32, _bound(dirt, 1, type(uint240).max) << 16), "contribute");
    }

    function test_fuzz_offsetsBeyondTheEndAreRefused(uint256 offset) external everyPoolAndForm {
        Made memory made = _open_();
        // the sample's offset in `contribute`, in `contributeBatch`, and the proof's in a claim
        bytes memory data = abi.encodeCall(IPool.contribute, (kind.sample, 1, 1 ether));
        offset = _bound(offset, data.length, type(uint256).max);
        _refused(ANN, 1 ether, _put(data, 4, offset), "contribute");

        (bytes[] memory samples, uint16[] memory labels) = (new bytes[](2), new uint16[](2));
        samples[0] = samples[1] = kind.sample;
        data = abi.encodeCall(IPool.contributeBatch, (samples, labels, 1 ether));
        offset = _bound(offset, data.length, type(uint256).max);
        _refused(ANN, 1 ether, _put(data, 4, offset), "samples");
        _refused(ANN, 1 ether, _put(data, 36, offset), "labels");
        _refused(ANN, 1 ether, _put(data, 4 + 128, offset), "a sample");
        if (made.batched) _refused(EVE, 0, _put(_collecting(made), 4 + 32 * 7, offset), "proof");
    }

    function test_fuzz_lengthsBeyondTheEndAreRefused(uint256 length) external everyPoolAndForm {
        Made memory made = _open_();
        bytes memory data = abi.encodeCall(IPool.contribute, (kind.sample, 1, 1 ether));
        length = _bound(length, data.length, type(uint256).max);
        _refused(ANN, 1 ether, _put(data, 4 + 96, length), "contribute");

        (bytes[] memory samples, uint16[] memory labels) = (new bytes[](1), new uint16[](1));
        samples[0] = kind.sample;
        data = abi.encodeCall(IPool.commitBatch, (samples, labels, 1 ether));
        length = _bound(length, data.length, type(uint256).max);
        _refused(ANN, 1 ether, _put(data, 4 + 96, length), "samples");
        if (made.batched) _refused(EVE, 0, _put(_collecting(made), 4 + 32 * 8, length), "proof");
    }

    /// @dev Two samples of a batch may be the same bytes of the calldata; the pool sees two samples.
    function test_aBatchWhoseSamplesShareTheirBytesIsTakenAsIfTheyDidNot() external everyPool {
        (bytes[] memory samples, uint16[] memory labels) = (new bytes[](2), new uint16[](2));
        samples[0] = samples[1] = kind.sample;
        labels[0] = labels[1] = 1;
        bytes memory data = abi.encodeCall(IPool.contributeBatch, (samples, labels, 1 ether));
        data = _put(data, 4 + 160, 64);

        vm.prank(ANN);
        (bool done,) = address(pool).call{value: 1 ether}(data);

        vm.assertTrue(done, "done");
        vm.assertEq(_count(), 2, "count");
    }

    function test_fuzz_unknownVerbsAreRefused(bytes calldata data, uint256 value) external everyPool {
        bytes4[2] memory known = [IPool.contribute.selector, IPool.withdraw.selector];
        vm.assume(data.length < 4 || (bytes4(data) != known[0] && bytes4(data) != known[1]));
        vm.prank(ANN);
        (bool done, bytes memory answer) = address(pool).call{value: _bound(value, 1, 1 ether)}(data);

        vm.assertFalse(done, "done");
        vm.assertEq(answer.length, 0, "no reason");
    }

    /* INTERNAL */

    /// @dev A contribution of Ann's that anyone may collect.
    function _open_() private returns (Made memory made) {
        made = _make(ANN, kind.sample, 1);
        _end(made);
    }

    function _collecting(Made memory made) private pure returns (bytes memory) {
        bytes32 hash = keccak256(made.sample);
        if (!made.batched) return abi.encodeCall(IPool.collect, (made.what, hash));
        return abi.encodeCall(IPool.collectFromBatch, (made.what, hash, made.first, made.proof));
    }

    function _refused(address who, uint256 value, bytes memory data, string memory what) private {
        bytes32 before = _fingerprint();
        vm.prank(who);
        (bool done,) = address(pool).call{value: value}(data);
        vm.assertFalse(done, what);
        vm.assertEq(_fingerprint(), before, "state");
    }

    function _fingerprint() private view returns (bytes32) {
        return keccak256(abi.encode(_count(), _escrow(), pool.digest(), address(pool).balance));
    }

    function _cut(bytes memory data, uint256 length) private pure returns (bytes memory) {
        assembly ("memory-safe") {
            mstore(data, length)
        }
        return data;
    }

    function _put(bytes memory data, uint256 at, uint256 word) private pure returns (bytes memory) {
        assembly ("memory-safe") {
            mstore(add(add(data, 32), at), word)
        }
        return data;
    }

    function _flip(bytes memory data, uint256 at, uint256 bits) private pure returns (bytes memory) {
        uint256 word;
        assembly ("memory-safe") {
            word := mload(add(add(data, 32), at))
        }
        return _put(data, at, word ^ bits);
    }
}
