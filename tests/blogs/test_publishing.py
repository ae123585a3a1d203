"""Threads on their authors' blogs: what is sent, once, changed by hand, and left alone when the thread goes."""

import pytest
from django.db import transaction

from accounts import limits
from accounts.actions import banning
from accounts.models import User
from tests.blogs.owning import PICTURE, a_story, connected, publish, turn
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from unroller.actions import opting_out, profiles, taking, threads
from unroller.actions.blogs import publishing, working
from unroller.core.errors import Withdrawn
from unroller.models import BlogPost, Profile, Proof, Thread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("profile", "sandbox")]

State = BlogPost.State


def test_a_thread_becomes_one_entry_in_its_authors_own_words(ana: User, thread: Thread, world: World) -> None:
    harbour = world.blogs["harbour"]
    row = publish(connected(ana, harbour), thread)
    [entry] = harbour.entries
    assert (row.state, row.url, row.sentence) == (State.PUBLISHED, entry.url, "")
    assert row.words_of == thread.changed_at
    assert entry.slug == row.slug
    properties = entry.properties
    assert properties["name"] == ["Fog over the #Sea"]
    assert properties["category"] == ["Sea"]
    assert properties["published"] == ["2026-03-01T12:01:00Z"]
    assert properties["syndication"] == ["https://bsky.app/profile/ana.example/post/1"]
    assert properties["post-status"] == ["published"]
    assert "This is post 2." in entry.html
    assert '<a href="https://bsky.app/profile/bob.example/post/9">@bob.example</a>' in entry.html
    assert "Bob says no" not in entry.html, "words of others are linked"


def test_a_draft_is_a_draft(ana: User, thread: Thread, world: World) -> None:
    publish(connected(ana, world.blogs["harbour"]), thread, draft=True)
    assert world.blogs["harbour"].entries[0].is_draft


def test_pictures_go_along_once_and_stay_at_their_network_where_there_is_no_room(
    ana: User, world: World, sandbox: Sandbox
) -> None:
    picture = sandbox.urls()["media"] + PICTURE
    thread = a_story(picture)
    harbour, garden = world.blogs["harbour"], world.blogs["garden"]
    row = publish(connected(ana, harbour), thread)
    [name] = harbour.uploads
    assert harbour.uploads[name].type == "image/png"
    assert f'<img src="{harbour.address}files/{name}" alt="Fog"/>' in harbour.entries[0].html
    publishing.again(row)
    turn(row)
    assert len(harbour.uploads) == 1
    publish(connected(ana, garden), thread)
    assert f'<img src="{picture}" alt="Fog"/>' in garden.entries[0].html


def test_a_picture_that_the_blog_does_not_want_stays_where_it_is(ana: User, world: World, sandbox: Sandbox) -> None:
    picture = sandbox.urls()["media"] + PICTURE
    world.faults.add("blog", "error", path="/media$", status=415)
    row = publish(connected(ana, world.blogs["harbour"]), a_story(picture))
    assert row.state == State.PUBLISHED
    assert picture in world.blogs["harbour"].entries[0].html


@pytest.mark.parametrize("name", ["harbour", "garden", "attic"])
def test_publishing_again_changes_the_entry_that_is_there(ana: User, thread: Thread, world: World, name: str) -> None:
    blog = connected(ana, world.blogs[name])
    row = publish(blog, thread)
    changed = a_story(text="Sun over the sea today.", html="<p>Sun over the sea today.</p>")
    assert publish(blog, changed).pk == row.pk
    [entry] = world.blogs[name].entries
    assert entry.updates == 1
    assert entry.properties["name"] == ["Sun over the sea today"]
    assert "Sun over" in entry.html
    assert BlogPost.objects.get().words_of == changed.changed_at


def test_asked_twice_it_is_published_once(ana: User, thread: Thread, world: World) -> None:
    blog = connected(ana, world.blogs["harbour"])
    first, second = (publishing.publish(blog, thread, draft=False) for _ in range(2))
    assert first.pk == second.pk
    turn(first)
    working.run(str(first.pk))
    assert len(world.blogs["harbour"].entries) == 1


def test_what_is_taken_away_here_stays_on_the_blog_and_nothing_more_goes_there(
    ana: User, thread: Thread, world: World, sandbox: Sandbox
) -> None:
    blog = connected(ana, world.blogs["harbour"])
    row = publish(blog, a_story(sandbox.urls()["media"] + PICTURE))
    waiting = publishing.publish(blog, a_story(first=100), draft=False)
    assert row.uploads
    opting_out.opt_out(thread.author)
    for each in (row, waiting):
        each.refresh_from_db()
    assert len(world.blogs["harbour"].entries) == 1
    assert (row.state, row.uploads) == (State.PUBLISHED, {})
    assert (waiting.state, waiting.sentence) == (State.FAILED, publishing.REMOVED)
    publishing.again(waiting)
    assert turn(waiting).sentence == publishing.REMOVED


def test_who_let_go_of_the_profile_publishes_nothing_more(
    ana: User, thread: Thread, profile: Profile, world: World
) -> None:
    row = publishing.publish(connected(ana, world.blogs["harbour"]), thread, draft=False)
    profiles.let_go(profile)
    assert turn(row).sentence == working.NOT_YOURS
    assert world.blogs["harbour"].entries == []


def test_who_is_banned_publishes_nothing_until_the_ban_is_lifted(ana: User, thread: Thread, world: World) -> None:
    row = publishing.publish(connected(ana, world.blogs["harbour"]), thread, draft=False)
    banning.ban_account(ana, "spam")
    assert turn(row).state == State.READY
    assert (world.blogs["harbour"].entries, working.sweep()) == ([], 0)
    banning.lift_account(ana)
    assert turn(row).state == State.PUBLISHED


def test_a_thread_that_became_a_part_leads_to_the_whole(ana: User, thread: Thread, world: World) -> None:
    row = publish(connected(ana, world.blogs["harbour"]), thread)
    whole = a_story(first=100)
    with transaction.atomic():
        publishing.inherit(whole, [thread])
    row.refresh_from_db()
    assert row.thread == whole


def test_removal_during_the_wait_ends_it_before_anything_is_sent(ana: User, thread: Thread, world: World) -> None:
    row = publishing.publish(connected(ana, world.blogs["harbour"]), thread, draft=False)
    with transaction.atomic():
        threads.remove(Thread.objects.select_for_update().get(pk=thread.pk), Withdrawn())
    assert turn(row).state == State.FAILED
    assert world.blogs["harbour"].entries == []


def test_posts_of_x_count_towards_what_x_allows_a_day(ana: User, world: World) -> None:
    blog, limit, who = connected(ana, world.blogs["harbour"]), limits.X_POSTS_INTO_FILES, taking.account(ana)
    thread = a_story(source="x", first=700)
    profiles.grant(ana, thread.author, Proof.BIO)
    row = publish(blog, thread)
    assert (row.state, limits.left(limit, who).uses) == (State.PUBLISHED, limit.item.amount - 4)
    publishing.again(row)
    assert turn(row).state == State.PUBLISHED, "the same words count once"
    limits.spend(limit, who, cost=limits.left(limit, who).uses)
    other = publish(blog, a_story(source="x", first=800))
    assert (other.state, other.sentence) == (State.READY, working.X_LIMIT)
    assert other.not_before is not None
    assert len(world.blogs["harbour"].entries) == 1
