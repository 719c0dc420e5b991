// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title DevelopmentToken
/// @notice A token for trying out pools whose deposits are paid in one. Worth nothing: anybody may make any amount of it.
/// @dev Deployed on development chains only. Well-behaved, with permit (EIP-2612), and six decimals as stablecoins have.
contract DevelopmentToken is ERC20, ERC20Permit {
    constructor() ERC20("Earnest Development Token", "DEV") ERC20Permit("Earnest Development Token") {}

    /// @notice Makes `amount` for an account.
    function mint(address account, uint256 amount) external {
        _mint(account, amount);
    }

    /// @notice Six.
    function decimals() public pure override returns (uint8) {
        return 6;
    }
}
