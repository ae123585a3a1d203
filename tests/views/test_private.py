"""`/private`, `/private/<secret>`, `/private-links`: what a member makes, and who has the address reads."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from billing.models import Grant
from tests.accounts.signing import a_person
from tests.private import a_chain, a_link, address, end
from tests.sandbox.world import World
from tests.test_unrolling import unroll
from unroller import store, unguessable
from unroller.actions import unrolling
from unroller.models import Job, PrivateLink, Saved, Thread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox", "billing")]

MOVING = {"HX-Request": "true"}


@pytest.fixture
def link(world: World) -> str:
    return world.x.link(a_chain(world)[0])


def made(client: Client, link: str, days: str = "7") -> PrivateLink:
    """A link, by the form, its thread fetched."""
    answer = client.post("/private", {"url": link, "days": days})
    row = PrivateLink.objects.latest("created_at")
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, address(row))
    if row.job_id:
        unrolling.run(str(row.job_id))
    row.refresh_from_db()
    return row


def test_who_is_no_member_gets_the_offer(client: Client, link: str) -> None:
    charlie = Client()
    charlie.force_login(a_person("charlie@example.com"))
    for reader in (client, charlie):
        assert reader.get("/private").status_code == HTTPStatus.PAYMENT_REQUIRED
        assert reader.post("/private", {"url": link}).status_code == HTTPStatus.PAYMENT_REQUIRED
    assert not Job.objects.exists()


def test_without_billing_everybody_with_an_account_may(client: Client, settings: Settings) -> None:
    settings.BILLING_ENABLED = False
    assert client.get("/private")["Location"] == "/accounts/login/?next=/private"
    client.force_login(a_person("charlie@example.com"))
    assert client.get("/private").status_code == HTTPStatus.OK


@pytest.mark.usefixtures("alice")
def test_the_form_takes_a_link_along(client: Client) -> None:
    assert 'value="https://x.com/a/status/1"' in client.get("/private?url=https://x.com/a/status/1").content.decode()


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize("days", [1, 7, 30])
def test_a_member_makes_a_link_for_so_many_days(client: Client, link: str, days: int) -> None:
    row = made(client, link, str(days))
    assert abs(row.expires_at - timezone.now() - timedelta(days=days)) < timedelta(minutes=1)


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize("days", ["", "8", "-1", "100000000000000000000", "x"])
def test_any_other_time_counts_as_a_week(client: Client, link: str, days: str) -> None:
    row = made(client, link, days)
    assert abs(row.expires_at - timezone.now() - timedelta(days=7)) < timedelta(minutes=1)


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize("text", ["", "nonsense", "https://example.com/", "x" * 3000, "\x00"])
def test_what_is_no_link_is_answered_by_one_sentence(client: Client, text: str) -> None:
    answer = client.post("/private", {"url": text, "days": "7"})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert b'role="alert"' in answer.content
    assert not PrivateLink.objects.exists()


@pytest.mark.usefixtures("alice")
def test_private_unrolls_count_like_others(client: Client, world: World, settings: Settings) -> None:
    settings.UNROLLS_AN_HOUR = 1
    posts = a_chain(world)
    made(client, world.x.link(posts[0]))
    assert made(client, world.x.link(posts[1])).job is None
    other = world.x.link(world.x.post(world.x.person("other"), "Something else."))
    assert client.post("/private", {"url": other}).status_code == HTTPStatus.TOO_MANY_REQUESTS


@pytest.mark.usefixtures("alice")
def test_a_friend_reads_it_without_an_account(client: Client, link: str) -> None:
    friend, row = Client(), made(client, link)
    page = friend.get(address(row))
    words = page.content.decode()
    assert page.status_code == HTTPStatus.OK
    assert all(f"Secret {number} of it." in words for number in (1, 2, 3))
    for other in ("canonical", "og:", "Follow", "/save", "Keep current", "More from", "/refresh", "data-copy", ".pdf"):
        assert other not in words, other


@pytest.mark.usefixtures("alice")
def test_nobody_keeps_indexes_or_passes_on_the_page(client: Client, link: str) -> None:
    row = made(client, link)
    for where, policy in ((address(row), "no-referrer"), ("/private/" + "A" * 43, "same-origin")):
        page = Client().get(where)
        assert "noindex" in page["X-Robots-Tag"]
        assert page["Referrer-Policy"] == policy
        assert {"private", "no-store"} <= set(page["Cache-Control"].replace(",", "").split())
        assert b'<meta name="robots" content="noindex' in page.content
    assert store.client().keys("page:*") == []


@pytest.mark.usefixtures("alice")
def test_its_owner_copies_the_address_and_friends_do_not_see_whose_it_is(client: Client, link: str) -> None:
    row = made(client, link)
    assert f'data-copy="http://localhost:8000{address(row)}"' in client.get(address(row)).content.decode()
    client.force_login(a_person("charlie@example.com"))
    page = client.get(address(row)).content.decode()
    assert "your private link" not in page
    assert "alice" not in page


@pytest.mark.usefixtures("alice")
def test_progress_is_shown_until_the_thread_is_here(client: Client, link: str) -> None:
    client.post("/private", {"url": link})
    row = PrivateLink.objects.get()
    Job.objects.update(posts_seen=12)
    page = Client().get(address(row)).content.decode()
    assert "12 posts so far" in page
    assert f'hx-get="{address(row)}"' in page
    assert "<html" not in Client().get(address(row), headers=MOVING).content.decode()
    unrolling.run(str(row.job_id))
    assert Client().get(address(row), headers=MOVING)["HX-Redirect"] == address(row)


@pytest.mark.usefixtures("alice")
def test_a_fetch_that_failed_says_why(client: Client, world: World) -> None:
    posts = a_chain(world)
    world.x.delete(*posts)
    row = made(client, world.x.link(posts[0]))
    assert b"This post does not exist." in Client().get(address(row)).content
    assert b"This post does not exist." in client.get("/private-links").content


@pytest.mark.usefixtures("alice")
def test_what_ended_was_revoked_or_never_was_looks_the_same(client: Client, world: World) -> None:
    posts = a_chain(world)
    ended, revoked = (made(client, world.x.link(posts[0])) for _ in range(2))
    gone = [address(ended), address(revoked), "/private/" + "A" * 43]
    end(ended)
    client.post(f"/private-links/{revoked.id}/revoke")
    pages = [Client().get(where) for where in gone]
    assert [page.status_code for page in pages] == [HTTPStatus.GONE] * 3
    assert "This link has ended" in pages[0].content.decode()
    strip = [page.content.decode().replace(where, "") for page, where in zip(pages, gone, strict=True)]
    assert len(set(strip)) == 1


def test_the_database_alone_opens_nothing(client: Client, alice: User, world: World) -> None:
    row = a_link(alice, world.x.link(a_chain(world)[0]))
    assert row.digest not in address(row)
    assert client.get(f"/private/{row.digest}").status_code == HTTPStatus.GONE


def test_links_outlive_a_change_of_the_sites_key(client: Client, alice: User, world: World, settings: Settings) -> None:
    row = a_link(alice, world.x.link(a_chain(world)[0]))
    where = address(row)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another", [settings.SECRET_KEY]
    client.force_login(alice)
    assert client.get(where).status_code == HTTPStatus.OK
    assert where in client.get("/private-links").content.decode()
    settings.SECRET_KEY_FALLBACKS = []
    client.force_login(alice)
    assert client.get(where).status_code == HTTPStatus.OK
    assert "can no longer be shown" in client.get("/private-links").content.decode()


def test_secrets_differ_by_what_they_open(alice: User, world: World) -> None:
    row = a_link(alice, world.x.link(a_chain(world)[0]))
    assert unguessable.secret("private link", row.id) != unguessable.secret("gift of a file", row.id)
    assert len(unguessable.secret("private link", row.id)) == 43


@pytest.mark.usefixtures("alice")
def test_a_link_to_a_public_thread_shows_it_without_lists(client: Client, link: str) -> None:
    unroll(link)
    page = Client().get(address(made(client, link))).content.decode()
    assert "Secret 1 of it." in page
    assert "Keep current" not in page


def test_the_list_is_ones_own(client: Client, alice: User, world: World) -> None:
    row = a_link(alice, world.x.link(a_chain(world)[0]))
    assert address(row) in client.get("/private-links").content.decode()
    client.force_login(a_person("charlie@example.com"))
    assert "You have none." in client.get("/private-links").content.decode()
    assert Client().get("/private-links").status_code == HTTPStatus.FOUND


def test_a_link_is_prolonged_and_revoked(client: Client, alice: User, world: World) -> None:
    row = a_link(alice, world.x.link(a_chain(world)[0]), 1)
    client.post(f"/private-links/{row.id}/prolong", {"days": "30"})
    assert PrivateLink.objects.get().expires_at > timezone.now() + timedelta(days=29)
    client.post(f"/private-links/{row.id}/revoke")
    assert not PrivateLink.objects.exists()
    assert not Thread.objects.exists()


def test_who_was_a_member_may_revoke_but_not_prolong(client: Client, alice: User, world: World) -> None:
    row = a_link(alice, world.x.link(a_chain(world)[0]))
    Grant.objects.all().delete()
    assert client.post(f"/private-links/{row.id}/prolong").status_code == HTTPStatus.PAYMENT_REQUIRED
    assert client.get("/private-links").status_code == HTTPStatus.OK
    assert client.get(address(row)).status_code == HTTPStatus.OK
    client.post(f"/private-links/{row.id}/revoke")
    assert not PrivateLink.objects.exists()


def test_its_owner_saves_it_and_reads_it_when_the_link_has_ended(client: Client, alice: User, world: World) -> None:
    row = a_link(alice, world.x.link(a_chain(world)[0]))
    assert row.thread is not None
    where = f"/private/thread/{row.thread.id}"
    assert f'action="{where}/save"' in client.get(address(row)).content.decode()
    assert client.post(f"{where}/save", {"back": address(row)})["Location"] == address(row)
    client.post(f"/private-links/{row.id}/revoke")
    assert Saved.objects.get().thread == row.thread
    assert where in client.get("/library").content.decode()
    page = client.get(where)
    assert b"Secret 1 of it." in page.content
    assert "no-store" in page["Cache-Control"]


def test_the_list_costs_the_same_for_one_link_and_for_many(client: Client, alice: User, world: World) -> None:
    a_link(alice, world.x.link(a_chain(world)[0]))
    client.get("/private-links")
    with CaptureQueriesContext(connection) as few:
        client.get("/private-links")
    for name in ("one", "two", "three"):
        a_link(alice, world.x.link(a_chain(world, 1, name)[0]))
    with CaptureQueriesContext(connection) as many:
        client.get("/private-links")
    assert len(many) == len(few)
