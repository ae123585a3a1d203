"""Work for a site whose processes die: threads that readers ask for, and followers who are told about them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from django.db.models import QuerySet

from tests.faults.harness import LONG
from tests.faults.site import Site, unroll
from tests.faults.weather import written
from tests.followers import a_follower
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from unroller.actions import notifying, unrolling
from unroller.core.posts import Person
from unroller.models import Cadence, Job, Member, Notification, Thread

POSTS = 3
THREADS = 40 if LONG else 8
READERS = 3


class Work:
    """Threads that readers ask for, whose followers are told about them. It grows from test to test."""

    def __init__(self, site: Site, world: World) -> None:
        self.site, self.world = site, world
        self.asked = 0
        self.tries = 0
        self.doubled = 0

    def some(self, count: int = THREADS, networks: Sequence[str] = ("x",)) -> None:
        """Readers ask for so many threads more."""
        self.ask(self.links(count, networks))

    def ask(self, links: list[str]) -> None:
        """Readers ask for these, each until it is taken."""
        self.tries += sum(unroll(self.site, link) for link in links)

    def queue(self, count: int) -> list[UUID]:
        """So many are asked for at once, and no bell is heard; their jobs."""
        jobs = [unrolling.ask(link).pk for link in self.links(count)]
        Job.objects.filter(id__in=jobs).update(rung_at=None)
        return jobs

    def links(self, count: int, networks: Sequence[str] = ("x",)) -> list[str]:
        """So many threads more, of each network in turn, whose authors have followers; somebody has to ask for them."""
        numbers = range(self.asked, self.asked + count)
        self.asked += count
        return [self._link(networks[number % len(networks)], number) for number in numbers]

    def _link(self, network: str, number: int) -> str:
        """Followers are those of whoever the network says the author is."""
        link = written(self.world, network, POSTS, number)
        name = f"author{number}"
        if network == "bluesky":
            person = self.world.bluesky.resolve(f"{name}.bsky.social")
            assert person is not None
            known = Person(id=person.did, handle=person.handle, name=name, url=link)
        elif network == "mastodon":
            host = self.world.mastodon.one
            account = host.named(name)
            assert account is not None
            id_ = f"{host.host}/{host.know(account)}"
            known = Person(id=id_, handle=f"{name}@{host.host}", name=name, url=link)
        else:
            author = self.world.x.named(name)
            assert author is not None
            known = Person(id=author.id, handle=name, name=name, url=f"https://x.com/{number}")
        for reader in range(READERS):
            a_follower(f"reader{reader}@example.com", Cadence.INSTANT, person=known, source=network)
        return link

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
        ids = Counter(one.message_id for one in self.world.post.mails())
        doubled, self.doubled = sum(ids.values()) - len(ids) - self.doubled, sum(ids.values()) - len(ids)
        assert doubled <= killed * notifying.AHEAD
        return doubled


@contextmanager
def a_working_site(folder: Path) -> Iterator[Work]:
    """Web, a worker with two processes and a clock."""
    world = World()
    world.x.windows.enforced = False  # a long queue is more than X allows in a quarter of an hour
    with Sandbox(world) as sandbox:
        site = Site(folder, sandbox.env())
        try:
            site.start_web()
            site.start_worker()
            site.start_beat()
            yield Work(site, sandbox.world)
        finally:
            site.end()
