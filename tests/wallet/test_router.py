"""An account with a key of its own, from a prepared transaction to its money back; nothing of it needs a token."""

import pytest

from earnest.chain.gateway import Gateway
from earnest.chain.raw_transaction import decode
from earnest.chain.signer import LocalSigner
from earnest.core.keccak import keccak256
from tests.fixtures.served_pool import COST, REFUND_WAIT, World, assert_problem


class Wallet:
    """A key that the service has never seen, with ether from the operator.

    Args:
        world: a served pool.
        name: another name is another key.
    """

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.signer = LocalSigner(keccak256(name.encode()))
        url = (world.service.folder / "chain-url").read_text().strip()
        gateway = Gateway(url)
        operator = LocalSigner((world.service.folder / "operator-key").read_text().strip())
        paid = gateway.prepare(
            gateway.transfer_call(self.signer.address, 10**18), operator, gateway.nonce(operator.address)
        )
        gateway.send(paid.raw, paid.hash)
        self.gateway = gateway

    def ask(self, verb, body=None):
        return self.world.service.ask(
            "POST", f"{self.world.path}/prepared/{verb}", {"account": self.signer.address, **(body or {})}
        )

    def prepared(self, verb, body=None):
        answer = self.ask(verb, body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def sign(self, shown):
        """Sign what was prepared, as any wallet does."""
        return self.signer.sign({**shown["transaction"], "type": int(shown["transaction"]["type"], 16)}).raw

    def hand_in(self, raw, **more):
        return self.world.service.ask("POST", "/transactions", {"raw": "0x" + raw.hex(), **more})

    def done(self, verb, body=None):
        shown = self.prepared(verb, body)
        assert shown["refusal"] is None, shown
        answer = self.hand_in(self.sign(shown))
        assert answer.status_code == 201, answer.text
        assert answer.json()["status"] == "confirmed", answer.json()
        return shown, answer.json()


def test_own_key_contributes_gets_its_deposit_back_and_withdraws_it_to_the_wei(world):
    wallet = Wallet(world, "whole way")
    features = [[3, 17], [5, 23]]
    items = [{"features": given, "label": world.predicted(given)} for given in features]
    before = wallet.gateway.balance(wallet.signer.address)

    shown, submission = wallet.done("contribute", {"items": items, "max_price": str(COST)})
    assert shown["balance_change"] == str(-2 * COST)
    assert shown["credit_change"] == "0"
    assert shown["meaning"].startswith("Contribute 2 samples in pool")
    assert str(COST) in shown["meaning"]
    assert shown["transaction"]["chainId"] == "0x539"
    indices = [item["index"] for item in submission["items"]]
    assert submission["account"] == wallet.signer.address
    made = world.service.call("GET", f"{world.path}/contributions/{indices[0]}")
    assert shown["refund_from"] - 5 <= made["actions"][0]["since"] <= shown["refund_from"] + 5

    early = wallet.prepared("refund", {"indices": indices})
    assert early["refusal"]["type"] == "urn:earnest:problem:contract-too-early"
    assert [claim["since"] for claim in early["claims"]] == [made["actions"][0]["since"]] * 2
    assert {claim["amount"] for claim in early["claims"]} == {str(COST)}

    world.service.advance(REFUND_WAIT + 1)
    shown, _ = wallet.done("refund", {"indices": indices})
    assert (shown["balance_change"], shown["credit_change"]) == ("0", str(2 * COST))
    assert f"contributions {indices[0]} and {indices[1]}" in shown["meaning"]
    shown, paid = wallet.done("withdraw")
    assert (shown["balance_change"], shown["credit_change"]) == (str(2 * COST), str(-2 * COST))
    assert paid["items"][0]["amount"] == str(2 * COST)
    gas = sum(
        int(receipt["gas_used"]) * int(receipt["gas_price"])
        for receipt in (
            world.service.call("GET", f"/transactions/{each}")
            for each in {
                submission["items"][0]["transaction_hash"],
                *(item["transaction_hash"] for item in paid["items"]),
            }
        )
    )
    refunded = wallet.gateway.balance(wallet.signer.address) - before + gas
    # what is left apart is the gas of the refund
    assert -(10**16) < refunded < 0


def test_second_contribution_is_paid_from_credit_and_says_so(world):
    wallet = Wallet(world, "credit")
    first = wallet.prepared("contribute", {"items": [{"features": [4, 19], "label": 1}]})
    transaction = {**first["transaction"], "type": 2, "value": hex(3 * COST)}
    assert wallet.hand_in(wallet.signer.sign(transaction).raw).json()["status"] == "confirmed"
    second = wallet.prepared("contribute", {"items": [{"features": [4, 20], "label": 1}]})
    assert (second["credit"], second["balance_change"], second["credit_change"]) == (str(2 * COST), "0", str(-COST))


def test_what_was_handed_in_is_found_by_its_hash_and_handed_in_again_it_is_the_same(world):
    wallet = Wallet(world, "again")
    raw = wallet.sign(wallet.prepared("contribute", {"items": [{"features": [6, 21], "label": 0}]}))
    first = wallet.hand_in(raw).json()
    transaction_hash = decode(raw).hash
    assert wallet.hand_in(raw).json() == first
    by_hash = world.service.ask("POST", "/transactions", {"hash": transaction_hash})
    assert by_hash.json() == first
    assert world.service.call("GET", f"/transactions/{transaction_hash}/submission") == first


def test_hash_of_what_the_wallet_sent_itself_becomes_a_submission(world):
    wallet = Wallet(world, "sent")
    raw = wallet.sign(wallet.prepared("contribute", {"items": [{"features": [7, 22], "label": 0}]}))
    signed = decode(raw)
    assert_problem(world.service.ask("POST", "/transactions", {"hash": signed.hash}), 404, "transaction-not-found")
    assert_problem(world.service.ask("GET", f"/transactions/{signed.hash}/submission"), 404, "submission-not-found")
    wallet.gateway.send(raw, signed.hash)
    answer = world.service.ask("POST", "/transactions", {"hash": signed.hash})
    assert (answer.status_code, answer.json()["status"]) == (201, "confirmed")


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        ({}, "payload-invalid"),
        ({"raw": "0x"}, "payload-invalid"),
        ({"raw": "0x0"}, "payload-invalid"),
        ({"raw": "02ff"}, "payload-invalid"),
        ({"raw": "0x02ff"}, "transaction-invalid"),
        ({"hash": "0x12"}, "payload-invalid"),
        ({"raw": "0x02", "hash": "0x" + "00" * 32}, "payload-invalid"),
    ],
)
def test_what_is_no_transaction_is_refused(world, body, slug):
    assert_problem(world.service.ask("POST", "/transactions", body), 422, slug)


