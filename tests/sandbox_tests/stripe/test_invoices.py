"""Invoices and the payments that tie them to charges."""

from datetime import timedelta
from typing import Any

import pytest
from stripe import CardError, InvalidRequestError, StripeClient

from tests.sandbox.stripe import cards
from tests.sandbox.stripe.state import Stripe

from .shop import Shop, open_shop


@pytest.fixture
def shop(client: StripeClient) -> Shop:
    return open_shop(client)


def unpaid(shop: Shop, stripe: Stripe) -> tuple[str, Any]:
    """A customer and the renewal that the card did not pay."""
    customer, subscription = shop.member(stripe, card="works-then-declined")
    stripe.ground.clock.advance(timedelta(days=32))
    return customer, shop.client.v1.invoices.list({"subscription": subscription.id}).data[0]


def test_what_older_versions_had_is_gone(shop: Shop, stripe: Stripe) -> None:
    _, subscription = shop.member(stripe)
    invoice: Any = shop.client.v1.invoices.list({"subscription": subscription.id}).data[0]
    assert not {"subscription", "payment_intent", "charge", "paid", "discount", "tax"} & set(invoice.to_dict())
    charge: Any = shop.client.v1.charges.list().data[0]
    assert not {"invoice"} & set(charge.to_dict())
    assert "payments" not in invoice
    assert "confirmation_secret" not in invoice


def test_a_charge_finds_its_invoice_by_the_invoice_payments(shop: Shop, stripe: Stripe) -> None:
    customer, subscription = shop.member(stripe)
    shop.member(stripe)
    (charge,) = shop.client.v1.charges.list({"customer": customer}).data
    by: Any = {"payment": {"type": "payment_intent", "payment_intent": charge.payment_intent}}
    (payment,) = shop.client.v1.invoice_payments.list(by).data
    assert payment.invoice == subscription.latest_invoice
    assert (payment.status, payment.amount_paid, payment.is_default) == ("paid", 300, True)
    (same,) = shop.client.v1.invoice_payments.list({"invoice": str(payment.invoice)}).data
    assert same.id == payment.id


def test_the_intent_of_an_open_invoice_is_seen_through_its_payment(shop: Shop, stripe: Stripe) -> None:
    _, invoice = unpaid(shop, stripe)
    by: Any = {"invoice": invoice.id, "status": "open", "expand": ["data.payment.payment_intent"]}
    (payment,) = shop.client.v1.invoice_payments.list(by).data
    intent: Any = payment.payment.payment_intent
    assert (intent.status, intent.amount) == ("requires_payment_method", 300)


def test_payments_by_intent_must_name_it(shop: Shop) -> None:
    with pytest.raises(InvalidRequestError, match="Missing required param"):
        shop.client.v1.invoice_payments.list({"payment": {"type": "payment_intent"}})


def test_a_finalized_invoice_has_a_number_an_address_and_a_secret(shop: Shop, stripe: Stripe) -> None:
    _, invoice = unpaid(shop, stripe)
    whole = shop.client.v1.invoices.retrieve(invoice.id, {"expand": ["confirmation_secret", "payments"]})
    assert (whole.status, whole.hosted_invoice_url) == ("open", f"{stripe.url}/invoice/{invoice.id}")
    assert whole.number
    assert whole.status_transitions.finalized_at
    assert whole.confirmation_secret is not None
    assert whole.confirmation_secret.client_secret.startswith("pi_")
    assert whole.payments is not None
    assert whole.payments.data[0].status == "open"


def test_an_invoice_is_paid_over_the_api(shop: Shop, stripe: Stripe) -> None:
    customer, invoice = unpaid(shop, stripe)
    with pytest.raises(CardError) as refused:
        shop.client.v1.invoices.pay(invoice.id)
    assert (refused.value.http_status, refused.value.code) == (402, "card_declined")
    method = cards.attach(stripe, customer)["id"]
    assert shop.client.v1.invoices.pay(invoice.id, {"payment_method": method}).status == "paid"
    with pytest.raises(InvalidRequestError) as again:
        shop.client.v1.invoices.pay(invoice.id)
    assert again.value.code == "invoice_already_paid"
    (paid,) = [event for event in stripe.events.all("invoice.paid") if event["data"]["object"]["id"] == invoice.id]
    assert paid["data"]["object"]["amount_remaining"] == 0


def test_a_void_invoice_asks_for_nothing_more(shop: Shop, stripe: Stripe) -> None:
    _, invoice = unpaid(shop, stripe)
    assert shop.client.v1.invoices.void_invoice(invoice.id).status == "void"
    stripe.ground.clock.advance(timedelta(days=20))
    assert shop.client.v1.invoices.retrieve(invoice.id).attempt_count == 1
    with pytest.raises(InvalidRequestError):
        shop.client.v1.invoices.pay(invoice.id)


def test_invoices_are_found_by_customer_status_and_subscription(shop: Shop, stripe: Stripe) -> None:
    customer, invoice = unpaid(shop, stripe)
    other, _ = shop.member(stripe)

    def ids(**by: Any) -> list[str]:
        params: Any = by
        return [each.id for each in shop.client.v1.invoices.list(params).data]

    assert ids(customer=customer, status="open") == [invoice.id]
    assert len(ids(customer=customer)) == 2
    assert len(ids(customer=other, status="paid")) == 1
    assert ids(subscription=invoice.parent.subscription_details.subscription)[0] == invoice.id


def test_lines_say_what_they_are_for(shop: Shop, stripe: Stripe) -> None:
    _, subscription = shop.member(stripe)
    (line,) = shop.client.v1.invoices.line_items.list(str(subscription.latest_invoice)).data
    assert line.parent is not None
    assert line.parent.subscription_item_details is not None
    assert line.parent.subscription_item_details.subscription_item == subscription["items"].data[0].id
    assert line.parent.subscription_item_details.proration is False
    assert line.pricing is not None
    assert line.pricing.price_details is not None
    assert (line.pricing.price_details.price, line.amount) == (shop.month, 300)


def test_upcoming_is_no_invoice_any_more(shop: Shop) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        shop.client.v1.invoices.retrieve("upcoming")
    assert refused.value.http_status == 404
