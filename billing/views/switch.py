"""From month to year, for what is shown first; from year to month, on Stripe's page."""

import logging
from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from billing import plans
from billing.actions import switching
from billing.forms import SwitchForm
from billing.gateway.errors import Away
from billing.membership import membership
from billing.models import Switch
from billing.views.guards import counted, person, see_other, selling, signed_in, too_often

logger = logging.getLogger(__name__)


@selling
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@counted
def switch(request: HttpRequest) -> HttpResponse:
    """`GET /premium/switch` shows what the other price means; `POST` (field `switch`: the offer that was shown) does.

    Whoever has the year is sent to Stripe's page by the POST. Without a membership both answer 303 to `/premium`. What
    it would cost is worked out so often an hour; what was shown a moment ago is shown again.
    """
    return _confirm(request) if request.method == "POST" else _show(request)


def _show(request: HttpRequest) -> HttpResponse:
    young = timezone.now() - switching.SHOWN_AGAIN
    offers = Switch.objects.filter(account__user=person(request), state=Switch.State.OFFERED)
    refusal = None if offers.filter(created_at__gt=young).exists() else too_often(request)
    if refusal is not None:
        return refusal
    offer = switching.offer(person(request))
    now = membership(person(request))
    if offer is None and not (now.price == plans.YEAR and now.state == "renews" and now.next_price is None):
        return see_other(reverse("account") if now.has_subscription else reverse("premium"))
    context = {"offer": offer, "membership": now, "month": plans.MONTH, "year": plans.YEAR}
    return render(request, "billing/switch.html", context)


def _confirm(request: HttpRequest) -> HttpResponse:
    form = SwitchForm(request.POST)
    if not form.is_valid():
        raise Http404("no such offer")
    wanted = form.cleaned_data["switch"]
    if wanted is None:
        address = switching.downgrade(person(request))
        if address is not None:
            return see_other(address)
    elif not Switch.objects.filter(id=wanted, account__user=person(request)).exists():
        raise Http404("no such offer")
    try:
        done = switching.confirm(person(request), wanted)
    except Away as error:
        logger.warning("a switch may be done or not: %s", error)
        return render(request, "billing/unsure.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
    if done is None:
        messages.info(request, "That offer is too old. Here is what it would cost now.")
        return see_other(reverse("premium-switch"))
    if done.state == Switch.State.DONE:
        messages.success(request, "You pay by the year from now on.")
        return see_other(reverse("account"))
    context = {"membership": membership(person(request)), "bill": switching.open_bill(person(request))}
    return render(request, "billing/switch_failed.html", context, status=HTTPStatus.PAYMENT_REQUIRED)
