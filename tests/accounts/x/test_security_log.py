"""What the log of security says of signing in with X."""

import logging

import pytest
from django.test import Client

from tests.accounts.security_lines import lines
from tests.accounts.x.crossing import agree, come_back, go, join, person_in
from tests.sandbox.x.model import Person

pytestmark = pytest.mark.django_db


def test_a_newcomer_one_who_comes_back_and_one_who_cancels(
    client: Client, ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "accounts.security")
    join(client, ada, "ada@example.com")
    user = person_in(client)
    assert user is not None
    client.post("/accounts/logout/")
    come_back(client, ada)
    client.post("/accounts/logout/")
    client.get(agree(go(client), None))
    told = [(line["security"], line.get("person"), line.get("way"), line.get("why")) for line in lines(caplog)]
    assert told == [
        ("signed-in", user.pk, "x", None),
        ("signed-out", user.pk, None, None),
        ("signed-in", user.pk, "x", None),
        ("signed-out", user.pk, None, None),
        ("sign-in-failed", None, "x", "cancelled"),
    ]
