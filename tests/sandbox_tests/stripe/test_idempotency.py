"""Idempotency keys: one logical operation happens once."""

import threading
from datetime import timedelta

import httpx

from tests.sandbox.stripe.state import Stripe


def post(api: httpx.Client, key: str, **form: str) -> httpx.Response:
    return api.post("/customers", data=form, headers={"Idempotency-Key": key})


def count(api: httpx.Client) -> int:
    return len(api.get("/customers").json()["data"])


def test_the_first_answer_is_given_again(api: httpx.Client, stripe: Stripe) -> None:
    first = post(api, "k", email="a@example.org")
    again = post(api, "k", email="a@example.org")
    assert (again.json(), count(api)) == (first.json(), 1)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Original-Request"] == first.headers["Request-Id"]
    assert len(stripe.events.all("customer.created")) == 1


def test_the_order_of_parameters_does_not_matter(api: httpx.Client) -> None:
    assert post(api, "k", name="A", phone="1").json() == post(api, "k", phone="1", name="A").json()


def test_other_parameters_or_another_address_are_refused(api: httpx.Client) -> None:
    post(api, "k", email="a@example.org")
    other = post(api, "k", email="b@example.org")
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    elsewhere = api.post("/products", data={"name": "a"}, headers={"Idempotency-Key": "k"})
    assert elsewhere.json()["error"]["type"] == "idempotency_error"
    assert count(api) == 1


def test_a_key_is_good_for_a_day(api: httpx.Client, stripe: Stripe) -> None:
    first = post(api, "k").json()["id"]
    stripe.ground.clock.advance(timedelta(hours=23, minutes=59))
    assert post(api, "k").json()["id"] == first
    stripe.ground.clock.advance(timedelta(minutes=2))
    assert post(api, "k").json()["id"] != first


def test_a_500_is_remembered_too(api: httpx.Client, stripe: Stripe) -> None:
    stripe.failures.append(("POST", "/v1/customers"))
    first, again = post(api, "k"), post(api, "k")
    assert (first.status_code, again.status_code) == (500, 500)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert post(api, "another").status_code == 200


def test_a_wrong_parameter_is_not_remembered(api: httpx.Client) -> None:
    assert post(api, "k", colour="red").status_code == 400
    assert post(api, "k", email="a@example.org").status_code == 200


def test_reading_needs_no_key(api: httpx.Client) -> None:
    headers = {"Idempotency-Key": "k"}
    before = api.get("/customers", headers=headers).json()["data"]
    post(api, "other")
    assert (before, len(api.get("/customers", headers=headers).json()["data"])) == ([], 1)


def test_two_calls_at_once_with_one_key_conflict(api: httpx.Client, stripe: Stripe) -> None:
    answers: list[httpx.Response] = []
    calls = [threading.Thread(target=lambda: answers.append(post(api, "k"))) for _ in range(2)]
    with stripe.ground.lock:
        for call in calls:
            call.start()
        while not answers:
            calls[0].join(0.01)
            calls[1].join(0.01)
    for call in calls:
        call.join()
    assert [answer.status_code for answer in answers] == [409, 200]
    assert answers[0].json()["error"]["type"] == "idempotency_error"
    assert post(api, "k").json() == answers[1].json()
