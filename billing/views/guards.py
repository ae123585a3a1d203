"""What stands before every page that sells: whether this site does, who asks, how often, and how Stripe is today."""

import logging
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import cast

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from accounts import limits, visitors
from accounts.models import User
from billing.actions import denials
from billing.actions.alerts import alert
from billing.gateway.errors import Away, StripeError

logger = logging.getLogger(__name__)

View = Callable[..., HttpResponseBase]


def selling(view: View) -> View:
    """404 on a site without Stripe; one sentence and 503 when Stripe is away or will not, and then nothing was charged.

    What Stripe refuses here is our mistake, or the operator's: they are told. No browser keeps a copy.
    """

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not settings.BILLING_ENABLED:
            raise Http404("nothing is sold here")
        try:
            return view(request, *args, **kwargs)
        except Away as error:
            logger.warning("%s: %s", request.path, error)
            denials.tell(error)
        except StripeError as error:
            alert("refused", f"{request.path} {error.code}", f"{request.method} {request.path}: {error}")
        return render(request, "billing/away.html", status=HTTPStatus.SERVICE_UNAVAILABLE)

    return guarded


def signed_in(view: View) -> View:
    """A guest signs in and comes to the pricing page, since what they sent is gone by then."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not request.user.is_authenticated:
            path = request.get_full_path() if request.method in {"GET", "HEAD"} else reverse("premium")
            return redirect_to_login(path)
        return view(request, *args, **kwargs)

    return guarded


def counted(view: View) -> View:
    """So many payment pages an hour: whoever tries stolen cards wants thousands."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        refusal = too_often(request) if request.method == "POST" else None
        return view(request, *args, **kwargs) if refusal is None else refusal

    return guarded


def too_often(request: HttpRequest) -> HttpResponse | None:
    """Count what makes work at Stripe; the answer to who asked for too much of it in an hour."""
    who = f"person {request.user.pk}" if request.user.is_authenticated else visitors.client_address(request)
    if limits.spend(limits.CHECKOUTS, who):
        return None
    premium = reverse("premium")
    # What lies below it answers a form, or is what was asked for too often.
    back = premium if request.path.startswith(premium) else request.path
    return render(request, "429.html", {"back": back}, status=HTTPStatus.TOO_MANY_REQUESTS)


def person(request: HttpRequest) -> User:
    """Who is signed in; for views behind `signed_in`."""
    return cast("User", request.user)


def see_other(address: str) -> HttpResponse:
    """303: go there with GET."""
    return HttpResponseRedirect(address, status=HTTPStatus.SEE_OTHER)
