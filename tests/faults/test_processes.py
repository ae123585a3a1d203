"""Every process of a site is killed during mixed work: it goes on by itself, nothing is lost, nothing is twice."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from django.db.models import QuerySet
from pytest_django import DjangoDbBlocker, Settings

from tests.embedded_users import keeper_of, server_of
from tests.faults.harness import LONG, lapse
from tests.faults.site import Site, asking, at_home, unroll
from tests.followers import a_follower
from tests.processes import until
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.sandbox.x.model import Person as Author
from unroller import store
from unroller.actions import notifying, unrolling
from unroller.core.posts import Person
from unroller.models import Cadence, Job, Member, Notification, Thread

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("one site")]
POSTS = 3
THREADS = 40 if LONG else 8
READERS = 3
QUEUED = 1_000 if LONG else 30
SILENT_SECONDS = 600 if LONG else 5


class Work:
    """Threads that readers ask for, whose followers are told about them. It grows from test to test."""

    def __init__(self, site: Site, world: World) -> None:
        self.site, self._world = site, world
        self.asked = 0
        self.tries = 0
        self.doubled = 0

    def some(self, count: int = THREADS) -> None:
        """Readers ask for so many threads more."""
        for number in range(self.asked, self.asked + count):
            author = self._world.x.person(f"author{number}")
            self._follow(author, number)
            posts = self._world.x.thread(author, [f"Post {one}." for one in range(POSTS)])
            self.tries += unroll(self.site, self._world.x.link(posts[0]))
        self.asked += count

    def queue(self, count: int) -> list[UUID]:
        """So many are asked for at once, and no bell is heard; their jobs."""
        jobs = []
        for number in range(self.asked, self.asked + count):
            author = self._world.x.person(f"author{number}")
            self._follow(author, number)
            posts = self._world.x.thread(author, [f"Post {one}." for one in range(POSTS)])
            jobs.append(unrolling.ask(self._world.x.link(posts[0])).pk)
        self.asked += count
        Job.objects.filter(id__in=jobs).update(rung_at=None)
        return jobs

    def _follow(self, author: Author, number: int) -> None:
        person = Person(id=author.id, handle=author.username, name=author.name, url=f"https://x.com/{number}")
        for reader in range(READERS):
            a_follower(f"reader{reader}@example.com", Cadence.INSTANT, person=person)

    def is_done(self) -> bool:
        """Whether everything that was asked for is here, and everybody was told."""
        assert self.site.live(), "nothing ends because another thing did"
        told = Notification.objects.filter(settled_at__isnull=False).count()
        return told == self.asked * READERS and not self.jobs().filter(finished_at=None).exists()

    def jobs(self) -> QuerySet[Job]:
        """What readers asked for; fresh threads are looked at again for as long as a site runs."""
        return Job.objects.filter(why=Job.Why.ASKED)

    def check(self, killed: int = 0) -> int:
        """Nothing is lost and nothing twice, but for mails that were in the hands of so many killed processes."""
        assert Thread.objects.count() == self.asked
        assert Member.objects.count() == self.asked * POSTS
        assert set(self.jobs().values_list("state", flat=True)) == {Job.State.DONE}
        outcomes = Counter(Notification.objects.values_list("outcome", flat=True))
        assert outcomes == {Notification.Outcome.SENT: self.asked * READERS}
        ids = Counter(one.message_id for one in self._world.post.mails())
        doubled, self.doubled = sum(ids.values()) - len(ids) - self.doubled, sum(ids.values()) - len(ids)
        assert doubled <= killed * notifying.AHEAD
        return doubled


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Work]:
    """Web, a worker with two processes and a clock, which all tests here use in turn."""
    world = World()
    world.x.windows.enforced = False  # a long queue is more than X allows in a quarter of an hour
    with Sandbox(world) as sandbox, django_db_blocker.unblock():
        site = Site(tmp_path_factory.mktemp("site"), sandbox.env())
        try:
            site.start_web()
            site.start_worker()
            site.start_beat()
            yield Work(site, sandbox.world)
        finally:
            site.end()


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
    os.kill(keeper_of(site.data), signal.SIGKILL)
    site.mend()
    work.some(2)
    lapse()
    until(work.is_done, what="everything is done", seconds=120)
    work.check(killed=3)


def test_postgresql_that_restarts_or_crashes_is_missed_for_a_moment(site: Site, work: Work) -> None:
    with asking(site) as asked:
        work.some()
        site.restart("postgres")
        work.some(2)
        site.crash("postgres")
        work.some(2)
        until(lambda: site.get("/") == 200, what="it answers again")
        lapse()
        until(work.is_done, what="everything is done", seconds=120)
    assert asked.statuses[-1][1] == 200
    assert work.check() == 0
    print(f"\nPostgreSQL: {len(asked.bad())} of {len(asked.statuses)} answers were errors")


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
        time.sleep(SILENT_SECONDS)
    lapse()
    until(work.is_done, what="everything is done", seconds=120)
    assert work.check() == 0
    assert asked.bad() == []
    print(f"\nRedis silent for {SILENT_SECONDS} s: {len(asked.statuses)} pages, no errors")


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
def silent(pid: int) -> Iterator[None]:
    """A process that takes connections and answers nothing: worse than none."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
