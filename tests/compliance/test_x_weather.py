"""X away, slow, or talking nonsense in the middle of a list: nothing is taken for gone, no job is begun twice."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.compliance.asking_x import a_round, known, noted, step
from tests.sandbox.world import World
from unroller.actions.compliance import inquiries
from unroller.models import Inquiry, Sweep, Thread, Vanished
from unroller.store import client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("sandbox")]

STEPS = {
    "list": ("x", r"jobs$", "GET"),
    "create": ("x", r"jobs$", "POST"),
    "look": ("x", r"jobs/\d+", "GET"),
    "upload": ("x_store", "submission", "PUT"),
    "download": ("x_store", "delivery", "GET"),
}


@pytest.mark.parametrize("kind", ["error", "html", "close", "rate-limited"])
@pytest.mark.parametrize("where", sorted(STEPS))
def test_a_list_goes_on_after_whatever_came_in_between(world: World, where: str, kind: str) -> None:
    _, posts = known(world)
    world.x.delete(posts[1])
    world.x.inquests.takes = timedelta(minutes=1)
    server, path, method = STEPS[where]
    world.faults.add(server, kind, path=path, method=method, times=2, seconds=30)  # type: ignore[arg-type]
    for _ in range(4):
        step()
        client().flushdb()  # the limit that X named is over
        assert not Thread.objects.exclude(removed="").exists()
    world.faults.clear()
    world.x.ground.clock.advance(timedelta(minutes=20))
    world.x.inquests.takes = timedelta()
    a_round()
    assert noted() == {"2": "deleted"}
    assert Inquiry.objects.filter(state="done").count() == 1
    lost = (where, kind) == ("upload", "html")  # the store said 200 to a list that it did not take
    assert len(world.x.inquests.every) == (2 if lost else 1)


def test_a_job_that_was_begun_without_our_hearing_of_it_is_found_by_its_name(world: World) -> None:
    known(world)
    world.faults.add("x", "keep-and-close", path=r"jobs$", method="POST")
    step()
    assert (Inquiry.objects.get().job_id, Inquiry.objects.get().error) == ("", "Unreachable")
    a_round()
    assert Inquiry.objects.get().state == "done"
    assert len(world.x.inquests.every) == 1


@pytest.mark.parametrize("line", [b"<html>busy</html>\n", b'{"id": "1", "action": "del', b"[1]\n", b'{"id": "x/y"}\n'])
def test_an_answer_with_a_line_that_makes_no_sense_is_not_believed_at_all(world: World, line: bytes) -> None:
    known(world)
    world.x.inquests.answer = b'{"id": "2", "action": "delete", "reason": "deleted"}\n' + line
    step()
    step()
    assert not Vanished.objects.exists()
    assert (Inquiry.objects.get().state, Inquiry.objects.get().error) == ("uploaded", "BadAnswer")


@pytest.mark.parametrize("forced", ["failed", "expired"])
def test_a_job_that_fails_at_x_is_followed_by_a_new_one_for_the_same_posts(world: World, forced: str) -> None:
    known(world)
    step()
    world.x.inquests.every[0].forced = forced  # type: ignore[assignment]
    step()
    failed = Inquiry.objects.get()
    assert (failed.state, failed.error) == ("failed", "JobOver")
    row = Sweep.objects.get(look="x")
    assert (row.cursor, row.failures, row.due_at > timezone.now()) == ("", 1, True)
    a_round()
    assert [job.ids for job in world.x.inquests.every] == [["1", "2", "3"]] * 2
    assert set(Inquiry.objects.values_list("state", flat=True)) == {"failed", "done"}


def test_a_job_that_x_forgot_is_begun_anew(world: World) -> None:
    known(world)
    step()
    world.x.inquests.every.clear()
    step()
    assert Inquiry.objects.get().error == "JobOver"


def test_while_x_runs_another_job_of_ours_we_wait(world: World) -> None:
    known(world)
    other = world.x.inquests.create("by hand")
    step()
    assert (Inquiry.objects.get().state, Inquiry.objects.get().error) == ("new", "BadAnswer")
    other.forced = "failed"
    a_round()
    assert Inquiry.objects.get().state == "done"


def test_a_list_that_fails_again_and_again_begins_anew(world: World) -> None:
    known(world)
    world.faults.add("x", "error", path=r"jobs", times=-1)
    for _ in range(inquiries.MOST_ATTEMPTS):
        step()
    assert Inquiry.objects.get().state == "failed"
    assert Sweep.objects.get(look="x").error == "Unreachable"


def test_x_allows_150_calls_in_a_quarter_of_an_hour_and_we_wait_for_the_next(world: World) -> None:
    known(world)
    world.x.inquests.takes = timedelta(hours=1)
    for _ in range(160):
        step()
    calls = world.log.of("x", r"jobs/\d+")
    assert [call.status for call in calls].count(429) == 1
    row = Inquiry.objects.get()
    assert (row.error, row.attempts < inquiries.MOST_ATTEMPTS) == ("RateLimited", True)


def test_an_address_inside_that_x_names_is_not_opened(world: World) -> None:
    known(world)
    world.ground.addresses.x_store = "http://127.0.0.1:1"
    step()
    assert (Inquiry.objects.get().state, Inquiry.objects.get().error) == ("new", "Refused")
