"""What happens to a thread while its pictures are on their way to the blog."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction

from accounts.models import User
from tests.blogs.owning import PICTURE, a_story, connected, publish, turn
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from unroller.actions import profiles, threads
from unroller.actions.blogs import publishing, working
from unroller.core.errors import Withdrawn
from unroller.models import BlogPost, Profile, Thread

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("profile", "sandbox")]

State = BlogPost.State


def meanwhile(world: World, act: Callable[[], object]) -> None:
    """When the first picture arrives at the blog, in the thread of its server."""

    def once() -> None:
        try:
            act()
        finally:
            connection.close()

    world.faults.at_call("blog", 1, once, path="/media$")


@pytest.fixture
def picture(sandbox: Sandbox) -> str:
    return sandbox.urls()["media"] + PICTURE


def test_words_that_changed_meanwhile_are_the_ones_that_are_sent(ana: User, world: World, picture: str) -> None:
    blog, story = connected(ana, world.blogs["harbour"]), a_story(picture)
    meanwhile(world, lambda: a_story(picture, text="Sun over it.", html="<p>Sun over it.</p>"))
    row = publish(blog, story)
    assert (row.state, row.attempts, world.blogs["harbour"].entries) == (State.READY, 0, [])
    assert turn(row).state == State.PUBLISHED
    assert world.blogs["harbour"].entries[0].properties["name"] == ["Sun over it"]
    assert len(world.blogs["harbour"].uploads) == 1


def test_who_let_go_of_the_profile_meanwhile_publishes_nothing(
    ana: User, world: World, picture: str, profile: Profile
) -> None:
    blog, story = connected(ana, world.blogs["harbour"]), a_story(picture)
    meanwhile(world, lambda: profiles.let_go(profile))
    row = publish(blog, story)
    assert (row.state, row.sentence) == (State.FAILED, working.NOT_YOURS)
    assert world.blogs["harbour"].entries == []


def test_what_is_taken_away_meanwhile_is_not_sent(ana: User, world: World, picture: str) -> None:
    blog, story = connected(ana, world.blogs["harbour"]), a_story(picture)

    def taken() -> None:
        with transaction.atomic():
            threads.remove(Thread.objects.select_for_update().get(pk=story.pk), Withdrawn())

    meanwhile(world, taken)
    row = publish(blog, story)
    assert (row.state, row.sentence) == (State.FAILED, publishing.REMOVED)
    assert world.blogs["harbour"].entries == []
