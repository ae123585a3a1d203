"""Customers and what they pay with."""

from typing import Any

import pytest
from stripe import InvalidRequestError, StripeClient

from tests.sandbox.stripe import cards
from tests.sandbox.stripe.state import Stripe

from .shop import open_shop, told


def test_a_customer_is_made_changed_and_found_by_address(client: StripeClient, stripe: Stripe) -> None:
    made = client.v1.customers.create({"email": "a@example.org", "metadata": {"account": "1"}})
    changed = client.v1.customers.update(made.id, {"email": "b@example.org", "metadata": {"account": ""}})
    assert (changed.email, "account" in changed["metadata"]) == ("b@example.org", False)
    event = stripe.events.all("customer.updated")[-1]
    assert event["data"]["previous_attributes"]["email"] == "a@example.org"
    assert [each.id for each in client.v1.customers.list({"email": "b@example.org"}).data] == [made.id]
    assert client.v1.customers.list({"email": "a@example.org"}).data == []


def test_an_empty_value_clears_a_field(client: StripeClient) -> None:
    made = client.v1.customers.create({"email": "a@example.org", "name": "Alice", "address": {"city": "Rome"}})
    after = client.v1.customers.update(made.id, {"email": "", "name": "", "address": ""})
    assert (after.email, after.name, after.address) == (None, None, None)


def test_a_change_that_changes_nothing_is_no_event(client: StripeClient, stripe: Stripe) -> None:
    made = client.v1.customers.create({"email": "a@example.org"})
    client.v1.customers.update(made.id, {"email": "a@example.org"})
    assert told(stripe, made.id) == ["customer.created"]


def test_an_address_without_an_at_is_refused(client: StripeClient) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        client.v1.customers.create({"email": "alice"})
    assert (refused.value.code, refused.value.param) == ("email_invalid", "email")


def test_subscriptions_of_a_customer_come_on_request_only(client: StripeClient, stripe: Stripe) -> None:
    shop = open_shop(client)
    customer, subscription = shop.member(stripe)
    assert "subscriptions" not in client.v1.customers.retrieve(customer)
    whole = client.v1.customers.retrieve(customer, {"expand": ["subscriptions"]})
    assert whole.subscriptions is not None
    assert [each.id for each in whole.subscriptions.data] == [subscription.id]


@pytest.mark.parametrize("by", ["api", "dashboard"])
def test_a_deleted_customer_leaves_a_stump_and_no_subscription(client: StripeClient, stripe: Stripe, by: str) -> None:
    shop = open_shop(client)
    customer, subscription = shop.member(stripe)
    if by == "api":
        client.v1.customers.delete(customer)
    else:
        stripe.delete_customer(customer)
    stump = client.v1.customers.retrieve(customer)
    assert (stump.deleted, stump.to_dict()) == (True, {"id": customer, "object": "customer", "deleted": True})
    assert client.v1.subscriptions.retrieve(subscription.id).status == "canceled"
    assert told(stripe)[-2:] == ["customer.subscription.deleted", "customer.deleted"]
    with pytest.raises(InvalidRequestError, match="No such customer"):
        client.v1.customers.update(customer, {"email": "a@example.org"})
    with pytest.raises(InvalidRequestError, match="No such customer"):
        shop.begin(customer=customer)
    assert client.v1.customers.list().data == []


def test_a_payment_method_comes_and_goes_with_its_places(client: StripeClient, stripe: Stripe) -> None:
    customer = client.v1.customers.create({}).id
    method = cards.attach(stripe, customer, default=True)["id"]
    assert [each.id for each in client.v1.customers.payment_methods.list(customer).data] == [method]
    held = client.v1.customers.retrieve(customer, {"expand": ["invoice_settings.default_payment_method"]})
    assert held.invoice_settings is not None
    assert held.invoice_settings.default_payment_method is not None
    client.v1.payment_methods.detach(method)
    after = client.v1.customers.retrieve(customer)
    assert after.invoice_settings is not None
    assert after.invoice_settings.default_payment_method is None
    assert client.v1.payment_methods.list({"customer": customer}).data == []


def test_a_test_card_becomes_a_method_of_the_customers_own(client: StripeClient) -> None:
    by_name: Any = {"default_payment_method": "pm_card_visa"}
    made = client.v1.customers.create({"payment_method": "pm_card_visa", "invoice_settings": by_name})
    (method,) = client.v1.customers.payment_methods.list(made.id).data
    assert made.invoice_settings is not None
    assert made.invoice_settings.default_payment_method == method.id != "pm_card_visa"


def test_a_card_of_somebody_else_cannot_be_the_default(client: StripeClient, stripe: Stripe) -> None:
    method = cards.attach(stripe, client.v1.customers.create({}).id)["id"]
    other = client.v1.customers.create({}).id
    with pytest.raises(InvalidRequestError, match="does not have a payment method"):
        client.v1.customers.update(other, {"invoice_settings": {"default_payment_method": method}})
