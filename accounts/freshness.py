"""How lately a person proved who they are: what changes the ways into an account asks for a sign-in that is recent."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import resolve_url
from django.views.decorators.cache import never_cache

FRESH = timedelta(minutes=30)
AGAIN = "account_sign_in_again"
"""The page that says why, and leads through signing in back to where one was."""

View = Callable[..., HttpResponseBase]


def is_fresh(request: HttpRequest) -> bool:
    """Whether this session saw its person sign in lately, by whatever way."""
    oldest = time.time() - FRESH.total_seconds()
    return any(record["at"] > oldest for record in get_authentication_records(request, request.user))


def ask_again(request: HttpRequest, path: str) -> HttpResponseBase:
    """To the page that asks for a new sign-in, and from there to `path`."""
    return redirect_to_login(path, resolve_url(AGAIN))


def fresh_only(view: View) -> View:
    """For views that change the ways into an account. A guest is sent to sign in; a post that is late is dropped.

    No browser keeps a copy of what they show.
    """

    @never_cache
    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not is_fresh(request):
            return ask_again(request, request.get_full_path())
        return view(request, *args, **kwargs)

    return wrapped
