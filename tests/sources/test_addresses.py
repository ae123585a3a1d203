"""Which addresses the guarded client opens: public ones by https, and what the settings allow."""

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sources.loopback import Loopback, answer
from unroller.core.errors import Refused, Unreachable
from unroller.sources.connecting import MOST_ADDRESSES, is_public
from unroller.sources.http import Http

PUBLIC = "93.184.215.14"
PRIVATE = [
    "127.0.0.1",
    "127.255.255.254",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "198.18.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "0.0.0.0",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:127.0.0.1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "100::1",
    "2001:db8::1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:0:5db8:d70e::80ff:fffe",  # Teredo, of 127.0.0.1
]


@pytest.fixture(scope="module")
def client() -> Iterator[Http]:
    """A client without any exception."""
    with Http("test") as client:
        yield client


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback(lambda _: [answer(b"private")]) as running:
        yield running


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Addresses that were connected to; nobody is at home at any of them."""
    addresses: list[str] = []

    def connect(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        addresses.append(address[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    return addresses


def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """The world's DNS: one list of addresses after the other, the last for ever. Returns what was looked up."""
    asked: list[str] = []
    left = list(answers)

    def look_up(host: str, port: int, *_: Any, **__: Any) -> list[tuple[Any, ...]]:
        asked.append(host)
        addresses = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        PUBLIC,
        "1.1.1.1",
        "172.32.0.1",
        "2606:4700::1111",
        "::ffff:1.1.1.1",
        "64:ff9b::101:101",
        "2002:101:101::",
        "2001:0:7f00:1::fefe:fefe",  # Teredo, of 1.1.1.1
    ],
)
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "host",
    [
        *(f"[{address}]" if ":" in address else address for address in PRIVATE if address != "::ffff:0:127.0.0.1"),
        "[::ffff:7f00:1]",
        "2130706433",
        "0x7f.1",
        "0x7f000001",
        "017700000001",
        "127.1",
        "0",
        "127.0.0.1.",
        "127。0。0。1",
        "１２７.0.0.1",
        "localhost",
        "LOCALHOST",
        "[fe80::1%25lo]",
    ],
)
def test_a_private_address_is_not_opened_however_it_is_written(client: Http, host: str, connected: list[str]) -> None:
    with pytest.raises((Refused, Unreachable)):
        client.get(f"https://{host}/")
    assert connected == []


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "017700000001", "[::ffff:127.0.0.1]", "0"])
def test_the_reader_is_told_that_it_is_not_on_the_internet(client: Http, host: str) -> None:
    with pytest.raises(Refused):
        client.get(f"https://{host}/")


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_of_a_private_address_is_refused(
    client: Http, address: str, monkeypatch: pytest.MonkeyPatch, connected: list[str]
) -> None:
    names(monkeypatch, [address])
    with pytest.raises(Refused):
        client.get("https://harmless.example/")
    assert connected == []


@pytest.mark.parametrize("addresses", [[PUBLIC, "10.0.0.1"], ["10.0.0.1", PUBLIC], [PUBLIC, "fe80::1%eth0"]])
def test_a_name_of_a_public_and_a_private_address_is_refused(
    client: Http, addresses: list[str], monkeypatch: pytest.MonkeyPatch, connected: list[str]
) -> None:
    names(monkeypatch, addresses)
    with pytest.raises(Refused):
        client.get("https://two-faced.example/")
    assert connected == []


def test_what_is_checked_is_what_is_connected_to(
    client: Http, monkeypatch: pytest.MonkeyPatch, connected: list[str]
) -> None:
    asked = names(monkeypatch, [PUBLIC], ["127.0.0.1"])
    with pytest.raises(Refused):
        client.get("https://rebinding.example/")  # the retry looks the name up again, and checks again
    assert connected == [PUBLIC]
    assert asked == ["rebinding.example"] * 2


