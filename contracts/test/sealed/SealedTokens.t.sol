// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPool} from "../../src/interfaces/IPool.sol";
import {ISealedPool} from "../../src/interfaces/ISealedPool.sol";
import {Deployment} from "../kit/Deployment.sol";
import {IStrangeToken} from "../kit/ITestTokens.sol";
import {vm} from "../kit/Vm.sol";
import {SealedTest} from "./SealedTest.sol";

/// @notice Pools under `sealed-assessment` whose deposits are paid in an ERC-20 token.
contract SealedTokensTest is SealedTest {
    uint256 private constant MANY = 1000 ether;
    uint256 private constant BOUNTY = 14;

    IStrangeToken private strange;

    function _tokens() internal override returns (address[] memory tokens) {
        strange = IStrangeToken(Deployment.deploy("StrangeToken", abi.encode("Strange", "STR", 18)));
        tokens = new address[](1);
        tokens[0] = address(strange);
    }

    function _token() internal view override returns (address) {
        return address(strange);
    }

    function _rules() internal pure override returns (Rules memory r) {
        r = super._rules();
        r.sealBounty = 0;
    }

    /* FAILURES */

    function test_creation_failsWithABounty() external {
        rules.sealBounty = 1;
        bytes memory why = abi.encodeWithSelector(ISealedPool.SealedParameterOutOfRange.selector, BOUNTY, 1, 0, 0);
        try this.create() {
            revert("created");
        } catch (bytes memory answer) {
            vm.assertEq(answer, why, "why");
        }
    }

    function create() external {
        _create();
    }

    function test_contribute_failsWithNativeCoinAndWithoutAllowance() external {
        vm.prank(ANN);
        vm.expectRevert(abi.encodeWithSelector(IPool.ValueInTokenPool.selector, 1, strange));
        pool.contribute{value: 1}(good, 1, MAX);
        vm.prank(ANN);
        vm.expectRevert(abi.encodeWithSelector(IPool.TokenTransferFailed.selector, ANN, rules.agreedPrice, 0));
        pool.contribute(good, 1, MAX);
    }

    function test_contribute_failsWhereTheTokenTakesAFee() external {
        _allow(ANN, MANY);
        strange.behave(IStrangeToken.Behaviour.FEE);
        vm.prank(ANN);
        vm.expectRevert(
            abi.encodeWithSelector(
                IPool.TokenAmountMismatch.selector, rules.agreedPrice, rules.agreedPrice - rules.agreedPrice / 100
            )
        );
        pool.contribute(good, 1, MAX);
        vm.assertEq(_standing(ANN) + _escrow(), 0, "nothing happened");
    }

    function test_fund_failsForABudgetThatPaysNothing() external {
        vm.prank(EVE);
        vm.expectRevert(abi.encodeWithSelector(IPool.ValueInTokenPool.selector, 5, strange));
        pool.fund{value: 5}();
        vm.prank(EVE);
        vm.expectRevert(abi.encodeWithSelector(IPool.ValueInTokenPool.selector, 0, strange));
        pool.fund();
    }

    function test_withdraw_failsWhereTheTokenDoesNotPay() external {
        _deposit(ANN, 200);
        strange.behave(IStrangeToken.Behaviour.GONE);
        vm.prank(ANN);
        vm.expectRevert(abi.encodeWithSelector(IPool.WithdrawalFailed.selector, ANN, 200));
        pool.withdraw();
        vm.assertEq(_credit(ANN), 200, "kept");
    }

    /// @dev The token's call comes when all is written, and moves no tokens.
    function test_token_cannotMoveTokensWhileTheyMove() external {
        _allow(ANN, MANY);
        strange.mint(address(strange), MANY);
        vm.prank(address(strange));
        strange.approve(address(pool), MANY);
        vm.prank(address(strange));
        pool.depositTokens(100);
        bytes[3] memory calls = [
            abi.encodeCall(ISealedPool.withdraw, ()),
            abi.encodeCall(ISealedPool.depositTokens, (50)),
            abi.encodeCall(ISealedPool.contribute, (bad, 0, MAX))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            strange.prepare(address(pool), calls[i]);
            vm.prank(ANN);
            vm.expectRevert(abi.encodeWithSelector(IPool.TokenTransferFailed.selector, ANN, rules.agreedPrice, MANY));
            pool.contribute(good, 1, MAX);
        }
    }

    /* MONEY */

    function test_deposit_thenContributeSettleAndWithdrawPayTokens() external {
        _deposit(ANN, rules.agreedPrice / 2);
        _allow(ANN, MANY);
        Made memory made = _next(ANN, good, _predicted(good));
        vm.prank(ANN);
        pool.contribute(good, made.what.label, MAX);
        vm.assertEq(strange.balanceOf(ANN), MANY - (rules.agreedPrice - rules.agreedPrice / 2), "taken");
        vm.assertEq(_credit(ANN), 0, "credit");
        _seal(rules.waitSeals);
        vm.assertEq(_credit(EVE), 0, "no bounty");
        vm.assertEq(_settle(made), rules.agreedPrice, "settled");
        vm.assertEq(strange.balanceOf(address(pool)), _escrow(), "balance");
        vm.prank(ANN);
        vm.assertEq(pool.withdraw(), rules.agreedPrice, "withdrawn");
        vm.assertEq(strange.balanceOf(ANN), MANY + rules.agreedPrice / 2, "paid");
    }

    /// @dev A token may block an account: its credit goes to another then.
    function test_withdrawTo_paysTokensToAnybody() external {
        _deposit(ANN, 200);
        _deposit(BOB, 50);
        vm.expectEmit(address(pool));
        emit IPool.Withdrawn(ANN, EVE, 200);
        vm.prank(ANN);
        vm.assertEq(pool.withdrawTo(EVE), 200, "amount");
        vm.assertEq(strange.balanceOf(EVE), 200, "paid");
        vm.assertEq(_credit(ANN), 0, "credit");
        vm.assertEq(_credit(BOB), 50, "another's");
        vm.assertEq(strange.balanceOf(address(pool)), _escrow(), "balance");
    }

    function test_withdrawTo_failsWhereTheTokenDoesNotPay() external {
        _deposit(ANN, 200);
        strange.behave(IStrangeToken.Behaviour.GONE);
        vm.prank(ANN);
        vm.expectRevert(abi.encodeWithSelector(IPool.WithdrawalFailed.selector, EVE, 200));
        pool.withdrawTo(EVE);
        vm.assertEq(_credit(ANN), 200, "kept");
    }

    /// @dev What expires stays: it is nobody's, and pays no seal.
    function test_seal_keepsWhatExpiresInTheBudget() external {
        _allow(ANN, MANY);
        uint16 label = 1 - _predicted(good);
        vm.prank(ANN);
        pool.contribute(good, label, MAX);
        _seal(uint256(rules.riskSeals) + 3);
        vm.assertEq(_budget(), rules.riskPrice, "budget");
        vm.assertEq(_credit(EVE), 0, "no bounty");
        vm.assertEq(strange.balanceOf(address(pool)), _escrow() + _budget(), "balance");
    }

    /* STEPS */

    function _allow(address who, uint256 amount) private {
        strange.mint(who, amount);
        vm.prank(who);
        strange.approve(address(pool), amount);
    }

    function _deposit(address who, uint256 amount) private {
        strange.mint(who, amount);
        vm.prank(who);
        strange.approve(address(pool), amount);
        vm.prank(who);
        pool.depositTokens(amount);
    }
}
