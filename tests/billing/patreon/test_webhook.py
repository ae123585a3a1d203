"""What Patreon posts: believed when it is signed, and even then only as a reason to look."""

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import User
from billing.actions import patrons
from billing.models import Patron
from tests.billing.patreon.walking import WEBHOOK, connected, has_premium, newest, post
from tests.processes import Worker, until
from tests.sandbox.patreon.model import Person
from tests.sandbox.patreon.network import Hook, Patreon
from tests.sandbox.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def mina(patreon: Patreon) -> Person:
    return patreon.person("Mina Falk")


def look(patron: Patron) -> None:
    """What the worker does when it is rung for."""
    patrons.look_at(patron.id, "")


def test_a_webhook_has_somebody_look(
    alice: User,
    patreon: Patreon,
    mina: Person,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    patreon.join(mina)
    patron = connected(alice, mina)
    patreon.cancel(mina)
    with django_capture_on_commit_callbacks() as rung:
        assert [post(hook) for hook in patreon.hooks[-2:]] == [200, 200]
    assert len(rung) == 2
    patron.refresh_from_db()
    assert patron.checked_at is None
    assert has_premium(alice)
    look(patron)
    assert not has_premium(alice)


def test_what_a_webhook_says_is_not_believed(alice: User, patreon: Patreon, mina: Person) -> None:
    patreon.join(mina)
    patron = connected(alice, mina)
    patreon.cancel(mina)
    first = patreon.hooks[0]
    assert json.loads(first.body)["data"]["attributes"]["patron_status"] == "active_patron"
    for _ in range(3):
        assert post(first) == 200
        look(patron)
    assert not has_premium(alice)


@pytest.mark.parametrize(
    "event", ["members:create", "members:update", "members:delete", "members:pledge:create", "members:pledge:delete"]
)
def test_every_event_about_members_counts(alice: User, patreon: Patreon, mina: Person, event: str) -> None:
    connected(alice, mina)
    patreon.join(mina)
    assert post(newest(patreon), event=event) == 200
    assert Patron.objects.get().checked_at is None


@pytest.mark.parametrize("event", ["posts:publish", "posts:update", "", "campaigns:update"])
def test_events_about_other_things_are_taken_and_change_nothing(
    alice: User, patreon: Patreon, mina: Person, event: str
) -> None:
    connected(alice, mina)
    patreon.join(mina)
    assert post(newest(patreon), event=event) == 200
    assert Patron.objects.get().checked_at is not None


def test_who_is_not_connected_is_nobodys_business(patreon: Patreon, mina: Person, world: World) -> None:
    patreon.join(mina)
    assert post(newest(patreon)) == 200
    assert not Patron.objects.exists()
    assert not world.log.of("patreon")


def test_a_signature_that_does_not_fit_is_refused(alice: User, patreon: Patreon, mina: Person) -> None:
    connected(alice, mina)
    patreon.join(mina)
    hook = newest(patreon)
    changed = Hook(hook.event, hook.body + b" ", hook.signature)
    assert post(changed) == 400
    foreign = patreon.signed(hook.body, secret="x")
    for signature in ("", "0" * 32, hook.signature.upper(), f"{hook.signature}0", "é", foreign):
        assert post(hook, signature=signature) == 400
    assert Client().post(WEBHOOK, hook.body, content_type="application/json").status_code == 400
    assert Patron.objects.get().checked_at is not None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"null",
        b"\xff\xfe",
        b'{"data": 7}',
        b'{"data": {"id": "../../identity"}}',
        b'{"data": {"id": "a\\u0000b", "relationships": {"user": {"data": {"id": "1\\u0000"}}}}}',
        b"[" * 100_000,
    ],
)
def test_a_signed_body_that_cannot_be_read_is_taken_and_changes_nothing(
    alice: User, patreon: Patreon, mina: Person, body: bytes
) -> None:
    connected(alice, mina)
    assert post(Hook("members:update", body, patreon.signed(body))) == 200
    assert Patron.objects.get().checked_at is not None


def test_ten_megabytes_are_refused_unread(patreon: Patreon) -> None:
    body = b" " * 10_000_000
    assert post(Hook("members:update", body, patreon.signed(body))) in {400, 413}


def test_only_posts_are_taken(patreon: Patreon) -> None:
    assert Client().get(WEBHOOK).status_code == 405


def test_without_a_secret_nothing_is_taken(patreon: Patreon, mina: Person, settings: Settings) -> None:
    patreon.join(mina)
    settings.PATREON_WEBHOOK_SECRET = ""
    body = newest(patreon).body
    assert post(Hook("members:update", body, patreon.signed(body, secret=""))) == 404


def test_a_webhook_that_meets_patreon_away_is_made_up_for_by_the_list(
    alice: User, patreon: Patreon, mina: Person, world: World
) -> None:
    patreon.join(mina)
    patron = connected(alice, mina)
    patreon.cancel(mina)
    post(newest(patreon))
    world.faults.add("patreon", "error", times=2)
    look(patron)
    assert patrons.look_at_due() == 0
    assert has_premium(alice)
    assert patrons.look_at_due() == 1
    assert not has_premium(alice)


def test_who_was_never_charged_and_goes_is_found_missing(alice: User, patreon: Patreon, mina: Person) -> None:
    patreon.begin_trial(mina)
    patron = connected(alice, mina)
    patreon.cancel(mina)
    assert newest(patreon).event == "members:delete"
    post(newest(patreon))
    look(patron)
    assert has_premium(alice)
    patrons.look_at_due()
    assert not has_premium(alice)
    assert Patron.objects.get().member_id is None


def test_who_becomes_a_patron_after_connecting_is_known_by_the_first_webhook(
    alice: User, patreon: Patreon, mina: Person
) -> None:
    patron = connected(alice, mina)
    member = patreon.join(mina)
    post(newest(patreon))
    patrons.look_at(patron.id, member.id)
    assert has_premium(alice)
    assert Patron.objects.get().member_id == member.id


def test_a_worker_does_all_of_it(alice: User, patreon: Patreon, mina: Person, patron_worker: Worker) -> None:
    connected(alice, mina)
    patron_worker.start()
    patreon.join(mina)
    assert post(newest(patreon)) == 200
    until(lambda: has_premium(alice), what="premium after a webhook")
    patreon.cancel(mina)
    assert post(newest(patreon)) == 200
    until(lambda: not has_premium(alice), what="no premium after a webhook")
    assert Patron.objects.get().checked_at > timezone.now() - timedelta(minutes=1)  # type: ignore[operator]
