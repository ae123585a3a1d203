"""What allauth and Django tell of signing in, written down (accounts/security.py)."""

from typing import Any

from allauth.account import signals as account
from allauth.account.authentication import get_authentication_records
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from allauth.socialaccount import signals as social
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import security
from accounts.models import User
from accounts.security import Event

PASSKEY, APP = Authenticator.Type.WEBAUTHN, Authenticator.Type.TOTP
ADDED = {PASSKEY: Event.PASSKEY_ADDED, APP: Event.SECOND_FACTOR_SET_UP}
REMOVED = {PASSKEY: Event.PASSKEY_REMOVED, APP: Event.SECOND_FACTOR_REMOVED}


def way_in(request: HttpRequest, user: User) -> str:
    """How somebody proved who they are: the newest record of it. A newcomer's code proves the address, too."""
    records = get_authentication_records(request, user)
    newest = records[-1] if records else {"method": "code"}
    if newest["method"] == "mfa":
        return "passkey" if newest["type"] == PASSKEY else "app"
    return str(newest["provider"] if newest["method"] == "socialaccount" else newest["method"])


@receiver(account.user_logged_in)
def signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    security.note(Event.SIGNED_IN, user.pk, way=way_in(request, user))


@receiver(user_logged_out)
def signed_out(user: User | None, **_: Any) -> None:
    if user is not None:
        security.note(Event.SIGNED_OUT, user.pk)


@receiver(account.login_code_rejected)
def wrong_code(user: User, **_: Any) -> None:
    security.note(Event.SIGN_IN_FAILED, user.pk, way="code", why="wrong-code")


@receiver(account.email_verification_code_rejected)
def wrong_code_of_an_address(request: HttpRequest, user: User | None, **_: Any) -> None:
    """Of a newcomer, who is not in yet, or of somebody's new address."""
    way = "new-address" if request.user.is_authenticated else "code"
    security.note(Event.SIGN_IN_FAILED, user.pk if user else None, way=way, why="wrong-code")


@receiver(account.password_set)
@receiver(account.password_changed)
def password_changed(user: User, **_: Any) -> None:
    security.note(Event.PASSWORD_CHANGED, user.pk)


@receiver(account.email_changed)
def address_changed(user: User, from_email_address: object | None, **_: Any) -> None:
    """Not the first one, which is no change."""
    if from_email_address is not None:
        security.note(Event.ADDRESS_CHANGED, user.pk)


@receiver(mfa.authenticator_added)
def lock_added(user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type in ADDED:
        security.note(ADDED[authenticator.type], user.pk)


@receiver(mfa.authenticator_removed)
def lock_removed(user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type in REMOVED:
        security.note(REMOVED[authenticator.type], user.pk)


@receiver(mfa.authenticator_used)
def lock_opened(user: User, authenticator: Authenticator, reauthenticated: bool = False, **_: Any) -> None:
    """By an operator who is in; a passkey that signs in is told as that."""
    if reauthenticated:
        way = {PASSKEY: "passkey", APP: "app"}.get(authenticator.type, "recovery-code")
        security.note(Event.SECOND_FACTOR_SHOWN, user.pk, way=way)


@receiver(social.social_account_added)
def connection_added(request: HttpRequest, sociallogin: Any, **_: Any) -> None:
    security.note(Event.CONNECTION_ADDED, sociallogin.user.pk, way=sociallogin.account.provider)


@receiver(social.social_account_removed)
def connection_removed(socialaccount: Any, **_: Any) -> None:
    security.note(Event.CONNECTION_REMOVED, socialaccount.user_id, way=socialaccount.provider)
