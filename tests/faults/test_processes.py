"""Every process of a site is killed during mixed work: it goes on by itself, nothing is lost, nothing is twice."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker, Settings
from redis.exceptions import ConnectionError as RefusedError

from tests.embedded_users import keeper_of, server_of
from tests.faults.harness import LONG, lapse
from tests.faults.site import Asked, Site, asking, at_home
from tests.faults.weather import NETWORKS, every_other_call
from tests.faults.work import Work, a_working_site
from tests.processes import until
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.world import World
from unroller import store
from unroller.models import Job, Thread

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("one site")]
QUEUED = 1_000 if LONG else 30
AWAY_SECONDS = 600 if LONG else 5
AGAIN_SECONDS = 10
"""So soon after a server is back pages are answered again."""
SLOW = 10.0 if LONG else 5.0
"""Seconds that each answer takes."""
CALM_SECONDS = 5


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Work]:
    """What all tests here use in turn."""
    with django_db_blocker.unblock(), a_working_site(tmp_path_factory.mktemp("site")) as work:
        yield work


@pytest.fixture
def work(place: Work, transactional_db: None, settings: Settings) -> Iterator[Work]:
    with at_home(place.site, lambda name, value: setattr(settings, name, value)):
        yield place


@pytest.fixture
def site(work: Work) -> Site:
    return work.site


def test_it_survives_the_death_of_each_of_its_processes(site: Site, work: Work) -> None:
    work.some()
    os.kill(site.children("worker")[0], signal.SIGKILL)
    work.some(2)
    site.kill("worker")
    site.kill("beat")
    work.some(2)
    site.kill("web")
    site.start_web()
    site.start_worker()
    site.start_beat()
    work.some(2)
    keeper = keeper_of(site.data)
    gone = [
        Path(f"/proc/{each}/exe") for each in (keeper, server_of(site.data, "postgres"), server_of(site.data, "valkey"))
    ]
    os.kill(keeper, signal.SIGKILL)
    until(lambda: not any(each.exists() for each in gone), what="the keeper and its servers are gone")
    site.mend()
    work.some(2)
    lapse()
    until(work.is_done, what="everything is done", seconds=120)
    work.check(killed=3)


def test_postgresql_that_restarts_or_crashes_is_missed_for_a_moment(site: Site, work: Work) -> None:
    outages: list[tuple[float, float]] = []
    with asking(site) as asked:
        work.some()
        with an_outage(site, asked, outages):
            site.restart("postgres")
        work.some(2)
        with an_outage(site, asked, outages):
            site.crash("postgres")
        work.some(2)
        lapse()
        until(work.is_done, what="everything is done", seconds=120)
    assert [moment for moment in asked.bad() if not any(begin <= moment <= end for begin, end in outages)] == []
    assert asked.statuses[-1][1] == 200
    assert work.check() == 0
    lasted = " and ".join(f"{end - begin:.1f}" for begin, end in outages)
    print(f"\nPostgreSQL: {len(asked.bad())} of {len(asked.statuses)} answers were errors, all within {lasted} s")


def test_redis_that_dies_or_is_emptied_delays_and_loses_nothing(site: Site, work: Work) -> None:
    with asking(site) as asked:
        work.some()
        site.crash("valkey")
        work.some(2)
        store.client().flushall()
        work.some(2)
        lapse()
        until(work.is_done, what="everything is done", seconds=120)
    assert work.check() == 0
    assert asked.bad() == []


def test_redis_that_is_silent_delays_and_loses_nothing(site: Site, work: Work) -> None:
    with asking(site) as asked, silent(server_of(site.data, "valkey")):
        work.some(2)
        time.sleep(AWAY_SECONDS)
    lapse()
    until(work.is_done, what="everything is done", seconds=120)
    assert work.check() == 0
    assert asked.bad() == []
    print(f"\nRedis silent for {AWAY_SECONDS} s: {len(asked.statuses)} pages, no errors")


def test_redis_that_is_gone_delays_and_loses_nothing(site: Site, work: Work) -> None:
    with asking(site) as asked, site.without("valkey"):
        with pytest.raises(RefusedError):
            store.client().ping()
        work.some(2)
        time.sleep(AWAY_SECONDS)
        work.some(2)
    lapse()
    until(work.is_done, what="everything is done", seconds=120)
    assert work.check() == 0
    assert asked.bad() == []
    print(f"\nRedis gone for {AWAY_SECONDS} s: {len(asked.statuses)} pages, no errors")


def test_everything_is_done_once_while_every_other_call_of_all_networks_and_every_other_mail_fails(
    site: Site, work: Work
) -> None:
    for server in NETWORKS:
        every_other_call(work.world, server, "error")
    every_other_call(work.world, "smtp", "error", path="END")
    with asking(site) as asked:
        work.some(networks=NETWORKS)
        end_of_waits = Calm(work.world)

        def is_done() -> bool:
            end_of_waits.come()
            return work.is_done()

        until(is_done, what="everything is done", seconds=600)
    failed = [one for one in work.world.log.of() if one.status in {451, 503}]
    work.world.faults.clear()
    assert work.check() == 0
    assert asked.bad() == []
    print(f"\nevery other call fails: {len(failed)} errors of networks and mail server, {len(asked.statuses)} pages")


def test_a_slow_network_does_not_keep_the_others_waiting(site: Site, work: Work) -> None:
    Thread.objects.update(check_at=None)  # those would be slow, too
    work.world.faults.add("x", "drip", path="^/2/tweets", times=FOR_EVER, seconds=SLOW)
    work.some(1)
    slow = work.jobs().latest("created_at")
    work.some(2, networks=("bluesky", "mastodon"))
    others = work.jobs().filter(created_at__gt=slow.created_at)
    until(lambda: others.filter(finished_at__isnull=False).count() == 2, what="the others are done")
    slow.refresh_from_db()
    assert slow.finished_at is None
    until(lambda: work.jobs().get(pk=slow.pk).finished_at is not None, what="it is done, too", seconds=60 + 10 * SLOW)
    work.world.faults.clear()
    until(work.is_done, what="everything is done")
    slow.refresh_from_db()
    assert slow.attempts == 1
    assert work.check() == 0


def test_a_deploy_in_the_middle_of_a_queue_under_two_clocks_loses_and_doubles_nothing(site: Site, work: Work) -> None:
    site.start_beat("another beat", ready=b"stands by")
    queued = Job.objects.filter(id__in=work.queue(QUEUED))
    began = time.monotonic()
    until(lambda: queued.filter(finished_at=None).count() < QUEUED * 2 / 3, what="a third is done", seconds=60 + QUEUED)
    site.start_worker("new worker")
    assert site.ask_to_end("worker") == 0
    until(work.is_done, what="everything is done", seconds=60 + 2 * QUEUED)
    assert work.check() == 0
    assert not queued.filter(attempts__gt=1).exists(), "old workers finish what they hold"
    print(f"\na deploy in a queue of {QUEUED}: all done and told after {time.monotonic() - began:.0f} s")
    site.kill("another beat")
    site.rename("new worker", "worker")


@contextmanager
def an_outage(site: Site, asked: Asked, outages: list[tuple[float, float]]) -> Iterator[None]:
    """A server ends and comes back in it. Noted is from when to when whoever asked for a page may have met it."""
    until(lambda: bool(asked.statuses), what="a reader asks")
    begin = asked.statuses[-1][0]  # who came next may have been under way already
    yield
    until(lambda: site.get("/") == 200, what="pages are answered again", seconds=AGAIN_SECONDS)
    outages.append((begin, time.monotonic()))


@contextmanager
def silent(pid: int) -> Iterator[None]:
    """A process that takes connections and answers nothing: worse than none."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


class Calm:
    """Waits end as soon as nobody has asked any server for some seconds, so that nothing is in anybody's hands."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._counts, self._since = world.log.counts(), time.monotonic()

    def come(self) -> None:
        """See whether it is so."""
        if (counts := self._world.log.counts()) != self._counts:
            self._counts, self._since = counts, time.monotonic()
        elif time.monotonic() > self._since + CALM_SECONDS:
            lapse()
            self._since = time.monotonic()
