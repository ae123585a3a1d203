"""Refunds, disputes and early fraud warnings: what they do to a charge, and what Stripe tells of it."""

from typing import Any

import pytest
from stripe import InvalidRequestError, StripeClient

from tests.sandbox.stripe.errors import ApiError
from tests.sandbox.stripe.state import Stripe

from .shop import Shop, open_shop, told


@pytest.fixture
def shop(client: StripeClient) -> Shop:
    return open_shop(client)


def test_a_refund_never_exceeds_the_charge(shop: Shop, stripe: Stripe, client: StripeClient) -> None:
    charge = shop.paid(stripe)
    part = client.v1.refunds.create({"charge": charge, "amount": 200, "reason": "requested_by_customer"})
    assert (part.status, part.amount, part.charge) == ("succeeded", 200, charge)
    assert client.v1.charges.retrieve(charge).refunded is False
    with pytest.raises(InvalidRequestError, match="greater than unrefunded amount") as refused:
        client.v1.refunds.create({"charge": charge, "amount": 301})
    assert refused.value.param == "amount"
    rest = client.v1.refunds.create({"charge": charge})
    assert rest.amount == 300
    after = client.v1.charges.retrieve(charge, {"expand": ["refunds"]})
    assert (after.refunded, after.amount_refunded) == (True, 500)
    assert after.refunds is not None
    assert [each.id for each in after.refunds.data] == [rest.id, part.id]
    with pytest.raises(InvalidRequestError) as again:
        client.v1.refunds.create({"charge": charge})
    assert again.value.code == "charge_already_refunded"


def test_a_refund_is_found_by_its_payment_intent(shop: Shop, stripe: Stripe, client: StripeClient) -> None:
    charge = client.v1.charges.retrieve(shop.paid(stripe))
    intent = str(charge.payment_intent)
    made = client.v1.refunds.create({"payment_intent": intent, "metadata": {"why": "duplicate"}})
    assert (made.charge, made.payment_intent) == (charge.id, intent)
    listed = client.v1.refunds.list({"payment_intent": intent}).data
    assert [each.id for each in listed] == [made.id]
    assert client.v1.refunds.list({"charge": shop.paid(stripe)}).data == []


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        ({}, None, None),
        ({"charge": "ch_none"}, "charge", "resource_missing"),
        ({"payment_intent": "pi_none"}, "payment_intent", "resource_missing"),
        ({"charge": "paid", "amount": 0}, "amount", "parameter_invalid_integer"),
        ({"charge": "paid", "reason": "because"}, "reason", None),
    ],
)
def test_a_refund_of_nothing_is_refused(
    shop: Shop, stripe: Stripe, params: dict[str, Any], param: str | None, code: str | None
) -> None:
    if params.get("charge") == "paid":
        params = {**params, "charge": shop.paid(stripe)}
    asked: Any = params
    with pytest.raises(InvalidRequestError) as refused:
        shop.client.v1.refunds.create(asked)
    assert (refused.value.http_status, refused.value.param, refused.value.code) == (400, param, code)


def test_a_refund_is_told_by_refund_and_charge(shop: Shop, stripe: Stripe) -> None:
    charge = shop.paid(stripe)
    made = stripe.refund(charge, 200)
    assert told(stripe, made["id"]) == ["refund.created"]
    event = stripe.events.all("charge.refunded")[-1]
    assert event["data"]["object"]["amount_refunded"] == 200
    assert event["data"]["previous_attributes"] == {"amount_refunded": 0}


def test_a_refund_that_fails_later_counts_as_not_made(shop: Shop, stripe: Stripe, client: StripeClient) -> None:
    charge = shop.paid(stripe)
    made = stripe.refund(charge)
    stripe.fail_refund(made["id"])
    failed = client.v1.refunds.retrieve(made["id"])
    assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
    assert failed.failure_balance_transaction is not None
    after = client.v1.charges.retrieve(charge)
    assert (after.refunded, after.amount_refunded) == (False, 0)
    assert told(stripe, made["id"])[-1] == "refund.failed"
    with pytest.raises(ApiError):
        stripe.fail_refund(made["id"])
    assert stripe.refund(charge)["amount"] == 500


