"""The box that asks for support: never for members, and beside pages that are the same for everybody."""

from http import HTTPStatus

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from billing import links, plans
from billing.actions import donations
from billing.entitlements import plan_for
from billing.plans import Feature
from unroller import profiles
from unroller.forms.threads import AboutForm

FIGURE_SECONDS = 600
DONATED = 500
"""Cents that PayPal's page is opened with, where it takes an amount."""


@never_cache
@require_safe
def support(request: HttpRequest) -> HttpResponse:
    """`GET /support?thread=<source>/<path>`: the box as a fragment; 204 for members, for sites that ask nothing, and
    on threads of authors who want none."""
    about = AboutForm(request.GET)
    source, _, path = about.cleaned_data["thread"].partition("/") if about.is_valid() else ("", "", "")
    if path and profiles.wants_no_box(source, path):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    paypal, patreon = links.paypal(DONATED), links.patreon()
    is_member = settings.BILLING_ENABLED and plan_for(request.user).allows(Feature.NO_SUPPORT_BOX)
    if is_member or not (settings.BILLING_ENABLED or paypal or patreon):
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    context = {
        "sells": settings.BILLING_ENABLED,
        "prices": plans.PRICES.values(),
        "supporters": cache.get_or_set("supporters", donations.supporters, FIGURE_SECONDS),
        "paypal": paypal,
        "patreon": patreon,
    }
    return render(request, "billing/support.html", context)
