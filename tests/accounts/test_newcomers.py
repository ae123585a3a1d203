"""Accounts that vanish or appear while somebody is on their way in."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.actions import closing, newcomers
from accounts.models import User
from tests.accounts.signing import CODE, a_person, ask_for_code, newest_code, sign_in

pytestmark = pytest.mark.django_db


def test_a_code_of_an_account_that_is_gone_is_no_code(client: Client) -> None:
    bob = a_person()
    ask_for_code(client)
    code = newest_code(bob.email)
    closing.ask(bob)
    closing.close(str(bob.id))
    answer = client.post(CODE, {"code": code}, follow=True)
    assert answer.status_code == 200
    assert b"That is not the code" in answer.content
    assert "_auth_user_id" not in client.session


def test_an_account_that_is_tidied_away_while_it_is_looked_for_is_made_again(client: Client) -> None:
    newcomers.account_of("bob@example.com")
    tidied: list[str] = []

    def tidy_first(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT") and "LOWER" in sql and not tidied:
            tidied.append(sql)
            newcomers.make_room("bob@example.com", user=User(pk=0))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(tidy_first):
        user = newcomers.account_of("bob@example.com")
    assert tidied
    assert user is not None
    sign_in(client, "bob@example.com")
    assert client.session["_auth_user_id"] == str(user.pk)


def test_only_what_nobody_proved_is_dropped() -> None:
    bob, ada = a_person(), newcomers.account_of("ada@example.com")
    assert ada is not None
    assert newcomers.drop_unproved(ada)
    assert not newcomers.drop_unproved(ada)
    assert not newcomers.drop_unproved(bob)
    assert User.objects.get() == bob
