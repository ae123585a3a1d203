"""`POST /account/reading`: how pages look to somebody, and the two cookies that tell their browser."""

import re
from http import HTTPStatus

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from tests.accounts.signing import a_person, sign_in
from tests.pages.document import Element, read
from tests.threads import a_thread
from unroller import pages
from unroller.forms.account import LOOKS

pytestmark = pytest.mark.django_db
LOOK = {"theme": "sepia", "size": "4", "width": "wide", "face": "sans"}
SCRIPTED = {"Accept": "application/json"}


@pytest.fixture
def bob(client: Client) -> User:
    person = a_person("bob@example.com")
    client.force_login(person)
    return person


def page(client: Client) -> Element:
    return read(client.get("/account").content.decode())


def test_a_choice_made_on_a_page_is_kept_in_the_account(client: Client, bob: User) -> None:
    answer = client.post("/account/reading", LOOK, headers=SCRIPTED)
    assert answer.status_code == HTTPStatus.NO_CONTENT
    bob.refresh_from_db()
    assert bob.reading == "sepia.4.wide.sans"


def test_without_a_script_the_form_works_and_the_cookie_follows(client: Client, bob: User) -> None:
    client.get("/account")
    answer = client.post("/account/reading", LOOK)
    assert (answer.status_code, answer["Location"]) == (HTTPStatus.SEE_OTHER, "/account#reading")
    assert answer.cookies["reading"].value == "sepia.4.wide.sans"
    form = page(client).one("form", id="reading")
    assert {each["name"]: each["value"] for each in form.all("input") if "checked" in each.attributes} == LOOK


@pytest.mark.parametrize("wrong", [{}, LOOK | {"theme": "neon"}, LOOK | {"size": "3; Path=/"}])
def test_nonsense_about_looks_is_refused(client: Client, bob: User, wrong: dict[str, str]) -> None:
    assert client.post("/account/reading", wrong, headers=SCRIPTED).status_code == HTTPStatus.BAD_REQUEST
    bob.refresh_from_db()
    assert bob.reading == ""


def test_another_site_cannot_change_how_pages_look(client: Client, bob: User) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        assert client.post("/account/reading", LOOK, headers=headers).status_code == HTTPStatus.FORBIDDEN
    bob.refresh_from_db()
    assert bob.reading == ""


def test_a_guest_s_choice_stays_with_their_browser(client: Client) -> None:
    client.cookies["member"] = "1"
    answer = client.post("/account/reading", LOOK, headers=SCRIPTED)
    assert answer.status_code == HTTPStatus.NO_CONTENT
    assert answer.cookies["member"].value == ""
    assert "reading" not in answer.cookies


def test_scripts_forms_and_templates_mean_the_same_words() -> None:
    script = (django_settings.BASE_DIR / "unroller/static/preferences.js").read_text()
    in_script = {
        name: tuple(re.findall(r'"(\w+)"', words)) for name, words in re.findall(r"(\w+): \[([^]]+)\]", script)
    }
    assert in_script == LOOKS
    template = (django_settings.BASE_DIR / "templates/components/_looks.html").read_text()
    offered = re.findall(r'name="(\w+)" value="(\w+)"\{% if looks\.(\w+) == "(\w+)" %\}', template)
    assert all((name, word) == (asked, answer) for name, word, asked, answer in offered)
    assert {name: {word for each, word, *_ in offered if each == name} for name in LOOKS} == {
        name: set(words) for name, words in LOOKS.items()
    }


# The two cookies


def test_signing_in_and_out_tells_the_browser_at_once(client: Client) -> None:
    person = a_person()
    User.objects.update(reading="dark.2.narrow.serif")
    sign_in(client, person.email)
    member = client.cookies["member"]
    assert (member.value, client.cookies["reading"].value) == ("1", "dark.2.narrow.serif")
    assert not member["httponly"]
    assert member["samesite"] == "Lax"
    assert not {"member", "reading"} & set(client.get("/account").cookies)
    answer = client.post("/accounts/logout/")
    assert answer.cookies["member"].value == ""
    assert "reading" not in answer.cookies


def test_a_choice_made_on_another_machine_arrives_with_the_next_page(client: Client, bob: User) -> None:
    client.get("/account")
    client.cookies["reading"] = "auto.3.normal.serif"
    User.objects.update(reading="dark.5.wide.sans")
    assert client.get("/account").cookies["reading"].value == "dark.5.wide.sans"


def test_who_never_chose_keeps_what_the_browser_has(client: Client, bob: User) -> None:
    client.cookies["reading"] = "dark.5.wide.sans"
    answer = client.get("/account")
    assert "reading" not in answer.cookies
    checked = [each["value"] for each in read(answer.content.decode()).all("input") if "checked" in each.attributes]
    assert checked == ["dark", "5", "wide", "sans"]


def test_an_expired_session_is_noticed(client: Client, bob: User) -> None:
    client.get("/account")
    client.session.flush()
    assert client.get("/account").cookies["member"].value == ""


def test_cookies_are_secure_where_the_site_is(client: Client, bob: User, settings: Settings) -> None:
    settings.SESSION_COOKIE_SECURE = True
    assert client.get("/account", secure=True).cookies["member"]["secure"]


def test_a_shared_page_gets_no_cookie_and_asks_nobody_who_it_is_for(
    client: Client, bob: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    a_thread(3)
    Client().get("/thread/x/1")  # the first render fills caches
    with django_assert_num_queries(4) as asked:
        for_guest = Client().get("/thread/x/1")
    with django_assert_num_queries(len(asked)):
        for_bob = client.get("/thread/x/1")
    assert not [query for query in asked.captured_queries if "session" in query["sql"] or "_user" in query["sql"]]
    assert for_guest.content == for_bob.content
    for answer in (for_guest, for_bob):
        assert answer.has_header(pages.MARK)
        assert not answer.cookies
        assert "Cookie" not in answer.get("Vary", "")
