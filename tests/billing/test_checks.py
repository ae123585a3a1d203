"""`manage.py check` about money: what would lose money or leak a key is said by id."""

import pytest
from django.core.checks import CheckMessage, run_checks
from django.db import connection
from pytest_django import Settings

from accounts.models import User
from billing.models import Alert
from tests.billing.ground import Money
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.server import Sandbox

pytestmark = pytest.mark.django_db


def found(*, deploy: bool = False) -> dict[str | None, CheckMessage]:
    """Messages about money, by id."""
    messages = run_checks(include_deployment_checks=deploy)
    return {each.id: each for each in messages if each.id and each.id.startswith("billing.")}


def test_a_site_without_stripe_has_nothing_to_mend() -> None:
    assert found(deploy=True) == {}


def test_a_site_that_is_set_up_has_nothing_to_mend(money: Money) -> None:
    assert found(deploy=True) == {}


def test_a_live_key_with_another_host_is_an_error(settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_URL = "sk_live_0123456789", "https://stripe.example"
    message = found()["billing.E001"]
    assert "sk_live" not in str(message)


def test_prices_without_a_key_are_an_error(settings: Settings) -> None:
    settings.BILLING_ENABLED = True
    assert set(found()) == {"billing.E002"}


def test_a_missing_webhook_secret_is_said(money: Money, settings: Settings) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = ()
    assert set(found()) == {"billing.W001"}


def test_a_secret_that_is_none_is_said(money: Money, settings: Settings) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = ("sk_test_0123456789",)
    assert "sk_test" not in str(found()["billing.W002"])


def test_a_link_that_leads_elsewhere_is_said(settings: Settings) -> None:
    settings.PAYPAL_DONATE_URL = "https://paypal.example/me"
    assert set(found()) == {"billing.W003"}


def test_live_money_needs_https(settings: Settings) -> None:
    settings.STRIPE_SECRET_KEY, settings.STRIPE_API_URL = "sk_live_0123456789", "https://api.stripe.com"
    assert "billing.E003" in found(deploy=True)
    settings.SITE_URL = "https://unroller.example"
    assert "billing.E003" not in found(deploy=True)


def test_a_price_that_is_another_at_stripe_is_an_error_of_deployment(money: Money) -> None:
    money.stripe.change("price", money.prices["year"], unit_amount=4000)
    money.stripe.change("price", money.prices["month"], active=False)
    messages = [each for each in run_checks(include_deployment_checks=True) if each.id == "billing.E004"]
    assert sorted(str(each.msg) for each in messages) == [
        "Price unroller_premium_month is not there.",
        "Price unroller_premium_year is 4000 usd in the smallest unit at Stripe, not 3000 usd.",
    ]
    assert "billing.E004" not in found()


def test_stripe_away_is_a_warning(money: Money, sandbox: Sandbox) -> None:
    sandbox.world.faults.add("stripe", "error", status=500, times=FOR_EVER)
    assert set(found(deploy=True)) == {"billing.W004"}


def test_members_who_go_on_paying_a_site_that_sells_nothing_are_said(
    money: Money, alice: User, bob: User, settings: Settings
) -> None:
    money.subscribe(alice)
    settings.BILLING_ENABLED = False
    assert "1 membership is" in str(found()["billing.W005"].msg)
    money.subscribe(bob)
    assert "2 memberships are" in str(found()["billing.W005"].msg)


def test_memberships_that_ended_need_no_billing(money: Money, alice: User, bob: User, settings: Settings) -> None:
    money.stripe.cancel(money.subscribe(alice).subscription_id)
    money.a_customer(bob)
    money.rest()
    settings.BILLING_ENABLED = False
    assert found() == {}


@pytest.mark.django_db(transaction=True)
def test_a_database_without_tables_can_be_checked(money: Money, settings: Settings) -> None:
    settings.BILLING_ENABLED = False
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE billing_billingaccount RENAME TO elsewhere")
    try:
        assert found() == {}
        assert not Alert.objects.exists(), "the connection is of use still"
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO billing_billingaccount")
