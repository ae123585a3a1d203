"""What a person's file of data holds: everything that is known, no secret, nothing of others."""

import io
import json
import zipfile
from typing import Any

import pytest
from django.db.models import ForeignObjectRel
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from tests.accounts.signing import a_person
from tests.threads import a_thread
from tests.whole_person import a_whole_person
from unroller.actions import personal_data
from unroller.models import Follow, Lookup, Notification, Reading, Saved

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob() -> User:
    return a_whole_person()


def contents(user: User) -> dict[str, Any]:
    """The files of the zip, those of JSON understood."""
    file = io.BytesIO()
    assert len(list(personal_data.write(user, file))) == len(personal_data.SUBJECTS)
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        return {
            name: json.loads(archive.read(name)) if name.endswith(".json") else archive.read(name).decode()
            for name in archive.namelist()
        }


def test_the_file_holds_everything_that_is_known_and_no_secret(bob: User) -> None:
    found = contents(bob)
    assert found["account.json"][0]["email"] == "bob@example.com"
    assert found["account.json"][0]["no_mail_about_new_threads"] is True
    assert found["addresses.json"] == [
        {"email": "bob@example.com", "verified": True, "primary": True},
        {"email": "other-bob@example.com", "verified": False, "primary": False},
    ]
    assert [each["way"] for each in found["sign-in.json"]] == ["password", "webauthn", "x"]
    assert found["sessions.json"][0]["user_agent"] == "Firefox"
    author = found["authors.json"][0]
    assert (author["network"], author["handle"], author["told"]) == ("x", "maralind", "daily")
    assert found["lookups.json"][0]["text"] == "@somebody"
    assert found["reading.json"][0]["thread"] == "http://localhost:8000/thread/x/1"
    assert found["reading.json"][0]["position"] == "post-2"
    assert found["requests.json"][0]["link"] == "https://x.com/maralind/status/1"
    assert found["mentions.json"][0]["asker_handle"] == "bobonx"
    assert (found["reports.json"][0]["reason"], found["reports.json"][0]["words"]) == ("spam", "It is everywhere.")
    assert found["bans.json"][0]["reason"] == "a fraud"
    assert found["blogs.json"][0]["address"] == "https://bob.example/"
    assert found["blog-posts.json"][0]["path"] == "1"
    assert found["archives.json"][0]["handle"] == "bobonx"
    assert found["archived-threads.json"][0]["title"] == "This is post 1"
    kept = found["library.json"][0]
    assert (kept["thread"], kept["tags"], kept["note"]) == (
        "http://localhost:8000/thread/x/1",
        ["sea"],
        "Read again in spring.",
    )
    assert kept["place"] == "post-2"
    assert (found["highlights.json"][0]["quote"], found["highlights.json"][0]["color"]) == ("This", "blue")
    assert found["library-imports.json"][0]["note"] == "From elsewhere."
    assert found["library-exports.json"][0]["kind"] == "markdown"
    thread = {"source": "x", "path": "1"}
    for name in ("kept", "private-links", "gifts-of-files", "recommendations"):
        assert thread.items() <= found[f"{name}.json"][0].items()
    assert found["shelf.json"][0]["kindle"] == "bob@kindle.com"
    assert found["books.json"][0]["to"] == "bob@kindle.com"
    assert found["integrations.json"][0]["url"] == "https://hooks.example/bob"
    assert found["tokens.json"][0]["name"] == "laptop"
    assert found["notifications.json"][0]["thread"] == "http://localhost:8000/thread/x/1"
    assert found["mail.json"][0]["name"] == "login_code"
    assert found["premium.json"][0]["reason"] == "helped us"
    assert found["membership.json"][0]["stripe_customer"] == "cus of bob@example.com"
    assert [each["key"] for each in found["membership.json"][0]["mails_about_it"]] == ["failed:in of bob@example.com"]
    assert [(each["kind"], each["amount"]) for each in found["payments.json"]] == [("premium", 300)]
    assert [(each["kind"], bool(each["gift__code"])) for each in found["checkouts.json"]] == [("gift", True)]
    assert found["patreon.json"][0]["patreon_id"] == "patron bob@example.com"
    whole = json.dumps(found)
    reader = bob.reader
    for secret in (
        bob.password,
        "a-key",
        "key of bob",
        "246810",
        "a secret",
        str(reader.feed_token),
        str(reader.mail_token),
    ):
        assert secret not in whole


def test_the_read_me_names_every_file(bob: User) -> None:
    found = contents(bob)
    assert all(name in found["README.txt"] for name in found if name != "README.txt")


def test_nothing_of_others_is_in_it(bob: User) -> None:
    charlie = a_person("charlie@example.com")
    Follow.objects.create(user=charlie, author=a_thread(1, first=100).author)
    found = contents(charlie)
    assert "bob@example.com" not in json.dumps(found)
    assert found["reading.json"] == found["notifications.json"] == found["premium.json"] == []
    assert len(found["authors.json"]) == 1


def test_every_table_about_people_is_in_the_file() -> None:
    """A new table with a person in it must be put into personal_data, or here with a reason."""
    included = {
        "account.emailaddress",
        "mfa.authenticator",
        "socialaccount.socialaccount",
        "usersessions.usersession",
        "accounts.letter",
        "billing.billingaccount",
        "billing.grant",
        "billing.patron",
        "unroller.archive",
        "unroller.archivedthread",
        "unroller.claim",
        "unroller.contactmessage",
        "unroller.blog",
        "unroller.bundled",
        "unroller.dataexport",
        "unroller.follow",
        "unroller.highlight",
        "unroller.libraryexport",
        "unroller.libraryimport",
        "unroller.lookup",
        "unroller.notification",
        "unroller.reader",
        "unroller.reading",
        "unroller.saved",
        "accounts.token",
        "unroller.filegift",
        "unroller.integration",
        "unroller.keeper",
        "unroller.parcel",
        "unroller.privatelink",
        "unroller.profile",
        "unroller.recommendation",
        "unroller.report",
        "unroller.request",
        "accounts.ban",
        "unroller.shelf",
    }
    left_out = {
        "admin.logentry": "what operators did belongs to the site",
        "unroller.replay": "answers of the API, kept for a day; what they say is in the other files",
    }
    relations = [field for field in User._meta.get_fields(include_hidden=True) if isinstance(field, ForeignObjectRel)]
    models = [field.related_model for field in relations]
    pointing = {model._meta.label_lower for model in models if isinstance(model, type) and not model._meta.auto_created}
    assert pointing == included | set(left_out)


def test_the_queries_do_not_grow_with_what_there_is(
    bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    def written() -> None:
        assert len(list(personal_data.write(bob, io.BytesIO()))) == len(personal_data.SUBJECTS)

    with django_assert_num_queries(QUERIES):
        written()
    for number in range(100, 400, 100):
        thread = a_thread(1, first=number)
        Reading.objects.create(user=bob, thread=thread)
        Saved.objects.create(user=bob, thread=thread)
        Notification.objects.create(user=bob, thread=thread, due_at=timezone.now())
        Lookup.objects.create(user=bob, text="@again", source="x", key="again")
    with django_assert_num_queries(QUERIES):
        written()


QUERIES = 44
"""One for each file, two for ways to sign in, for highlights and for the membership, and three for mentions."""
