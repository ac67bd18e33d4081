"""Which addresses are on the public internet, in all the ways to write a private one."""

import pytest

from bot.network_addresses import is_public

PRIVATE = ["127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1"]
OTHERS = [
    "0.0.0.0",
    "192.0.0.170",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "2001:db8::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",  # Teredo
    "2001:0:808:808::808:808",
    "64:ff9b:1::808:808",
    "64:ff9b:1:7f00:0:100::",
    "::8.8.8.8",
]
# What an IPv6 address that stands for an IPv4 one looks like.
FORMS = ["::ffff:{0}", "::{0}", "64:ff9b::{0}", "64:ff9b:1::{0}", "2002:{1}::", "2002:{1}::1"]


def hexadecimal(address: str) -> str:
    first, second, third, fourth = (int(part) for part in address.split("."))
    return f"{first:02x}{second:02x}:{third:02x}{fourth:02x}"


@pytest.mark.parametrize("address", PRIVATE)
@pytest.mark.parametrize("form", ["{0}", *FORMS])
def test_a_private_address_is_private_in_every_form(form: str, address: str) -> None:
    assert not is_public(form.format(address, hexadecimal(address)))


@pytest.mark.parametrize("address", OTHERS)
def test_what_is_no_public_address(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"],
)
def test_what_is_one(address: str) -> None:
    assert is_public(address)
