"""The customer portal: what a configuration allows, where a session leads, and what its buttons do."""

from typing import Any

import httpx
import pytest
from stripe import InvalidRequestError, StripeClient

from tests.sandbox.stripe.errors import ApiError, Declined
from tests.sandbox.stripe.state import Stripe

from .shop import Shop, open_shop, told

HOME = "https://shop.example/account"


@pytest.fixture
def shop(client: StripeClient) -> Shop:
    return open_shop(client)


def enter(shop: Shop, member: str, **more: Any) -> str:
    """The address of a portal session."""
    params: Any = {"customer": member, "configuration": shop.portal().id, "return_url": HOME, **more}
    return shop.client.v1.billing_portal.sessions.create(params).url


def press(address: str, act: str, **fields: str) -> httpx.Response:
    return httpx.post(address, data={"act": act, **fields}, timeout=10)


def test_a_configuration_keeps_what_it_was_given_and_fills_in_the_rest(shop: Shop, client: StripeClient) -> None:
    made = shop.portal()
    assert (made.active, made.is_default, made.livemode) == (True, False, False)
    features = made.features
    assert (features.customer_update.enabled, features.subscription_pause.enabled) == (False, False)
    assert features.subscription_cancel.proration_behavior == "none"
    assert [each.type for each in features.subscription_update.schedule_at_period_end.conditions] == [
        "shortening_interval"
    ]
    products = features.subscription_update.products
    assert products is not None
    assert products[0].prices == [shop.month, shop.year]
    client.v1.billing_portal.configurations.update(made.id, {"features": {"invoice_history": {"enabled": False}}})
    again = client.v1.billing_portal.configurations.retrieve(made.id)
    assert (again.features.invoice_history.enabled, again.features.subscription_cancel.enabled) == (False, True)
    assert [each.id for each in client.v1.billing_portal.configurations.list({"active": True}).data] == [made.id]


def test_switching_needs_products_and_prices_that_exist(shop: Shop) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        shop.portal(products=[])
    assert refused.value.param == "features[subscription_update][products]"
    with pytest.raises(InvalidRequestError, match="No such price"):
        shop.portal(products=[{"product": shop.product, "prices": ["price_none"]}])


def test_a_session_needs_a_configuration_as_nobody_has_saved_a_default(shop: Shop) -> None:
    with pytest.raises(InvalidRequestError, match="No configuration provided"):
        shop.client.v1.billing_portal.sessions.create({"customer": shop.customer()})


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"customer": "cus_nobody"}, "customer"),
        ({"configuration": "bpc_none"}, "configuration"),
        ({"return_url": "account"}, "return_url"),
        ({"flow_data": {"type": "subscription_cancel"}}, "flow_data[subscription_cancel]"),
        (
            {"flow_data": {"type": "subscription_cancel", "subscription_cancel": {"subscription": "sub_none"}}},
            "flow_data[subscription_cancel][subscription]",
        ),
        ({"flow_data": {"type": "subscription_pause"}}, "flow_data[type]"),
    ],
)
def test_a_session_that_leads_nowhere_is_refused(shop: Shop, more: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        enter(shop, shop.customer(), **more)
    assert refused.value.param == param


def test_cancelling_in_the_portal_sets_a_date_and_leaves_the_boolean_alone(shop: Shop, stripe: Stripe) -> None:
    customer, subscription = shop.member(stripe)
    enter(shop, customer)
    stripe.portal_cancel(customer)
    after = shop.client.v1.subscriptions.retrieve(subscription.id)
    assert (after.status, after.cancel_at_period_end) == ("active", False)
    assert after.cancel_at == after["items"].data[0].current_period_end
    assert after.canceled_at is not None
    assert told(stripe, subscription.id)[-1] == "customer.subscription.updated"
    stripe.portal_resume(customer)
    resumed = shop.client.v1.subscriptions.retrieve(subscription.id)
    assert (resumed.cancel_at, resumed.canceled_at) == (None, None)


def test_resuming_takes_back_a_cancellation_by_the_api_too(shop: Shop, stripe: Stripe) -> None:
    customer, subscription = shop.member(stripe)
    shop.client.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    stripe.portal_resume(customer)
    after = shop.client.v1.subscriptions.retrieve(subscription.id)
    assert (after.cancel_at_period_end, after.cancel_at) == (False, None)
    with pytest.raises(ApiError, match="not set to be canceled"):
        stripe.portal_resume(customer)


def test_a_longer_interval_is_charged_at_once(shop: Shop, stripe: Stripe) -> None:
    customer, subscription = shop.member(stripe)
    enter(shop, customer)
    stripe.portal_switch(customer, shop.year)
    after = shop.client.v1.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]})
    assert [item.price.id for item in after["items"].data] == [shop.year]
    assert not isinstance(after.latest_invoice, str | None)
    assert (after.latest_invoice.status, after.latest_invoice.total) == ("paid", 2700)


