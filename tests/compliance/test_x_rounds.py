"""Rounds of lists: what X says is gone goes, every post is asked about, and nothing twice for nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.compliance.asking_x import a_round, act, known, noted, step
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.threads import a_thread
from unroller.actions.archives.placing import NEVER
from unroller.actions.compliance import inquiries
from unroller.core.posts import Quote
from unroller.models import Inquiry, Sweep, Thread, Vanished

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox")]


def sweep() -> Sweep:
    return Sweep.objects.get(look="x")


def test_a_deleted_post_is_told_of_and_leaves_its_thread(world: World) -> None:
    thread, posts = known(world)
    world.x.delete(posts[1])
    a_round()
    act()
    thread.refresh_from_db()
    assert noted() == {"2": "deleted"}
    assert "This is post 2." not in str(thread.document)
    row = Inquiry.objects.get()
    assert (row.state, row.count, row.found, row.upload_url) == ("done", 3, 1, "")


@pytest.mark.parametrize("reason", ["suspended", "protected", "deactivated"])
def test_an_account_that_is_away_takes_its_threads_with_it(world: World, reason: str) -> None:
    known(world)
    known(world, 2, first=50)
    world.x.inquests.reasons["2"] = reason
    a_round()
    act()
    assert not Thread.objects.filter(removed="").exists()
    assert set(Vanished.objects.values_list("by", "reason")) == {("inquiry", reason)}


def test_a_reason_nobody_heard_of_is_a_deletion_and_a_place_is_nothing_we_keep(world: World) -> None:
    known(world)
    world.x.inquests.reasons |= {"2": "bounced", "3": "scrub_geo"}
    a_round()
    assert noted() == {"2": "deleted"}


def test_cards_are_asked_about_too(world: World) -> None:
    card = world.x.post("iben", "Quoted.", post_id=77)
    thread = a_thread(1, quote=Quote(id="77", text="Quoted."))
    world.x.delete(card)
    a_round()
    act()
    thread.refresh_from_db()
    assert (thread.removed, "Quoted." in str(thread.document)) == ("", False)


def test_a_round_is_one_list_after_the_other_and_then_rests_for_twenty_hours(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inquiries, "BATCH", 2)
    known(world, 5)
    for _ in range(12):
        step()
        assert Inquiry.objects.filter(inquiries.OPEN).count() <= 1
    asked = [job.ids for job in world.x.inquests.every]
    assert asked == [["1", "2"], ["3", "4"], ["5"]]
    row = sweep()
    assert row.began_at is None
    assert row.ended_at is not None
    assert timedelta(hours=19, minutes=58) < row.due_at - timezone.now() <= timedelta(hours=20)
    Sweep.objects.update(due_at=timezone.now())
    step()
    assert Inquiry.objects.count() == 4


def test_what_was_told_is_not_told_again_until_its_thread_was_fetched_anew(world: World) -> None:
    thread, posts = known(world)
    world.x.delete(posts[1])
    for expected in (1, 1, 2):
        if expected == 2:
            Thread.objects.filter(id=thread.id).update(fetched_at=timezone.now())
        a_round()
        Inquiry.objects.all().delete()
        Sweep.objects.update(due_at=timezone.now())
        act()
        assert Vanished.objects.count() == expected


def test_removed_threads_and_what_came_from_its_authors_own_archive_are_not_asked_about(
    world: World, sandbox: Sandbox
) -> None:
    known(world)
    own, _ = known(world, 2, first=50)
    Thread.objects.filter(id=own.id).update(look_at=NEVER)
    gone, _ = known(world, 2, first=70)
    Thread.objects.filter(id=gone.id).update(removed="Gone", document=None)
    a_round()
    assert [job.ids for job in world.x.inquests.every] == [["1", "2", "3"]]


def test_lists_lie_with_somebody_else_who_is_shown_no_token(world: World) -> None:
    known(world)
    a_round()
    calls = [(call.method, call.status) for call in world.log.of("x_store")]
    assert calls == [("PUT", 200), ("GET", 200)]  # the store refuses whoever shows one


def test_a_site_without_a_key_for_x_asks_nobody(world: World, settings: pytest.FixtureRequest) -> None:
    settings.X_BEARER_TOKEN = ""  # type: ignore[attr-defined]
    known(world)
    step()
    assert world.log.of("x") == []
    assert not Sweep.objects.exists()
