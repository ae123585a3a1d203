"""`/mail/stop/<token>`: ending mail with nothing but the address in it (RFC 8058)."""

from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from tests.followers import a_follower, a_new_thread, announced
from tests.pages.document import read
from unroller.actions import notifying, readers
from unroller.core.posts import Person
from unroller.models import Cadence, Follow, Notification, Reader

pytestmark = pytest.mark.django_db

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def client() -> Client:
    """A machine without cookies; nobody is signed in, and forms need what a browser needs."""
    return Client(enforce_csrf_checks=True)


def at(token: UUID) -> str:
    return f"/mail/stop/{token}"


def cadence(follow: Follow) -> str:
    follow.refresh_from_db()
    return follow.cadence


def is_off(user: User) -> bool:
    return Reader.objects.get(user=user).mail_off


# The button of a mail program


def test_one_click_ends_the_mail_about_an_author_at_once(client: Client) -> None:
    bob = a_follower()
    other = a_follower(person=Person(id="2", handle="iris", name="Iris", url="https://x.com/iris"))
    response = client.post(at(bob.mail_token), ONE_CLICK)
    assert response.status_code == 200
    assert "You get no mail about Mara Lindqvist" in read(response.content.decode()).text
    assert (cadence(bob), cadence(other), is_off(bob.user)) == (Cadence.HERE, Cadence.DAILY, False)


def test_one_click_in_a_digest_ends_all_mail(client: Client) -> None:
    bob = a_follower()
    response = client.post(at(bob.user.reader.mail_token), ONE_CLICK)
    assert response.status_code == 200
    assert (cadence(bob), is_off(bob.user)) == (Cadence.DAILY, True)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain"])
def test_one_click_may_come_in_any_form(client: Client, kind: str) -> None:
    bob = a_follower()
    body = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
    response = client.generic("POST", at(bob.mail_token), body, content_type=kind)
    assert (response.status_code, cadence(bob)) == (200, Cadence.HERE)


def test_one_click_twice_is_as_good_as_once(client: Client) -> None:
    bob = a_follower()
    for _ in range(2):
        assert client.post(at(bob.mail_token), ONE_CLICK).status_code == 200
    assert cadence(bob) == Cadence.HERE


def test_mail_that_waits_is_no_longer_sent(client: Client, mailoutbox: list[object]) -> None:
    bob = a_follower(cadence=Cadence.INSTANT)
    announced(a_new_thread())
    client.post(at(bob.mail_token), ONE_CLICK)
    assert notifying.send_due() == 0
    Notification.objects.update(due_at=timezone.now())
    assert notifying.send_due() == 0
    assert Notification.objects.get().outcome == Notification.Outcome.UNWANTED


def test_who_comes_back_before_the_morning_hears_what_waited(client: Client, mailoutbox: list[object]) -> None:
    bob = a_follower()
    announced(a_new_thread())
    client.post(at(bob.mail_token), ONE_CLICK)
    client.post(at(bob.mail_token), {"do": "again", "cadence": "daily"})
    Notification.objects.update(due_at=timezone.now())
    assert notifying.send_due() == 1


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_token_that_leads_nowhere_has_nothing_to_stop(client: Client, method: str) -> None:
    a_follower()
    response = getattr(client, method)(at(uuid4()))
    assert response.status_code == 200
    assert "There is no mail to stop" in response.content.decode()


def test_the_token_of_somebody_who_no_longer_follows_is_answered_alike(client: Client) -> None:
    bob = a_follower()
    token = bob.mail_token
    bob.delete()
    assert client.post(at(token), ONE_CLICK).status_code == 200


def test_the_token_of_one_reader_touches_nobody_else(client: Client) -> None:
    bob, dora = a_follower(), a_follower("dora@example.com")
    client.post(at(bob.mail_token), ONE_CLICK)
    client.post(at(bob.user.reader.mail_token), ONE_CLICK)
    assert (cadence(dora), is_off(dora.user)) == (Cadence.DAILY, False)


