"""Signing in by a code: one form for newcomers and for those who were here before."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.actions import newcomers
from accounts.models import Letter, User
from tests.accounts.signing import CODE, LOGIN, a_person, ask_for_code, newest_code, sign_in

pytestmark = pytest.mark.django_db


def test_a_newcomer_gets_a_code_and_with_it_an_account(client: Client) -> None:
    assert ask_for_code(client, "Ada@Example.com").headers["Location"] == CODE
    page = client.get(CODE)
    assert b"ada@example.com" in page.content
    assert b'autocomplete="one-time-code"' in page.content
    assert b'inputmode="numeric"' in page.content
    answer = client.post(CODE, {"code": newest_code("ada@example.com")})
    assert answer.headers["Location"] == "/"
    ada = User.objects.get()
    assert int(client.session["_auth_user_id"]) == ada.pk
    assert ada.email == "ada@example.com"
    assert not ada.has_usable_password()
    assert EmailAddress.objects.get(user=ada).verified


def test_somebody_who_was_here_before_gets_into_the_same_account(client: Client) -> None:
    bob = a_person()
    sign_in(client, "bob@example.com")
    assert int(client.session["_auth_user_id"]) == bob.pk
    assert User.objects.count() == 1


def test_an_address_typed_in_capitals_is_the_same_address(client: Client) -> None:
    bob = User.objects.create_user("Bob@Example.com")
    ask_for_code(client, "BOB@example.com")
    client.post(CODE, {"code": newest_code("bob@example.com")})
    assert int(client.session["_auth_user_id"]) == bob.pk
    assert User.objects.count() == 1


def test_a_code_may_be_typed_with_spaces(client: Client) -> None:
    ask_for_code(client)
    code = newest_code("bob@example.com")
    client.post(CODE, {"code": f" {code[:3]} {code[3:]} "})
    assert "_auth_user_id" in client.session


def test_one_returns_to_the_page_one_came_from(client: Client) -> None:
    page = client.get(f"{LOGIN}?next=/thread/x/1")
    assert b'name="next" value="/thread/x/1"' in page.content
    waiting = ask_for_code(client, next_page="/thread/x/1").headers["Location"]
    assert waiting == f"{CODE}?next=%2Fthread%2Fx%2F1"
    assert b'name="next" value="/thread/x/1"' in client.get(waiting).content
    answer = client.post(CODE, {"code": newest_code("bob@example.com"), "next": "/thread/x/1"})
    assert answer.headers["Location"] == "/thread/x/1"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "https://localhost/"],
)
def test_a_next_that_leads_elsewhere_is_refused(client: Client, elsewhere: str) -> None:
    assert ask_for_code(client, next_page=elsewhere).headers["Location"] == CODE
    answer = client.post(CODE, {"code": newest_code("bob@example.com"), "next": elsewhere})
    assert answer.headers["Location"] == "/"


def test_whoever_is_signed_in_is_led_on(client: Client) -> None:
    sign_in(client)
    assert client.get(f"{LOGIN}?next=/my-authors").headers["Location"] == "/my-authors"


def test_whoever_waits_for_a_code_is_led_to_it_and_on_to_where_they_want_to_go_now(client: Client) -> None:
    ask_for_code(client)
    assert client.get(f"{LOGIN}?next=/my-authors").headers["Location"] == f"{CODE}?next=%2Fmy-authors"


def test_one_can_start_again_with_another_address(client: Client) -> None:
    ask_for_code(client, "bbo@example.com")
    assert client.post("/accounts/logout/", {"next": f"{LOGIN}?next=/a"}).headers["Location"] == f"{LOGIN}?next=/a"
    assert client.get(LOGIN).status_code == 200
    assert client.get(CODE).headers["Location"] == LOGIN


def test_another_code_can_be_had_and_replaces_the_first(client: Client) -> None:
    ask_for_code(client)
    first = newest_code("bob@example.com")
    assert b"Mail me another code" in client.get(CODE).content
    client.post(CODE, {"action": "resend"})
    assert Letter.objects.count() == 2
    second = newest_code("bob@example.com")
    if first != second:
        assert client.post(CODE, {"code": first}).status_code == 200
    client.post(CODE, {"code": second})
    assert "_auth_user_id" in client.session


def test_no_more_than_two_further_codes_are_mailed(client: Client) -> None:
    ask_for_code(client)
    for _ in range(4):
        client.post(CODE, {"action": "resend"})
    assert Letter.objects.count() == 3
    assert b"Mail me another code" not in client.get(CODE).content


def test_three_wrong_codes_end_it(client: Client) -> None:
    ask_for_code(client)
    code = newest_code("bob@example.com")
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(2):
        answer = client.post(CODE, {"code": wrong})
        assert b"That is not the code" in answer.content
    assert client.post(CODE, {"code": wrong}).headers["Location"] == LOGIN
    assert client.post(CODE, {"code": code}).headers["Location"] == LOGIN
    assert "_auth_user_id" not in client.session


def test_a_code_is_good_for_a_quarter_of_an_hour(client: Client) -> None:
    with time_machine.travel("2026-11-22T12:00:00Z", tick=False) as clock:
        ask_for_code(client)
        clock.shift(timedelta(minutes=16))
        assert client.post(CODE, {"code": newest_code("bob@example.com")}).headers["Location"] == LOGIN
    assert "_auth_user_id" not in client.session


def test_a_code_opens_once(client: Client) -> None:
    ask_for_code(client)
    code = newest_code("bob@example.com")
    client.post(CODE, {"code": code})
    assert "_auth_user_id" in client.session
    client.post("/accounts/logout/")
    client.post(CODE, {"code": code})
    ask_for_code(client)
    client.post(CODE, {"code": code})
    assert "_auth_user_id" not in client.session


def test_a_code_is_of_no_use_in_another_browser(client: Client) -> None:
    ask_for_code(client)
    thief = Client()
    thief.post(CODE, {"code": newest_code("bob@example.com")})
    assert "_auth_user_id" not in thief.session


def test_a_session_lasts_thirty_days(client: Client) -> None:
    sign_in(client)
    assert client.session.get_expiry_age() == pytest.approx(timedelta(days=30).total_seconds(), abs=60)
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.parametrize("email", ["", "bob", "bob@", "a" * 250 + "@example.com", "bob@example.com\x00"])
def test_what_is_no_address_is_said_so(client: Client, email: str) -> None:
    answer = ask_for_code(client, email)
    assert answer.status_code == 200
    assert b"errorlist" in answer.content
    assert not Letter.objects.exists()
    assert not User.objects.exists()


def test_signing_up_is_the_same_page(client: Client) -> None:
    assert client.get("/accounts/signup/?next=/a").headers["Location"] == f"{LOGIN}?next=%2Fa"
    assert client.get("/accounts/signup/").headers["Location"] == LOGIN


def test_signing_out_ends_the_session(client: Client) -> None:
    sign_in(client)
    session = client.session.session_key
    assert client.get("/accounts/logout/").status_code == 200
    assert client.post("/accounts/logout/").headers["Location"] == "/"
    client.cookies["sessionid"] = session or ""
    assert client.get("/accounts/sessions/").status_code == 302


def test_the_admin_has_no_door_of_its_own(client: Client) -> None:
    boss = User.objects.create_superuser("boss@example.com", "a long password")
    assert client.get("/admin/login/?next=/admin/").headers["Location"] == f"{LOGIN}?next=%2Fadmin%2F"
    client.post("/admin/login/", {"username": boss.email, "password": "a long password"})
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db(transaction=True)
def test_many_who_type_one_new_address_at_once_make_one_account() -> None:
    def ask(_: int) -> int | None:
        try:
            user = newcomers.account_of("bob@example.com")
            return user.pk if user else None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        accounts = set(threads.map(ask, range(24)))
    assert accounts == {User.objects.get().pk}
    assert EmailAddress.objects.count() == 1


# Newcomers that never came


def test_an_address_nobody_proves_is_forgotten_after_a_day(client: Client) -> None:
    with time_machine.travel(timezone.now() - timedelta(hours=25)):
        ask_for_code(client, "never@example.com")
    ask_for_code(Client(), "soon@example.com")
    a_person()
    operator = User.objects.create_superuser("boss@example.com")
    User.objects.update(joined_at=timezone.now() - timedelta(days=2))
    User.objects.filter(email="soon@example.com").update(joined_at=timezone.now())
    newcomers.tidy()
    assert set(User.objects.values_list("email", flat=True)) == {"soon@example.com", "bob@example.com", operator.email}


def test_asking_again_on_the_next_day_keeps_the_account_for_another(client: Client) -> None:
    ask_for_code(client)
    User.objects.update(joined_at=timezone.now() - timedelta(hours=23, minutes=59))
    ask_for_code(Client())
    newcomers.tidy()
    client.post(CODE, {"code": newest_code("bob@example.com")})
    assert User.objects.get().joined_at > timezone.now() - timedelta(minutes=5)


def test_whoever_claimed_an_address_by_way_of_a_network_does_not_share_the_account_with_its_owner(
    client: Client,
) -> None:
    claimed = newcomers.account_of("bob@example.com")
    SocialAccount.objects.create(user=claimed, provider="x", uid="666")
    sign_in(client)
    assert User.objects.get() == claimed
    assert not SocialAccount.objects.exists()


def test_a_network_that_was_connected_later_stays(client: Client) -> None:
    sign_in(client)
    SocialAccount.objects.create(user=User.objects.get(), provider="x", uid="1")
    client.post("/accounts/logout/")
    sign_in(client)
    assert SocialAccount.objects.exists()
