"""Everything that the pretend Stripe sends, held against the types of the installed package."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from stripe import StripeClient, StripeObject

from tests.sandbox import World
from tests.sandbox.stripe.control import act
from tests.sandbox.stripe.errors import Declined
from tests.sandbox.stripe.operations import OPERATIONS
from tests.sandbox.stripe.routes import Operation
from tests.sandbox.stripe.state import Stripe
from tests.sandbox.stripe.types import parameters
from tests.stripe_types import parameter_names, parameters_type, problems_in_event, problems_in_object

from .shop import Shop, open_shop

RETRIEVING = [each.path for each in OPERATIONS if each.method == "GET" and each.path.endswith("/{}")]
LISTING = [
    each.path
    for each in OPERATIONS
    if each.method == "GET"
    and "{}" not in each.path
    and not any(one.required for one in parameters(each.params).values())
]
SENT_BY_THE_CLIENT = [
    each for each in OPERATIONS if parameters_type(each.method, "/v1/" + each.path.format("x_1", "y_1")) is not None
]


@pytest.fixture
def shop(client: StripeClient) -> Shop:
    return open_shop(client)


def sent(answer: StripeObject) -> Any:
    """The JSON that an object of the official client was made of."""
    assert answer.last_response is not None
    return json.loads(answer.last_response.body)


def renewals(shop: Shop, stripe: Stripe) -> None:
    """Paid, refused until the end, and with a question of the bank."""
    _, works = shop.member(stripe)
    act(stripe, {"do": "renew", "subscription": works.id})
    for card in ("works-then-declined", "works-then-3ds"):
        _, fails = shop.member(stripe, card=card)
        act(stripe, {"do": "renew", "subscription": fails.id})
        stripe.ground.clock.advance(timedelta(days=20))
        stripe.tick()


def endings(shop: Shop, stripe: Stripe) -> None:
    """Cancelled in the portal and taken back, by the API, at once, and with the customer."""
    customer, subscription = shop.member(stripe)
    stripe.portal_cancel(customer)
    stripe.portal_resume(customer)
    stripe.cancel(subscription.id, at_period_end=True)
    act(stripe, {"do": "renew", "subscription": subscription.id})
    _, second = shop.member(stripe)
    shop.client.v1.subscriptions.cancel(second.id)
    third, _ = shop.member(stripe)
    shop.client.v1.customers.delete(third)


def switches(shop: Shop, stripe: Stripe) -> None:
    """Month to year at once, and year to month at the end of the period, with everything that is announced."""
    shop.portal()
    up, monthly = shop.member(stripe)
    item = monthly["items"].data[0].id
    details: Any = {"items": [{"id": item, "price": shop.year}], "proration_behavior": "always_invoice"}
    preview: Any = {"customer": up, "subscription": monthly.id, "subscription_details": details}
    answer = shop.client.v1.invoices.create_preview(preview)
    assert not problems_in_object(sent(answer))
    stripe.portal_switch(up, shop.year)
    down, _ = shop.member(stripe, price=shop.year)
    stripe.portal_switch(down, shop.month)
    stripe.ground.clock.advance(timedelta(days=367))
    stripe.tick()


def payments(shop: Shop, stripe: Stripe) -> None:
    """A coffee by every way to pay it, and not to pay it."""
    stripe.pay(shop.donate().id)
    for ok in (True, False):
        delayed = shop.donate()
        stripe.pay(delayed.id, card="delayed")
        stripe.settle(delayed.id, ok=ok)
    refused = shop.donate()
    with pytest.raises(Declined):
        stripe.pay(refused.id, card="declined")
    stripe.expire(refused.id)
    asked = shop.donate()
    stripe.pay(asked.id, card="3ds")
    stripe.approve_3ds(asked.id)


def money_back(shop: Shop, stripe: Stripe) -> None:
    """Refunds, disputes of every sort, and a suspicion."""
    stripe.refund(shop.paid(stripe), 100)
    stripe.fail_refund(stripe.refund(shop.paid(stripe))["id"])
    for first, last in (
        ("needs_response", "won"),
        ("needs_response", "lost"),
        ("warning_needs_response", "warning_closed"),
    ):
        stripe.change_dispute(stripe.dispute(shop.paid(stripe), first)["id"], last)
    stripe.warn_of_fraud(shop.paid(stripe))


def promotions(shop: Shop, stripe: Stripe) -> None:
    """A code that takes off a part, and one that takes off all."""
    for percent in (50, 100):
        coupon = shop.client.v1.coupons.create({"percent_off": percent, "duration": "once"})
        code: Any = {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": f"OFF{percent}"}
        shop.client.v1.promotion_codes.create(code)
        stripe.pay(shop.begin(allow_promotion_codes=True).id, promotion_code=f"OFF{percent}")


def rooms_around(shop: Shop, stripe: Stripe) -> None:
    """A portal, its configuration, and an endpoint for webhooks."""
    configuration = shop.portal()
    customer, _ = shop.member(stripe)
    portal: Any = {"customer": customer, "configuration": configuration.id, "return_url": "https://shop.example/"}
    session = shop.client.v1.billing_portal.sessions.create(portal)
    assert not problems_in_object(sent(session))
    stripe.portal_card(customer, "works")
    stripe.edit_customer(customer, email="bea@example.org")
    endpoint: Any = {"url": "http://127.0.0.1:9/", "enabled_events": ["*"]}
    stripe.deliveries.pauses = ()
    assert not problems_in_object(sent(shop.client.v1.webhook_endpoints.create(endpoint)))


STORIES = (renewals, endings, switches, payments, money_back, promotions, rooms_around)


@pytest.mark.parametrize("story", STORIES)
def test_every_object_and_event_is_as_the_package_declares_it(
    shop: Shop, stripe: Stripe, api: httpx.Client, story: Callable[[Shop, Stripe], None]
) -> None:
    story(shop, stripe)
    events = stripe.events.all()
    assert {problem for event in events for problem in problems_in_event(event)} == set()
    asked = 0
    for path in LISTING:
        answer = api.get(path, params={"limit": 100}).json()
        for obj in answer["data"]:
            assert problems_in_object(obj) == []
            if f"{path}/{{}}" in RETRIEVING:
                assert problems_in_object(api.get(f"{path}/{obj['id']}").json()) == []
                asked += 1
    assert asked > 5
    assert stripe.requests.problems() == []


@pytest.mark.parametrize("operation", SENT_BY_THE_CLIENT, ids=lambda each: f"{each.method} {each.path}")
def test_every_call_takes_the_parameters_that_the_official_client_sends(operation: Operation) -> None:
    declared = parameters_type(operation.method, "/v1/" + operation.path.format("x_1", "y_1"))
    assert declared is not None
    assert set(parameters(operation.params)) == parameter_names(declared)


def test_nearly_every_call_is_one_of_the_official_clients() -> None:
    assert len(SENT_BY_THE_CLIENT) > 0.9 * len(OPERATIONS)


def test_the_recorder_remembers_every_call_and_what_is_wrong_with_it(
    world: World, api: httpx.Client, client: StripeClient
) -> None:
    requests = world.stripe.requests
    client.v1.customers.create({"email": "ada@example.org", "metadata": {"a": "1"}}, {"idempotency_key": "k1"})
    assert requests.problems() == []
    api.post("customers", data={"mail": "ada@example.org"})
    (good, bad) = requests.of("POST", "/v1/customers")
    assert (good.params, good.idempotency_key, good.status) == (
        {"email": "ada@example.org", "metadata": {"a": "1"}},
        "k1",
        200,
    )
    assert (bad.status, bad.problems) == (400, ("POST /v1/customers: unknown parameter mail",))
    assert requests.problems() == ["POST /v1/customers: unknown parameter mail"]
    requests.expect_problems()
    assert requests.problems() == []