def test_a_card_that_fails_leaves_the_old_plan(shop: Shop, stripe: Stripe) -> None:
    customer, subscription = shop.member(stripe)
    enter(shop, customer)
    stripe.set_card(customer, "declined")
    with pytest.raises(Declined):
        stripe.portal_switch(customer, shop.year)
    after = shop.client.v1.subscriptions.retrieve(subscription.id)
    assert [item.price.id for item in after["items"].data] == [shop.month]


def test_a_shorter_interval_waits_for_the_end_of_the_period(shop: Shop, stripe: Stripe) -> None:
    customer, subscription = shop.member(stripe, price=shop.year)
    enter(shop, customer)
    stripe.portal_switch(customer, shop.month)
    after = shop.client.v1.subscriptions.retrieve(subscription.id)
    assert after.schedule is not None
    assert [item.price.id for item in after["items"].data] == [shop.year]


def test_a_new_card_becomes_the_customers_default_but_not_the_subscriptions(shop: Shop, stripe: Stripe) -> None:
    customer, subscription = shop.member(stripe)
    stripe.portal_card(customer)
    after = shop.client.v1.subscriptions.retrieve(subscription.id)
    default: Any = shop.client.v1.customers.retrieve(customer).invoice_settings
    assert default.default_payment_method not in (None, after.default_payment_method)


def test_the_home_page_offers_what_the_configuration_allows(shop: Shop, stripe: Stripe) -> None:
    customer, subscription = shop.member(stripe)
    address = enter(shop, customer)
    page = httpx.get(address, timeout=10)
    assert page.headers["cache-control"] == "no-store"
    for text in ("$3.00 / month", "Cancel plan", "Switch to $30.00 / year", "Update card", "View invoice", HOME):
        assert text in page.text
    assert press(f"{address}/home", "cancel", subscription=subscription.id).status_code == 303
    page = httpx.get(address, timeout=10)
    assert "Resume plan" in page.text
    assert "Cancel plan" not in page.text
    press(f"{address}/home", "resume", subscription=subscription.id)
    press(f"{address}/home", f"switch:{shop.year}", subscription=subscription.id)
    assert "$30.00 / year" in httpx.get(address, timeout=10).text


def test_one_customer_cannot_touch_the_plan_of_another(shop: Shop, stripe: Stripe) -> None:
    _, foreign = shop.member(stripe)
    customer, own = shop.member(stripe)
    press(f"{enter(shop, customer)}/home", "cancel", subscription=foreign.id)
    assert shop.client.v1.subscriptions.retrieve(foreign.id).cancel_at is None
    assert shop.client.v1.subscriptions.retrieve(own.id).cancel_at is not None