def test_no_answer_sets_a_cookie_redirects_or_is_kept(client: Client) -> None:
    bob = a_follower()
    for token in (bob.mail_token, bob.user.reader.mail_token, uuid4()):
        for response in (client.get(at(token)), client.post(at(token), ONE_CLICK), client.head(at(token))):
            assert response.status_code == 200
            assert not response.cookies
            assert "no-store" in response["Cache-Control"]


# The page


def test_who_looks_at_the_address_changes_nothing(client: Client) -> None:
    bob = a_follower()
    for token in (bob.mail_token, bob.user.reader.mail_token):
        client.get(at(token))
        client.head(at(token))
        assert client.put(at(token)).status_code == 405
    assert (cadence(bob), is_off(bob.user)) == (Cadence.DAILY, False)


def test_the_page_offers_to_stop_this_author_or_all(client: Client) -> None:
    bob = a_follower()
    page = client.get(at(bob.mail_token)).content.decode()
    assert "Stop mail about <bdi>Mara Lindqvist</bdi>?" in page
    assert 'name="do" value="author"' in page
    assert 'name="do" value="all"' in page
    assert '<meta name="robots" content="noindex">' in page
    assert "bob@example.com" not in page


def test_all_is_stopped_from_the_page_of_one_author(client: Client) -> None:
    bob = a_follower()
    page = client.post(at(bob.mail_token), {"do": "all"}).content.decode()
    assert "You get no mail about new threads" in page
    assert (cadence(bob), is_off(bob.user)) == (Cadence.DAILY, True)


def test_what_was_stopped_by_mistake_comes_again_as_before(client: Client) -> None:
    bob = a_follower(cadence=Cadence.WEEKLY)
    page = client.post(at(bob.mail_token), {"do": "author"}).content.decode()
    assert '<input type="hidden" name="cadence" value="weekly">' in page
    client.post(at(bob.mail_token), {"do": "again", "cadence": "weekly"})
    assert cadence(bob) == Cadence.WEEKLY


@pytest.mark.parametrize("nonsense", ["", "here", "hourly"])
def test_without_a_sensible_pace_it_comes_every_morning(client: Client, nonsense: str) -> None:
    bob = a_follower(cadence=Cadence.HERE)
    client.post(at(bob.mail_token), {"do": "again", "cadence": nonsense})
    assert cadence(bob) == Cadence.DAILY


def test_all_mail_comes_again_as_each_author_had_it(client: Client) -> None:
    bob = a_follower(cadence=Cadence.WEEKLY)
    readers.switch_mail(bob.user, off=True)
    page = client.post(at(bob.user.reader.mail_token), {"do": "again"}).content.decode()
    assert "Stop all mail about new threads?" in page
    assert (cadence(bob), is_off(bob.user)) == (Cadence.WEEKLY, False)


def test_a_reader_of_the_house_who_has_no_tokens_yet_can_stop_an_author(client: Client) -> None:
    bob = a_follower()
    Reader.objects.all().delete()
    assert client.get(at(bob.mail_token)).status_code == 200
    assert not Reader.objects.exists()
    client.post(at(bob.mail_token), ONE_CLICK)
    assert cadence(bob) == Cadence.HERE


def test_a_hostile_name_stays_a_name(client: Client) -> None:
    evil = Person(id="666", handle="evil", name="\"'><script>alert(1)</script>\u202e", url="https://x.com/evil")
    page = client.get(at(a_follower(person=evil).mail_token)).content.decode()
    assert "<script>alert" not in page
    assert "\u202e" not in page


def test_the_page_asks_few_questions(client: Client, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    bob = a_follower()
    with django_assert_num_queries(3):
        client.get(at(bob.mail_token))


def test_without_an_account_of_ours_nothing_but_a_token_leads_here(client: Client) -> None:
    assert client.get("/mail/stop/1").status_code == 404
    assert client.get("/mail/stop/").status_code == 404
