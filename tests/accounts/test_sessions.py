"""Where one is signed in, and signing out from afar."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts import browsers
from accounts.actions import sessions
from tests.accounts.signing import LOGIN, a_person, sign_in

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = "/accounts/sessions/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
    "Mobile/15E148 Safari/604.1"
)
CHROME = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
)


@pytest.fixture
def phone() -> Client:
    phone = Client(headers={"User-Agent": IPHONE})
    sign_in(phone)
    return phone


@pytest.fixture
def desk() -> Client:
    desk = Client(headers={"User-Agent": FIREFOX}, REMOTE_ADDR="2001:db8:1:2:3:4:5:6")
    sign_in(desk)
    return desk


def test_a_guest_is_asked_to_sign_in(client: Client) -> None:
    assert client.get(PAGE).headers["Location"] == f"{LOGIN}?next={PAGE}"


def test_all_of_them_are_listed_by_what_one_calls_them(phone: Client, desk: Client) -> None:
    page = desk.get(PAGE).content.decode()
    assert page.index("Firefox on Windows") < page.index("Safari on iPhone")
    assert page.count("this one") == 1
    assert "2001:db8:1:2::" in page


def test_one_signs_out_everywhere_else(phone: Client, desk: Client) -> None:
    assert desk.post(PAGE).headers["Location"] == PAGE
    assert phone.get(PAGE).status_code == 302
    assert b"Nowhere else" in desk.get(PAGE).content


def test_one_signs_out_one_of_them(phone: Client, desk: Client) -> None:
    tablet = Client()
    sign_in(tablet)
    lost = UserSession.objects.get(session_key=phone.session.session_key)
    assert desk.post(f"{PAGE}{lost.pk}/end/").headers["Location"] == PAGE
    assert phone.get(PAGE).status_code == 302
    assert tablet.get(PAGE).status_code == 200


def test_charlie_signs_nobody_else_out(phone: Client) -> None:
    charlie = Client()
    sign_in(charlie, "charlie@example.com")
    target = UserSession.objects.get(session_key=phone.session.session_key)
    assert charlie.post(f"{PAGE}{target.pk}/end/").status_code == 404
    assert Client().post(f"{PAGE}{target.pk}/end/").status_code == 302
    assert charlie.get(f"{PAGE}{target.pk}/end/").status_code == 405
    charlie.post(PAGE)
    assert phone.get(PAGE).status_code == 200
    assert b"iPhone" not in charlie.get(PAGE).content


def test_what_ran_out_is_deleted(phone: Client, desk: Client) -> None:
    Session.objects.filter(pk=phone.session.session_key).update(expire_date=timezone.now() - timedelta(minutes=1))
    sessions.tidy()
    assert [row.session_key for row in UserSession.objects.all()] == [desk.session.session_key]
    assert Session.objects.count() == 1


def test_a_million_sessions_are_held_against_each_other_at_once_and_not_one_by_one() -> None:
    """Beyond `work_mem` PostgreSQL would walk all sessions for each of them."""
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as queries:
        cursor.execute("SET LOCAL work_mem = '64kB'")
        sessions.tidy()
        of_notes = next(sql["sql"] for sql in queries if 'FROM "usersessions_usersession"' in sql["sql"])
        cursor.execute(f"EXPLAIN {of_notes}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Anti Join" in plan
    assert "SubPlan" not in plan


@pytest.mark.parametrize(
    ("header", "name"),
    [
        (FIREFOX, "Firefox on Windows"),
        (IPHONE, "Safari on iPhone"),
        (CHROME, "Chrome on Android"),
        (CHROME + " EdgA/140.0", "Edge on Android"),
        ("curl/8.0", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_browser_has_a_name(header: str, name: str) -> None:
    assert browsers.named(header) == name


def test_the_queries_do_not_grow(desk: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    sign_in(Client())
    sign_in(Client())
    with django_assert_max_num_queries(QUERIES):
        assert desk.get(PAGE).content.count(b'class="row"') == 3


QUERIES = 3
"""Session, person, sessions."""


def test_one_that_ran_out_is_not_listed_nor_counted(phone: Client, desk: Client) -> None:
    assert b"In 2 browsers" in desk.get("/account").content
    Session.objects.filter(pk=phone.session.session_key).update(expire_date=timezone.now() - timedelta(minutes=1))
    assert b"In 1 browser" in desk.get("/account").content
    assert b"iPhone" not in desk.get(PAGE).content


def test_a_new_password_leaves_no_other_session_behind(phone: Client, desk: Client) -> None:
    desk.post("/accounts/password/", {"password1": "three quiet herons", "password2": "three quiet herons"})
    (left,) = UserSession.objects.all()
    assert left.session_key == Session.objects.get().session_key == desk.session.session_key
    assert phone.get(PAGE).status_code == 302
    assert desk.get(PAGE).status_code == 200


def test_a_session_that_is_written_to_ends_thirty_days_after_signing_in_all_the_same(client: Client) -> None:
    sign_in(client)
    end = Session.objects.get(session_key=client.session.session_key).expire_date
    with time_machine.travel(timezone.now() + timedelta(days=20)):
        client.get("/premium?for=/library")
        session = client.session
        session["something"] = "new"
        session.save()
        later = Session.objects.get(session_key=session.session_key).expire_date
    assert abs(later - end) < timedelta(minutes=1)
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        assert client.get(PAGE).status_code == 302


def test_one_by_password_does_so_too(client: Client) -> None:
    a_person(password="three quiet herons")
    client.post("/accounts/login/password/", {"login": "bob@example.com", "password": "three quiet herons"})
    session = client.session
    with time_machine.travel(timezone.now() + timedelta(days=20)):
        assert session.get_expiry_age() == pytest.approx(timedelta(days=10).total_seconds(), abs=60)


@pytest.mark.parametrize("by_password", [False, True])
def test_a_session_that_was_planted_is_not_the_one_that_is_signed_in(client: Client, by_password: bool) -> None:
    a_person(password="three quiet herons")
    session = client.session
    session["wanted"] = {"path": "/library", "at": 0}
    session.save()
    planted = session.session_key or ""
    client.cookies["sessionid"] = planted
    if by_password:
        client.post("/accounts/login/password/", {"login": "bob@example.com", "password": "three quiet herons"})
    else:
        sign_in(client)
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert client.session.session_key != planted
    assert client.get(PAGE).status_code == 200
    assert thief.get(PAGE).status_code == 302


BY_TLS = """
import django
django.setup()
from django.conf import settings
from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.test import RequestFactory
answer = CsrfViewMiddleware(lambda request: HttpResponse(get_token(request)))(RequestFactory().get("/"))
print(answer.cookies["__Host-csrftoken"].OutputString())
print(settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_DOMAIN)
"""


def test_behind_tls_cookies_belong_to_this_host_alone() -> None:
    site = {"SITE_URL": "https://unroller.example", "ALLOWED_HOSTS": "unroller.example", "TRUSTED_PROXIES": "127.0.0.1"}
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "unroller.settings", **site}
    run = subprocess.run(
        [sys.executable, "-c", BY_TLS], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    *_, cookie, session = run.stdout.splitlines()
    assert {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert session == "__Host-sessionid True None"
