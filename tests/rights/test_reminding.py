"""Operators are told once a day while somebody waits for them."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Letter
from tests.rights.asking import asked
from unroller.actions import author_asks, contact, reminding
from unroller.models import Wish
from unroller.tasks import clock

pytestmark = pytest.mark.django_db
OPERATOR = "operator@example.org"


@pytest.fixture(autouse=True)
def address(settings: Settings) -> None:
    settings.CONTACT_EMAIL = OPERATOR


def told() -> int:
    return Letter.objects.filter(name="waiting", to=OPERATOR).count()


def test_nobody_is_told_of_nothing_nor_of_wishes_that_wait_for_their_code() -> None:
    asked(Wish.OPT_OUT)
    assert not reminding.remind()
    assert told() == 0


def test_a_wish_that_a_person_decides_is_told_once_a_day_until_it_is_decided() -> None:
    row = asked(Wish.OTHER)
    clock.tidy()
    clock.tidy()
    letter = Letter.objects.get(name="waiting")
    assert letter.subject.startswith("1 letter waits")
    assert "Wishes of authors: 1" in letter.text
    assert "/claim/?turn=ours" in letter.html
    assert "Messages" not in letter.text
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert reminding.remind()
        author_asks.grant(row, "It is done.")
    with time_machine.travel(timezone.now() + timedelta(hours=50)):
        assert not reminding.remind()
    assert told() == 2


def test_a_message_that_nobody_answered_is_told_too() -> None:
    message = contact.write("ida@example.org", "Hello", "A question.")
    assert reminding.remind()
    assert "Messages: 1" in Letter.objects.get(name="waiting").text
    contact.answer(message, "An answer.")
    with time_machine.travel(timezone.now() + timedelta(hours=25)):
        assert not reminding.remind()


def test_without_an_address_nobody_is_told(settings: Settings) -> None:
    settings.CONTACT_EMAIL = ""
    asked(Wish.OTHER)
    assert not reminding.remind()
    assert not Letter.objects.filter(name="waiting").exists()
