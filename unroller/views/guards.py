"""What stands between a stranger's request and a view."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from accounts import security
from unroller import replica
from unroller.views.errors import explained

View = Callable[..., HttpResponse]


def from_this_site(view: View) -> View:
    """For POST forms on pages that are the same for everybody and so cannot carry a token.

    A browser says where a form stands (`Sec-Fetch-Site`, `Origin`); a request that says neither comes from no browser
    and may pass. The forms guarded so belong to no account.
    """

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method == "POST" and not _is_ours(request):
            request.META[security.WHY] = "other-site"
            return explained(request, HTTPStatus.FORBIDDEN, "This form was sent from another site.")
        return view(request, *args, **kwargs)

    return guarded


def guests_may_lag(view: View) -> View:
    """For pages that show what is public: guests read them from the replica. Who is signed in, or in the middle of
    something, sees what they did a moment ago."""
    lagging = replica.may_lag(view)

    @wraps(view)
    def chosen(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        return (view if settings.SESSION_COOKIE_NAME in request.COOKIES else lagging)(request, *args, **kwargs)

    return chosen


def _is_ours(request: HttpRequest) -> bool:
    fetch_site = request.headers.get("Sec-Fetch-Site")
    if fetch_site is not None:
        return fetch_site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc in {
        request.get_host(),
        urlsplit(settings.SITE_URL).netloc,
    }
