"""Bad weather on the network: half of all calls fail, or each takes long. Queues drain, and nothing comes twice."""

from collections import Counter

import pytest
from django.utils import timezone

from tests.faults.harness import LONG, go_on
from tests.faults.weather import NETWORKS, every_other_call, written
from tests.followers import a_new_thread, announced, many_followers
from tests.sandbox.faults import FOR_EVER, Kind
from tests.sandbox.mail.post import PostOffice
from tests.sandbox.world import World
from unroller.actions import unrolling
from unroller.models import Job, Member, Notification, Thread

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sandbox")]
THREADS = 60 if LONG else 12
POSTS = 5
READERS = 40 if LONG else 10
SLOW = 10.0 if LONG else 0.5


def is_fetched() -> bool:
    return not Job.objects.filter(finished_at=None).exists()


@pytest.mark.parametrize("kind", ["error", "close"])
@pytest.mark.parametrize("network", NETWORKS)
def test_threads_come_once_while_half_of_the_networks_answers_fail(world: World, network: str, kind: Kind) -> None:
    for number in range(THREADS):
        unrolling.ask(written(world, network, POSTS, number))
    every_other_call(world, network, kind)
    go_on(is_fetched, ("unroller.sweep",))
    assert Counter(Job.objects.values_list("state", flat=True)) == {Job.State.DONE: THREADS}
    assert (Thread.objects.count(), Member.objects.count()) == (THREADS, THREADS * POSTS)


@pytest.mark.parametrize("network", NETWORKS)
def test_a_thread_whose_answers_come_slowly_is_fetched_in_one_attempt(world: World, network: str) -> None:
    job = unrolling.ask(written(world, network, POSTS))
    world.faults.add(network, "drip", times=FOR_EVER, seconds=SLOW)
    began = timezone.now()
    go_on(is_fetched, ("unroller.sweep",))
    job.refresh_from_db()
    assert (job.state, job.attempts, Thread.objects.count()) == (Job.State.DONE, 1, 1)
    assert (timezone.now() - began).total_seconds() > SLOW


@pytest.mark.parametrize("kind", ["error", "close", "keep-and-close"])
def test_every_follower_is_told_while_the_mail_server_fails_in_the_middle(
    world: World, post_office: PostOffice, kind: Kind
) -> None:
    many_followers(READERS)
    announced(a_new_thread())
    every_other_call(world, "smtp", kind, path="END")

    def is_told() -> bool:
        return not Notification.objects.filter(settled_at=None).exists()

    go_on(is_told, ("unroller.notify",))
    assert not Notification.objects.exclude(outcome=Notification.Outcome.SENT).exists()
    mails = post_office.mails()
    ids = {one.message_id for one in mails}
    assert len({one.recipients[0] for one in mails}) == len(ids) == READERS
    assert (len(mails) > READERS) == (kind == "keep-and-close"), "only what the server took and denied comes again"
