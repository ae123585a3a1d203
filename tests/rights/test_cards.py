"""Cards in threads of others: of who opted out none stays, also of what is stored in that very moment."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from tests.processes import until
from tests.rights.test_opting_out import BOB, MARK, tables_with
from tests.rights.test_opting_out_races import waiting
from tests.threads import MARA, a_thread
from unroller import queries
from unroller.actions import opting_out
from unroller.core.posts import Quote
from unroller.models import Author, Thread

MANY = 3_000


def a_card(of: str = "1") -> Quote:
    return Quote(id=of, url=f"https://x.com/maralind/status/{of}", author=MARA, text=MARK, html=f"<p>{MARK}</p>")


def leave(author: Author) -> None:
    """Opting out, and the clock right after it."""
    try:
        opting_out.opt_out(author)
        opting_out.go_on()
    finally:
        connection.close()


def quote(of: str) -> None:
    try:
        a_thread(2, first=90, author=BOB, quote=a_card(of))
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("of", ["1", "777"], ids=["of a post that is here", "of one that is not"])
def test_a_card_that_is_stored_in_the_moment_of_opting_out_goes(of: str) -> None:
    author = a_thread(2).author
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            a_thread(2, first=90, author=BOB, quote=a_card(of))
            leaving = pool.submit(leave, author)
            until(lambda: leaving.done() or waiting() == 1, what="its author waits for it, or is done")
        leaving.result()
    assert tables_with(MARK) == []
    assert Thread.objects.get(author__network_id=BOB.id).post_count == 2


@pytest.mark.django_db(transaction=True)
def test_a_card_that_comes_while_its_author_opts_out_is_not_stored() -> None:
    author = a_thread(2).author
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            opting_out.opt_out(author)
            storing = pool.submit(quote, "777")
            until(lambda: storing.done() or waiting() == 1, what="the thread waits for the author, or is stored")
        storing.result()
    assert tables_with(MARK) == []


@pytest.mark.django_db
def test_cards_of_posts_that_are_here_go_while_the_author_waits() -> None:
    author = a_thread(2).author
    a_thread(2, first=90, author=BOB, quote=a_card("2"))
    opting_out.opt_out(author)
    assert tables_with(MARK) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("source", "path", "card"),
    [
        ("x", "17", "17"),
        ("x", "~5/17", "17"),
        ("bluesky", "did:plc:a/3k", "at://did:plc:a/app.bsky.feed.post/3k"),
        ("mastodon", "mastodon.example/17", "17"),
    ],
)
def test_a_card_names_a_post_as_its_network_does(source: str, path: str, card: str) -> None:
    assert queries.card_id(source, path) == card


@pytest.mark.django_db
def test_threads_with_a_card_are_found_among_many_by_the_index() -> None:
    found = a_thread(2, first=90, author=BOB, quote=a_card())
    values = (
        "source, author_id, version, title, excerpt, language, direction, post_count, word_count, reading_minutes, "
    )
    values += "reasons, posted_at, unlisted, private, removed, changed_at, fetched_at, created_at, checks"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO unroller_thread (path, document, {values}) SELECT 'many-' || number,"
            f" jsonb_build_object('line', jsonb_build_array(jsonb_build_object('quote', jsonb_build_object('id',"
            f" 'q' || number)))), {values} FROM unroller_thread, generate_series(1, %s) AS number WHERE id = %s",
            [MANY, found.pk],
        )
        cursor.execute("ANALYZE unroller_thread")
    wanted = queries.showing_cards("x", ["1", "nowhere"])
    assert list(wanted.values_list("id", flat=True)) == [found.pk]
    assert "thread_by_quote" in wanted.values("id").explain()
