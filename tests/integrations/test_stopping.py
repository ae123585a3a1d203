"""Services that are told nothing any more: why, who says so, and how it goes on."""

import pytest
from django.core import mail as outbox
from pytest_django import Settings

from accounts.actions import banning
from accounts.models import Letter, User
from tests.integrations.told import a_readwise, a_webhook, later, tell
from tests.marking import mark
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.server import Sandbox
from tests.test_library import many_threads
from tests.threads import a_thread
from unroller import sealing
from unroller.actions import deliveries, integrations, library
from unroller.actions.integrations import CannotConnect
from unroller.models import Delivery, Integration, Thread

pytestmark = pytest.mark.django_db


def test_410_stops_it_and_its_reader_is_told_once(alice: User, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    for thread in many_threads(3):
        library.save(alice, thread)
    sandbox.world.faults.add("receiver", "error", status=410, times=FOR_EVER)
    tell(row)
    assert row.stopped_at is not None
    assert not Delivery.objects.filter(finished_at=None).exists()
    letter = Letter.objects.get(name="integration_stopped")
    assert (letter.to, letter.user) == ("alice@example.com", alice)
    assert row.url in letter.text
    assert "It said that it wants nothing any more (410)." in letter.text
    assert "/account/integrations" in letter.html
    later(row)
    library.save(alice, a_thread(1, first=900))
    assert Letter.objects.filter(name="integration_stopped").count() == 1
    assert not Delivery.objects.filter(finished_at=None).exists()
    assert outbox.outbox == []


def test_the_services_of_who_is_banned_rest_until_the_ban_is_lifted(
    alice: User, thread: Thread, sandbox: Sandbox
) -> None:
    row, (notes, _) = a_webhook(alice, sandbox), a_readwise(alice, sandbox)
    library.save(alice, thread)
    mark(alice, thread, "Bread", 0)
    banning.ban_account(alice, "spam")
    told = len(sandbox.world.receiver.received)
    assert deliveries.sweep() == 0
    tell(row)
    tell(notes)
    assert (len(sandbox.world.receiver.received), Delivery.objects.filter(delivered=True).count()) == (told, 1)
    banning.lift_account(alice)
    assert deliveries.sweep() == 2
    tell(row)
    tell(notes)
    assert not Delivery.objects.filter(delivered=False).exists()


def test_fifty_failures_in_a_row_stop_it(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    library.save(alice, thread)
    sandbox.world.faults.add("receiver", "error", times=FOR_EVER)
    Integration.objects.filter(id=row.id).update(failures=deliveries.MOST_FAILURES - 2)
    going = Integration.objects.filter(stopped_at=None)
    later(row)
    assert going.exists()
    later(row)
    assert not going.exists()
    assert Letter.objects.filter(name="integration_stopped").count() == 1


def test_one_that_was_stopped_can_be_switched_on_again(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    sandbox.world.faults.add("receiver", "error", status=410)
    integrations.ping(row)
    tell(row)
    with pytest.raises(CannotConnect):
        integrations.ping(row)
    integrations.resume(row)
    library.save(alice, thread)
    tell(row)
    assert (row.stopped_at, row.failures, row.sentence) == (None, 0, "")
    assert len(sandbox.world.receiver.of("saved")) == 1


def test_a_secret_that_cannot_be_read_any_more_stops_it(alice: User, thread: Thread, sandbox: Sandbox) -> None:
    row = a_webhook(alice, sandbox)
    Integration.objects.filter(id=row.id).update(secret="made with another key")
    library.save(alice, thread)
    tell(row)
    assert row.stopped_at is not None
    assert "remove it and connect it again" in row.sentence


def test_another_key_of_the_site_opens_no_secret(settings: Settings) -> None:
    sealed = sealing.seal("hush")
    assert "hush" not in sealed
    assert sealing.unseal(sealed) == "hush"
    settings.SECRET_KEY = "another"
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(sealed)
