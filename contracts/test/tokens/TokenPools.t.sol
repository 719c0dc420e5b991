// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPool} from "../../src/interfaces/IPool.sol";
import {IPoolFactory} from "../../src/interfaces/IPoolFactory.sol";
import {Deployment} from "../kit/Deployment.sol";
import {IPermitToken, IStrangeToken} from "../kit/ITestTokens.sol";
import {Kinds} from "../kit/Kinds.sol";
import {PoolTest} from "../kit/PoolTest.sol";
import {vm} from "../kit/Vm.sol";

/// @dev Moves nothing, and fails where it is asked what is allowed.
contract WithoutAllowances {
    function balanceOf(address) external pure returns (uint256) {
        return 0;
    }

    function transferFrom(address, address, uint256) external pure returns (bool) {
        return false;
    }
}

/// @dev The same, and answers that with nothing.
contract WithoutAnswers is WithoutAllowances {
    fallback() external {}
}

/// @notice Pools whose deposits are paid in an ERC-20 token, with one that behaves as it is told.
contract TokenPoolsTest is PoolTest {
    uint256 private constant KEY = 0xA11CE;
    uint256 private constant MANY = 1000 ether;

    IStrangeToken private strange;
    IPermitToken private permitted;
    address private current;

    function _tokens() internal override returns (address[] memory tokens) {
        strange = IStrangeToken(Deployment.deploy("StrangeToken", abi.encode("Strange", "STR", 18)));
        permitted = IPermitToken(Deployment.deploy("DevelopmentToken", ""));
        tokens = new address[](2);
        (tokens[0], tokens[1]) = (address(strange), address(permitted));
        current = address(strange);
    }

    function _token() internal view override returns (address) {
        return current;
    }

    /* CREATION */

    function test_createPool_failsForATokenThatIsNotAllowed() external {
        IPoolFactory.PoolParameters memory parameters =
            _parameters(kind, _implementation(kind.implementation, FORWARDER));
        parameters.token = Deployment.deploy("StrangeToken", abi.encode("Strange", "STR", 18));

        vm.expectRevert(abi.encodeWithSelector(IPoolFactory.TokenNotAllowed.selector, parameters.token));
        factory.createPool(parameters, new address[](0), kind.weights);
    }

    /// @dev Whoever had so many could fill the pool, and nobody else could contribute.
    function test_createPool_failsForATokenOfMoreUnitsThanAPoolHolds() external {
        uint256 most = type(uint96).max;
        IStrangeToken(current).mint(EVE, most - IStrangeToken(current).totalSupply() + 1);
        IPoolFactory.PoolParameters memory parameters =
            _parameters(kind, _implementation(kind.implementation, FORWARDER));
        parameters.token = current;

        vm.expectRevert(
            abi.encodeWithSelector(IPoolFactory.TokenSupplyTooLarge.selector, current, most + 1, most)
        );
        factory.createPool(parameters, new address[](0), kind.weights);

        IStrangeToken(current).shrink(EVE, 1);
        factory.createPool(parameters, new address[](0), kind.weights);
    }

    function test_factory_failsForATokenThatIsNoContractOrThereTwiceAndForTooMany() external {
        address[] memory tokens = new address[](2);
        (tokens[0], tokens[1]) = (current, EVE);
        _refused(tokens, abi.encodeWithSelector(IPoolFactory.TokenInvalid.selector, EVE));
        tokens[1] = current;
        _refused(tokens, abi.encodeWithSelector(IPoolFactory.TokenInvalid.selector, current));
        tokens[1] = address(0);
        _refused(tokens, abi.encodeWithSelector(IPoolFactory.TokenInvalid.selector, address(0)));
        _refused(new address[](17), abi.encodeWithSelector(IPoolFactory.TokensTooMany.selector, 17, 16));
    }

    function _refused(address[] memory tokens, bytes memory why) private {
        vm.expectRevert(why);
        this.deployFactory(tokens);
    }

    function deployFactory(address[] calldata tokens) external {
        Deployment.deploy("PoolFactory", abi.encode(tokens));
    }

    function test_factory_saysWhichTokensItAllows() external {
        vm.assertTrue(factory.allowsToken(address(strange)), "strange");
        vm.assertTrue(factory.allowsToken(address(permitted)), "permitted");
        vm.assertFalse(factory.allowsToken(EVE), "another");
        vm.assertFalse(factory.allowsToken(address(0)), "none");
    }

    function test_pool_saysItsTokenAndReadsItsWeightsBesideIt() external everyPool {
        vm.assertEq(pool.token(), current, "token");
        current = address(0);
        IPool native = _create(kind, FORWARDER);
        vm.assertEq(native.token(), address(0), "native");
        vm.assertEq(native.digest(), pool.digest(), "weights");
    }

    /* FAILURES */

    function test_contribute_failsWithNativeCoin() external everyPool {
        _allow(ANN, MANY);
        vm.prank(ANN);
        vm.expectRevert(abi.encodeWithSelector(IPool.ValueInTokenPool.selector, 1, current));
        pool.contribute{value: 1}(kind.sample, 1, type(uint256).max);
    }

    function test_contribute_failsWithoutAllowanceOrTokens() external everyPool {
        if (!_hasDeposits()) return;
        uint256 price = pool.price();
        _expect(abi.encodeWithSelector(IPool.TokenTransferFailed.selector, ANN, price, 0));
        vm.prank(ANN);
        strange.approve(address(pool), price);
        _expect(abi.encodeWithSelector(IPool.TokenTransferFailed.selector, ANN, price, price));
    }

    function test_contribute_failsWhereTheTokenAnswersFalseOrIsPaused() external everyPool {
        if (!_hasDeposits()) return;
        uint256 price = pool.price();
        _allow(ANN, MANY);
        strange.behave(IStrangeToken.Behaviour.FALSE);
        _expect(abi.encodeWithSelector(IPool.TokenTransferFailed.selector, ANN, price, MANY - price));
        strange.behave(IStrangeToken.Behaviour.GONE);
        _expect(abi.encodeWithSelector(IPool.TokenTransferFailed.selector, ANN, price, MANY));
    }

    /// @dev That nothing is allowed is told where the token does not say.
    function test_contribute_failsClearlyWhereTheTokenSaysNothingOfAllowances() external everyPool {
        if (!_hasDeposits()) return;
        bytes memory reason = abi.encodeWithSelector(IPool.TokenTransferFailed.selector, ANN, pool.price(), 0);
        bytes[2] memory tokens = [type(WithoutAllowances).runtimeCode, type(WithoutAnswers).runtimeCode];
        for (uint256 i = 0; i < tokens.length; ++i) {
            vm.etch(current, tokens[i]);
            _expect(reason);
        }
    }

    function test_contribute_failsWhereTheTokenTakesAFeeOrLies() external everyPool {
        if (!_hasDeposits()) return;
        uint256 price = pool.price();
        _allow(ANN, MANY);
        strange.behave(IStrangeToken.Behaviour.FEE);
        _expect(abi.encodeWithSelector(IPool.TokenAmountMismatch.selector, price, price - price / 100));
        strange.behave(IStrangeToken.Behaviour.LIAR);
        _expect(abi.encodeWithSelector(IPool.TokenAmountMismatch.selector, price, 0));
    }

    /// @dev All three ways to contribute, and a deposit.
    function _expect(bytes memory why) private {
        uint256 price = pool.price();
        (bytes[] memory samples, uint16[] memory labels) = _one();
        vm.prank(ANN);
        vm.expectRevert(why);
        pool.contribute(kind.sample, 1, price);
        vm.prank(ANN);
        vm.expectRevert(why);
        pool.contributeBatch(samples, labels, price);
        vm.prank(ANN);
        vm.expectRevert(why);
        pool.commitBatch(samples, labels, price);
        vm.prank(ANN);
        vm.expectRevert(why);
        pool.depositTokens(price);
        vm.assertEq(_count() + _escrow() + _credit(ANN), 0, "nothing happened");
    }

    function test_withdraw_failsWhereTheTokenDoesNotPayExactly() external everyPool {
        _deposit(ANN, 200);
        strange.mint(address(pool), 1000);
        strange.behave(IStrangeToken.Behaviour.FEE_ON_TOP);
        _unpaid(abi.encodeWithSelector(IPool.TokenAmountMismatch.selector, 200, 202));
        strange.behave(IStrangeToken.Behaviour.LIAR);
        _unpaid(abi.encodeWithSelector(IPool.TokenAmountMismatch.selector, 200, 0));
        strange.behave(IStrangeToken.Behaviour.FALSE);
        _unpaid(abi.encodeWithSelector(IPool.WithdrawalFailed.selector, ANN, 200));
        strange.behave(IStrangeToken.Behaviour.GONE);
        _unpaid(abi.encodeWithSelector(IPool.WithdrawalFailed.selector, ANN, 200));
        strange.behave(IStrangeToken.Behaviour.PLAIN);
        vm.assertEq(_withdraw(ANN), 200, "later");
    }

    function _unpaid(bytes memory why) private {
        vm.prank(ANN);
        vm.expectRevert(why);
        pool.withdraw();
        vm.assertEq(_credit(ANN), 200, "kept");
    }

    function test_withdrawTo_failsForThePoolItself() external everyPool {
        _deposit(ANN, 200);
        vm.prank(ANN);
        vm.expectRevert(abi.encodeWithSelector(IPool.TokenAmountMismatch.selector, 200, 0));
        pool.withdrawTo(address(pool));
    }

    function test_depositTokens_failsInAPoolOfNativeCoin() external everyPool {
        current = address(0);
        pool = _create(kind, FORWARDER);
        vm.prank(ANN);
        vm.expectRevert(IPool.NoToken.selector);
        pool.depositTokens(1);
        vm.prank(ANN);
        vm.expectRevert(IPool.NoToken.selector);
        pool.depositTokensPermitted(1, type(uint256).max, 27, 0, 0);
    }

    function test_depositTokens_failsBeyondWhatABalanceHolds() external everyPool {
        _deposit(ANN, 7);
        _allow(ANN, type(uint128).max);
        vm.prank(ANN);
        vm.expectRevert(abi.encodeWithSelector(IPool.PaymentTooHigh.selector, type(uint96).max - 6));
        pool.depositTokens(type(uint96).max - 6);
        vm.prank(ANN);
        vm.expectRevert(abi.encodeWithSelector(IPool.PaymentTooHigh.selector, uint256(2) ** 96 + 1));
        pool.depositTokens(2 ** 96 + 1);
        vm.prank(ANN);
        pool.depositTokens(type(uint96).max - 7);
        vm.assertEq(_escrow(), type(uint96).max, "full");
    }

    /// @dev What tokens move with cannot be called by itself: nothing that is allowed to it can be taken.
    function test_moves_failWhenTheyAreNotDelegated() external {
        address moves = Deployment.deploy("TokenMoves", "");
        _allow(ANN, MANY);
        vm.prank(ANN);
        strange.approve(moves, MANY);
        vm.prank(EVE);
        (bool done,) = moves.call(abi.encodeWithSignature("pull(address,address,uint256)", strange, ANN, MANY));
        vm.assertFalse(done, "taken");
    }

    /* REENTRANCY */

    /// @dev A token that calls whom it likes while it is taken: no tokens move then, so that nothing is paid twice, or paid out before
    /// it came.
    function test_token_cannotMoveTokensWhileTheyMove() external everyPool {
        if (!_hasDeposits()) return;
        _deposit(ANN, 200);
        _allow(ANN, MANY);
        // the token itself has credit, and has allowed the pool
        strange.mint(address(strange), MANY);
        vm.prank(address(strange));
        strange.approve(address(pool), MANY);
        vm.prank(address(strange));
        pool.depositTokens(100);
        _refusesInside(abi.encodeCall(IPool.withdraw, ()));
        _refusesInside(abi.encodeCall(IPool.depositTokens, (50)));
        _refusesInside(abi.encodeCall(IPool.depositTokensPermitted, (50, type(uint256).max, 27, 0, 0)));
        _refusesInside(abi.encodeCall(IPool.contribute, (kind.other, 1, type(uint256).max)));
    }

    function _refusesInside(bytes memory call_) private {
        bytes memory why = abi.encodeWithSelector(IPool.TokenTransferFailed.selector, ANN, 70, MANY);
        strange.prepare(address(pool), call_);
        vm.prank(ANN);
        vm.expectRevert(why);
        pool.depositTokens(70);
        strange.prepare(address(pool), call_);
        vm.prank(ANN);
        vm.expectRevert(abi.encodeWithSelector(IPool.WithdrawalFailed.selector, ANN, 200));
        pool.withdraw();
        strange.behave(IStrangeToken.Behaviour.PLAIN);
    }

    /// @dev What moves no tokens is as it is in any other call: the contribution that is being paid for stands already.
    function test_token_seesThePoolAsItIsAfterwards() external everyPool {
        if (!_hasDeposits()) return;
        _allow(ANN, MANY);
        Made memory made;
        made.what = _nextContribution(ANN, 1);
        strange.prepare(address(pool), abi.encodeCall(IPool.refund, (made.what, kind.sample)));
        vm.prank(ANN);
        // the window is not open, which is what it is refused for; so the token fails
        vm.expectRevert(abi.encodeWithSelector(IPool.TokenTransferFailed.selector, ANN, made.what.deposit, MANY));
        pool.contribute(kind.sample, 1, type(uint256).max);
        vm.assertEq(_count(), 0, "count");
    }

    /// @dev What is paid by credit moves none, and so may happen inside.
    function test_token_mayContributeByCreditWhileTokensMove() external everyPool {
        if (!_hasDeposits()) return;
        uint256 price = pool.price();
        strange.mint(address(strange), MANY);
        vm.prank(address(strange));
        strange.approve(address(pool), MANY);
        vm.prank(address(strange));
        pool.depositTokens(MANY);
        _allow(ANN, MANY);
        strange.prepare(address(pool), abi.encodeCall(IPool.contribute, (kind.other, 1, type(uint256).max)));
        vm.prank(ANN);
        pool.contribute(kind.sample, 1, type(uint256).max);
        vm.assertEq(_count(), 2, "both");
        vm.assertEq(_credit(address(strange)), MANY - price, "by credit");
        vm.assertEq(_escrow(), MANY + price, "escrow");
        vm.assertEq(strange.balanceOf(address(pool)), MANY + price, "balance");
    }

    /* MONEY */

    function test_contribute_takesExactlyWhatCreditDoesNotCover() external everyPool {
        uint256 price = pool.price();
        _deposit(ANN, price / 2);
        _allow(ANN, MANY);
        uint256 before = strange.balanceOf(ANN);

        vm.prank(ANN);
        pool.contribute(kind.sample, 1, price);

        vm.assertEq(before - strange.balanceOf(ANN), price - price / 2, "taken");
        vm.assertEq(_credit(ANN), 0, "credit");
        vm.assertEq(_escrow(), price, "escrow");
        vm.assertEq(strange.balanceOf(address(pool)), price, "balance");
    }

    function test_contribute_takesNothingWhereCreditCoversIt() external everyPool {
        uint256 price = pool.price();
        _deposit(ANN, 3 * price + 5);
        (bytes[] memory samples, uint16[] memory labels) = _one();
        vm.prank(ANN);
        pool.contribute(kind.sample, 1, price);
        price += pool.price();
        vm.prank(ANN);
        pool.commitBatch(samples, labels, type(uint256).max);
        vm.assertEq(_credit(ANN) + price, _escrow(), "credit and deposits");
        vm.assertEq(strange.balanceOf(ANN), 0, "nothing more");
    }

    function test_contribute_takesTokensThatAnswerNothing() external everyPool {
        _allow(ANN, MANY);
        strange.behave(IStrangeToken.Behaviour.NO_ANSWER);
        (uint256 price, uint16 label) = (pool.price(), _predicted(kind.sample));
        vm.prank(ANN);
        pool.contribute(kind.sample, label, price);
        _deposit(ANN, 200);
        vm.prank(ANN);
        vm.assertEq(pool.withdrawTo(BOB), 200, "amount");
        vm.assertEq(strange.balanceOf(BOB), 200, "paid");
    }

    /// @dev The whole way of a deposit: in, refunded, paid out.
    function test_refund_thenWithdrawPaysTokens() external everyPoolAndForm {
        _allow(ANN, MANY);
        Made memory made = _give(ANN, kind.sample, _predicted(kind.sample));
        _open(made);
        vm.assertEq(_refund(ANN, made), made.what.deposit, "refund");
        if (!_hasDeposits()) return;
        uint256 before = strange.balanceOf(ANN);
        vm.assertEq(_withdraw(ANN), made.what.deposit, "withdrawn");
        vm.assertEq(strange.balanceOf(ANN) - before, made.what.deposit, "paid");
        vm.assertEq(strange.balanceOf(address(pool)), _escrow(), "balance");
    }

    function _give(address who, bytes memory sample, uint16 label) private returns (Made memory made) {
        made.what = _nextContribution(who, label);
        made.sample = sample;
        if (!batched) {
            vm.prank(who);
            pool.contribute(sample, label, made.what.deposit);
            return made;
        }
        (bytes[] memory samples, uint16[] memory labels) = _one();
        labels[0] = label;
        made = _expected(who, samples, labels)[0];
        vm.prank(who);
        pool.commitBatch(samples, labels, made.what.deposit);
    }

    /* PERMIT */

    function test_permit_depositsWithOneSignature() external {
        address ann = _permitPool();
        (uint8 v, bytes32 r, bytes32 s) = _signed(100, type(uint256).max);
        vm.prank(ann);
        pool.depositTokensPermitted(100, type(uint256).max, v, r, s);
        vm.assertEq(_credit(ann), 100, "credit");
        vm.assertEq(permitted.balanceOf(address(pool)), 100, "balance");
        vm.assertEq(permitted.allowance(ann, address(pool)), 0, "nothing is left of it");
    }

    /// @dev Whoever sees the signature first and brings it to the token does no harm.
    function test_permit_thatSomebodyBroughtFirstDoesNoHarm() external {
        address ann = _permitPool();
        (uint8 v, bytes32 r, bytes32 s) = _signed(100, type(uint256).max);
        vm.prank(EVE);
        permitted.permit(ann, address(pool), 100, type(uint256).max, v, r, s);
        vm.prank(ann);
        pool.depositTokensPermitted(100, type(uint256).max, v, r, s);
        vm.assertEq(_credit(ann), 100, "credit");
    }

    function test_permit_failsForAWrongLateOrUsedSignature() external {
        address ann = _permitPool();
        (uint8 v, bytes32 r, bytes32 s) = _signed(100, type(uint256).max);
        bytes memory why = abi.encodeWithSelector(IPool.PermitRefused.selector, ann, 101, 0);
        vm.prank(ann);
        vm.expectRevert(why);
        pool.depositTokensPermitted(101, type(uint256).max, v, r, s);
        (v, r, s) = _signed(101, block.timestamp - 1);
        vm.prank(ann);
        vm.expectRevert(why);
        pool.depositTokensPermitted(101, block.timestamp - 1, v, r, s);
    }

    /// @dev Who signs is who is credited: another's signature takes nothing.
    function test_permit_ofAnotherTakesNothing() external {
        _permitPool();
        (uint8 v, bytes32 r, bytes32 s) = _signed(100, type(uint256).max);
        vm.prank(EVE);
        vm.expectRevert(abi.encodeWithSelector(IPool.PermitRefused.selector, EVE, 100, 0));
        pool.depositTokensPermitted(100, type(uint256).max, v, r, s);
    }

    function test_permit_failsClearlyWhereTheTokenHasNone() external everyPool {
        strange.mint(ANN, MANY);
        vm.prank(ANN);
        vm.expectRevert(abi.encodeWithSelector(IPool.PermitRefused.selector, ANN, 5, 0));
        pool.depositTokensPermitted(5, type(uint256).max, 27, 0, 0);
    }

    function _permitPool() private returns (address ann) {
        current = address(permitted);
        pool = _create(kind, FORWARDER);
        ann = vm.addr(KEY);
        permitted.mint(ann, MANY);
    }

    function _signed(uint256 amount, uint256 deadline) private view returns (uint8 v, bytes32 r, bytes32 s) {
        address ann = vm.addr(KEY);
        bytes32 kind_ =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 said = keccak256(abi.encode(kind_, ann, address(pool), amount, permitted.nonces(ann), deadline));
        return vm.sign(KEY, keccak256(abi.encodePacked("\x19\x01", permitted.DOMAIN_SEPARATOR(), said)));
    }

    /* STEPS */

    /// @dev Gives an account tokens, and lets the pool take as many.
    function _allow(address who, uint256 amount) private {
        strange.mint(who, amount);
        vm.prank(who);
        strange.approve(address(pool), amount);
    }

    function _deposit(address who, uint256 amount) private {
        _allow(who, amount);
        vm.prank(who);
        pool.depositTokens(amount);
    }

    function _one() private view returns (bytes[] memory samples, uint16[] memory labels) {
        samples = new bytes[](1);
        labels = new uint16[](1);
        (samples[0], labels[0]) = (kind.sample, 1);
    }
}
