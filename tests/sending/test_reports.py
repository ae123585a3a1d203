"""What a mail provider reports of addresses without an account: friends, and Kindles."""

import pytest
from django.test import Client
from pytest_django import Settings

from tests.accounts.test_bounces import HARD, SECRET, SIGNING_KEY, failed, post
from tests.sending.post import KINDLE, a_sender
from unroller.actions import kindle, recommending
from unroller.models import Refusal

pytestmark = pytest.mark.django_db

FRIEND = "dora@example.org"


@pytest.fixture(autouse=True)
def secrets(settings: Settings) -> None:
    settings.MAIL_WEBHOOK_SECRET, settings.MAIL_WEBHOOK_SIGNING_KEY = SECRET, SIGNING_KEY


def test_a_friend_s_address_that_is_none_is_not_written_to_again(client: Client) -> None:
    assert post(client, "postmark", {**HARD, "Email": FRIEND}) == 200
    assert Refusal.objects.get().bounced
    assert recommending.is_refused(recommending.digest(FRIEND))


def test_a_refusal_stays_one_whatever_bounces(client: Client) -> None:
    recommending.refuse(recommending.digest(FRIEND))
    post(client, "postmark", {**HARD, "Email": FRIEND})
    assert not Refusal.objects.get().bounced


def test_a_kindle_s_address_that_is_none_is_forgotten(client: Client) -> None:
    bob, charlie = a_sender("bob"), a_sender("charlie")
    post(client, "postmark", {**HARD, "Email": KINDLE.upper()})
    assert (kindle.address(bob), kindle.address(charlie)) == ("", "charlie@kindle.com")


def test_a_full_mailbox_or_a_policy_stops_nothing(client: Client) -> None:
    bob = a_sender("bob")
    for report in (failed("temporary", "generic"), failed("permanent", "bounce", "550 5.7.1 refused")):
        report["event-data"]["recipient"] = KINDLE
        assert post(client, "mailgun", report) == 200
    assert kindle.address(bob) == KINDLE
    assert not Refusal.objects.exists()
