"""What stands on a blog, as its row knows it: whose words, a draft or not, and which hashtags."""

import pytest
from django.test import Client

from accounts.models import User
from tests.blogs.owning import a_story, connected, publish, turn
from tests.sandbox.world import World
from unroller import published
from unroller.actions.blogs import publishing
from unroller.models import BlogPost, Profile, Thread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("profile", "sandbox")]

State = BlogPost.State


def changed() -> Thread:
    """Her thread in other words, without a hashtag."""
    return a_story(text="Sun over it.", html="<p>Sun over it.</p>")


def test_what_is_found_later_has_the_words_that_were_sent(ana: User, thread: Thread, world: World) -> None:
    blog = connected(ana, world.blogs["harbour"])
    world.faults.add("blog", "keep-and-close", method="POST", path="micropub$")
    row = publish(blog, thread)
    changed()
    row = turn(BlogPost.objects.get())
    assert (row.state, row.words_of) == (State.PUBLISHED, thread.changed_at)
    assert published.has_changed(row)


def test_what_its_owner_finds_has_the_words_that_were_sent(ana: User, thread: Thread, world: World) -> None:
    garden = world.blogs["garden"]
    blog = connected(ana, garden)
    world.faults.add("blog", "keep-and-close", method="POST", path="micropub$")
    row = turn(publish(blog, thread))
    publishing.is_there(row, garden.entries[0].url)
    assert not published.has_changed(BlogPost.objects.get())
    changed()
    assert published.has_changed(BlogPost.objects.get())


def test_a_draft_that_is_published_at_once_is_a_draft_no_longer(ana: User, thread: Thread, world: World) -> None:
    blog, harbour = connected(ana, world.blogs["harbour"]), world.blogs["harbour"]
    publish(blog, thread, draft=True)
    assert publish(blog, thread, draft=True).draft
    assert harbour.entries[0].is_draft
    world.faults.add("blog", "error", method="POST", path="micropub$", status=503)
    row = publish(blog, thread)
    assert (row.state, harbour.entries[0].is_draft) == (State.READY, True)
    row = turn(row)
    assert (row.draft, row.words_of, harbour.entries[0].is_draft) == (False, thread.changed_at, False)


def test_what_is_published_does_not_become_a_draft_or_public_anew(ana: User, thread: Thread, world: World) -> None:
    blog, harbour = connected(ana, world.blogs["harbour"]), world.blogs["harbour"]
    publish(blog, thread)
    assert not publish(blog, thread, draft=True).draft
    harbour.entries[0].properties["post-status"] = ["draft"]  # by its owner, on the blog
    publish(blog, thread)
    assert harbour.entries[0].is_draft


def test_a_draft_is_offered_until_it_is_published(
    ana: User, profile: Profile, thread: Thread, world: World, client: Client
) -> None:
    client.force_login(ana)
    blog, address = connected(ana, world.blogs["harbour"]), f"/profiles/{profile.pk}/publish/{thread.pk}"
    publish(blog, thread, draft=True)
    assert "As a draft" in client.get(address).content.decode()
    publish(blog, thread)
    assert "As a draft" not in client.get(address).content.decode()


def test_the_last_hashtag_goes_from_the_entry_too(ana: User, thread: Thread, world: World) -> None:
    blog, harbour = connected(ana, world.blogs["harbour"]), world.blogs["harbour"]
    publish(blog, thread)
    assert harbour.entries[0].properties["category"] == ["Sea"]
    publish(blog, changed())
    assert "category" not in harbour.entries[0].properties
