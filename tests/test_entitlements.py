"""What a person may do."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from billing.entitlements import members, plan_for
from billing.models import Grant

pytestmark = pytest.mark.django_db


def test_without_billing_everybody_has_everything(settings: Settings) -> None:
    settings.BILLING_ENABLED = False
    bob = User.objects.create_user("bob@example.com")
    assert plan_for(AnonymousUser()).name == plan_for(bob).name == "premium"
    assert list(members()) == [bob]


@pytest.mark.parametrize(
    ("starts", "ends", "plan"), [(-1, None, "premium"), (-1, 1, "premium"), (-2, -1, "free"), (1, None, "free")]
)
def test_with_billing_a_grant_gives_premium_while_it_runs(
    settings: Settings, starts: int, ends: int | None, plan: str
) -> None:
    settings.BILLING_ENABLED = True
    alice, bob = User.objects.create_user("alice@example.com"), User.objects.create_user("bob@example.com")
    now = timezone.now()
    Grant.objects.create(
        user=alice,
        reason="helped us",
        starts_at=now + timedelta(days=starts),
        ends_at=now + timedelta(days=ends) if ends else None,
    )
    assert plan_for(alice).name == plan
    assert list(members()) == ([alice] if plan == "premium" else [])
    assert plan_for(bob).name == plan_for(AnonymousUser()).name == "free"
