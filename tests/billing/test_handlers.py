"""From an event to an action: which types are asked for, and what is read out of each shape."""

from typing import Any

import pytest
from stripe.params import WebhookEndpointCreateParams

from accounts.models import User
from billing.handlers import HANDLERS, Hint
from billing.models import Alert
from tests.billing.ground import Money

pytestmark = pytest.mark.django_db


def test_every_type_is_one_that_stripe_knows() -> None:
    known = str(WebhookEndpointCreateParams.__annotations__["enabled_events"])
    assert not [each for each in HANDLERS if f"'{each}'" not in known]


SHAPES: list[tuple[dict[str, Any], tuple[str, str, str]]] = [
    ({"object": "charge", "id": "ch_1", "customer": "cus_1", "payment_intent": "pi_1"}, ("ch_1", "cus_1", "pi_1")),
    ({"object": "charge", "id": "ch_1", "customer": None, "payment_intent": None}, ("ch_1", "", "")),
    ({"object": "refund", "id": "re_1", "payment_intent": {"id": "pi_1"}}, ("re_1", "", "pi_1")),
    ({"object": "dispute", "id": "dp_1", "charge": "ch_1", "payment_intent": "pi_1"}, ("dp_1", "", "pi_1")),
    ({"object": "customer", "id": "cus_1", "deleted": True}, ("cus_1", "cus_1", "")),
    ({"object": "subscription", "id": "sub_1", "customer": {"id": "cus_1"}}, ("sub_1", "cus_1", "")),
    ({"object": "invoice", "customer": "cus_1"}, ("", "cus_1", "")),
    ({"object": "subscription", "id": 7, "customer": ["cus_1"]}, ("", "", "")),
    ({}, ("", "", "")),
]


@pytest.mark.parametrize(("about", "ids"), SHAPES)
def test_ids_are_read_out_of_whatever_an_event_is_about(about: dict[str, Any], ids: tuple[str, str, str]) -> None:
    hint = Hint.of({"id": "evt_1", "type": "a.b", "data": {"object": about}})
    assert (hint.object_id, hint.customer_id, hint.payment_intent) == ids


@pytest.mark.parametrize("data", [{}, {"data": None}, {"data": {}}, {"data": {"object": None}}])
def test_an_event_about_nothing_leads_nowhere(data: dict[str, Any]) -> None:
    assert Hint.of({"id": "evt_1", "type": "a.b", **data}) == Hint("evt_1", "a.b", "", "", "", frozenset())


def test_what_changed_is_named_with_what_it_stands_in() -> None:
    before = {"email": "old@example.com", "invoice_settings": {"default_payment_method": None}}
    hint = Hint.of({"id": "evt_1", "type": "a.b", "data": {"object": {}, "previous_attributes": before}})
    assert hint.changed == {"email", "invoice_settings", "invoice_settings.default_payment_method"}


def test_a_bill_that_stripe_cannot_make_is_for_an_operator_to_look_at(money: Money, alice: User) -> None:
    account = money.subscribe(alice)
    about = {"id": "in_1", "object": "invoice", "customer": account.stripe_customer_id}
    for _ in range(2):
        money.bring(money.stripe.events.emit("invoice.finalization_failed", about))
    alert = Alert.objects.get()
    assert (alert.kind, alert.key) == ("finalization_failed", "in_1")
    money.bring(money.stripe.events.emit("invoice.finalization_failed", {**about, "customer": "cus_unknown"}))
    assert Alert.objects.count() == 1
