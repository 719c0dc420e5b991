// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {vm} from "./Vm.sol";

/// @title Deployment
/// @notice Deploys our contracts by name: the committed artifacts, or, where a tool works on the sources and says so in its
/// environment, what those were compiled to.
library Deployment {
    /// @dev Fails as the constructor does.
    function deploy(string memory name, bytes memory arguments) internal returns (address deployed) {
        bytes memory code = bytes.concat(_code(name), arguments);
        assembly ("memory-safe") {
            deployed := create(0, add(code, 32), mload(code))
            if and(iszero(deployed), gt(returndatasize(), 0)) {
                returndatacopy(code, 0, returndatasize())
                revert(code, returndatasize())
            }
        }
        require(deployed != address(0), string.concat("Not deployed: ", name));
    }

    function _code(string memory name) private view returns (bytes memory) {
        if (vm.envOr("EARNEST_TEST_SOURCES", false)) return vm.getCode(string.concat(name, ".sol:", name));
        string memory artifact = vm.readFile(string.concat("contracts/artifacts/", name, ".json"));
        return vm.parseBytes(string.concat("0x", vm.parseJsonString(artifact, ".bytecode")));
    }
}
