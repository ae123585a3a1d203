"""The door of the API over plain HTTP: who may ask, what a call may say, how lists and expansions come back."""

import base64
import re

import httpx
import pytest

from tests.sandbox.stripe.state import Stripe


def refused(answer: httpx.Response, status: int = 400) -> dict[str, str]:
    """The error of an answer, whose status must be this."""
    assert answer.status_code == status, answer.text
    error: dict[str, str] = answer.json()["error"]
    return error


def customer(api: httpx.Client, **fields: str) -> str:
    answer = api.post("/customers", data=fields)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def test_without_the_right_key_nobody_gets_in(api: httpx.Client, stripe: Stripe) -> None:
    address = f"{stripe.url}/v1/customers"
    assert "did not provide an API key" in refused(httpx.get(address), 401)["message"]
    wrong = refused(httpx.get(address, headers={"Authorization": "Bearer sk_test_wrongwrongwrong"}), 401)
    assert (wrong["type"], "wrongwrong" in wrong["message"]) == ("invalid_request_error", False)


def test_the_key_may_be_the_name_of_basic_authentication(stripe: Stripe) -> None:
    given = base64.b64encode(f"{stripe.secret_key}:".encode()).decode()
    answer = httpx.get(f"{stripe.url}/v1/customers", headers={"Authorization": f"Basic {given}"})
    assert answer.status_code == 200
    assert answer.json() == {"object": "list", "data": [], "has_more": False, "url": "/v1/customers"}


def test_every_answer_names_its_request_and_the_version(api: httpx.Client) -> None:
    answer = api.get("/customers")
    assert re.fullmatch(r"req_\w+", answer.headers["Request-Id"])
    assert answer.headers["Stripe-Version"] == "2026-10-28.endive"
    older = api.get("/customers", headers={"Stripe-Version": "2025-03-31.basil"})
    assert older.headers["Stripe-Version"] == "2025-03-31.basil"
    assert "version" in refused(api.get("/customers", headers={"Stripe-Version": "newest"}))["message"]


def test_an_unknown_address_is_named(api: httpx.Client) -> None:
    assert "GET: /v1/charms" in refused(api.get("/charms"), 404)["message"]
    assert "DELETE: /v1/prices/p" in refused(api.delete("/prices/p"), 404)["message"]


@pytest.mark.parametrize(
    ("path", "form", "code", "param"),
    [
        ("customers", {"coupon": "x"}, "parameter_unknown", "coupon"),
        ("customers", {"invoice_settings[colour]": "x"}, "parameter_unknown", "invoice_settings[colour]"),
        ("customers", {"balance": "much"}, "parameter_invalid_integer", "balance"),
        ("products", {"name": ""}, "parameter_invalid_empty", "name"),
        ("products", {}, "parameter_missing", "name"),
        ("subscriptions", {"customer": "cus_x", "coupon": "x"}, "parameter_unknown", "coupon"),
        ("subscriptions", {"customer": "cus_x", "promotion_code": "x"}, "parameter_unknown", "promotion_code"),
        ("subscriptions", {"customer": "cus_x", "items[0][prize]": "x"}, "parameter_unknown", "items[0][prize]"),
        ("promotion_codes", {"coupon": "x"}, "parameter_unknown", "coupon"),
        ("checkout/sessions", {"payment_method_types[]": "card"}, "payment_method_types_no_longer_supported", ""),
        ("setup_intents", {"payment_method_types[]": "card"}, "payment_method_types_no_longer_supported", ""),
        (
            "payment_intents",
            {"amount": "500", "currency": "usd", "payment_method_types[]": "card"},
            "payment_method_types_no_longer_supported",
            "payment_method_types",
        ),
    ],
)
def test_what_a_call_does_not_know_is_refused_by_name(
    api: httpx.Client, path: str, form: dict[str, str], code: str, param: str
) -> None:
    error = refused(api.post(f"/{path}", data=form))
    assert (error["type"], error["code"]) == ("invalid_request_error", code)
    assert error["param"] == (param or "payment_method_types")


