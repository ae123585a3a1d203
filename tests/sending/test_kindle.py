"""A thread to a Kindle: one mail with its book, whatever the mail server says and however often workers die."""

from collections.abc import Iterator
from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from accounts import limits
from accounts.models import User
from tests.processes import Worker, until
from tests.sandbox.mail.post import PostOffice
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.sending.post import KINDLE, a_sender, book, send, with_file, words
from tests.thread_files import own_place, photos
from tests.threads import a_thread
from unroller.actions import kindle, parcels, thread_files, threads
from unroller.actions.refusals import Refused
from unroller.core.errors import Gone
from unroller.models import Parcel, Shelf, ThreadFile

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path) -> Path:
    return own_place(tmp_path, settings)


@pytest.fixture
def bob(post_office: PostOffice) -> User:
    return a_sender()


@pytest.fixture
def worker(sandbox: Sandbox, tmp_path: Path) -> Iterator[Worker]:
    running = Worker({**sandbox.env(), "DATA_DIR": str(tmp_path)}, queues="export")
    yield running
    running.kill()


def test_a_thread_arrives_as_a_book_from_the_address_that_amazon_knows(
    bob: User, post_office: PostOffice, settings: Settings
) -> None:
    settings.KINDLE_FROM = "Books <books@unroller.example>"
    thread = with_file(a_thread(3))
    done = send(kindle.ask(bob, thread))
    assert done is not None
    assert (done.sent, done.sentence, done.leased_until) == (True, "", None)
    (mail,) = post_office.mails()
    assert (mail.recipients, mail.sender) == ((KINDLE,), "books@unroller.example")
    assert parseaddr(str(mail.message["From"]))[1] == "books@unroller.example"
    assert mail.message_id == f"<{done.pk}@localhost>"
    assert "This is post 3." in words(mail)
    (part,) = mail.message.iter_attachments()
    assert part.get_filename() == "maralind-2026-03-01-this-is-post-1.epub"


def test_a_thread_without_a_file_waits_until_there_is_one(bob: User, post_office: PostOffice) -> None:
    thread = a_thread(3)
    parcel = send(kindle.ask(bob, thread))
    assert parcel is not None
    assert (parcel.finished_at, parcel.attempts, post_office.total) == (None, 0, 0)
    thread_files.run(str(ThreadFile.objects.get(thread=thread).pk))
    with time_machine.travel(timezone.now() + kindle.LOOK_AGAIN, tick=True):
        send(parcel)
    assert post_office.total == 1


def test_a_thread_that_is_on_its_way_is_not_sent_twice(bob: User, post_office: PostOffice) -> None:
    thread = with_file(a_thread(3))
    first, second = kindle.ask(bob, thread), kindle.ask(bob, thread)
    assert first == second
    send(first)
    send(second)
    assert post_office.total == 1


def test_a_thread_that_was_removed_meanwhile_is_not_sent(bob: User, post_office: PostOffice) -> None:
    thread = with_file(a_thread(3))
    parcel = kindle.ask(bob, thread)
    threads.remove(thread, Gone())
    done = send(parcel)
    assert done is not None
    assert (done.sent, done.sentence, post_office.total) == (False, kindle.GONE, 0)


def test_a_thread_that_turns_out_to_be_part_of_another_goes_as_the_whole(bob: User, post_office: PostOffice) -> None:
    part, whole = a_thread(2), with_file(a_thread(4, first=100))
    parcel = kindle.ask(bob, part)
    parcels.inherit(whole, [part])
    send(parcel)
    assert "This is post 103." in words(post_office.mails()[0])


def test_without_an_address_nothing_is_asked_for(bob: User) -> None:
    kindle.settle(bob, "")
    with pytest.raises(Refused, match="address of your Kindle"):
        kindle.ask(bob, a_thread(3))
    assert not Parcel.objects.exists()


def test_posts_of_x_count_as_taken_when_they_are_asked_for(bob: User) -> None:
    assert limits.spend(limits.X_POSTS_INTO_FILES, f"person {bob.pk}", cost=498)
    with pytest.raises(Refused, match="used up"):
        kindle.ask(bob, a_thread(3))
    kindle.ask(bob, a_thread(2, first=100))
    assert Parcel.objects.count() == 1


