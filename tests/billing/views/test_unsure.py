"""What pages say when it is not known what was charged: never that nothing was."""

from collections.abc import Callable
from http import HTTPStatus

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from billing.actions import switching
from billing.models import Alert
from tests.billing.ground import Money
from tests.sandbox.world import World

pytestmark = pytest.mark.django_db
Later = Callable[..., None]
NOTHING = "Nothing was charged"


@pytest.fixture
def offer(money: Money, alice: User, client: Client, later: Later) -> str:
    """Alice pays by the month, and was shown what the year would cost."""
    money.subscribe(alice, "month")
    later(days=3)
    offered = switching.offer(alice)
    client.force_login(alice)
    assert offered is not None
    return str(offered.id)


def charges(money: Money) -> int:
    return len([each for each in money.stripe.store.all("charge") if each["status"] == "succeeded"])


def test_a_switch_whose_answer_was_lost_is_found_done(
    money: Money, alice: User, client: Client, world: World, offer: str
) -> None:
    path = f"/v1/subscriptions/{money.account(alice).subscription_id}$"
    world.faults.add("stripe", "keep-and-close", path=path, skip=2, times=3)
    answer = client.post("/premium/switch", {"switch": offer})
    assert (answer.status_code, charges(money)) == (HTTPStatus.SEE_OTHER, 2)
    assert money.account(alice).price_key == "year"


def test_a_switch_of_which_stripe_says_nothing_any_more_is_not_called_free(
    money: Money, alice: User, client: Client, world: World, offer: str
) -> None:
    path = f"/v1/subscriptions/{money.account(alice).subscription_id}$"
    world.faults.add("stripe", "keep-and-close", path=path, skip=2, times=3)
    world.faults.add("stripe", "error", path="/v1/subscriptions$", skip=1, times=9)
    answer = client.post("/premium/switch", {"switch": offer})
    assert (answer.status_code, charges(money)) == (HTTPStatus.SERVICE_UNAVAILABLE, 2)
    assert NOTHING not in answer.content.decode()
    world.faults.clear()
    assert client.post("/premium/switch", {"switch": offer}).status_code == HTTPStatus.SEE_OTHER
    assert (charges(money), money.account(alice).price_key) == (2, "year")


def test_a_bank_that_asks_is_answered_on_the_page_of_the_bill(
    money: Money, alice: User, client: Client, offer: str
) -> None:
    money.stripe.set_card(money.account(alice).stripe_customer_id or "", "3ds")
    answer = client.post("/premium/switch", {"switch": offer})
    bill = money.stripe.store.all("invoice")[-1]
    assert answer.status_code == HTTPStatus.PAYMENT_REQUIRED
    assert bill["hosted_invoice_url"] in answer.content.decode()
    money.stripe.approve_3ds(bill["id"])
    money.rest()
    assert money.account(alice).price_key == "year"


def test_an_offer_of_the_period_before_is_made_anew(money: Money, alice: User, client: Client, later: Later) -> None:
    money.subscribe(alice, "month")
    later(days=30, hours=23, minutes=55)
    old = switching.offer(alice)
    later(minutes=8)
    money.rest()
    new = switching.offer(alice)
    assert old is not None
    assert new is not None
    assert new.id != old.id
    client.force_login(alice)
    assert client.post("/premium/switch", {"switch": str(new.id)}).status_code == HTTPStatus.SEE_OTHER
    assert money.account(alice).price_key == "year"
    assert not Alert.objects.exists()


def test_whoever_paid_is_told_that_it_is_underway_while_our_key_is_refused(
    money: Money, alice: User, client: Client, settings: Settings
) -> None:
    session = money.begin(alice)
    money.stripe.pay(session)
    client.force_login(alice)
    settings.STRIPE_SECRET_KEY = "sk_test_rolled"
    answer = client.get("/premium/done", {"session_id": session})
    assert answer.status_code == HTTPStatus.OK
    assert NOTHING not in answer.content.decode()
    assert "processing" in answer.content.decode()
