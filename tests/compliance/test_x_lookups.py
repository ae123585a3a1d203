"""Where X has no compliance jobs for us: lookups, within their share of the day's paid reads."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from tests.compliance.asking_x import act, known, noted, step
from tests.sandbox.world import World
from unroller.models import Inquiry, Sweep, Thread

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox")]


@pytest.fixture(autouse=True)
def no_jobs(world: World) -> None:
    world.x.inquests.allowed = False


def asked(world: World) -> list[str]:
    return [key for call in world.log.of("x", "/2/tweets$") for key in call.query["ids"][0].split(",")]


def test_what_lookups_do_not_show_goes(world: World) -> None:
    thread, posts = known(world)
    hidden, _ = known(world, 1, first=50)
    world.x.delete(posts[1])
    world.x.obstruct(world.x.posts[50], "resource-unavailable")
    step()
    step()
    act()
    thread.refresh_from_db()
    hidden.refresh_from_db()
    assert noted() == {"2": "deleted", "50": "withheld"}
    assert (thread.removed, hidden.removed) == ("", "Withheld")
    assert (Inquiry.objects.get().state, Sweep.objects.get(look="x").error) == ("failed", "NotEntitled")


def test_every_thread_is_looked_at_once_in_twenty_hours(world: World) -> None:
    known(world)
    for _ in range(4):
        step()
    assert asked(world) == ["1", "2", "3"]
    due = Thread.objects.get().look_at
    assert due is not None
    assert timedelta(hours=19) < due - timezone.now() <= timedelta(hours=20)


def test_lookups_cost_at_most_a_quarter_of_the_days_budget_and_begin_with_the_longest_unseen(
    world: World, settings: Settings
) -> None:
    settings.X_DAILY_BUDGET = 20
    late, _ = known(world, 3)
    known(world, 3, first=50)
    Thread.objects.filter(id=late.id).update(look_at=timezone.now())
    for _ in range(4):
        step()
    assert asked(world) == ["1", "2", "50", "51", "52"] or asked(world) == ["50", "51", "52", "1", "2"]
    assert Sweep.objects.get(look="x-lookups").cursor.endswith(" 5")
    assert world.x.billing.raw_posts == 5


def test_an_answer_that_never_came_costs_nothing_and_is_asked_for_again(world: World) -> None:
    known(world)
    world.faults.add("x", "error", path="/2/tweets$", times=2)
    step()
    step()
    assert (noted(), Sweep.objects.get(look="x-lookups").cursor.endswith(" 0")) == ({}, True)
    step()
    assert Sweep.objects.get(look="x-lookups").cursor.endswith(" 3")


def test_jobs_are_asked_for_again_once_a_round_and_end_the_lookups(world: World) -> None:
    known(world)
    step()
    step()
    assert len(world.log.of("x", "jobs$")) == 1
    world.x.inquests.allowed = True
    Sweep.objects.filter(look="x").update(due_at=timezone.now())
    step()
    step()
    assert Sweep.objects.get(look="x").error == ""
    assert Inquiry.objects.filter(state="done").count() == 1
