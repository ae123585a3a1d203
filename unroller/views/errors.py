"""Pages for what cannot be shown."""

import logging
import sys
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import parse_qs, urlencode, urlsplit

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.template.loader import get_template
from django.utils.cache import patch_cache_control
from django.utils.html import format_html
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import security
from accounts.freshness import AGAIN
from unroller.file_store import Away

logger = logging.getLogger(__name__)

TEMPLATES = {
    HTTPStatus.FORBIDDEN: "403.html",
    HTTPStatus.GONE: "410.html",
    HTTPStatus.TOO_MANY_REQUESTS: "429.html",
    HTTPStatus.SERVICE_UNAVAILABLE: "503.html",
}
FILES_ARE_AWAY = (
    "The place where our files lie does not answer right now. Nothing is lost; please try again in a few minutes."
)
RETRY_SECONDS = 60
NUMBER = '<p class="hint">Should you write to us about it, tell us this number: <code>{}</code></p>\n'
STALE = (
    "This form is out of date: you may have signed in or out in another tab, or your browser takes no cookies. Nothing "
    "was done. Go back, load the page again, and send it once more."
)


def explained(request: HttpRequest, status: HTTPStatus, sentence: str, *, back: str = "/") -> HttpResponse:
    """An error page with one plain sentence; `back` is where the reader came from. Browsers ask again each time: they
    would keep a 410 for ever, and what was taken away may come back."""
    page = render(request, TEMPLATES[status], {"sentence": sentence, "back": back}, status=status)
    patch_cache_control(page, no_cache=True)
    return page


def hidden(request: HttpRequest, sentence: str) -> HttpResponse:
    """404 for what operators do not show: not 410, which would be for ever, and not 451, which says that a court or an
    office asked."""
    page = render(request, "hidden.html", {"sentence": sentence}, status=HTTPStatus.NOT_FOUND)
    patch_cache_control(page, no_cache=True)
    return page


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form whose token does not fit: mostly one that was open while its reader signed in or out elsewhere."""
    request.META[security.WHY] = "form-token"
    return explained(request, HTTPStatus.FORBIDDEN, STALE)


class FilesAway:
    """Middleware: wherever a file was wanted whose store is away, one sentence says so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Away):
            return None
        logger.warning("the store of files is away: %s", error)
        page = explained(request, HTTPStatus.SERVICE_UNAVAILABLE, FILES_ARE_AWAY)
        page["Retry-After"] = str(RETRY_SECONDS)
        return page


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 for what Django itself refuses: a host that is not ours, a request that is cut or too large."""
    page = get_template("400.html").render({"request": request})
    return HttpResponse(page, status=HTTPStatus.BAD_REQUEST)


def broken(request: HttpRequest) -> HttpResponse:
    """500, or 503 for a page whose database was away: one that depends on nothing, with the number of the request."""
    said = format_html(NUMBER, request.META.get("REQUEST_ID", ""))
    page = HttpResponse(
        get_template("500.html").render().replace("</main>", f"{said}</main>"), status=HTTPStatus.INTERNAL_SERVER_ERROR
    )
    if request.method in {"GET", "HEAD"} and isinstance(sys.exc_info()[1], OperationalError):
        page.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        page["Retry-After"] = str(RETRY_SECONDS)
    return page


class ForFormsOnly:
    """Middleware: addresses that take what a form sends say so to whoever opens them, and whoever signs in for
    one comes back to the page that its form stands on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not response.content:
            page = render(request, "405.html", status=HTTPStatus.METHOD_NOT_ALLOWED)
            page["Allow"] = response["Allow"]
            return page
        if request.method == "POST" and response.status_code == HTTPStatus.FOUND:
            _come_back_to_the_form(request, response)
        return response


def _come_back_to_the_form(request: HttpRequest, response: HttpResponse) -> None:
    """Where a sign-in would lead to the address that a form was sent to, it leads to the form's page."""
    target, page = urlsplit(response["Location"]), request.headers.get("Referer", "")
    asks = target.path in {resolve_url("account_login"), resolve_url(AGAIN)}
    is_ours = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    if asks and is_ours and parse_qs(target.query).get("next") == [request.get_full_path()]:
        around = urlsplit(page)
        address = around.path + (f"?{around.query}" if around.query else "")
        response["Location"] = f"{target.path}?{urlencode({'next': address}, safe='/')}"
