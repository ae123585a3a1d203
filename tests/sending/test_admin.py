"""What operators see of mail that readers ask for, and sending a thread to a Kindle once more."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import limits
from accounts.models import User
from tests.operating import act, address, an_operator, listed, shown
from tests.sandbox.mail.post import PostOffice
from tests.sending.post import KINDLE, a_sender, keep, send, with_file
from tests.thread_files import own_place
from tests.threads import a_thread
from unroller import store
from unroller.actions import kindle, parcels, recommending, taking
from unroller.models import Parcel, Thread

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path) -> Path:
    return own_place(tmp_path, settings)


@pytest.fixture
def operator(client: Client) -> Client:
    return an_operator(client)


@pytest.fixture
def bob(post_office: PostOffice) -> User:
    return a_sender()


def failed(user: User, thread: Thread) -> Parcel:
    """A book that was never sent, some days ago."""
    parcel = kindle.ask(user, thread)
    then = timezone.now() - timedelta(days=3)
    ended = {"finished_at": then, "created_at": then, "attempts": parcels.MOST_ATTEMPTS, "sentence": "Not sent."}
    Parcel.objects.filter(pk=parcel.pk).update(**ended, detail="Deferred: 451 later")
    parcel.refresh_from_db()
    return parcel


def test_nobody_else_sees_anything(client: Client, bob: User) -> None:
    assert client.get(address(Parcel)).status_code == 302
    client.force_login(bob)
    assert client.get(address(Parcel)).status_code == 302


def test_a_failure_is_found_and_says_why(operator: Client, bob: User) -> None:
    parcel = failed(bob, a_thread(2))
    for words in ("bob@example", KINDLE, "this is post 1"):
        assert str(parcel.pk) in listed(operator, Parcel, q=words)
    assert "0 results" in listed(operator, Parcel, q="zzz")
    assert "451 later" in shown(operator, parcel)


def test_the_words_to_a_friend_are_nowhere(operator: Client, bob: User) -> None:
    recommending.ask(bob, a_thread(2), "friend@example.com", note="Between you and me")
    (parcel,) = Parcel.objects.all()
    assert parcel.note
    for page in (listed(operator, Parcel), shown(operator, parcel)):
        assert "Between you and me" not in page


def test_a_book_is_sent_once_more(operator: Client, bob: User, post_office: PostOffice) -> None:
    parcel = failed(bob, with_file(a_thread(2)))
    assert "1 queued anew." in act(operator, "try_again", parcel)
    done = send(parcel)
    assert done is not None
    assert (done.sent, done.detail) == (True, "")
    (mail,) = post_office.mails()
    assert (mail.recipients, mail.message_id) == ((KINDLE,), f"<{parcel.pk}@localhost>")
    assert "0 queued anew." in act(operator, "try_again", parcel)


def test_it_goes_to_where_the_reader_wants_it_now(operator: Client, bob: User) -> None:
    parcel = failed(bob, a_thread(2))
    kindle.settle(bob, "")
    assert "0 queued anew." in act(operator, "try_again", parcel)
    kindle.settle(bob, "new@kindle.com")
    assert "1 queued anew." in act(operator, "try_again", parcel)
    parcel.refresh_from_db()
    assert (parcel.to, parcel.finished_at, parcel.attempts) == ("new@kindle.com", None, 0)


def test_what_the_reader_asked_for_again_is_not_sent_twice(operator: Client, bob: User) -> None:
    parcel = failed(bob, a_thread(2))
    kindle.ask(bob, parcel.thread or a_thread(2))
    assert "0 queued anew." in act(operator, "try_again", parcel)


def test_xs_rule_holds_for_operators_too(operator: Client, bob: User) -> None:
    parcel = failed(bob, a_thread(2))
    a_day_later(bob)
    assert "0 queued anew." in act(operator, "try_again", parcel)


def a_day_later(user: User) -> None:
    """What was taken then counts no more, and today's posts are used up."""
    for key in store.client().scan_iter("x-files:*"):
        store.client().delete(key)
    limits.spend(limits.X_POSTS_INTO_FILES, taking.account(user), cost=498)


def test_weekly_books_come_by_themselves_the_next_week(operator: Client, bob: User) -> None:
    parcel = Parcel.objects.create(user=bob, kind=Parcel.Kind.WEEKLY, to=KINDLE, finished_at=timezone.now())
    assert "0 queued anew." in act(operator, "try_again", parcel)


def test_more_parcels_are_no_more_questions(
    operator: Client, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(4):
        keep(bob, 2, first=1 + 10_000 * number)
        kindle.ask(bob, Thread.objects.latest("id"))
        listed(operator, Parcel)
        with django_assert_num_queries(7):
            listed(operator, Parcel)
