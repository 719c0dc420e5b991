// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title StrangeToken
/// @notice A token for tests, that behaves as it is told: as some tokens do that pools must refuse or survive.
/// @dev It has no permit. Anybody may make any amount of it, and tell it how to behave, at any time.
contract StrangeToken {
    /// @notice How it moves what it is asked to move.
    /// @param PLAIN As the standard says.
    /// @param NO_ANSWER The same, and answers nothing, as USDT does.
    /// @param FALSE Moves nothing and answers false.
    /// @param FEE The receiver gets a hundredth less.
    /// @param FEE_ON_TOP The sender pays a hundredth more.
    /// @param LIAR Moves nothing and answers true.
    /// @param GONE Reverts, as a token that is paused or has blocked somebody.
    /// @param CALLS Calls whom it was told to call, before it moves anything; fails if that fails.
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

    string public name;
    string public symbol;
    uint8 public immutable decimals;
    Behaviour public behaviour;
    uint256 public totalSupply;
    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    address private _target;
    bytes private _data;

    constructor(string memory name_, string memory symbol_, uint8 decimals_) {
        (name, symbol, decimals) = (name_, symbol_, decimals_);
    }

    /// @notice From now on.
    function behave(Behaviour behaviour_) external {
        behaviour = behaviour_;
    }

    /// @notice What it calls, once, the next time it moves anything.
    function prepare(address target, bytes calldata data) external {
        (behaviour, _target, _data) = (Behaviour.CALLS, target, data);
    }

    /// @notice Makes `amount` for an account.
    function mint(address account, uint256 amount) external {
        balanceOf[account] += amount;
        totalSupply += amount;
    }

    /// @notice Takes `amount` from an account, as a token whose balances change by themselves.
    function shrink(address account, uint256 amount) external {
        balanceOf[account] -= amount;
        totalSupply -= amount;
    }

    /// @notice Lets `spender` take so much of the caller's.
    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    /// @notice Moves the caller's.
    function transfer(address to, uint256 amount) external {
        _answer(_moved(msg.sender, to, amount));
    }

    /// @notice Moves what another allowed the caller to move.
    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        _answer(_moved(from, to, amount));
    }

    function _moved(address from, address to, uint256 amount) private returns (bool) {
        Behaviour how = behaviour;
        if (how == Behaviour.FALSE) return false;
        if (how == Behaviour.LIAR) return true;
        require(how != Behaviour.GONE, "paused");
        if (how == Behaviour.CALLS) _call();
        balanceOf[from] -= how == Behaviour.FEE_ON_TOP ? amount + amount / 100 : amount;
        balanceOf[to] += how == Behaviour.FEE ? amount - amount / 100 : amount;
        return true;
    }

    function _call() private {
        (address target, bytes memory data) = (_target, _data);
        behaviour = Behaviour.PLAIN;
        (bool done, bytes memory answer) = target.call(data);
        if (!done) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
    }

    function _answer(bool moved) private view {
        bool silent = behaviour == Behaviour.NO_ANSWER;
        assembly ("memory-safe") {
            mstore(0, moved)
            return(0, shl(5, iszero(silent)))
        }
    }
}
