"""Views that need premium answer 402 with the offer."""

from http import HTTPStatus
from urllib.parse import quote

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from billing.guards import GOOD_FOR, remember, requires, wanted
from billing.models import Grant
from billing.plans import Feature
from tests.accounts.signing import a_person

pytestmark = pytest.mark.django_db


@requires(Feature.INSTANT_MAIL)
def guarded(request: HttpRequest, number: int) -> HttpResponse:
    return HttpResponse(f"number {number}")


def a_request(user: User | AnonymousUser, path: str = "/somewhere?page=2", *, method: str = "GET") -> HttpRequest:
    request = RequestFactory().generic(method, path)
    request.user, request.session = user, SessionStore()
    return request


def ask(user: User | AnonymousUser) -> HttpResponse:
    return guarded(a_request(user), number=7)


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
        for words in ("told about new threads at once", "$30.00 a year", "$3.00 a month", 'href="/premium?'):
            assert words in answer.content.decode()


def test_the_page_that_was_asked_for_goes_along_to_the_prices() -> None:
    answer = guarded(a_request(AnonymousUser()), number=7).content.decode()
    assert 'href="/premium?for=%2Fsomewhere%3Fpage%3D2"' in answer


def test_a_form_is_not_a_page_to_come_back_to() -> None:
    answer = guarded(a_request(AnonymousUser(), method="POST"), number=7).content.decode()
    assert 'href="/premium"' in answer


def test_an_offer_keeps_nothing_of_who_met_it() -> None:
    request = a_request(AnonymousUser())
    guarded(request, number=7)
    assert request.session.is_empty()


def test_what_was_wanted_is_kept_for_a_while_and_told_once() -> None:
    request = a_request(AnonymousUser(), "/premium?for=/thread/x/1.pdf")
    remember(request)
    with time_machine.travel(timezone.now() + GOOD_FOR / 2):
        assert wanted(request) == "/thread/x/1.pdf"
        assert wanted(request) == ""
    remember(request)
    with time_machine.travel(timezone.now() + GOOD_FOR):
        assert wanted(request) == ""


@pytest.mark.parametrize("path", ["", "//evil.example", "https://evil.example", "/\\evil.example", "javascript:x"])
def test_only_a_path_of_this_site_is_remembered(path: str) -> None:
    request = a_request(AnonymousUser(), f"/premium?for={quote(path)}")
    remember(request)
    assert wanted(request) == ""


def test_where_nothing_is_sold_everybody_comes_in(settings: Settings) -> None:
    settings.BILLING_ENABLED = False
    assert ask(AnonymousUser()).status_code == HTTPStatus.OK
