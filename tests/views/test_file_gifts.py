"""`<thread>/gift-file`, `/gift-files` and `/gift-file/<secret>`: a member gives a file, a friend takes it once."""

from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts import limits
from accounts.models import User
from billing.models import Grant
from tests.accounts.signing import a_person
from tests.follows import a_reader
from tests.private import gift_address
from tests.thread_files import Kind, made, own_place
from tests.threads import a_pile, a_thread, stored
from unroller.actions import file_gifts, taking
from unroller.actions.file_gifts import CannotGive
from unroller.models import FileGift, Thread, ThreadFile
from unroller.views import file_gifts as pages

pytestmark = pytest.mark.django_db

MOVING = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Plans differ, files are this test's own, and nobody waits for a worker that is not there."""
    settings.BILLING_ENABLED = True
    monkeypatch.setattr(pages, "PATIENCE", 0.0)
    return own_place(tmp_path, settings)


@pytest.fixture
def gift(alice: User) -> FileGift:
    """Of a file that is made already."""
    thread = a_thread(3)
    made(thread, Kind.EPUB)
    return file_gifts.give(alice, thread, Kind.EPUB)


def pressed(friend: Client, where: str, **extra: Any) -> HttpResponse:
    """The answer to the button, the whole of it taken."""
    answer = friend.post(where, **extra)
    size = len(b"".join(answer))
    assert not answer.streaming or size == int(answer["Content-Length"]) > 0
    return cast("HttpResponse", answer)


def test_who_is_no_member_gets_the_offer(client: Client) -> None:
    a_thread(3)
    charlie = Client()
    charlie.force_login(a_person("charlie@example.com"))
    for reader in (client, charlie):
        assert reader.get("/thread/x/1/gift-file").status_code == HTTPStatus.PAYMENT_REQUIRED
        assert reader.post("/thread/x/1/gift-file", {"kind": "epub"}).status_code == HTTPStatus.PAYMENT_REQUIRED
    assert not FileGift.objects.exists()


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize("kind", Kind.values)
def test_a_member_makes_an_address_for_a_friend(client: Client, kind: str) -> None:
    a_thread(3)
    assert "Give it to a friend" in client.get("/thread/x/1/gift-file").content.decode()
    assert client.post("/thread/x/1/gift-file", {"kind": kind})["Location"] == "/gift-files"
    assert gift_address(FileGift.objects.get()) in client.get("/gift-files").content.decode()


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize("kind", ["", "docx", "\x00"])
def test_there_are_no_other_files_to_give(client: Client, kind: str) -> None:
    a_thread(3)
    answer = client.post("/thread/x/1/gift-file", {"kind": kind})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert pages.NO_SUCH_FILE in answer.content.decode()


@pytest.mark.usefixtures("alice")
def test_a_thread_that_is_gone_cannot_be_given(client: Client) -> None:
    assert client.get("/thread/x/1/gift-file").status_code == HTTPStatus.NOT_FOUND
    a_thread(1)
    Thread.objects.update(document=None, removed="Gone")
    assert client.post("/thread/x/1/gift-file", {"kind": "epub"}).status_code == HTTPStatus.GONE


def test_what_nobody_took_yet_is_not_given_twice(alice: User, gift: FileGift) -> None:
    assert file_gifts.give(alice, gift.thread, Kind.EPUB) == gift
    file_gifts.take(gift)
    assert file_gifts.give(alice, gift.thread, Kind.EPUB) != gift


def test_twenty_gifts_a_month_and_no_more(client: Client, alice: User, gift: FileGift) -> None:
    for _ in range(file_gifts.A_MONTH - 1):
        FileGift.objects.update(taken_at=timezone.now())
        file_gifts.give(alice, gift.thread, Kind.EPUB)
    FileGift.objects.update(taken_at=timezone.now())
    answer = client.post("/thread/x/1/gift-file", {"kind": "epub"})
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "You have given 20 files in 30 days." in answer.content.decode()
    with pytest.raises(CannotGive):
        file_gifts.give(alice, gift.thread, Kind.PDF_A4)
    FileGift.objects.filter(id=gift.id).update(created_at=timezone.now() - file_gifts.MONTH)
    file_gifts.give(alice, gift.thread, Kind.PDF_A4)


def test_a_friend_takes_it_with_one_button_and_without_an_account(gift: FileGift) -> None:
    friend = Client()
    page = friend.get(gift_address(gift))
    assert "Take the EPUB" in page.content.decode()
    assert (page["Referrer-Policy"], page["X-Robots-Tag"]) == ("same-origin", "noindex, nofollow")
    answer = pressed(friend, gift_address(gift))
    assert answer["Content-Type"] == "application/epub+zip"
    assert answer["Content-Disposition"] == 'attachment; filename="maralind-2026-03-01-this-is-post-1.epub"'
    assert FileGift.objects.get().taken_at is not None


