"""An author opts out: nothing of theirs is left in any table, on any page, in any later fetch."""

import pytest
from django.db import connection, transaction

from tests.sandbox.world import World
from tests.test_pages import Get, get
from tests.test_unrolling import a_chain, unroll
from tests.threads import MARA, a_thread
from unroller.actions import opting_out, profiles, unrolling
from unroller.core.posts import Person, Quote
from unroller.models import Author, Job, Thread

__all__ = ["get"]

pytestmark = pytest.mark.django_db
BOB = Person(id="2", handle="bob", name="Bob", url="https://x.com/bob")
MARK = "zanzibarwords"


def tables_with(mark: str) -> list[str]:
    """Every table of the database, those to come too, one of whose rows holds the mark."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        found = []
        for name in names:
            cursor.execute(f'SELECT 1 FROM "{name}" AS t WHERE t::text ILIKE %s LIMIT 1', [f"%{mark}%"])
            found += [name] if cursor.fetchone() else []
    return found


def test_no_table_holds_their_words_name_or_handle_any_more(get: Get) -> None:
    thread = a_thread(3, text=MARK, html=f"<p>{MARK}</p>")
    quote = Quote(id="1", url="https://x.com/maralind/status/1", author=MARA, text=MARK, html=f"<p>{MARK}</p>")
    other = a_thread(2, first=90, author=BOB, quote=quote)
    assert get(thread.get_absolute_url()).status == 200
    assert tables_with(MARK) != []
    opting_out.opt_out(thread.author)
    opting_out.go_on()
    assert [tables_with(word) for word in (MARK, MARA.name, MARA.handle)] == [[], [], []]
    assert get(thread.get_absolute_url()).status == 410
    assert b"This is post 91." in get(other.get_absolute_url()).body
    assert Author.objects.get(network_id=MARA.id).emptied_at is not None


def test_a_worker_goes_on_where_a_killed_one_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    thread = a_thread(2, text=MARK)
    monkeypatch.setattr(opting_out, "AT_ONCE", 0)
    opting_out.opt_out(thread.author)
    assert tables_with(MARK) != []
    monkeypatch.setattr(opting_out, "AT_ONCE", 5)
    assert opting_out.go_on() == 1
    assert tables_with(MARK) == []
    assert opting_out.go_on() == 0


@pytest.mark.usefixtures("sandbox")
def test_nobodys_link_brings_anything_of_theirs_until_they_opt_in(world: World) -> None:
    posts = a_chain(world)
    unroll(world.x.link(posts[0]))
    thread = Thread.objects.get()
    opting_out.opt_out(thread.author)
    later = world.x.post(posts[0].author, "Another one.")
    job = unroll(world.x.link(later))
    assert (job.state, job.error) == (Job.State.FAILED, "OptedOut")
    assert unrolling.address(world.x.link(posts[1])) is not None
    opting_out.opt_in(thread.author)
    assert unrolling.address(world.x.link(posts[0])) is None
    unroll(world.x.link(posts[0]))
    thread.refresh_from_db()
    assert thread.removed == ""


@pytest.mark.usefixtures("sandbox")
def test_a_thread_that_its_author_took_away_stays_away_until_they_allow_it(world: World) -> None:
    posts = a_chain(world)
    unroll(world.x.link(posts[0]))
    thread = Thread.objects.get()
    assert profiles.take_away(thread.author, thread.id)
    reply = world.x.post(world.x.person("charlie"), "So true!", under=posts[2])
    assert unroll(world.x.link(reply)).error == "Withdrawn"
    assert profiles.allow_again(thread.author, thread.id)
    with transaction.atomic():
        assert unrolling.address(world.x.link(posts[0])) is None
