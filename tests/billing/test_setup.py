"""`manage.py stripe_setup` and `manage.py billing_smoke`: an empty account at Stripe becomes ours, however often."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from billing import handlers, plans
from billing.actions import setting_up, smoke
from billing.gateway import setup
from billing.gateway.client import API_VERSION, client
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.server import Sandbox
from tests.sandbox.stripe.state import Stripe
from tests.sandbox.wire import Json


@pytest.fixture
def stripe(sandbox: Sandbox, settings: Settings) -> Stripe:
    """An account at the pretended Stripe in which nothing was done yet."""
    stripe = sandbox.world.stripe
    stripe.deliveries.paused = True
    settings.STRIPE_SECRET_KEY = stripe.secret_key
    settings.STRIPE_WEBHOOK_SECRETS = (stripe.webhook_secret,)
    settings.STRIPE_API_URL = sandbox.urls()["stripe"]
    settings.BILLING_ENABLED = True
    return stripe


def stripe_setup(*arguments: str) -> str:
    said = io.StringIO()
    call_command("stripe_setup", *arguments, stdout=said)
    return said.getvalue()


def test_an_empty_account_gets_all_that_is_needed(stripe: Stripe) -> None:
    said = stripe_setup()
    assert stripe.store.get("product", plans.PRODUCT)["active"]
    prices = {price["lookup_key"]: price for price in stripe.store.all("price")}
    assert {key: price["unit_amount"] for key, price in prices.items()} == {
        "unroller_premium_month": 300,
        "unroller_premium_year": 3000,
    }
    assert [prices[f"unroller_premium_{key}"]["recurring"]["interval"] for key in ("month", "year")] == [
        "month",
        "year",
    ]
    (endpoint,) = stripe.store.all("webhook_endpoint")
    assert endpoint["url"] == "http://localhost:8000/billing/stripe/webhook"
    assert set(endpoint["enabled_events"]) == set(handlers.HANDLERS)
    assert "whsec_" not in said, "the secret is in the settings already"
    assert setup.wrong_prices() == []


def test_a_second_time_makes_nothing_twice(stripe: Stripe) -> None:
    stripe_setup()
    kinds = ("product", "price", "billing_portal.configuration", "webhook_endpoint")
    before = {kind: [each["id"] for each in stripe.store.all(kind)] for kind in kinds}
    said = stripe_setup()
    assert {kind: [each["id"] for each in stripe.store.all(kind)] for kind in kinds} == before
    assert "made" not in said
    assert "brought up to date" not in said


def test_the_version_is_pinned_in_the_same_words_everywhere(stripe: Stripe) -> None:
    stripe_setup()
    (endpoint,) = stripe.store.all("webhook_endpoint")
    assert endpoint["api_version"] == API_VERSION == Stripe.API_VERSION


def test_the_portal_cancels_at_the_end_and_cannot_change_the_address(stripe: Stripe) -> None:
    stripe_setup()
    (portal,) = stripe.store.all("billing_portal.configuration")
    features = portal["features"]
    assert "email" not in features["customer_update"]["allowed_updates"]
    assert features["subscription_cancel"]["mode"] == "at_period_end"
    assert features["subscription_update"]["proration_behavior"] == "always_invoice"
    conditions = features["subscription_update"]["schedule_at_period_end"]["conditions"]
    assert [each["type"] for each in conditions] == ["shortening_interval"]
    prices = {price["id"] for price in stripe.store.all("price")}
    assert set(features["subscription_update"]["products"][0]["prices"]) == prices


def test_a_new_secret_is_shown_once(stripe: Stripe, settings: Settings) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = ()
    assert stripe.webhook_secret in stripe_setup()
    again = stripe_setup()
    assert stripe.webhook_secret not in again
    assert "STRIPE_WEBHOOK_SECRETS is empty" in again


def test_another_amount_becomes_another_price_under_the_same_key(stripe: Stripe) -> None:
    stripe_setup()
    (old,) = [price for price in stripe.store.all("price") if price["lookup_key"] == "unroller_premium_month"]
    stripe.change("price", old["id"], unit_amount=250)
    assert setup.wrong_prices() == [
        "unroller_premium_month is 250 usd in the smallest unit at Stripe, not 300 usd",
    ]
    assert "Price unroller_premium_month ($3.00): brought up to date" in stripe_setup()
    assert setup.wrong_prices() == []
    old = stripe.store.get("price", old["id"])
    assert (old["active"], old["lookup_key"]) == (False, None)


def of_key(stripe: Stripe, key: str) -> Json:
    """The price that has a lookup key."""
    (found,) = [price for price in stripe.store.all("price") if price["lookup_key"] == key]
    return found


def test_a_price_that_was_archived_is_made_again(stripe: Stripe) -> None:
    stripe_setup()
    old = of_key(stripe, "unroller_premium_month")
    client().v1.prices.update(old["id"], params={"active": False})
    assert "Price unroller_premium_month ($3.00): made" in stripe_setup()
    assert setup.wrong_prices() == []
    assert of_key(stripe, "unroller_premium_month")["id"] != old["id"]


def test_a_death_before_the_old_price_was_archived_is_mended_the_next_time(stripe: Stripe, sandbox: Sandbox) -> None:
    stripe_setup()
    old = of_key(stripe, "unroller_premium_month")
    stripe.change("price", old["id"], unit_amount=250)
    sandbox.world.faults.add("stripe", "error", status=400, path=f"prices/{old['id']}", times=FOR_EVER)
    with pytest.raises(CommandError):
        stripe_setup()
    sandbox.world.faults.clear()
    assert stripe.store.get("price", old["id"])["active"]
    assert "Price unroller_premium_month ($3.00): brought up to date" in stripe_setup()
    active = {price["lookup_key"] for price in stripe.store.all("price") if price["active"]}
    assert active == {"unroller_premium_month", "unroller_premium_year"}


def test_a_price_of_another_product_is_left_alone(stripe: Stripe) -> None:
    cheese = client().v1.products.create(params={"name": "Cheese"})
    other: Any = {"product": cheese.id, "currency": "usd", "unit_amount": 900, "recurring": {"interval": "month"}}
    made = client().v1.prices.create(params=other)
    stripe_setup()
    assert stripe.store.get("price", made.id)["active"]


def test_what_was_switched_off_at_stripe_is_switched_on_again(stripe: Stripe) -> None:
    stripe_setup()
    (endpoint,) = stripe.store.all("webhook_endpoint")
    client().v1.webhook_endpoints.update(endpoint["id"], params={"disabled": True, "enabled_events": ["invoice.paid"]})
    client().v1.products.update(plans.PRODUCT, params={"active": False})
    said = stripe_setup()
    assert said.count("brought up to date") == 2
    (endpoint,) = stripe.store.all("webhook_endpoint")
    assert endpoint["status"] == "enabled"
    assert set(endpoint["enabled_events"]) == set(handlers.HANDLERS)


def test_an_upgrade_has_both_endpoints_until_the_old_one_is_removed(stripe: Stripe) -> None:
    stripe_setup()
    (old,) = stripe.store.all("webhook_endpoint")
    stripe.change("webhook_endpoint", old["id"], api_version="2025-03-31.basil")
    said = stripe_setup()
    assert f"{old['id']} speaks another version" in said
    assert "whsec_" in said, "the new endpoint has a secret of its own"
    assert len(stripe.store.all("webhook_endpoint")) == 2
    assert f"{old['id']}: removed" in stripe_setup("--remove-old-endpoints")
    (left,) = stripe.store.all("webhook_endpoint")
    assert left["api_version"] == API_VERSION


def test_endpoints_of_other_sites_are_left_alone(stripe: Stripe) -> None:
    other = client().v1.webhook_endpoints.create(
        params={"url": "https://other.example/hook", "enabled_events": ["*"], "api_version": "2025-03-31.basil"}
    )
    stripe_setup("--remove-old-endpoints")
    assert other.id in {each["id"] for each in stripe.store.all("webhook_endpoint")}


def test_stripe_is_not_told_an_address_that_it_cannot_reach(settings: Settings) -> None:
    settings.STRIPE_API_URL = "https://api.stripe.com"
    settings.SITE_URL = "http://localhost:8000"
    (sentence,) = setting_up._endpoint(["invoice.paid"])
    assert "not made" in sentence


def test_prices_carry_their_tax_where_tax_is_on(stripe: Stripe, settings: Settings) -> None:
    stripe_setup()
    settings.STRIPE_AUTOMATIC_TAX = True
    stripe_setup()
    assert {price["tax_behavior"] for price in stripe.store.all("price")} == {"inclusive"}


@pytest.mark.parametrize("command", ["stripe_setup", "billing_smoke", "billing_reconcile"])
def test_without_a_key_the_commands_say_so(command: str, settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(CommandError, match="STRIPE_SECRET_KEY is not set"):
        call_command(command)


def test_stripe_away_is_one_sentence(stripe: Stripe, sandbox: Sandbox) -> None:
    sandbox.world.faults.add("stripe", "error", status=401)
    with pytest.raises(CommandError):
        stripe_setup()


def test_the_smoke_walk_passes_and_leaves_nothing(stripe: Stripe) -> None:
    stripe_setup()
    said = io.StringIO()
    call_command("billing_smoke", stdout=said)
    assert "failed" not in said.getvalue()
    assert len(said.getvalue().splitlines()) == len(smoke.STEPS)
    assert all(customer.get("deleted") for customer in stripe.store.all("customer"))


@pytest.mark.parametrize(
    "path",
    ["events", "disputes", "subscription_schedules", "subscription_items", "radar/early_fraud_warnings", "charges"],
)
def test_the_smoke_walk_finds_a_right_that_the_key_lacks(stripe: Stripe, sandbox: Sandbox, path: str) -> None:
    stripe_setup()
    sandbox.world.faults.add("stripe", "error", path=f"^/v1/{path}$", status=403)
    said = io.StringIO()
    with pytest.raises(CommandError):
        call_command("billing_smoke", stdout=said)
    assert "everything else can be read: Denied" in said.getvalue()
    assert all(customer.get("deleted") for customer in stripe.store.all("customer"))


def test_the_smoke_walk_says_what_is_wrong(stripe: Stripe) -> None:
    said = io.StringIO()
    with pytest.raises(CommandError):
        call_command("billing_smoke", stdout=said)
    assert "unroller_premium_year is not there" in said.getvalue()


def test_the_smoke_walk_moves_no_real_money(settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY = "sk_live_x"
    with pytest.raises(CommandError, match="live key"):
        call_command("billing_smoke")
