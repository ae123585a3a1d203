"""`/my-authors/find` and `/my-authors/find/<lookup>`."""

from datetime import timedelta
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import limits
from accounts.models import User
from tests.follows import a_reader, an_author, met, wrote
from unroller.models import Author, Follow, Lookup

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def mara() -> Author:
    author = an_author("maralind", name="Mara Lindqvist")
    for number in (100, 200, 300, 400):
        wrote(author, number)
    return author


def find(client: Client, who: str) -> str:
    """Where a handle or link leads."""
    answer = client.post("/my-authors/find", {"who": who})
    assert answer.status_code == HTTPStatus.SEE_OTHER
    return str(answer["Location"])


@pytest.mark.parametrize(
    "who",
    [
        "@maralind",
        " @MaraLind ",
        "https://x.com/maralind",
        "twitter.com/maralind",
        "http://localhost:8000/author/x/maralind",
        "https://x.com/MaraLind/status/1900000000000000001?s=20",
    ],
)
def test_an_author_who_is_known_here_is_shown_at_once(client: Client, bob: User, mara: Author, who: str) -> None:
    page = client.get(find(client, who)).content.decode()
    assert "Mara Lindqvist" in page
    assert 'action="/author/x/maralind/follow"' in page
    assert not Follow.objects.exists()


@pytest.mark.parametrize(
    ("source", "handle", "who"),
    [
        ("bluesky", "ali.example", "ali.example"),
        ("bluesky", "ali.example", "https://bsky.app/profile/ali.example"),
        ("bluesky", "ali.example", "https://bsky.app/profile/id-of-ali"),
        ("mastodon", "ali@social.example", "@ali@social.example"),
        ("mastodon", "ali@social.example", "ali@social.example"),
        ("mastodon", "ali@social.example", "https://social.example/@ali"),
    ],
)
def test_other_networks_are_known_by_their_own_names(
    client: Client, bob: User, source: str, handle: str, who: str
) -> None:
    met(an_author("ali", source=source, handle=handle, network_id="did:plc:" + "a" * 24))
    assert "Ali" in client.get(find(client, who.replace("id-of-ali", "did:plc:" + "a" * 24))).content.decode()


def test_somebody_new_is_waited_for_with_and_without_script(client: Client, bob: User) -> None:
    address = find(client, "@somebody_new")
    page = client.get(address).content.decode()
    assert 'http-equiv="refresh"' in page
    assert f'hx-get="{address}"' in page
    part = client.get(address, headers=HTMX).content.decode()
    assert "@somebody_new" in part
    assert "<html" not in part
    Lookup.objects.update(state=Lookup.State.FAILED, sentence="There is no such account on X.")
    assert client.get(address, headers=HTMX)["HX-Refresh"] == "true"
    page = client.get(address).content.decode()
    assert "There is no such account on X." in page
    assert 'name="who"' in page
    assert 'http-equiv="refresh"' not in page


def test_a_lookup_that_waits_says_until_when(client: Client, bob: User) -> None:
    address = find(client, "@somebody_new")
    until = timezone.now().replace(minute=7) + timedelta(hours=1)
    Lookup.objects.update(sentence="X asks us to wait before reading more.", not_before=until)
    page = client.get(address).content.decode()
    assert "X asks us to wait before reading more." in page
    assert f"{until:%H}:07" in page


@pytest.mark.parametrize("sentence", ["", "X asks us to wait before reading more."])
def test_who_waits_can_correct_a_typo_or_leave(client: Client, bob: User, sentence: str) -> None:
    address = find(client, "@somebody_nwe")
    if sentence:
        Lookup.objects.update(sentence=sentence, not_before=timezone.now() + timedelta(hours=1))
    page = client.get(address).content.decode()
    assert 'name="who" value="@somebody_nwe"' in page
    assert "Back to My Authors</a>" in page
    assert 'name="who"' not in client.get(address, headers=HTMX).content.decode()  # what moves would wipe what is typed


def test_the_same_name_twice_is_one_lookup(client: Client, bob: User) -> None:
    assert find(client, "@somebody_new") == find(client, "https://x.com/Somebody_New")


@pytest.mark.parametrize("who", ["", "what is this", "https://x.com/i/status/1", "http://", "\x00", "@" * 600])
def test_what_names_nobody_is_one_sentence_and_the_form_again(client: Client, bob: User, who: str) -> None:
    answer = client.post("/my-authors/find", {"who": who})
    page = answer.content.decode()
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert "neither a handle nor a link to a profile" in page
    assert 'name="who"' in page
    assert not Lookup.objects.exists()


def test_sixty_lookups_an_hour_are_enough(client: Client, bob: User, mara: Author) -> None:
    for _ in range(60):
        limits.spend(limits.LOOKUPS, str(bob.id))
    answer = client.post("/my-authors/find", {"who": "@somebody_new"})
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "Please try again a little later." in answer.content.decode()
    find(client, "@maralind")
    client.force_login(a_reader("charlie"))
    find(client, "@somebody_new")


@pytest.mark.parametrize("changes", [{"opted_out": True}, {"opted_out": True, "unlisted": True}])
def test_who_opted_out_is_refused_without_asking_the_network(
    client: Client, bob: User, mara: Author, changes: dict[str, bool]
) -> None:
    Author.objects.update(**changes)
    page = client.get(find(client, "@maralind")).content.decode()
    assert "asked this site not to follow them" in page
    assert 'name="cadence"' not in page


def test_an_unlisted_author_and_one_not_seen_for_long_are_asked_about_again(
    client: Client, bob: User, mara: Author
) -> None:
    Author.objects.update(unlisted=True)
    find(client, "@maralind")
    assert Lookup.objects.get().state == Lookup.State.QUEUED
    Lookup.objects.all().delete()
    Author.objects.update(unlisted=False, seen_at=timezone.now() - timedelta(days=40))
    find(client, "@maralind")
    assert Lookup.objects.get().state == Lookup.State.QUEUED


def test_charlie_sees_none_of_bobs_lookups(client: Client, bob: User, mara: Author) -> None:
    address = find(client, "@maralind")
    client.force_login(a_reader("charlie"))
    assert client.get(address).status_code == HTTPStatus.NOT_FOUND
    assert client.get("/my-authors/find/not-a-uuid").status_code == HTTPStatus.NOT_FOUND
    client.logout()
    for path in (address, "/my-authors/find"):
        answer = client.get(path)
        assert parse_qs(urlsplit(answer["Location"]).query) == {"next": [path]}


def test_looking_asks_the_same_queries_however_many_lookups_there_are(
    client: Client, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    address = find(client, "@somebody_new")
    for batch in range(2):
        with django_assert_num_queries(3):
            client.get(address)
        Lookup.objects.bulk_create(Lookup(user=bob, source="x", key=f"{batch}-{n}", text="@a") for n in range(50))
