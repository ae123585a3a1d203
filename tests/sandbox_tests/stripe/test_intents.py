"""Payment intents, setup intents and charges by themselves."""

from typing import Any

import pytest
from stripe import CardError, InvalidRequestError, StripeClient

from tests.sandbox.stripe import cards, payments
from tests.sandbox.stripe.state import Stripe

from .shop import told


def intent(client: StripeClient, **more: Any) -> Any:
    params: Any = {"amount": 500, "currency": "usd", **more}
    return client.v1.payment_intents.create(params)


def test_an_intent_waits_for_a_payment_method(client: StripeClient) -> None:
    made = intent(client, metadata={"a": "1"})
    assert (made.status, made.amount_received, made.latest_charge) == ("requires_payment_method", 0, None)
    assert made.client_secret.startswith(made.id)
    with pytest.raises(InvalidRequestError, match="missing a payment method"):
        client.v1.payment_intents.confirm(made.id)
    paid = client.v1.payment_intents.confirm(made.id, {"payment_method": "pm_card_visa", "expand": ["latest_charge"]})
    charge: Any = paid.latest_charge
    assert (paid.status, charge.paid, charge.amount_captured, charge.receipt_url != "") == (
        "succeeded",
        True,
        500,
        True,
    )
    assert charge.metadata["a"] == "1"


def test_a_refused_card_leaves_a_failed_charge(client: StripeClient) -> None:
    with pytest.raises(CardError) as refused:
        intent(client, payment_method="pm_card_chargeDeclined", confirm=True)
    assert (refused.value.code, refused.value.http_status) == ("card_declined", 402)
    (charge,) = client.v1.charges.list().data
    assert (charge.status, charge.paid, charge.failure_code) == ("failed", False, "card_declined")
    kept = client.v1.payment_intents.retrieve(str(charge.payment_intent))
    assert kept.last_payment_error is not None
    assert (kept.status, kept.last_payment_error.decline_code) == ("requires_payment_method", "generic_decline")


@pytest.mark.parametrize(("ok", "status"), [(True, "succeeded"), (False, "requires_payment_method")])
def test_the_banks_question_is_answered(client: StripeClient, stripe: Stripe, ok: bool, status: str) -> None:
    made = intent(client, payment_method="pm_card_authenticationRequired", confirm=True)
    assert (made.status, made.next_action.type) == ("requires_action", "redirect_to_url")
    payments.authenticate(stripe, stripe.store.get("payment_intent", made.id), ok=ok)
    after = client.v1.payment_intents.retrieve(made.id)
    assert (after.status, after.next_action) == (status, None)
    assert len(client.v1.charges.list().data) == int(ok)


@pytest.mark.parametrize(("ok", "charged"), [(True, "succeeded"), (False, "failed")])
def test_a_delayed_method_has_one_charge_from_beginning_to_end(
    client: StripeClient, stripe: Stripe, ok: bool, charged: str
) -> None:
    method = cards.attach(stripe, None, "delayed")["id"]
    made = intent(client, payment_method=method, confirm=True)
    assert made.status == "processing"
    assert [charge.status for charge in client.v1.charges.list().data] == ["pending"]
    payments.arrive(stripe, stripe.store.get("payment_intent", made.id), ok=ok)
    assert [charge.status for charge in client.v1.charges.list().data] == [charged]
    assert told(stripe)[-2] == f"charge.{charged}"


def test_an_intent_can_be_cancelled_until_it_is_paid(client: StripeClient) -> None:
    assert client.v1.payment_intents.cancel(intent(client).id).status == "canceled"
    paid = intent(client, payment_method="pm_card_visa", confirm=True)
    with pytest.raises(InvalidRequestError) as refused:
        client.v1.payment_intents.cancel(paid.id)
    assert refused.value.code == "payment_intent_unexpected_state"


@pytest.mark.parametrize(("amount", "code"), [(49, "amount_too_small"), (100_000_000, "amount_too_large")])
def test_an_amount_has_limits(client: StripeClient, amount: int, code: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        intent(client, amount=amount)
    assert refused.value.code == code


def test_a_setup_puts_a_card_on_file(client: StripeClient) -> None:
    customer = client.v1.customers.create({}).id
    made = client.v1.setup_intents.create({"customer": customer, "payment_method": "pm_card_visa", "confirm": True})
    assert made.status == "succeeded"
    assert len(client.v1.customers.payment_methods.list(customer).data) == 1
