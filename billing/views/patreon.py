"""A person's connection to Patreon: the page of it, the way there and back, and what Patreon posts to us."""

import logging
import secrets
import time
from http import HTTPStatus
from urllib.parse import urlsplit

from csp.decorators import csp_update
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from billing import links
from billing.actions import patrons
from billing.entitlements import plan_for
from billing.patreon import api, webhooks
from billing.patreon.client import is_set_up
from billing.patreon.errors import Forged
from billing.patreon.membership import Worth
from billing.plans import dollars
from billing.views.guards import counted, person, see_other

logger = logging.getLogger(__name__)

ASKED = "patreon-asked"
"""The session's name for what it sent to Patreon, and when."""
PATIENCE = 15 * 60
"""Seconds in which a person has to come back."""
LONGEST = 1_000
"""Characters of a code."""
REFUSED = "Nothing was connected: Patreon was not allowed to say who you are."


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@counted
def connect(request: HttpRequest) -> HttpResponseBase:
    """`GET /patreon` says how it stands; `POST` answers 303 to Patreon's page that asks the person."""
    if not is_set_up():
        raise Http404("Patreon is not set up")
    if request.method != "POST":
        # Browsers hold the redirect that answers a form against `form-action`, too.
        host = "{0.scheme}://{0.netloc}".format(urlsplit(settings.PATREON_AUTHORIZE_URL))
        return csp_update({"form-action": [host]})(_page)(request)
    state = secrets.token_urlsafe()
    request.session[ASKED] = {"state": state, "at": time.time()}
    return see_other(api.authorize_address(state, callback=_callback()))


@never_cache
@login_required
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """`GET /patreon/callback`: back from Patreon, with a code or without. Answers 303 to the page."""
    if not is_set_up():
        raise Http404("Patreon is not set up")
    asked = request.session.pop(ASKED, None) or {"state": "", "at": 0}
    code, state = request.GET.get("code", ""), request.GET.get("state", "")
    is_ours = bool(state) and secrets.compare_digest(state.encode(), asked["state"].encode())
    if not is_ours or time.time() - asked["at"] > PATIENCE or len(code) > LONGEST:
        messages.error(request, patrons.LATE)
    elif not code:
        messages.info(request, REFUSED)
    else:
        _finish(request, code)
    return see_other(reverse("patreon-connect"))


@never_cache
@login_required
@require_POST
def disconnect(request: HttpRequest) -> HttpResponse:
    """`POST /patreon/disconnect`: also where Patreon is set up no more."""
    if patrons.disconnect(person(request)):
        messages.success(request, "Disconnected. We forgot who you are on Patreon.")
    return see_other(reverse("patreon-connect") if is_set_up() else "/account")


@csrf_exempt
@never_cache
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """`POST /billing/patreon/webhook`: a signature instead of a token. 200 for whatever Patreon signed, else 400."""
    if not settings.PATREON_WEBHOOK_SECRET or not is_set_up():
        raise Http404("Patreon is not set up")
    signature, event = (request.headers.get(name, "") for name in ("X-Patreon-Signature", "X-Patreon-Event"))
    try:
        hint = webhooks.hint(request.body, signature=signature, event=event)
    except Forged as error:
        logger.warning("patreon: %s", error)
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    if hint is not None:
        patrons.mark(hint)
    return HttpResponse(status=HTTPStatus.OK)


def _page(request: HttpRequest) -> HttpResponse:
    user = person(request)
    context = {
        "patron": patrons.of(user),
        "plan": plan_for(user),
        "least": dollars(settings.PATREON_LEAST_CENTS),
        "address": links.patreon(),
    }
    return render(request, "billing/patreon.html", context)


def _finish(request: HttpRequest, code: str) -> None:
    try:
        value = patrons.connect(person(request), code, callback=_callback())
    except patrons.NotConnected as error:
        messages.error(request, error.sentence)
        return
    least = dollars(settings.PATREON_LEAST_CENTS)
    sentence = {
        Worth.PREMIUM: "Connected. You have premium for as long as you support us on Patreon. Thank you!",
        Worth.UNDECIDED: "Connected. Patreon is still working on your payment: premium begins once it went through.",
        Worth.NOTHING: f"Connected. Premium begins once you support us on Patreon with {least} a month or more.",
    }[value]
    messages.success(request, sentence)


def _callback() -> str:
    """The address that is registered at Patreon, letter by letter: it does not depend on how we were reached."""
    return f"{settings.SITE_URL}{reverse('patreon-callback')}"
