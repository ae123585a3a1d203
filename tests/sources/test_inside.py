"""Addresses written as numbers that are not public are refused before anybody connects."""

import pytest

from unroller.core.errors import Refused
from unroller.sources.http import Http

INSIDE = ["127.0.0.1", "10.0.0.7", "169.254.169.254", "127.1", "2130706433", "0x7f000001", "[::1]", "[::ffff:10.0.0.1]"]


@pytest.mark.parametrize("host", INSIDE)
def test_an_address_inside_is_refused_as_it_stands(host: str) -> None:
    with Http("test") as http, pytest.raises(Refused):
        http.check(f"https://{host}/hook")


@pytest.mark.parametrize("host", ["1.1.1.1", "[2606:4700::1111]", "example.org", "7.example.org"])
def test_names_and_public_addresses_pass(host: str) -> None:
    with Http("test") as http:
        http.check(f"https://{host}/hook")


def test_what_is_allowed_may_be_inside() -> None:
    with Http("test", allowed=frozenset({"127.0.0.1:9000"})) as http:
        http.check("http://127.0.0.1:9000/hook")
