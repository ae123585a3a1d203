"""`POST /library/<id>/keep` and `POST /my-authors/keep`: switches of the archive, and what pages say about it."""

from http import HTTPStatus
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import User
from billing.plans import PREMIUM, Limit
from tests.follows import a_reader, an_author, wrote
from tests.keeping import KILOBYTE, a_member, again, ends_premium, film, is_kept, kept_for, saves, showing, stream
from tests.sandbox.server import Sandbox
from tests.thread_files import own_place
from tests.threads import a_thread
from unroller.actions import follows, keeping, library
from unroller.models import Cadence, Copies, Follow, Keeping, Saved

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path) -> Path:
    settings.BILLING_ENABLED = True
    return own_place(tmp_path, settings)


@pytest.fixture
def alice(client: Client) -> User:
    person = a_member()
    client.force_login(person)
    return person


@pytest.fixture
def row(alice: User) -> Saved:
    return saves(alice, a_thread(2))


def switch(row: Saved) -> str:
    return f"/library/{row.pk}/keep"


def page_of(client: Client, row: Saved) -> str:
    return client.get(f"/library/{row.pk}").content.decode()


def test_charlie_signs_in_or_finds_nothing(client: Client, row: Saved) -> None:
    client.force_login(a_member("charlie"))
    assert client.post(switch(row)).status_code == HTTPStatus.NOT_FOUND
    assert client.post(f"/library/{10**30}/keep").status_code == HTTPStatus.NOT_FOUND
    client.logout()
    assert client.post(switch(row))["Location"] == f"/accounts/login/?next=/library/{row.pk}"
    assert client.get(switch(row)).status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert is_kept(row)


def test_a_member_lets_go_and_keeps_again(client: Client, row: Saved) -> None:
    assert "Let go of the copies" in page_of(client, row)
    answer = client.post(switch(row))
    assert answer["Location"] == f"/library/{row.pk}"
    assert again(row).copies == Copies.LET_GO
    assert not Keeping.objects.exists()
    assert "No copies are kept, as you wished." in page_of(client, row)
    answer = client.post(switch(row), {"keep": "1", "back": "/library"})
    assert answer["Location"] == "/library"
    assert is_kept(row)


def test_bob_meets_the_offer_and_may_let_go_all_the_same(client: Client) -> None:
    bob = a_reader("bob")
    client.force_login(bob)
    row = saves(bob, a_thread(2))
    assert "With premium, this site keeps copies" in page_of(client, row)
    answer = client.post(switch(row), {"keep": "1"})
    assert answer.status_code == HTTPStatus.PAYMENT_REQUIRED
    assert not is_kept(row)
    assert client.post(switch(row)).status_code == HTTPStatus.SEE_OTHER


def test_back_leads_nowhere_else(client: Client, row: Saved) -> None:
    assert client.post(switch(row), {"back": "https://evil.example/"})["Location"] == f"/library/{row.pk}"


def test_pages_say_how_much_is_kept_and_what_could_not_be(client: Client, alice: User, sandbox: Sandbox) -> None:
    row = kept_for(alice, showing(film(sandbox, 300 * KILOBYTE), stream(sandbox)))
    page = page_of(client, row)
    assert "KB. They stay, even when their network loses them." in page.replace("\xa0", " ")
    assert "1 file could not be copied: gone at the network, too large, or only streamed." in page
    listed = client.get("/library").content.decode()
    assert "Pictures and videos of 1 thread are kept here for you: less than 0.1 of 5 GB." in listed
    assert "media kept here" in listed


def test_a_full_archive_says_so_in_one_sentence(
    client: Client, alice: User, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PREMIUM.limits, Limit.KEPT_MEGABYTES, 1)
    kept_for(alice, showing(film(sandbox, 1000 * KILOBYTE)))
    late = saves(alice, a_thread(2, first=100))
    listed = client.get("/library").content.decode()
    assert "There was no room for those of 1 thread: let go of the copies of others" in listed
    assert "no room for its media" in listed
    answer = client.post(switch(late), {"keep": "1"}, follow=True)
    assert "There is no room left for its pictures and videos." in answer.content.decode()


def test_after_premium_pages_say_until_when(client: Client, alice: User, sandbox: Sandbox) -> None:
    row = kept_for(alice, showing(film(sandbox)))
    ends_premium(alice)
    assert "are kept here for you: less than 0.1 GB." in client.get("/library").content.decode()
    keeping.end_grace()
    assert "Your premium has ended. The copies are kept until" in page_of(client, row)
    assert "Your premium has ended. They are kept until" in client.get("/library").content.decode()


def test_the_library_asks_as_often_for_one_kept_thread_as_for_many(client: Client, alice: User) -> None:
    counts = []
    for number in range(1, 8):
        saves(alice, a_thread(2, first=100 * number))
        with CaptureQueriesContext(connection) as asked:
            client.get("/library")
        counts.append(len(asked))
    assert len(set(counts[1:])) == 1


def test_a_member_has_an_authors_new_threads_saved(client: Client, alice: User) -> None:
    mara = an_author("maralind")
    wrote(mara, 100)
    follow = follows.follow(alice, mara, Cadence.DAILY)
    assert "Save new threads</button>" in client.get("/my-authors").content.decode()
    answer = client.post("/my-authors/keep", {"author": mara.pk, "keep": "1"}, follow=True)
    assert "New threads by @maralind are saved in your library." in answer.content.decode()
    assert Follow.objects.get(pk=follow.pk).keep
    assert "Stop saving new threads</button>" in client.get("/my-authors").content.decode()
    client.post("/my-authors/keep", {"author": mara.pk})
    assert not Follow.objects.get(pk=follow.pk).keep


def test_bob_meets_the_offer_for_authors_too_and_charlie_finds_nobody(client: Client) -> None:
    bob, mara = a_reader("bob"), an_author("maralind")
    follow = follows.follow(bob, mara, Cadence.DAILY)
    client.force_login(bob)
    answer = client.post("/my-authors/keep", {"author": mara.pk, "keep": "1"})
    assert answer.status_code == HTTPStatus.PAYMENT_REQUIRED
    client.force_login(a_member("charlie"))
    for wrong in (mara.pk, "x", "", 10**30):
        assert client.post("/my-authors/keep", {"author": wrong, "keep": "1"}).status_code == HTTPStatus.NOT_FOUND
    client.logout()
    answer = client.post("/my-authors/keep", {"author": mara.pk, "keep": "1"})
    assert answer["Location"] == "/accounts/login/?next=/my-authors"
    assert not Follow.objects.get(pk=follow.pk).keep


def test_taking_a_thread_out_ends_the_keeping(client: Client, row: Saved) -> None:
    client.post(f"/library/do?only={row.pk}", {"action": "remove"})
    assert not Saved.objects.exists()
    assert keeping.drop_unkept() == 1
    assert not Keeping.objects.exists()
    assert library.save(row.user, row.thread).copies == Copies.UNDECIDED
