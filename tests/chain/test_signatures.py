"""Signatures over messages, by keys and by contracts on a node."""

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct

from earnest.chain.gateway import Gateway
from earnest.chain.rpc import Rpc
from earnest.chain.signatures import message_hash, signer_of

KEY = "0x" + "46" * 32
WALLET = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


@pytest.mark.parametrize("text", ["", "hello", "ä" * 1000])
def test_signer_of_a_message_is_found_with_either_way_to_write_the_parity(text):
    signed = bytes(Account.sign_message(encode_defunct(text=text), KEY).signature)
    other = signed[:64] + bytes([signed[64] - 27])
    digest = message_hash(text.encode())
    assert signer_of(digest, signed) == signer_of(digest, other) == Account.from_key(KEY).address


def test_other_half_of_a_signature_is_nobodys():
    signed = bytes(Account.sign_message(encode_defunct(text="x"), KEY).signature)
    s = ORDER - int.from_bytes(signed[32:64], "big")
    mirrored = signed[:32] + s.to_bytes(32, "big") + bytes([55 - signed[64]])
    assert signer_of(message_hash(b"x"), mirrored) is None
    for broken in (b"", signed[:-1], signed + b"\0", b"\0" * 65, b"\xff" * 65, signed[:64] + b"\x1d"):
        assert signer_of(message_hash(b"x"), broken) is None


#: Code that answers whatever it is asked: with the magic word, without the rest of it, with another, with a revert,
#: never.
MAGIC = "7f1626ba7e" + "00" * 28 + "5f5260205ff3"
CODES = {
    "stands": (MAGIC, True),
    "short": ("7f1626ba7e" + "00" * 28 + "5f5260045ff3", False),
    "other": ("7f1626ba7f" + "00" * 28 + "5f5260205ff3", False),
    "reverts": ("5f5ffd", False),
    "loops": ("5b5f56", False),
    "none": ("", False),
}


def test_contract_stands_by_a_signature_only_with_the_standards_word(anvil_url):
    gateway, rpc = Gateway(anvil_url), Rpc(anvil_url)
    for name, (code, stands) in CODES.items():
        rpc.request("anvil_setCode", WALLET, "0x" + code)
        assert gateway.stands_by(WALLET, b"\1" * 32, b"anything") is stands, name
    rpc.request("anvil_setCode", WALLET, "0x" + MAGIC)
    assert gateway.stands_by(WALLET, b"\1" * 32, b"\0" * 5_000) is False
