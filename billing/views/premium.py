"""Premium: what it is and costs, the way to Stripe's page, and the way back."""

import logging
from datetime import timedelta
from http import HTTPStatus

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.models import User
from billing import guards, plans
from billing.actions import checkout
from billing.forms import PlanForm, ReturnForm
from billing.gateway.errors import StripeError
from billing.guards import remember, wanted
from billing.membership import membership
from billing.models import CheckoutIntent, Kind
from billing.views.guards import counted, person, see_other, selling, signed_in, too_often

logger = logging.getLogger(__name__)

State = CheckoutIntent.State
LOOKED_AGAIN = timedelta(minutes=10)
"""So long the page looks again by itself; what is not there by then takes days."""
OTHER_TAB = "You began this in another tab as well. Choose again, and only that one counts."


@selling
@require_safe
def premium(request: HttpRequest) -> HttpResponse:
    """`GET /premium?for=`: prices, comparison, and for members where their membership stands."""
    remember(request)
    return _page(request)


@selling
@require_POST
@counted
def begin(request: HttpRequest) -> HttpResponse:
    """`POST /premium/checkout` (field `plan`: `month` or `year`) answers 303 to Stripe's page; guests sign in first."""
    form = PlanForm(request.POST)
    if not form.is_valid():
        return _page(request, error=str(form.errors["plan"][0]), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if not request.user.is_authenticated:
        guards.choose(request, form.cleaned_data["plan"])
        return redirect_to_login(reverse("premium-chosen"))
    return _pay(request, form.cleaned_data["plan"])


@selling
@require_GET
@signed_in
def chosen(request: HttpRequest) -> HttpResponse:
    """`GET /premium/chosen`: who chose a price in this browser and signed in goes on to Stripe's page, once."""
    plan = guards.chosen(request)
    if not plan or membership(person(request)).has_subscription:
        return see_other(reverse("premium"))
    return too_often(request) or _pay(request, plan)


@selling
@require_safe
@signed_in
def done(request: HttpRequest) -> HttpResponse:
    """`GET /premium/done?session_id=`: looks at Stripe, and says paid, processing, or that nothing was paid.

    The address proves nothing: a session that is not the person's own is 404.
    """
    form = ReturnForm(request.GET)
    own = CheckoutIntent.objects.filter(account__user=person(request), kind=Kind.PREMIUM)
    if not form.is_valid() or not own.filter(session_id=form.cleaned_data["session_id"]).exists():
        raise Http404("no such session")
    state = _settled(form.cleaned_data["session_id"])
    looks_again = own.filter(created_at__gt=timezone.now() - LOOKED_AGAIN, session_id=form.cleaned_data["session_id"])
    context = {
        "state": state,
        "membership": membership(person(request)),
        "looks_again": looks_again.exists(),
        "wanted": wanted(request) if state == State.COMPLETE else "",
    }
    return render(request, "billing/done.html", context)


def _pay(request: HttpRequest, plan: str) -> HttpResponse:
    try:
        return see_other(checkout.begin_premium(person(request), plan))
    except checkout.Superseded:
        return _page(request, error=OTHER_TAB, status=HTTPStatus.CONFLICT)


def _settled(session_id: str) -> str:
    """While Stripe does not say it is not known yet, and never said that nothing was charged: the event will tell."""
    try:
        intent = checkout.settle(session_id)
    except StripeError as error:
        logger.warning("what became of a checkout is not known yet: %s", error)
        return State.OPEN
    return intent.state if intent else State.OPEN


def _page(request: HttpRequest, *, error: str = "", status: int = HTTPStatus.OK) -> HttpResponse:
    context = {
        "prices": plans.PRICES.values(),
        "comparison": plans.comparison(),
        "months_free": plans.months_free(),
        "standing": membership(request.user) if isinstance(request.user, User) else None,
        "error": error,
    }
    return render(request, "billing/premium.html", context, status=status)
