"""Pictures on their way to a blog: one that does not go stays at its network, and nobody else waits for many."""

import pytest

from accounts.models import User
from tests.blogs.owning import PICTURE, a_story, connected, publish, turn
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from unroller.actions.blogs import composing
from unroller.core.posts import Media
from unroller.models import Blog, BlogPost, Thread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("profile", "sandbox")]

State = BlogPost.State


@pytest.fixture
def blog(ana: User, world: World) -> Blog:
    return connected(ana, world.blogs["harbour"])


@pytest.fixture
def album(sandbox: Sandbox) -> Thread:
    """Two pictures."""
    media = sandbox.urls()["media"]
    other = Media(type="photo", url=f"{media}/picture/coast/2/120x80.png", alt="Sun")
    return a_story(media + PICTURE, media=(other,))


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_one_picture_that_the_blog_cannot_keep_just_now_stays_at_its_network(
    blog: Blog, album: Thread, world: World, status: int
) -> None:
    world.faults.add("blog", "error", path="/media$", status=status)
    row = publish(blog, album)
    harbour = world.blogs["harbour"]
    assert (row.state, len(harbour.uploads), list(row.uploads.values())) == (
        State.PUBLISHED,
        1,
        [f"{harbour.address}files/{name}" for name in harbour.uploads],
    )
    assert "/picture/coast/2/120x80.png" in harbour.entries[0].html


def test_pictures_whose_place_is_not_public_stay_at_their_network(blog: Blog, album: Thread, world: World) -> None:
    Blog.objects.update(media_endpoint="https://10.0.0.1/media")
    row = publish(blog, album)
    blog.refresh_from_db()
    assert (row.state, blog.sentence) == (State.PUBLISHED, "")
    assert PICTURE in world.blogs["harbour"].entries[0].html


def test_a_blog_that_is_asked_for_too_much_waits_with_its_pictures(blog: Blog, album: Thread, world: World) -> None:
    world.faults.add("blog", "error", path="/media$", status=429)
    row = publish(blog, album)
    assert (row.state, world.blogs["harbour"].entries) == (State.READY, [])
    assert turn(row).state == State.PUBLISHED
    assert len(world.blogs["harbour"].uploads) == 2


def test_many_pictures_let_others_go_first_and_none_is_asked_for_twice(
    blog: Blog, album: Thread, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(composing, "SECONDS_AT_ONCE", -1)
    world.faults.add("blog", "error", path="/media$", status=415)
    row = publish(blog, album)
    assert (row.state, row.attempts, row.leased_until, row.sentence) == (State.READY, 0, None, "")
    assert not world.blogs["harbour"].entries
    row = turn(row)
    assert len(world.blogs["harbour"].uploads) == 1
    row = row if row.state == State.PUBLISHED else turn(row)
    assert row.state == State.PUBLISHED
    assert [each.status for each in world.log.of("blog", "/media$")] == [415, 201]
    assert len(row.uploads) == 1, "what was refused is tried again the next time"
