"""Misconfiguration that costs money, said at start-up by id, with a hint."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register  # noqa: A004  (Django's own word)
from django.db import DatabaseError, transaction

from billing import keys, links
from billing.gateway import setup
from billing.gateway.errors import StripeError
from billing.models import BillingAccount
from billing.standing import ENDED

SIGNED = "whsec_"


@register
def key_fits_its_host(**_: Any) -> list[CheckMessage]:
    """The settings refuse to load with such a pair; this is for those that are changed later."""
    refusal = keys.refusal(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_URL)
    if not refusal:
        return []
    return [Error(f"{refusal}.", hint="A key must never reach another server than Stripe's.", id="billing.E001")]


@register
def what_is_sold_can_be_paid(**_: Any) -> list[CheckMessage]:
    """Prices on the pages, and no way to pay them."""
    if not settings.BILLING_ENABLED or settings.STRIPE_SECRET_KEY:
        return []
    return [
        Error(
            "BILLING_ENABLED is true, and STRIPE_SECRET_KEY is not set: nobody can pay.",
            hint="Set the key, or BILLING_ENABLED=false: then everybody has everything.",
            id="billing.E002",
        )
    ]


@register
def webhooks_can_be_proved(**_: Any) -> list[CheckMessage]:
    """Without its secret every webhook is refused. A warning: the secret is only known once stripe_setup has run."""
    if not (settings.BILLING_ENABLED and settings.STRIPE_SECRET_KEY):
        return []
    if not settings.STRIPE_WEBHOOK_SECRETS:
        return [
            Warning(
                "STRIPE_WEBHOOK_SECRETS is empty: what Stripe tells is refused.",
                hint="`manage.py stripe_setup` shows the secret when it makes the webhook endpoint.",
                id="billing.W001",
            )
        ]
    if not all(secret.startswith(SIGNED) for secret in settings.STRIPE_WEBHOOK_SECRETS):
        return [
            Warning(
                f"A secret in STRIPE_WEBHOOK_SECRETS does not begin with {SIGNED}.",
                hint="It is the signing secret of the webhook endpoint, not a key.",
                id="billing.W002",
            )
        ]
    return []


@register
def nobody_pays_for_nothing(**_: Any) -> list[CheckMessage]:
    """Without billing whoever pays has nothing of it, and no page here where they could end it."""
    if settings.BILLING_ENABLED or not settings.STRIPE_SECRET_KEY:
        return []
    living = _living_memberships()
    if not living:
        return []
    return [
        Warning(
            f"BILLING_ENABLED is false, and {living} membership{' is' if living == 1 else 's are'} charged still.",
            hint="Cancel them at Stripe, or set BILLING_ENABLED=true: members cannot cancel here now.",
            id="billing.W005",
        )
    ]


def _living_memberships() -> int:
    """None where there is no database yet, or none now: `manage.py migrate` is checked, too."""
    try:
        with transaction.atomic():
            return BillingAccount.objects.exclude(status__in=ENDED | {""}).count()
    except DatabaseError:
        return 0


@register
def links_lead_where_they_say(**_: Any) -> list[CheckMessage]:
    """Links to PayPal and Patreon are hidden when they lead elsewhere."""
    return [
        Warning(f"{refusal}.", hint="docs/billing.md says what it must look like.", id="billing.W003")
        for refusal in links.refusals()
    ]


@register(deploy=True)
def live_money_needs_https(**_: Any) -> list[CheckMessage]:
    """Stripe sends live webhooks, and people back from paying, to https only."""
    if not keys.is_live(settings.STRIPE_SECRET_KEY) or settings.SITE_URL.startswith("https://"):
        return []
    return [
        Error(
            "STRIPE_SECRET_KEY is a live key, and SITE_URL is not https.",
            hint="Stripe sends webhooks to SITE_URL.",
            id="billing.E003",
        )
    ]


@register(deploy=True)
def prices_are_those_of_the_pages(**_: Any) -> list[CheckMessage]:
    """What Stripe would charge is what the pricing page says. Asks Stripe, so only with `check --deploy`."""
    if not (settings.BILLING_ENABLED and settings.STRIPE_SECRET_KEY):
        return []
    try:
        wrong = setup.wrong_prices()
    except StripeError as error:
        return [Warning(f"Stripe did not tell its prices: {error}", hint="Try again later.", id="billing.W004")]
    return [Error(f"Price {sentence}.", hint="Run `manage.py stripe_setup`.", id="billing.E004") for sentence in wrong]
