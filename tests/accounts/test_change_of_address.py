"""Another address: proved at the new one, told at the old one."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from accounts.actions import closing
from accounts.models import Letter, MailStopped, User
from tests.accounts.signing import (
    ADDRESS_CODE,
    CODE,
    LOGIN,
    a_person,
    ask_for_code,
    newest_code,
    newest_letter,
    sign_in,
)

pytestmark = pytest.mark.django_db

PAGE = "/accounts/email/"
NEW = "robert@example.org"


def ask_for(client: Client, email: str = NEW) -> str:
    """Ask for another address; where that leads."""
    answer = client.post(PAGE, {"action_add": "", "email": email})
    return answer.headers.get("Location", "")


def test_a_guest_is_asked_to_sign_in(client: Client) -> None:
    assert client.get(PAGE).headers["Location"] == f"{LOGIN}?next={PAGE}"
    assert client.get(ADDRESS_CODE).headers["Location"] == LOGIN


def test_it_is_proved_at_the_new_one_and_told_at_the_old_one(client: Client) -> None:
    sign_in(client)
    assert b"bob@example.com" in client.get(PAGE).content
    assert ask_for(client, "Robert@Example.org") == ADDRESS_CODE
    assert b"robert@example.org" in client.get(ADDRESS_CODE).content
    bob = User.objects.get()
    assert bob.email == "bob@example.com"
    answer = client.post(ADDRESS_CODE, {"code": newest_code(NEW)})
    assert answer.headers["Location"] == PAGE
    bob.refresh_from_db()
    assert bob.email == NEW
    assert [(row.email, row.verified, row.primary) for row in EmailAddress.objects.all()] == [(NEW, True, True)]
    told = newest_letter("bob@example.com")
    assert told.name == "email_changed"
    assert NEW in told.text
    assert b"Your address is now robert@example.org" in client.get(PAGE).content


def test_afterwards_the_new_one_signs_in_and_the_old_one_is_free(client: Client) -> None:
    sign_in(client)
    bob = User.objects.get()
    ask_for(client)
    client.post(ADDRESS_CODE, {"code": newest_code(NEW)})
    other = Client()
    sign_in(other, NEW)
    assert int(other.session["_auth_user_id"]) == bob.pk
    stranger = Client()
    sign_in(stranger, "bob@example.com")
    assert int(stranger.session["_auth_user_id"]) != bob.pk


def test_a_wrong_code_changes_nothing(client: Client) -> None:
    sign_in(client)
    ask_for(client)
    for _ in range(3):
        client.post(ADDRESS_CODE, {"code": "wrong"})
    client.post(ADDRESS_CODE, {"code": newest_code(NEW)})
    assert User.objects.get().email == "bob@example.com"


def test_ones_own_address_is_not_a_new_one(client: Client) -> None:
    sign_in(client)
    answer = client.post(PAGE, {"action_add": "", "email": "BOB@example.com"})
    assert b"This is your address already" in answer.content


def test_the_address_of_somebody_else_is_not_taken(client: Client) -> None:
    a_person(NEW)
    sign_in(client)
    ask_for(client)
    answer = client.post(ADDRESS_CODE, {"code": newest_code(NEW)})
    assert b"belongs to another account" in answer.content
    assert set(User.objects.values_list("email", flat=True)) == {"bob@example.com", NEW}


def test_whoever_only_typed_an_address_once_does_not_keep_it_from_its_owner(client: Client) -> None:
    ask_for_code(Client(), NEW)
    sign_in(client)
    ask_for(client)
    client.post(ADDRESS_CODE, {"code": newest_code(NEW)})
    assert User.objects.get().email == NEW


def test_mail_that_was_stopped_for_the_old_one_goes_to_the_new_one(client: Client) -> None:
    sign_in(client)
    User.objects.update(mail_stopped=MailStopped.BOUNCED, mail_stopped_at=timezone.now())
    ask_for(client)
    client.post(ADDRESS_CODE, {"code": newest_code(NEW)})
    bob = User.objects.get()
    assert bob.mail_stopped == ""
    assert bob.mail_stopped_at is None


def test_it_takes_a_sign_in_that_is_recent(client: Client) -> None:
    sign_in(client)
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert ask_for(client) == f"/accounts/again/?next={PAGE}"
    assert not Letter.objects.filter(to=NEW).exists()


def test_nobody_mails_codes_to_everybody(client: Client) -> None:
    sign_in(client)
    answers = [ask_for(client, f"{number}@example.com") for number in range(7)]
    assert answers == [ADDRESS_CODE] * 5 + [""] * 2


def test_a_code_that_was_mailed_to_the_old_one_before_opens_nothing_afterwards(client: Client) -> None:
    a_person()
    old_mailbox = Client()
    sign_in(client)
    ask_for_code(old_mailbox)
    code = newest_code("bob@example.com")
    ask_for(client)
    client.post(ADDRESS_CODE, {"code": newest_code(NEW)})
    answer = old_mailbox.post(CODE, {"code": code}, follow=True)
    assert answer.redirect_chain == [(LOGIN, 302)]
    assert b"This account has another address now" in answer.content
    assert "_auth_user_id" not in old_mailbox.session
    assert [row.email for row in EmailAddress.objects.all()] == [NEW]
    sign_in(old_mailbox, "bob@example.com")
    assert old_mailbox.session["_auth_user_id"] != client.session["_auth_user_id"]


def test_letters_to_the_old_one_go_with_the_account(client: Client) -> None:
    a_person()
    sign_in(client)
    ask_for(client)
    client.post(ADDRESS_CODE, {"code": newest_code(NEW)})
    bob = User.objects.get()
    assert set(Letter.objects.values_list("to", flat=True)) == {"bob@example.com", NEW}
    closing.ask(bob)
    closing.close(str(bob.id))
    assert [(letter.name, letter.to) for letter in Letter.objects.all()] == [("goodbye", NEW)]


def test_asked_for_another_code_too_soon_the_page_says_so_and_the_first_one_counts(client: Client) -> None:
    sign_in(client)
    ask_for(client)
    answer = client.post(ADDRESS_CODE, {"action": "resend"}, follow=True)
    assert answer.status_code == 200
    assert b"That was a bit fast" in answer.content
    assert Letter.objects.filter(to=NEW).count() == 1
    client.post(ADDRESS_CODE, {"code": newest_code(NEW)})
    assert User.objects.get().email == NEW


def test_another_code_replaces_the_first_one(client: Client) -> None:
    sign_in(client)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        ask_for(client)
        clock.shift(timedelta(seconds=11))
        client.post(ADDRESS_CODE, {"action": "resend"})
        assert Letter.objects.filter(to=NEW).count() == 2
        client.post(ADDRESS_CODE, {"code": newest_code(NEW)})
    assert User.objects.get().email == NEW
