"""Operators keep people out: an account for as long as they say, guests of a network for a time. Nothing is deleted."""

from datetime import datetime
from ipaddress import IPv6Network, ip_network

from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils import timezone

from accounts import bans, mail, security, slices
from accounts.actions import closing
from accounts.models import Ban, User
from accounts.security import Event

TOLD = "account_banned"
"""The letter to whom it concerns."""
WIDEST = {4: 16, 6: 32}
"""The shortest prefix that may be banned, by version: more than that is a country, not a visitor."""

MAPPED = 96
"""Where an address of IPv4 begins in one of IPv6."""


class CannotBan(ValueError):
    """What is wrong, as a sentence for the operator."""


def ban_account(user: User, reason: str) -> bool:
    """Nobody signs in to an account any more, nor uses its tokens; what it was told by mail stops. They are told why.
    False when it is banned already, or may not be. Money is not touched."""
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=user.pk)
        if row.is_staff or not row.is_active:
            return False
        # An earlier one is there where somebody was let in by the form of their rights.
        Ban.objects.update_or_create(user=row, defaults={"reason": reason})
        row.is_active = False
        row.save(update_fields=["is_active"])
        for session in UserSession.objects.filter(user=row):
            session.end()
        mail.send(TOLD, row.email, {"reason": reason}, user=row)
    security.note(Event.ACCOUNT_BANNED, user.pk)
    return True


def lift_account(user: User) -> bool:
    """Let somebody in again; False when they are not banned, or asked for the end of their account."""
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=user.pk)
        if not Ban.objects.filter(user=row).delete()[0] or closing.is_asked(row.pk):
            return False
        row.is_active = True
        row.save(update_fields=["is_active"])
    return True


def checked(network: str) -> str:
    """A network in one spelling. Raises CannotBan."""
    try:
        found = ip_network(network.strip(), strict=False)
    except ValueError as error:
        raise CannotBan("This is neither an address nor a network, such as 192.0.2.7 or 192.0.2.0/24.") from error
    mapped = found.network_address.ipv4_mapped if isinstance(found, IPv6Network) else None
    if mapped is not None and found.prefixlen >= MAPPED:  # we know such visitors by their address of IPv4
        found = ip_network((mapped, found.prefixlen - MAPPED), strict=False)
    if found.prefixlen < WIDEST[found.version]:
        raise CannotBan(f"That is too many people at once: /{WIDEST[found.version]} is the widest network.")
    if found.version == 6 and found.prefixlen > 64:
        found = found.supernet(new_prefix=64)
    return str(found)


def need_future(until: datetime | None) -> None:
    """Raises CannotBan for a time that is over, or none."""
    if until is None or until <= timezone.now():
        raise CannotBan("Please choose a time that is still to come.")


def ban_network(network: str, until: datetime, reason: str) -> Ban:
    """Guests of a network may only read until then. Raises CannotBan."""
    need_future(until)
    values = {"until": until, "reason": reason}
    row, _ = Ban.objects.update_or_create(network=checked(network), user=None, defaults=values)
    changed()
    return row


def changed() -> None:
    """Tell all processes, after the caller's commit."""
    bans.BOARD.changed()


def lift(ban: Ban) -> None:
    """End a ban, of an account or of a network."""
    if ban.user is not None:
        lift_account(ban.user)
    Ban.objects.filter(pk=ban.pk).delete()
    changed()


def tidy() -> int:
    """Delete bans of networks that are over; how many."""
    return slices.delete(Ban.objects.filter(until__lt=timezone.now()))
