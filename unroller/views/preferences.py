"""Two cookies that pages read before they are painted: how they are to look, and that somebody is signed in.

Thread pages are the same bytes for everybody, so what is personal about them reaches a browser this way: a script in
their head reads `reading` (as in `User.reading`) and `member` (a mark that says nothing but "signed in"). Neither is a
secret and neither proves anything: the session stays in a cookie that no script can read.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import User
from unroller import pages

READING = "reading"
MEMBER = "member"
KEPT = timedelta(days=365)
"""Longer than a session: a mark that outlives it is taken back by the first answer that knows."""

Response = TypeVar("Response", bound=HttpResponseBase)


def remember(response: Response, user: User | AnonymousUser) -> Response:
    """Tell the browser that somebody is signed in, and how they like their pages if they ever said so."""
    if isinstance(user, User):
        _set(response, MEMBER, "1")
        if user.reading:
            _set(response, READING, user.reading)
    return response


def forget(response: Response) -> Response:
    """Tell the browser that nobody is signed in. Pages go on looking as they did: that is the machine's matter."""
    response.delete_cookie(MEMBER, samesite="Lax")
    return response


class Preferences:
    """Middleware: an answer that knows who asked brings both cookies up to date, where they are not.

    So they are right from the answer that signs in or out, and a choice made on one machine reaches the others. An
    answer that did not look at the session is left alone: it may be one that everybody gets.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if not request.session.accessed or response.has_header(pages.MARK):
            return response
        user, cookies = request.user, request.COOKIES
        if not user.is_authenticated:
            return forget(response) if MEMBER in cookies else response
        if MEMBER in cookies and user.reading in {"", cookies.get(READING)}:
            return response
        return remember(response, user)


def _set(response: HttpResponseBase, name: str, value: str) -> None:
    """A cookie that scripts may read, sent over https where the site is."""
    response.set_cookie(name, value, max_age=KEPT, samesite="Lax", secure=bool(settings.SESSION_COOKIE_SECURE))
