"""Two hands in one library at the same moment: nothing is written over, and nobody waits for ever."""

from functools import partial
from threading import Event, Thread

import pytest
from django.db import connection, transaction

from accounts.models import User
from tests.follows import a_reader, an_author, wrote
from tests.meeting import at_once
from tests.test_library import keep, many_threads
from unroller.actions import library
from unroller.models import Saved

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bob() -> User:
    return a_reader("bob")


def test_saving_again_waits_for_who_changes_the_row_and_keeps_the_change(bob: User) -> None:
    thread = wrote(an_author("maralind"), 100)
    row = library.save(bob, thread, tags=["art"])
    changed, done = Event(), Event()

    def elsewhere() -> None:
        with transaction.atomic():
            mine = Saved.objects.select_for_update().get(id=row.id)
            changed.set()
            done.wait(1)  # long enough for the other to read what is about to change
            mine.note, mine.tags = "Mine.", ["war"]
            mine.save()
        connection.close()

    other = Thread(target=elsewhere)
    other.start()
    assert changed.wait(10)
    library.save(bob, thread, tags=["sea"])
    other.join()
    row.refresh_from_db()
    assert (row.note, row.tags) == ("Mine.", ["war", "sea"])


def test_tagging_the_same_threads_in_another_order_does_not_deadlock(bob: User) -> None:
    keep(bob, many_threads(40))
    mine = Saved.objects.filter(user=bob)
    deeds = [
        partial(library.tag, mine.order_by("id"), ["one", "two"]),
        partial(library.tag, mine.order_by("-id"), ["two", "one"]),
        partial(library.untag, mine, ["two", "one"]),
        partial(library.rename_tag, bob, "one", "two"),
        partial(library.archive, mine),
        partial(library.favor, mine, favorite=True),
    ]
    for _ in range(8):
        at_once(*deeds)  # raises what one of them raised
    assert not mine.filter(archived_at=None).exists()
