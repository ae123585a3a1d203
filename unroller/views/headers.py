"""What every answer says about itself, whoever in Django made it: pages, errors, redirects, static files."""

from collections.abc import Callable
from http import HTTPStatus

from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control

from unroller.answers import NOTHING, PERMISSIONS, POLICY

SHARED = ("/media/", settings.STATIC_URL)
"""Pictures that others show, too: feed readers, mail programs, pages that link here with a card. They are public."""
DEBUG_PAGES = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.INTERNAL_SERVER_ERROR})


class Headers:
    """The outermost middleware: what is inside may say more, nobody says less.

    An answer that looked at the session, or sets a cookie, is somebody's: without a word of its view it is kept by no
    cache between here and the reader, and where somebody is signed in by no browser either (ASVS 8.2.1).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        is_shared = request.path_info.startswith(SHARED)
        if request.path_info.startswith("/media/"):
            response[POLICY] = NOTHING
        elif not (settings.DEBUG and response.status_code in DEBUG_PAGES):
            response.headers.setdefault(POLICY, build_policy() or "")
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "cross-origin" if is_shared else "same-origin")
        response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        _keep_private(request, response)
        return response


def _keep_private(request: HttpRequest, response: HttpResponseBase) -> None:
    """Where a view did not say how its answer may be kept."""
    if response.cookies and "public" in response.get("Cache-Control", ""):
        response["Cache-Control"] = "private, no-cache"
    if response.has_header("Cache-Control"):
        return
    if "cookie" in response.get("Vary", "").lower() or response.cookies:
        is_guest = settings.SESSION_COOKIE_NAME not in request.COOKIES
        patch_cache_control(response, private=True, no_cache=is_guest, no_store=not is_guest)
    else:
        patch_cache_control(response, no_cache=True)
