"""Keys: signing is local and the same each time; a keystore opens with its password alone."""

import json

import pytest

from earnest.chain.signer import LocalSigner, create_keystore, open_keystore

# EIP-1559 with every field that the gateway passes
TRANSACTION = {
    "type": 2,
    "chainId": 1337,
    "nonce": 0,
    "gas": 21_000,
    "maxFeePerGas": 2 * 10**9,
    "maxPriorityFeePerGas": 10**9,
    "value": 1,
    "data": "0x",
    "to": "0x" + "22" * 20,
}


def test_keystore_opens_with_its_password():
    address, keystore = create_keystore("correct")
    assert open_keystore(keystore, "correct").address == address


def test_keystore_does_not_hold_the_key_in_the_clear():
    _, keystore = create_keystore("correct")
    assert set(json.loads(keystore)["crypto"]) == {"cipher", "cipherparams", "ciphertext", "kdf", "kdfparams", "mac"}


@pytest.mark.parametrize(
    "damage", [lambda text: text[:-20], lambda text: text.replace('"ciphertext": "', '"ciphertext": "00')]
)
def test_damaged_keystore_is_refused(damage):
    _, keystore = create_keystore("correct")
    with pytest.raises((ValueError, TypeError)):
        open_keystore(damage(keystore), "correct")


def test_keystore_does_not_open_with_another_password():
    _, keystore = create_keystore("correct")
    with pytest.raises(ValueError, match="MAC"):
        open_keystore(keystore, "wrong")


def test_signing_again_gives_the_same_transaction():
    signer = LocalSigner("0x" + "11" * 32)
    assert signer.sign(dict(TRANSACTION)) == signer.sign(dict(TRANSACTION))
    assert len(signer.sign(dict(TRANSACTION)).hash) == 66
