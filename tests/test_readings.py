"""Where readers are, and what they have read."""

from datetime import UTC, datetime

import pytest
import time_machine

from accounts.models import User
from tests.threads import a_pile, a_post, a_thread, stored
from unroller.actions import readings
from unroller.core.posts import Pile
from unroller.models import Reading, Thread

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_the_last_place_counts() -> None:
    bob, thread = User.objects.create_user("bob@example.com"), a_thread(9)
    readings.note(bob, thread, post_id="4", position="post-4", finished=False)
    readings.note(bob, thread, post_id="7", position="post-7", finished=False)
    row = Reading.objects.get()
    assert (row.post_id, row.position, row.read_at) == ("7", "post-7", None)


def test_a_thread_stays_read_when_its_reader_goes_back_up() -> None:
    bob, thread = User.objects.create_user("bob@example.com"), a_thread(9)
    with time_machine.travel(NOON, tick=False):
        readings.note(bob, thread, post_id="9", position="post-9", finished=True)
    row = readings.note(bob, thread, post_id="1", position="post-1", finished=False)
    assert row.read_at == NOON
    assert readings.note(bob, thread, post_id="9", position="post-9", finished=True).read_at == NOON


def test_everybody_has_a_place_of_their_own() -> None:
    alice, bob = User.objects.create_user("alice@example.com"), User.objects.create_user("bob@example.com")
    thread = a_thread(9)
    readings.note(alice, thread, post_id="3", position="post-3", finished=False)
    readings.note(bob, thread, post_id="5", position="post-5", finished=True)
    readings.forget(bob, thread)
    assert Reading.objects.get().user == alice


def test_who_read_a_part_has_read_in_the_whole() -> None:
    """A thread that turns out to be a part of another takes what was read along."""
    alice, bob = User.objects.create_user("alice@example.com"), User.objects.create_user("bob@example.com")
    part = stored(a_pile(3, first=4))
    readings.note(alice, part, post_id="5", position="post-2", finished=False)
    readings.note(bob, part, post_id="6", position="post-3", finished=True)
    whole = stored(Pile(source="x", anchor_id="1", posts=(*a_pile(3).posts, *(a_post(n) for n in (4, 5, 6)))))
    assert not Thread.objects.filter(id=part.id).exists()
    assert {row.user for row in Reading.objects.filter(thread=whole)} == {alice, bob}
