"""What stands between a reader without premium and a view that needs it."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from billing import plans
from billing.entitlements import plan_for

View = Callable[..., HttpResponse]


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


def offer(request: HttpRequest, feature: plans.Feature) -> HttpResponse:
    """402: what is missing, and what premium costs."""
    row = next(row for row in plans.comparison() if row.about is feature)
    context = {"row": row, "prices": plans.PRICES.values(), "months_free": plans.months_free()}
    return render(request, "billing/required.html", context, status=HTTPStatus.PAYMENT_REQUIRED)
