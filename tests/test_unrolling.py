"""The way of a link through the actions, over real HTTP to the sandbox."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.sandbox.x.model import Post
from unroller import queries
from unroller.actions import threads, unrolling
from unroller.core.errors import RateLimited
from unroller.models import Job, Member, Thread
from unroller.sources.base import PostRef

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox")]


def unroll(link: str) -> Job:
    job = unrolling.ask(link)
    unrolling.run(str(job.id))
    job.refresh_from_db()
    return job


def a_chain(world: World, count: int = 5, name: str = "maralind") -> list[Post]:
    return world.x.thread(world.x.person(name), [f"Post {number} of it." for number in range(1, count + 1)])


def again(thread: Thread) -> Job:
    """A forced refresh, as if the last one were long ago."""
    Job.objects.update(finished_at=timezone.now() - timedelta(hours=1))
    job = unrolling.refresh(thread)
    unrolling.run(str(job.id))
    job.refresh_from_db()
    return job


def words(thread: Thread) -> list[str]:
    content = threads.content(Thread.objects.get(id=thread.id))
    return [post.text for post in content.posts_of_line] if content else []


def test_a_link_becomes_a_thread(world: World) -> None:
    posts = a_chain(world)
    job = unroll(world.x.link(posts[0]))
    thread = Thread.objects.get()
    assert (job.state, job.landing) == (Job.State.DONE, f"/thread/x/{posts[0].id}")
    assert words(thread) == [f"Post {number} of it." for number in range(1, 6)]
    assert (thread.post_count, thread.reasons, thread.author.handle) == (5, [], "maralind")
    assert Member.objects.filter(thread=thread).count() == 5


def test_every_link_of_a_thread_leads_to_one_page(world: World) -> None:
    posts = a_chain(world)
    landings = [unroll(world.x.link(post)).landing for post in posts]
    assert landings[0] == f"/thread/x/{posts[0].id}"
    assert landings[1:] == [f"/thread/x/{posts[0].id}#post-{number}" for number in range(2, 6)]
    assert Thread.objects.count() == 1


def test_a_job_that_was_done_is_not_done_again(world: World) -> None:
    job = unroll(world.x.link(a_chain(world)[0]))
    asked = len(world.log.of("x"))
    unrolling.run(str(job.id))
    assert len(world.log.of("x")) == asked


def test_a_stranger_s_reply_leads_to_the_thread_and_says_so(world: World) -> None:
    posts = a_chain(world)
    reply = world.x.post(world.x.person("charlie"), "So true!", under=posts[2])
    job = unroll(world.x.link(reply))
    assert job.landing == f"/thread/x/{posts[0].id}?from=reply#post-3"
    place = queries.member(PostRef("x", str(reply.id)))
    assert place is not None
    assert place.thread.path == str(posts[0].id)


def test_a_post_that_does_not_exist_ends_with_one_sentence(world: World) -> None:
    a_chain(world)
    job = unroll("https://x.com/nobody/status/1700000000000000001")
    assert (job.state, job.error) == (Job.State.FAILED, "Gone")
    assert job.sentence == "This post does not exist. It may have been deleted."


def test_a_refresh_adds_edits_and_removes_and_says_how_many(world: World) -> None:
    posts = a_chain(world)
    unroll(world.x.link(posts[0]))
    thread = Thread.objects.get()
    world.x.post("maralind", "Post 6 of it.", under=posts[4])
    world.x.edit(posts[4], "Post 5, edited.")
    world.x.delete(posts[2])
    job = again(thread)
    assert (job.state, job.outcome) == (Job.State.DONE, {"added": 1, "edited": 1, "removed": 1})
    assert words(thread) == ["Post 1 of it.", "Post 2 of it.", "Post 4 of it.", "Post 5, edited.", "Post 6 of it."]
    thread.refresh_from_db()
    assert thread.reasons == ["gap"]
    assert "Post 3" not in str(thread.document)


def test_a_refresh_that_finds_nothing_leaves_the_version_alone(world: World) -> None:
    posts = a_chain(world)
    unroll(world.x.link(posts[0]))
    thread = Thread.objects.get()
    job = again(thread)
    thread.refresh_from_db()
    assert (job.outcome, thread.version) == ({"added": 0, "edited": 0, "removed": 0}, 1)


def test_a_post_that_search_forgot_is_not_deleted(world: World) -> None:
    posts = a_chain(world)
    unroll(world.x.link(posts[0]))
    thread = Thread.objects.get()
    world.x.lag(posts[3:], until_calls=10**6)
    again(thread)
    assert len(words(thread)) == 5


def test_a_deleted_head_takes_the_page_away(world: World) -> None:
    posts = a_chain(world)
    unroll(world.x.link(posts[0]))
    world.x.delete(posts[0])
    job = again(Thread.objects.get())
    thread = Thread.objects.get()
    assert (job.state, thread.removed, thread.document) == (Job.State.FAILED, "Gone", None)


def test_an_author_who_protects_their_posts_takes_the_page_away(world: World) -> None:
    posts = a_chain(world)
    unroll(world.x.link(posts[0]))
    world.x.protect(posts[0].author)
    again(Thread.objects.get())
    thread = Thread.objects.get()
    assert (thread.removed, thread.document) == ("Protected", None)


def test_a_refresh_is_refused_while_the_last_one_is_fresh(world: World) -> None:
    unroll(world.x.link(a_chain(world)[0]))
    unrolling.run(str(unrolling.refresh(Thread.objects.get()).id))
    with pytest.raises(RateLimited):
        unrolling.refresh(Thread.objects.get())


def test_fresh_threads_are_looked_at_after_two_minutes_a_quarter_of_an_hour_and_a_day(world: World) -> None:
    posts = a_chain(world)
    unroll(world.x.link(posts[0]))
    thread = Thread.objects.get()
    waits = []
    while thread.check_at is not None:
        waits.append(thread.check_at - thread.created_at)
        Thread.objects.update(check_at=timezone.now())
        assert unrolling.check_due() == 1
        assert unrolling.check_due() == 0
        unrolling.run(str(Job.objects.get(state=Job.State.QUEUED).id))
        thread.refresh_from_db()
    assert [round(wait.total_seconds()) for wait in waits] == [120, 900, 86400]


def test_what_search_shows_late_is_found_by_the_next_look(world: World) -> None:
    posts = a_chain(world)
    world.x.lag(posts[3:], until_calls=2)
    unroll(world.x.link(posts[0]))
    thread = Thread.objects.get()
    assert len(words(thread)) == 3
    Thread.objects.update(check_at=timezone.now())
    unrolling.check_due()
    for job in Job.objects.filter(state=Job.State.QUEUED):
        unrolling.run(str(job.id))
    assert len(words(thread)) == 5


def test_a_bug_of_ours_is_kept_for_the_operator_and_the_job_waits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("unroller.actions.threads.measure", broken)
    job = unroll(world.x.link(a_chain(world)[0]))
    assert (job.state, job.error) == (Job.State.QUEUED, "Broken")
    assert "ZeroDivisionError" in job.detail
    assert "ZeroDivisionError" not in job.sentence
    assert not Thread.objects.exists()


def test_the_sandbox_is_what_was_asked(world: World, sandbox: Sandbox) -> None:
    unroll(world.x.link(a_chain(world)[0]))
    assert {entry.path for entry in world.log.of("x")} <= {
        "/2/tweets",
        "/2/tweets/search/recent",
        "/2/tweets/search/all",
    }
    assert sandbox.env()["X_API_URL"].startswith("http://127.0.0.1:")
