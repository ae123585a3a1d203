"""Webhooks: who is told what, how it is signed, what is tried again, and every way to spoil it."""

import json
import time
from typing import Any

import httpx
import pytest
from stripe import SignatureVerificationError, StripeClient, Webhook

from tests.sandbox.faults import FOR_EVER
from tests.sandbox.stripe.state import Stripe
from tests.sandbox.stripe.webhook_faults import WebhookFaultKind

from .conftest import Received, Receiver

VERSION = "2026-10-28.endive"


@pytest.fixture
def endpoint(api: httpx.Client, receiver: Receiver) -> dict[str, Any]:
    """An endpoint that wants everything, and its secret."""
    made: dict[str, Any] = api.post(
        "webhook_endpoints", data={"url": receiver.url, "enabled_events[]": "*", "api_version": VERSION}
    ).json()
    return made


def happen(stripe: Stripe, *names: str) -> list[dict[str, Any]]:
    """Events of which each is about a customer."""
    return [stripe.events.emit("customer.created", {"id": name, "object": "customer"}) for name in names]


def told(receiver: Receiver) -> list[str]:
    return [json.loads(one.body)["data"]["object"]["id"] for one in receiver.received]


def quiet(stripe: Stripe) -> None:
    assert stripe.deliveries.wait_until_quiet(10)


def verified(one: Received, secret: str) -> Any:
    return Webhook.construct_event(one.body, one.headers["stripe-signature"], secret)


def test_the_first_endpoint_gets_the_secret_that_the_settings_name_and_all_others_one_of_their_own(
    stripe: Stripe, api: httpx.Client
) -> None:
    form = {"url": "http://127.0.0.1:9/", "enabled_events[]": "*"}
    first, second = (api.post("webhook_endpoints", data=form).json() for _ in range(2))
    assert first["secret"] == stripe.webhook_secret
    assert second["secret"].startswith("whsec_")
    assert second["secret"] != first["secret"]


def test_a_secret_is_shown_once(api: httpx.Client, endpoint: dict[str, Any]) -> None:
    assert "secret" not in api.get(f"webhook_endpoints/{endpoint['id']}").json()
    assert "secret" not in api.get("webhook_endpoints").json()["data"][0]


def test_the_official_client_verifies_what_arrives(
    stripe: Stripe, receiver: Receiver, endpoint: dict[str, Any]
) -> None:
    (event,) = happen(stripe, "cus_é")
    quiet(stripe)
    (one,) = receiver.received
    assert verified(one, endpoint["secret"]).id == event["id"]
    assert one.headers["content-type"] == "application/json; charset=utf-8"
    assert "é".encode() in one.body
    with pytest.raises(SignatureVerificationError):
        verified(Received(one.body + b" ", one.headers), endpoint["secret"])


def test_events_arrive_in_the_order_they_happened(stripe: Stripe, receiver: Receiver, endpoint: dict[str, Any]) -> None:
    happen(stripe, *"abcdef")
    quiet(stripe)
    assert told(receiver) == list("abcdef")


def test_an_endpoint_is_told_only_what_it_asked_for(stripe: Stripe, api: httpx.Client, receiver: Receiver) -> None:
    api.post("webhook_endpoints", data={"url": receiver.url, "enabled_events[]": "customer.deleted"}).raise_for_status()
    happen(stripe, "a")
    stripe.events.emit("customer.deleted", {"id": "b", "object": "customer"})
    quiet(stripe)
    assert told(receiver) == ["b"]


def test_an_endpoint_can_be_changed_switched_off_and_removed(
    client: StripeClient, stripe: Stripe, receiver: Receiver, endpoint: dict[str, Any]
) -> None:
    endpoints = client.v1.webhook_endpoints
    changed = endpoints.update(endpoint["id"], {"disabled": True, "description": "off", "metadata": {"a": "1"}})
    assert (changed.status, changed.description, changed.metadata["a"]) == ("disabled", "off", "1")
    happen(stripe, "a")
    endpoints.update(endpoint["id"], {"disabled": False, "enabled_events": ["customer.created"]})
    happen(stripe, "b")
    assert endpoints.delete(endpoint["id"]).deleted
    happen(stripe, "c")
    quiet(stripe)
    assert told(receiver) in (["b"], [])  # what had not left when it was removed stays here
    assert not endpoints.list().data


