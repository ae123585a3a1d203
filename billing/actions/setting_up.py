"""Bringing an account at Stripe to what this site needs; `manage.py stripe_setup` is the door."""

from collections.abc import Iterator

from django.conf import settings

from billing import keys, plans
from billing.gateway import catalog, setup
from billing.gateway.client import API_VERSION

WEBHOOK = "/billing/stripe/webhook"
"""The address of billing/views/webhook.py."""
PRODUCT_NAME = "Premium"
WORDS = {"made": "made", "changed": "brought up to date", "kept": "as it should be"}


def webhook_url() -> str:
    """Where Stripe sends events."""
    return f"{settings.SITE_URL}{WEBHOOK}"


def set_up(types: list[str]) -> Iterator[str]:
    """Do it, one sentence for each thing. `types`: the events that are wanted. Raises a StripeError.

    May be repeated at any time; the last sentence is the webhook's secret when there is a new one.
    """
    description = f"A membership of {settings.SITE_NAME}"
    yield f"Product {plans.PRODUCT}: {WORDS[setup.product(f'{settings.SITE_NAME} {PRODUCT_NAME}', description)]}"
    for price in plans.PRICES.values():
        done = setup.price(price, with_tax=settings.STRIPE_AUTOMATIC_TAX)
        yield f"Price {price.lookup_key} ({plans.dollars(price.cents)}): {WORDS[done]}"
    prices = [catalog.price_id(price) for price in plans.PRICES.values()]
    yield f"Customer Portal: {WORDS[setup.portal(price_ids=prices, back=f'{settings.SITE_URL}/account')]}"
    yield from _endpoint(types)


def remove_old_endpoints() -> Iterator[str]:
    """The end of an upgrade: webhooks of older versions stop. Raises a StripeError."""
    for endpoint_id in setup.old_endpoints(webhook_url()):
        setup.remove_endpoint(endpoint_id)
        yield f"Webhook endpoint {endpoint_id}: removed"


def _endpoint(types: list[str]) -> Iterator[str]:
    url = webhook_url()
    if keys.is_loopback(url) and not keys.is_loopback(settings.STRIPE_API_URL):
        yield f"Webhook endpoint: not made, since Stripe cannot reach {url} (docs/billing.md says how to try it)"
        return
    endpoint = setup.endpoint(url, types)
    yield f"Webhook endpoint {endpoint.id} ({url}, version {API_VERSION}): {WORDS[endpoint.done]}"
    for endpoint_id in setup.old_endpoints(url):
        yield (
            f"Webhook endpoint {endpoint_id} speaks another version: once the new secret is in the settings, "
            "run stripe_setup --remove-old-endpoints"
        )
    if endpoint.secret and endpoint.secret not in settings.STRIPE_WEBHOOK_SECRETS:
        yield f"Add this to STRIPE_WEBHOOK_SECRETS, it is shown this once: {endpoint.secret}"
    elif not settings.STRIPE_WEBHOOK_SECRETS:
        yield "STRIPE_WEBHOOK_SECRETS is empty: the endpoint's secret is in Stripe's Dashboard (Developers, Webhooks)"
