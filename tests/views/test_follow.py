"""`/author/<source>/<handle>/follow`, `/my-authors/find` and `/my-authors/find/<lookup>`."""

from datetime import timedelta
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts import limits
from accounts.models import User
from billing.plans import FREE
from tests.follows import a_reader, an_author, many_authors, wrote
from unroller.actions import follows
from unroller.models import Author, Cadence, Follow, Lookup

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
PAGE = "/author/x/maralind/follow"


@pytest.fixture(autouse=True)
def billing(settings: Settings) -> None:
    """Plans differ."""
    settings.BILLING_ENABLED = True


@pytest.fixture
def mara() -> Author:
    author = an_author("maralind", name="Mara Lindqvist")
    for number in (100, 200, 300, 400):
        wrote(author, number)
    return author


@pytest.fixture
def bob(client: Client) -> User:
    person = a_reader("bob")
    client.force_login(person)
    return person


def test_charlie_sees_who_it_is_before_it_counts(client: Client, mara: Author) -> None:
    page = client.get(f"{PAGE}?back=/thread/x/100")
    words = page.content.decode()
    assert page.status_code == HTTPStatus.OK
    assert "Mara Lindqvist" in words
    assert "@maralind" in words
    assert 'href="https://x.com/maralind"' in words
    assert "4 threads" in words
    assert words.count("Thread ") >= 3
    assert '<input type="hidden" name="back" value="/thread/x/100">' in words
    assert "code to sign in" in words
    assert not Follow.objects.exists()
    assert "no-store" in page["Cache-Control"]


def test_bob_follows_and_comes_back_to_where_he_was(client: Client, bob: User, mara: Author) -> None:
    answer = client.post(PAGE, {"cadence": "weekly", "back": "/thread/x/100"}, follow=True)
    assert answer.redirect_chain == [("/thread/x/100", HTTPStatus.SEE_OTHER)]
    assert Follow.objects.get().cadence == Cadence.WEEKLY
    notes = client.get("/my-authors").content.decode()
    assert "You follow @maralind now. New threads come by e-mail every Monday." in notes


def test_one_click_without_a_cadence_takes_the_usual_one(client: Client, bob: User, mara: Author) -> None:
    client.post(PAGE, {"back": "/thread/x/100"})
    assert Follow.objects.get(user=bob).cadence == Cadence.DAILY
    alice = a_reader("alice", premium=True)
    client.force_login(alice)
    client.post(PAGE)
    assert Follow.objects.get(user=alice).cadence == Cadence.INSTANT


def test_following_again_says_what_was_chosen_first(client: Client, mara: Author) -> None:
    alice = a_reader("alice", premium=True)
    client.force_login(alice)
    follows.follow(alice, mara, Cadence.WEEKLY)
    page = client.post(PAGE, follow=True).content.decode()
    assert "New threads come by e-mail every Monday.</p>" in page


def test_at_once_is_marked_as_premium_and_refused_with_a_word(client: Client, bob: User, mara: Author) -> None:
    assert 'value="instant" disabled' in client.get(PAGE).content.decode()
    page = client.post(PAGE, {"cadence": "instant"}, follow=True).content.decode()
    assert "every morning. Being told at once is part of premium." in page


@pytest.mark.parametrize("cadence", ["hourly", "", "INSTANT", "\x00"])
def test_a_senseless_cadence_is_the_usual_one(client: Client, bob: User, mara: Author, cadence: str) -> None:
    client.post(PAGE, {"cadence": cadence})
    assert Follow.objects.get().cadence == Cadence.DAILY


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "", "/" + "a" * 2000]
)
def test_nobody_is_sent_to_another_site(client: Client, bob: User, mara: Author, back: str) -> None:
    answer = client.post(PAGE, {"back": back})
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, "/my-authors")
    assert 'name="back" value="/my-authors"' in client.get(PAGE, {"back": back}).content.decode()


def test_who_follows_already_sees_how_and_can_end_it(client: Client, bob: User, mara: Author) -> None:
    follows.follow(bob, mara, Cadence.WEEKLY)
    page = client.get(PAGE).content.decode()
    assert "You follow" in page
    assert 'value="weekly" checked' in page
    assert 'action="/my-authors/unfollow"' in page


def test_the_limit_is_said_on_the_page(client: Client, bob: User, mara: Author) -> None:
    follows.follow_all(bob, {author.id: Cadence.DAILY for author in many_authors(FREE.authors)})
    answer = client.post(PAGE, {"cadence": "daily"})
    assert answer.status_code == HTTPStatus.CONFLICT
    assert "You follow 20 authors, as many as a free account holds." in answer.content.decode()


def test_an_author_who_opted_out_is_left_alone(client: Client, bob: User, mara: Author) -> None:
    Author.objects.update(opted_out=True)
    page = client.get(PAGE).content.decode()
    assert "asked this site not to follow them" in page
    assert 'name="cadence"' not in page
    assert client.post(PAGE).status_code == HTTPStatus.CONFLICT
    assert not Follow.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_unlisted_and_unknown_authors_are_404(client: Client, bob: User, mara: Author, method: str) -> None:
    Author.objects.update(unlisted=True)
    assert getattr(client, method)(PAGE).status_code == HTTPStatus.NOT_FOUND
    assert getattr(client, method)("/author/x/nobody/follow").status_code == HTTPStatus.NOT_FOUND


def test_following_needs_the_token_of_the_page(mara: Author) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(a_reader())
    assert client.post(PAGE, {"cadence": "daily"}).status_code == HTTPStatus.FORBIDDEN
    assert not Follow.objects.exists()


def test_the_preview_asks_the_same_queries_for_one_thread_and_many(
    client: Client, bob: User, mara: Author, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for batch in range(2):
        with django_assert_num_queries(7):
            client.get(PAGE)
        for number in range(10):
            wrote(mara, 1_000 * (batch + 1) + 100 * number)


# Finding


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
    an_author("ali", source=source, handle=handle, network_id="did:plc:" + "a" * 24)
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


def test_the_same_name_twice_is_one_lookup(client: Client, bob: User) -> None:
    assert find(client, "@somebody_new") == find(client, "https://x.com/Somebody_New")


@pytest.mark.parametrize("who", ["", "what is this", "https://x.com/a/status/1", "http://", "\x00", "@" * 600])
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