def test_who_only_looks_takes_nothing(gift: FileGift) -> None:
    for _ in range(5):
        assert Client().get(gift_address(gift)).status_code == HTTPStatus.OK
        assert Client().head(gift_address(gift)).status_code == HTTPStatus.OK
    assert FileGift.objects.get().taken_at is None


def test_nobody_else_takes_it_after_that(gift: FileGift) -> None:
    assert pressed(Client(), gift_address(gift)).status_code == HTTPStatus.OK
    for answer in (Client().get(gift_address(gift)), pressed(Client(), gift_address(gift))):
        assert answer.status_code == HTTPStatus.GONE
        assert "This gift is gone" in answer.content.decode()


def test_the_same_browser_may_take_it_again_for_ten_minutes(gift: FileGift) -> None:
    friend = Client()
    pressed(friend, gift_address(gift))
    assert "Did it arrive?" in friend.get(gift_address(gift)).content.decode()
    assert pressed(friend, gift_address(gift)).status_code == HTTPStatus.OK
    FileGift.objects.update(taken_at=timezone.now() - timedelta(minutes=11))
    assert friend.get(gift_address(gift)).status_code == HTTPStatus.GONE
    assert pressed(friend, gift_address(gift)).status_code == HTTPStatus.GONE


def test_a_cookie_that_was_made_up_or_belongs_to_another_gift_opens_nothing(alice: User, gift: FileGift) -> None:
    friend, cheat = Client(), Client()
    answer = pressed(friend, gift_address(gift))
    cookie = answer.cookies[pages.COOKIE]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (gift_address(gift), True, "Lax")
    cheat.cookies[pages.COOKIE] = f"{gift.digest}:x:y"
    assert cheat.get(gift_address(gift)).status_code == HTTPStatus.GONE
    other = file_gifts.give(alice, gift.thread, Kind.EPUB)
    pressed(Client(), gift_address(other))
    cheat.cookies[pages.COOKIE] = cookie.value
    assert cheat.get(gift_address(other)).status_code == HTTPStatus.GONE


def test_of_two_who_press_at_once_one_has_it(gift: FileGift) -> None:
    assert file_gifts.take(gift)
    assert not file_gifts.take(gift)


def test_what_ended_or_never_was_is_gone(gift: FileGift) -> None:
    FileGift.objects.update(expires_at=timezone.now())
    for where in (gift_address(gift), "/gift-file/" + "A" * 43, f"/gift-file/{gift.digest}"):
        assert Client().get(where).status_code == HTTPStatus.GONE
        assert pressed(Client(), where).status_code == HTTPStatus.GONE
    assert file_gifts.tidy() == 1


def test_a_gift_stays_when_its_giver_is_no_longer_a_member(gift: FileGift) -> None:
    Grant.objects.all().delete()
    assert pressed(Client(), gift_address(gift)).status_code == HTTPStatus.OK


def test_a_thread_that_was_removed_takes_its_gifts_along(gift: FileGift) -> None:
    Thread.objects.update(document=None, removed="Gone")
    assert pressed(Client(), gift_address(gift)).status_code == HTTPStatus.GONE
    assert FileGift.objects.get().taken_at is None


def test_a_file_that_has_to_be_made_shows_how_far_it_is(alice: User) -> None:
    given = file_gifts.give(alice, a_thread(3), Kind.EPUB)
    friend = Client()
    assert friend.get(gift_address(given)).status_code == HTTPStatus.OK
    assert not ThreadFile.objects.exists()
    answer = pressed(friend, gift_address(given))
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, gift_address(given))
    assert "Making your EPUB" in friend.get(gift_address(given)).content.decode()
    assert FileGift.objects.get().taken_at is None
    made(given.thread, Kind.EPUB)
    assert friend.get(gift_address(given), headers=MOVING)["HX-Redirect"] == gift_address(given)
    assert pressed(friend, gift_address(given))["Content-Type"] == "application/epub+zip"


def test_a_file_that_could_not_be_made_leaves_the_gift(alice: User) -> None:
    given = file_gifts.give(alice, a_thread(3), Kind.EPUB)
    file = ThreadFile.objects.create(thread=given.thread, changed_at=given.thread.changed_at, kind=Kind.EPUB)
    ThreadFile.objects.filter(id=file.id).update(finished_at=timezone.now(), sentence="This file could not be made.")
    page = Client().get(gift_address(given)).content.decode()
    assert "This file could not be made." in page
    assert "your gift waits" in page
    assert pressed(Client(), gift_address(given)).status_code == HTTPStatus.SEE_OTHER
    assert FileGift.objects.get().taken_at is None


