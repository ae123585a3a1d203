"""Gifts: buying a year for somebody, its code, and redeeming it."""

from datetime import datetime
from http import HTTPStatus
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods, require_safe

from billing import plans
from billing.actions import gifts
from billing.mail import shown
from billing.models import Gift, Grant, Kind
from billing.views.buying import came_back, go, is_own, is_waited_for
from billing.views.guards import counted, person, see_other, selling

NAME = "A year of premium, as a gift"
LONGEST = 50
"""Characters of a code that the page shows again."""


@selling
@require_http_methods(["GET", "HEAD", "POST"])
@counted
def gift(request: HttpRequest) -> HttpResponse:
    """`GET /gift` says what it is; `POST` answers 303 to Stripe's page. Nobody need be signed in."""
    if request.method != "POST":
        return render(request, "billing/gift.html", {"cents": plans.GIFT_CENTS})
    return go(request, Kind.GIFT, plans.GIFT_CENTS, NAME, done=reverse("gift-done"), back=reverse("gift"))


@selling
@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """`GET /gift/done?session_id=`: the code, for the browser that bought it alone; 404 for all others."""
    intent = came_back(request, Kind.GIFT)
    if not is_own(request, intent):
        raise Http404("somebody else's gift")
    bought = Gift.objects.filter(intent=intent).first()
    code = shown(bought.code) if bought else ""
    context = {"intent": intent, "gift": bought, "code": code, "looks_again": is_waited_for(intent)}
    return render(request, "billing/gift_done.html", context)


@selling
@require_http_methods(["GET", "HEAD", "POST"])
@counted
def redeem(request: HttpRequest) -> HttpResponse:
    """`GET /gift/redeem?code=`; `POST` (field `code`) gives the year to who is signed in, after what they have."""
    given = request.POST if request.method == "POST" else request.GET
    code = given.get("code", "").strip()[:LONGEST]
    if not request.user.is_authenticated:
        return redirect_to_login(f"{reverse('gift-redeem')}?{urlencode({'code': code})}")
    if request.method != "POST":
        return _form(request, code)
    try:
        grant = gifts.redeem(person(request), code)
    except gifts.NoGift as error:
        return _form(request, code, error=str(error), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    messages.success(request, _said(grant))
    return see_other(reverse("account"))


def _form(request: HttpRequest, code: str, *, error: str = "", status: int = HTTPStatus.OK) -> HttpResponse:
    return render(request, "billing/redeem.html", {"code": code, "error": error}, status=status)


def _said(grant: Grant) -> str:
    if grant.starts_at > timezone.now():
        return f"The year is yours. It begins on {_day(grant.starts_at)}, when what you have already ends."
    return "The year is yours: you are a premium member now."


def _day(moment: datetime) -> str:
    return date_format(moment, "F j, Y")
