"""Messages of Sign-In with Ethereum: the standard's examples are read as it says, and near misses are refused."""

from dataclasses import replace

import pytest

from earnest.sign_in.message import MessageInvalid, parse

ADDRESS = "0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2"
#: The standard's own example, implicit scheme.
EXAMPLE = f"""example.com wants you to sign in with your Ethereum account:
{ADDRESS}

I accept the ExampleOrg Terms of Service: https://example.com/tos

URI: https://example.com/login
Version: 1
Chain ID: 1
Nonce: 32891756
Issued At: 2021-09-30T16:25:24Z
Resources:
- ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/
- https://example.com/my-web2-claim.json"""
RESOURCES = EXAMPLE.partition("\nResources:")[2]
WHOLE = EXAMPLE.replace(
    "24Z\n",
    "24Z\nExpiration Time: 2021-09-30T18:25:24+02:00\nNot Before: 2021-09-30T16:25:24.5Z\nRequest ID: a:b%20c\n",
)


def test_example_of_the_standard_is_read_as_it_says():
    found = parse(EXAMPLE)
    assert (found.scheme, found.domain, found.address, found.chain_id) == (None, "example.com", ADDRESS, 1)
    assert found.statement == "I accept the ExampleOrg Terms of Service: https://example.com/tos"
    assert (found.uri, found.nonce, found.issued_at) == ("https://example.com/login", "32891756", 1_633_019_124)
    assert found.resources == (
        "ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/",
        "https://example.com/my-web2-claim.json",
    )
    assert (found.expires_at, found.not_before, found.request_id) == (None, None, None)


def test_examples_with_a_port_and_a_scheme_differ_in_these_alone():
    plain = parse(EXAMPLE)
    assert parse(EXAMPLE.replace("example.com wants", "example.com:3388 wants")) == replace(
        plain, domain="example.com:3388"
    )
    assert parse("https://" + EXAMPLE) == replace(plain, scheme="https")


def test_optional_lines_are_read_in_the_standards_order():
    found = parse(WHOLE)
    assert (found.expires_at, found.not_before, found.request_id) == (1_633_019_124, 1_633_019_124.5, "a:b%20c")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\nI accept the ExampleOrg Terms of Service: https://example.com/tos\n", "\n"),
        ("\nResources:" + RESOURCES, ""),
        (RESOURCES, ""),
        ("https://example.com/login", "did:key:z6Mkf5rGMoatrSj1f4CyvuHBeXJELe9RPdzo2PKGNCKVtZxP"),
        ("24Z", "24z"),
        ("2021-09-30T16:25:24Z", "2021-09-30t16:25:24.123456789+00:00"),
        ("Request ID: a:b%20c", "Request ID: "),
    ],
)  # fmt: skip
def test_what_the_grammar_allows_is_read(old, new):
    text = WHOLE.replace(old, new)
    assert text != WHOLE
    parse(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("example.com wants", "wants"),
        ("example.com wants", "exam ple.com wants"),
        ("example.com wants", "example.com/path wants"),
        ("wants you", "Wants you"),
        (ADDRESS, ADDRESS.lower()),
        (ADDRESS, ADDRESS[:-1] + "3"),
        (ADDRESS, ADDRESS[:-1]),
        (ADDRESS + "\n\n", ADDRESS + "\n"),
        ("tos\n\n", "tos\n"),
        ("I accept", "I\naccept"),
        ("I accept", "I àccept"),
        ("I accept", "I <accept"),
        ("URI: ", "URI:"),
        ("URI: ", "Uri: "),
        ("https://example.com/login", "example.com/login"),
        ("https://example.com/login", "https://example.com/%zz"),
        ("https://example.com/login\n", ""),
        ("Version: 1", "Version: 2"),
        ("Version: 1", "Version: 11"),
        ("Chain ID: 1", "Chain ID: one"),
        ("Chain ID: 1", "Chain ID: \u0661"),
        ("Chain ID: 1", "Chain ID: -1"),
        ("Nonce: 32891756", "Nonce: 3289175"),
        ("Nonce: 32891756", "Nonce: 3289175-"),
        ("Version: 1\nChain ID: 1", "Chain ID: 1\nVersion: 1"),
        ("2021-09-30T16:25:24Z", "2021-09-30"),
        ("2021-09-30T16:25:24Z", "2021-09-31T16:25:24Z"),
        ("2021-09-30T16:25:24Z", "2021-09-30T16:25:60Z"),
        ("2021-09-30T16:25:24Z", "2021-09-30 16:25:24Z"),
        ("2021-09-30T16:25:24Z", "2021-09-30T16:25:24"),
        ("Request ID: a:b%20c", "Request ID: a b"),
        ("Z\nRequest ID: a:b%20c", "Z\nRequest ID: a\nNot Before: 2021-09-30T16:25:24Z"),
        ("Not Before", "Not before"),
        ("- ipfs", "* ipfs"),
        ("\n", "\r\n"),
        ("claim.json", "claim.json\n"),
        ("claim.json", "claim.json\nmore"),
        ("- ipfs", "- ipfs:\n" * 60 + "- ipfs"),
        ("I accept", "I accept" + "a" * 8_000),
    ],
)  # fmt: skip
def test_near_miss_is_refused(old, new):
    text = WHOLE.replace(old, new)
    assert text != WHOLE
    with pytest.raises(MessageInvalid):
        parse(text)
