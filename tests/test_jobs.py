"""The queue of rows: leases, fences, poison, waiting."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.leases import Held, LostLease
from unroller.actions import jobs
from unroller.actions.patience import MOST_ATTEMPTS
from unroller.core.errors import Gone, OutOfCredits, RateLimited, Unreachable
from unroller.models import Job
from unroller.sources.base import PostRef
from unroller.sources.recording import Exchange, Raw, unpack

REF = PostRef("x", "1700000000000000001")

pytestmark = pytest.mark.django_db(transaction=True)


def a_job() -> Job:
    return jobs.enqueue(REF, why=Job.Why.ASKED, link="https://x.com/a/status/1700000000000000001")


def expire(job: Job) -> None:
    Job.objects.filter(id=job.id).update(leased_until=timezone.now() - timedelta(seconds=1))


def test_the_same_post_has_one_open_job() -> None:
    assert a_job().id == a_job().id
    assert Job.objects.count() == 1


def test_a_post_whose_job_ended_gets_a_new_one() -> None:
    first = a_job()
    held = jobs.claim(str(first.id))
    assert held is not None
    jobs.give_up(held, Gone())
    assert a_job().id != first.id


def test_a_hundred_visitors_at_once_make_one_job() -> None:
    visitors, barrier = 20, Barrier(20)
    found: list[UUID] = []

    def visit() -> None:
        barrier.wait()
        found.extend(a_job().id for _ in range(5))
        connection.close()

    threads = [Thread(target=visit) for _ in range(visitors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 100
    assert len(set(found)) == 1
    assert Job.objects.count() == 1


def test_two_workers_cannot_hold_one_job() -> None:
    job = a_job()
    assert jobs.claim(str(job.id)) is not None
    assert jobs.claim(str(job.id)) is None


def test_a_worker_that_meets_the_row_locked_waits_for_it_and_takes_it() -> None:
    job = a_job()
    taken: list[Held[Job] | None] = []

    def work() -> None:
        taken.append(jobs.claim(str(job.id)))
        connection.close()

    worker = Thread(target=work)
    with transaction.atomic():
        Job.objects.filter(id=job.id).update(rung_at=timezone.now())
        worker.start()
        worker.join(timeout=0.3)
        assert taken == []
    worker.join()
    assert taken[0] is not None


def test_a_job_whose_lease_ran_out_is_taken_again_and_the_first_worker_may_not_write() -> None:
    job = a_job()
    first = jobs.claim(str(job.id))
    expire(job)
    second = jobs.claim(str(job.id))
    assert first is not None
    assert second is not None
    with pytest.raises(LostLease):
        jobs.QUEUE.renew(first, posts_seen=3)
    with pytest.raises(LostLease):
        jobs.give_up(first, Gone())
    jobs.QUEUE.renew(second, posts_seen=7)
    job.refresh_from_db()
    assert (job.state, job.posts_seen) == (Job.State.RUNNING, 7)


def test_a_job_that_kills_every_worker_ends() -> None:
    job = a_job()
    for _ in range(MOST_ATTEMPTS):
        assert jobs.claim(str(job.id)) is not None
        expire(job)
    assert jobs.claim(str(job.id)) is None
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "worker" in job.detail


def test_a_rate_limited_job_keeps_what_it_fetched_and_waits_for_the_named_time() -> None:
    job = a_job()
    held = jobs.claim(str(job.id))
    assert held is not None
    until = timezone.now() + timedelta(minutes=9)
    said = Exchange(url="https://api.x.com/2/tweets", status=200, body={"text": "a lone \ud83d surrogate"})
    raw = Raw(source="x", key=REF.key, exchanges=[said])
    jobs.put_back(held, RateLimited(until, network="X"), raw)
    job.refresh_from_db()
    assert (job.state, job.not_before, job.attempts) == (Job.State.QUEUED, until, 0)
    assert job.sentence == "X asks us to wait before reading more."
    assert job.recording is not None
    assert unpack(bytes(job.recording)) == raw
    assert jobs.claim(str(job.id)) is None


def test_waiting_for_a_network_never_uses_up_the_attempts() -> None:
    job = a_job()
    for _ in range(3 * MOST_ATTEMPTS):
        held = jobs.claim(str(job.id))
        assert held is not None
        jobs.put_back(held, RateLimited(datetime.now(UTC) - timedelta(seconds=1)), Raw(source="x", key=REF.key))
        Job.objects.filter(id=job.id).update(not_before=None)


def test_without_credits_a_job_waits_five_minutes() -> None:
    job = a_job()
    held = jobs.claim(str(job.id))
    assert held is not None
    before = timezone.now()
    jobs.put_back(held, OutOfCredits(network="X"), Raw(source="x", key=REF.key))
    job.refresh_from_db()
    assert job.not_before is not None
    assert timedelta(minutes=4, seconds=59) < job.not_before - before < timedelta(minutes=5, seconds=5)


def test_a_network_that_never_answers_ends_the_job_after_five_tries() -> None:
    job = a_job()
    for _ in range(MOST_ATTEMPTS):
        Job.objects.filter(id=job.id).update(not_before=None)
        held = jobs.claim(str(job.id))
        assert held is not None
        jobs.put_back(held, Unreachable("status 503", network="X"), Raw(source="x", key=REF.key))
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.FAILED, "Unreachable")
    assert job.recording is None


def test_the_sweeper_rings_for_silent_jobs_only() -> None:
    job = a_job()
    Job.objects.filter(id=job.id).update(rung_at=None)
    assert jobs.sweep() == 1
    assert jobs.sweep() == 0
    Job.objects.filter(id=job.id).update(rung_at=timezone.now() - timedelta(minutes=2))
    assert jobs.sweep() == 1


def test_the_sweeper_leaves_waiting_and_held_jobs_alone() -> None:
    job = a_job()
    Job.objects.filter(id=job.id).update(rung_at=None, not_before=timezone.now() + timedelta(minutes=1))
    assert jobs.sweep() == 0
    Job.objects.filter(id=job.id).update(not_before=None)
    assert jobs.claim(str(job.id)) is not None
    assert jobs.sweep() == 0
    expire(job)
    assert jobs.sweep() == 1
