"""Blogs that are slow, away, full, or take our key no longer: one entry at most, and a sentence that helps."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from tests.blogs.owning import connected, publish, turn
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.world import World
from unroller.actions.blogs import publishing, working
from unroller.actions.blogs.publishing import CannotPublish
from unroller.models import Blog, BlogPost, Thread
from unroller.sources.blog import errors

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("profile", "sandbox")]

State = BlogPost.State


@pytest.fixture
def blog(ana: User, world: World) -> Blog:
    return connected(ana, world.blogs["harbour"])


def test_a_key_that_grew_old_is_renewed(blog: Blog, thread: Thread, world: World) -> None:
    before = blog.sealed
    world.blogs["harbour"].oauth.expire()
    assert publish(blog, thread).state == State.PUBLISHED
    blog.refresh_from_db()
    assert blog.sealed != before


def test_a_key_is_renewed_before_it_ends(blog: Blog, thread: Thread, world: World) -> None:
    Blog.objects.update(good_until=timezone.now())
    world.log.clear()
    assert publish(blog, thread).state == State.PUBLISHED
    assert [each.status for each in world.log.of("blog", "micropub$")] == [201]


def test_a_key_that_was_revoked_asks_for_a_new_connection(ana: User, blog: Blog, thread: Thread, world: World) -> None:
    world.blogs["harbour"].oauth.tokens.clear()
    row = publish(blog, thread)
    blog.refresh_from_db()
    assert (row.state, row.sentence, blog.sentence) == (State.FAILED, *[errors.ConnectAgain.sentence] * 2)
    with pytest.raises(CannotPublish):
        publishing.again(row)
    assert connected(ana, world.blogs["harbour"]).sentence == ""
    row.refresh_from_db()
    publishing.again(row)
    assert turn(row).state == State.PUBLISHED


@pytest.mark.parametrize("name", ["harbour", "attic"])
def test_a_key_that_may_not_change_says_so(ana: User, thread: Thread, world: World, name: str) -> None:
    row = publish(connected(ana, world.blogs[name], "create"), thread)
    assert row.state == State.PUBLISHED
    publishing.again(row)
    row = turn(row)
    assert (row.state, row.sentence) == (State.FAILED, errors.NoScope.sentence)
    assert row.url, "it still stands there"


def test_a_blog_that_takes_nothing_just_now_is_tried_again(blog: Blog, thread: Thread, world: World) -> None:
    world.faults.add("blog", "error", method="POST", path="micropub$", status=429)
    row = publish(blog, thread)
    assert (row.state, row.sentence) == (State.READY, working.NO_ANSWER)
    assert row.not_before is not None
    assert turn(row).state == State.PUBLISHED
    assert len(world.blogs["harbour"].entries) == 1


def test_a_blog_that_stays_away_is_given_up(blog: Blog, thread: Thread, world: World) -> None:
    world.faults.add("blog", "error", method="POST", path="micropub$", times=FOR_EVER, status=429)
    row = publish(blog, thread)
    while row.state == State.READY:
        row = turn(row)
    assert (row.state, row.sentence, row.attempts) == (State.FAILED, working.NO_ANSWER, 5)


def test_what_the_blog_refuses_is_not_sent_again(blog: Blog, thread: Thread, world: World) -> None:
    world.faults.add("blog", "error", method="POST", path="micropub$", status=400)
    row = publish(blog, thread)
    assert (row.state, row.sentence) == (State.FAILED, "Your blog did not take it: it answered 400.")


def test_an_answer_that_got_lost_is_looked_for_before_anything_is_sent_again(
    blog: Blog, thread: Thread, world: World
) -> None:
    world.faults.add("blog", "keep-and-close", method="POST", path="micropub$")
    row = publish(blog, thread)
    assert (row.state, row.sentence) == (State.SENDING, working.LOST)
    assert row.not_before is not None
    assert row.not_before > timezone.now() + timedelta(seconds=15), "a blog may show it late"
    row = turn(row)
    [entry] = world.blogs["harbour"].entries
    assert (row.state, row.url) == (State.PUBLISHED, entry.url)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 522])
def test_what_fails_over_there_may_have_kept_the_entry(ana: User, thread: Thread, world: World, status: int) -> None:
    """So it is looked for, and where the blog does not list its entries, its owner is asked."""
    garden = world.blogs["garden"]
    world.faults.add("blog", "error", method="POST", path="micropub$", status=status)
    row = publish(connected(ana, garden), thread)
    assert (row.state, row.sentence) == (State.SENDING, working.LOST)
    assert turn(row).state == State.UNSURE
    assert garden.entries == []


def test_where_the_slug_was_not_kept_it_is_known_by_what_it_was_made_of(
    ana: User, thread: Thread, world: World
) -> None:
    attic = world.blogs["attic"]
    blog = connected(ana, attic)
    attic.create({"name": ["An older note"], "syndication": ["https://bsky.app/profile/ana.example/post/1"]})
    world.faults.add("blog", "keep-and-close", method="POST", path="micropub$")
    row = turn(publish(blog, thread))
    assert (row.state, row.url) == (State.PUBLISHED, attic.entries[1].url)


def test_where_the_blog_cannot_tell_its_owner_is_asked(ana: User, thread: Thread, world: World) -> None:
    garden = world.blogs["garden"]
    blog = connected(ana, garden)
    world.faults.add("blog", "keep-and-close", method="POST", path="micropub$")
    row = turn(publish(blog, thread))
    assert (row.state, row.sentence) == (State.UNSURE, working.UNSURE)
    publishing.again(row)
    assert turn(row).state == State.UNSURE, "nothing is sent before the owner says so"
    assert publishing.publish(blog, thread, draft=False).pk == row.pk
    assert turn(row).state == State.UNSURE
    with pytest.raises(CannotPublish):
        publishing.is_there(row, "javascript:alert(1)")
    publishing.is_there(row, garden.entries[0].url)
    publishing.again(row)
    assert turn(row).state == State.PUBLISHED
    assert [each.updates for each in garden.entries] == [1]


def test_what_its_owner_does_not_find_is_sent_again(ana: User, thread: Thread, world: World) -> None:
    garden = world.blogs["garden"]
    world.faults.add("blog", "close", method="POST", path="micropub$")
    row = turn(publish(connected(ana, garden), thread))
    assert (row.state, garden.entries) == (State.UNSURE, [])
    publishing.look_again(row)
    assert turn(row).state == State.UNSURE
    publishing.is_not_there(row)
    assert turn(row).state == State.PUBLISHED
    assert len(garden.entries) == 1


def test_a_row_that_kills_its_workers_ends(blog: Blog, thread: Thread) -> None:
    row = publishing.publish(blog, thread, draft=False)
    BlogPost.objects.update(attempts=publishing.QUEUE.most_attempts)
    assert turn(row).state == State.FAILED
    BlogPost.objects.update(state=State.SENDING, finished_at=None)
    assert turn(row).state == State.UNSURE


def test_what_is_forgotten_is_not_sent(blog: Blog, thread: Thread, world: World) -> None:
    row = publishing.publish(blog, thread, draft=False)
    publishing.forget_post(row)
    assert not BlogPost.objects.exists()
    working.run(str(row.pk))
    assert world.blogs["harbour"].entries == []
