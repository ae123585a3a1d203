"""Servers that operators block: nothing is fetched from there, and nothing is sent there."""

from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, ip_address
from socket import inet_aton
from typing import NamedTuple

from accounts.orders import Board
from unroller.models import BlockedHost


class Hosts(NamedTuple):
    """Names by themselves, and names that stand for all below them, too."""

    exact: frozenset[str]
    trees: frozenset[str]


def is_blocked(host: str) -> bool:
    """Whether a host, as the client that connects to it reads its name (punycode), is blocked."""
    hosts = BOARD.now()
    if not (hosts.exact or hosts.trees):
        return False
    name = plain(host)
    if name in hosts.exact:
        return True
    labels = name.split(".")
    return any(".".join(labels[at:]) in hosts.trees for at in range(len(labels)))


def plain(host: str) -> str:
    """A host's name in one spelling; that of an address by itself, too, however it is written (127.1, 0x7f000001)."""
    name = host.strip().strip("[]").rstrip(".").lower()
    with suppress(ValueError):
        address = ip_address(name)
        return str(address.ipv4_mapped or address) if isinstance(address, IPv6Address) else str(address)
    with suppress(OSError, ValueError):
        return str(IPv4Address(inet_aton(name)))
    return name


def _ordered() -> Hosts:
    rows = list(BlockedHost.objects.values_list("host", "subdomains"))
    return Hosts(frozenset(host for host, below in rows if not below), frozenset(host for host, below in rows if below))


BOARD = Board("hosts", _ordered, none=Hosts(frozenset(), frozenset()))
"""What operators blocked."""
