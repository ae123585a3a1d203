"""Pages behind an unguessable address: nobody keeps, indexes or passes on what they are."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache

View = Callable[..., HttpResponseBase]

HEADERS = {"Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex, nofollow"}
"""No other site is told the address. Our own forms are: with `no-referrer` a browser calls their origin `null`, and the
check of forms refuses them."""


def unseen(ended: str = "") -> Callable[[View], View]:
    """For what is one person's, or opened by a secret in the address. `ended`: the page, with 410, for a secret that
    opens nothing: the same for what ended, what was revoked and what never was."""

    def decorate(view: View) -> View:
        @never_cache
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            try:
                response = view(request, *args, **kwargs)
            except Http404:
                if not ended:
                    raise
                response = render(request, ended, status=HTTPStatus.GONE)
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            return response

        return guarded

    return decorate
