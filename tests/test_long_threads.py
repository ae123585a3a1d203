"""Long threads from end to end: caps, the rest on request, every network."""

import pytest
from django.test import Client

from tests.sandbox.world import World
from tests.test_unrolling import again, unroll, words
from unroller.actions import unrolling
from unroller.models import Job, Thread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox")]


def texts(count: int) -> list[str]:
    return [f"Entry {number}." for number in range(1, count + 1)]


def test_x_reads_the_first_thousand_says_so_and_reads_the_rest_on_request(world: World, client: Client) -> None:
    posts = world.x.thread(world.x.person("diarist"), texts(1_200))
    unroll(world.x.link(posts[600]))
    thread = Thread.objects.get()
    assert words(thread) == texts(1_000)
    assert thread.reasons == ["cap"]
    assert b'name="more"' in client.get(thread.get_absolute_url()).content
    job = unrolling.refresh(thread, more=True)
    unrolling.run(str(job.id))
    thread.refresh_from_db()
    assert words(thread) == texts(1_200)
    assert thread.reasons == []
    assert b'name="more"' not in client.get(thread.get_absolute_url()).content


def test_a_cut_thread_does_not_lose_what_was_read_when_it_is_looked_at_again(world: World) -> None:
    posts = world.x.thread(world.x.person("diarist"), texts(1_200))
    unroll(world.x.link(posts[0]))
    thread = Thread.objects.get()
    job = unrolling.refresh(thread, more=True)
    unrolling.run(str(job.id))
    again(thread)
    assert words(thread) == texts(1_200)


def test_three_thousand_posts_of_bluesky_are_one_page(world: World, client: Client) -> None:
    posts = world.bluesky.thread(world.bluesky.person("diarist.example"), texts(3_000))
    job = unroll(world.bluesky.link(posts[1_500]))
    assert (job.state, job.sentence) == (Job.State.DONE, "")
    thread = Thread.objects.get()
    assert words(thread) == texts(3_000)
    assert thread.reasons == []
    assert client.get(thread.get_absolute_url()).content.count(b"<article") == 3_000


def test_three_hundred_posts_of_mastodon_are_one_page(world: World) -> None:
    one = world.mastodon.one
    statuses = one.thread(one.person("diarist"), texts(300))
    unroll(one.link(statuses[150]))
    thread = Thread.objects.get()
    assert words(thread) == texts(300)
    assert thread.reasons == []


def test_beyond_the_hard_cap_the_end_is_cut_and_there_is_no_more(world: World, client: Client) -> None:
    posts = world.bluesky.thread(world.bluesky.person("diarist.example"), texts(3_100))
    unroll(world.bluesky.link(posts[0]))
    thread = Thread.objects.get()
    assert words(thread) == texts(3_000)
    assert thread.reasons == ["cap"]
    assert b'name="more"' not in client.get(thread.get_absolute_url()).content