@pytest.mark.parametrize(
    ("form", "param"),
    [
        ({"enabled_events[]": "*"}, "url"),
        ({"url": "http://127.0.0.1/"}, "enabled_events"),
        ({"url": "nowhere", "enabled_events[]": "*"}, "url"),
        ({"url": "http://127.0.0.1/", "enabled_events[]": "no.such_event"}, "enabled_events[0]"),
        ({"url": "http://127.0.0.1/", "enabled_events[]": "*", "api_version": "yesterday"}, "api_version"),
    ],
)
def test_an_endpoint_that_makes_no_sense_is_refused(
    stripe: Stripe, api: httpx.Client, form: dict[str, str], param: str
) -> None:
    stripe.requests.expect_problems()
    answer = api.post("webhook_endpoints", data=form)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_what_is_not_taken_comes_again_until_it_is(
    stripe: Stripe, receiver: Receiver, endpoint: dict[str, Any]
) -> None:
    stripe.deliveries.pauses = (0.05, 0.05, 0.05)
    receiver.answers = [500, 302]
    (event,) = happen(stripe, "a")
    assert event["pending_webhooks"] == 1
    quiet(stripe)
    assert told(receiver) == ["a", "a", "a"]
    assert [(one.number, one.status) for one in stripe.deliveries.tries()] == [(1, 500), (2, 302), (3, 200)]
    assert event["pending_webhooks"] == 0


def test_after_the_last_try_an_event_waits_for_whoever_asks_for_it(
    stripe: Stripe, api: httpx.Client, receiver: Receiver, endpoint: dict[str, Any]
) -> None:
    stripe.deliveries.pauses = (0.05,)
    receiver.answers = [500, 500]
    (event,) = happen(stripe, "a")
    quiet(stripe)
    assert len(receiver.received) == 2
    (missed,) = api.get("events", params={"delivery_success": "false"}).json()["data"]
    assert missed["id"] == event["id"]
    stripe.deliveries.resend(event["id"])
    quiet(stripe)
    assert len(receiver.received) == 3
    assert api.get("events", params={"delivery_success": "false"}).json()["data"] == []


def test_a_site_that_is_down_gets_its_events_later(stripe: Stripe, api: httpx.Client, receiver: Receiver) -> None:
    stripe.deliveries.pauses = (0.05,) * 100
    made = api.post("webhook_endpoints", data={"url": "http://127.0.0.1:9/", "enabled_events[]": "*"}).json()
    happen(stripe, "a")
    deadline = time.monotonic() + 10
    while not stripe.deliveries.tries() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert "refused" in stripe.deliveries.tries()[0].error
    api.post(f"webhook_endpoints/{made['id']}", data={"url": receiver.url}).raise_for_status()
    quiet(stripe)
    assert told(receiver) == ["a"]


def test_nothing_is_sent_beyond_this_machine(stripe: Stripe, api: httpx.Client) -> None:
    stripe.deliveries.pauses = ()
    api.post("webhook_endpoints", data={"url": "https://example.org/", "enabled_events[]": "*"}).raise_for_status()
    happen(stripe, "a")
    quiet(stripe)
    assert stripe.deliveries.tries()[0].error == "the sandbox only reaches http addresses of this machine"


def test_held_back_means_later_and_not_never(stripe: Stripe, receiver: Receiver, endpoint: dict[str, Any]) -> None:
    stripe.deliveries.paused = True
    happen(stripe, *"ab")
    assert not stripe.deliveries.wait_until_quiet(0.2)
    assert told(receiver) == []
    stripe.deliveries.paused = False
    quiet(stripe)
    assert told(receiver) == ["a", "b"]


def test_a_doubled_event_arrives_as_often_as_asked(
    stripe: Stripe, receiver: Receiver, endpoint: dict[str, Any]
) -> None:
    stripe.deliveries.faults.add("duplicate", copies=5)
    happen(stripe, *"ab")
    quiet(stripe)
    assert told(receiver) == ["a"] * 5 + ["b"]


