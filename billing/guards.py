"""What stands between a reader without premium and a view that needs it."""

import time
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from billing import plans
from billing.entitlements import plan_for

View = Callable[..., HttpResponse]

WANTED, CHOSEN = "wanted", "chosen"
GOOD_FOR = timedelta(hours=2)
MOST_PATH = 1_000
"""Characters of an address to come back to."""


def requires(feature: plans.Feature) -> Callable[[View], View]:
    """Let only those in whose plan has `feature`; the others get 402 with the offer."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if not plan_for(request.user).allows(feature):
                return offer(request, feature)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def offer(request: HttpRequest, feature: plans.Feature, *, back: str = "/") -> HttpResponse:
    """402: what is missing, and what premium costs; `back` is the way on for who says no.

    A page that was asked for goes along to the pricing page, so that a new member is led to it (`remember`).
    """
    context = {
        "row": next(row for row in plans.comparison() if row.about is feature),
        "prices": plans.PRICES.values(),
        "back": back,
        "wanted": request.get_full_path()[:MOST_PATH] if request.method == "GET" else "",
    }
    return render(request, "billing/required.html", context, status=HTTPStatus.PAYMENT_REQUIRED)


def remember(request: HttpRequest) -> None:
    """Keep what somebody wants premium for (`?for=`, a path of this site) until they have it."""
    path = request.GET.get("for", "")[:MOST_PATH]
    if path.startswith("/") and url_has_allowed_host_and_scheme(path, None):
        request.session[WANTED] = {"path": path, "at": time.time()}


def wanted(request: HttpRequest) -> str:
    """What was lately wanted, as a path of this site, or nothing; told once."""
    found = request.session.pop(WANTED, None) or {}
    return str(found["path"]) if found and time.time() - found["at"] < GOOD_FOR.total_seconds() else ""


def choose(request: HttpRequest, plan: str) -> None:
    """Keep the price that a guest chose until they are signed in; not in an address, since no link begins a payment."""
    request.session[CHOSEN] = {"plan": plan, "at": time.time()}


def chosen(request: HttpRequest) -> str:
    """The price that was lately chosen, by its key, or nothing; told once."""
    found = request.session.pop(CHOSEN, None) or {}
    return str(found["plan"]) if found and time.time() - found["at"] < GOOD_FOR.total_seconds() else ""