def test_a_dead_address_is_not_the_end_of_a_name(
    client: Http, monkeypatch: pytest.MonkeyPatch, connected: list[str]
) -> None:
    many = [f"93.184.215.{number}" for number in range(1, 9)]
    names(monkeypatch, many)
    with pytest.raises(Unreachable):
        client.get("https://many.example/")
    assert connected == many[:MOST_ADDRESSES] * 2


def test_a_name_that_nobody_knows_is_unreachable(client: Http, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Unreachable, match="Name or service"):
        client.get("https://nobody.example/")


def test_an_allowed_host_may_be_private_and_speak_plain_http(server: Loopback) -> None:
    with Http("test", allowed=frozenset({server.host})) as client:
        assert client.base(server.host) == server.url
        assert client.get(server.url).body == b"private"


def test_to_allow_a_host_allows_neither_its_other_ports_nor_its_other_names(server: Loopback) -> None:
    port = server.host.partition(":")[2]
    with Http("test", allowed=frozenset({"127.0.0.1:1"})) as client:
        assert client.base(server.host) == f"https://{server.host}"
        for host in (server.host, f"localhost:{port}", f"127.1:{port}", f"[::ffff:127.0.0.1]:{port}"):
            for scheme in ("http", "https"):
                with pytest.raises(Refused):
                    client.get(f"{scheme}://{host}/")
    assert server.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://example.com:80/",
        "https://example.com:8443/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://example.com:port/",
        "https://1.1.1.1:443:5/",
        "https://user@example.com/",
        "https://user:word@example.com/",
        "https://:word@example.com/",
        "https://example.com\\@127.0.0.1/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com:443/",
        "data:text/plain,hello",
        "javascript:alert(1)",
        "//example.com/",
        "/etc/passwd",
        "example.com",
        "",
        "https:///path",
        "https://[::1",
        "https://[broken]/",
        "https://example.com/\r\nHost: other",
        "https://exa\tmple.com/",
        "https://example.com/\0",
        "https://example.com/\ud800",
        "https://a\ud800.example/",
        "https://xn--/",
        f"https://example.com/{'a' * 70_000}",
    ],
)
def test_anything_but_plain_https_on_its_own_port_is_refused(
    client: Http, url: str, monkeypatch: pytest.MonkeyPatch, connected: list[str]
) -> None:
    asked = names(monkeypatch, [PUBLIC])
    with pytest.raises(Refused):
        client.get(url)
    assert (asked, connected) == ([], [])


def test_the_same_in_https_is_opened(client: Http, monkeypatch: pytest.MonkeyPatch, connected: list[str]) -> None:
    names(monkeypatch, [PUBLIC])
    for url in ("https://example.com/", "HTTPS://EXAMPLE.com:443/?q=@", "https://bücher.example/#@a"):
        with pytest.raises(Unreachable):
            client.get(url)
    assert set(connected) == {PUBLIC}


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_no_name_and_password_are_sent_to_an_allowed_host_either(server: Loopback, scheme: str) -> None:
    with Http("test", allowed=frozenset({server.host})) as client, pytest.raises(Refused):
        client.get(f"{scheme}://user:word@{server.host}/")
    assert server.connections == 0


@pytest.mark.parametrize(
    "target",
    [
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "http://127.0.0.1:{other}/",
        "https://127.0.0.1:{other}/",
        "//localhost:{other}/",
        "http://example.com/",
        "https://example.com:8443/",
        "file:///etc/passwd",
        "ftp://example.com/",
        "https://user:word@example.com/",
        "https://exa mple.com:1/",
    ],
)
def test_a_redirect_is_checked_like_any_address(server: Loopback, target: str) -> None:
    with Loopback(lambda _: [answer(b"secret")]) as other:
        location = target.replace("{other}", other.host.partition(":")[2])
        server.script = lambda _: [answer(status=302, headers=[f"Location: {location}"])]
        with Http("test", allowed=frozenset({server.host})) as client, pytest.raises(Refused):
            client.get(server.url)
        assert (len(server.asked), other.connections) == (1, 0)
