"""Views that need premium answer 402 with the offer."""

from http import HTTPStatus

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from billing.guards import requires
from billing.models import Grant
from billing.plans import Feature
from tests.accounts.signing import a_person

pytestmark = pytest.mark.django_db


@requires(Feature.INSTANT_MAIL)
def guarded(request: HttpRequest, number: int) -> HttpResponse:
    return HttpResponse(f"number {number}")


def ask(user: User | AnonymousUser) -> HttpResponse:
    request = RequestFactory().get("/")
    request.user = user
    return guarded(request, number=7)


@pytest.fixture(autouse=True)
def selling(settings: Settings) -> None:
    settings.BILLING_ENABLED = True


def test_alice_who_pays_comes_in() -> None:
    alice = a_person("alice@example.com")
    Grant.objects.create(user=alice, starts_at=timezone.now(), reason="pays")
    assert ask(alice).content == b"number 7"


def test_bob_and_charlie_are_told_what_it_costs() -> None:
    for user in (a_person("bob@example.com"), AnonymousUser()):
        answer = ask(user)
        assert answer.status_code == HTTPStatus.PAYMENT_REQUIRED
        for words in ("Mail about new threads", "$30.00 a year", "$3.00 a month", 'href="/premium"'):
            assert words in answer.content.decode()


def test_where_nothing_is_sold_everybody_comes_in(settings: Settings) -> None:
    settings.BILLING_ENABLED = False
    assert ask(AnonymousUser()).status_code == HTTPStatus.OK