def test_the_next_events_arrive_in_the_opposite_order(
    stripe: Stripe, receiver: Receiver, endpoint: dict[str, Any]
) -> None:
    stripe.deliveries.faults.add("reorder", times=3)
    happen(stripe, *"abcd")
    quiet(stripe)
    assert [name for name in told(receiver) if name != "d"] == ["c", "b", "a"]


def test_a_lonely_event_that_was_to_be_turned_round_arrives_all_the_same(
    stripe: Stripe, receiver: Receiver, endpoint: dict[str, Any]
) -> None:
    stripe.deliveries.faults.add("reorder", times=3)
    happen(stripe, "a")
    quiet(stripe)
    assert told(receiver) == ["a"]


def test_a_late_event_is_overtaken(stripe: Stripe, receiver: Receiver, endpoint: dict[str, Any]) -> None:
    stripe.deliveries.faults.add("delay", seconds=0.3)
    happen(stripe, *"abc")
    quiet(stripe)
    assert told(receiver) == ["b", "c", "a"]


def test_a_lost_event_is_in_the_list_of_events_only(
    stripe: Stripe, api: httpx.Client, receiver: Receiver, endpoint: dict[str, Any]
) -> None:
    stripe.deliveries.faults.add("drop", type="customer.*", times=FOR_EVER)
    happen(stripe, *"ab")
    quiet(stripe)
    stripe.deliveries.faults.clear()
    happen(stripe, "c")
    quiet(stripe)
    assert told(receiver) == ["c"]
    assert len(api.get("events", params={"type": "customer.created"}).json()["data"]) == 3


@pytest.mark.parametrize(
    ("kind", "words"),
    [("wrong-signature", "No signatures found matching"), ("old-timestamp", "Timestamp outside the tolerance zone")],
)
def test_a_spoiled_signature_is_not_accepted_and_the_next_try_is_whole(
    stripe: Stripe, receiver: Receiver, endpoint: dict[str, Any], kind: WebhookFaultKind, words: str
) -> None:
    stripe.deliveries.pauses = (0.05,)
    stripe.deliveries.faults.add(kind)
    receiver.answers = [400]
    happen(stripe, "a")
    quiet(stripe)
    spoiled, whole = receiver.received
    with pytest.raises(SignatureVerificationError, match=words):
        verified(spoiled, endpoint["secret"])
    assert verified(whole, endpoint["secret"]).type == "customer.created"


def test_while_a_secret_is_rolled_both_verify(stripe: Stripe, receiver: Receiver, endpoint: dict[str, Any]) -> None:
    new = stripe.events.secrets.roll(endpoint["id"])
    happen(stripe, "a")
    quiet(stripe)
    stripe.events.secrets.forget_old(endpoint["id"])
    happen(stripe, "b")
    quiet(stripe)
    both, alone = receiver.received
    for secret in (endpoint["secret"], new):
        verified(both, secret)
    verified(alone, new)
    with pytest.raises(SignatureVerificationError):
        verified(alone, endpoint["secret"])


def test_an_endpoint_of_another_version_is_told_so(stripe: Stripe, api: httpx.Client, receiver: Receiver) -> None:
    old = {"url": receiver.url, "enabled_events[]": "*", "api_version": "2020-08-27"}
    api.post("webhook_endpoints", data=old).raise_for_status()
    happen(stripe, "a")
    quiet(stripe)
    assert json.loads(receiver.received[0].body)["api_version"] == "2020-08-27"


def test_a_hand_made_signature_is_the_settings_own(stripe: Stripe) -> None:
    body = stripe.events.body(stripe.events.emit("customer.created", {"id": "a"}, livemode=True, account="acct_1"))
    event = Webhook.construct_event(body, stripe.events.signed(body), stripe.webhook_secret)
    assert (event.livemode, event.account) == (True, "acct_1")
    with pytest.raises(SignatureVerificationError, match="tolerance"):
        Webhook.construct_event(body, stripe.events.signed(body, at=int(time.time()) - 360), stripe.webhook_secret)