def test_without_an_account_or_a_token_nobody_is_prepared_for(world):
    path = f"{world.path}/prepared/withdraw"
    assert_problem(world.service.ask("POST", path, {}), 422, "account-missing")
    shown = world.service.call("POST", path, {}, world.token)
    assert shown["account"] == world.account["address"]
    assert shown["refusal"]["type"] == "urn:earnest:problem:contract-nothing-to-withdraw"
    slip = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD"
    assert_problem(world.service.ask("POST", path, {"account": slip}), 422, "address-invalid", "checksum")


def test_what_cannot_be_contributed_or_claimed_is_refused_before_anything_is_signed(world):
    wallet = Wallet(world, "unfit")
    assert_problem(wallet.ask("contribute", {"items": [{"features": [1, 5], "label": 7}]}), 422, "label-unknown")
    assert_problem(wallet.ask("refund", {"indices": [10**9]}), 404, "contribution-unknown")
    assert_problem(wallet.ask("juggle"), 404, "not-found")


def test_managed_account_prepares_the_same_and_its_own_transactions_stay_its_own(world):
    submission = world.submit([{"features": [8, 24], "label": 1}]).json()
    (item,) = submission["items"]
    answer = world.service.ask("POST", "/transactions", {"hash": item["transaction_hash"]})
    assert_problem(answer, 422, "transaction-foreign", "follows it already")