def test_posts_of_x_count_for_the_friend(gift: FileGift) -> None:
    assert limits.spend(limits.X_POSTS_INTO_FILES, "192.0.2.7", cost=499)
    answer = pressed(Client(), gift_address(gift), REMOTE_ADDR="192.0.2.7")
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "X allows a reader 500 of its posts a day in files." in answer.content.decode()
    assert FileGift.objects.get().taken_at is None
    assert pressed(Client(), gift_address(gift), REMOTE_ADDR="192.0.2.8").status_code == HTTPStatus.OK
    assert taking.waits_until(stored(a_pile(498, first=1000)), "192.0.2.8") is not None


def test_gifts_go_with_a_thread_that_became_a_part(alice: User, gift: FileGift) -> None:
    whole = a_thread(2, first=100)
    twin = file_gifts.give(alice, whole, Kind.EPUB)
    with transaction.atomic():
        file_gifts.inherit(whole, [gift.thread])
        Thread.objects.filter(id=gift.thread_id).delete()
    made(whole, Kind.EPUB)
    for each in (gift, twin):  # two friends have these links, and both get the file
        assert pressed(Client(), gift_address(each)).status_code == HTTPStatus.OK
    assert FileGift.objects.filter(thread=whole).exclude(taken_at=None).count() == 2


def test_the_list_is_ones_own_and_costs_the_same_for_one_and_for_many(
    client: Client, alice: User, gift: FileGift
) -> None:
    client.get("/gift-files")
    with CaptureQueriesContext(connection) as few:
        client.get("/gift-files")
    for first in (100, 200, 300):
        file_gifts.give(alice, a_thread(1, first=first), Kind.EPUB)
    with CaptureQueriesContext(connection) as many:
        client.get("/gift-files")
    assert len(many) == len(few)
    assert Client().get("/gift-files").status_code == HTTPStatus.FOUND
    client.force_login(a_person("charlie@example.com"))
    assert gift_address(gift) not in client.get("/gift-files").content.decode()


# Taking one back


def test_a_gift_that_waits_is_taken_back_and_opens_nothing_any_more(client: Client, gift: FileGift) -> None:
    revoked, friend = f"/gift-files/{gift.id}/revoke", Client()
    assert f'action="{revoked}"' in client.get("/gift-files").content.decode()
    answer = client.post(revoked)
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, "/gift-files")
    page = client.get("/gift-files").content.decode()
    assert pages.REVOKED in page
    assert revoked not in page
    never = friend.get("/gift-file/" + "A" * 43)
    for gone in (friend.get(gift_address(gift)), pressed(friend, gift_address(gift)), never):
        assert gone.status_code == HTTPStatus.GONE
        assert "whoever gave it has not taken it back" in gone.content.decode()
    assert client.post(revoked).status_code == HTTPStatus.NOT_FOUND


def test_what_was_taken_back_is_given_anew_at_another_address(alice: User, gift: FileGift) -> None:
    assert file_gifts.revoke(gift)
    assert gift_address(file_gifts.give(alice, gift.thread, Kind.EPUB)) != gift_address(gift)


def test_a_file_that_a_friend_has_is_not_taken_back(client: Client, gift: FileGift) -> None:
    friend = Client()
    pressed(friend, gift_address(gift))
    assert f"/gift-files/{gift.id}/revoke" not in client.get("/gift-files").content.decode()
    client.post(f"/gift-files/{gift.id}/revoke")
    assert pages.TOO_LATE in client.get("/gift-files").content.decode()
    assert pressed(friend, gift_address(gift)).status_code == HTTPStatus.OK


def test_whoever_presses_while_it_is_taken_back_gets_nothing(gift: FileGift) -> None:
    assert file_gifts.revoke(gift)
    assert not file_gifts.take(gift)


def test_only_its_giver_takes_it_back_a_member_or_not(client: Client, gift: FileGift) -> None:
    where, stranger = f"/gift-files/{gift.id}/revoke", Client()
    assert stranger.post(where).status_code == HTTPStatus.FOUND
    stranger.force_login(a_reader("charlie", premium=True))
    assert stranger.post(where).status_code == HTTPStatus.NOT_FOUND
    assert client.get(where).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert FileGift.objects.filter(id=gift.id).exists()
    Grant.objects.all().delete()
    with CaptureQueriesContext(connection) as queries:
        assert client.post(where).status_code == HTTPStatus.SEE_OTHER
    assert len(queries) <= 4
    assert not FileGift.objects.exists()
