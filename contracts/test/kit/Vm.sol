// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Vm
/// @notice The cheatcodes of Foundry that these tests use.
interface Vm {
    struct DirEntry {
        string errorMessage;
        string path;
        uint64 depth;
        bool isDir;
        bool isSymlink;
    }

    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function addr(uint256 privateKey) external pure returns (address account);
    function assume(bool condition) external pure;
    function deal(address account, uint256 balance) external;
    function envOr(string calldata name, bool otherwise) external view returns (bool value);
    function etch(address target, bytes calldata code) external;
    function expectEmit(address emitter) external;
    function expectRevert() external;
    function expectRevert(bytes4 selector) external;
    function expectRevert(bytes calldata data) external;
    function fee(uint256 baseFee) external;
    function getBlockTimestamp() external view returns (uint256 timestamp);
    function getCode(string calldata artifact) external view returns (bytes memory code);
    function getRecordedLogs() external returns (Log[] memory logs);
    function label(address account, string calldata name) external;
    function parseBytes(string calldata hexadecimal) external pure returns (bytes memory parsed);
    function parseJsonString(string calldata json, string calldata key) external pure returns (string memory value);
    function prank(address sender) external;
    function prank(address sender, address origin) external;
    function readDir(string calldata path) external view returns (DirEntry[] memory entries);
    function readFile(string calldata path) external view returns (string memory content);
    function recordLogs() external;
    function revertToState(uint256 snapshot) external returns (bool success);
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function snapshotState() external returns (uint256 snapshot);
    function warp(uint256 timestamp) external;

    function assertEq(address left, address right, string calldata what) external pure;
    function assertEq(bytes32 left, bytes32 right, string calldata what) external pure;
    function assertEq(bytes calldata left, bytes calldata right, string calldata what) external pure;
    function assertEq(int256 left, int256 right, string calldata what) external pure;
    function assertEq(uint256 left, uint256 right, string calldata what) external pure;
    function assertFalse(bool condition, string calldata what) external pure;
    function assertGe(uint256 left, uint256 right, string calldata what) external pure;
    function assertLe(uint256 left, uint256 right, string calldata what) external pure;
    function assertLt(uint256 left, uint256 right, string calldata what) external pure;
    function assertTrue(bool condition, string calldata what) external pure;
}

Vm constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
