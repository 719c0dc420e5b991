// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice `StrangeToken`, for whoever tells it how to behave.
interface IStrangeToken {
    enum Behaviour {
        PLAIN,
        NO_ANSWER,
        FALSE,
        FEE,
        FEE_ON_TOP,
        LIAR,
        GONE,
        CALLS
    }

    function behave(Behaviour behaviour) external;
    function prepare(address target, bytes calldata data) external;
    function mint(address account, uint256 amount) external;
    function shrink(address account, uint256 amount) external;
    function approve(address spender, uint256 amount) external returns (bool);
    function balanceOf(address account) external view returns (uint256);
    function totalSupply() external view returns (uint256);
    function allowance(address owner, address spender) external view returns (uint256);
}

/// @notice `DevelopmentToken`, which has a permit.
interface IPermitToken is IStrangeToken {
    function permit(address owner, address spender, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external;
    function nonces(address owner) external view returns (uint256);
    function DOMAIN_SEPARATOR() external view returns (bytes32);
}
