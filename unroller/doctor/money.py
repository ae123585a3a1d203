"""Stripe and Patreon: keys accepted, what is sold is there, events come back to us."""

from collections.abc import Iterator

from django.conf import settings

from billing import keys, plans
from billing.actions import setting_up
from billing.gateway import setup
from billing.gateway.errors import Denied, StripeError
from billing.patreon import api as patreon_api
from billing.patreon import client as patreon_client
from billing.patreon.errors import PatreonError

from .finding import Finding, broken, in_words, off, ok

_SET_UP = "Run `manage.py stripe_setup`."


def stripe() -> Iterator[Finding]:
    """The key, the prices, the webhook endpoint and its secret."""
    if not settings.STRIPE_SECRET_KEY:
        yield off("Stripe", "STRIPE_SECRET_KEY is not set: nothing is sold")
        return
    try:
        wrong = setup.wrong_prices()
        yield ok(
            "Stripe", f"accepts our key ({'a live one' if '_live_' in settings.STRIPE_SECRET_KEY else 'for tests'})"
        )
        if wrong:
            yield broken("prices at Stripe", "; ".join(wrong), _SET_UP)
        else:
            yield ok("prices at Stripe", f"{len(plans.PRICES)}, as the pricing page says")
        yield _endpoint()
    except StripeError as error:
        refused = isinstance(error, Denied)
        mend = "Set STRIPE_SECRET_KEY anew, with the rights of docs/billing.md." if refused else "Try again later."
        yield broken("Stripe", in_words(error), mend)


def patreon() -> Iterator[Finding]:
    """The creator's token, by asking for one page of members."""
    if not patreon_client.is_set_up():
        yield off("Patreon", "its keys are not all set, or nothing is sold")
        return
    try:
        next(iter(patreon_api.members()), None)
    except PatreonError as error:
        yield broken("Patreon", in_words(error), "Set PATREON_CREATOR_TOKEN anew (docs/billing.md).")
        return
    yield ok("Patreon", "accepts our token")


def _endpoint() -> Finding:
    url = setting_up.webhook_url()
    if keys.is_loopback(url) and not keys.is_loopback(settings.STRIPE_API_URL):
        return off("webhook of Stripe", f"Stripe cannot reach {url}")
    state = setup.endpoint_state(url)
    if state != "enabled":
        return broken("webhook of Stripe", f"the endpoint {url} is {state or 'not registered'}", _SET_UP)
    if not settings.STRIPE_WEBHOOK_SECRETS:
        mend = "Set STRIPE_WEBHOOK_SECRETS to what Stripe's Dashboard shows (Developers, Webhooks)."
        return broken("webhook of Stripe", "STRIPE_WEBHOOK_SECRETS is empty: every event is refused", mend)
    return ok("webhook of Stripe", f"registered at {url}, and its secret is set")


LOOKS = (stripe, patreon)
