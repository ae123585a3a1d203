"""People, their mail and their farewells in the admin."""

from http import HTTPStatus

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.test import Client
from django.utils import timezone

from accounts import mail
from accounts.actions import closing
from accounts.models import Closing, Letter, User
from tests.accounts.signing import a_person, sign_in
from tests.operating import an_operator
from tests.threads import a_thread
from unroller.models import Follow

pytestmark = pytest.mark.django_db

GOOD = "three quiet herons"


@pytest.fixture
def operator(client: Client) -> Client:
    return an_operator(client)


@pytest.mark.parametrize("model", ["user", "letter", "closing"])
def test_charlie_does_not_get_in(client: Client, model: str) -> None:
    client.force_login(a_person("charlie@example.com"))
    assert client.get(f"/admin/accounts/{model}/").status_code != HTTPStatus.OK


def test_why_somebody_gets_no_mail_can_be_seen_and_ended(operator: Client) -> None:
    bob = a_person()
    User.objects.filter(id=bob.id).update(mail_stopped="bounced", mail_stopped_at=timezone.now())
    assert b"bob@example.com" in operator.get("/admin/accounts/user/?mail_stopped__exact=bounced").content
    form = {"email": bob.email, "name": "", "time_zone": "Europe/Berlin", "mail_stopped": "", "is_active": "on"}
    assert operator.post(f"/admin/accounts/user/{bob.id}/change/", form).status_code == HTTPStatus.FOUND
    bob.refresh_from_db()
    assert (bob.mail_stopped, bob.time_zone) == ("", "Europe/Berlin")


def test_a_zone_that_is_none_is_refused(operator: Client) -> None:
    bob = a_person()
    form = {"email": bob.email, "time_zone": "localtime", "is_active": "on"}
    assert operator.post(f"/admin/accounts/user/{bob.id}/change/", form).status_code == HTTPStatus.OK
    bob.refresh_from_db()
    assert bob.time_zone == "UTC"


def test_a_letter_is_seen_without_its_words(operator: Client) -> None:
    letter = mail.send("data_ready", "bob@example.com", {"url": "https://example.com/246810", "days": 7})
    assert b"246810" not in operator.get(f"/admin/accounts/letter/{letter.id}/change/").content
    assert b"bob@example.com" in operator.get("/admin/accounts/letter/?q=bob").content


def test_letters_and_closings_are_looked_at_and_not_edited(operator: Client) -> None:
    bob = a_person()
    row = closing.ask(bob)
    letter = mail.send("data_ready", bob.email, {"url": "", "days": 7})
    for address in (f"closing/{row.pk}", f"letter/{letter.pk}"):
        assert operator.get(f"/admin/accounts/{address}/change/").status_code == HTTPStatus.OK
        assert operator.post(f"/admin/accounts/{address}/delete/", {"post": "yes"}).status_code == HTTPStatus.FORBIDDEN
        assert operator.post(f"/admin/accounts/{address}/change/", {}).status_code == HTTPStatus.FORBIDDEN
    assert Closing.objects.count() == Letter.objects.count() == 1


@pytest.mark.parametrize("at_once", [True, False])
def test_people_who_are_deleted_by_an_operator_are_closed_like_all_others(operator: Client, at_once: bool) -> None:
    bob = a_person()
    Follow.objects.create(user=bob, author=a_thread(1).author)
    if at_once:
        form = {"action": "delete_selected", "_selected_action": [str(bob.id)], "post": "yes"}
        operator.post("/admin/accounts/user/", form)
    else:
        assert b"Are you sure" in operator.get(f"/admin/accounts/user/{bob.id}/delete/").content
        operator.post(f"/admin/accounts/user/{bob.id}/delete/", {"post": "yes"})
    assert Closing.objects.get().user_id == bob.id
    bob.refresh_from_db()
    assert not bob.is_active


def test_sessions_are_found_by_address_and_keys_of_networks_are_not_kept_here(operator: Client) -> None:
    bob = a_person()
    UserSession.objects.create(user=bob, ip="127.0.0.1", user_agent="Firefox", session_key="secret-key-of-bob")
    page = operator.get("/admin/usersessions/usersession/?q=bob").content
    assert b"bob@example.com" in page
    assert b"secret-key-of-bob" not in page
    for name in ("socialapp", "socialtoken"):
        assert operator.get(f"/admin/socialaccount/{name}/").status_code == HTTPStatus.NOT_FOUND


def test_an_address_that_an_operator_changes_is_a_key_no_longer(operator: Client) -> None:
    bob = a_person("bob@example.com", GOOD)
    mail.send("data_ready", bob.email, {"url": "", "days": 7})
    form = {"email": "New@Example.com", "name": "", "time_zone": "UTC", "is_active": "on"}
    assert operator.post(f"/admin/accounts/user/{bob.id}/change/", form).status_code == HTTPStatus.FOUND
    bob.refresh_from_db()
    assert bob.email == "new@example.com"
    assert not EmailAddress.objects.filter(user=bob).exists()
    assert Letter.objects.get().user == bob
    by_password = Client()
    by_password.post("/accounts/login/password/", {"login": "bob@example.com", "password": GOOD})
    assert "_auth_user_id" not in by_password.session
    visitor = Client()
    sign_in(visitor, "bob@example.com")
    assert int(visitor.session["_auth_user_id"]) != bob.pk
    visitor = Client()
    sign_in(visitor, "new@example.com")
    assert int(visitor.session["_auth_user_id"]) == bob.pk


def test_an_operator_adds_somebody_by_an_address_in_any_letters(operator: Client) -> None:
    form = {"email": "Carol@Example.com", "password1": GOOD, "password2": GOOD, "usable_password": "true"}
    assert operator.post("/admin/accounts/user/add/", form).status_code == HTTPStatus.FOUND
    assert User.objects.filter(email="carol@example.com").exists()


def test_what_an_operator_changes_besides_leaves_the_address_alone(operator: Client) -> None:
    bob = a_person()
    form = {"email": bob.email, "name": "Bob", "time_zone": "UTC", "is_active": "on"}
    operator.post(f"/admin/accounts/user/{bob.id}/change/", form)
    assert EmailAddress.objects.get(user=bob).verified
