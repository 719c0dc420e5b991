// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ERC2771Forwarder} from "@openzeppelin/contracts/metatx/ERC2771Forwarder.sol";

/// @title Forwarder
/// @notice Calls a pool for whoever signed the call (ERC-2771), so that somebody else pays the gas of it.
/// @dev OpenZeppelin's, under a name of ours in the domain of the signatures (EIP-712): each request is signed for one
/// forwarder on one chain, one pool, one place in the signer's order, and until a deadline. It owns nothing, nobody owns
/// it, and it keeps no coin.
contract Forwarder is ERC2771Forwarder {
    /// @notice Makes a forwarder of the domain "Earnest", version 1.
    constructor() ERC2771Forwarder("Earnest") {}
}