def test_what_is_switched_off_cannot_be_pressed(shop: Shop, stripe: Stripe, client: StripeClient) -> None:
    customer, subscription = shop.member(stripe)
    address = enter(shop, customer)
    configuration = client.v1.billing_portal.configurations.list().data[0].id
    client.v1.billing_portal.configurations.update(
        configuration, {"features": {"subscription_cancel": {"enabled": False}}}
    )
    assert "Cancel plan" not in httpx.get(address, timeout=10).text
    assert press(f"{address}/home", "cancel").status_code == 400
    assert client.v1.subscriptions.retrieve(subscription.id).cancel_at is None


@pytest.mark.parametrize("kind", ["subscription_cancel", "payment_method_update", "subscription_update_confirm"])
def test_a_deep_link_shows_one_act_and_leads_back(shop: Shop, stripe: Stripe, kind: str) -> None:
    customer, subscription = shop.member(stripe)
    item = subscription["items"].data[0].id
    details: dict[str, Any] = {
        "subscription_cancel": {"subscription": subscription.id},
        "payment_method_update": {},
        "subscription_update_confirm": {
            "subscription": subscription.id,
            "items": [{"id": item, "price": shop.year, "quantity": 1}],
        },
    }
    flow: dict[str, Any] = {
        "type": kind,
        "after_completion": {"type": "redirect", "redirect": {"return_url": f"{HOME}?done"}},
    }
    if details[kind]:
        flow[kind] = details[kind]
    address = enter(shop, customer, flow_data=flow)
    page = httpx.get(address, timeout=10).text
    act, words = {
        "subscription_cancel": ("cancel", "Cancel plan"),
        "payment_method_update": ("card", "Update card"),
        "subscription_update_confirm": (f"switch:{shop.year}", "Confirm"),
    }[kind]
    assert words in page
    assert "View invoice" not in page
    answer = press(address, act, card="works", feedback="too_expensive")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{HOME}?done")
    after = shop.client.v1.subscriptions.retrieve(subscription.id)
    if kind == "subscription_cancel":
        assert after.cancel_at is not None
        assert after.cancellation_details is not None
        assert after.cancellation_details.feedback == "too_expensive"
    elif kind == "subscription_update_confirm":
        assert after["items"].data[0].price.id == shop.year


def test_a_subscription_that_ends_already_has_no_cancel_link(shop: Shop, stripe: Stripe) -> None:
    customer, subscription = shop.member(stripe)
    enter(shop, customer)
    stripe.portal_cancel(customer)
    flow = {"type": "subscription_cancel", "subscription_cancel": {"subscription": subscription.id}}
    with pytest.raises(InvalidRequestError, match="already set to be canceled"):
        enter(shop, customer, flow_data=flow)


def test_a_switch_that_waits_is_shown_and_can_be_forgotten(shop: Shop, stripe: Stripe) -> None:
    customer, subscription = shop.member(stripe, price=shop.year)
    address = enter(shop, customer)
    stripe.portal_switch(customer, shop.month)
    page = httpx.get(address, timeout=10).text
    assert "Changes to $3.00 / month on" in page
    assert "Switch to" not in page
    press(f"{address}/home", "resume", subscription=subscription.id)
    assert shop.client.v1.subscriptions.retrieve(subscription.id).schedule is None
    assert "Renews on" in httpx.get(address, timeout=10).text


def test_an_address_can_be_changed_only_where_the_configuration_says_so(
    shop: Shop, stripe: Stripe, client: StripeClient
) -> None:
    customer, _ = shop.member(stripe)
    address = enter(shop, customer)
    assert press(f"{address}/home", "email", email="new@example.org").status_code == 400
    configuration = client.v1.billing_portal.configurations.list().data[0].id
    client.v1.billing_portal.configurations.update(
        configuration, {"features": {"customer_update": {"enabled": True, "allowed_updates": ["email"]}}}
    )
    assert "Update email" in httpx.get(address, timeout=10).text
    press(f"{address}/home", "email", email="new@example.org")
    assert client.v1.customers.retrieve(customer).email == "new@example.org"
    assert stripe.events.all("customer.updated")[-1]["data"]["previous_attributes"] == {"email": "alice@example.org"}
