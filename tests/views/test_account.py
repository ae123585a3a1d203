"""`/account`, its mail switch, and how pages look to somebody."""

from datetime import UTC, datetime
from http import HTTPStatus

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.actions.people import zones
from accounts.models import MailStopped, User
from tests.accounts.signing import a_person
from tests.pages.document import Element, read
from tests.threads import a_thread
from unroller.models import Cadence, Follow, Notification, Reader

pytestmark = pytest.mark.django_db
LOOK = {"theme": "sepia", "size": "4", "width": "wide", "face": "sans"}
SCRIPTED = {"Accept": "application/json"}


@pytest.fixture
def bob(client: Client) -> User:
    person = a_person("bob@example.com")
    person.name = "Bob"
    person.save()
    client.force_login(person)
    return person


def page(client: Client) -> Element:
    return read(client.get("/account").content.decode())


@pytest.mark.parametrize("address", ["/account", "/account/mail", "/account/data", "/account/delete"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_guest_is_sent_to_sign_in_and_back(client: Client, address: str, method: str) -> None:
    answer = getattr(client, method)(address)
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.FOUND, f"/accounts/login/?next={address}")


def test_the_page_says_who_one_is_and_how_one_signs_in(client: Client, bob: User, settings: Settings) -> None:
    settings.X_CLIENT_ID = "an app"
    assert "Add a passkey" in page(client).text
    assert "Not connected" in page(client).text
    for name in ("laptop", "phone"):
        Authenticator.objects.create(user=bob, type="webauthn", data={"name": name})
    kept = {"id": "7", "username": "bobonx", "name": "Bob", "profile_image_url": ""}
    SocialAccount.objects.create(user=bob, provider="x", uid="7", extra_data=kept)
    bob.set_password("a long password")
    bob.save()
    client.force_login(bob)
    said = page(client).text
    for words in ("bob@example.com", "2 passkeys", "@bobonx", "Change password"):
        assert words in said


def test_without_keys_for_x_nothing_is_said_of_it(client: Client, bob: User, settings: Settings) -> None:
    settings.X_CLIENT_ID = ""
    assert "Connected to" not in page(client).text
    assert not page(client).all("a", href="/accounts/connections/")


@pytest.mark.parametrize(
    ("billing", "sentence"),
    [
        (True, "You have a free account."),
        (True, "You can follow up to 20 authors"),
        (False, "everything it can do is yours"),
    ],
)
def test_the_plan_is_said_in_a_sentence(
    client: Client, bob: User, settings: Settings, billing: bool, sentence: str
) -> None:
    settings.BILLING_ENABLED = billing
    assert sentence in page(client).text


def test_name_and_time_zone_are_saved(client: Client, bob: User) -> None:
    answer = client.post("/account", {"name": "  Robert \n of  B. ", "time_zone": "Asia/Kathmandu"}, follow=True)
    assert "Saved." in answer.content.decode()
    bob.refresh_from_db()
    assert (bob.name, bob.time_zone) == ("Robert of B.", "Asia/Kathmandu")
    chosen = [option["value"] for option in page(client).all("option") if "selected" in option.attributes]
    assert chosen == ["Asia/Kathmandu"]


@pytest.mark.parametrize("zone", ["Mars/Olympus", "localtime", "", "../etc/passwd", "europe/berlin"])
def test_a_zone_that_is_none_is_refused_and_the_form_stays_filled(client: Client, bob: User, zone: str) -> None:
    answer = client.post("/account", {"name": "Robert", "time_zone": zone})
    assert answer.status_code == HTTPStatus.UNPROCESSABLE_ENTITY
    assert read(answer.content.decode()).one("input", name="name")["value"] == "Robert"
    bob.refresh_from_db()
    assert (bob.name, bob.time_zone) == ("Bob", "UTC")


def test_postgresql_knows_every_zone_that_may_be_chosen() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_timezone_names")
        assert zones() - {name for (name,) in cursor.fetchall()} == set()
    assert {"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Calcutta"} <= zones()


@time_machine.travel(datetime(2026, 11, 22, 9, tzinfo=UTC), tick=False)
def test_mail_that_waits_for_a_morning_moves_with_the_time_zone(client: Client, bob: User) -> None:
    thread = a_thread(3)
    Follow.objects.create(user=bob, author=thread.author, cadence=Cadence.DAILY)
    tomorrow = datetime(2026, 11, 23, 8, tzinfo=UTC)
    row = Notification.objects.create(user=bob, thread=thread, created_at=timezone.now(), due_at=tomorrow)
    client.post("/account", {"name": "Bob", "time_zone": "America/New_York"})
    row.refresh_from_db()
    assert row.due_at == datetime(2026, 11, 22, 13, tzinfo=UTC)


def test_charlie_changes_only_himself(client: Client, bob: User) -> None:
    charlie = User.objects.create_user("charlie@example.com")
    client.force_login(charlie)
    client.post("/account", {"name": "Charlie", "time_zone": "Europe/Paris"})
    client.post("/account/mail", {"do": "off"})
    client.post("/account/reading", LOOK)
    bob.refresh_from_db()
    assert (bob.name, bob.time_zone, bob.reading) == ("Bob", "UTC", "")
    assert not Reader.objects.filter(user=bob).exists()
    assert "bob@example.com" not in page(client).text


def test_mail_about_new_threads_is_switched_off_and_on(client: Client, bob: User) -> None:
    for do, off in (("off", True), ("on", False)):
        button = page(client).one("button", name="do")
        assert button["value"] == do
        client.post("/account/mail", {"do": do})
        assert Reader.objects.get(user=bob).mail_off is off


def test_an_address_that_bounced_is_shown_and_can_be_tried_again(client: Client, bob: User) -> None:
    User.objects.update(mail_stopped=MailStopped.BOUNCED, mail_stopped_at=datetime(2026, 11, 3, tzinfo=UTC))
    assert "stopped sending mail to bob@example.com on November 3, 2026" in page(client).text
    answer = client.post("/account/mail", {"do": "resume"}, follow=True)
    assert "We send mail to bob@example.com again." in answer.content.decode()
    assert "stopped sending" not in answer.content.decode()
    bob.refresh_from_db()
    assert bob.mail_stopped == ""


def test_an_address_that_complained_is_told_why(client: Client, bob: User) -> None:
    User.objects.update(mail_stopped=MailStopped.COMPLAINED, mail_stopped_at=timezone.now())
    assert "reported as spam" in page(client).text


def test_mail_is_not_tried_again_without_end(client: Client, bob: User) -> None:
    for _ in range(3):
        client.post("/account/mail", {"do": "resume"})
    assert "several times" in client.post("/account/mail", {"do": "resume"}, follow=True).content.decode()


@pytest.mark.parametrize("billing", [True, False])
def test_the_queries_do_not_grow(
    client: Client, bob: User, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries, billing: bool
) -> None:
    settings.BILLING_ENABLED = billing
    client.get("/account")
    with django_assert_num_queries(QUERIES + 3 * billing):
        client.get("/account")
    for number in range(10):
        Authenticator.objects.create(user=bob, type="webauthn", data={"name": str(number)})
        UserSession.objects.create(user=bob, ip="::1", session_key=f"key{number}", user_agent="")
        Follow.objects.create(user=bob, author=a_thread(1, first=100 * (number + 1)).author) if number == 0 else None
    with django_assert_num_queries(QUERIES + 3 * billing):
        client.get("/account")


QUERIES = 7
"""Session, person, passkeys, X, browsers, reader, newest data export; with billing the plan, subscription, gifts."""


def test_nothing_on_the_page_is_inline_and_every_post_carries_its_token(client: Client, bob: User) -> None:
    User.objects.update(name='"><script>alert(1)</script>', mail_stopped="bounced", mail_stopped_at=timezone.now())
    answer = client.get("/account")
    found = read(answer.content.decode())
    for script in found.all("script"):
        assert script["src"].startswith("/static/")
    for form in found.all("form", method="post"):
        tokens = form.all("input", name="csrfmiddlewaretoken")
        assert len(tokens) == (0 if form["action"] in {"/account/reading", "/unroll"} else 1)
    assert found.one("input", name="name")["value"] == '"><script>alert(1)</script>'
    assert "no-store" in answer["Cache-Control"]
    ids = [each["id"] for each in found.walk() if each.get("id")]
    assert len(ids) == len(set(ids))


def test_a_form_without_its_token_changes_nothing(bob: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob)
    for address in ("/account", "/account/mail", "/account/data", "/account/delete"):
        assert client.post(address, {"name": "Eve", "time_zone": "UTC"}).status_code == HTTPStatus.FORBIDDEN
    bob.refresh_from_db()
    assert bob.name == "Bob"
