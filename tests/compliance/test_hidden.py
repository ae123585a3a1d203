"""Words of hidden threads: what a network deletes goes from them, too."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.compliance.test_rounds import SERVERS, a_chain, delete
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.world import World
from unroller.actions import moderating
from unroller.actions.compliance import hidden
from unroller.models import Hiding, Thread
from unroller.sources.presence import Loss, Presence

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox")]


@pytest.mark.parametrize("source", list(SERVERS))
def test_a_hidden_thread_loses_its_words_when_a_post_of_it_is_deleted(world: World, source: str) -> None:
    posts = a_chain(world, source)
    thread = Thread.objects.get()
    moderating.hide(thread.pk, "threats")
    assert hidden.go_on() == 0
    thread.refresh_from_db()
    assert thread.look_at is not None
    assert thread.look_at > timezone.now() + timedelta(hours=19)
    delete(world, source, posts[1])
    assert hidden.go_on() == 0  # it is not its turn
    Thread.objects.update(look_at=timezone.now())
    assert hidden.go_on() == 1
    assert Hiding.objects.get().document is None
    assert moderating.show_again(thread.pk)


def test_a_network_that_does_not_answer_is_asked_again_soon(world: World) -> None:
    a_chain(world, "bluesky")
    moderating.hide(Thread.objects.get().pk, "threats")
    world.faults.add("appview", "error", status=503, times=FOR_EVER)
    Thread.objects.update(look_at=None)
    assert hidden.go_on() == 0
    assert Hiding.objects.get().document is not None
    look_at = Thread.objects.get().look_at
    assert look_at is not None
    assert look_at < timezone.now() + timedelta(hours=1)


def test_while_one_worker_asks_for_a_thread_no_other_does(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    a_chain(world, "mastodon")
    moderating.hide(Thread.objects.get().pk, "threats")
    asked: list[int] = []
    losses = hidden._losses

    def meanwhile(row: Hiding, network: Presence) -> list[Loss]:
        asked.append(row.pk)
        if len(asked) == 1:
            hidden.go_on()  # as another worker would
        return losses(row, network)

    monkeypatch.setattr(hidden, "_losses", meanwhile)
    hidden.go_on()
    assert asked == [Hiding.objects.get().pk]


def test_what_a_turn_has_no_time_for_waits_for_the_next(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    a_chain(world, "mastodon")
    moderating.hide(Thread.objects.get().pk, "threats")
    monkeypatch.setattr(hidden, "SECONDS", 0.0)
    hidden.go_on()
    assert Thread.objects.get().look_at is None
