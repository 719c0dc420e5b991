"""A token that a pair's deposits are paid in, and what a pool must make of it, whatever it does."""

from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from typing import Any, TypeVar

import hypothesis.strategies as st
from eth_abi.abi import encode
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis.stateful import precondition, rule

from earnest.contracts import load_artifact
from earnest.core.incentives.ledger import MAX_AMOUNT, value_needed
from earnest.core.pool import Refusal
from tests.agreement.contracts import DEPLOYER, Via
from tests.agreement.evm import Evm, Interface

PLAIN, NO_ANSWER, FALSE, FEE, FEE_ON_TOP, LIAR, GONE = range(7)
#: How a strange token behaves; most often as it should.
BEHAVIOURS = (PLAIN, PLAIN, PLAIN, NO_ANSWER, FALSE, FEE, FEE_ON_TOP, LIAR, GONE)
#: With permits, and without, behaving as it is told.
KINDS = ("DevelopmentToken", "StrangeToken")
MANY, NEVER = 2**160, 2**256 - 1
#: Of a pool: native coin more often than a token, which takes longer.
TOKENS = (None, None, None, None, *KINDS)
_TOKEN = Interface(*KINDS)
_PERMIT = (("owner", "address"), ("spender", "address"), ("value", "uint256"), ("nonce", "uint256"))

Twin = TypeVar("Twin")


#: What accounts deposit.
AMOUNTS = st.sampled_from([0, 1, 99, 100, 10**9, 2**90, MAX_AMOUNT, MAX_AMOUNT + 1])


class TokenRules:
    """The rules of a machine, any pool's, that are about what deposits are paid in.

    Attributes:
        pair: the machine's contract and twin.
        _caller: (data, candidates) -> who acts, and how its command reaches the pool.
    """

    pair: Any
    _caller: Callable[..., tuple[str, Via]]

    @precondition(lambda self: self.pair.token is not None)
    @rule(data=st.data(), amount=AMOUNTS, signs=st.sampled_from([None, "this", "another"]))
    def deposit(self, data: st.DataObject, amount: int, signs: str | None) -> None:
        caller, via = self._caller(data)
        if signs is None:
            self.pair.deposit(caller, amount, via=via)
            return
        signed = amount + (signs == "another")
        token = self.pair.token
        can_sign = token.kind == KINDS[0] and caller in token.people
        signature = token.signed(caller, signed) if can_sign else (27, bytes(32), bytes(32))
        self.pair.deposit_permitted(caller, amount, signed if can_sign else amount + 1, signature, via=via)

    def _with_credit(self) -> list[str]:
        return [holder for holder in self.pair.people if self.pair.twin.account(holder)[0]]

    @precondition(lambda self: self._with_credit())
    @rule(data=st.data())
    def withdraw_to_another(self, data: st.DataObject) -> None:
        caller, via = self._caller(data, self._with_credit())
        receiver = data.draw(st.sampled_from([*self.pair.people, self.pair.refuser]), label="receiver")
        self.pair.withdraw_to(caller, receiver, via=via)

    @precondition(lambda self: self.pair.token is not None)
    @rule(data=st.data(), allowed=st.sampled_from([0, 1, 10**9, MANY, MANY, MANY]), how=st.sampled_from(BEHAVIOURS))
    def token_changes(self, data: st.DataObject, allowed: int, how: int) -> None:
        self.pair.token.approve(data.draw(st.sampled_from(self.pair.people), label="approves"), allowed)
        self.pair.token.behave(how)


