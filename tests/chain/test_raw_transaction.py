"""Signed transactions: what the library signs is read back, and what nobody signed so is refused in a sentence."""

import pytest
import rlp
from eth_account import Account
from hypothesis import given
from hypothesis import strategies as st

from earnest.chain.raw_transaction import MAX_RAW, TransactionInvalid, decode, from_node

KEY = "0x" + "46" * 32
TO = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
NEW = {
    "type": 2, "chainId": 1337, "nonce": 7, "gas": 90_000, "maxFeePerGas": 3 * 10**9, "maxPriorityFeePerGas": 10**9,
    "value": 5, "data": "0x0102", "to": TO,
}  # fmt: skip
#: The signed example of the standard that brought chain ids (EIP-155).
EIP_155 = (
    "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe53"
    "7567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"
)


def signed(**changes):
    return bytes(Account.sign_transaction({**NEW, **changes}, KEY).raw_transaction)


def test_example_of_the_standard_is_read_as_it_says():
    found = decode(bytes.fromhex(EIP_155))
    assert (found.chain_id, found.nonce, found.gas, found.value) == (1, 9, 21_000, 10**18)
    assert found.to == "0x3535353535353535353535353535353535353535"
    # what the standard's private key, 0x4646...46, is known by
    assert found.sender == Account.from_key(KEY).address == "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F"


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_transaction_of_each_kind_is_read_back_with_hash_and_sender(kind):
    asked = dict(NEW, accessList=[{"address": TO, "storageKeys": ["0x" + "01" * 32]}])
    if kind < 2:
        asked.pop("maxFeePerGas"), asked.pop("maxPriorityFeePerGas")
        asked |= {"gasPrice": 10**9, "type": kind}
    if kind == 0:
        asked.pop("accessList"), asked.pop("type")
    made = Account.sign_transaction(asked, KEY)
    found = decode(bytes(made.raw_transaction))
    assert found.hash == "0x" + bytes(made.hash).hex()
    assert found.sender == Account.from_key(KEY).address
    assert (found.chain_id, found.nonce, found.to, found.value, found.data) == (1337, 7, TO, 5, b"\x01\x02")
    assert found.most == 5 + 90_000 * (3 * 10**9 if kind == 2 else 10**9)


def test_transaction_that_creates_a_contract_calls_nobody():
    asked = {name: value for name, value in NEW.items() if name != "to"}
    assert decode(bytes(Account.sign_transaction(asked, KEY).raw_transaction)).to is None


def test_legacy_transaction_without_a_chain_is_refused():
    asked = {"nonce": 0, "gasPrice": 1, "gas": 21_000, "to": TO, "value": 0, "data": b""}
    raw = bytes(Account.sign_transaction(asked, KEY).raw_transaction)
    with pytest.raises(TransactionInvalid, match="names no chain"):
        decode(raw)


def parts(raw):
    return rlp.decode(raw[1:])


def packed(fields):
    return b"\x02" + rlp.encode(fields)


def changed(place, value):
    fields = list(parts(signed()))
    fields[place] = value
    return packed(fields)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "from 1 to"),
        (b"\x02" * (MAX_RAW + 1), "from 1 to"),
        (b"\x03" + signed()[1:], "type 3"),
        (b"\x04" + signed()[1:], "type 4"),
        (b"\x7f", "type 127"),
        (b"\x02", "cannot be read"),
        (b"\x02" + b"\xc1" * 60_000, "cannot be read"),
        (signed() + b"\0", "cannot be read"),
        (signed()[:-1], "cannot be read"),
        # a number with a leading zero, an address of 19 bytes, a field too many
        (changed(1, b"\0\7"), "cannot be read"),
        (changed(5, b"\1" * 19), "cannot be read"),
        (packed([*parts(signed()), b""]), "cannot be read"),
        (changed(9, b"\5"), "signature"),
        (changed(10, b""), "out of range"),
        (changed(11, b""), "out of range"),
        (changed(11, (ORDER - 1).to_bytes(32, "big")), "out of range"),
        (changed(6, b"\1" * 17), "out of range"),
        (changed(4, b"\1" * 9), "out of range"),
        (changed(2, b"\xff" * 8), "tip"),
    ],
)
def test_what_is_no_signed_transaction_is_refused_in_a_sentence(raw, words):
    with pytest.raises(TransactionInvalid, match=words):
        decode(raw)


@given(st.integers(0, 200), st.integers(0, 255))
def test_changed_byte_never_passes_for_the_same_sender_and_ends_in_no_other_error(place, value):
    raw = bytearray(signed())
    place %= len(raw)
    if raw[place] == value:
        return
    raw[place] = value
    try:
        found = decode(bytes(raw))
    except TransactionInvalid:
        return
    assert found.sender != Account.from_key(KEY).address


def told(raw):
    names = (
        "chainId", "nonce", "maxPriorityFeePerGas", "maxFeePerGas", "gas", "to", "value", "input", "accessList", "v",
        "r", "s",
    )  # fmt: skip
    fields = dict(zip(names, parts(raw), strict=True))
    numbers = {name: hex(int.from_bytes(value, "big")) for name, value in fields.items() if isinstance(value, bytes)}
    return {
        **numbers, "type": "0x2", "to": "0x" + fields["to"].hex(), "input": "0x" + fields["input"].hex(),
        "accessList": [], "hash": decode(raw).hash,
    }  # fmt: skip


def test_what_a_node_tells_is_turned_into_the_bytes_that_were_signed():
    assert from_node(told(signed())).raw == signed()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"value": "0x6"}, "not what its hash stands for"),
        ({"hash": "0x" + "00" * 32}, "not what its hash stands for"),
        ({"type": "0x3"}, "type 3"),
        ({"r": None}, "not whole"),
        ({"nonce": "seven"}, "not whole"),
    ],
)
def test_node_that_tells_something_else_is_not_believed(change, words):
    with pytest.raises(TransactionInvalid, match=words):
        from_node({**told(signed()), **change})
