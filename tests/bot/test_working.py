"""Answering once: what is written down before and after a post, and what becomes of it when something fails."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from tests.bot.paper import Paper, a_mention, heard, worked
from tests.threads import a_thread
from unroller.actions.bot import working
from unroller.actions.bot.silence import sentence
from unroller.core.errors import NotConfigured, OutOfCredits, RateLimited, Unreachable
from unroller.core.posts import Person
from unroller.models import Author, BotAccount, BotDay, Job, Mention, Thread
from unroller.sources.mentioning import NotSure, NotWelcome

pytestmark = pytest.mark.django_db


@pytest.fixture
def thread(paper: Paper) -> Thread:
    return a_thread(3)


def test_an_answer_is_counted_with_its_price(paper: Paper, thread: Thread) -> None:
    row = heard(a_mention())
    assert (row.answer_key, row.micros, row.document, row.leased_until) == ("answer to 100", 10_000, None, None)
    day = BotDay.objects.get()
    assert (day.source, day.answers, day.micros) == ("x", 1, 10_000)


def test_an_answer_waits_for_the_thread(paper: Paper) -> None:
    row = heard(a_mention())
    assert (row.state, row.not_before is not None, row.attempts) == ("unrolling", True, 0)
    thread = a_thread(3)
    Job.objects.update(state="done", thread=thread)
    row = worked(row)
    assert (row.state, row.thread, len(paper.posted)) == ("answered", thread, 1)


def test_a_thread_that_cannot_be_fetched_is_told_to_nobody_but_the_asker(paper: Paper) -> None:
    row = heard(a_mention())
    Job.objects.update(state="failed", error="Protected")
    row = worked(row)
    assert (row.state, row.reason, paper.posted) == ("failed", "Protected", [])
    assert "protected" in sentence(row)


def test_an_author_who_does_not_want_to_be_found_makes_it_silent(paper: Paper) -> None:
    row = heard(a_mention())
    Job.objects.update(state="failed", error="Uninvited")
    assert worked(row).reason == "unlisted"


def test_an_answer_whose_sending_is_not_sure_is_looked_for_before_it_is_sent_again(
    paper: Paper, thread: Thread
) -> None:
    paper.after = NotSure("no answer")
    row = heard(a_mention())
    assert row.state == "sending"
    assert row.not_before is not None
    assert row.not_before > timezone.now() + timedelta(seconds=15)
    row = worked(row)
    assert (row.state, len(paper.posted)) == ("answered", 1)


def test_what_surely_was_not_posted_is_posted_later_in_the_same_words(paper: Paper, thread: Thread) -> None:
    paper.before = NotSure("no answer")
    row = heard(a_mention())
    words = row.words
    row = worked(row)
    assert row.state == "answered"
    assert paper.posted == [("100", words.replace("\n", " "))]


def test_a_rate_limit_is_waited_for_without_counting(paper: Paper, thread: Thread) -> None:
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=9)
    paper.before = RateLimited(until)
    row = heard(a_mention())
    assert (row.state, row.not_before, row.attempts) == ("ready", until, 0)
    assert worked(row).state == "answered"


@pytest.mark.parametrize("error", [OutOfCredits(), Unreachable(), NotConfigured()])
def test_an_answer_waits_for_its_network(paper: Paper, thread: Thread, error: Exception) -> None:
    paper.before = error
    row = heard(a_mention())
    assert row.not_before is not None
    assert row.finished_at is None
    assert worked(row).state == "answered"


def test_an_unwelcome_answer_is_not_tried_again(paper: Paper, thread: Thread) -> None:
    paper.before = NotWelcome()
    row = heard(a_mention())
    assert (row.state, row.reason) == ("failed", "NotWelcome")
    assert sentence(row).startswith("X did not let the bot answer")


def test_after_a_day_nobody_is_answered_any_more(paper: Paper, thread: Thread) -> None:
    row = heard(a_mention(), since=timezone.now() - timedelta(hours=25))
    assert (row.state, row.reason) == ("silent", "too-old")
    paper.before = Unreachable()
    row = heard(a_mention("101", parent_key="", quoted_key="2"))
    Mention.objects.filter(id=row.id).update(created_at=timezone.now() - timedelta(hours=25))
    row = worked(row)
    assert (row.state, row.reason, paper.posted) == ("failed", "TooLate", [])


def test_an_author_who_opts_out_while_the_answer_waits_is_obeyed(paper: Paper, thread: Thread) -> None:
    paper.before = Unreachable()
    row = heard(a_mention())
    Author.objects.update(opted_out=True)
    assert worked(row).reason == "author-refuses"
    assert paper.posted == []


def test_a_thread_that_is_deleted_while_the_answer_waits_is_not_linked(paper: Paper, thread: Thread) -> None:
    paper.before = Unreachable()
    row = heard(a_mention())
    Thread.objects.all().delete()
    row = worked(row)
    assert (row.state, row.reason, paper.posted) == ("failed", "Gone", [])


def test_a_worker_that_died_while_posting_leaves_one_answer(paper: Paper, thread: Thread) -> None:
    """It posted, and died before it could write that down."""
    paper.after = Unreachable()
    heard(a_mention())
    Mention.objects.update(state="sending", attempts=1, leased_until=timezone.now() - timedelta(seconds=1))
    row = worked(Mention.objects.get())
    assert (row.state, len(paper.posted)) == ("answered", 1)


def test_a_mention_that_kills_every_worker_is_given_up(paper: Paper, thread: Thread) -> None:
    paper.before = Unreachable()
    row = heard(a_mention())
    Mention.objects.update(attempts=working.QUEUE.most_attempts)
    row = worked(row)
    assert (row.state, row.reason) == ("failed", "Broken")


def test_a_mention_on_a_network_that_is_not_set_up_any_more_waits(paper: Paper, thread: Thread) -> None:
    paper.before = Unreachable()
    row = heard(a_mention())
    Mention.objects.update(source="bluesky")
    row = worked(row)
    assert (row.finished_at, row.not_before is not None) == (None, True)


def test_mentions_are_forgotten_after_a_month(paper: Paper, thread: Thread) -> None:
    heard(a_mention())
    assert working.tidy() == 0
    Mention.objects.update(finished_at=timezone.now() - timedelta(days=31))
    assert working.tidy() == 1
    assert BotAccount.objects.count() == 0


def test_no_two_answers_say_the_same(paper: Paper, thread: Thread) -> None:
    """X refuses a post that says what another one said, whoever it answers."""
    for number, asker in enumerate(("ana", "bea", "ana", "carl", "ana")):
        person = Person(id=asker, handle=asker, name=asker, url="")
        heard(a_mention(str(100 + number), asker=person, parent_key="", quoted_key=str(number % 3 + 1)))
    assert len(paper.posted) == len({words for _, words in paper.posted}) == 5


def test_somebody_who_asks_twice_at_once_reads_other_words(paper: Paper) -> None:
    rows = [heard(a_mention("100")), heard(a_mention("101", parent_key="", quoted_key="2"))]
    Job.objects.update(state="done", thread=a_thread(3))
    assert [worked(row).state for row in rows] == ["answered", "answered"]
    assert len({words for _, words in paper.posted}) == 2
