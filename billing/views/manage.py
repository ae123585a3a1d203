"""Managing a membership: to Stripe's portal, and staying after all."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from billing.actions import managing
from billing.forms import PortalForm
from billing.views.guards import counted, person, see_other, selling, signed_in


@selling
@require_POST
@signed_in
@counted
def manage(request: HttpRequest) -> HttpResponse:
    """`POST /premium/manage` (field `flow`: `cancel`, `card`, or nothing) answers 303 to the portal.

    Its address lets anybody in who has it: it is in no page, no cache and no log. Without a customer: `/premium`.
    """
    form = PortalForm(request.POST)
    try:
        return see_other(managing.portal(person(request), form.cleaned_data["flow"] if form.is_valid() else ""))
    except managing.NothingToManage:
        return see_other(reverse("premium"))


@selling
@require_POST
@signed_in
@counted
def resume(request: HttpRequest) -> HttpResponse:
    """`POST /premium/resume`: what was to end or change goes on as it is."""
    if managing.resume(person(request)):
        messages.success(request, "Your membership goes on as before.")
    else:
        messages.info(request, "There was nothing to take back.")
    return see_other(reverse("account"))
