"""Threads of a network that answers slowly keep others waiting for a first turn at most."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.leases import LostLease
from tests.faults.weather import NETWORKS, written
from tests.processes import Worker, until
from tests.sandbox.faults import FOR_EVER, Kind
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from unroller import store
from unroller.actions import chains, jobs, patience, unrolling, watching
from unroller.actions.patience import MOST_ATTEMPTS
from unroller.core.errors import Later, OutOfTime
from unroller.models import Job, Thread
from unroller.sources import recording
from unroller.sources.bluesky.plan import WITHOUT_REPOSITORY
from unroller.sources.recording import Raw, unpack

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sandbox")]

TARPITS = 4


@pytest.fixture
def short_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turns of a moment: a first one, and an attempt in the slow queue."""
    monkeypatch.setattr(recording, "LAST_SECONDS", 0.1)
    monkeypatch.setattr(patience, "FIRST_TURN_SECONDS", 0.5)
    monkeypatch.setattr(unrolling, "MOST_SECONDS", 2.5)


def left_to_slow(world: World) -> Job:
    """A job whose first turn ended in its second answer."""
    job = unrolling.ask(written(world, "x", 5))
    world.faults.add("x", "drip", path="/search/", seconds=9)
    unrolling.run(str(job.id))
    job.refresh_from_db()
    return job


@pytest.mark.usefixtures("short_turns")
def test_what_takes_longer_than_a_turn_goes_on_in_the_slow_queue_where_it_stopped(world: World) -> None:
    job = left_to_slow(world)
    assert (job.state, job.slow, job.attempts, job.error) == (Job.State.QUEUED, True, 0, "")
    assert job.recording is not None
    asked = [exchange.url for exchange in unpack(bytes(job.recording)).exchanges]
    assert asked
    assert all("/search/" not in url for url in asked)
    unrolling.run(str(job.id))
    assert not Thread.objects.exists(), "the quick workers leave it alone"
    unrolling.run(str(job.id), jobs.SLOW)
    job.refresh_from_db()
    assert (job.state, job.attempts, Thread.objects.get().post_count) == (Job.State.DONE, 1, 5)
    assert len(world.log.of("x", "/2/tweets$")) == len(asked), "what was answered is not asked again"


@pytest.mark.usefixtures("short_turns")
@pytest.mark.parametrize("network", NETWORKS)
def test_a_network_that_drips_is_read_by_the_slow_workers(world: World, network: str) -> None:
    job = unrolling.ask(written(world, network, 5))
    world.faults.add(network, "drip", seconds=0.7, times=FOR_EVER)
    unrolling.run(str(job.id))
    for _ in range(MOST_ATTEMPTS):
        Job.objects.update(not_before=None)
        unrolling.run(str(job.id), jobs.SLOW)
    job.refresh_from_db()
    assert (job.state, Thread.objects.get().post_count) == (Job.State.DONE, 5)


@pytest.mark.usefixtures("short_turns")
def test_a_home_that_answers_slowly_is_asked_again_by_who_has_time(world: World) -> None:
    """Before its copies elsewhere are taken for all there is."""
    statuses = world.mastodon.one.thread("traveller", ["One.", "Two.", "Three."])
    world.mastodon.two.copy(statuses[1])
    job = unrolling.ask(world.mastodon.two.link(statuses[1]))
    world.faults.add("mastodon_one", "drip", seconds=5)
    unrolling.run(str(job.id))
    unrolling.run(str(job.id), jobs.SLOW)
    thread = Thread.objects.get()
    assert (thread.post_count, thread.reasons) == (3, [])


@pytest.mark.usefixtures("short_turns")
def test_so_is_the_server_that_knows_what_bluesky_does_not_show(world: World) -> None:
    job = unrolling.ask(written(world, "bluesky", 5))
    world.faults.add("pds", "drip", seconds=5)
    unrolling.run(str(job.id))
    job.refresh_from_db()
    assert job.slow
    assert job.recording is not None
    assert WITHOUT_REPOSITORY not in unpack(bytes(job.recording)).facts
    unrolling.run(str(job.id), jobs.SLOW)
    assert Thread.objects.get().post_count == 5
    assert len(world.log.of("pds")) == 2


def test_a_job_that_failed_for_now_is_worth_another_one_for_who_is_followed() -> None:
    passing = {each.__name__ for each in Later.__subclasses__() if each.__module__ == Later.__module__}
    assert passing <= chains.PASSING


@pytest.mark.usefixtures("short_turns")
def test_an_attempt_without_an_end_counts_and_keeps_what_was_said(world: World) -> None:
    job = left_to_slow(world)
    answered = len(world.log.of("x", "/2/tweets$"))
    world.faults.add("x", "drip", path="/search/", seconds=9, times=FOR_EVER)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        Job.objects.update(not_before=None)
        unrolling.run(str(job.id), jobs.SLOW)
        job.refresh_from_db()
        assert (job.attempts, job.error) == (attempt, "OutOfTime")
    assert job.state == Job.State.FAILED
    assert job.sentence == "Reading this from X takes too long."
    assert len(world.log.of("x", "/2/tweets$")) == answered


@pytest.mark.usefixtures("short_turns")
def test_the_sweeper_rings_for_each_queue(world: World) -> None:
    slow, quick = left_to_slow(world), unrolling.ask(written(world, "x", 3, number=2))
    Job.objects.update(rung_at=None)
    assert jobs.sweep() == 2
    assert set(jobs.SLOW.waiting()) == {slow}
    assert set(jobs.QUEUE.waiting()) == {quick}


