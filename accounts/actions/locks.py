"""Second locks of operators: hung, opened, taken away."""

import time
from datetime import timedelta

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils import timezone

from accounts import mail, security
from accounts.actions import sessions
from accounts.models import User
from accounts.security import Event

LAST = "last_counter"
"""Where in an app's row the newest half minute stands whose code was used."""
TRIES, WITHIN = 5, timedelta(minutes=5)
TRIED = "tried_at"
"""Where in a row the times of the last tries stand."""


@transaction.atomic
def may_try(user: User) -> bool:
    """Count a try of a code; False when it is one too many. It is counted beside the lock itself: six digits are soon
    guessed by whoever may try as often as they like, and while Redis is away nothing else is counted."""
    codes = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN)
    row = codes.select_for_update().order_by("pk").first()
    if row is None:
        return False
    now = time.time()
    tried = [at for at in row.data.get(TRIED, []) if now - at < WITHIN.total_seconds()]
    if len(tried) >= TRIES:
        return False
    row.data[TRIED] = [*tried, now]
    row.save(update_fields=["data"])
    return True


@transaction.atomic
def use_once(app: Authenticator, code: str) -> bool:
    """Whether an app's code is newer than any that was used: allauth remembers used codes in a cache, for half a
    minute, and a code is taken for three times as long (RFC 6238, 5.2)."""
    row = Authenticator.objects.select_for_update().get(pk=app.pk)
    secret, used = decrypt(row.data["secret"]), row.data.get(LAST, 0)
    for counter in totp.yield_hotp_counters_from_time():
        value = totp.format_hotp_value(totp.hotp_value(secret, counter))
        if counter > used and compare_user_code(actual=code, expected=value):
            row.data[LAST] = counter
            row.save(update_fields=["data"])
            return True
    return False


@transaction.atomic
def new_recovery_codes(user: User, *, browser: str) -> list[str]:
    """As the first ones, and a letter that says so; `browser` is where they were asked for."""
    mail.send("recovery_codes_made", user.email, {"timestamp": timezone.now(), "browser": browser}, user=user)
    return first_recovery_codes(user)


@transaction.atomic
def first_recovery_codes(user: User) -> list[str]:
    """Ten codes that open once each; those from before open no more. The letter about the app speaks of these, too."""
    Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).delete()
    codes: list[str] = RecoveryCodes.activate(user).generate_codes()
    security.note(Event.RECOVERY_CODES_MADE, user.pk)
    return codes


def renew(session: SessionBase) -> None:
    """Another key for a session that may do more from now on: whoever planted or saw the old one is left outside."""
    before = session.session_key
    session.cycle_key()
    UserSession.objects.filter(session_key=before).update(session_key=session.session_key)


@transaction.atomic
def take_away(user: User) -> int:
    """All locks of somebody who lost theirs, and every session with them, and a letter that says so, if there were any;
    how many."""
    found, _ = Authenticator.objects.filter(user=user).delete()
    sessions.end_all(user)
    if found:
        mail.send("second_factor_reset", user.email, {"timestamp": timezone.now()}, user=user)
    security.note(Event.SECOND_FACTOR_RESET, user.pk)
    return int(found)
