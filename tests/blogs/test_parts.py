"""Threads that became parts of a longer one: the whole has one entry on a blog."""

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from tests.blogs.owning import a_story, connected, publish, turn
from tests.sandbox.world import World
from unroller.actions.blogs import publishing
from unroller.models import Blog, BlogPost, Thread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("profile", "sandbox")]

State = BlogPost.State


@pytest.fixture
def blog(ana: User, world: World) -> Blog:
    return connected(ana, world.blogs["harbour"])


def inherited(whole: Thread, *parts: Thread) -> BlogPost:
    """The row of the whole, when the parts are gone."""
    with transaction.atomic():
        publishing.inherit(whole, parts)
    BlogPost.objects.filter(thread__in=parts).delete()
    return BlogPost.objects.get(thread=whole)


def a_row(blog: Blog, thread: Thread, state: str) -> BlogPost:
    return BlogPost.objects.create(
        blog=blog, thread=thread, slug=f"s-{thread.pk}", state=state, asked_at=timezone.now()
    )


@pytest.mark.parametrize("is_first", [True, False])
def test_the_part_that_stands_there_leads_to_the_whole(blog: Blog, world: World, is_first: bool) -> None:
    waits, stands, whole = a_story(first=100), a_story(first=200), a_story(first=300)
    publishing.publish(blog, waits, draft=False)
    row = publish(blog, stands)
    kept = inherited(whole, *((stands, waits) if is_first else (waits, stands)))
    assert kept.pk == row.pk
    assert kept.state == State.READY, "the wish of the part that waited"
    assert turn(kept).state == State.PUBLISHED
    [entry] = world.blogs["harbour"].entries
    assert entry.updates == 1


@pytest.mark.parametrize("state", [State.FAILED, State.READY])
def test_a_whole_that_is_not_there_takes_the_entry_of_its_part(
    blog: Blog, thread: Thread, world: World, state: str
) -> None:
    row = publish(blog, thread)
    whole = a_story(first=300)
    a_row(blog, whole, state)
    kept = inherited(whole, thread)
    assert (kept.pk, kept.state) == (row.pk, State.READY if state == State.READY else State.PUBLISHED)


@pytest.mark.parametrize("state", [State.SENDING, State.UNSURE])
def test_what_may_stand_there_goes_before_what_does_not(blog: Blog, thread: Thread, state: str) -> None:
    other, whole = a_story(first=200), a_story(first=300)
    a_row(blog, other, State.FAILED)
    maybe = a_row(blog, thread, state)
    a_row(blog, whole, State.FAILED)
    kept = inherited(whole, other, thread)
    assert (kept.pk, kept.state) == (maybe.pk, state)


def test_an_entry_of_the_whole_stays_its_own(blog: Blog, thread: Thread) -> None:
    publish(blog, thread)
    whole = a_story(first=300)
    row = publish(blog, whole)
    assert inherited(whole, thread).pk == row.pk
