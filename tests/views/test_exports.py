"""`GET <thread>.md`, `.txt` and `.json`: files that are there at once, for everybody."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from tests.accounts.signing import a_person, an_account
from tests.threads import a_thread
from unroller import profiles
from unroller.core.posts import Person
from unroller.models import Thread

pytestmark = pytest.mark.django_db

ALICE = Person(id="did:plc:a", handle="alice.example", name="Alice", url="https://bsky.app/profile/alice.example")
BOB = Person(id="17", handle="bob", name="Bob", url="https://x.com/bob")
NOON = datetime(2026, 11, 14, 12, tzinfo=UTC)
WORDS = ["md", "txt"]


@pytest.fixture
def bob(client: Client) -> User:
    """He signs in with the X account whose id is 17."""
    person = a_person("bob@example.com")
    an_account(user=person).save()
    client.force_login(person)
    return person


def test_charlie_takes_a_thread_as_markdown(client: Client) -> None:
    a_thread(3)
    response = client.get("/thread/x/1.md")
    assert response["Content-Type"] == "text/markdown; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="maralind-2026-03-01-this-is-post-1.md"'
    assert "This is post 3" in response.content.decode()


def test_charlie_takes_a_thread_as_text(client: Client) -> None:
    a_thread(3)
    response = client.get("/thread/x/1.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Content-Disposition"].endswith('this-is-post-1.txt"')
    assert "This is post 3.\n" in response.content.decode()


def test_a_name_in_another_script_comes_with_one_in_ascii(client: Client) -> None:
    a_thread(1, text="パンの話。", html="<p>パンの話。</p>")
    header = client.get("/thread/x/1.txt")["Content-Disposition"]
    assert header.startswith("attachment; filename=\"maralind-2026-03-01.txt\"; filename*=UTF-8''maralind-2026-03-01-")


@pytest.mark.parametrize("ending", ["md", "txt", "json"])
def test_files_are_nobodys_to_index_or_to_keep(client: Client, ending: str) -> None:
    a_thread(1)
    response = client.get(f"/thread/x/1.{ending}")
    assert response["X-Robots-Tag"] == "noindex"
    assert {"private", "no-store"} <= set(response["Cache-Control"].replace(",", "").split())


def test_the_json_of_a_thread_on_x_holds_ids_and_facts_only(client: Client) -> None:
    a_thread(3)
    described = json.loads(client.get("/thread/x/1.json").content)
    assert [post["id"] for post in described["posts"]] == ["1", "2", "3"]
    assert "This is post" not in json.dumps(described)


def test_the_json_of_other_networks_holds_the_words(client: Client) -> None:
    a_thread(1, first=7, author=ALICE, source="bluesky", id="at://did:plc:a/app.bsky.feed.post/7", path="did:plc:a/7")
    described = json.loads(client.get("/thread/bluesky/did:plc:a/7.json").content)
    assert described["posts"][0]["text"] == "This is post 7."


def test_an_author_on_x_gets_their_own_words_as_json_and_nobody_elses(client: Client, bob: User) -> None:
    a_thread(1, first=70, author=BOB)
    a_thread(1)
    assert b"This is post 70." in client.get("/thread/x/70.json").content
    assert b"This is post" not in client.get("/thread/x/1.json").content
    assert b"This is post" not in Client().get("/thread/x/70.json").content


def test_the_same_id_on_another_network_makes_nobody_an_author(client: Client, bob: User) -> None:
    thread = a_thread(1, first=70, author=BOB, source="mastodon", path="town.example/70")
    assert not profiles.is_own(bob, thread)
    assert profiles.is_own(bob, a_thread(1, first=71, author=BOB))


@pytest.mark.parametrize("ending", WORDS)
def test_500_posts_of_x_a_day_go_into_files_and_no_more(client: Client, ending: str) -> None:
    a_thread(300)
    a_thread(300, first=1000)
    with time_machine.travel(NOON):
        assert client.get(f"/thread/x/1.{ending}").status_code == 200
    with time_machine.travel(NOON + timedelta(hours=6)):
        response = client.get(f"/thread/x/1000.{ending}")
        assert response.status_code == 429
        assert "You can take this thread from Sunday, 12:00 UTC on." in response.content.decode()
        assert client.get(f"/thread/x/1000.{ending}", REMOTE_ADDR="192.0.2.9").status_code == 200
    with time_machine.travel(NOON + timedelta(hours=24, seconds=2)):
        assert client.get(f"/thread/x/1000.{ending}").status_code == 200


def test_the_same_words_count_once_a_day_in_whatever_form(client: Client) -> None:
    a_thread(300)
    for _ in range(3):
        for ending in WORDS:
            assert client.get(f"/thread/x/1.{ending}").status_code == 200
    a_thread(200, first=1000)
    assert client.get("/thread/x/1000.md").status_code == 200
    a_thread(1, first=5000)
    assert client.get("/thread/x/5000.md").status_code == 429


def test_new_words_count_anew(client: Client) -> None:
    a_thread(300)
    assert client.get("/thread/x/1.md").status_code == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=1)):
        a_thread(301)
        assert client.get("/thread/x/1.md").status_code == 429


def test_a_thread_of_more_than_500_posts_takes_the_whole_day(client: Client) -> None:
    a_thread(501)
    a_thread(1, first=5000)
    assert client.get("/thread/x/1.md").status_code == 200
    assert client.get("/thread/x/1.txt").status_code == 200
    assert client.get("/thread/x/5000.md").status_code == 429


def test_who_is_signed_in_is_counted_by_account_and_told_their_own_time(client: Client, bob: User) -> None:
    User.objects.update(time_zone="Asia/Tokyo")
    a_thread(300)
    a_thread(300, first=1000)
    with time_machine.travel(NOON):
        assert client.get("/thread/x/1.md").status_code == 200
        assert Client().get("/thread/x/1000.md").status_code == 200
        response = client.get("/thread/x/1000.md", REMOTE_ADDR="192.0.2.9")
        assert response.status_code == 429
        assert "from Sunday, 21:00 on." in response.content.decode()


def test_other_networks_are_not_counted(client: Client) -> None:
    for first in (7, 1000):
        path = f"did:plc:a/{first}"
        a_thread(300, first=first, author=ALICE, source="bluesky", id=path, path=path)
    for first in (7, 1000):
        assert client.get(f"/thread/bluesky/did:plc:a/{first}.md").status_code == 200


@pytest.mark.parametrize("ending", ["md", "txt", "json", "pdf", "epub"])
def test_a_thread_that_is_not_here_is_404(client: Client, ending: str) -> None:
    assert client.get(f"/thread/x/404.{ending}").status_code == 404


@pytest.mark.parametrize("ending", ["md", "txt", "json", "pdf", "epub"])
def test_a_thread_that_was_removed_is_410(client: Client, ending: str) -> None:
    a_thread(1)
    Thread.objects.update(document=None, removed="Gone")
    assert client.get(f"/thread/x/1.{ending}").status_code == 410


def test_header_injection_through_a_handle_is_impossible(client: Client) -> None:
    evil = Person(id="e", handle='a"\r\nX-Evil: 1', name="E", url="https://x.com/e")
    a_thread(1, first=70, author=evil)
    response = client.get("/thread/x/70.md")
    assert "X-Evil" not in response
    assert response["Content-Disposition"].count('"') == 2
