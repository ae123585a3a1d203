"""Threads that are fetched because somebody mentioned the bot: for whom they come, and for whom they do not."""

from typing import Any

import pytest

from tests.bot.paper import Paper, a_mention, heard, worked
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.sandbox.x.model import Post
from unroller.actions import unrolling
from unroller.models import Author, Job, LeftAlone, Mention, Thread

pytestmark = pytest.mark.django_db


@pytest.fixture
def posts(world: World, sandbox: Sandbox, paper: Paper) -> list[Post]:
    """Ana's thread, which is not here yet."""
    return world.x.thread(world.x.person("mara"), ["One.", "Two.", "Three."])


def asked(post: Post, **changes: Any) -> Mention:
    """Somebody mentions the bot below a post; its job is done, and the bot goes on."""
    row = heard(a_mention(parent_key=str(post.id), **({"parent_author_id": ""} | changes)))
    unrolling.run(str(Job.objects.get().id))
    return worked(row)


def test_a_thread_is_fetched_and_answered_with_the_place_of_the_post(paper: Paper, posts: list[Post]) -> None:
    assert asked(posts[1]).state == "answered"
    assert paper.posted[0][1].endswith(f"/thread/x/{posts[0].id}#post-2")


def test_a_reply_of_a_stranger_leads_to_the_thread_it_stands_below(
    paper: Paper, world: World, posts: list[Post]
) -> None:
    reply = world.x.post("bea", "How true.", under=posts[2])
    assert asked(reply).state == "answered"
    assert f"/thread/x/{posts[0].id}" in paper.posted[0][1]


def test_who_told_the_bot_to_stop_is_not_even_stored(paper: Paper, posts: list[Post]) -> None:
    LeftAlone.objects.create(source="x", network_id=posts[0].author.id)
    row = asked(posts[1])
    assert (row.state, row.reason) == ("silent", "unlisted")
    assert not Thread.objects.exists()
    assert paper.posted == []


def test_who_opted_out_is_not_even_stored(paper: Paper, posts: list[Post]) -> None:
    Author.objects.create(source="x", network_id=posts[0].author.id, handle="mara", name="Mara", opted_out=True)
    row = asked(posts[1])
    assert row.state == "silent"
    assert not Thread.objects.exists()


def test_a_protected_author_makes_it_fail_with_the_reason(paper: Paper, world: World, posts: list[Post]) -> None:
    world.x.protect(posts[0].author)
    row = asked(posts[1])
    assert (row.state, row.reason, paper.posted) == ("failed", "Protected", [])


def test_a_reader_who_asks_meanwhile_gets_the_thread_of_somebody_the_bot_leaves_alone(
    paper: Paper, world: World, posts: list[Post]
) -> None:
    LeftAlone.objects.create(source="x", network_id=posts[0].author.id)
    row = heard(a_mention(parent_key=str(posts[1].id), parent_author_id=""))
    unrolling.ask(world.x.link(posts[1]))
    unrolling.run(str(Job.objects.get().id))
    assert Thread.objects.exists()
    assert worked(row).reason == "author-refuses"
    assert paper.posted == []
