"""Looking at patrons again: after a webhook, and all of them once a day."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from billing.actions import patrons
from billing.models import Alert, Patron
from billing.patreon import api
from tests.billing.patreon.walking import connect, connected, grant_of, has_premium
from tests.sandbox.patreon.model import Person
from tests.sandbox.patreon.network import Patreon
from tests.sandbox.world import World

pytestmark = pytest.mark.django_db

MEMBERS = "campaigns/4242/members"


def later(**ahead: float) -> time_machine.travel:
    return time_machine.travel(timezone.now() + timedelta(**ahead), tick=True)


def asked_for(world: World) -> int:
    """How many pages of the list were read."""
    return len(world.log.of("patreon", MEMBERS))


def test_nobody_is_asked_about_nobody(patreon: Patreon, world: World) -> None:
    patreon.join(patreon.person("Mina Falk"))
    assert patrons.look_at_due() == 0
    assert asked_for(world) == 0


def test_once_a_day_all_are_looked_at_and_a_patron_keeps_premium(alice: User, patreon: Patreon, world: World) -> None:
    patreon.join(mina := patreon.person("Mina Falk"))
    connect(alice, mina)
    assert patrons.look_at_due() == 0
    began = grant_of(alice).starts_at
    for _ in range(6):
        with later(days=1, seconds=1):
            assert patrons.look_at_due() == 1
            assert patrons.look_at_due() == 0
            Patron.objects.update(checked_at=timezone.now() - timedelta(days=1, seconds=1))
    assert asked_for(world) == 6
    assert grant_of(alice).starts_at == began
    with later(days=4):
        assert has_premium(alice)


@pytest.mark.parametrize(
    "act",
    [
        lambda patreon, mina: patreon.cancel(mina),
        lambda patreon, mina: patreon.charge(mina, "Declined"),
        lambda patreon, mina: patreon.charge(mina, "Fraud"),
        lambda patreon, mina: patreon.refund(mina),
        lambda patreon, mina: patreon.change(mina, 100),
        lambda patreon, mina: patreon.members.clear(),
    ],
)
def test_who_supports_us_no_more_is_found_although_no_webhook_came(
    alice: User, patreon: Patreon, act: Callable[[Patreon, Person], object]
) -> None:
    patreon.join(mina := patreon.person("Mina Falk"))
    connect(alice, mina)
    act(patreon, mina)
    with later(days=1):
        assert patrons.look_at_due() == 1
        assert not has_premium(alice)


def test_who_became_a_patron_after_connecting_is_found(alice: User, patreon: Patreon) -> None:
    connect(alice, mina := patreon.person("Mina Falk"))
    member = patreon.join(mina)
    with later(days=1):
        patrons.look_at_due()
        assert has_premium(alice)
    assert Patron.objects.get().member_id == member.id


def test_a_renewal_that_is_pending_takes_nothing_away_at_once(alice: User, patreon: Patreon) -> None:
    patreon.join(mina := patreon.person("Mina Falk"))
    connect(alice, mina)
    patreon.charge(mina, "Pending")
    with later(days=1):
        patrons.look_at_due()
        assert has_premium(alice)
    with later(days=3):
        patrons.look_at_due()
        assert has_premium(alice)
    with later(days=4, seconds=1):
        patrons.look_at_due()
        assert not has_premium(alice)
        patreon.charge(mina, "Paid")
        Patron.objects.update(checked_at=None)
        patrons.look_at_due()
        assert has_premium(alice)
        assert grant_of(alice).starts_at > timezone.now() - timedelta(minutes=1)


def test_nights_without_patreon_take_nothing_away_for_three_days(alice: User, patreon: Patreon, world: World) -> None:
    patreon.join(mina := patreon.person("Mina Falk"))
    connect(alice, mina)
    world.faults.add("patreon", "error", times=-1)
    for days, told in ((1, False), (2, True), (3, True)):
        with later(days=days):
            assert patrons.look_at_due() == 0
            assert has_premium(alice)
            assert Alert.objects.filter(kind="patreon", key="away").exists() is told
    with later(days=4):
        assert not has_premium(alice)
    assert Alert.objects.count() == 1


def test_a_creators_token_that_ran_out_ends_nobody_and_is_told_once(
    alice: User, patreon: Patreon, settings: Settings
) -> None:
    patreon.join(mina := patreon.person("Mina Falk"))
    patron = connected(alice, mina)
    settings.PATREON_CREATOR_TOKEN = "ran-out"
    Patron.objects.update(checked_at=None)
    assert patrons.look_at_due() == 0
    patrons.look_at(patron.id, patron.member_id or "")
    assert has_premium(alice)
    alert = Alert.objects.get()
    assert "401" in alert.sentence
    assert "ran-out" not in alert.sentence


def test_keys_of_another_campaign_end_nobody(alice: User, patreon: Patreon, settings: Settings) -> None:
    patreon.join(mina := patreon.person("Mina Falk"))
    patron = connected(alice, mina)
    Patron.objects.update(checked_at=None)
    settings.PATREON_CAMPAIGN_ID = "777"
    assert patrons.look_at_due() == 0
    patrons.look_at(patron.id, "00000000-0000-0000-0000-000000000000")
    assert has_premium(alice)
    assert Alert.objects.count() == 1


def test_a_list_is_read_page_by_page(
    alice: User, bob: User, patreon: Patreon, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "PAGE", 2)
    people = [patreon.person(f"Patron {number}") for number in range(5)]
    for each in people:
        patreon.join(each)
    connect(alice, people[0])
    connect(bob, people[4])
    patreon.cancel(people[0])
    with later(days=1):
        assert patrons.look_at_due() == 2
        assert not has_premium(alice)
        assert has_premium(bob)
    assert asked_for(world) == 3


def test_a_list_that_lacks_somebody_ends_nobody(alice: User, patreon: Patreon) -> None:
    mina = patreon.person("Mina Falk")
    patreon.left_out.add(patreon.join(mina).id)
    connect(alice, mina)
    with later(days=1):
        assert patrons.look_at_due() == 0
        assert has_premium(alice)


def test_a_page_that_fails_in_the_middle_ends_nobody_and_the_next_try_goes_on(
    alice: User, patreon: Patreon, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "PAGE", 1)
    patreon.join(patreon.person("Somebody Else"))
    mina = patreon.person("Mina Falk")
    patreon.join(mina)
    connect(alice, mina)
    world.faults.add("patreon", "error", path=MEMBERS, skip=1)
    with later(days=1):
        assert patrons.look_at_due() == 0
        assert has_premium(alice)
        assert patrons.look_at_due() == 1


def test_one_patron_is_asked_about_alone(alice: User, patreon: Patreon, world: World) -> None:
    patreon.join(mina := patreon.person("Mina Falk"))
    patron = connected(alice, mina)
    patreon.cancel(mina)
    Patron.objects.update(checked_at=None)
    patrons.look_at(patron.id, "")
    assert not has_premium(alice)
    assert asked_for(world) == 0


def test_nobody_is_asked_about_who_is_gone_or_has_no_membership(alice: User, patreon: Patreon, world: World) -> None:
    patron = connected(alice, patreon.person("Mina Falk"))
    world.log.clear()
    patrons.look_at(patron.id, "")
    patrons.look_at(patron.id + 1, "some-member")
    assert not world.log.of("patreon")


def test_a_webhook_that_came_while_an_older_list_was_read_is_not_forgotten(alice: User, patreon: Patreon) -> None:
    patreon.join(mina := patreon.person("Mina Falk"))
    patron = connected(alice, mina)
    Patron.objects.update(checked_at=None)
    patrons.look_at_due()
    member = patreon.cancel(mina)
    patrons.look_at(patron.id, member.id)
    assert not has_premium(alice)


def test_a_member_that_is_somebody_elses_gives_nothing(alice: User, patreon: Patreon) -> None:
    patron = connected(alice, patreon.person("Mina Falk"))
    member = patreon.join(patreon.person("Tomás Rey"))
    Patron.objects.update(checked_at=None)
    patrons.look_at(patron.id, member.id)
    assert not has_premium(alice)
    assert Patron.objects.get().checked_at is None


@pytest.mark.django_db(transaction=True)
def test_what_changes_while_the_list_is_read_is_not_overwritten(
    alice: User, patreon: Patreon, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "PAGE", 1)
    patreon.join(mina := patreon.person("Mina Falk"))
    patreon.join(patreon.person("Somebody Else"))
    patron = connected(alice, mina)

    def cancel() -> None:
        """In a thread of the sandbox, after the first page said that Mina pays."""
        patreon.cancel(mina)
        Patron.objects.update(checked_at=None)
        patrons.look_at(patron.id, "")
        connection.close()

    world.faults.at_call("patreon", 2, cancel, path=MEMBERS)
    with later(days=1):
        assert patrons.look_at_due() == 0
        assert not has_premium(alice)


@pytest.mark.django_db(transaction=True)
def test_a_patron_in_other_hands_is_not_waited_for(alice: User, patreon: Patreon) -> None:
    patreon.join(mina := patreon.person("Mina Falk"))
    patron = connected(alice, mina)
    Patron.objects.update(checked_at=None)
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT 1 FROM billing_patron FOR UPDATE")
        patrons.look_at(patron.id, "")
        assert patrons.look_at_due() == 0
    finally:
        other.rollback()
        other.close()
    assert patrons.look_at_due() == 1


def test_plain_http_is_for_this_machine_alone(alice: User, patreon: Patreon, settings: Settings) -> None:
    settings.PATREON_API_URL = "http://www.patreon.com"
    with pytest.raises(ImproperlyConfigured, match="PATREON_API_URL"):
        api.member("some-member")
