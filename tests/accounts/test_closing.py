"""Deleting an account: everything goes, once, and what is public stays."""

from http import HTTPStatus
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts import mail
from accounts.actions import closing
from accounts.models import Closing, Letter, User
from tests.accounts.signing import a_person, ask_for_code, newest_letter, sign_in
from tests.whole_person import a_whole_person, keep_files_in, leftovers
from unroller.actions import data_exports, follows
from unroller.models import Author, Cadence, DataExport, Follow, Watch
from unroller.models import Thread as Row

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bob(settings: Settings, tmp_path: Path) -> User:
    keep_files_in(tmp_path, settings)
    return a_whole_person()


def test_everything_goes_and_what_is_public_stays(bob: User) -> None:
    number = bob.id
    assert len(leftovers(number)) == 35
    closing.ask(bob)
    closing.close(str(number))
    assert leftovers(number) == {}
    assert Row.objects.count() == Author.objects.count() == 1
    row = Closing.objects.get()
    assert row.done_at is not None
    assert (row.user_id, row.email, row.error, row.leased_until) == (number, "", "", None)


def test_an_author_whom_nobody_follows_any_more_is_watched_no_more(bob: User) -> None:
    charlie = a_person("charlie@example.com")
    shared, alone = Author.objects.get(), Author.objects.create(source="x", network_id="9", handle="a", name="A")
    follows.follow(charlie, shared, Cadence.DAILY)
    follows.follow(bob, alone, Cadence.DAILY)
    closing.ask(bob)
    closing.close(str(bob.id))
    assert [watch.author for watch in Watch.objects.all()] == [shared]
    assert Follow.objects.get().user == charlie


def test_files_with_their_data_are_deleted_those_of_killed_workers_too(bob: User) -> None:
    export = data_exports.ask(bob)
    data_exports.run(str(export.id))
    half = default_storage.save(f"data/{export.id}-2.zip", ContentFile(b"half"))
    DataExport.objects.update(attempts=2)
    export.refresh_from_db()
    closing.ask(bob)
    closing.close(str(bob.id))
    assert not default_storage.exists(export.file)
    assert not default_storage.exists(half)


def test_one_last_letter_is_sent_and_then_forgotten(bob: User) -> None:
    closing.ask(bob)
    closing.close(str(bob.id))
    letter = Letter.objects.get()
    assert (letter.name, letter.to, letter.user) == ("goodbye", "bob@example.com", None)
    assert "is deleted" in letter.text
    assert "is deleted" in letter.html
    closing.sweep()
    assert Letter.objects.exists()
    Letter.objects.update(settled_at=timezone.now())
    closing.sweep()
    assert not Letter.objects.exists()


def test_an_address_that_takes_no_mail_gets_no_farewell(bob: User) -> None:
    User.objects.update(mail_stopped="bounced", mail_stopped_at=timezone.now())
    closing.ask(bob)
    closing.close(str(bob.id))
    assert not Letter.objects.exists()


def test_letters_to_others_are_left_alone(bob: User) -> None:
    charlie = a_person("charlie@example.com")
    kept = mail.send("data_ready", charlie.email, {"url": "", "days": 7}, user=charlie)
    closing.ask(bob)
    closing.close(str(bob.id))
    assert Letter.objects.exclude(name="goodbye").get() == kept


def test_the_person_is_signed_out_everywhere_and_cannot_come_back(bob: User) -> None:
    laptop, phone = Client(), Client()
    sign_in(laptop)
    sign_in(phone)
    closing.ask(bob)
    assert not Session.objects.exists()
    for browser in (laptop, phone):
        assert browser.get("/account").status_code == HTTPStatus.FOUND
    letters = Letter.objects.filter(name="login_code").count()
    ask_for_code(Client())
    assert Letter.objects.filter(name="login_code").count() == letters


def test_the_address_is_free_for_a_new_account_afterwards(bob: User, client: Client) -> None:
    closing.ask(bob)
    closing.close(str(bob.id))
    sign_in(client)
    again = User.objects.get(email="bob@example.com")
    assert again.id != bob.id
    assert newest_letter("bob@example.com").name == "login_code"
    assert again.is_active


def test_that_it_was_done_is_remembered_for_a_month(bob: User) -> None:
    closing.ask(bob)
    closing.close(str(bob.id))
    closing.sweep()
    assert closing.is_asked(bob.id)
    Closing.objects.update(done_at=timezone.now() - closing.KEPT)
    closing.sweep()
    assert not Closing.objects.exists()
