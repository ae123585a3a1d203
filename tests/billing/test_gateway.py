"""What goes wrong at Stripe, in our words: silence that tells nothing of people, and keys that are denied or fail."""

import logging
import platform
import traceback
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings
from stripe import _telemetry_id

from accounts.models import User
from billing.actions import checkout as actions
from billing.actions import customers as ours
from billing.gateway import checkout, client, customers
from billing.gateway.errors import Away, Denied, Repeated
from billing.gateway.pacing import PacedClient
from billing.models import BillingAccount, CheckoutIntent
from tests.billing.ground import Money
from tests.sandbox.faults import FOR_EVER, Kind
from tests.sandbox.stripe import portal
from tests.sandbox.stripe.api import Api
from tests.sandbox.wire import Response
from tests.sandbox.world import World

SECRET = "cs_test_" + "s" * 8

pytestmark = pytest.mark.django_db


@pytest.fixture
def impatient(money: Money, world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Nobody waits for Stripe."""
    monkeypatch.setattr(client, "READ_SECONDS", 0.2)
    monkeypatch.setattr(client, "RETRIES", 0)
    client._client.cache_clear()
    yield world
    client._client.cache_clear()


@pytest.mark.parametrize(("fault", "word"), [("hang", "timeout"), ("close", "no connection")])
def test_a_silence_is_told_without_ids_and_addresses(
    impatient: World, caplog: pytest.LogCaptureFixture, fault: Kind, word: str
) -> None:
    impatient.faults.add("stripe", fault, times=FOR_EVER, seconds=2)
    with caplog.at_level(logging.WARNING):
        for ask in (
            lambda: checkout.retrieve(SECRET),
            lambda: customers.find(SECRET, email=f"{SECRET}@example.com"),
        ):
            with pytest.raises(Away) as silence:
                ask()
            assert str(silence.value) == f"Stripe does not answer: {word}"
            said = "".join(traceback.format_exception(silence.value)) + caplog.text
            assert SECRET not in said
            assert "HTTPConnection" not in said
            assert not silence.value.wants_new_key


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_is_denied_is_waited_for(money: Money, world: World, status: int) -> None:
    world.faults.add("stripe", "error", status=status, times=FOR_EVER)
    with pytest.raises(Denied) as denial:
        checkout.retrieve("cs_test_1")
    assert isinstance(denial.value, Away)


def test_a_page_says_that_nothing_was_charged_while_the_key_is_denied(
    money: Money, alice: User, client: Client, settings: Settings
) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_rolled"
    client.force_login(alice)
    answer = client.post("/premium/checkout", {"plan": "year"})
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "Nothing was charged" in answer.content.decode()


@pytest.fixture
def without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stripe repeats what a key stands for and does not say that it does."""
    real = Api._answered

    def silent(api: Api, answer: tuple[int, bytes], headers: dict[str, str]) -> Response:
        return real(api, answer, {name: value for name, value in headers.items() if name != "Idempotent-Replayed"})

    monkeypatch.setattr(Api, "_answered", silent)


def test_a_failure_is_taken_for_a_repeated_one_when_stripe_says_nothing(money: Money, without_a_word: None) -> None:
    money.stripe.failures.append(("POST", "/v1/customers"))
    with pytest.raises(Away) as failure:
        customers.create(account="1", email="alice@example.com", key="one")
    assert failure.value.wants_new_key
    assert not isinstance(failure.value, Repeated)


def test_a_customer_is_made_under_another_key(money: Money, alice: User, without_a_word: None) -> None:
    money.stripe.failures.append(("POST", "/v1/customers"))
    made = ours.ensure_customer(ours.account_for(alice))
    assert [each["id"] for each in money.stripe.store.all("customer")] == [made]
    keys = {asked.idempotency_key for asked in money.stripe.requests.of("POST", "/v1/customers")}
    assert len(keys) == 2


def test_a_page_is_made_under_another_key_by_the_next_click(money: Money, alice: User, without_a_word: None) -> None:
    money.stripe.failures.append(("POST", "/v1/checkout/sessions"))
    with pytest.raises(Away):
        actions.begin_premium(alice, "year")
    assert actions.begin_premium(alice, "year")
    assert list(CheckoutIntent.objects.order_by("created_at").values_list("state", flat=True)) == ["expired", "open"]


def test_without_a_connection_the_key_stays_the_same(money: Money, alice: User, world: World) -> None:
    world.faults.add("stripe", "keep-and-close", path="^/v1/customers$", times=3)
    account = ours.account_for(alice)
    with pytest.raises(Away):
        ours.ensure_customer(account)
    made = ours.ensure_customer(BillingAccount.objects.get(pk=account.pk))
    assert [each["id"] for each in money.stripe.store.all("customer")] == [made]


@pytest.mark.parametrize("status", [403, 404])
def test_the_portal_opens_also_when_its_configurations_cannot_be_read(
    money: Money, alice: User, client: Client, world: World, monkeypatch: pytest.MonkeyPatch, *, status: int
) -> None:
    money.subscribe(alice)
    client.force_login(alice)
    [saved_in_the_dashboard] = money.stripe.store.all("billing_portal.configuration")
    monkeypatch.setattr(portal, "chosen_configuration", lambda *_: saved_in_the_dashboard)
    world.faults.add("stripe", "error", path="/v1/billing_portal/configurations", status=status, times=FOR_EVER)
    answer = client.post("/premium/manage")
    assert answer.status_code == HTTPStatus.SEE_OTHER
    assert "/portal/" in answer["Location"]
    [asked] = money.stripe.requests.of("POST", "/v1/billing_portal/sessions")
    assert "configuration" not in asked.params


def test_stripes_library_says_nothing_of_this_machine(
    money: Money, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(_telemetry_id, "_loaded", False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    told: list[str] = []
    as_ever = PacedClient.request

    def hear(http: PacedClient, method: str, url: str, headers: Mapping[str, str], post_data: object = None) -> object:
        told.extend(headers.values())
        return as_ever(http, method, url, headers, post_data)

    monkeypatch.setattr(PacedClient, "request", hear)
    with client.asking() as api:
        api.v1.products.list()
    assert told
    assert platform.platform() not in "".join(told)
    assert not list(tmp_path.iterdir())  # nor does it keep a number for itself
