"""Addresses that somebody else wrote down: which are refused at once, and what is left of the others."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.outgoing import AddressForbidden, check_url, may_reach

BAD = [
    # no web address at all
    "", " ", "example.com", "//example.com/", "https://", "https:///path", "https:example.com", "https:/example.com", "https://:443/",
    "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "javascript:alert(1)", "data:text/plain,x", "unix:///var/run/docker.sock",
    "ws://example.com/", "HTTPS\n://example.com/",
    # somebody's name and password, and confusions that parsers read in two ways
    "https://user@example.com/", "https://user:secret@example.com/", "https://example.com@127.0.0.1/", "https://@example.com/",
    "https://example.com\\@127.0.0.1/", "https:\\\\example.com", "https://example.com\\.evil.test/", "https://exa mple.com/", "https://example.com/a b",
    "https://example.com\t/", "https://example.com\r\nHost: x/", "https://example.com/\x00", "https://example.com/#secret", "https://example.com/#",
    "https://example.com:/", "https://example.com:http/", "https://example.com:99999/", "https://example.com:-1/", "https://[::1", "https://::1/",
    "https://exam%70le.com/", "https://127.0.0.1%2f@example.com/", "https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[v1.x]/",
    "https://-example-.com/", "https://a..b.com/", "https://ex_ample.com/", "https://xn--.com/", "https://" + "a" * 64 + ".com/",
    "https://" + "a." * 130 + "com/", "https://example.com/" + "a" * 2048,
    # ports of other services
    "https://example.com:22/", "https://example.com:25/", "https://example.com:6379/", "https://example.com:5432/", "https://example.com:11211/",
    "https://example.com:0/", "https://example.com:2375/",
    # this machine, in every spelling
    "https://127.0.0.1/", "https://127.0.0.1./", "https://127.1/", "https://127.0.1/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.1/",
    "https://0177.0.0.1/", "https://017700000001/", "https://127.0.0.01/", "https://0/", "https://0.0.0.0/", "https://0x/", "https://1.2.3.4.5/",
    "https://256.1.1.1/", "https://127.255.255.254/", "https://[::1]/", "https://[::]/", "https://[0:0:0:0:0:0:0:1]/", "https://[::127.0.0.1]/",
    "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[::ffff:0:127.0.0.1]/", "https://①②⑦.⓪.⓪.①/", "https://127。0。0。1/", "https://127．0．0．1/",
    "https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://a.localhost/", "https://ⓛocalhost/", "https://localhost.localdomain/",
    # networks that are not everybody's
    "https://10.0.0.1/", "https://172.16.0.1/", "https://172.31.255.255/", "https://192.168.1.1/", "https://100.64.0.1/", "https://100.127.255.255/",
    "https://[fc00::1]/", "https://[fd12:3456::1]/", "https://[fe80::1]/", "https://[fec0::1]/", "https://redis/", "https://postgres:8443/",
    "https://printer.local/", "https://db.internal/", "https://router.lan/", "https://nas.home.arpa/", "https://x.onion/",
    # metadata of clouds
    "https://169.254.169.254/latest/meta-data/", "https://169.254.170.2/", "https://[fd00:ec2::254]/", "https://100.100.100.200/", "https://192.0.0.192/",
    "https://168.63.129.16/", "https://metadata.google.internal/", "https://2852039166/", "https://0xa9fea9fe/", "https://[::ffff:a9fe:a9fe]/",
    # IPv4 inside IPv6
    "https://[64:ff9b::7f00:1]/", "https://[64:ff9b::10.0.0.1]/", "https://[64:ff9b:1::a00:1]/", "https://[2002:7f00:1::]/", "https://[2002:a00:1::1]/",
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", "https://[2001::1]/",
    # reserved, documentation, multicast
    "https://192.0.2.1/", "https://198.51.100.7/", "https://203.0.113.9/", "https://198.18.0.1/", "https://192.88.99.1/", "https://224.0.0.1/",
    "https://239.255.255.250/", "https://240.0.0.1/", "https://255.255.255.255/", "https://[ff02::1]/", "https://[2001:db8::1]/", "https://[3fff::1]/",
    "https://[100::1]/", "https://[5f00::1]/", "https://[4000::1]/",
]  # fmt: skip
GOOD = {
    "https://example.com": "https://example.com/",
    "HTTPS://Example.COM:443/Hook?a=1&b=%20": "https://example.com/Hook?a=1&b=%20",
    "https://example.com./x": "https://example.com/x",
    "https://example.com:8443/x": "https://example.com:8443/x",
    "https://example.com/a/../b": "https://example.com/a/../b",
    "https://münchen.example/weg?straße=1": "https://xn--mnchen-3ya.example/weg?stra%C3%9Fe=1",
    "https://straße.example/": "https://xn--strae-oqa.example/",
    "https://xn--mnchen-3ya.example/": "https://xn--mnchen-3ya.example/",
    "https://8.8.8.8/": "https://8.8.8.8/",
    "https://[2606:4700:4700:0:0:0:0:1111]:8443/x": "https://[2606:4700:4700::1111]:8443/x",
    "https://[64:ff9b::8.8.8.8]/": "https://[64:ff9b::808:808]/",
    "https://100.63.255.255/": "https://100.63.255.255/",
    "https://172.32.0.1/": "https://172.32.0.1/",
    "https://localhost.example.com/": "https://localhost.example.com/",
    "https://10.example.com/": "https://10.example.com/",
}


@pytest.fixture(autouse=True)
def _production(settings):
    settings.IS_SANDBOX = False


@pytest.mark.parametrize("url", BAD)
def test_a_bad_address_is_refused_in_production_and_in_the_sandbox(url, settings):
    for settings.IS_SANDBOX in (False, True):
        with pytest.raises(AddressForbidden) as refused:
            check_url(url)
        assert refused.value.param == "url"


def test_the_table_is_long_enough_to_mean_something():
    assert len(set(BAD)) == len(BAD) > 120


@pytest.mark.parametrize(("written", "read"), GOOD.items())
def test_a_public_address_is_read_in_one_way(written, read):
    address = check_url(written)

    assert address.url == read
    assert check_url(address.url) == address


@pytest.mark.parametrize("url", ["http://example.com/", "https://example.com:3000/", "https://example.com:80/"])
def test_plain_http_and_other_ports_are_for_the_sandbox_alone(url, settings):
    with pytest.raises(AddressForbidden):
        check_url(url)
    settings.IS_SANDBOX = True

    assert check_url(url).url == url


@pytest.mark.parametrize(
    "url", ["http://localhost:3000/hook", "http://127.0.0.1:3000/", "http://[::1]:3000/", "http://[::ffff:127.0.0.1]:3000/"]
)
def test_the_setting_opens_the_networks_it_names(url, settings):
    settings.IS_SANDBOX, settings.OUTGOING_MAY_REACH = True, ["127.0.0.0/8", "::1/128"]

    assert check_url(url).port == 3000
    with pytest.raises(AddressForbidden):
        check_url("http://10.0.0.1:3000/")
    with pytest.raises(AddressForbidden):
        check_url("http://169.254.169.254/")


@pytest.mark.parametrize("text", ["", "x", "127.1", "fe80::1%eth0", "2606:4700::1%1", "10.0.0.0/8", "8.8.8.8 "])
def test_what_is_no_plain_ip_address_is_not_reached(text):
    assert not may_reach(text)


@given(st.ip_addresses())
def test_what_python_too_calls_private_is_never_reached(address):
    if address.is_private or address.is_multicast or address.is_reserved or address.is_loopback or address.is_link_local:
        holds_ipv4 = address.version == 6 and (address.ipv4_mapped or str(address).startswith("64:ff9b::"))
        assert holds_ipv4 or not may_reach(str(address))


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_inside_ipv6_is_judged_as_itself(address):
    for wrapped in (f"::ffff:{address}", f"64:ff9b::{address}"):
        assert may_reach(wrapped) == may_reach(str(address))
    assert not may_reach(f"::{address}")
    assert not may_reach(f"2002:{int(address) >> 16:x}:{int(address) & 0xFFFF:x}::1")


@given(st.text(max_size=40), st.sampled_from(["https://", "https://example.com", "https://example.com/", "https://["]))
def test_whatever_is_written_it_is_refused_or_read_the_same_twice(text, start):
    try:
        address = check_url(start + text)
    except AddressForbidden:
        return

    assert check_url(address.url) == address
    assert urlsplit(address.url).hostname == address.host
    assert address.url.isascii()
    assert address.url.isprintable()
