"""What donations and gifts have in common: the way to Stripe's page, and who may see what became of it."""

import logging
from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from accounts import limits
from accounts.models import User
from billing.actions import checkout, once
from billing.forms import ReturnForm
from billing.gateway.errors import StripeError
from billing.models import CheckoutIntent, Kind
from billing.views.guards import see_other

logger = logging.getLogger(__name__)

BOUGHT = "bought"
"""In the browser's session: ids of the newest sessions at Stripe that were begun here."""
MOST = 10
WAITED_FOR = timedelta(minutes=10)
"""After it a page asks for nothing by itself any more: what takes longer takes days, and a mail comes then."""


def go(request: HttpRequest, kind: Kind, cents: int, name: str, *, done: str, back: str) -> HttpResponse:
    """303 to Stripe's page. Nobody need be signed in; the browser keeps that it was the one. Raises StripeError."""
    user = request.user if isinstance(request.user, User) else None
    intent = once.begin(kind, cents, name, user=user, done=done, back=back)
    request.session[BOUGHT] = [*request.session.get(BOUGHT, []), intent.session_id][-MOST:]
    return see_other(intent.url)


def came_back(request: HttpRequest, kind: Kind) -> CheckoutIntent:
    """What `?session_id=` began, as Stripe says it stands now. Raises Http404 for what is nothing of ours.

    Stripe is asked until it is paid, and so often an hour: its event tells us, too.
    """
    form = ReturnForm(request.GET)
    session_id = form.cleaned_data["session_id"] if form.is_valid() else ""
    intent = CheckoutIntent.objects.filter(session_id=session_id, kind=kind).first() if session_id else None
    if intent is None:
        raise Http404("no such session")
    if intent.state == CheckoutIntent.State.COMPLETE or not limits.spend(limits.CHECKOUTS, f"session {session_id}"):
        return intent
    try:
        return checkout.settle(session_id) or intent
    except StripeError as error:
        # Never said to be nothing charged: that is not known.
        logger.warning("what became of a checkout is not known yet: %s", error)
        return intent


def is_waited_for(intent: CheckoutIntent) -> bool:
    """Whether its page looks again by itself: the money may be there in a moment."""
    return intent.state == CheckoutIntent.State.OPEN and intent.created_at > timezone.now() - WAITED_FOR


def is_own(request: HttpRequest, intent: CheckoutIntent) -> bool:
    """Whether this browser, or who is signed in, began it: a page's address may have been passed on."""
    if intent.session_id in request.session.get(BOUGHT, []):
        return True
    user = request.user
    return user.is_authenticated and intent.account is not None and intent.account.user_id == user.pk
