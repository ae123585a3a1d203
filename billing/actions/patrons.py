"""Patrons: connected by signing in at Patreon, looked at when it says so and once a day, given premium for a while.

A connection is a row (`Patron`); `checked_at` empty means that somebody has to look. The premium it gives is one Grant
per membership that ends some days after the next look, so that neither a webhook that got lost nor a night without
Patreon takes anything away. What ends it at once is Patreon's own word.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.bell import ring
from accounts.models import User
from billing.actions import gifts
from billing.actions.alerts import alert
from billing.models import Grant, Patron
from billing.patreon import api
from billing.patreon.client import is_set_up
from billing.patreon.errors import Away, Missing, Refused, Stale
from billing.patreon.membership import Membership, Worth, worth
from billing.patreon.webhooks import Hint

logger = logging.getLogger(__name__)

LOOK_EVERY = timedelta(days=1)
LEEWAY = timedelta(days=3)
REASON = "supports us on Patreon"
A_MOMENT = timedelta(microseconds=1)

LATE = "That took too long, or its link was used before. Please start again."
AWAY = "Patreon does not answer at the moment. Please try again in a while."
OURS = "Connecting Patreon does not work here at the moment. We know about it; please try again tomorrow."
TAKEN = "This Patreon account is connected to another account here. Disconnect it there first."
ANOTHER = "You are connected to another Patreon account. Disconnect that one first."


class NotConnected(Exception):
    """Why nothing was connected; `sentence` may be shown as it is."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def of(user: User) -> Patron | None:
    """Somebody's connection."""
    return Patron.objects.filter(user=user).first()


def connect(user: User, code: str, *, callback: str) -> Worth:
    """Learn from Patreon who brought this code, and keep that; what their membership is worth. Raises NotConnected.

    Nothing of Patreon's but two ids is kept: the token has done its work then.
    """
    try:
        person = api.identity(api.exchange(code, callback=callback))
    except Stale as error:
        raise NotConnected(LATE) from error
    except (Refused, Missing) as error:
        _tell_operators(error)
        raise NotConnected(OURS) from error
    except Away as error:
        logger.warning("patreon: %s", error)
        raise NotConnected(AWAY) from error
    return _keep(user, person)


def disconnect(user: User) -> bool:
    """Forget the connection, and end what it gave; whether there was one."""
    with transaction.atomic():
        patron = Patron.objects.select_for_update().filter(user=user).first()
        if patron is None:
            return False
        _end(patron, timezone.now())
        # Whoever connects this membership next, here or on another account, begins anew; revoked is revoked.
        Grant.objects.filter(user=user, source=Grant.Source.PATREON, revoked_at=None).update(source_ref=None)
        patron.delete()
        gifts.lay(user)
    return True


def mark(hint: Hint) -> bool:
    """Have somebody look at a patron because of a webhook; whether they are connected here."""
    with transaction.atomic():
        named = Q(patreon_id=hint.user_id) if hint.user_id else Q(member_id=hint.member_id)
        patron = Patron.objects.select_for_update().filter(named).first()
        if patron is None:
            return False
        patron.checked_at = None
        patron.save(update_fields=["checked_at"])
        transaction.on_commit(lambda: ring("billing.look_at_patron", str(patron.pk), hint.member_id), robust=True)
    return True


def look_at(patron_id: int, member_id: str) -> None:
    """Read one patron's membership and act on it. What does not work out now is left to the look at everybody.

    So is a membership that cannot be found, since wrong keys find none either. It reads even when somebody looked since
    the webhook came: the list they had may be older.
    """
    try:
        with transaction.atomic():
            patron = Patron.objects.select_for_update(skip_locked=True).filter(id=patron_id).first()
            known = member_id or (patron.member_id if patron else None)
            if patron is None or not known or not is_set_up():
                return
            found = api.member(known)
            if found.user_id == patron.patreon_id:
                _apply(patron, found)
    except Refused as error:
        _tell_operators(error)
    except (Away, Missing) as error:
        logger.warning("patreon: %s", error)


