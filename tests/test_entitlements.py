"""What a person may do."""

from django.contrib.auth.models import AnonymousUser
from pytest_django import Settings

from billing.entitlements import plan_for


def test_without_billing_everybody_has_everything(settings: Settings) -> None:
    settings.BILLING_ENABLED = False
    assert plan_for(AnonymousUser()).name == "premium"


def test_with_billing_nobody_has_paid_yet(settings: Settings) -> None:
    settings.BILLING_ENABLED = True
    assert plan_for(AnonymousUser()).name == "free"
