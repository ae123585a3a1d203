"""My requests: links that were pasted, and mentions of the bot by accounts that are the reader's own."""

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from tests.follows import a_reader
from tests.threads import a_thread
from unroller.actions import requests as asking
from unroller.actions.bot import working
from unroller.models import Author, Job, Mention, Profile, Request, Thread

pytestmark = pytest.mark.django_db

PAGE = "/requests"
LINK = "https://x.com/maralind/status/2"


def a_mention(asker: str = "7", *, key: str = "100", source: str = "x", **values: object) -> Mention:
    """Somebody mentioned the bot, and it answered."""
    row = {"state": "answered", "finished_at": timezone.now(), "target_source": source, "target": "2"} | values
    return Mention.objects.create(
        source=source, key=key, asker_id=asker, asker_handle="bobonx", written_at=timezone.now(), **row
    )


@pytest.fixture
def on_x(bob: User) -> None:
    """Bob signs in with X, too."""
    SocialAccount.objects.create(user=bob, provider="x", uid="7", extra_data={"username": "bobonx"})


def test_a_link_that_is_pasted_is_in_the_list(client: Client, bob: User, thread: Thread) -> None:
    assert client.post("/unroll", {"url": LINK}).status_code == 303
    assert Request.objects.get().thread == thread
    page = client.get(PAGE).content.decode()
    assert 'href="/thread/x/1"' in page


def test_a_thread_that_is_fetched_is_found_by_its_job_and_then_kept(client: Client, bob: User) -> None:
    client.post("/unroll", {"url": LINK})
    client.post("/unroll", {"url": LINK})
    assert "Being unrolled." in client.get(PAGE).content.decode()
    job = Job.objects.get()
    Job.objects.update(state="done", thread=a_thread(3))
    assert 'href="/thread/x/1"' in client.get(PAGE).content.decode()
    assert asking.settle() == 1
    job.delete()
    assert Request.objects.get().thread == Thread.objects.get()


def test_the_same_thread_is_in_the_list_once(client: Client, bob: User) -> None:
    client.post("/unroll", {"url": LINK})
    Job.objects.update(state="done", thread=a_thread(3))
    client.post("/unroll", {"url": "https://x.com/maralind/status/3"})
    client.post("/unroll", {"url": LINK})
    asking.settle()
    assert Request.objects.count() == 1


def test_guests_leave_nothing(client: Client, thread: Thread) -> None:
    client.post("/unroll", {"url": LINK})
    assert not Request.objects.exists()
    assert client.get(PAGE).status_code == 302


@pytest.mark.usefixtures("on_x")
def test_mentions_by_an_account_one_signs_in_with_are_in_the_list(client: Client, thread: Thread) -> None:
    a_mention(thread=thread)
    a_mention(key="101", state="failed", reason="Protected")
    a_mention(key="102", state="silent", reason="too-many")
    a_mention("8", key="103", state="silent", reason="bot")
    page = client.get(PAGE).content.decode()
    assert 'href="/thread/x/1"' in page
    assert "The bot answered." in page
    assert "posts are protected" in page
    assert "a lot of mentions" in page
    assert "other bots" not in page


def test_mentions_by_a_proved_profile_are_in_the_list(client: Client, bob: User) -> None:
    author = Author.objects.create(source="mastodon", network_id="a.example/7", handle="b@a.example", name="B", url="")
    a_mention("a.example/7", source="mastodon", state="silent", reason="no-target")
    assert "no post above" not in client.get(PAGE).content.decode()
    Profile.objects.create(user=bob, author=author, proof="bio")
    assert "no post above" in client.get(PAGE).content.decode()


def test_the_newest_come_first_and_pages_follow(client: Client, bob: User, on_x: None) -> None:
    for number in range(51):
        Request.objects.create(user=bob, link=f"https://x.com/a/status/{number}")
    a_mention()
    first = client.get(PAGE).content.decode()
    assert first.index("bobonx") < first.index("status/50<")
    assert "status/1<" not in first
    assert "status/1<" in client.get(PAGE, {"page": "2"}).content.decode()


def test_one_is_deleted_and_all_are(client: Client, bob: User, on_x: None) -> None:
    rows = [Request.objects.create(user=bob, link=f"https://x.com/a/status/{number}") for number in range(3)]
    mention = a_mention(words="Here you are.")
    assert client.post(f"/requests/{rows[0].pk}/forget").status_code == 303
    assert Request.objects.count() == 2
    assert client.post(f"/requests/mentions/{mention.pk}/forget").status_code == 303
    mention.refresh_from_db()
    assert (mention.asker_id, mention.asker_handle, mention.words, mention.key) == ("", "", "", "100")
    a_mention(key="101")
    client.post("/requests/forget")
    assert not Request.objects.exists()
    assert "There is nothing yet." in client.get(PAGE).content.decode()


def test_a_request_to_the_bot_that_waits_is_called_off(client: Client, on_x: None) -> None:
    mention = a_mention(state="unrolling", finished_at=None, document={"key": "100"})
    client.post(f"/requests/mentions/{mention.pk}/forget")
    working.run(str(mention.pk))
    mention.refresh_from_db()
    assert (mention.state, mention.reason, mention.document) == ("silent", "taken-back", None)


def test_what_is_being_answered_stays(client: Client, on_x: None) -> None:
    mention = a_mention(state="sending", finished_at=None, document={"key": "100"})
    page = client.post(f"/requests/mentions/{mention.pk}/forget", follow=True).content.decode()
    assert "answering this one right now" in page
    mention.refresh_from_db()
    assert mention.asker_id == "7"


def test_charlie_neither_sees_nor_deletes_what_is_bobs(client: Client, bob: User, on_x: None) -> None:
    row, mention = Request.objects.create(user=bob, link=LINK), a_mention()
    client.force_login(a_reader("charlie"))
    assert "There is nothing yet." in client.get(PAGE).content.decode()
    assert client.post(f"/requests/{row.pk}/forget").status_code == 404
    assert client.post(f"/requests/mentions/{mention.pk}/forget").status_code == 404
    client.post("/requests/forget")
    mention.refresh_from_db()
    assert Request.objects.count() == 1
    assert mention.asker_id == "7"


def test_a_private_thread_is_not_named(client: Client, bob: User, thread: Thread) -> None:
    Request.objects.create(user=bob, link=LINK, thread=thread)
    Thread.objects.update(private=True)
    assert "/private/thread/" not in client.get(PAGE).content.decode()


def test_the_queries_do_not_grow_with_the_list(
    client: Client, bob: User, on_x: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def fill(first: int) -> None:
        for number in range(first, first + 10):
            thread = a_thread(1, first=number)
            Request.objects.create(user=bob, link=LINK, thread=thread)
            a_mention(key=str(number), thread=thread)

    fill(100)
    client.get(PAGE)
    with django_assert_num_queries(QUERIES):
        client.get(PAGE)
    fill(200)
    with django_assert_num_queries(QUERIES):
        client.get(PAGE)


QUERIES = 8
"""Session and person, who they are on networks (2), count, page, links, mentions."""
