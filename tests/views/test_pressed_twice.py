"""Buttons that are pressed twice make one thing, and both presses lead there."""

import re
from datetime import timedelta
from http import HTTPStatus

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from tests.meeting import at_once
from tests.private import a_chain
from tests.sandbox.world import World
from unroller.actions import private_links, replays
from unroller.models import PrivateLink, Replay

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("billing")]


def key(client: Client, address: str) -> str:
    """The key of a form, as its page shows it."""
    found = re.search(r'name="once" value="([^"]+)"', client.get(address).content.decode())
    assert found is not None
    return found[1]


@pytest.fixture
def form(client: Client, alice: User, sandbox: object, world: World) -> dict[str, str]:
    """What alice sends who wants a private link."""
    return {"url": world.x.link(a_chain(world)[0]), "days": "7", "once": key(client, "/private")}


def test_one_private_link_is_made_at_the_same_moment(client: Client, form: dict[str, str], settings: Settings) -> None:
    settings.UNROLLS_AN_HOUR = 1
    answers = at_once(*[lambda: client.post("/private", form)] * 4)
    assert {answer.status_code for answer in answers} == {HTTPStatus.SEE_OTHER}
    assert len({answer["Location"] for answer in answers}) == 1
    assert PrivateLink.objects.count() == 1


def test_the_form_shown_again_the_same_form_with_other_words_and_no_key_make_another(
    client: Client, form: dict[str, str]
) -> None:
    anew = form | {"once": key(client, "/private")}
    keyless = form | {"once": ""}
    for wanted in (form, anew, form | {"days": "30"}, keyless, keyless):
        client.post("/private", wanted)
    assert PrivateLink.objects.count() == 5


def test_what_is_in_the_database_opens_no_link(client: Client, form: dict[str, str]) -> None:
    secret = client.post("/private", form)["Location"].rpartition("/")[2]
    kept = repr(Replay.objects.values())
    assert secret not in kept
    assert form["once"] not in kept


def test_a_link_that_was_revoked_stays_so_when_its_form_is_sent_again(client: Client, form: dict[str, str]) -> None:
    first = client.post("/private", form)["Location"]
    private_links.revoke(PrivateLink.objects.get())
    second = client.post("/private", form)["Location"]
    assert second != first
    assert client.get(first).status_code == HTTPStatus.GONE


def test_a_refused_press_leaves_the_form_to_be_sent_again(
    client: Client, form: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(private_links, "MOST", 0)
        assert client.post("/private", form).status_code == HTTPStatus.CONFLICT
    assert client.post("/private", form).status_code == HTTPStatus.SEE_OTHER


def test_keys_are_forgotten_after_a_day(client: Client, form: dict[str, str]) -> None:
    client.post("/private", form)
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1)):
        assert replays.tidy() == 1
