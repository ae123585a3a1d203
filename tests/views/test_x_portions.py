"""What a file holds of a thread of X, and what it costs: never more than X allows in a day, by whatever door."""

import json
import zipfile
from pathlib import Path

import pytest
from django.test import Client
from limits import RateLimitItemPerDay
from pytest_django import Settings

from accounts import limits
from accounts.models import User
from tests.accounts.signing import a_person, an_account
from tests.api.calling import Program
from tests.follows import a_reader
from tests.thread_files import Kind, made, own_place
from tests.threads import MARA, a_pile, a_post, a_thread, stored
from unroller.actions import taking
from unroller.core.posts import Person, Pile, Quote
from unroller.exports.wording import INCOMPLETE
from unroller.models import Thread

pytestmark = pytest.mark.django_db

BOB = Person(id="17", handle="bob", name="Bob", url="https://x.com/bob")
SAID = Quote(id="9", url="https://x.com/bob/status/9", author=BOB, text="Bob said so.", html="<p>Bob said so.</p>")
SENTENCE = "X allows 500 of its posts in files a day, so this file holds the first 500."


@pytest.fixture
def bob(client: Client) -> User:
    """He signs in with the X account whose id is 17."""
    person = a_person("bob@example.com")
    an_account(user=person).save()
    client.force_login(person)
    return person


def left(user: User) -> int:
    return limits.left(limits.X_POSTS_INTO_FILES, taking.account(user))[0]


def with_a_branch() -> Thread:
    """Three posts with two beside them, and a quoted one."""
    pile = a_pile(3, quote=SAID)
    first = a_post(50, parent_id="2", parent_author_id=MARA.id, parent_order=(1, "2"))
    second = a_post(51, parent_id="50", parent_author_id=MARA.id, parent_order=(2, "50"))
    return stored(Pile(source="x", anchor_id="1", posts=(*pile.posts, first, second)))


def test_the_sentence_names_the_limit() -> None:
    assert INCOMPLETE["file-limit"].format(network="X", posts="") == SENTENCE
    assert limits.X_POSTS_INTO_FILES.item.amount == 500


@pytest.mark.parametrize("ending", ["md", "txt"])
def test_branches_and_quotes_count_too(client: Client, bob: User, ending: str) -> None:
    with_a_branch()
    assert "Bob said so" in client.get(f"/thread/x/1.{ending}").content.decode()
    assert left(bob) == 494


@pytest.mark.parametrize("ending", ["md", "txt"])
def test_a_file_holds_the_first_500_and_says_so(client: Client, bob: User, ending: str) -> None:
    a_thread(502)
    words = client.get(f"/thread/x/1.{ending}").content.decode()
    assert SENTENCE in words
    assert "This is post 500." in words.replace("\\", "")
    assert "This is post 501." not in words.replace("\\", "")
    assert left(bob) == 0


def test_who_asks_for_headers_takes_nothing(client: Client, bob: User) -> None:
    a_thread(3)
    assert client.head("/thread/x/1.md").status_code == 200
    assert left(bob) == 500


def test_their_own_words_as_json_count_for_authors_too(client: Client, bob: User) -> None:
    a_thread(502, author=BOB)
    found = client.get("/thread/x/1.json").json()
    assert (len(found["posts"]), found["completeness"]["reasons"]) == (500, ["file-limit"])
    assert left(bob) == 0
    a_thread(1, first=1_000, author=BOB)
    assert client.get("/thread/x/1000.json").status_code == 429


def test_facts_without_words_are_whole_and_free(client: Client, bob: User) -> None:
    a_thread(502)
    found = client.get("/thread/x/1.json").json()
    assert (len(found["posts"]), left(bob)) == (502, 500)


def test_the_api_counts_what_authors_read_of_their_own(settings: Settings) -> None:
    settings.BILLING_ENABLED = True
    bob = a_reader("bob", premium=True)
    an_account(user=bob).save()
    a_thread(502, author=BOB)
    a_thread(1, first=1_000, author=BOB)
    program = Program(bob)
    assert len(json.loads(program.get("/threads/x/1").content)["posts"]) == 500
    answer = program.get("/threads/x/1000")
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


def test_made_files_hold_no_more_either(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "X_POSTS_INTO_FILES", limits.Limit("few", RateLimitItemPerDay(2)))
    place = own_place(tmp_path, settings)
    file = made(a_thread(4), Kind.EPUB)
    assert b"This is post 3" not in unpacked(place / file.file)
    assert b"This is post 2" in unpacked(place / file.file)


def unpacked(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())
