"""What is removed stays removed, everywhere it was shown; what was only hidden may come back."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from tests.sandbox.world import World
from tests.test_pages import Get, get
from tests.test_unrolling import a_chain, again, unroll, words
from tests.threads import MARA, a_pile, a_thread, stored
from unroller import pages, store
from unroller.actions import threads, unrolling
from unroller.core.errors import Gone, Protected, Removed
from unroller.core.posts import Media, Person, Pile
from unroller.models import Author, Job, Member, Thread

__all__ = ["get"]

pytestmark = pytest.mark.django_db

ALICE = Person(id="did:plc:a", handle="alice.example", name="Alice", url="https://bsky.app/profile/alice.example")


def remove(row: Thread, error: Gone | Protected | Removed) -> None:
    with transaction.atomic():
        threads.remove(row, error)


def test_a_page_is_stored_under_its_one_address_only(get: Get) -> None:
    changes = {"id": "at://did:plc:a/app.bsky.feed.post/7", "path": "did:plc:a/7"}
    row = a_thread(1, first=7, author=ALICE, source="bluesky", **changes)
    for handle in ("alice.example", "ALICE.example"):
        answer = get(f"/thread/bluesky/{handle}/7")
        assert (answer.status, answer.headers["Location"]) == (302, "/thread/bluesky/did:plc:a/7")
    get("/thread/bluesky/did:plc:a/7")
    remove(row, Gone())
    assert store.client().keys("page:/*") == []


@pytest.mark.usefixtures("sandbox")
def test_nobody_s_link_undoes_what_an_operator_removed(world: World) -> None:
    posts = a_chain(world)
    unroll(world.x.link(posts[0]))
    remove(Thread.objects.get(), Removed())
    reply = world.x.post(world.x.person("charlie"), "So true!", under=posts[2])
    job = unroll(world.x.link(reply))
    assert (job.state, job.error) == (Job.State.FAILED, "Removed")
    assert Thread.objects.get().document is None
    assert unrolling.address(world.x.link(posts[1])) == f"/thread/x/{posts[0].id}#post-2"


@pytest.mark.usefixtures("sandbox")
def test_an_author_who_is_public_again_can_be_unrolled_again(world: World) -> None:
    posts = a_chain(world)
    unroll(world.x.link(posts[0]))
    remove(Thread.objects.get(), Protected())
    assert unrolling.address(world.x.link(posts[0])) is not None
    Thread.objects.update(changed_at=timezone.now() - timedelta(hours=2))
    assert unrolling.address(world.x.link(posts[0])) is None
    unroll(world.x.link(posts[0]))
    thread = Thread.objects.get()
    assert (thread.removed, len(words(thread))) == ("", 5)


def test_the_card_of_a_removed_thread_leaves_the_pages_of_its_siblings(get: Get) -> None:
    a_thread(2)
    gone = a_thread(2, first=50, text="The thread that will be removed.", html="<p>x</p>")
    assert b"will be removed" in get("/thread/x/1").body
    remove(gone, Gone())
    assert b"will be removed" not in get("/thread/x/1").body


def test_pictures_of_posts_that_are_gone_are_forgotten(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object
) -> None:
    forgotten: set[str] = set()
    monkeypatch.setattr("unroller.actions.media.forget", forgotten.update)
    photos = [Media(type="photo", url=f"https://pbs.example/{name}.jpg") for name in "ab"]
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        a_thread(2, media=tuple(photos))
        a_thread(2, media=(photos[0],))
    assert forgotten == {"https://pbs.example/b.jpg"}


def test_the_shorter_thread_that_turns_out_to_be_a_part_is_no_more(get: Get) -> None:
    pile = a_pile(6)
    late = Pile(source="x", anchor_id="4", posts=tuple(post for post in pile.posts if int(post.id) >= 4))
    stored(late)
    get("/thread/x/4")
    stored(pile)
    assert [row.path for row in Thread.objects.all()] == ["1"]
    assert set(Member.objects.values_list("thread__path", flat=True)) == {"1"}
    assert get("/thread/x/4").headers["Location"] == "/thread/x/1#post-4"


def test_an_author_who_asks_not_to_be_listed_leaves_every_list_at_once(get: Get) -> None:
    a_thread(2)
    a_thread(2, first=50)
    get("/thread/x/1")
    shy = Person(id=MARA.id, handle=MARA.handle, name=MARA.name, url=MARA.url, unlisted=True)
    a_thread(2, first=50, author=shy)
    assert Author.objects.get().unlisted
    assert b"/thread/x/1" not in get("/").body
    assert get("/thread/x/1").headers["X-Robots-Tag"] == "noindex"


def test_a_cookie_of_the_first_reader_is_not_stored_for_the_others(get: Get) -> None:
    a_thread(2)
    get("/thread/x/1", HTTP_COOKIE="sessionid=stale")
    assert "Set-Cookie" not in get("/thread/x/1").headers


@pytest.mark.usefixtures("sandbox")
def test_a_refresh_says_gone_words_are_gone_from_the_stored_page(world: World, get: Get) -> None:
    posts = a_chain(world)
    unroll(world.x.link(posts[0]))
    thread = Thread.objects.get()
    assert b"Post 3 of it." in get(thread.get_absolute_url()).body
    world.x.delete(posts[2])
    again(thread)
    assert b"Post 3 of it." not in get(thread.get_absolute_url()).body
    assert pages.look_up(thread.get_absolute_url()) is not None


@pytest.mark.usefixtures("sandbox")
def test_the_page_of_a_deleted_head_stays_410_when_the_rest_is_unrolled_anew(world: World, get: Get) -> None:
    posts = a_chain(world)
    world.x.lag(posts[4:], until_calls=3)
    unroll(world.x.link(posts[0]))
    world.x.delete(posts[0])
    again(Thread.objects.get())
    job = unroll(world.x.link(posts[4]))
    assert (job.state, job.landing) == (Job.State.DONE, f"/thread/x/{posts[1].id}#post-5")
    assert get(f"/thread/x/{posts[0].id}").status == 410
    assert get(f"/thread/x/{posts[1].id}").status == 200


@pytest.mark.usefixtures("sandbox")
def test_an_edited_head_keeps_the_page_and_its_old_address_leads_there(world: World, get: Get) -> None:
    posts = a_chain(world)
    unroll(world.x.link(posts[0]))
    edited = world.x.edit(posts[0], "Post 1, edited.")
    again(Thread.objects.get())
    thread = Thread.objects.get()
    assert thread.path == str(edited.id)
    assert get(f"/thread/x/{posts[0].id}").headers["Location"] == f"/thread/x/{edited.id}#post-1"
    assert words(thread)[0] == "Post 1, edited."
