"""Operators block servers: from then on, within seconds, nothing is fetched from them and nothing sent to them."""

import regex

from unroller import hosts
from unroller.core.errors import Refused
from unroller.models import BlockedHost
from unroller.sources.http import host_of

NOT_ONE = "This is no name of a server, such as example.org."

TOO_MUCH = "That is a whole part of the net, such as com or co.uk, and no server. Block a name below it."
REGISTRIES = regex.compile(r"[^.:]+|(?:ac|co|com|edu|go|gob|gov|ltd|mil|ne|net|nom|or|org|plc)\.[a-z]{2}")
"""Names that anybody can have one below: those without a dot, and what countries put before theirs. There are more."""


class NoHost(ValueError):
    """What was typed is no name of a server; the sentence for the operator."""


def spelled(text: str) -> str:
    """A server's name as the client that connects to it reads it: lower case, punycode. An address of a page of its
    will do. Raises NoHost."""
    text = text.strip()
    try:
        name = hosts.plain(host_of(text if "://" in text else f"https://{text}/"))
    except Refused as error:
        raise NoHost(NOT_ONE) from error
    if not name or any(mark in name for mark in "%* "):
        raise NoHost(NOT_ONE)
    if REGISTRIES.fullmatch(name):
        raise NoHost(TOO_MUCH)
    return name


def save(row: BlockedHost) -> None:
    """Block a server, or block it otherwise. Raises NoHost."""
    row.host = spelled(row.host)
    row.save()
    hosts.BOARD.changed()


def lift(row: BlockedHost) -> None:
    """Let a server be asked again."""
    BlockedHost.objects.filter(pk=row.pk).delete()
    hosts.BOARD.changed()
