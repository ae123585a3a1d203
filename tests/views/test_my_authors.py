"""`/my-authors` and its forms."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from tests.follows import a_reader, an_author, many_authors, wrote
from unroller.actions import follows
from unroller.models import Author, Cadence, Follow, Lookup, Reader, Reading, Thread, Watch

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("billing")]

FORMS = ["cadence", "unfollow", "seen", "feed", "import/clear"]


@pytest.fixture
def mara() -> Author:
    return an_author("maralind", name="Mara Lindqvist")


def shown(client: Client, query: str = "") -> str:
    """The page."""
    page = client.get(f"/my-authors{query}")
    assert page.status_code == HTTPStatus.OK
    return page.content.decode()


def test_charlie_is_asked_to_sign_in(client: Client) -> None:
    assert client.get("/my-authors")["Location"] == "/accounts/login/?next=/my-authors"


@pytest.mark.parametrize("form", FORMS)
def test_charlies_forms_lead_to_sign_in_and_then_to_the_list(client: Client, form: str) -> None:
    answer = client.post(f"/my-authors/{form}", {"author": "1"})
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, "/accounts/login/?next=/my-authors")


def test_who_follows_nobody_is_told_how(client: Client, bob: User) -> None:
    page = shown(client)
    assert "0 of 20 authors" in page
    assert "Nobody yet" in page
    assert 'action="/my-authors/find"' in page
    assert 'href="/my-authors/import"' in page


def test_the_author_with_the_newest_thread_comes_first(client: Client, bob: User, mara: Author) -> None:
    ali, silent = an_author("ali"), an_author("silent")
    for author in (mara, silent, ali):
        follows.follow(bob, author, Cadence.WEEKLY)
    for number in (100, 200, 300, 400):
        wrote(mara, number)
    wrote(ali, 500)
    page = shown(client)
    assert "3 of 20 authors" in page
    assert page.index('href="/author/x/ali"') < page.index('href="/author/x/maralind"')
    assert "Thread 400 of Mara" in page
    assert "Thread 100 of Mara" not in page
    assert "We look for their new threads by ourselves." in page
    assert page.count('<option value="weekly" selected>') == 3
    assert '<option value="instant" disabled>' in page


def test_unread_threads_are_counted_and_marked(client: Client, bob: User, mara: Author) -> None:
    wrote(mara, 100, days_ago=9)
    follows.follow(bob, mara, Cadence.DAILY)
    Follow.objects.update(created_at=timezone.now() - timedelta(days=8))
    begun, new = wrote(mara, 200, days_ago=2), wrote(mara, 300, days_ago=1)
    Reading.objects.create(user=bob, thread=begun)
    page = shown(client)
    assert "1 unread thread" in page
    assert '<span class="badge">1<span class="unseen"> unread</span></span>' in page
    assert page.count('<li class="new">') == 1
    assert page.count('<li class="opened">') == 1
    Reading.objects.create(user=bob, thread=new, read_at=timezone.now())
    page = shown(client)
    assert "0 unread threads" in page
    assert page.count('<li class="read">') == 1
    assert "Mark all as read" not in page


def test_all_can_be_marked_as_read(client: Client, bob: User, mara: Author) -> None:
    follows.follow(bob, mara, Cadence.DAILY)
    wrote(mara, 100)
    assert "Mark all as read" in shown(client)
    client.post("/my-authors/seen")
    assert "0 unread threads" in shown(client)


def test_the_list_can_be_sifted(client: Client, bob: User, mara: Author) -> None:
    ali = an_author("ali")
    for author in (mara, ali):
        follows.follow(bob, author, Cadence.DAILY)
    wrote(ali, 100)
    for query in ("?q=lindq", "?q=@MARAL", "?q=%20maralind"):
        page = shown(client, query)
        assert 'href="/author/x/maralind"' in page
        assert 'href="/author/x/ali"' not in page
    page = shown(client, "?unread=on")
    assert 'href="/author/x/ali"' in page
    assert 'href="/author/x/maralind"' not in page
    assert "Nobody you follow has" in shown(client, "?q=nobody")
    follows.mark_seen(bob)
    assert "You have read everything." in shown(client, "?unread=on")


@pytest.mark.parametrize("query", ["?q=%00", "?q=" + "a" * 900, "?unread=x", "?page=999", "?page=x", "?q=%25_%5C"])
def test_senseless_queries_show_a_page(client: Client, bob: User, mara: Author, query: str) -> None:
    follows.follow(bob, mara, Cadence.DAILY)
    shown(client, query)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"opted_out": True}, "asked this site not to follow them"),
        ({"unlisted": True}, "asks other sites not to list them"),
        ({"error": "Protected", "failures": 1}, "posts are protected"),
        ({"error": "Unreachable", "failures": 9}, "X has not answered about this author since"),
    ],
)
def test_trouble_with_an_author_is_said(
    client: Client, bob: User, mara: Author, changes: dict[str, object], said: str
) -> None:
    follows.follow(bob, mara, Cadence.DAILY)
    (Watch if "error" in changes else Author).objects.update(**changes)
    assert said in shown(client)


def test_a_followed_author_without_a_watch_is_listed_all_the_same(client: Client, bob: User, mara: Author) -> None:
    Follow.objects.create(user=bob, author=mara)
    assert "Mara Lindqvist" in shown(client)


def test_removed_and_unlisted_threads_are_not_listed(client: Client, bob: User, mara: Author) -> None:
    follows.follow(bob, mara, Cadence.DAILY)
    wrote(mara, 100)
    Thread.objects.update(unlisted=True)
    page = shown(client)
    assert "Thread 100" not in page
    assert "0 unread threads" in page


def test_the_cadence_is_changed_by_a_form_and_by_a_script(client: Client, bob: User, mara: Author) -> None:
    row = follows.follow(bob, mara, Cadence.DAILY)
    answer = client.post("/my-authors/cadence", {"author": mara.id, "cadence": "weekly", "back": "/thread/x/1"})
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, "/thread/x/1")
    answer = client.post(
        "/my-authors/cadence", {"author": mara.id, "cadence": "here"}, headers={"Accept": "text/plain"}
    )
    assert answer.content.decode() == "@maralind: New threads are listed in My Authors; you get no mail."
    row.refresh_from_db()
    assert row.cadence == Cadence.HERE


def test_unfollowing_needs_no_listed_author(client: Client, bob: User, mara: Author) -> None:
    follows.follow(bob, mara, Cadence.DAILY)
    Author.objects.update(unlisted=True, handle="renamed")
    answer = client.post("/my-authors/unfollow", {"author": mara.id}, follow=True)
    assert "You no longer follow @renamed." in answer.content.decode()
    assert not Follow.objects.exists()


@pytest.mark.parametrize("form", ["cadence", "unfollow", "seen"])
def test_charlie_changes_nothing_of_bobs(client: Client, bob: User, mara: Author, form: str) -> None:
    before = follows.follow(bob, mara, Cadence.DAILY)
    client.force_login(a_reader("charlie"))
    fields = {"author": mara.id, "cadence": "here"}
    assert client.post(f"/my-authors/{form}", fields).status_code == HTTPStatus.NOT_FOUND
    after = Follow.objects.get()
    assert (after.user, after.cadence, after.seen_at) == (bob, before.cadence, None)
    assert "Mara" not in shown(client)


@pytest.mark.parametrize("author", ["", "x", "-1", "9" * 30, "٣", "0"])
def test_senseless_authors_are_404(client: Client, bob: User, author: str) -> None:
    for form in ("cadence", "unfollow"):
        assert client.post(f"/my-authors/{form}", {"author": author}).status_code == HTTPStatus.NOT_FOUND


@pytest.mark.parametrize("form", FORMS)
def test_forms_need_the_token_of_the_page(form: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(a_reader())
    assert client.post(f"/my-authors/{form}").status_code == HTTPStatus.FORBIDDEN
    assert client.get(f"/my-authors/{form}").status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_the_feed_gets_a_new_address(client: Client, bob: User) -> None:
    shown(client)
    old = Reader.objects.get().feed_token
    assert f"http://localhost:8000/feed/{old}" in shown(client)
    client.post("/my-authors/feed")
    new = Reader.objects.get().feed_token
    assert f"http://localhost:8000/feed/{new}" in shown(client)
    assert client.get(f"/feed/{old}").status_code == HTTPStatus.NOT_FOUND


def test_an_import_that_goes_on_is_mentioned(client: Client, bob: User) -> None:
    Lookup.objects.create(user=bob, source="x", key="a", text="@a", cadence=Cadence.DAILY)
    assert "1 imported author is still being looked up." in shown(client)


def test_who_gets_no_mail_is_told_where_to_change_that(client: Client, bob: User) -> None:
    assert 'href="/account#mail"' not in shown(client)
    Reader.objects.update(mail_off=True)
    page = shown(client)
    assert "Mail about new threads is switched off, so new threads are listed here only." in page
    assert 'href="/account#mail"' in page
    Reader.objects.update(mail_off=False)
    User.objects.update(mail_stopped="bounced", mail_stopped_at=timezone.now())
    page = shown(client)
    assert "We stopped sending mail to your address, so new threads are listed here only." in page
    assert 'href="/account#mail"' in page


def test_the_list_asks_the_same_queries_for_n_and_2n(
    client: Client, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    shown(client)
    authors = many_authors(20)
    number = 0
    for batch in (authors[:10], authors[10:]):
        for author in batch:
            follows.follow(bob, author, Cadence.DAILY)
            number += 100
            thread = wrote(author, number)
            Reading.objects.create(user=bob, thread=thread)
            wrote(author, number + 50)
        with django_assert_num_queries(QUERIES):
            shown(client)


QUERIES = 12
"""Session, person, plan, how many there are, the page, its threads, what was read, how many are followed, unread,
the feed's secret, whether mail is wanted, imports."""


def test_fifty_authors_are_a_page(client: Client, bob: User, settings: Settings) -> None:
    settings.BILLING_ENABLED = False
    follows.follow_all(bob, {author.id: Cadence.DAILY for author in many_authors(51)})
    assert shown(client).count('class="row author"') == 50
    assert shown(client, "?page=2&q=author").count('class="row author"') == 1
    assert "51 of 500 authors" in shown(client)
