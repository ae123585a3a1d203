"""What private links do behind the pages: whose thread it is, how it becomes everybody's, how it ends."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from tests.accounts.signing import a_person
from tests.private import a_chain, a_link, a_private_thread, end
from tests.sandbox.world import World
from tests.test_unrolling import unroll, words
from unroller import queries
from unroller.actions import jobs, library, private_links, threads, unrolling
from unroller.actions.private_links import CannotLink
from unroller.core.errors import Gone, NotAPost
from unroller.models import Author, Job, Member, PrivateLink, Saved, Thread
from unroller.sources.base import PostRef

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox")]


@pytest.fixture
def bob() -> User:
    return a_person("bob@example.com")


@pytest.fixture
def dana() -> User:
    return a_person("dana@example.com")


def test_a_thread_comes_for_one_reader_alone(world: World, bob: User) -> None:
    thread = a_private_thread(bob, world)
    assert words(thread) == ["Secret 1 of it.", "Secret 2 of it.", "Secret 3 of it."]
    assert list(queries.own_private_threads(bob)) == [thread]
    assert list(queries.recent()) == []
    assert thread.announce_at is None


def test_another_link_of_the_same_reader_leads_there_at_once(world: World, bob: User) -> None:
    posts = a_chain(world)
    first, second = a_link(bob, world.x.link(posts[0])), a_link(bob, world.x.link(posts[2]))
    assert second.thread == first.thread
    assert second.job is None


def test_a_reader_does_not_see_that_a_private_thread_of_others_is_here(world: World, bob: User, dana: User) -> None:
    link = world.x.link(a_chain(world)[0])
    first = a_link(bob, link)
    assert private_links.is_here(bob, link)
    assert not private_links.is_here(dana, link)
    second = a_link(dana, link)
    assert second.job is not None
    assert second.thread == first.thread
    assert second.thread is not None
    assert second.thread.private


def test_a_link_to_what_everybody_reads_shows_just_that(world: World, bob: User) -> None:
    link = world.x.link(a_chain(world)[0])
    unroll(link)
    made = a_link(bob, link)
    assert made.job is None
    assert made.thread is not None
    assert not made.thread.private


def test_whoever_unrolls_it_makes_it_everybodys_and_new(world: World, bob: User) -> None:
    posts = a_chain(world)
    made = a_link(bob, world.x.link(posts[0]))
    Thread.objects.update(version=7, created_at=timezone.now() - timedelta(days=3))
    link = world.x.link(posts[1])
    assert unrolling.address(link) is None
    asked = timezone.now()
    assert unroll(link).landing == f"/thread/x/{posts[0].id}#post-2"
    thread = Thread.objects.get()
    assert (thread.private, thread.version) == (False, 1)
    assert thread.created_at >= asked
    assert thread.announce_at is not None
    made.refresh_from_db()
    assert made.thread == thread


def test_what_was_seen_in_private_leaves_no_trace_in_public(world: World, bob: User) -> None:
    posts = a_chain(world, 4)
    a_link(bob, world.x.link(posts[0]))
    world.x.delete(posts[3])
    unroll(world.x.link(posts[0]))
    thread = Thread.objects.get()
    content = threads.content(thread)
    assert words(thread) == ["Secret 1 of it.", "Secret 2 of it.", "Secret 3 of it."]
    assert content is not None
    assert thread.reasons == []


def test_a_public_wish_that_meets_the_private_fetch_is_granted(world: World, bob: User) -> None:
    link = world.x.link(a_chain(world)[0])
    made = private_links.make(bob, link, 7)
    assert unrolling.address(link) is None
    job = unrolling.ask(link)
    assert job.id == made.job_id
    unrolling.run(str(job.id))
    assert not Thread.objects.get().private


def test_a_public_wish_while_the_private_fetch_runs_is_granted(world: World, bob: User) -> None:
    link = world.x.link(a_chain(world)[0])
    private_links.make(bob, link, 7)
    Job.objects.update(state=Job.State.RUNNING)
    assert Job.objects.get(id=unrolling.ask(link).id).why == Job.Why.ASKED


def test_a_private_wish_does_not_make_a_public_fetch_private(world: World, bob: User) -> None:
    link = world.x.link(a_chain(world)[0])
    job = unrolling.ask(link)
    made = a_link(bob, link)
    assert made.job_id == job.id
    assert made.thread is not None
    assert not made.thread.private


def test_followers_get_what_somebody_has_in_private_as_if_it_were_new(world: World, bob: User) -> None:
    posts = a_chain(world)
    a_private_thread_of = a_link(bob, world.x.link(posts[0]))
    job = jobs.enqueue(PostRef("x", str(posts[0].id)), why=Job.Why.FOLLOWED)
    unrolling.run(str(job.id))
    thread = Thread.objects.get()
    assert not thread.private
    assert thread == a_private_thread_of.thread


def test_an_author_who_wants_to_be_left_alone_is_not_brought_out_by_followers(world: World, bob: User) -> None:
    posts = a_chain(world)
    a_link(bob, world.x.link(posts[0]))
    Author.objects.update(opted_out=True)
    job = jobs.enqueue(PostRef("x", str(posts[0].id)), why=Job.Why.FOLLOWED)
    unrolling.run(str(job.id))
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.FAILED, "OptedOut")
    assert Thread.objects.get().private


def test_looking_again_keeps_it_private_and_obeys_deletion(world: World, bob: User) -> None:
    posts = a_chain(world)
    thread = a_private_thread_of(bob, world.x.link(posts[0]))
    look_again(thread)
    assert Thread.objects.get().private
    world.x.delete(posts[0])
    look_again(thread)
    thread.refresh_from_db()
    assert (thread.removed, thread.private, thread.document) == ("Gone", True, None)
    with pytest.raises(Gone):
        private_links.make(bob, world.x.link(posts[0]), 7)


def test_an_operator_who_fetches_it_again_does_not_publish_it(world: World, bob: User) -> None:
    thread = a_private_thread(bob, world)
    unrolling.run(str(unrolling.refresh(thread).id))
    assert Thread.objects.get().private


def test_the_last_link_takes_the_thread_its_words_and_its_author_along(world: World, bob: User, dana: User) -> None:
    link = world.x.link(a_chain(world)[0])
    mine, hers = a_link(bob, link), a_link(dana, link)
    private_links.revoke(mine)
    assert Thread.objects.exists()
    end(hers)
    assert private_links.sweep() == 1
    assert not any(table.objects.exists() for table in (PrivateLink, Thread, Member, Author))


def test_revoking_the_only_link_deletes_the_thread_at_once(world: World, bob: User) -> None:
    private_links.revoke(a_link(bob, world.x.link(a_chain(world)[0])))
    assert not Thread.objects.exists()


def test_an_author_whom_somebody_reads_stays(world: World, bob: User) -> None:
    person = world.x.person("secretive")
    first, other = world.x.post(person, "Public."), world.x.post(person, "Private.")
    unroll(world.x.link(first))
    private_links.revoke(a_link(bob, world.x.link(other)))
    assert [thread.path for thread in Thread.objects.all()] == [str(first.id)]


def test_a_public_thread_stays_when_its_private_links_end(world: World, bob: User) -> None:
    link = world.x.link(a_chain(world)[0])
    unroll(link)
    end(a_link(bob, link))
    assert private_links.sweep() == 0
    assert Thread.objects.exists()


def test_what_its_owner_saved_stays_theirs(world: World, bob: User) -> None:
    thread = a_private_thread(bob, world)
    row = library.save(bob, thread)
    private_links.revoke(PrivateLink.objects.get())
    assert list(queries.own_private_threads(bob)) == [thread]
    library.remove(Saved.objects.filter(id=row.id))
    assert private_links.sweep() == 1
    assert not Thread.objects.exists()


def test_what_a_deleted_account_alone_could_read_goes_with_it(world: World, bob: User) -> None:
    library.save(bob, a_private_thread(bob, world))
    bob.delete()
    assert private_links.sweep() == 1
    assert not Thread.objects.exists()


def test_a_fetch_that_nobody_waits_for_any_more_stores_nothing(world: World, bob: User) -> None:
    made = private_links.make(bob, world.x.link(a_chain(world)[0]), 7)
    private_links.revoke(made)
    unrolling.run(str(made.job_id))
    assert Job.objects.get().state == Job.State.FAILED
    assert not Thread.objects.exists()


def test_a_check_of_a_thread_that_was_deleted_meanwhile_brings_nothing_back(world: World, bob: User) -> None:
    thread = a_private_thread(bob, world)
    job = jobs.enqueue(PostRef("x", thread.path), why=Job.Why.CHECK, thread=thread)
    private_links.revoke(PrivateLink.objects.get())
    unrolling.run(str(job.id))
    assert not Thread.objects.exists()


def test_a_link_that_came_while_its_job_was_finished_finds_the_thread(world: World, bob: User) -> None:
    thread = a_private_thread(bob, world)
    PrivateLink.objects.update(thread=None)
    private_links.sweep()
    assert PrivateLink.objects.get().thread == thread


def test_a_private_thread_takes_no_post_of_a_public_one(world: World, bob: User) -> None:
    posts = a_chain(world, 4)
    unroll(world.x.link(posts[0]))
    public = Thread.objects.get()
    Thread.objects.update(path=str(posts[2].id))
    Member.objects.filter(path__in=[str(post.id) for post in posts[:2]]).delete()
    made = a_link(bob, world.x.link(posts[0]))
    assert made.thread is not None
    assert made.thread.private
    assert made.thread != public
    places = dict(Member.objects.values_list("path", "thread__private"))
    assert [places[str(post.id)] for post in posts] == [True, True, False, False]


def test_a_public_thread_takes_in_private_parts_with_their_links(world: World, bob: User) -> None:
    posts = a_chain(world, 4)
    made = a_link(bob, world.x.link(posts[0]))
    Thread.objects.update(path=str(posts[2].id))
    unroll(world.x.link(posts[0]))
    made.refresh_from_db()
    thread = Thread.objects.get()
    assert made.thread == thread
    assert not thread.private


def test_a_link_that_was_prolonged_opens_for_so_long_from_now(world: World, bob: User) -> None:
    made = a_link(bob, world.x.link(a_chain(world)[0]), 1)
    private_links.prolong(made, 30)
    made.refresh_from_db()
    assert made.expires_at > timezone.now() + timedelta(days=29)
    private_links.prolong(made, 1)
    assert PrivateLink.objects.get().expires_at == made.expires_at
    end(made)
    with pytest.raises(CannotLink):
        private_links.prolong(made, 7)


def test_nobody_has_links_without_end(world: World, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_links, "MOST", 1)
    posts = a_chain(world)
    a_link(bob, world.x.link(posts[0]))
    with pytest.raises(CannotLink, match="You have 1 private links"):
        private_links.make(bob, world.x.link(posts[1]), 7)


def test_what_is_no_link_makes_none(bob: User) -> None:
    with pytest.raises(NotAPost):
        private_links.make(bob, "https://example.com/", 7)


def a_private_thread_of(user: User, link: str) -> Thread:
    found = a_link(user, link).thread
    assert found is not None
    return found


def look_again(thread: Thread) -> None:
    """The clock's look at a thread."""
    unrolling.run(str(jobs.enqueue(PostRef("x", thread.path), why=Job.Why.CHECK, thread=thread).id))
