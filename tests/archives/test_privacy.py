"""What is somebody's alone out of their archive is in no list, file, feed or answer that others get."""

from http import HTTPStatus
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import User
from tests.api.calling import Program
from tests.archives.bringing import a_zip, proves, read
from tests.follows import a_reader
from tests.x_archives import HANDLE, after, chain
from unroller import profiles
from unroller.actions import indexing
from unroller.models import Member, Profile, Thread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis")]

MARK = "zephyrquay"
WORDS = (f"The {MARK} tide.", f"It is {MARK} again.", f"Nobody says {MARK}.")
ENDINGS = ("", ".md", ".txt", ".json", ".pdf", ".epub", "/save", "/send", "/gift-file", "/highlights", "/refresh")
LISTS = ("/", "/recent", "/most-read", f"/search?q={MARK}", f"/author/x/{HANDLE}", f"/author/x/{HANDLE}/feed")
OWN = (
    "/library",
    "/library.json",
    "/my-authors",
    "/highlights",
    "/requests",
    "/profiles",
    "/archives",
    "/private-links",
)


@pytest.fixture
def private(ana: User, tmp_path: Path) -> Thread:
    read(ana, a_zip(tmp_path, chain(WORDS)))
    indexing.index_due()
    return Thread.objects.select_related("author").get()


@pytest.fixture
def other() -> User:
    """A member, who may take every file."""
    return a_reader("carl", premium=True)


def addresses(thread: Thread) -> list[str]:
    """Below everybody's places and the private ones, of the thread and of its posts."""
    places = [*Member.objects.values_list("path", flat=True), after(0), after(60, 1)]
    below = [f"/thread/x/{place}{ending}" for place in places for ending in ENDINGS]
    return [*below, f"/private/thread/{thread.pk}", f"/thread/{after(0)}.html"]


def tells(client: Client, address: str) -> bool:
    """Whether a page holds its words, but for the question that was asked."""
    page = b"".join(client.get(address, follow=True)).decode("utf-8", "replace")  # some are streams
    return any(words in page for words in WORDS)


@pytest.mark.parametrize("is_signed_in", [True, False])
def test_no_page_feed_or_file_tells_others_of_it(
    client: Client, private: Thread, other: User, *, is_signed_in: bool
) -> None:
    if is_signed_in:
        client.force_login(other)
    for address in addresses(private):
        answer = client.get(address)
        assert answer.status_code != HTTPStatus.OK, address
        assert not tells(client, address), address
    assert [address for address in (*LISTS, *OWN) if tells(client, address)] == []


def test_no_answer_of_the_api_tells_others_of_it(private: Thread, other: User) -> None:
    program = Program(other)
    for path in (private.path, after(0), f"%7E{private.path[1:]}"):
        assert program.get(f"/threads/x/{path}").status_code == HTTPStatus.NOT_FOUND
        answer = program.post("/highlights", {"thread": f"x/{path}", "post": after(0), "quote": MARK})
        assert answer.status_code >= HTTPStatus.BAD_REQUEST
    assert program.get("/threads", {"source": "x", "handle": HANDLE}).status_code == HTTPStatus.NOT_FOUND
    for path in ("/search", "/authors", "/library", "/highlights", "/me", "/tags"):
        assert WORDS[0] not in program.get(path, {"q": MARK}).content.decode()


def test_its_reader_finds_it(client: Client, private: Thread, ana: User) -> None:
    """Otherwise nothing above could fail."""
    client.force_login(ana)
    assert tells(client, private.get_absolute_url())


def test_who_proves_the_profile_later_is_not_told_of_it(client: Client, private: Thread, other: User) -> None:
    proves(other)
    client.force_login(other)
    row = Profile.objects.get()
    assert list(profiles.threads(row)) == []
    assert not tells(client, f"/profiles/{row.pk}")
    client.post(f"/profiles/{row.pk}", {"do": "take-away", "thread": str(private.pk)})
    assert Thread.objects.get().removed == ""