def look_at_due() -> int:
    """Hold every patron against Patreon's list of our members, once one was not looked at for a day; how many."""
    due = Q(checked_at=None) | Q(checked_at__lte=timezone.now() - LOOK_EVERY)
    if not is_set_up() or not Patron.objects.filter(due).exists():
        return 0
    known = {each.pk: each for each in Patron.objects.all()}
    try:
        found = _found({each.patreon_id for each in known.values()})
    except (Refused, Missing) as error:
        _tell_operators(error)
        return 0
    except Away as error:
        logger.warning("patreon: %s", error)
        _tell_of_silence(error)
        return 0
    return sum(_hold(patron, _membership_of(patron, found)) for patron in known.values())


def _found(wanted: set[str]) -> dict[str, Membership]:
    """Patreon's list of our members by whose they are, and of those that it does not tell by their own id."""
    found = {}
    for each in api.members():
        if each.user_id in wanted:
            found[each.user_id] = each
        elif not each.user_id:
            found[each.id] = each
    return found


def _membership_of(patron: Patron, found: dict[str, Membership]) -> Membership | None:
    return found.get(patron.patreon_id) or found.get(patron.member_id or "")


def _hold(before: Patron, membership: Membership | None) -> bool:
    """Act on one line of the list, unless somebody looked at this patron while it was read, or is about to."""
    try:
        with transaction.atomic():
            unchanged = Patron.objects.filter(pk=before.pk, checked_at=before.checked_at)
            patron = unchanged.select_for_update(skip_locked=True).first()
            if patron is None:
                return False
            _apply(patron, membership)
    except IntegrityError:
        logger.exception("patron %s", before.patreon_id)
        return False
    return True


def _keep(user: User, person: api.Person) -> Worth:
    try:
        with transaction.atomic():
            User.objects.select_for_update(no_key=True).get(
                id=user.id
            )  # two callbacks of one person, one after the other
            patron = Patron.objects.select_for_update().filter(user=user).first()
            if patron is None:
                patron = Patron.objects.create(user=user, patreon_id=person.id)
            if patron.patreon_id != person.id:
                raise NotConnected(ANOTHER)
            return _apply(patron, person.membership)
    except IntegrityError as error:
        raise NotConnected(TAKEN) from error


def _apply(patron: Patron, membership: Membership | None) -> Worth:
    """Write down what a membership gives. The row is locked by the caller."""
    now = timezone.now()
    patron.member_id = membership.id if membership else None
    patron.checked_at = now
    patron.save(update_fields=["member_id", "checked_at"])
    value = worth(membership, campaign_id=settings.PATREON_CAMPAIGN_ID, least_cents=settings.PATREON_LEAST_CENTS)
    if value is Worth.PREMIUM:
        _give(patron, now)
    elif value is Worth.NOTHING:
        _end(patron, now)
    gifts.lay(patron.user)
    return value


def _give(patron: Patron, now: datetime) -> None:
    """One grant per membership: what runs goes on, what had ended begins again. A revoked one stays revoked."""
    ends = now + LOOK_EVERY + LEEWAY
    new = {"user": patron.user, "source": Grant.Source.PATREON, "reason": REASON, "starts_at": now, "ends_at": ends}
    ref = f"patreon:{patron.member_id}"
    grant, is_new = Grant.objects.select_for_update().get_or_create(source_ref=ref, defaults=new)
    if is_new or grant.ends_at is None:
        return
    if grant.ends_at <= now:
        grant.starts_at = now
    grant.ends_at = ends
    grant.save(update_fields=["starts_at", "ends_at"])


def _end(patron: Patron, now: datetime) -> None:
    """Whatever this person has from Patreon ends now."""
    running = Grant.objects.filter(user=patron.user, source=Grant.Source.PATREON, ends_at__gt=now)
    running.update(ends_at=Greatest(Value(now), F("starts_at") + A_MOMENT))


def _tell_of_silence(error: Away) -> None:
    """Once two nights were missed: the third is the last on which patrons have premium."""
    if Patron.objects.filter(checked_at__lte=timezone.now() - 2 * LOOK_EVERY).exists():
        alert("patreon", "away", f"Patreon was away for two days ({error}). Patrons lose premium in two more.")


def _tell_operators(error: Exception) -> None:
    """Once, until somebody settles it: a creator's token is good for a month, and has to be replaced by hand."""
    alert("patreon", "keys", f"Patreon refuses our keys ({error}). Patrons keep premium for {LEEWAY.days} days more.")