def test_a_subscription_outlives_the_refund_of_its_payment(shop: Shop, stripe: Stripe) -> None:
    _, subscription = shop.member(stripe)
    charge = stripe.store.all("charge")[-1]
    stripe.refund(charge["id"])
    assert shop.client.v1.subscriptions.retrieve(subscription.id).status == "active"


def test_a_dispute_takes_the_money_until_it_is_won(shop: Shop, stripe: Stripe, client: StripeClient) -> None:
    charge = shop.paid(stripe)
    made = stripe.dispute(charge)
    assert (made["status"], made["is_charge_refundable"]) == ("needs_response", False)
    assert client.v1.charges.retrieve(charge).disputed is True
    with pytest.raises(InvalidRequestError) as refused:
        client.v1.refunds.create({"charge": charge})
    assert refused.value.code == "charge_disputed"
    stripe.change_dispute(made["id"], "under_review")
    stripe.change_dispute(made["id"], "won")
    after = client.v1.disputes.retrieve(made["id"])
    assert (after.status, [entry.amount for entry in after.balance_transactions]) == ("won", [-500, 500])
    assert told(stripe, made["id"]) == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_reinstated",
    ]


def test_a_dispute_that_is_lost_gives_nothing_back(shop: Shop, stripe: Stripe) -> None:
    made = stripe.dispute(shop.paid(stripe))
    stripe.change_dispute(made["id"], "lost")
    assert told(stripe, made["id"])[-1] == "charge.dispute.closed"
    assert made["balance_transactions"][0]["fee"] == 1500


def test_an_inquiry_moves_no_money_and_can_become_a_dispute(shop: Shop, stripe: Stripe) -> None:
    made = stripe.dispute(shop.paid(stripe), "warning_needs_response")
    assert (made["balance_transactions"], made["is_charge_refundable"]) == ([], True)
    stripe.change_dispute(made["id"], "needs_response")
    assert told(stripe, made["id"])[-1] == "charge.dispute.funds_withdrawn"
    asked = stripe.dispute(shop.paid(stripe), "warning_needs_response")
    stripe.change_dispute(asked["id"], "warning_closed")
    assert told(stripe, asked["id"]) == ["charge.dispute.created", "charge.dispute.closed"]


def test_giving_up_a_dispute_loses_it(shop: Shop, stripe: Stripe, client: StripeClient) -> None:
    made = stripe.dispute(shop.paid(stripe))
    assert client.v1.disputes.close(made["id"]).status == "lost"
    with pytest.raises(InvalidRequestError):
        client.v1.disputes.close(made["id"])


def test_evidence_that_is_submitted_puts_a_dispute_under_review(
    shop: Shop, stripe: Stripe, client: StripeClient
) -> None:
    made = stripe.dispute(shop.paid(stripe))
    kept = client.v1.disputes.update(
        made["id"], {"evidence": {"product_description": "Threads"}, "submit": False, "metadata": {"a": "1"}}
    )
    assert (kept.status, kept.evidence.product_description) == ("needs_response", "Threads")
    sent = client.v1.disputes.update(made["id"], {"evidence": {"access_activity_log": "daily"}})
    assert (sent.status, sent.evidence_details.submission_count) == ("under_review", 1)
    assert sent.evidence.product_description == "Threads"


def test_a_charge_is_disputed_once(shop: Shop, stripe: Stripe) -> None:
    charge = shop.paid(stripe)
    stripe.dispute(charge)
    with pytest.raises(ApiError):
        stripe.dispute(charge)


def test_a_fraud_warning_can_be_acted_on_until_the_money_is_back(
    shop: Shop, stripe: Stripe, client: StripeClient
) -> None:
    charge = shop.paid(stripe)
    made = stripe.warn_of_fraud(charge)
    assert client.v1.radar.early_fraud_warnings.retrieve(made["id"]).actionable is True
    stripe.refund(charge)
    assert client.v1.radar.early_fraud_warnings.list({"charge": charge}).data[0].actionable is False
    assert told(stripe, made["id"]) == ["radar.early_fraud_warning.created", "radar.early_fraud_warning.updated"]
