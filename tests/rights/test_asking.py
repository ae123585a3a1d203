"""`/authors-rights/ask`: authors without an account ask, and are answered by mail with a code and a page."""

from http import HTTPStatus

import pytest
from django.test import Client
from limits import RateLimitItemPerDay
from pytest_django import DjangoAssertNumQueries

from accounts import limits
from accounts.models import Letter
from tests.follows import a_reader
from tests.rights.asking import FORM, IDA, address, asked, fields
from tests.threads import MARA, a_thread
from unroller.actions import author_asks
from unroller.core.posts import Person
from unroller.forms.contact import stamp
from unroller.models import Claim, Wish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_redis")]


def test_an_author_asks_and_gets_the_code_and_the_address_of_a_page(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        assert client.get(FORM).status_code == HTTPStatus.OK
    answer = client.post(FORM, fields())
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, FORM)
    row, letter = Claim.objects.get(), Letter.objects.get()
    assert (row.source, row.key, row.wish, row.email, row.state) == ("x", "alice", "opt-out", IDA, "open")
    assert letter.to == IDA
    for words in (letter.text, letter.html):
        assert row.code in words
        assert address(row) in words
    with django_assert_num_queries(1):
        page = client.get(address(row))
    assert row.code in page.content.decode()
    assert page["Referrer-Policy"] == "same-origin"
    assert "noindex" in page["X-Robots-Tag"]


def test_the_secret_is_in_no_table(client: Client) -> None:
    client.post(FORM, fields())
    row = Claim.objects.get()
    assert address(row).rpartition("/")[2] not in str(Claim.objects.values().get())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"who": ""}, "link to your profile"),
        ({"who": "two words"}, "neither a handle nor a link"),
        ({"wish": ""}, "choose what you wish"),
        ({"wish": "everything"}, "choose what you wish"),
        ({"email": ""}, "an address to answer to"),
        ({"email": "nobody"}, "valid email address"),
        ({"wish": "remove"}, "link to the thread"),
        ({"wish": "remove", "thread": "hello"}, "not a link to a post"),
        ({"wish": "remove", "thread": "https://x.com/alice/status/999"}, "not on this site"),
        ({"wish": "other", "words": ""}, "say what you wish"),
        ({"begun": "forged"}, "open for too long"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence_and_what_was_written_stays(
    client: Client, changes: dict[str, str], sentence: str
) -> None:
    answer = client.post(FORM, fields(**{"words": "I wrote this."} | changes))
    page = answer.content.decode()
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert sentence in page
    assert page.count('role="alert"') == 1
    assert "I wrote this." in page or "words" in changes
    assert not Claim.objects.exists()
    assert not Letter.objects.exists()


def test_somebody_elses_thread_is_one_sentence(client: Client) -> None:
    a_thread(2)
    other = a_thread(2, first=90, author=Person(id="2", handle="alice", name="Alice", url="https://x.com/alice"))
    link = "https://x.com/maralind/status/1"
    answer = client.post(FORM, fields(wish="remove", thread=link))
    assert author_asks.NOT_THEIRS in answer.content.decode()
    answer = client.post(FORM, fields(wish="remove", thread=link, who="mara.bsky.social"))
    assert author_asks.NOT_THEIRS in answer.content.decode()
    client.post(FORM, fields(wish="remove", thread="https://x.com/alice/status/91"))
    assert Claim.objects.get().thread == other


def test_robots_are_thanked_and_forgotten_or_told_that_they_are_fast(client: Client) -> None:
    from_trap = client.post(FORM, fields(website="https://spam.example"))
    assert from_trap.status_code == HTTPStatus.SEE_OTHER
    with_haste = client.post(FORM, fields(begun=stamp()))
    assert "faster than people write" in with_haste.content.decode()
    assert not Claim.objects.exists()
    assert not Letter.objects.exists()


def test_one_address_and_one_mailbox_ask_so_often_a_day(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ASKED_BY_AUTHORS", limits.Limit("asked-by-author", RateLimitItemPerDay(1)))
    assert client.post(FORM, fields()).status_code == HTTPStatus.SEE_OTHER
    same_net = client.post(FORM, fields(email="bob@example.org"))
    same_box = client.post(FORM, fields(email="IDA@example.org"), REMOTE_ADDR="203.0.113.9")
    assert [same_net.status_code, same_box.status_code] == [HTTPStatus.TOO_MANY_REQUESTS] * 2
    assert Claim.objects.count() == Letter.objects.count() == 1


def test_a_code_is_looked_for_so_often_an_hour(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CLAIM_LOOKS", limits.Limit("claim-look", RateLimitItemPerDay(1)))
    row = asked()
    assert client.post(address(row), {"do": "in-profile"}).status_code == HTTPStatus.SEE_OTHER
    Claim.objects.update(state=Claim.State.OPEN)
    assert client.post(address(row), {"do": "in-profile"}).status_code == HTTPStatus.TOO_MANY_REQUESTS


@pytest.mark.parametrize("post", ["hello", "https://bsky.app/profile/alice.bsky.social/post/3k"])
def test_a_link_that_leads_nowhere_is_one_sentence(client: Client, post: str) -> None:
    row = asked()
    answer = client.post(address(row), {"do": "look", "post": post})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert answer.content.decode().count('role="alert"') == 1
    row.refresh_from_db()
    assert row.state == Claim.State.OPEN


def test_a_wrong_secret_opens_nothing(client: Client) -> None:
    asked()
    for wrong in ("A" * 43, "short", str(Claim.objects.get().pk)):
        assert client.get(f"{FORM}/{wrong}").status_code == HTTPStatus.NOT_FOUND
        assert client.post(f"{FORM}/{wrong}", {"do": "in-profile"}).status_code == HTTPStatus.NOT_FOUND


def test_a_reader_finds_no_wish_below_the_claims_and_no_claim_below_the_wishes(client: Client) -> None:
    bob = a_reader()
    wish = asked()
    claim = Claim.objects.create(user=bob, text="@a", source="x", key="a")
    client.force_login(bob)
    assert client.get(f"/profiles/claims/{wish.pk}").status_code == HTTPStatus.NOT_FOUND
    assert client.get(address(claim)).status_code == HTTPStatus.NOT_FOUND


def test_the_page_takes_no_form_of_another_site() -> None:
    row = asked(Wish.OPT_IN, who=MARA.handle)
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(address(row), {"do": "in-profile"}).status_code == HTTPStatus.FORBIDDEN
    assert strict.post(FORM, fields()).status_code == HTTPStatus.FORBIDDEN


def test_the_page_of_the_rights_leads_here(client: Client) -> None:
    page = client.get("/authors-rights").content.decode()
    assert f'href="{FORM}"' in page
    assert 'href="/profiles"' in page
