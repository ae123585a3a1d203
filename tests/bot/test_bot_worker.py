"""The bot with real workers over the pretend networks: each mention is answered once, whatever dies in between."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.bot import holding
from tests.bot.networks import Talk, begin
from tests.processes import Worker, until
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from unroller import store
from unroller.actions.bot import reading, working
from unroller.models import BotAccount, BotDay, Mention

pytestmark = pytest.mark.django_db(transaction=True)

PATHS = {"x": ("x", "^/2/tweets$"), "bluesky": ("pds", "createRecord"), "mastodon": ("mastodon_one", "/statuses$")}


@pytest.fixture(params=sorted(PATHS))
def talk(request: pytest.FixtureRequest, world: World, sandbox: Sandbox) -> Talk:
    return begin(world, request.param)


@pytest.fixture
def bot_worker(sandbox: Sandbox, transactional_db: None) -> Iterator[Worker]:
    running = Worker(sandbox.env(), queues="bot,fetch")
    yield running
    running.kill()


def look() -> None:
    """The bot looks for mentions now."""
    BotAccount.objects.update(due_at=timezone.now())
    reading.claim_due()


def state_is(state: str) -> bool:
    return list(Mention.objects.values_list("state", flat=True)) == [state]


def go_on() -> None:
    """Leases ran out, waits are over, and the sweeper comes."""
    Mention.objects.filter(finished_at=None).update(leased_until=None, not_before=None, rung_at=None)
    working.sweep()


def test_a_mention_ends_in_one_answer_with_the_link(talk: Talk, bot_worker: Worker) -> None:
    talk.ask()
    bot_worker.start()
    look()
    until(lambda: state_is("answered"), what="mention answered")
    [answer] = talk.answers
    assert "3 posts, 1 min read." in answer
    assert f"/thread/{talk.source}/" in answer
    look()
    row = Mention.objects.get()
    day = BotDay.objects.get(source=talk.source)
    assert (day.answers, day.micros >= row.micros) == (1, True)


def test_a_worker_killed_between_the_post_and_its_commit_leaves_one_answer(talk: Talk, bot_worker: Worker) -> None:
    talk.ask()
    bot_worker.start()
    with holding.before_the_commit():
        look()
        until(holding.is_somebody_there, what="answer posted")
        bot_worker.kill()
    assert state_is("sending")
    assert len(talk.answers) == 1
    bot_worker.start()
    go_on()
    until(lambda: state_is("answered"), what="answer found")
    assert len(talk.answers) == 1
    assert BotDay.objects.get(source=talk.source).answers == 1


def test_an_answer_that_was_posted_but_never_confirmed_is_not_posted_again(talk: Talk, bot_worker: Worker) -> None:
    network, path = PATHS[talk.source]
    talk.world.faults.add(network, "keep-and-close", method="POST", path=path)
    talk.ask()
    bot_worker.start()
    look()
    until(lambda: state_is("sending") and Mention.objects.filter(not_before__isnull=False).exists(), what="not sure")
    talk.world.faults.clear()
    assert len(talk.answers) == 1
    go_on()
    until(lambda: state_is("answered"), what="answer found")
    assert len(talk.answers) == 1


def test_an_answer_that_was_not_posted_is_posted_later(talk: Talk, bot_worker: Worker) -> None:
    network, path = PATHS[talk.source]
    talk.world.faults.add(network, "rate-limited", method="POST", path=path)
    talk.ask()
    bot_worker.start()
    look()
    until(lambda: Mention.objects.filter(words__gt="", not_before__isnull=False).exists(), what="told to wait")
    talk.world.faults.clear()
    assert talk.answers == []
    from_now = Mention.objects.get().not_before
    assert from_now is not None
    assert from_now > timezone.now() + timedelta(seconds=1)
    store.client().delete(*store.client().keys("budget:closed:*"))
    go_on()
    until(lambda: state_is("answered"), what="answered later")
    assert len(talk.answers) == 1


def test_a_second_asker_in_the_same_conversation_reads_the_first_ones_answer(talk: Talk, bot_worker: Worker) -> None:
    talk.ask("ana")
    bot_worker.start()
    look()
    until(lambda: state_is("answered"), what="mention answered")
    talk.ask("bea", number=3)
    talk.network.mention("carl", quoting=talk.posts[0])
    look()
    until(lambda: not Mention.objects.filter(finished_at=None).exists() and Mention.objects.count() == 3, what="all")
    assert sorted(Mention.objects.values_list("state", flat=True)) == ["answered", "answered", "silent"]
    assert len(talk.answers) == 2


def test_a_reply_below_the_answer_is_no_request(talk: Talk, bot_worker: Worker) -> None:
    """It carries the bot's handle by itself on some networks; whoever thanks it asks for nothing."""
    talk.ask()
    bot_worker.start()
    look()
    until(lambda: state_is("answered"), what="mention answered")
    talk.network.mention("bea", text="Thank you, unroll was a good idea", below=talk.answer_posts[0])
    look()
    until(lambda: BotDay.objects.get(source=talk.source).looks >= 2, what="looked again")
    assert len(talk.answers) == 1


def test_two_workers_do_not_answer_twice(talk: Talk, bot_worker: Worker) -> None:
    talk.ask()
    bot_worker.start()
    look()
    until(Mention.objects.exists, what="mention seen")
    for _ in range(20):
        Mention.objects.filter(finished_at=None).update(rung_at=None)
        working.sweep()
    until(lambda: state_is("answered"), what="mention answered")
    assert len(talk.answers) == 1
