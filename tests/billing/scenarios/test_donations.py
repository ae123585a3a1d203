"""What is paid once and gives nothing: donations, and bills that are not of a membership."""

from http import HTTPStatus

import pytest
from django.test import Client

from accounts.models import User
from billing.actions import checkout, donations, payments
from billing.entitlements import plan_for
from billing.gateway.client import client as api
from billing.models import Alert, CheckoutIntent, Payment
from tests.billing.ground import Money

pytestmark = pytest.mark.django_db


def give(money: Money, browser: Client, amount: str = "coffee", *, card: str = "works") -> CheckoutIntent:
    """Somebody gives, and every event of it arrives."""
    response = browser.post("/donate", {"amount": amount})
    assert response.status_code == HTTPStatus.SEE_OTHER
    intent = CheckoutIntent.objects.latest("created_at")
    assert response["Location"] == intent.url
    money.stripe.pay(intent.session_id or "", card=card)
    money.rest()
    intent.refresh_from_db()
    return intent


def test_s45_a_bill_of_no_subscription_is_no_membership(money: Money, alice: User) -> None:
    before = money.subscribe(alice)
    [bill] = money.stripe.store.all("invoice")
    money.stripe.change("invoice", bill["id"], parent=None, billing_reason="manual")
    Payment.objects.all().delete()
    for event in money.stripe.events.all("invoice.paid"):
        money.bring(event)
    assert not Payment.objects.exists()
    now = money.account(alice)
    assert (now.status, now.access_until) == ("active", before.access_until)


AMOUNTS = ["0", "0.99", "1.005", "0.999", "-5", "NaN", "1e9", "5,00", "500 JPY", "¥500", "٥", "５", "500.01", "", "tea"]


@pytest.mark.parametrize("amount", AMOUNTS)
def test_s46_a_strange_amount_is_refused_with_one_sentence_and_no_call(
    money: Money, client: Client, amount: str
) -> None:
    calls = len(money.stripe.requests.of())
    response = client.post("/donate", {"amount": amount})
    assert response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert response.content.decode().count("Please give an amount between $1 and $500") == 1
    assert not CheckoutIntent.objects.exists()
    assert len(money.stripe.requests.of()) == calls


def test_s46_currency_price_and_person_come_from_us_alone(money: Money, client: Client, alice: User) -> None:
    sent = {"amount": "7.50", "currency": "jpy", "price": "price_1", "user": str(alice.pk), "cents": "1"}
    assert client.post("/donate", sent).status_code == HTTPStatus.SEE_OTHER
    [session] = money.stripe.store.all("checkout.session")
    assert (session["amount_total"], session["currency"], session["customer"]) == (750, "usd", None)
    assert CheckoutIntent.objects.get().account is None


def test_s47_a_guest_gives(money: Money, client: Client) -> None:
    intent = give(money, client)
    payment = Payment.objects.get()
    assert (payment.kind, payment.amount, payment.currency, payment.account) == ("donation", 500, "usd", None)
    assert payment.intent == intent
    assert intent.state == CheckoutIntent.State.COMPLETE
    assert donations.supporters() == 1


def test_s47_somebody_signed_in_gives_and_gets_no_premium(money: Money, client: Client, alice: User) -> None:
    client.force_login(alice)
    give(money, client, "500")
    payment = Payment.objects.get()
    assert payment.account == money.account(alice)
    assert payment.amount == 50_000
    assert plan_for(alice).name == "free"
    [session] = money.stripe.store.all("checkout.session")
    assert session["customer"] == money.account(alice).stripe_customer_id
    [intent] = money.stripe.store.all("payment_intent")
    assert intent["receipt_email"] == "alice@example.com"


