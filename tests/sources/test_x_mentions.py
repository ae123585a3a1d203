"""The bot's mentions on X: none missed, none paid for twice, edits and both vocabularies understood."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.sandbox.bots import answers_of_bot
from tests.sources.mentioning_reading import Stage
from tests.sources.test_mentioning import LINK
from unroller.core.errors import RateLimited
from unroller.core.posts import Person
from unroller.sources.mentioning import Mentions
from unroller.sources.x.vocabulary import Dialect

DIALECTS: list[Dialect] = ["legacy", "new"]


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as running:
        yield running


@pytest.fixture
def own(stage: Stage) -> Person:
    return stage.bots["x"].who(stage.web())


def look(stage: Stage, own: Person, cursor: str = "") -> Mentions:
    return stage.bots["x"].mentions(own, stage.web(), cursor=cursor)


def test_short_pages_hold_nothing_back(stage: Stage, own: Person) -> None:
    for number in range(500):
        stage.world.x.mention("ben", f"@unroller unroll {number}")
    stage.world.x.paging.short_pages = 12
    assert len(look(stage, own).mentions) == 500


def test_a_mention_that_x_shows_after_a_newer_one_is_not_missed(stage: Stage, own: Person) -> None:
    now = stage.world.clock.now()
    stage.world.x.mention("ben", at=now)
    cursor = look(stage, own).cursor
    late = stage.world.x.mention("cara", at=now - timedelta(seconds=20))
    found = look(stage, own, cursor)
    assert str(late.id) in [mention.key for mention in found.mentions]
    assert (found.read, found.micros, found.cursor) == (0, 0, cursor)


def test_an_error_between_two_pages_moves_nothing_on(stage: Stage, own: Person) -> None:
    for number in range(150):
        stage.world.x.mention("ben", f"@unroller unroll {number}")
    stage.world.faults.add("x", "rate-limited", path="/mentions$", skip=1)
    with pytest.raises(RateLimited):
        look(stage, own)
    assert len(look(stage, own).mentions) == 150


def test_a_token_that_ends_between_two_pages_is_renewed(stage: Stage, own: Person) -> None:
    for number in range(150):
        stage.world.x.mention("ben", f"@unroller unroll {number}")
    stage.world.faults.at_call("x", 2, lambda: stage.world.clock.advance(timedelta(hours=3)), path="/mentions$")
    assert len(look(stage, own).mentions) == 150


def test_who_asks_a_hundred_times_is_looked_up_once(stage: Stage, own: Person) -> None:
    for number in range(100):
        stage.world.x.mention("ben", f"@unroller unroll {number}")
    for number in range(20):
        stage.world.x.mention("cara", f"thanks @unroller {number}")
    stage.world.x.billing.reset()
    found = look(stage, own)
    assert {mention.asker.handle for mention in found.mentions if "unroll" in mention.text[10:]} == {"ben"}
    assert (found.read, found.micros) == (120, 120 * 1_000 + 15_000)
    assert stage.world.x.billing.numbers()["dollars"] == found.micros / 1_000_000


def test_who_is_gone_when_asked_about_is_not_answered(stage: Stage, own: Person) -> None:
    call = stage.world.x.mention("ben")
    stage.world.x.mention("cara")
    stage.world.faults.at_call("x", 1, lambda: stage.world.x.delete(call), path="^/2/tweets$")
    assert [mention.asker.handle for mention in look(stage, own).mentions] == ["cara"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_edited_mention_is_the_same_one(stage: Stage, own: Person, dialect: Dialect) -> None:
    stage.speak(dialect)
    call = stage.world.x.mention("ben", below=stage.world.x.post("ada", "one"))
    first = look(stage, own)
    edited = stage.world.x.edit(call, "@unroller please unroll", at=stage.world.clock.now())
    [mention] = look(stage, own, first.cursor).mentions[-1:]
    assert (mention.key, mention.reply_to["id"]) == (str(call.id), str(edited.id))
    bot = stage.bots["x"]
    sent = bot.answer(mention, "Here.", LINK, stage.web())
    assert bot.own_answer(own, first.mentions[0], stage.web()) in {sent, None}
    assert bot.own_answer(own, mention, stage.web()) == sent


@pytest.mark.parametrize("dialect", DIALECTS)
def test_stop_below_an_answer_is_heard_in_either_vocabulary(stage: Stage, own: Person, dialect: Dialect) -> None:
    stage.speak(dialect)
    stage.world.x.mention("ben", below=stage.world.x.post("ada", "one"))
    bot = stage.bots["x"]
    bot.answer(look(stage, own).mentions[0], "Here.", LINK, stage.web())
    [answer] = answers_of_bot(stage.world.x)
    stage.world.x.post("ben", "stop", under=answer, at=stage.world.clock.now())
    last = look(stage, own).mentions[-1]
    assert (last.text, last.is_explicit, last.parent_author_id, last.asker.id != "") == ("stop", False, own.id, True)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_whole_of_a_long_post_is_read(stage: Stage, own: Person, dialect: Dialect) -> None:
    stage.speak(dialect)
    stage.world.x.mention("ben", "All of this is worth reading, and more. " * 10 + "So @unroller unroll")
    [mention] = look(stage, own).mentions
    assert mention.is_explicit
    assert mention.text.endswith("@unroller unroll")
