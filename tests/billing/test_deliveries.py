"""The whole way without a hand in it: Stripe posts over HTTP, the site keeps, a worker looks again."""

from itertools import pairwise

import pytest
from pytest_django.live_server_helper import LiveServer

from accounts.models import Letter, User
from billing.entitlements import plan_for
from billing.gateway import setup
from billing.handlers import HANDLERS
from billing.models import CheckoutIntent, Payment, WebhookEvent
from tests.billing.ground import WEBHOOK, Money
from tests.processes import Worker, until

State = WebhookEvent.State

pytestmark = pytest.mark.django_db(transaction=True)


def listen(money: Money, live_server: LiveServer) -> None:
    """The endpoint as `manage.py stripe_setup` makes it; from now on webhooks travel by themselves."""
    setup.endpoint(f"{live_server.url}{WEBHOOK}", sorted(HANDLERS))
    deliveries = money.stripe.deliveries
    deliveries.pauses = tuple(0.2 for _ in deliveries.pauses)
    deliveries.paused = False


def test_spoiled_deliveries_make_a_member_once_and_let_them_go_once(
    money: Money, alice: User, billing_worker: Worker, live_server: LiveServer
) -> None:
    billing_worker.start()
    listen(money, live_server)
    faults = money.stripe.deliveries.faults
    faults.add("wrong-signature", type="customer.subscription.created")
    faults.add("old-timestamp", type="invoice.paid")
    faults.add("duplicate", type="checkout.session.*", copies=5)
    money.stripe.pay(money.begin(alice))
    come_to_rest(money)
    account = money.account(alice)
    assert plan_for(alice).name == "premium"
    assert Payment.objects.filter(account=account).count() == 1
    assert CheckoutIntent.objects.get().state == CheckoutIntent.State.COMPLETE
    statuses = {each.fault: each.status for each in money.stripe.deliveries.tries()}
    assert (statuses["wrong-signature"], statuses["old-timestamp"], statuses["duplicate"]) == (400, 400, 200)
    faults.add("reorder", times=2, type="customer.subscription.*")
    money.stripe.change("subscription", account.subscription_id, metadata={"colour": "blue"})
    money.stripe.cancel(account.subscription_id)
    come_to_rest(money)
    order = [each.type for each in money.stripe.deliveries.tries("") if each.fault == "reorder"]
    assert ("customer.subscription.deleted", "customer.subscription.updated") in pairwise(order)
    assert money.account(alice).status == "canceled"
    assert plan_for(alice).name == "free"
    assert not Letter.objects.exclude(name="login_code").exists()


def come_to_rest(money: Money) -> None:
    """Everything has arrived and is understood."""
    assert money.stripe.deliveries.wait_until_quiet(30)
    until(lambda: not WebhookEvent.objects.filter(state=State.NEW).exists(), what="every event understood")
    assert not WebhookEvent.objects.filter(state=State.FAILED).exists()