@pytest.mark.usefixtures("short_turns")
def test_threads_of_one_slow_server_are_read_one_after_the_other(world: World) -> None:
    """However many there are, the workers have time for what is slow elsewhere."""
    jobs_of_one = [unrolling.ask(written(world, "mastodon", 3, number)) for number in range(3)]
    lone = [unrolling.ask(written(world, "x", 3, number)) for number in range(2)]
    writer = world.bluesky.person("ana.example")
    jobs_of_ana = [unrolling.ask(world.bluesky.link(world.bluesky.thread(writer, ["One.", "Two."])[-1], by_did=True))]
    jobs_of_ana += [unrolling.ask(world.bluesky.link(world.bluesky.thread(writer, ["A.", "B."])[-1], by_did=True))]
    Job.objects.update(slow=True, rung_at=None)
    assert jobs.sweep() == 1 + len(lone) + 1
    assert set(Job.objects.filter(rung_at=None)) == {*jobs_of_one[1:], *jobs_of_ana[1:]}
    held = jobs.claim(str(jobs_of_one[0].id), jobs.SLOW)
    assert held is not None
    assert jobs.sweep() == 0, "its server has its turn"
    jobs.put_back(held, OutOfTime(), Raw(source="mastodon", key=held.row.key))
    assert jobs.sweep() == 1
    assert set(Job.objects.filter(rung_at=None)) == {jobs_of_one[0], jobs_of_one[2], jobs_of_ana[1]}


def test_who_waits_longest_is_first_in_the_slow_queue_whatever_their_network(world: World) -> None:
    order = [unrolling.ask(written(world, network, 3, 7)) for network in ("mastodon", "bluesky", "x")]
    Job.objects.update(slow=True, rung_at=None)
    for job in order:
        assert jobs.SLOW.sweep(1) == 1
        job.refresh_from_db()
        assert job.rung_at is not None


@pytest.mark.parametrize("fault", ["error", "rate-limited"])
def test_what_was_slow_to_fail_is_tried_again_by_who_has_time_and_counts(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: Kind
) -> None:
    """Whatever it fails with: a server that takes long to say "wait" would hold a worker for a day."""
    job = unrolling.ask(written(world, "x", 5))
    world.faults.add("x", fault, times=FOR_EVER)
    for seconds, slow in ((3600.0, False), (-1.0, True)):
        monkeypatch.setattr(patience, "LONG_SECONDS", seconds)
        before = Job.objects.get(id=job.id).attempts
        Job.objects.update(not_before=None)
        store.client().flushdb()  # what is closed answers at once
        unrolling.run(str(job.id))
        job.refresh_from_db()
        assert (job.state, job.slow) == (Job.State.QUEUED, slow)
        assert job.attempts - before == (slow or fault == "error")


@pytest.mark.usefixtures("short_turns")
def test_what_brought_something_may_be_told_to_wait_for_as_long_as_it_takes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "LONG_SECONDS", -1.0)
    job = unrolling.ask(written(world, "x", 5))
    world.faults.add("x", "rate-limited", path="/search/")
    unrolling.run(str(job.id))
    job.refresh_from_db()
    assert (job.error, job.slow, job.attempts) == ("RateLimited", True, 0)
    assert job.recording is not None


@pytest.mark.usefixtures("short_turns")
def test_a_slow_job_that_begins_anew_begins_in_the_quick_queue(world: World) -> None:
    job = left_to_slow(world)
    held = jobs.claim(str(job.id), jobs.SLOW)
    assert held is not None
    Job.objects.filter(id=job.id).update(**jobs.ANEW)
    with pytest.raises(LostLease):
        jobs.put_back(held, OutOfTime(), Raw(source="x", key=job.key))
    assert set(jobs.QUEUE.waiting()) == {job}


def test_who_waits_is_told_that_it_takes_longer(client: Client, world: World) -> None:
    job = unrolling.ask(written(world, "x", 5))
    assert "longer than usual" not in client.get(job.get_absolute_url()).content.decode()
    Job.objects.update(slow=True, state=Job.State.RUNNING, leased_until=timezone.now() + timedelta(minutes=1))
    page = client.get(job.get_absolute_url()).content.decode()
    assert "This takes longer than usual." in page


def test_a_turn_is_shorter_than_any_lease() -> None:
    assert patience.LEASE.total_seconds() > patience.FIRST_TURN_SECONDS
    assert watching.LEASE.total_seconds() / 2 > patience.LOOK_SECONDS
    assert patience.FIRST_TURN_SECONDS < patience.LOOK_SECONDS < recording.MOST_SECONDS


def test_a_few_links_to_a_server_that_drips_keep_nobody_else_waiting(sandbox: Sandbox, world: World) -> None:
    """With real workers and the real turns: two processes each, and twice as many links as they are."""
    tarpits = [unrolling.ask(written(world, "mastodon", 3, number)) for number in range(TARPITS)]
    world.faults.add("mastodon", "drip", seconds=600, times=FOR_EVER)
    quick, slow = Worker(sandbox.env(), queues="fetch"), Worker(sandbox.env(), queues="slow")
    try:
        quick.start()
        slow.start()
        until(lambda: len(world.log.of("mastodon_one")) >= 2, what="both processes held")
        job = unrolling.ask(written(world, "x", 5))
        turns = TARPITS / 2 * patience.FIRST_TURN_SECONDS
        until(lambda: Job.objects.get(id=job.id).state == Job.State.DONE, what="others read", seconds=turns + 15)
        assert Thread.objects.get().source == "x"
        held = Job.objects.filter(id__in=[one.id for one in tarpits], finished_at=None)
        assert held.count() == TARPITS
        assert held.filter(slow=True).count() >= TARPITS - 1, "one may be at the end of its turn"
    finally:
        quick.kill()
        slow.kill()
