"""Who opts out is not named anew, nor followed, by what was under way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from tests.follows import a_reader
from tests.processes import until
from tests.rights.test_opting_out import tables_with
from tests.rights.test_opting_out_races import waiting
from tests.threads import MARA, a_thread
from unroller.actions import follows, opting_out, threads
from unroller.models import Author, Cadence, Follow, Watch

pytestmark = pytest.mark.django_db(transaction=True)


def aside(deed: Callable[[], object]) -> None:
    """In a thread of its own; what it raises is looked at by nobody."""
    try:
        deed()
    finally:
        connection.close()


def meanwhile(deed: Callable[[], object], author: Author) -> None:
    """Do something that begins while an author opts out."""
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            opting_out.opt_out(author)
            doing = pool.submit(aside, deed)
            until(lambda: doing.done() or waiting() == 1, what="it waits for the author")
        doing.exception()


def keep_again() -> None:
    with transaction.atomic():
        threads.keep_author("x", MARA)


def test_a_look_at_their_profile_does_not_write_their_name_down_again() -> None:
    author = a_thread(2).author
    meanwhile(keep_again, author)
    author.refresh_from_db()
    assert author.name == opting_out.NAME
    assert [tables_with(word) for word in (MARA.name, MARA.handle)] == [[], []]


@pytest.mark.parametrize("is_watched", [False, True])
def test_nobody_follows_them_in_that_moment(*, is_watched: bool) -> None:
    author, bob = a_thread(2).author, a_reader()
    if is_watched:
        follows.follow(a_reader("charlie"), author, Cadence.DAILY)
    meanwhile(lambda: follows.follow(bob, author, Cadence.DAILY), author)
    assert not Follow.objects.exists()


@pytest.mark.parametrize("is_watched", [False, True])
def test_who_followed_a_moment_before_follows_no_more(*, is_watched: bool) -> None:
    author, bob = a_thread(2).author, a_reader()
    if is_watched:
        follows.follow(a_reader("charlie"), author, Cadence.DAILY)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            follows.follow(bob, author, Cadence.DAILY)
            leaving = pool.submit(aside, lambda: opting_out.opt_out(author))
            until(lambda: leaving.done() or waiting() == 1, what="the author waits for who follows")
        leaving.result()
    assert not Follow.objects.exists()
    assert not Watch.objects.exists()
