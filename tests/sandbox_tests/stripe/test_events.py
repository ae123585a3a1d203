"""The list of what happened: filters, pages, thirty days, and who caused it."""

import json
from datetime import timedelta

import httpx
import pytest
from stripe import StripeClient

from tests.sandbox import World
from tests.sandbox.stripe.state import Stripe
from tests.stripe_types import problems_in_event


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [event["id"] for event in answer.json()["data"]]


def emit(stripe: Stripe, *types: str) -> list[str]:
    """Ids of events in which a customer is what happened to; oldest first."""
    return [stripe.events.emit(each, {"id": "cus_1", "object": "customer"})["id"] for each in types]


def test_events_are_listed_newest_first_in_pages(stripe: Stripe, api: httpx.Client) -> None:
    made = emit(stripe, *["customer.created"] * 5)[::-1]
    first = api.get("events", params={"limit": 2})
    assert ids(first) == made[:2]
    assert first.json()["has_more"] is True
    assert ids(api.get("events", params={"limit": 10, "starting_after": made[1]})) == made[2:]
    assert ids(api.get("events", params={"limit": 2, "ending_before": made[4]})) == made[2:4]


def test_events_are_found_by_type_types_and_wildcard(stripe: Stripe, api: httpx.Client) -> None:
    created, updated, paid = emit(stripe, "customer.created", "customer.updated", "invoice.paid")
    assert ids(api.get("events", params={"type": "invoice.paid"})) == [paid]
    assert ids(api.get("events", params={"type": "customer.*"})) == [updated, created]
    both = {"types[0]": "customer.created", "types[1]": "invoice.paid"}
    assert ids(api.get("events", params=both)) == [paid, created]
    assert api.get("events", params={**both, "type": "invoice.paid"}).status_code == 400
    assert api.get("events", params=[("types[]", "invoice.paid")] * 21).status_code == 400


def test_events_are_found_by_time_and_forgotten_after_thirty_days(
    world: World, stripe: Stripe, api: httpx.Client
) -> None:
    (old,) = emit(stripe, "customer.created")
    world.clock.advance(timedelta(days=29))
    (new,) = emit(stripe, "customer.created")
    assert ids(api.get("events", params={"created[gt]": stripe.now() - 3600})) == [new]
    assert ids(api.get("events", params={"created[lte]": stripe.now() - 3600})) == [old]
    world.clock.advance(timedelta(days=2))
    assert ids(api.get("events")) == [new]
    assert api.get(f"events/{new}").status_code == 200
    missing = api.get(f"events/{old}")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "resource_missing")


def test_an_event_shows_the_object_as_it_was_then(stripe: Stripe, api: httpx.Client) -> None:
    obj = {"id": "cus_1", "object": "customer", "name": "Ada"}
    event = stripe.events.emit("customer.updated", obj, previous={"name": None})
    obj["name"] = "Bea"
    kept = api.get(f"events/{event['id']}").json()["data"]
    assert (kept["object"]["name"], kept["previous_attributes"]) == ("Ada", {"name": None})


def test_an_event_names_the_call_that_caused_it(stripe: Stripe, api: httpx.Client) -> None:
    answer = api.post("customers", data={"email": "ada@example.org"}, headers={"Idempotency-Key": "k1"})
    assert answer.status_code == 200, answer.text
    (event,) = stripe.events.all("customer.created")
    assert event["request"] == {"id": answer.headers["request-id"], "idempotency_key": "k1"}
    assert event["data"]["object"] == answer.json()
    assert not problems_in_event(event)
    (automatic,) = emit(stripe, "customer.updated")
    assert api.get(f"events/{automatic}").json()["request"] == {"id": None, "idempotency_key": None}


def test_the_official_client_walks_through_all_of_them(stripe: Stripe, client: StripeClient) -> None:
    made = emit(stripe, *["customer.created"] * 25)
    listed = client.v1.events.list({"limit": 10, "types": ["customer.created"]})
    assert [event.id for event in listed.auto_paging_iter()] == made[::-1]


def test_the_bytes_of_a_webhook_are_not_what_a_rewriter_would_make_of_them(stripe: Stripe) -> None:
    body = stripe.events.body(
        stripe.events.emit("customer.created", {"id": "cus_1", "object": "customer", "name": "é"})
    )
    again = json.dumps(json.loads(body)).encode()
    assert again != body


@pytest.mark.parametrize("limit", ["0", "101", "many"])
def test_a_page_has_one_to_a_hundred_events(stripe: Stripe, api: httpx.Client, limit: str) -> None:
    stripe.requests.expect_problems()
    assert api.get("events", params={"limit": limit}).json()["error"]["param"] == "limit"
