"""The one line that says where a membership stands, on the account page and on the pricing page."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from billing.membership import membership
from billing.models import BillingAccount, Grant
from tests.accounts.signing import a_person, sign_in
from tests.pages.document import read

pytestmark = pytest.mark.django_db
NOW = timezone.now()
SOON = NOW + timedelta(days=20)
PAYS = {"subscription_id": "sub_1", "price_key": "month", "status": "active", "current_period_end": SOON}
DATE = f"{SOON:%B} {SOON.day}, {SOON.year}"


@pytest.fixture(autouse=True)
def selling(settings: Settings) -> None:
    settings.BILLING_ENABLED = True


@pytest.fixture
def bob(client: Client) -> User:
    person = a_person("bob@example.com")
    sign_in(client, person.email)
    return person


STANDINGS: list[tuple[str, dict[str, Any], str, list[str]]] = [
    ("renews", PAYS | {"access_until": SOON}, f"It renews on {DATE}.", ["switch", "manage", "manage:cancel"]),
    (
        "renews",
        PAYS | {"access_until": SOON, "price_key": "year", "next_price_key": "month"},
        f"On {DATE} it changes to $3.00 a month.",
        ["resume", "manage", "manage:cancel"],
    ),
    ("ends", PAYS | {"access_until": SOON, "ends_at": SOON}, f"ends on {DATE}", ["resume", "manage"]),
    (
        "unpaid",
        PAYS | {"status": "past_due", "access_until": SOON},
        f"until {DATE}",
        ["manage:card", "manage", "manage:cancel"],
    ),
    (
        "unpaid",
        PAYS | {"status": "past_due", "access_until": SOON, "payment_url": "https://pay.example/in_1"},
        f"until {DATE}",
        ["manage", "manage:cancel", "https://pay.example/in_1"],
    ),
    ("pending", PAYS, "Your payment is underway.", ["manage"]),
    ("stopped", PAYS | {"status": "unpaid"}, "Your membership is stopped", ["manage:card", "manage:cancel"]),
    (
        "stopped",
        PAYS | {"status": "past_due", "access_until": NOW},
        "Your membership is stopped",
        ["manage:card", "manage:cancel"],
    ),
    ("disputed", PAYS | {"suspended_at": NOW}, "premium is suspended", []),
    ("free", {"status": "canceled", "ends_at": NOW}, "You have a free account.", []),
    ("free", PAYS | {"ends_at": NOW, "access_until": NOW}, "You have a free account.", []),
]


@pytest.mark.parametrize("case", STANDINGS, ids=lambda case: case[2])
def test_the_pages_say_where_it_stands_and_offer_what_helps(
    client: Client, bob: User, case: tuple[str, dict[str, Any], str, list[str]]
) -> None:
    state, mirror, sentence, buttons = case
    BillingAccount.objects.create(user=bob, stripe_customer_id="cus_1", **mirror)
    assert membership(bob).state == state
    pages = {path: read(client.get(path).content.decode()) for path in ("/account", "/premium")}
    for path, page in pages.items():
        if path == "/account" or state != "free":
            assert sentence in " ".join(page.text.split())
    page = pages["/account"]
    offered = []
    for each in page.all("form"):
        action = each.attributes.get("action") or ""
        if action.startswith("/premium/"):
            flow = next((button["value"] for button in each.all("button", name="flow")), "")
            offered.append(action.removeprefix("/premium/") + (f":{flow}" if flow else ""))
    links = [str(link["href"]) for link in page.all("a")]
    offered += [link for link in links if link.startswith("https://pay.example")]
    offered = (["switch"] if "/premium/switch" in links else []) + offered
    assert offered == buttons


def test_a_gift_alone_says_until_when(client: Client, bob: User) -> None:
    Grant.objects.create(user=bob, starts_at=NOW - timedelta(days=1), ends_at=SOON, reason="a gift")
    assert membership(bob).state == "given"
    assert f"You are a premium member until {DATE}" in read(client.get("/account").content.decode()).text


def test_a_patron_is_not_told_that_it_ends_in_four_days(client: Client, bob: User) -> None:
    Grant.objects.create(
        user=bob, starts_at=NOW - timedelta(days=1), ends_at=SOON, reason="Patreon", source=Grant.Source.PATREON
    )
    for path in ("/account", "/premium"):
        text = read(client.get(path).content.decode()).text
        assert "through Patreon" in text
        assert DATE not in text


def test_a_gift_that_waits_is_told_of(client: Client, bob: User) -> None:
    BillingAccount.objects.create(user=bob, stripe_customer_id="cus_1", **PAYS, access_until=SOON)
    Grant.objects.create(user=bob, starts_at=SOON, ends_at=SOON + timedelta(days=365), reason="a gift")
    text = read(client.get("/account").content.decode()).text
    assert "It waits while your membership is paid for" in text


def test_an_endless_gift_has_no_end(bob: User) -> None:
    Grant.objects.create(user=bob, starts_at=NOW - timedelta(days=1), reason="helped us")
    assert membership(bob).given_until is None


def test_the_queries_do_not_grow(bob: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for days in range(1, 6):
        Grant.objects.create(user=bob, starts_at=NOW, ends_at=NOW + timedelta(days=days), reason="a gift")
    with django_assert_num_queries(3):
        membership(bob)
