"""The services that a member's library tells of what happens in it: connected, tried, switched on again, removed."""

from collections.abc import Callable
from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts import limits
from accounts.freshness import fresh_only
from accounts.models import User
from billing.entitlements import plan_for
from billing.guards import offer
from billing.plans import Feature
from unroller import access, services
from unroller.actions import integrations as actions
from unroller.actions.integrations import CannotConnect
from unroller.actions.refusals import Refused
from unroller.forms.integrations import ReadwiseForm, WebhookForm
from unroller.models import Integration
from unroller.views.people import person
from unroller.views.unroll import see_other

TOO_MANY = "That is a lot for one hour. Please try again a little later."
REMOVE = "remove"


@fresh_only
@require_http_methods(["GET", "HEAD", "POST"])
def integrations(request: HttpRequest) -> HttpResponse:
    """`GET /account/integrations`: the services; `POST` connects one (field `kind`; `token` or `address`).

    Connecting comes with premium. Whoever had premium once still sees and removes what they connected.
    """
    may_connect = plan_for(person(request)).allows(Feature.API)
    if request.method != "POST":
        if not may_connect and not Integration.objects.filter(user=person(request)).exists():
            return offer(request, Feature.API, back=reverse("account"))
        return _page(request)
    if not may_connect:
        return offer(request, Feature.API, back=reverse("integrations"))
    form = WebhookForm(request.POST) if request.POST.get("kind") == "webhook" else ReadwiseForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        _need_turn(person(request))
        return _connected(request, form)
    except Refused as error:
        form.add_error(None, error.sentence)
        return _page(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@fresh_only
@require_POST
def deed(request: HttpRequest, integration_id: int) -> HttpResponse:
    """`POST /account/integrations/<id>`: `do` is one of DEEDS, `secret`, or `remove`, which needs no premium."""
    row = access.integration(person(request), integration_id)
    do = request.POST.get("do", "")
    if do == REMOVE:
        actions.disconnect(row)
        messages.success(request, "It is removed, and is told nothing any more.")
        return see_other(reverse("integrations"))
    if not plan_for(person(request)).allows(Feature.API):
        return offer(request, Feature.API, back=reverse("integrations"))
    if do == "secret" and row.kind == Integration.Kind.WEBHOOK:
        return _page(request, made=actions.Made(row, actions.renew_secret(row)))
    wanted = DEEDS.get(do)
    if wanted is None:
        raise Http404("nothing of this kind can be done")
    return _done(request, lambda: wanted(row))


@fresh_only
@require_POST
def redeliver(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """`POST /account/integrations/deliveries/<id>`: once more."""
    delivery = access.delivery(person(request), delivery_id)
    if not plan_for(person(request)).allows(Feature.API):
        return offer(request, Feature.API, back=reverse("integrations"))

    def again() -> str:
        actions.redeliver(delivery)
        return "It will be sent again in a moment, under the same id."

    return _done(request, again)


def _done(request: HttpRequest, wanted: Callable[[], str]) -> HttpResponse:
    try:
        _need_turn(person(request))
        messages.success(request, wanted())
    except Refused as error:
        messages.error(request, error.sentence)
    return see_other(reverse("integrations"))


def _connected(request: HttpRequest, form: Form) -> HttpResponse:
    """Raises CannotConnect."""
    if isinstance(form, WebhookForm):
        made = actions.connect_webhook(person(request), form.cleaned_data["address"])
        return _page(request, made=made, status=HTTPStatus.CREATED)
    actions.connect_readwise(person(request), form.cleaned_data["token"])
    messages.success(request, "Readwise is connected. New highlights go there from now on.")
    return see_other(reverse("integrations"))


def _need_turn(user: User) -> None:
    """Count an order. Raises CannotConnect."""
    if not limits.spend(limits.INTEGRATIONS, str(user.pk)):
        raise CannotConnect(TOO_MANY)


def _ping(row: Integration) -> str:
    actions.ping(row)
    return "A test is on its way. Load this page again in a moment to see the answer."


def _send_all(row: Integration) -> str:
    if row.kind != Integration.Kind.READWISE:
        raise CannotConnect("Only Readwise takes all highlights at once.")
    count = actions.send_all(row)
    if not count:
        return "There is nothing to send: every highlight is on its way, or you have none."
    return f"{count:,} highlight{'' if count == 1 else 's'} will be sent. X allows 500 of its posts a day."


def _resume(row: Integration) -> str:
    actions.resume(row)
    return "It is told again from now on."


DEEDS: dict[str, Callable[[Integration], str]] = {"ping": _ping, "all": _send_all, "resume": _resume}


def _page(
    request: HttpRequest,
    form: Form | None = None,
    *,
    made: actions.Made | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    found = services.of(person(request))
    context = {
        "services": found,
        "has_readwise": any(each.integration.kind == Integration.Kind.READWISE for each in found),
        "made": made,
        "may_connect": plan_for(person(request)).allows(Feature.API),
        "readwise_form": form if isinstance(form, ReadwiseForm) else ReadwiseForm(),
        "webhook_form": form if isinstance(form, WebhookForm) else WebhookForm(),
    }
    return render(request, "account/integrations.html", context, status=status)
