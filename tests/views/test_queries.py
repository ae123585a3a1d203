"""Every address asks the database a bounded number of questions, and no more where there is more to show."""

from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Ban, Token, User
from tests.follows import an_author, wrote
from tests.views.addresses import addresses
from tests.whole_person import a_whole_person, keep_files_in, keeps
from unroller import store
from unroller.actions import follows
from unroller.models import (
    Archive,
    ArchivedThread,
    Cadence,
    Claim,
    FileGift,
    Highlight,
    Integration,
    Job,
    LibraryImport,
    Lookup,
    Mention,
    Notification,
    PrivateLink,
    Profile,
    Reading,
    Request,
    Saved,
    Thread,
)
from unroller.views import files

pytestmark = pytest.mark.django_db
MORE = 8
MOST = 12
"""Queries that a page may ask for."""
RICH = {"metrics": 130, "thread-pdf": 25, "thread-epub": 25}
"""Pages that may ask for more, as many as they do."""
PUBLIC = {"home", "recent", "unroll"}
OWN = {
    *("library", "library-exports", "library-tags", "import-library", "highlights", "highlights-markdown", "archives"),
    *("my-authors", "my-authors-csv", "my-authors-opml", "profiles", "requests", "private-links", "file-gifts"),
}
"""Pages that list what there is more of."""
OPEN = ("thread", "author", "recent", "most-read", "home", "thread-markdown", "thread-text", "library", "saved", "job")


def more_of(person: User, number: int) -> None:
    """A thread by another author, with whatever hangs on one."""
    now, name = timezone.now(), f"{person.pk} {number}"
    later = now + timedelta(days=1)
    thread = wrote(an_author(f"author{number}"), 1_000 * number)
    follows.follow(person, thread.author, Cadence.DAILY)
    keeps(person, thread)
    Reading.objects.create(user=person, thread=thread, position="post-2", post_id="2")
    Notification.objects.create(user=person, thread=thread, due_at=now)
    Request.objects.create(user=person, thread=thread, link=f"https://x.com/author/status/{number}")
    Lookup.objects.create(user=person, text=f"@{number}", source="x", key=name)
    Claim.objects.create(user=person, text=f"@{number}", source="x", key=name)
    Profile.objects.create(user=person, author=thread.author, proof="bio")
    Mention.objects.create(source="x", key=name, asker_id="bob@example.com", asker_handle="bobonx", written_at=now)
    archive = Archive.objects.create(user=person, name="mine.zip", size=1, handle="bobonx", state="done")
    ArchivedThread.objects.create(user=person, archive=archive, thread=thread)
    PrivateLink.objects.create(user=person, digest=f"link {name}", thread=thread, expires_at=later)
    FileGift.objects.create(user=person, digest=f"gift {name}", thread=thread, kind="epub", expires_at=later)
    Integration.objects.create(user=person, kind="webhook", url=f"https://hooks.example/{number}", secret="a secret")
    Token.objects.create(user=person, name="laptop", digest=f"token {name}", hint="unr_abcd")
    Saved.objects.filter(user=person, thread=thread).update(tags=[f"tag {number}"])


def places(person: User) -> dict[str, str]:
    """Every address, with a row of this person in its place where there is one."""

    def at(name: str, row: object) -> dict[str, str]:
        return {name: reverse(name, args=[row])}

    thread = Thread.objects.get(path="1")
    job = Job.objects.get_or_create(
        source="x", key="1", thread=thread, finished_at=thread.fetched_at, state="done", landing="/thread/x/1"
    )[0]
    claim, profile = Claim.objects.earliest("created_at"), Profile.objects.earliest("pk")
    return {
        **addresses(),
        **at("job", job.pk),
        **at("saved", Saved.objects.earliest("pk").pk),
        **at("highlight", Highlight.objects.earliest("pk").pk),
        **at("library-import", LibraryImport.objects.earliest("pk").pk),
        **at("archive", Archive.objects.earliest("created_at").pk),
        **at("integration", Integration.objects.earliest("pk").pk),
        **at("claim", claim.pk),
        **at("profile", profile.pk),
    }


class Asked(NamedTuple):
    """How many queries an address asked for, and how long its answer was."""

    queries: int
    length: int


def asked(client: Client, person: User) -> dict[str, Asked]:
    """Every address, once nothing is read for the first time."""
    found = {}
    for name, address in places(person).items():
        store.client().flushdb()  # how often anybody may ask is not what this is about
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address)
        assert answer.status_code < 500, name
        assert name not in OPEN or answer.status_code in {200, 302, 303}, (name, answer.status_code)
        length = 0 if answer.streaming else len(answer.content)
        found[name] = Asked(len(queries), length)
    return found


@pytest.fixture
def person(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> User:
    """Somebody with one of everything, who may use the site."""
    monkeypatch.setattr(files, "PATIENCE", 0)  # who waits for a file asks how far it is
    keep_files_in(tmp_path, settings)
    whole = a_whole_person()
    Ban.objects.all().delete()
    for open_for_now in (PrivateLink, FileGift):
        open_for_now.objects.update(expires_at=timezone.now() + timedelta(days=1))
    SocialAccount.objects.update(extra_data={"username": "bobonx", "name": "Bob", "profile_image_url": ""})
    return whole


@pytest.mark.parametrize(("who", "lists"), [("guest", PUBLIC), ("member", PUBLIC | OWN)], ids=["guest", "member"])
def test_no_page_asks_for_more_than_it_may_or_for_more_where_there_is_more(
    who: str, lists: set[str], client: Client, person: User
) -> None:
    if who == "member":
        client.force_login(person)
    few = asked(client, person)
    for number in range(1, MORE):
        more_of(person, number)
    many = asked(client, person)
    assert {name for name in lists if many[name].length <= few[name].length} == set(), "there is more to show"
    grown = {name: (few[name].queries, seen.queries) for name, seen in many.items() if seen.queries > few[name].queries}
    assert grown == {}
    assert {name: seen for name, seen in many.items() if seen.queries > RICH.get(name, MOST)} == {}
