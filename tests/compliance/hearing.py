"""Turns with Bluesky's stream, for tests."""

from datetime import timedelta

from django.utils import timezone

from tests.sandbox.world import World
from unroller.actions.compliance import EVERY, rounds, stream, vanished
from unroller.models import Sweep, Thread, Vanished
from unroller.sources.bluesky import jetstream


def hear() -> Sweep:
    """A turn with the stream, and what it told is done."""
    Sweep.objects.filter(look="stream").update(due_at=timezone.now())
    stream.go_on()
    for row in Vanished.objects.filter(done_at=None):
        vanished.run(str(row.pk))
    return Sweep.objects.get(look="stream")


def in_the_past(span: timedelta) -> None:
    """The stream was read last so long ago."""
    Sweep.objects.filter(look="stream").update(cursor=str(jetstream.now() - span // timedelta(microseconds=1)))


def asked_for_later() -> None:
    """All threads were looked at, and have time."""
    Thread.objects.update(look_at=timezone.now() + EVERY)


def is_due() -> bool:
    return rounds.due("bluesky").exists()


def subscriptions(world: World) -> list[frozenset[str]]:
    return [wish.dids for wish in world.bluesky.events.subscribers]
