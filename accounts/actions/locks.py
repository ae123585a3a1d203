"""Second locks of operators: hung, opened, taken away."""

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from accounts.actions import sessions
from accounts.models import User

LAST = "last_counter"
"""Where in an app's row the newest half minute stands whose code was used."""


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
def new_recovery_codes(user: User) -> list[str]:
    """Ten codes that open once each; those from before open no more."""
    Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).delete()
    codes: list[str] = RecoveryCodes.activate(user).generate_codes()
    return codes


def renew(session: SessionBase) -> None:
    """Another key for a session that may do more from now on: whoever planted or saw the old one is left outside."""
    before = session.session_key
    session.cycle_key()
    UserSession.objects.filter(session_key=before).update(session_key=session.session_key)


@transaction.atomic
def take_away(user: User) -> int:
    """All locks of somebody who lost theirs, and every session with them; how many locks there were."""
    found, _ = Authenticator.objects.filter(user=user).delete()
    sessions.end_all(user)
    return int(found)
