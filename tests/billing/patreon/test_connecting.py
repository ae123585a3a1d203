"""Connecting an account at Patreon: /patreon, the way there, the way back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from billing.actions import patrons
from billing.models import Alert, Grant, Patron
from tests.billing.patreon.walking import (
    CALLBACK,
    DISCONNECT,
    PAGE,
    agree,
    ask,
    come_back,
    connect,
    grant_of,
    has_premium,
    query,
    signed_in,
)
from tests.sandbox.patreon.network import Patreon
from tests.sandbox.world import World

pytestmark = pytest.mark.django_db


def test_a_patron_who_connects_has_premium_until_three_days_after_the_next_look(alice: User, patreon: Patreon) -> None:
    mina = patreon.person("Mina Falk")
    member = patreon.join(mina, 300)
    assert "You have premium" in connect(alice, mina)
    assert has_premium(alice)
    patron, grant = Patron.objects.get(user=alice), grant_of(alice)
    assert (patron.patreon_id, patron.member_id) == (mina.id, member.id)
    assert grant.source_ref == f"patreon:{member.id}"
    assert grant.ends_at is not None
    assert timedelta(days=3, hours=23) < grant.ends_at - timezone.now() <= timedelta(days=4)


def test_patreon_is_asked_for_the_least_there_is(alice: User, patreon: Patreon, world: World) -> None:
    asked = query(ask(signed_in(alice)))
    assert asked["scope"] == ["identity"]
    assert asked["redirect_uri"] == ["http://localhost:8000/patreon/callback"]
    patreon.join(mina := patreon.person("Mina Falk"))
    connect(alice, mina)
    assert [entry.path for entry in world.log.of("patreon", "/api/")] == [
        "/api/oauth2/token",
        "/api/oauth2/v2/identity",
    ]


@pytest.mark.parametrize("cents", [100, 299])
def test_who_gives_less_is_connected_without_premium(alice: User, patreon: Patreon, cents: int) -> None:
    mina = patreon.person("Mina Falk")
    patreon.join(mina, cents)
    assert "$3.00 a month" in connect(alice, mina)
    assert Patron.objects.filter(user=alice).exists()
    assert not has_premium(alice)


def test_who_is_no_patron_is_connected_without_premium(alice: User, patreon: Patreon) -> None:
    connect(alice, patreon.person("Mina Falk"))
    assert Patron.objects.get(user=alice).member_id is None
    assert not has_premium(alice)


def test_a_patron_of_somebody_else_has_nothing_from_it(alice: User, patreon: Patreon) -> None:
    mina = patreon.person("Mina Falk")
    patreon.join(mina, campaign=patreon.other_campaign)
    connect(alice, mina)
    assert not has_premium(alice)


def test_a_payment_that_is_pending_is_said_and_gives_nothing_yet(alice: User, patreon: Patreon) -> None:
    mina = patreon.person("Mina Falk")
    patreon.join(mina, charged="Pending")
    assert "still working on your payment" in connect(alice, mina)
    assert not has_premium(alice)


def test_a_free_trial_gives_premium(alice: User, patreon: Patreon) -> None:
    mina = patreon.person("Mina Falk")
    patreon.begin_trial(mina)
    connect(alice, mina)
    assert has_premium(alice)


def test_an_address_is_never_taken_for_a_proof(alice: User, patreon: Patreon) -> None:
    mina = patreon.person("Alice")
    mina.email = alice.email
    patreon.join(mina)
    assert patrons.look_at_due() == 0
    assert not has_premium(alice)


def test_connecting_again_looks_again(alice: User, patreon: Patreon) -> None:
    mina = patreon.person("Mina Falk")
    connect(alice, mina)
    patreon.join(mina)
    connect(alice, mina)
    assert has_premium(alice)
    assert Patron.objects.count() == 1


def test_one_account_at_patreon_is_one_account_here(alice: User, bob: User, patreon: Patreon) -> None:
    mina = patreon.person("Mina Falk")
    patreon.join(mina)
    connect(alice, mina)
    assert patrons.TAKEN in connect(bob, mina)
    assert not has_premium(bob)
    assert has_premium(alice)
    tomas = patreon.person("Tomás Rey")
    assert patrons.ANOTHER in connect(alice, tomas)
    assert Patron.objects.get().patreon_id == mina.id


def test_disconnecting_ends_what_it_gave_and_frees_it_for_another_account(
    alice: User, bob: User, patreon: Patreon
) -> None:
    mina = patreon.person("Mina Falk")
    patreon.join(mina)
    connect(alice, mina)
    answer = signed_in(alice).post(DISCONNECT)
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    assert not Patron.objects.exists()
    assert not has_premium(alice)
    connect(bob, mina)
    assert has_premium(bob)
    assert not has_premium(alice)


def test_disconnecting_leaves_other_gifts_alone(alice: User, patreon: Patreon) -> None:
    Grant.objects.create(user=alice, reason="helped us", starts_at=timezone.now())
    patreon.join(mina := patreon.person("Mina Falk"))
    connect(alice, mina)
    patrons.disconnect(alice)
    assert has_premium(alice)


def test_what_an_operator_revoked_stays_revoked(alice: User, bob: User, patreon: Patreon) -> None:
    patreon.join(mina := patreon.person("Mina Falk"))
    connect(alice, mina)
    Grant.objects.update(revoked_at=timezone.now())
    connect(alice, mina)
    assert not has_premium(alice)
    patrons.disconnect(alice)
    connect(bob, mina)
    assert not has_premium(bob)


def test_a_deleted_account_leaves_its_patron_free(alice: User, bob: User, patreon: Patreon) -> None:
    patreon.join(mina := patreon.person("Mina Falk"))
    connect(alice, mina)
    alice.delete()
    connect(bob, mina)
    assert has_premium(bob)


def test_saying_no_at_patreon_changes_nothing(alice: User, patreon: Patreon) -> None:
    client = signed_in(alice)
    assert come_back(client, agree(ask(client), "cancel")).headers["Location"] == PAGE
    assert b"Nothing was connected" in client.get(PAGE).content
    assert not Patron.objects.exists()


def test_a_way_back_is_good_once_and_in_its_own_session(alice: User, bob: User, patreon: Patreon) -> None:
    mina = patreon.person("Mina Falk")
    thief, victim = signed_in(alice), signed_in(bob)
    back = agree(ask(thief), mina.id)
    come_back(victim, back)
    assert patrons.LATE.encode() in victim.get(PAGE).content
    assert not Patron.objects.exists()
    come_back(thief, back)
    come_back(thief, back)
    assert Patron.objects.get().user == alice


@pytest.mark.parametrize(
    "asked",
    ["", "?code=x", "?state=x", "?code=x&state=", "?code=x&state=%00", "?code=&state=é", "?error=access_denied"],
)
def test_a_way_back_that_nobody_asked_for_does_nothing(alice: User, patreon: Patreon, world: World, asked: str) -> None:
    client = signed_in(alice)
    assert client.get(f"{CALLBACK}{asked}").status_code == 303
    client.post(PAGE)
    assert client.get(f"{CALLBACK}{asked}").status_code == 303
    assert not Patron.objects.exists()
    assert not world.log.of("patreon", "/api/")


def test_a_code_that_is_far_too_long_is_not_sent_on(alice: User, patreon: Patreon, world: World) -> None:
    client = signed_in(alice)
    state = query(ask(client))["state"][0]
    client.get(CALLBACK, {"code": "x" * 1001, "state": state})
    assert not world.log.of("patreon", "/api/")


def test_who_comes_back_after_a_quarter_of_an_hour_starts_again(alice: User, patreon: Patreon, world: World) -> None:
    client = signed_in(alice)
    back = agree(ask(client), patreon.person("Mina Falk").id)
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        come_back(client, back)
    assert patrons.LATE.encode() in client.get(PAGE).content
    assert not world.log.of("patreon", "/api/")


def test_a_code_that_patreon_does_not_know_is_said_to_be_late(alice: User, patreon: Patreon) -> None:
    client = signed_in(alice)
    state = query(ask(client))["state"][0]
    client.get(CALLBACK, {"code": "made up", "state": state})
    assert patrons.LATE.encode() in client.get(PAGE).content
    assert not Alert.objects.exists()


@pytest.mark.parametrize("path", ["token", "identity"])
@pytest.mark.parametrize("kind", ["error", "error-html", "html", "rate-limited", "close", "cut-off"])
def test_when_patreon_is_away_that_is_said_and_nothing_happens(
    alice: User, patreon: Patreon, world: World, kind: str, path: str
) -> None:
    world.faults.add("patreon", kind, path=path, times=-1)  # type: ignore[arg-type]
    client = signed_in(alice)
    come_back(client, agree(ask(client), patreon.person("Mina Falk").id))
    assert patrons.AWAY.encode() in client.get(PAGE).content
    assert not Patron.objects.exists()
    assert not Alert.objects.exists()


def test_keys_that_patreon_refuses_are_told_to_operators_once(
    alice: User, patreon: Patreon, settings: Settings
) -> None:
    settings.ADMINS = [("", "ops@example.com")]
    settings.PATREON_CLIENT_SECRET = "wrong"
    mina = patreon.person("Mina Falk")
    assert patrons.OURS in connect(alice, mina)
    connect(alice, mina)
    alert = Alert.objects.get()
    assert (alert.kind, alert.key) == ("patreon", "keys")
    assert "invalid_client" in alert.sentence
    assert "wrong" not in alert.sentence


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same_person", [True, False])
def test_of_two_that_connect_one_patron_at_the_same_moment_one_is_connected(
    alice: User, bob: User, patreon: Patreon, *, same_person: bool
) -> None:
    patreon.join(mina := patreon.person("Mina Falk"))
    people = [alice, alice if same_person else bob]
    codes = [query(agree(ask(signed_in(each)), mina.id))["code"][0] for each in people]
    start = Barrier(len(people))

    def connect_now(user: User, code: str) -> str:
        start.wait()
        try:
            patrons.connect(user, code, callback="http://localhost:8000/patreon/callback")
        except patrons.NotConnected as error:
            return error.sentence
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(len(people)) as pool:
        said = list(pool.map(connect_now, people, codes))
    assert sorted(said) == (["", ""] if same_person else ["", patrons.TAKEN])
    assert Patron.objects.count() == Grant.objects.count() == 1
    assert has_premium(Patron.objects.get().user)
