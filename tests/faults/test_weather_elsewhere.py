"""Bad weather at Stripe, where pictures lie, and at readers' own services: everything is done, and money moves once."""

from pathlib import Path

import pytest
import stripe
from pytest_django import Settings

from billing.actions import outbox
from billing.entitlements import plan_for
from billing.models import OutboxCall, Payment, WebhookEvent
from tests.accounts.signing import a_person
from tests.billing.ground import Money
from tests.faults.harness import LONG, go_on
from tests.faults.weather import every_other_call
from tests.follows import a_reader
from tests.integrations.told import a_webhook
from tests.keeping import film, photo, saves, showing
from tests.sandbox.faults import Kind
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.thread_files import own_place
from tests.threads import a_thread
from unroller.actions import copies, library
from unroller.models import Delivery, Keeping

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sandbox")]
MEMBERS = 20 if LONG else 3
THREADS = 20 if LONG else 4
KINDS: list[Kind] = ["error", "close", "keep-and-close"]


@pytest.mark.parametrize("kind", KINDS)
def test_members_pay_and_are_paid_back_once_while_half_of_stripes_answers_fail(
    world: World, money: Money, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0.01)  # between tries of one call
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.01)
    users = [a_person(f"payer{number}@example.com") for number in range(MEMBERS)]
    for user in users:
        money.stripe.pay(money.begin(user))
    every_other_call(world, "stripe", kind)

    def is_settled() -> bool:
        for event in money.waiting():
            money.post(event)
        return not WebhookEvent.objects.filter(state="new").exists() and not outbox.due().exists()

    go_on(is_settled, ("billing.sweep",))
    for user in users:
        [payment] = Payment.objects.filter(account=money.account(user))
        assert plan_for(user).name == "premium"
        more = {"payment_intent": payment.payment_intent, "reason": "duplicate"}
        outbox.queue(OutboxCall.Action.REFUND, f"refund-{user.pk}", account=money.account(user), **more)
        outbox.queue(OutboxCall.Action.CANCEL_ALL, f"cancel-{user.pk}", account=money.account(user))
    go_on(is_settled, ("billing.sweep", "billing.outbox"))
    assert not WebhookEvent.objects.filter(state="failed").exists()
    assert {money.account(user).status for user in users} == {"canceled"}
    refunds = [one["payment_intent"] for one in money.stripe.store.all("refund")]
    assert sorted(refunds) == sorted(Payment.objects.values_list("payment_intent", flat=True))
    assert len(money.stripe.store.all("subscription")) == MEMBERS


@pytest.mark.parametrize("kind", ["error", "close"])
def test_copies_are_all_made_while_half_of_the_pictures_do_not_come(
    world: World, sandbox: Sandbox, settings: Settings, tmp_path: Path, kind: Kind
) -> None:
    settings.BILLING_ENABLED = True
    own_place(tmp_path, settings)
    alice = a_reader("alice", premium=True)
    every_other_call(world, "media", kind)
    for number in range(THREADS):
        media = (film(sandbox, seed=f"film{number}"), photo(sandbox, seed=str(number)))
        saves(alice, showing(*media, first=1 + number * 100))
    go_on(lambda: not Keeping.objects.filter(finished_at=None).exists(), ("unroller.sweep",))
    assert set(Keeping.objects.values_list("missing", flat=True)) == {0}
    assert copies.check() == (0, 0)


@pytest.mark.parametrize("kind", ["error", "close"])
def test_a_service_hears_all_news_once_while_it_fails_every_other_time(
    world: World, sandbox: Sandbox, kind: Kind
) -> None:
    alice = a_reader("alice", premium=True)
    a_webhook(alice, sandbox)
    every_other_call(world, "receiver", kind)
    for number in range(THREADS):
        library.save(alice, a_thread(2, first=1 + number * 100))
    news = [str(pk) for pk in Delivery.objects.filter(finished_at=None).values_list("pk", flat=True)]
    assert len(news) == THREADS
    go_on(lambda: not Delivery.objects.filter(finished_at=None).exists(), ("unroller.sweep",))
    assert not Delivery.objects.filter(pk__in=news, delivered=False).exists()
    assert {world.receiver.names().count(name) for name in news} == {1}
