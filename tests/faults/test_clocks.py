"""Clocks that jump, by a day forward and an hour back: nothing is done twice, and nothing is lost."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts import mail
from accounts.actions import letters
from accounts.leases import LostLease
from tests.faults.harness import go_on, hear_bells
from tests.followers import a_follower, a_new_thread, announced
from tests.sandbox.mail.post import PostOffice
from tests.sandbox.world import World
from tests.test_unrolling import a_chain
from unroller import networks
from unroller.actions import jobs, notifying, unrolling
from unroller.models import Cadence, Job, Thread
from unroller.sources.recording import Raw

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("sandbox")]
JUMPS = pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(hours=-1)], ids=["a day on", "an hour back"])


def jumped(jump: timedelta) -> time_machine.travel:
    return time_machine.travel(timezone.now() + jump, tick=True)


@JUMPS
def test_a_job_that_is_held_is_written_by_one_worker(world: World, jump: timedelta) -> None:
    """On a clock that is a day ahead the lease is over: another takes the row, and the first one may not write."""
    job = unrolling.ask(world.x.link(a_chain(world)[0]))
    held = jobs.claim(str(job.pk))
    assert held is not None
    fetched = unrolling._fetch(networks.sources()["x"], held, Raw(source="x", key=job.key))
    with jumped(jump):
        unrolling.run(str(job.pk))
    job.refresh_from_db()
    if jump > timedelta():
        assert (job.state, job.attempts) == (Job.State.DONE, 2)
        with pytest.raises(LostLease):
            unrolling.store_thread(held, fetched)
    else:
        assert (job.state, job.attempts) == (Job.State.RUNNING, 1)
        unrolling.store_thread(held, fetched)
    assert Thread.objects.count() == 1


@JUMPS
def test_a_mail_is_sent_once(post_office: PostOffice, jump: timedelta) -> None:
    a_follower(cadence=Cadence.INSTANT)
    announced(a_new_thread())
    mail.send("login_code", "bob@example.com", {"code": "246810"})
    assert (notifying.send_due(), letters.deliver_due()) == (1, 1)
    with jumped(jump):
        hear_bells()
        notifying.send_due()
        letters.deliver_due()
    assert post_office.total == 2


def test_a_morning_that_comes_twice_is_one_mail(post_office: PostOffice) -> None:
    a_follower(cadence=Cadence.DAILY)
    announced(a_new_thread())
    with jumped(timedelta(days=1)):
        notifying.send_due()
    with jumped(timedelta(hours=23)):
        notifying.send_due()
    with jumped(timedelta(days=1)):
        notifying.send_due()
    assert post_office.total == 1


@JUMPS
def test_what_waits_is_done_after_the_clock_was_set_right(world: World, jump: timedelta) -> None:
    with jumped(jump):
        job = unrolling.ask(world.x.link(a_chain(world)[0]))
        jobs.sweep()
    hear_bells()
    go_on(lambda: Job.objects.get().state == Job.State.DONE, ("unroller.sweep",))
    assert (Thread.objects.count(), Job.objects.get(pk=job.pk).attempts) == (1, 1)
