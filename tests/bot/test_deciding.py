"""Which mentions the bot answers, and about which it keeps silent."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.bot.paper import ANA, BOT, Paper, a_mention, heard
from tests.threads import MARA, a_thread
from unroller.actions.bot.silence import Silence, sentence
from unroller.core.posts import Person
from unroller.models import Author, Job, LeftAlone, Mention, Thread

pytestmark = pytest.mark.django_db

ROBOT = Person(id="8", handle="robot", name="Robot", url="", bio="I post on my own. #nobot")


@pytest.fixture
def thread(paper: Paper) -> Thread:
    """Mara's, of three posts."""
    return a_thread(3)


def test_a_mention_below_a_thread_is_answered_with_the_link_to_that_post(paper: Paper, thread: Thread) -> None:
    row = heard(a_mention())
    assert row.state == "answered"
    [(key, words)] = paper.posted
    assert key == "100"
    assert words.startswith("Hi ana! ")
    assert "3 posts, 1 min read." in words
    assert words.endswith(" http://localhost:8000/thread/x/1#post-2")


def test_a_mention_that_quotes_the_post_is_answered(paper: Paper, thread: Thread) -> None:
    row = heard(a_mention(parent_key="", quoted_key="1", quoted_author_id="1"))
    assert (row.state, row.place) == ("answered", "quote")
    assert paper.posted[0][1].endswith("/thread/x/1")


def test_a_mention_with_a_link_is_answered(paper: Paper, thread: Thread) -> None:
    row = heard(a_mention(text="@unroller unroll https://x.com/maralind/status/3 please", parent_key=""))
    assert (row.state, row.place, row.target) == ("answered", "link", "3")


def test_the_post_above_counts_before_a_quoted_one_and_a_linked_one(paper: Paper, thread: Thread) -> None:
    text = "unroll https://x.com/maralind/status/3"
    assert heard(a_mention("100", text, quoted_key="1")).target == "2"
    assert heard(a_mention("101", text, quoted_key="1", parent_key="")).target == "1"


def test_a_mention_of_nothing_to_unroll_is_not_answered(paper: Paper) -> None:
    row = heard(a_mention(text="unroll https://example.com/ https://x.com/ana/status/100", parent_key=""))
    assert (row.state, row.reason) == ("silent", "no-target")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"is_explicit": False}, Silence.NOT_ADDRESSED),
        ({"text": "@unroller thanks"}, Silence.NO_WORD),
        ({"text": "@unroller don’t unroll"}, Silence.NO_WORD),
        ({"by_bot": True}, Silence.BOT),
        ({"asker": ROBOT}, Silence.BOT),
        ({"asker": BOT}, Silence.OWN),
        ({"parent_author_id": BOT.id}, Silence.OWN),
        ({"written_at": timezone.now() - timedelta(hours=25)}, Silence.TOO_OLD),
    ],
)
def test_the_bot_keeps_silent(paper: Paper, thread: Thread, changes: dict[str, Any], why: Silence) -> None:
    row = heard(a_mention(**changes))
    assert (row.state, row.reason) == ("silent", why)
    assert sentence(row) == why.label
    assert (paper.posted, row.document, Job.objects.count()) == ([], None, 0)


def test_who_says_stop_is_never_answered_again(paper: Paper, thread: Thread) -> None:
    assert heard(a_mention("100", "@unroller stop")).reason == "stopped"
    assert LeftAlone.objects.get().network_id == ANA.id
    assert heard(a_mention("101")).reason == "left-alone"
    assert paper.posted == []


def test_who_answers_the_bot_with_stop_need_not_name_it(paper: Paper) -> None:
    below = {"is_explicit": False, "parent_author_id": BOT.id}
    assert heard(a_mention("100", "unroll", **below)).reason == "not-addressed"
    assert heard(a_mention("101", "stop", is_explicit=False)).reason == "not-addressed"
    assert heard(a_mention("102", "stop", **below)).reason == "stopped"
    assert LeftAlone.objects.get().network_id == ANA.id


def test_nobody_unrolls_who_said_stop(paper: Paper, thread: Thread) -> None:
    LeftAlone.objects.create(source="x", network_id=MARA.id)
    assert heard(a_mention()).reason == "author-refuses"
    assert heard(a_mention("101", parent_author_id="")).reason == "author-refuses"
    assert paper.posted == []


@pytest.mark.parametrize("key", ["1", "7"])
def test_who_opted_out_is_neither_answered_nor_unrolled(paper: Paper, thread: Thread, key: str) -> None:
    Author.objects.update_or_create(
        source="x", network_id=key, defaults={"opted_out": True, "handle": "x", "name": "X", "url": "https://x.com/x"}
    )
    row = heard(a_mention())
    assert row.state == "silent"
    assert row.reason in {"author-refuses", "left-alone"}
    assert paper.posted == []


def test_an_unlisted_author_is_unrolled_for_nobody_else(paper: Paper) -> None:
    mara = Person(**{name: getattr(MARA, name) for name in ("id", "handle", "name", "url")}, unlisted=True)
    a_thread(3, author=mara)
    assert heard(a_mention()).reason == "unlisted"
    assert heard(a_mention("101", asker=mara)).state == "answered"
    assert len(paper.posted) == 1


def test_a_thread_that_is_not_here_is_fetched_as_for_followers_but_for_its_author_as_for_everybody(
    paper: Paper,
) -> None:
    assert heard(a_mention()).state == "unrolling"
    assert Job.objects.get().why == "mentioned"
    Job.objects.all().delete()
    heard(a_mention("101", asker=MARA))
    assert Job.objects.get().why == "asked"


def test_a_removed_thread_is_not_linked(paper: Paper, thread: Thread) -> None:
    Thread.objects.update(removed="Withdrawn", document=None)
    assert heard(a_mention()).reason == "author-refuses"
    Thread.objects.update(removed="Gone")
    row = heard(a_mention("101"))
    assert (row.state, row.reason) == ("failed", "Gone")
    assert paper.posted == []


def test_one_conversation_gets_one_answer_in_ten_minutes(paper: Paper, thread: Thread) -> None:
    heard(a_mention("100"))
    bea = Person(id="17", handle="bea", name="Bea", url="")
    assert heard(a_mention("101", asker=bea, parent_key="3")).reason == "just-answered"
    assert heard(a_mention("102", asker=bea, parent_key="", quoted_key="2")).state == "answered"
    Mention.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    assert heard(a_mention("103", asker=bea)).state == "answered"
    links = [words.rpartition(" ")[2] for _, words in paper.posted]
    assert len(set(links)) == 1


def test_who_asks_too_often_waits(paper: Paper) -> None:
    for number in range(0, 60, 10):
        a_thread(3, first=number * 10 + 1)
    rows = [heard(a_mention(str(1_000 + turn), parent_key=str(turn * 100 + 1))) for turn in range(6)]
    assert [row.state for row in rows] == ["answered"] * 5 + ["silent"]
    assert rows[-1].reason == "too-many"
    Mention.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    assert heard(a_mention("2000", parent_key="501")).state == "answered"


def test_two_bots_that_do_not_say_so_stop_talking_to_each_other(paper: Paper) -> None:
    """A loop ends with the day's answers at the latest."""
    for number in range(35):
        a_thread(1, first=1_000 + number)
        heard(a_mention(str(5_000 + number), parent_key=str(1_000 + number)))
        Mention.objects.update(created_at=timezone.now() - timedelta(minutes=30))
    assert len(paper.posted) == 30