def test_a_book_that_is_too_large_goes_without_its_pictures(
    bob: User, sandbox: Sandbox, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = with_file(a_thread(1, media=photos(sandbox, 6)))
    size = ThreadFile.objects.get().size
    monkeypatch.setattr(kindle, "MOST_BYTES", size - 1)
    done = send(kindle.ask(bob, thread))
    assert done is not None
    assert done.sent
    assert "Without pictures" in done.sentence
    assert "This is post 1." in words(post_office.mails()[0])


def test_a_book_that_is_too_large_even_so_ends_with_a_sentence(
    bob: User, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = with_file(a_thread(3))
    monkeypatch.setattr(kindle, "MOST_BYTES", 1_000)
    done = send(kindle.ask(bob, thread))
    assert done is not None
    assert (done.sent, done.sentence, post_office.total) == (False, kindle.TOO_LARGE, 0)


def test_a_server_that_takes_no_such_size_gets_it_once_more_without_pictures(
    bob: User, world: World, post_office: PostOffice
) -> None:
    parcel = kindle.ask(bob, with_file(a_thread(3)))
    world.faults.add("smtp", "error", status=552, path="MAIL", times=1)
    waiting = send(parcel)
    assert waiting is not None
    assert (waiting.plain, waiting.finished_at) == (True, None)
    done = send(parcel)
    assert done is not None
    assert (done.sent, post_office.total) == (True, 1)


@pytest.mark.parametrize(("path", "status"), [("CONNECT", 421), ("RCPT", 450), ("END", 451)], ids=str)
def test_a_server_that_cannot_now_gets_it_later(
    bob: User, world: World, post_office: PostOffice, path: str, status: int
) -> None:
    parcel = kindle.ask(bob, with_file(a_thread(3)))
    world.faults.add("smtp", "error", status=status, path=path, times=1)
    waiting = send(parcel)
    assert waiting is not None
    assert (waiting.finished_at, post_office.total) == (None, 0)
    assert send(parcel) is not None
    assert post_office.total == 0
    with time_machine.travel(timezone.now() + timedelta(seconds=61), tick=True):
        send(parcel)
    assert post_office.total == 1


def test_a_lost_answer_makes_the_same_mail_again(bob: User, world: World, post_office: PostOffice) -> None:
    parcel = kindle.ask(bob, with_file(a_thread(3)))
    world.faults.add("smtp", "keep-and-close", path="END", times=1)
    send(parcel)
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=True):
        send(parcel)
    assert [mail.message_id for mail in post_office.mails()] == [f"<{parcel.pk}@localhost>"] * 2


def test_an_address_that_is_none_is_forgotten_and_the_reader_is_told(
    bob: User, world: World, post_office: PostOffice
) -> None:
    parcel = kindle.ask(bob, with_file(a_thread(3)))
    world.faults.add("smtp", "error", status=550, path="RCPT", times=1)
    done = send(parcel)
    assert done is not None
    assert (done.sent, "no such Kindle" in done.sentence, Shelf.objects.get().kindle) == (False, True, "")
    bob.refresh_from_db()
    assert bob.mail_stopped == ""


def test_a_server_that_never_can_ends_it_after_some_days(bob: User, settings: Settings) -> None:
    parcel = kindle.ask(bob, with_file(a_thread(3)))
    settings.EMAIL_PORT = 1
    assert send(parcel) is not None
    Parcel.objects.update(created_at=timezone.now() - parcels.LIFETIME, not_before=None)
    done = send(parcel)
    assert done is not None
    assert (done.sent, done.finished_at is not None) == (False, True)
    assert "could not be sent" in done.sentence


def test_a_parcel_that_kills_every_worker_ends(bob: User, post_office: PostOffice) -> None:
    parcel = kindle.ask(bob, with_file(a_thread(3)))
    Parcel.objects.update(attempts=parcels.MOST_ATTEMPTS)
    done = send(parcel)
    assert done is not None
    assert (done.sent, done.finished_at is not None, post_office.total) == (False, True, 0)


def test_from_asking_to_the_mail_by_bells_and_sweeps_alone(
    worker: Worker, sandbox: Sandbox, bob: User, post_office: PostOffice
) -> None:
    worker.start()
    parcel = kindle.ask(bob, a_thread(2, media=photos(sandbox, 2)))

    def arrived() -> bool:
        Parcel.objects.filter(not_before__isnull=False).update(not_before=timezone.now())
        parcels.sweep()
        return post_office.total == 1

    until(arrived, what="the book")
    until(lambda: Parcel.objects.get(pk=parcel.pk).sent, what="its row settled")
    assert any(name.startswith("EPUB/pictures/1") or name.endswith(".jpg") for name in book(post_office.mails()[0]))


def test_a_worker_killed_while_the_server_thinks_loses_nothing(
    worker: Worker, world: World, bob: User, post_office: PostOffice
) -> None:
    thread = with_file(a_thread(3))
    world.faults.add("smtp", "hang", path="DATA", times=1, seconds=30)
    worker.start()
    parcel = kindle.ask(bob, thread)
    until(lambda: bool(world.log.of("smtp", "DATA")), what="the mail begun")
    worker.kill()
    Parcel.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    done = send(parcel)
    assert done is not None
    assert (done.sent, done.attempts, post_office.times(f"<{done.pk}@localhost>")) == (True, 2, 1)


def test_a_worker_killed_once_the_server_has_it_repeats_the_same_mail_and_no_other(
    worker: Worker, world: World, bob: User, post_office: PostOffice
) -> None:
    first, second = (with_file(a_thread(2, first=number)) for number in (1, 100))
    send(kindle.ask(bob, first))
    world.faults.at_call("smtp", 1, worker.kill, path="END")
    worker.start()
    parcel = kindle.ask(bob, second)
    until(lambda: post_office.total == 2, what="the mail taken")
    Parcel.objects.filter(pk=parcel.pk).update(leased_until=timezone.now() - timedelta(seconds=1))
    send(parcel)
    ids = [mail.message_id for mail in post_office.mails()]
    assert ids[1:] == [f"<{parcel.pk}@localhost>"] * 2
    assert ids.count(ids[0]) == 1