class PairToken:
    """A token on the pair's EVM, and what it holds and allows, worked out beside it.

    Args:
        evm: the pair's.
        kind: one of `KINDS`.
        people: how many accounts with keys there are to be.

    Attributes:
        address: where it is.
        people: accounts that can sign, each with `MANY` tokens, of which a pool may take all.
        pulled: what the last command took from its caller.
    """

    def __init__(self, evm: Evm, kind: str, people: int) -> None:
        self.evm, self.kind = evm, kind
        names = encode(["string", "string", "uint8"], ["Strange", "STR", 18]) if kind == KINDS[1] else b""
        self.address = evm.deploy(DEPLOYER, load_artifact(kind).bytecode + names)
        self._keys = {
            Account.from_key(key).address.lower(): key for key in (number.to_bytes(32, "big") for number in range(1, 9))
        }
        self.people = list(self._keys)[:people]
        self.pulled = 0
        self._how, self._pool = PLAIN, ""
        self._held: Counter[str] = Counter()
        self._allowed: Counter[str] = Counter()
        for holder in self.people:
            self._send(DEPLOYER, "mint", holder, MANY)
            self._held[holder] = MANY

    def serve(self, pool: str) -> None:
        """Let a pool take everything."""
        self._pool = pool
        for holder in self.people:
            self.approve(holder, MANY)

    # WHAT IS DONE TO IT

    def approve(self, holder: str, amount: int) -> None:
        """Let the pool take so much."""
        self._send(holder, "approve", self._pool, amount)
        self._allowed[holder] = amount

    def behave(self, how: int) -> None:
        """From now on; only one that is told how."""
        if self.kind == KINDS[1]:
            self._send(DEPLOYER, "behave", how)
            self._how = how

    def signed(self, holder: str, amount: int) -> tuple[int, bytes, bytes]:
        """A permit of an account's."""
        output, _ = self.evm.send(DEPLOYER, self.address, _TOKEN.call("nonces", holder))
        domain = {
            "name": "Earnest Development Token",
            "version": "1",
            "chainId": 1,
            "verifyingContract": self.address,
        }
        said = {"owner": holder, "spender": self._pool, "value": amount, "nonce": int.from_bytes(output, "big")}
        types = {"Permit": [{"name": name, "type": kind} for name, kind in (*_PERMIT, ("deadline", "uint256"))]}
        message = encode_typed_data(domain, types, said | {"deadline": NEVER})
        one = Account.from_key(self._keys[holder]).sign_message(message)
        return one.v, one.r.to_bytes(32, "big"), one.s.to_bytes(32, "big")

    # WHAT A POOL MUST MAKE OF IT

    def paying(self, twin: Twin, caller: str, due: int, native: int, act: Callable[[Twin, int], Any]) -> Any:
        """What a verb that costs so much comes to: tokens are asked for when all else is done.

        Args:
            twin: the pool's.
            caller: who pays.
            due: the price of all.
            native: coin that is sent along, which such a pool refuses.
            act: the verb, on a twin, with what is paid in.

        Raises:
            Refusal: of the twin's, or as the token has it.
        """
        needed = value_needed(due, twin.account(caller)[0])  # type: ignore[attr-defined]
        refusal = self._pull_refusal(caller, needed, self._allowed[caller]) if needed else None
        if native or refusal is not None:
            try:
                act(deepcopy(twin), needed)
            except Refusal as first:
                # what is too much is found after native coin
                if not native or first.name != "PaymentTooHigh":
                    raise
            if native:
                raise Refusal("ValueInTokenPool", value=native, token=self.address)
            assert refusal is not None
            raise refusal
        result = act(twin, needed)
        if needed:
            self._pull(caller, needed)
        return result

    def depositing(self, caller: str, amount: int, act: Callable[[], Any], signed: int | None = None) -> Any:
        """What putting tokens into the caller's credit comes to: the tokens come first.

        Args:
            caller: whose.
            amount: how many.
            act: the twin's deposit.
            signed: how many a signature permits that is brought; None where none is.
        """
        allowed = self._allowed[caller]
        if signed == amount and self.kind == KINDS[0]:
            allowed = amount
        elif signed is not None and allowed < amount:
            raise Refusal("PermitRefused", owner=caller, amount=amount, allowed=allowed)
        refusal = self._pull_refusal(caller, amount, allowed)
        if refusal is not None:
            raise refusal
        act()
        self._allowed[caller] = allowed
        self._pull(caller, amount)

    def paying_out(self, twin: Any, caller: str, receiver: str, act: Callable[[], Any]) -> Any:
        """What a withdrawal comes to."""
        amount = twin.account(caller)[0]
        refusal = self._push_refusal(receiver, amount) if amount else None
        if refusal is not None:
            raise refusal
        result = act()
        self._held[receiver] += amount - (amount // 100 if self._how == FEE else 0)
        self._held[self._pool] -= amount
        return result

    def check(self, holder: str) -> None:
        """What an account has, and what the pool may take of it."""
        assert self._ask("balanceOf", holder) == self._held[holder]
        assert self._ask("allowance", holder, self._pool) == self._allowed[holder]

    def held_by_pool(self) -> int:
        """Tokens that it has, as the token says."""
        held = self._ask("balanceOf", self._pool)
        assert held == self._held[self._pool]
        return held

    def _pull_refusal(self, holder: str, amount: int, allowed: int) -> Refusal | None:
        fails = {"from": holder, "amount": amount}
        if amount > min(allowed, self._held[holder]) or self._how == GONE:
            return Refusal("TokenTransferFailed", allowed=allowed, **fails)
        if self._how == FALSE:
            # it fails without undoing what it did
            return Refusal("TokenTransferFailed", allowed=allowed - amount, **fails)
        moved = {LIAR: 0, FEE: amount - amount // 100}.get(self._how, amount)
        return None if moved == amount else Refusal("TokenAmountMismatch", expected=amount, moved=moved)

    def _push_refusal(self, receiver: str, amount: int) -> Refusal | None:
        taken = {LIAR: 0, FEE_ON_TOP: amount + amount // 100}.get(self._how, amount)
        if self._how in (FALSE, GONE) or taken > self._held[self._pool]:
            return Refusal("WithdrawalFailed", receiver=receiver, amount=amount)
        return None if taken == amount else Refusal("TokenAmountMismatch", expected=amount, moved=taken)

    def _pull(self, holder: str, amount: int) -> None:
        self._held[holder] -= amount + (amount // 100 if self._how == FEE_ON_TOP else 0)
        self._held[self._pool] += amount
        self._allowed[holder] -= amount
        self.pulled = amount

    def _send(self, sender: str, function: str, *arguments: Any) -> None:
        self.evm.send(sender, self.address, _TOKEN.call(function, *arguments))

    def _ask(self, function: str, *arguments: Any) -> int:
        output, _ = self.evm.send(DEPLOYER, self.address, _TOKEN.call(function, *arguments))
        return int.from_bytes(output, "big")
