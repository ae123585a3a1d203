"""What donations and gifts have in common: the way to Stripe's page, and who may see what became of it."""

from django.http import Http404, HttpRequest, HttpResponse

from accounts.models import User
from billing.actions import checkout, once
from billing.forms import ReturnForm
from billing.gateway.errors import Away
from billing.models import CheckoutIntent, Kind
from billing.views.guards import see_other

BOUGHT = "bought"
"""In the browser's session: ids of the newest sessions at Stripe that were begun here."""
MOST = 10


def go(request: HttpRequest, kind: Kind, cents: int, name: str, *, done: str, back: str) -> HttpResponse:
    """303 to Stripe's page. Nobody need be signed in; the browser keeps that it was the one. Raises StripeError."""
    user = request.user if isinstance(request.user, User) else None
    intent = once.begin(kind, cents, name, user=user, done=done, back=back)
    request.session[BOUGHT] = [*request.session.get(BOUGHT, []), intent.session_id][-MOST:]
    return see_other(intent.url)


def came_back(request: HttpRequest, kind: Kind) -> CheckoutIntent:
    """What `?session_id=` began, as Stripe says it stands now. Raises Http404 for what is nothing of ours."""
    form = ReturnForm(request.GET)
    session_id = form.cleaned_data["session_id"] if form.is_valid() else ""
    intent = CheckoutIntent.objects.filter(session_id=session_id, kind=kind).first() if session_id else None
    if intent is None:
        raise Http404("no such session")
    try:
        return checkout.settle(session_id) or intent
    except Away:
        # Stripe tells us by an event, too.
        return intent


def is_own(request: HttpRequest, intent: CheckoutIntent) -> bool:
    """Whether this browser, or who is signed in, began it: a page's address may have been passed on."""
    if intent.session_id in request.session.get(BOUGHT, []):
        return True
    user = request.user
    return user.is_authenticated and intent.account is not None and intent.account.user_id == user.pk
