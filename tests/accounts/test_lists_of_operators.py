"""Lists of the admin answer what their own links ask, and tell nothing of what they do not show."""

import re
from html import unescape

import pytest
from django.contrib import admin
from django.test import Client

from accounts.models import Deed
from tests.operating import an_operator
from tests.whole_person import a_whole_person

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "asked",
    [
        "billing/gift/?code__startswith=A",
        "unroller/integration/?secret__startswith=a",
        "unroller/delivery/?integration__secret__startswith=a",
        "mfa/authenticator/?data__credential__startswith=a",
        "usersessions/usersession/?session_key__gte=k",
        "accounts/user/?password__startswith=a",
        "accounts/letter/?text__contains=246",
        "account/emailaddress/?user__password__startswith=a",
        "socialaccount/socialaccount/?extra_data__contains=a",
    ],
)
def test_nobody_guesses_a_secret_letter_by_letter(client: Client, asked: str) -> None:
    assert an_operator(client).get(f"/admin/{asked}").status_code == 400


def test_every_link_of_every_filter_works(client: Client) -> None:
    a_whole_person()
    operator, tried = an_operator(client), 0
    for model in admin.site._registry:
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        for link in map(unescape, re.findall(r'href="(\?[^"]+)"', operator.get(path).content.decode())):
            tried += 1
            assert operator.get(path + link).status_code == 200, path + link
    assert tried > 100


def test_rows_chosen_by_what_cannot_be_a_key_are_a_bad_request(client: Client) -> None:
    a_whole_person()
    operator = an_operator(client)
    for key in ("1", "a", "\x00"):
        chosen = {"action": "try_again", "_selected_action": [key]}
        assert operator.post("/admin/unroller/parcel/", chosen).status_code == 400
    assert operator.get("/admin/unroller/case/?state=%00").status_code == 400


def test_a_deed_is_written_down_whatever_is_sent_with_it(client: Client) -> None:
    sent = {"action": "a\x00b", "reason": "a\x00b", "select_across": "\x00", "who": "\x00", "name\x00": "x"}
    operator = an_operator(client)
    for path in ("unroller/thread/", "accounts/allowance/add/", "unroller/blockedhost/add/"):
        assert operator.post(f"/admin/{path}?a=b", sent).status_code in {200, 302, 400}
    assert Deed.objects.count() == 3
