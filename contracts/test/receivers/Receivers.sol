// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPool} from "../../src/interfaces/IPool.sol";

/// @notice An account with code: whoever holds it has it call the pool.
contract Wallet {
    function call(address target, uint256 value, bytes calldata data) external returns (bytes memory answer) {
        bool done;
        (done, answer) = target.call{value: value}(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
    }

    receive() external payable virtual {}
}

/// @notice Takes no ether, until it is told to.
contract Refuser is Wallet {
    bool public accepts;

    function accept() external {
        accepts = true;
    }

    receive() external payable override {
        require(accepts, "no");
    }
}

/// @notice Calls the pool back with any calldata while it is paid.
contract Reentrant is Wallet {
    bytes private _data;
    uint256 private _value;
    bool private _insists;
    bool public succeeded;

    function prepare(bytes calldata data, uint256 value, bool insists) external {
        (_data, _value, _insists) = (data, value, insists);
    }

    receive() external payable override {
        if (_data.length == 0) return;
        bytes memory data = _data;
        delete _data;
        (succeeded,) = msg.sender.call{value: _value}(data);
        require(succeeded || !_insists, "it must");
    }
}

/// @notice Uses up all gas that it is given.
contract GasEater is Wallet {
    receive() external payable override {
        assembly ("memory-safe") {
            invalid()
        }
    }
}

/// @notice Accepts the ether and answers with as many zeros as it is told to.
contract Bomb is Wallet {
    uint256 private immutable _LENGTH;
    bool private immutable _REVERTS;

    constructor(uint256 length, bool reverts) {
        (_LENGTH, _REVERTS) = (length, reverts);
    }

    receive() external payable override {
        uint256 length = _LENGTH;
        bool reverts = _REVERTS;
        assembly {
            if reverts { revert(0, length) }
            return(0, length)
        }
    }
}

/// @notice Forces its ether upon an account that never asked for it.
contract Forcer {
    constructor(address payable target) payable {
        selfdestruct(target);
    }
}
