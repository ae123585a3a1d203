"""The bot in the admin."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.operating import an_operator
from unroller.actions.bot import days
from unroller.models import BotAccount, LeftAlone, Mention

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(client: Client) -> Client:
    return an_operator(client)


@pytest.mark.parametrize("model", ["botaccount", "botday", "mention", "leftalone"])
def test_charlie_does_not_get_in(client: Client, model: str) -> None:
    client.force_login(User.objects.create_user("charlie@example.org"))
    assert client.get(f"/admin/unroller/{model}/").status_code == 302


def test_accounts_are_shown_without_their_secrets(operator: Client) -> None:
    BotAccount.objects.create(source="x", handle="unroller", sealed="a secret", due_at=timezone.now())
    for page in ("/admin/unroller/botaccount/", "/admin/unroller/botaccount/x/change/"):
        found = operator.get(page).content.decode()
        assert "unroller" in found
        assert "a secret" not in found


def test_days_say_what_they_cost(operator: Client) -> None:
    days.count("x", answers=2, micros=20_000)
    assert "0.020" in operator.get("/admin/unroller/botday/").content.decode()


def test_mentions_say_why_the_bot_kept_silent_but_not_what_was_written(operator: Client) -> None:
    row = Mention.objects.create(
        source="x",
        key="1",
        asker_id="7",
        asker_handle="ana",
        written_at=timezone.now(),
        state="silent",
        reason="bot",
        document={"text": "their words"},
    )
    assert "ana" in operator.get("/admin/unroller/mention/", {"q": "ana"}).content.decode()
    page = operator.get(f"/admin/unroller/mention/{row.pk}/change/").content.decode()
    assert "does not answer other bots" in page
    assert "their words" not in page


def test_an_operator_has_somebody_left_alone_and_not_any_more(operator: Client) -> None:
    operator.post("/admin/unroller/leftalone/add/", {"source": "x", "network_id": "7", "reason": "wrote to us"})
    row = LeftAlone.objects.get()
    operator.post(f"/admin/unroller/leftalone/{row.pk}/delete/", {"post": "yes"})
    assert not LeftAlone.objects.exists()