@pytest.mark.parametrize(
    ("path", "form", "words"),
    [
        ("checkout/sessions", {"ui_mode": "hosted"}, "must be one of"),
        ("checkout/sessions", {"mode": "sometimes"}, "must be one of"),
        ("subscriptions", {"items": "one"}, "Invalid array"),
        ("products", {"name": "a", "active": "yes"}, "Invalid boolean"),
        ("subscriptions/sub_x", {"billing_cycle_anchor": "now"}, "Invalid object"),
        ("products", {"name": "a", "metadata[key]": "v" * 501}, "up to 500 characters"),
        ("products", {"name": "a", f"metadata[{'k' * 41}]": "v"}, "up to 40 characters"),
    ],
)
def test_what_has_the_wrong_form_is_refused(api: httpx.Client, path: str, form: dict[str, str], words: str) -> None:
    assert words in refused(api.post(f"/{path}", data=form))["message"]


def test_json_is_no_form(api: httpx.Client) -> None:
    assert "form" in refused(api.post("/customers", json={"email": "a@example.org"}))["message"]


def test_what_is_not_there_is_404_in_the_path_and_400_in_a_parameter(api: httpx.Client) -> None:
    error = refused(api.get("/customers/cus_nobody"), 404)
    assert (error["code"], error["message"]) == ("resource_missing", "No such customer: 'cus_nobody'")
    form = {"customer": "cus_nobody", "items[0][price]": "price_none"}
    error = refused(api.post("/subscriptions", data=form))
    assert (error["code"], error["param"]) == ("resource_missing", "customer")


def test_lists_go_back_in_time_in_pages(api: httpx.Client) -> None:
    made = [customer(api) for _ in range(5)]
    newest = api.get("/customers", params={"limit": 2}).json()
    assert [row["id"] for row in newest["data"]] == [made[4], made[3]]
    assert newest["has_more"] is True
    rest = api.get("/customers", params={"limit": 3, "starting_after": made[3]}).json()
    assert ([row["id"] for row in rest["data"]], rest["has_more"]) == ([made[2], made[1], made[0]], False)
    before = api.get("/customers", params={"limit": 1, "ending_before": made[2]}).json()
    assert ([row["id"] for row in before["data"]], before["has_more"]) == ([made[3]], True)


@pytest.mark.parametrize("limit", ["0", "101"])
def test_a_page_has_one_to_a_hundred_rows(api: httpx.Client, limit: str) -> None:
    assert refused(api.get("/customers", params={"limit": limit}))["param"] == "limit"


def test_lists_are_cut_by_time(api: httpx.Client, stripe: Stripe) -> None:
    customer(api)
    now = stripe.now()
    assert api.get("/customers", params={"created[gt]": now}).json()["data"] == []
    assert len(api.get("/customers", params={"created[gte]": now - 60, "created[lt]": now + 60}).json()["data"]) == 1


def test_ids_become_objects_where_that_is_asked_for(api: httpx.Client) -> None:
    product = api.post("/products", data={"name": "Coffee"}).json()["id"]
    form = {"product": product, "currency": "usd", "unit_amount": "500", "expand[]": "product"}
    price = api.post("/prices", data=form).json()
    assert price["product"]["name"] == "Coffee"
    assert api.get(f"/prices/{price['id']}").json()["product"] == product
    listed = api.get("/prices", params={"expand[]": "data.product"}).json()
    assert listed["data"][0]["product"]["name"] == "Coffee"


@pytest.mark.parametrize("path", ["email", "colour", "data.email", "a.b.c.d.e"])
def test_what_cannot_be_expanded_is_refused(api: httpx.Client, path: str) -> None:
    known = customer(api, email="a@example.org")
    assert "expand" in refused(api.get(f"/customers/{known}", params={"expand[]": path}))["message"]


def test_an_odd_500_does_nothing(api: httpx.Client, stripe: Stripe) -> None:
    stripe.failures.append(("POST", "/v1/customers"))
    assert refused(api.post("/customers"), 500)["type"] == "api_error"
    assert api.get("/customers").json()["data"] == []
    customer(api)
