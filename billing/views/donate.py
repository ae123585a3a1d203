"""Donations: choosing an amount, Stripe's page, and thanks."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from billing import links
from billing.actions import donations
from billing.models import Kind, Payment
from billing.views.buying import came_back, go, is_own, is_waited_for
from billing.views.guards import counted, selling

LONGEST = 50
"""Characters of what was typed that the page shows again."""


@selling
@require_http_methods(["GET", "HEAD", "POST"])
@counted
def donate(request: HttpRequest) -> HttpResponse:
    """`GET /donate`; `POST` (field `amount`: `coffee`, `server` or dollars) answers 303 to Stripe's page."""
    if request.method != "POST":
        return _page(request)
    amount = request.POST.get("amount", "")
    try:
        cents, name = donations.wish(amount)
    except ValueError as error:
        return _page(request, amount=amount[:LONGEST], error=str(error), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return go(request, Kind.DONATION, cents, name, done=reverse("donate-thanks"), back=reverse("donate"))


@selling
@require_safe
def thanks(request: HttpRequest) -> HttpResponse:
    """`GET /donate/thanks?session_id=`: looks at Stripe. The receipt is for the browser that gave."""
    intent = came_back(request, Kind.DONATION)
    payment = Payment.objects.filter(intent=intent).first() if is_own(request, intent) else None
    context = {"intent": intent, "payment": payment, "looks_again": is_waited_for(intent)}
    return render(request, "billing/thanks.html", context)


def _page(request: HttpRequest, *, amount: str = "", error: str = "", status: int = HTTPStatus.OK) -> HttpResponse:
    context = {
        "presets": [(key, cents) for key, (cents, _) in donations.PRESETS.items()],
        "amount": amount,
        "error": error,
        "paypal": links.paypal(),
        "patreon": links.patreon(),
    }
    return render(request, "billing/donate.html", context, status=status)
