"""What the network takes away is taken from everybody, and not out of an archive that its owner reads alone."""

from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.models import User
from tests.archives.bringing import a_zip, proves, read
from tests.follows import a_reader
from tests.thread_files import own_place
from tests.x_archives import after
from unroller.actions import threads
from unroller.actions.compliance import vanished
from unroller.models import Thread, Vanished

pytestmark = pytest.mark.django_db
MIDDLE = after(60, 1)


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return own_place(tmp_path, settings)


@pytest.fixture
def ana() -> User:
    """Brought an archive before anybody published it."""
    return a_reader("ana")


@pytest.fixture
def both(ana: User, tmp_path: Path) -> tuple[Thread, Thread]:
    """The same thread: Ana's alone, and everybody's."""
    read(ana, a_zip(tmp_path))
    bob = a_reader("bob")
    proves(bob)
    read(bob, a_zip(tmp_path, name="proved.zip"))
    return Thread.objects.get(private=True), Thread.objects.get(private=False)


def told(**about: str) -> Vanished:
    vanished.note("x", by="inquiry", **about)
    row = Vanished.objects.get()
    vanished.run(str(row.pk))
    row.refresh_from_db()
    return row


def posts_of(row: Thread) -> int:
    row.refresh_from_db()
    found = threads.content(row)
    return len(list(found.posts)) if found else 0


def test_a_deleted_post_leaves_the_thread_of_everybody_alone(both: tuple[Thread, Thread]) -> None:
    own, public = both
    assert told(reason="deleted", path=MIDDLE).outcome == "removed"
    assert (posts_of(own), posts_of(public)) == (3, 2)


def test_an_account_that_is_gone_takes_no_archive_with_it(both: tuple[Thread, Thread]) -> None:
    own, public = both
    assert told(reason="suspended", path=MIDDLE).outcome == "removed"
    assert (posts_of(own), posts_of(public)) == (3, 0)


@pytest.mark.parametrize("reason", ["deleted", "suspended"])
def test_an_archive_alone_has_nothing_to_take(ana: User, tmp_path: Path, reason: str) -> None:
    read(ana, a_zip(tmp_path))
    own = Thread.objects.get()
    assert told(reason=reason, path=MIDDLE).outcome == "nothing"
    assert posts_of(own) == 3
    Vanished.objects.all().delete()
    assert told(reason=reason, author_id=own.author.network_id).outcome == "nothing"
    assert posts_of(own) == 3
