"""The second lock, which operators have before the admin: an authenticator app or a passkey, besides how they sign in.

A reader's passkey is a way in and no lock (accounts/adapters.py): who loses it still has their mail. Whoever may change
everybody's pages and money has both. Signing in with a passkey proves the device and its owner at once (the browser is
made to ask for a fingerprint or a PIN), so it counts as both.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any, cast

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url

from accounts import security
from accounts.freshness import fresh_only
from accounts.models import User
from accounts.security import Event

GOOD = timedelta(hours=8)
"""How long one proof opens the admin: a day's work."""
IDLE = timedelta(minutes=30)
"""How long the admin stays open while nobody uses it (ASVS 3.3.2)."""
USED = "admin_used_at"
NOTED = 60
"""Seconds: that the admin is in use is written down no oftener."""
CONFIRM = "second_factor"
LOCKS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)

View = Callable[..., HttpResponseBase]


def has_one(user: User) -> bool:
    """Whether somebody has a second lock at all."""
    return bool(Authenticator.objects.filter(user=user, type__in=LOCKS).exists())


def is_confirmed(request: HttpRequest) -> bool:
    """Whether this session opened the second lock today, and was used lately."""
    now, proved = time.time(), _proved_at(request)
    used = max(proved, request.session.get(USED, 0))
    return now - proved < GOOD.total_seconds() and now - used < IDLE.total_seconds()


def note_use(request: HttpRequest) -> None:
    """The admin is in use."""
    now = time.time()
    if now - max(_proved_at(request), request.session.get(USED, 0)) > NOTED:
        request.session[USED] = now


def _proved_at(request: HttpRequest) -> float:
    """When this session last showed a second factor of whoever is signed in; 0 if it never did."""
    records = get_authentication_records(request, cast("User", request.user))
    return float(max((record["at"] for record in records if record["method"] == "mfa"), default=0))


def guards_itself(view: View) -> View:
    """For views that add or remove locks, or take an account from its owner: a recent sign-in, and of an operator who
    has a lock that it was opened.

    Else whoever reads an operator's mail would sign in by code and hang a lock of their own beside the other, or lock
    the operator out for good by another address, or delete the account.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = cast("User", request.user)
        if user.is_staff and has_one(user) and not is_confirmed(request):
            security.note(Event.ACCESS_REFUSED, user.pk, why="second-factor")
            return redirect_to_login(request.get_full_path(), resolve_url(CONFIRM))
        return view(request, *args, **kwargs)

    return fresh_only(wrapped)
