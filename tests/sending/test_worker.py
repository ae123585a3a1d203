"""The weekly book by real workers: from the clock to the mail, and when one of them is killed."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.bell import ring
from accounts.models import User
from tests.processes import Worker, until
from tests.sandbox.mail.post import PostOffice
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.sending.post import a_sender, keep, words
from tests.thread_files import own_place
from unroller.actions import mailing, weekly
from unroller.models import Bundled, Parcel, Shelf

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bob(settings: Settings, tmp_path: Path, post_office: PostOffice) -> User:
    own_place(tmp_path, settings)
    user = a_sender()
    weekly.settle(user, "mail", kindle="")
    keep(user, 2)
    Shelf.objects.update(weekly_at=timezone.now())
    return user


@pytest.fixture
def worker(sandbox: Sandbox, tmp_path: Path) -> Iterator[Worker]:
    running = Worker({**sandbox.env(), "DATA_DIR": str(tmp_path)}, queues="export,clock")
    yield running
    running.kill()


def test_from_the_clock_to_the_mail_by_bells_alone(worker: Worker, bob: User, post_office: PostOffice) -> None:
    worker.start()
    ring("unroller.weekly_books")
    until(lambda: post_office.total == 1, what="the book")
    until(lambda: Parcel.objects.get().sent, what="its row settled")
    assert "About 1001." in words(post_office.mails()[0])


def test_a_worker_killed_while_it_sends_is_followed_by_one_that_sends_the_same_book(
    worker: Worker, world: World, bob: User, post_office: PostOffice
) -> None:
    world.faults.at_call("smtp", 1, worker.kill, path="END")
    worker.start()
    ring("unroller.weekly_books")
    until(lambda: post_office.total == 1, what="the mail taken")
    keep(bob, 1, first=9_001)
    Parcel.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    mailing.run(str(Parcel.objects.get().pk))
    first, second = post_office.mails()
    assert first.message_id == second.message_id
    assert words(first) == words(second)
    assert Bundled.objects.count() == 2
