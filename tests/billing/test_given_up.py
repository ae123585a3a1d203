"""Events that were given up are done over again each night, as long as Stripe would still know them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from billing import handlers, inbox
from billing.actions import looks
from billing.models import Payment, WebhookEvent
from tests.billing.ground import Money
from tests.billing.nights import look
from tests.billing.webhooks import row_of
from tests.sandbox.wire import Json

State = WebhookEvent.State

pytestmark = pytest.mark.django_db


@pytest.fixture
def refunded(money: Money, alice: User, monkeypatch: pytest.MonkeyPatch) -> Json:
    """A refund whose event failed ten times by a mistake that is mended now."""
    money.subscribe(alice)
    money.stripe.refund(Payment.objects.get().charge_id)
    event: Json = money.waiting("charge.refunded")[-1]
    with monkeypatch.context() as broken:
        broken.setattr(handlers, "HANDLERS", dict.fromkeys(handlers.HANDLERS, lambda _: 1 / 0))
        money.post(event)
        WebhookEvent.objects.filter(event_id=event["id"]).update(attempts=9)
        inbox.process(event["id"])
    assert row_of(event).state == State.FAILED
    return event


def test_the_night_does_them_over_again(refunded: Json) -> None:
    row = look()
    assert f"Event {refunded['id']} (charge.refunded) had failed." in row.report
    inbox.process(refunded["id"])
    assert row_of(refunded).state == State.DONE
    assert Payment.objects.get().amount_refunded == 300


def test_all_of_them_however_many(refunded: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "ROWS_A_PAGE", 1)
    WebhookEvent.objects.update(state=State.FAILED)
    count = WebhookEvent.objects.count()
    assert sum("had failed" in sentence for sentence in look().report) == count > 1
    assert not WebhookEvent.objects.filter(state=State.FAILED).exists()


def test_a_dry_run_only_says_so(refunded: Json) -> None:
    assert "had failed" in " ".join(look(fixes=False).report)
    assert row_of(refunded).state == State.FAILED


def test_what_is_older_than_thirty_days_is_left(refunded: Json) -> None:
    WebhookEvent.objects.update(stripe_created=timezone.now() - timedelta(days=31))
    assert "had failed" not in " ".join(look().report)
    assert row_of(refunded).state == State.FAILED
