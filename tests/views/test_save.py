"""`<thread>/save`: saving from a thread's page, also as a guest."""

import time
from http import HTTPStatus

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from accounts.models import User
from billing.plans import FREE, Limit
from tests.accounts.signing import a_person, newest_code
from tests.test_library import keep, many_threads
from tests.threads import a_thread
from unroller.actions import library
from unroller.models import Saved, Thread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("billing")]

THREAD = "/thread/x/1"
PAGE = f"{THREAD}/save"


@pytest.fixture
def thread() -> Thread:
    return a_thread(3)


def said(answer: object) -> list[str]:
    """What the reader is told on the next page."""
    return [str(message) for message in get_messages(answer.wsgi_request)]  # type: ignore[attr-defined]


def test_charlie_reads_what_saving_is(client: Client, thread: Thread) -> None:
    page = client.get(PAGE).content.decode()
    assert "Save to your library" in page
    assert thread.title in page
    assert "send you a code" in page
    assert f'<input type="hidden" name="back" value="{THREAD}">' in page
    assert not Saved.objects.exists()


def test_a_guest_saves_by_signing_in_and_comes_back(client: Client, thread: Thread) -> None:
    bob = a_person("bob@example.com")
    answer = client.post(PAGE, {"back": THREAD})
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, "/accounts/login/?next=%2Fwish")
    assert "is in your library." in client.get("/accounts/login/?next=/wish").content.decode()
    client.post("/accounts/login/", {"email": bob.email, "next": "/wish"})
    client.post("/accounts/login/code/", {"code": newest_code(bob.email), "next": "/wish"})
    granted = client.get("/wish")
    assert granted["Location"] == THREAD
    assert said(granted) == ["Saved to your library."]
    assert Saved.objects.get(user=bob).thread == thread


def test_a_signed_in_reader_saves_with_one_click(client: Client, bob: User, thread: Thread) -> None:
    answer = client.post(PAGE, {"back": THREAD})
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, THREAD)
    assert said(answer) == ["Saved to your library."]
    row = Saved.objects.get(user=bob, thread=thread)
    assert client.get(PAGE)["Location"] == f"/library/{row.id}"


def test_a_script_is_told_the_address_of_what_was_saved(client: Client, bob: User, thread: Thread) -> None:
    answer = client.post(PAGE, headers={"Accept": "text/plain"})
    row = Saved.objects.get(user=bob)
    assert (answer.status_code, answer["Content-Location"]) == (HTTPStatus.CREATED, f"/library/{row.id}")
    assert answer.content.decode() == "Saved to your library."


@pytest.mark.parametrize("accept", ["text/html", "text/plain"])
def test_a_full_library_says_what_premium_has(client: Client, bob: User, thread: Thread, accept: str) -> None:
    keep(bob, many_threads(FREE.limit(Limit.SAVED)))
    answer = client.post(PAGE, {"back": THREAD}, headers={"Accept": accept})
    assert answer.status_code == HTTPStatus.CONFLICT
    page = answer.content.decode()
    assert "Your library is full: a free account keeps 100 threads." in page
    assert 'href="/premium"' in page
    assert Saved.objects.count() == 100


def test_a_wish_that_finds_the_library_full_says_so(client: Client, bob: User, thread: Thread) -> None:
    keep(bob, many_threads(FREE.limit(Limit.SAVED)))
    assert wished(client, thread.id)[0].startswith("Your library is full")
    Thread.objects.filter(id=thread.id).update(removed="Gone", document=None)
    assert wished(client, thread.id)[-1] == "This thread is no longer here."


def wished(client: Client, thread_id: int) -> list[str]:
    """Come back from signing in with the wish to save; what was said."""
    session = client.session
    session["wish"] = {"save": str(thread_id), "back": THREAD, "at": time.time()}
    session.save()
    return said(client.get("/wish"))


def test_a_removed_thread_is_gone_but_what_was_kept_of_it_is_found(client: Client, bob: User, thread: Thread) -> None:
    Thread.objects.filter(id=thread.id).update(removed="Gone", document=None)
    assert client.get(PAGE).status_code == client.post(PAGE).status_code == HTTPStatus.GONE
    row = library.save(bob, thread)
    assert client.get(PAGE)["Location"] == f"/library/{row.id}"


def test_saving_leads_to_no_other_site(client: Client, bob: User, thread: Thread) -> None:
    for back in ("//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "x" * 5000):
        assert client.post(PAGE, {"back": back})["Location"] == THREAD


def test_unknown_threads_and_other_methods_are_refused(client: Client, bob: User, thread: Thread) -> None:
    assert client.post("/thread/x/999/save").status_code == HTTPStatus.NOT_FOUND
    assert client.post("/thread/x/2/save").status_code == HTTPStatus.NOT_FOUND
    assert client.delete(PAGE).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_another_site_cannot_save_for_a_reader(bob: User, thread: Thread) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(bob)
    assert strict.post(PAGE).status_code == HTTPStatus.FORBIDDEN
    assert not Saved.objects.exists()
