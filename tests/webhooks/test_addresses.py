"""Which addresses are refused: by their letters, and by what they stand for."""

import ipaddress

import pytest

from earnest.webhooks.addresses import AddressRefused, is_public, parse_target, permitted
from earnest.webhooks.lookups import resolve


@pytest.mark.parametrize(
    "url",
    [
        "", "ftp://a.example/", "javascript:alert(1)", "file:///etc/passwd", "//a.example/", "https://", "https:///x",
        "https://user@a.example/", "https://user:secret@a.example/", "https://a.example:0/", "https://a.example:99999/",
        "https://a.example:x/", "https://a.example/#part", "https://a.example\\@b.example/", "https://a example/",
        "https://a.example/\r\nHost: b", "https://ä.example/", "https://[::1", "https://[fe80::1%25eth0]/", "https://-a/",
        "https://a.example/" + "x" * 2_000, "https://[1.2.3.4]x/", "https://a_b%2f.example/",
    ],
)  # fmt: skip
def test_malformed_address_is_refused(url):
    with pytest.raises(AddressRefused):
        parse_target(url)


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://a.example", "a.example", 443),
        ("http://A.Example:8080/x?y=1&z=%20", "A.Example", 8080),
        ("https://[2606:4700::1]:444/", "2606:4700::1", 444),
        ("http://203.0.113.9/", "203.0.113.9", 80),
        ("https://xn--bcher-kva.example./", "xn--bcher-kva.example.", 443),
    ],
)
def test_address_is_read_as_it_is_written(url, host, port):
    target = parse_target(url)
    assert (target.host, target.port) == (host, port)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "198.51.100.1",
        "::1", "::", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::127.0.0.1", "64:ff9b::a00:1",
        "2002:7f00:1::", "2002:a00:1::", "2001:0:1::1", "2001:db8::1", "fc00::1", "fd12::1", "fe80::1", "fec0::1",
        "ff02::1", "100::1", "192.0.0.1",
    ],
)  # fmt: skip
def test_address_that_is_no_public_hosts_is_told(address):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700::1", "2a00:1450::1", "64:ff9b::808:808", "::ffff:8.8.8.8"]
)
def test_address_of_a_public_host_is_taken(address):
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "found", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["2606:4700::1", "::1"], ["fe80::1%eth0"], []]
)
def test_host_with_any_address_that_is_not_public_is_refused(found):
    with pytest.raises(AddressRefused):
        permitted("a.example", 443, lambda host, port: found, allow_private=False)


def test_private_addresses_will_do_where_the_operator_says_so():
    assert permitted("a.example", 80, lambda host, port: ["10.0.0.1"], allow_private=True) == ["10.0.0.1"]


@pytest.mark.loopback
@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "0177.0.0.1", "localhost"])
def test_other_ways_to_write_this_machine_are_refused_once_resolved(host):
    with pytest.raises(AddressRefused, match="not a public host"):
        permitted(host, 80, resolve, allow_private=False)
