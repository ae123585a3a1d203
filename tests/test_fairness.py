"""Nobody can stop the others: hostile hosts, endless limits, simultaneous links."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from threading import Barrier
from threading import Thread as SystemThread

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.processes import until
from tests.rights.test_opting_out_races import waiting
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.test_jobs import a_job
from tests.test_unrolling import a_chain
from tests.threads import a_thread
from unroller import networks, queries
from unroller.actions import jobs, unrolling
from unroller.actions.patience import MOST_ATTEMPTS
from unroller.budgets import SharedBudget
from unroller.core.errors import OutOfCredits, RateLimited, Unreachable
from unroller.models import Author, Job, Member, Thread
from unroller.sources.base import PostRef
from unroller.sources.recording import Raw, unpack

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_host_that_wants_money_closes_only_itself() -> None:
    later = datetime.now(UTC) + timedelta(minutes=5)
    SharedBudget().close("mastodon:greedy.example", later, unpaid=True)
    with pytest.raises(OutOfCredits):
        SharedBudget().enter("mastodon:greedy.example", every=0)
    SharedBudget().enter("mastodon:other.example", every=0)


@pytest.mark.parametrize("error", [RateLimited(timezone.now()), OutOfCredits(), Unreachable()])
def test_a_job_that_waited_for_a_day_ends_and_says_why(error: RateLimited | OutOfCredits | Unreachable) -> None:
    job = a_job()
    Job.objects.update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    held = jobs.claim(str(job.id))
    assert held is not None
    jobs.put_back(held, error, Raw(source="x", key=job.key))
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.FAILED, error.code)


def test_being_out_of_credits_for_an_hour_does_not_end_a_job() -> None:
    job = a_job()
    for _ in range(2 * MOST_ATTEMPTS):
        Job.objects.update(not_before=None)
        held = jobs.claim(str(job.id))
        assert held is not None
        jobs.put_back(held, OutOfCredits(), Raw(source="x", key=job.key))
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.QUEUED, "OutOfCredits")


def test_a_waiting_job_does_what_the_most_demanding_asker_wants() -> None:
    thread = a_thread(3)
    ref = PostRef("x", "1")
    jobs.enqueue(ref, why=Job.Why.CHECK)
    jobs.enqueue(ref, why=Job.Why.MORE, thread=thread)
    jobs.enqueue(ref, why=Job.Why.REFRESH, thread=thread)
    job = Job.objects.get()
    assert (job.why, job.thread) == (Job.Why.MORE, thread)


def test_a_whole_thread_has_no_more_to_ask_for() -> None:
    thread = a_thread(3)
    assert unrolling.refresh(thread, more=True).why == Job.Why.REFRESH


def test_without_a_broker_the_bell_says_no() -> None:
    asking = "import django; django.setup(); from accounts.bell import ring; print(ring('unroller.fetch', 'x'))"
    environ = {**os.environ, "REDIS_URL": "redis://127.0.0.1:1/0", "DJANGO_SETTINGS_MODULE": "unroller.settings"}
    run = subprocess.run([sys.executable, "-c", asking], env=environ, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_finished_jobs_are_kept_for_a_month() -> None:
    for days, key in ((29, "1"), (31, "2")):
        ended = timezone.now() - timedelta(days=days)
        Job.objects.create(source="x", key=key, state=Job.State.DONE, finished_at=ended)
    Job.objects.create(source="x", key="3")
    assert jobs.tidy() == 1
    assert set(Job.objects.values_list("key", flat=True)) == {"1", "3"}


def test_a_check_that_fails_does_not_end_the_later_ones() -> None:
    thread = a_thread(3)
    Thread.objects.update(check_at=timezone.now(), checks=0)
    unrolling.check_due()
    thread.refresh_from_db()
    assert thread.checks == 1
    assert thread.check_at is not None
    assert thread.check_at > timezone.now()


def test_an_answer_without_sense_is_asked_for_again(sandbox: Sandbox, world: World) -> None:
    link = world.x.link(a_chain(world)[0])
    world.faults.add("x", "html", path="/search/", times=1)
    job = unrolling.ask(link)
    unrolling.run(str(job.id))
    job.refresh_from_db()
    assert job.error == "BadAnswer"
    assert job.recording is not None
    assert all("/search/" not in exchange.url for exchange in unpack(bytes(job.recording)).exchanges)
    Job.objects.update(not_before=None)
    unrolling.run(str(job.id))
    job.refresh_from_db()
    assert job.state == Job.State.DONE
    assert sandbox.world is world


def test_a_recording_of_another_age_starts_anew(sandbox: Sandbox, world: World) -> None:
    job = unrolling.ask(world.x.link(a_chain(world)[0]))
    Job.objects.update(recording=b"from another release")
    unrolling.run(str(job.id))
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.QUEUED, "Broken")
    Job.objects.update(not_before=None)
    unrolling.run(str(job.id))
    job.refresh_from_db()
    assert job.state == Job.State.DONE
    assert sandbox.world is world


def test_four_links_into_one_new_thread_at_once_make_one_thread(sandbox: Sandbox, world: World) -> None:
    posts = a_chain(world)
    asked = [unrolling.ask(world.x.link(post)) for post in posts[:4]]
    networks.http()  # one client for all
    barrier = Barrier(len(asked))

    def work(job: Job) -> None:
        barrier.wait()
        unrolling.run(str(job.id))
        connection.close()

    workers = [SystemThread(target=work, args=(job,)) for job in asked]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert set(Job.objects.values_list("state", "error")) == {("done", "")}
    assert Thread.objects.count() == 1
    assert sandbox.world is world


def test_who_waits_for_the_same_new_thread_does_not_hold_its_author(sandbox: Sandbox, world: World) -> None:
    """Whoever stores it came before there was an author to lock, and locks them now: both would wait for ever."""
    posts = a_chain(world)
    unrolling.run(str(unrolling.ask(world.x.link(posts[0])).id))
    found = Thread.objects.get()
    Member.objects.filter(path=str(posts[1].id)).delete()
    job = jobs.enqueue(PostRef("x", str(posts[1].id)), why=Job.Why.ASKED)

    def work() -> None:
        unrolling.run(str(job.id))
        connection.close()

    worker = SystemThread(target=work)
    with transaction.atomic():
        queries.lock(f"x/{found.path}")
        worker.start()
        until(lambda: waiting() == 1, what="the thread is fetched, and waits to be stored")
        assert Author.objects.select_for_update(nowait=True).get(pk=found.author_id)
    worker.join()
    job.refresh_from_db()
    assert (job.state, job.error) == (Job.State.DONE, "")
    assert sandbox.world is world
