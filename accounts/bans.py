"""Guests who may only read: addresses and networks that operators banned for a time."""

from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple, cast

from django.utils import timezone

from accounts.models import Ban
from accounts.orders import Board

Network = IPv4Network | IPv6Network


class Banned(NamedTuple):
    """A network, and until when."""

    network: Network
    until: datetime


def of_address(address: str) -> Banned | None:
    """The ban that somebody's address (accounts.visitors.client_address) falls under now; None for nearly everybody."""
    bans = BOARD.now()
    if not bans:
        return None
    try:
        mine = ip_network(address)
    except ValueError:
        return None
    now = timezone.now()
    return next((ban for ban in bans if ban.until > now and _holds(ban.network, mine)), None)


def _holds(network: Network, mine: Network) -> bool:
    """IPv6 visitors are known by their /64; a ban of less than that is one of all of it."""
    return network.version == mine.version and network.overlaps(mine)


def _ordered() -> tuple[Banned, ...]:
    rows = Ban.objects.filter(until__gt=timezone.now()).exclude(network="")
    return tuple(Banned(ip_network(row.network), cast("datetime", row.until)) for row in rows)


BOARD: Board[tuple[Banned, ...]] = Board("bans", _ordered, none=())
"""The networks that operators banned."""