def test_s47_a_member_gives_and_stays_what_they_are(money: Money, client: Client, alice: User) -> None:
    account = money.subscribe(alice)
    client.force_login(alice)
    give(money, client)
    charge = Payment.objects.get(kind="donation").charge_id
    money.stripe.refund(charge)
    money.rest()
    now = money.account(alice)
    assert (now.status, now.access_until, now.ends_at) == ("active", account.access_until, None)


def test_s47_a_refund_is_followed(money: Money, client: Client) -> None:
    give(money, client, "server")
    payment = Payment.objects.get()
    money.stripe.refund(payment.charge_id, 400)
    money.rest()
    payment.refresh_from_db()
    assert payment.amount_refunded == 400
    assert donations.supporters() == 1
    money.stripe.refund(payment.charge_id)
    money.rest()
    payment.refresh_from_db()
    assert payment.is_refunded
    assert donations.supporters() == 0


def test_s47_a_dispute_is_followed(money: Money, client: Client) -> None:
    give(money, client, "server")
    payment = Payment.objects.get()
    dispute = money.stripe.dispute(payment.charge_id)
    money.rest()
    payment.refresh_from_db()
    assert payment.dispute == "needs_response"
    assert Alert.objects.get().kind == "dispute"
    assert donations.supporters() == 0
    money.stripe.change_dispute(dispute["id"], "won")
    money.rest()
    payment.refresh_from_db()
    assert payment.dispute == "won"
    assert donations.supporters() == 1


def test_s47_every_event_again_and_backwards_makes_one_row(money: Money, client: Client) -> None:
    intent = give(money, client)
    for event in reversed(money.stripe.events.all()):
        money.bring(event)
    for _ in range(2):
        checkout.settle(intent.session_id or "")
    assert Payment.objects.count() == 1


def test_s47_money_that_takes_days_is_a_row_when_it_is_there(money: Money, client: Client) -> None:
    intent = give(money, client, card="delayed")
    assert intent.state == CheckoutIntent.State.OPEN
    assert not Payment.objects.exists()
    money.stripe.settle(intent.session_id or "")
    money.rest()
    intent.refresh_from_db()
    assert intent.state == CheckoutIntent.State.COMPLETE
    assert Payment.objects.count() == 1


def test_s47_money_that_never_comes_is_no_row(money: Money, client: Client) -> None:
    intent = give(money, client, card="delayed")
    money.stripe.settle(intent.session_id or "", ok=False)
    money.rest()
    intent.refresh_from_db()
    assert intent.state == CheckoutIntent.State.FAILED
    assert not Payment.objects.exists()


def test_s47_the_refund_of_a_payment_that_was_never_heard_of_makes_its_row(money: Money, client: Client) -> None:
    client.post("/donate", {"amount": "coffee"})
    session = CheckoutIntent.objects.get().session_id or ""
    money.stripe.pay(session)
    [charge] = money.stripe.store.all("charge")
    money.stripe.refund(charge["id"])
    money.deliver("charge.refunded")
    assert Payment.objects.get().is_refunded
    money.rest()
    assert Payment.objects.count() == 1


def test_a_warning_of_fraud_about_a_small_donation_gives_it_back(money: Money, client: Client) -> None:
    give(money, client)
    money.stripe.warn_of_fraud(Payment.objects.get().charge_id)
    money.rest()
    assert Payment.objects.get().is_refunded


def test_who_gave_in_another_month_is_not_counted(money: Money, client: Client, alice: User) -> None:
    client.force_login(alice)
    give(money, client)
    give(money, client)
    assert donations.supporters() == 1
    payment = Payment.objects.earliest("id")
    Payment.objects.update(paid_at=payment.paid_at.replace(year=payment.paid_at.year - 1))
    assert donations.supporters() == 0


def test_a_payment_that_names_a_wish_that_is_not_there_is_nobodys(money: Money) -> None:
    intent = api().v1.payment_intents.create(
        params={"amount": 500, "currency": "usd", "metadata": {"intent": "no-uuid", "kind": "gift"}}
    )
    assert payments.sync_payment(intent.id) is None
