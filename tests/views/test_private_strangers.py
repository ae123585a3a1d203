"""A private thread for strangers: every address of this site answers as if the thread were not here."""

import re
from collections.abc import Iterator

import pytest
from django.core import mail
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from billing.models import Grant
from tests.accounts.signing import a_person
from tests.private import a_private_thread, address
from tests.sandbox.world import World
from unroller import my_authors
from unroller.actions import announcing, indexing, library, thread_files
from unroller.models import Job, PrivateLink, Thread, ThreadFile
from unroller.sources.following import ProfileRef

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox")]

OTHER = "9" * 15
"""The id of a post that is not here."""
NAMES = {"source": "x", "digits": OTHER, "handle": "nobody-here", "path": OTHER}
CHANGING = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|this number: <code>\w+</code>')


@pytest.fixture
def thread(world: World, settings: Settings) -> Thread:
    """Bob's, and in his library; searchable for him, and with a file of it."""
    settings.BILLING_ENABLED = True
    bob = a_person("bob@example.com")
    found = a_private_thread(bob, world)
    library.save(bob, found)
    indexing.index_due()
    return found


@pytest.fixture(params=["guest", "charlie"])
def stranger(request: pytest.FixtureRequest, client: Client) -> Client:
    """A guest, and a member who has nothing to do with it."""
    if request.param == "charlie":
        client.force_login(a_member("charlie@example.com"))
    return client


def a_member(email: str) -> User:
    person = a_person(email)
    Grant.objects.create(user=person, starts_at=timezone.now(), reason="helped us")
    return person


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry)
        else:
            yield entry


def about_posts_and_authors() -> list[str]:
    """The addresses that name a thread, a post or an author."""
    named = [entry for entry in patterns(get_resolver()) if set(entry.pattern.converters) <= set(NAMES)]
    groups = {entry.name: set(re.findall(r"\?P<(\w+)>", str(entry.pattern))) for entry in named if entry.name}
    return sorted(name for name, found in groups.items() if found and found <= set(NAMES))


def without_arguments() -> list[str]:
    """The pages that are lists, forms and feeds."""
    own = [entry for entry in get_resolver().url_patterns if isinstance(entry, URLPattern)]
    return sorted(entry.name for entry in own if entry.name and not re.search(r"[<(]", str(entry.pattern)))


def filled(name: str, **values: str) -> str:
    """An address of one kind about something."""
    entry = next(entry for entry in patterns(get_resolver()) if entry.name == name)
    groups = re.findall(r"\?P<(\w+)>", str(entry.pattern))
    return reverse(name, kwargs={group: values[group] for group in groups})


def heard(client: Client, method: str, where: str, what: dict[str, str]) -> tuple[object, ...]:
    """What an address answers, without what names the thing that was asked for."""
    data = {"url": "x", "post_id": "1", "start": "0", "length": "1", "quote": "S", "color": "blue", "kind": "epub"}
    answer = getattr(client, method)(where, data if method == "post" else {})
    body = CHANGING.sub("", b"".join(answer).decode(errors="replace"))
    for value in sorted(what.values(), key=len, reverse=True):
        body = body.replace(value, "…")
    return answer.status_code, answer.get("Location", "").replace(what["path"], "…"), body


def test_the_walk_goes_where_threads_and_authors_are() -> None:
    expected = {
        "thread",
        "refresh",
        "save",
        "thread-pdf",
        "thread-json",
        "author",
        "author-feed",
        "give-file",
        "follow",
    }
    assert expected <= set(about_posts_and_authors())
    assert {"home", "search", "library", "my-authors", "highlights", "private-links"} <= set(without_arguments())


def test_every_address_answers_as_if_the_thread_were_not_here(stranger: Client, thread: Thread) -> None:
    rest = {"source": "x", "handle": thread.author.handle}
    here = [NAMES | rest | {"path": place.path, "digits": place.path} for place in thread.members.all()]
    assert len(here) == 3
    for name in about_posts_and_authors():
        for method in ("get", "post"):
            for what in here:
                found = heard(stranger, method, filled(name, **what), what)
                assert found == heard(stranger, method, filled(name, **NAMES), NAMES), f"{method} {name}"
                assert "Secret" not in str(found), f"{method} {name}"


def test_its_own_page_is_404(stranger: Client, thread: Thread) -> None:
    for ending in ("", ".md", ".txt", ".json", "/refresh", "/save"):
        method = stranger.post if ending == "/refresh" else stranger.get
        assert method(f"/thread/x/{thread.path}{ending}").status_code == 404, ending
    assert stranger.get(f"/author/x/{thread.author.handle}").status_code == 404
    assert stranger.get(f"/author/x/{thread.author.handle}/feed").status_code == 404


def test_no_list_form_or_feed_shows_it(stranger: Client, thread: Thread) -> None:
    for name in without_arguments():
        answer = stranger.get(reverse(name), {"q": "Secret"})
        page = b"".join(answer).decode(errors="replace") + answer.get("Location", "")
        assert "Secret 1" not in page, name
        assert f"x/{thread.path}" not in page, name


def test_what_belongs_to_its_owner_is_not_there(stranger: Client, thread: Thread) -> None:
    job = Job.objects.get()
    file = thread_files.ask(thread, ThreadFile.Kind.EPUB)
    own = [f"/unroll/{job.id}", f"/file/{file.id}", f"/personal?thread=x/{thread.path}"]
    is_guest = "_auth_user_id" not in stranger.session
    for where in own:
        assert stranger.get(where).status_code == (204 if is_guest and "personal" in where else 404), where
    for where in (f"/private/thread/{thread.id}", f"/private/thread/{thread.id}/save"):
        method = stranger.post if where.endswith("save") else stranger.get
        assert method(where).status_code == (302 if is_guest else 404), where
    link = PrivateLink.objects.get()
    for deed in ("revoke", "prolong"):
        status = stranger.post(f"/private-links/{link.id}/{deed}").status_code
        assert status == (404 if not is_guest else 302 if deed == "revoke" else 402), deed
    assert PrivateLink.objects.get().expires_at == link.expires_at


def test_its_author_is_nobody_one_knows(stranger: Client, thread: Thread) -> None:
    author = thread.author
    assert my_authors.known([ProfileRef("x", author.handle)]) == {}
    assert author.name not in stranger.get("/library", {"author": author.id}, follow=True).content.decode()


def test_followers_are_not_told(thread: Thread) -> None:
    Thread.objects.update(announce_at=timezone.now())
    assert announcing.announce(str(thread.id)) == 0
    assert mail.outbox == []


def test_pasting_its_link_fetches_it_like_any_other(stranger: Client, thread: Thread, world: World) -> None:
    post = next(post for post in world.x.posts.values() if str(post.id) == thread.path)
    answer = stranger.post("/unroll", {"url": world.x.link(post)})
    job = Job.objects.latest("created_at")
    assert (answer.status_code, answer["Location"]) == (303, f"/unroll/{job.id}")
    assert (job.why, job.state, job.thread) == (Job.Why.ASKED, Job.State.QUEUED, None)


def test_the_page_of_a_thread_that_was_removed_in_private_is_404_not_410(stranger: Client, thread: Thread) -> None:
    Thread.objects.update(document=None, removed="Gone")
    assert stranger.get(f"/thread/x/{thread.path}").status_code == 404
    assert stranger.get(address(PrivateLink.objects.get())).status_code == 410
