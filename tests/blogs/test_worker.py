"""A real worker: rung for, killed between the entry and the row, and the thread is on the blog once."""

from collections.abc import Iterator

import pytest

from accounts.models import User
from tests.blogs.owning import connected
from tests.bot import holding
from tests.processes import Worker, until
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from unroller.actions.blogs import publishing, working
from unroller.models import BlogPost, Thread

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("profile")]

State = BlogPost.State


@pytest.fixture
def teller(sandbox: Sandbox, transactional_db: None) -> Iterator[Worker]:
    running = Worker(sandbox.env(), queues="tell")
    yield running
    running.kill()


def is_in(state: str) -> bool:
    return list(BlogPost.objects.values_list("state", flat=True)) == [state]


def go_on() -> None:
    """Leases ran out, waits are over, and the sweeper comes."""
    BlogPost.objects.filter(finished_at=None).update(leased_until=None, not_before=None, rung_at=None)
    working.sweep()


def test_a_worker_publishes_what_it_is_rung_for(ana: User, thread: Thread, world: World, teller: Worker) -> None:
    teller.start()
    publishing.publish(connected(ana, world.blogs["harbour"]), thread, draft=False)
    until(lambda: is_in(State.PUBLISHED), what="published")
    assert len(world.blogs["harbour"].entries) == 1


@pytest.mark.parametrize("kind", [("harbour", State.PUBLISHED), ("garden", State.UNSURE)])
def test_a_worker_killed_between_the_entry_and_the_row_leaves_one_entry(
    ana: User, thread: Thread, world: World, teller: Worker, kind: tuple[str, str]
) -> None:
    name, end = kind
    pretended = world.blogs[name]
    blog = connected(ana, pretended)
    teller.start()
    with holding.before_the_commit("unroller_blogpost", "NEW.state = 'published'"):
        publishing.publish(blog, thread, draft=False)
        until(lambda: len(pretended.entries) == 1 and holding.is_somebody_there(), what="sent, and not written down")
        teller.kill()
    assert is_in(State.SENDING), "that it would be sent was on disk before"
    teller.start()
    go_on()
    until(lambda: is_in(end), what="looked for")
    assert len(pretended.entries) == 1
