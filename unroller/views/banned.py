"""Guests of banned networks read, and send no form."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from accounts import bans, security
from accounts.visitors import client_address
from unroller.views.errors import explained

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
OPEN = ("/accounts/", "/api/", "/billing/", "/mail/", "/admin/", "/read")
"""Signing in, what carries a key of its own, the end of mail, and what says that a page was read."""
SENTENCE = (
    "Forms of this site are closed to guests from your network until {until:%B %-d, %H:%M} UTC. You can go on reading."
)


class Banned:
    """Django middleware: 403 for what a guest of a banned network sends. Whoever is signed in is judged by their
    account."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in SAFE or request.path.startswith(OPEN):
            return self._get_response(request)
        ban = bans.of_address(client_address(request))
        if ban is None or request.user.is_authenticated:
            return self._get_response(request)
        request.META[security.WHY] = "banned-network"
        return explained(request, HTTPStatus.FORBIDDEN, SENTENCE.format(until=ban.until))
