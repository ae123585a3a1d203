"""The box that asks for support: for readers who do not pay, and nobody else."""

from http import HTTPStatus

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from billing.models import Grant
from tests.accounts.signing import a_person, sign_in
from tests.pages.document import read

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def selling(settings: Settings) -> None:
    settings.BILLING_ENABLED = True


@pytest.fixture
def bob(client: Client) -> User:
    person = a_person("bob@example.com")
    sign_in(client, person.email)
    return person


def box(client: Client) -> str:
    answer = client.get("/support")
    assert answer.status_code == HTTPStatus.OK
    assert answer["Cache-Control"].startswith("max-age=0")
    return answer.content.decode()


def test_charlie_without_an_account_sees_what_he_can_do(client: Client) -> None:
    found = box(client)
    assert "Did Unroller help you today?" in found
    assert "$30.00 a year or $3.00 a month" in found
    page = read(found)
    assert [each["value"] for each in page.all("button", name="amount")] == ["coffee", "server"]
    assert page.one("input", name="csrfmiddlewaretoken")["value"]
    assert "PayPal" not in found


def test_bob_who_does_not_pay_sees_it_too(client: Client, bob: User) -> None:
    assert "Become a premium member" in box(client)


def test_alice_who_pays_does_not(client: Client, bob: User) -> None:
    Grant.objects.create(user=bob, starts_at=timezone.now(), reason="a gift")
    assert client.get("/support").status_code == HTTPStatus.NO_CONTENT


def test_links_open_elsewhere_and_tell_nothing(client: Client, settings: Settings) -> None:
    settings.PAYPAL_DONATE_URL, settings.PATREON_URL = "https://paypal.me/unroller", "https://www.patreon.com/unroller"
    links = [link for link in read(box(client)).all("a") if link["href"].startswith("https://")]
    assert [link["href"] for link in links] == [
        "https://paypal.me/unroller/5.00USD",
        "https://www.patreon.com/unroller",
    ]
    assert {link["rel"] for link in links} == {"noopener noreferrer"}


def test_a_site_that_sells_nothing_asks_for_nothing_but_by_its_links(client: Client, settings: Settings) -> None:
    settings.BILLING_ENABLED = False
    assert client.get("/support").status_code == HTTPStatus.NO_CONTENT
    settings.PATREON_URL = "https://www.patreon.com/unroller"
    found = box(client)
    assert "Patreon" in found
    assert "$" not in found


def test_it_takes_no_post(client: Client) -> None:
    assert client.post("/support").status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_the_figure_is_reckoned_once_for_everybody(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    box(client)
    with django_assert_num_queries(0):
        box(client)


@pytest.mark.parametrize("thread", ["x/1\x00", "x/\x00", "\x00", "x/" + "1" * 700])
def test_an_address_that_no_thread_can_have_gets_the_box_of_any_page(client: Client, thread: str) -> None:
    assert client.get("/support", {"thread": thread}).status_code == HTTPStatus.OK
