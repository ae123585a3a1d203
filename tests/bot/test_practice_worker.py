"""The practice page's bot with a real worker: the same code without any network."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.bot import holding
from tests.processes import Worker, until
from tests.sandbox.server import Sandbox
from unroller.actions import practicing
from unroller.actions.bot import working
from unroller.models import BotDay, LeftAlone, Mention, PracticePost
from unroller.practice.samples import NAMES

pytestmark = pytest.mark.django_db(transaction=True)

ASKED = "@unroller unroll"


@pytest.fixture
def bot_worker(sandbox: Sandbox, transactional_db: None) -> Iterator[Worker]:
    running = Worker(sandbox.env(), queues="bot")
    yield running
    running.kill()


def answers() -> int:
    return PracticePost.objects.filter(is_bot=True).count()


def state_is(state: str) -> bool:
    return list(Mention.objects.values_list("state", flat=True)) == [state]


def test_a_visitor_is_answered_once_though_the_worker_is_killed(bot_worker: Worker) -> None:
    bot_worker.start()
    with holding.before_the_commit():
        practicing.say(uuid4(), NAMES[0], ASKED)
        until(holding.is_somebody_there, what="answer posted")
        bot_worker.kill()
    assert state_is("sending")
    assert answers() == 1
    Mention.objects.update(leased_until=None)
    bot_worker.start()
    assert working.sweep() == 1
    until(lambda: state_is("answered"), what="answer found")
    assert answers() == 1
    assert not BotDay.objects.exists()


def test_who_says_stop_to_the_practice_bot_may_go_on_practicing(bot_worker: Worker) -> None:
    bot_worker.start()
    visitor = uuid4()
    practicing.say(visitor, NAMES[0], "@unroller stop")
    until(lambda: state_is("silent"), what="heard")
    assert Mention.objects.get().reason == "stopped"
    assert not LeftAlone.objects.exists()
