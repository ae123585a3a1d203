"""The bot's mentions on Bluesky: none missed however many came, and answers that the data server takes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import regex

from tests.sandbox.bots import answers_of_bot
from tests.sources.mentioning_reading import Stage
from tests.sources.test_mentioning import LINK, asked
from unroller.core.answers import WAYS, compose
from unroller.core.errors import RateLimited, Unreachable
from unroller.core.mentions import refuses_bots
from unroller.core.posts import Person
from unroller.sources.mentioning import Mentions

LISTED = "listNotifications"


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as running:
        yield running


@pytest.fixture
def own(stage: Stage) -> Person:
    return stage.bots["bluesky"].who(stage.web())


def look(stage: Stage, own: Person, cursor: str = "") -> Mentions:
    return stage.bots["bluesky"].mentions(own, stage.web(), cursor=cursor)


def flood(stage: Stage, count: int) -> None:
    """So many mentions, one a second."""
    ben, now = stage.world.bluesky.person("ben.example"), stage.world.clock.now()
    for number in range(count, 0, -1):
        stage.world.bluesky.mention(ben, at=now - timedelta(seconds=number))


def test_a_look_that_does_not_reach_the_end_is_gone_on_with(stage: Stage, own: Person) -> None:
    flood(stage, 1_250)
    first = look(stage, own)
    assert len(first.mentions) == 1_000
    stage.world.bluesky.mention("cara.example")
    second = look(stage, own, first.cursor)
    third = look(stage, own, second.cursor)
    keys = {mention.key for found in (first, second, third) for mention in found.mentions}
    assert len(keys) == 1_251
    assert (second.again, " " in third.cursor) == (0, False)


def test_a_page_that_the_server_forgot_does_not_make_the_bot_deaf(stage: Stage, own: Person) -> None:
    flood(stage, 1_050)
    cursor = look(stage, own).cursor
    stage.world.bluesky.mention("cara.example")
    stage.world.faults.add("pds", "error", path=LISTED, status=400)
    assert [mention.asker.handle for mention in look(stage, own, cursor).mentions][-1] == "cara.example"


def test_an_error_between_two_pages_moves_nothing_on(stage: Stage, own: Person) -> None:
    flood(stage, 150)
    stage.world.faults.add("pds", "error", path=LISTED, skip=1, times=2)
    with pytest.raises(Unreachable):
        look(stage, own)
    assert len(look(stage, own).mentions) == 150


def test_a_session_that_ends_between_two_pages_is_renewed(stage: Stage, own: Person) -> None:
    flood(stage, 150)
    stage.world.faults.at_call("pds", 2, lambda: stage.world.clock.advance(timedelta(seconds=7_300)), path=LISTED)
    assert len(look(stage, own).mentions) == 150


def test_a_session_that_cannot_be_renewed_is_begun_anew(stage: Stage, own: Person) -> None:
    stage.world.bluesky.mention("ben.example")
    look(stage, own)
    stage.world.clock.advance(timedelta(seconds=7_300))
    stage.world.faults.add("pds", "error", path="refreshSession", status=400)
    stage.world.bluesky.mention("cara.example")
    assert [mention.asker.handle for mention in look(stage, own).mentions][-1] == "cara.example"
    assert stage.world.log.of("pds", "Session$")[-1].path.endswith("createSession")


def test_the_limit_of_the_data_server_says_when_it_ends(stage: Stage, own: Person) -> None:
    stage.world.bluesky.mention("ben.example")
    mention = asked(stage, "bluesky")
    stage.world.faults.add("pds", "rate-limited", path="createRecord", seconds=200)
    with pytest.raises(RateLimited) as told:
        stage.bots["bluesky"].answer(mention, "Here.", LINK, stage.web())
    assert timedelta(seconds=150) < told.value.until - datetime.now(UTC) < timedelta(seconds=210)


def test_the_points_of_an_hour_are_spent_and_come_back(stage: Stage, own: Person) -> None:
    stage.world.bluesky.mention("ben.example")
    mention = asked(stage, "bluesky")
    while stage.world.bluesky.windows.take(f"writes {own.id} 3600", 5_000, seconds=3_600, cost=3).allowed:
        pass
    with pytest.raises(RateLimited) as told:
        stage.bots["bluesky"].answer(mention, "Here.", LINK, stage.web())
    assert told.value.until - datetime.now(UTC) > timedelta(minutes=55)
    stage.world.clock.advance(timedelta(hours=1, seconds=1))
    stage.bots["bluesky"].answer(mention, "Here.", LINK, stage.web())
    assert len(answers_of_bot(stage.world.bluesky)) == 1


@pytest.mark.parametrize(
    "words",
    ["Здесь 👩‍👩‍👧‍👦 ﷽ é", "".join(f"{turn % 10}" for turn in range(250)), "日本語のスレッド"],
    ids=["scripts", "longest", "wide"],
)
def test_the_link_is_where_the_answer_says_in_bytes(stage: Stage, own: Person, words: str) -> None:
    stage.world.bluesky.mention("ben.example")
    link = f"{LINK}{'x' * 200}"
    stage.bots["bluesky"].answer(asked(stage, "bluesky"), words, link, stage.web())
    [answer] = answers_of_bot(stage.world.bluesky)
    value = answer.raw_record
    assert value is not None
    [facet] = value["facets"]
    at = facet["index"]
    shown = value["text"].encode()[at["byteStart"] : at["byteEnd"]].decode()
    assert shown.startswith("unroller.example/thread/x/1900")
    assert facet["features"][0]["uri"] == link
    assert len(regex.findall(r"\X", value["text"])) <= 300


def test_no_answer_is_ever_too_long() -> None:
    longest = max(
        (compose(posts=10**7, minutes=10**6, most=140, turn=turn, handle="a" * 30) for turn in range(WAYS)), key=len
    )
    assert len(longest) <= 140


def test_what_somebody_says_of_themselves_comes_with_their_mention(stage: Stage, own: Person) -> None:
    stage.world.bluesky.person("ben.example", bio="I write. #NoBot please")
    robot = stage.world.bluesky.person("robot.example")
    robot.self_labels.append("bot")
    for handle in ("ben.example", "robot.example"):
        stage.world.bluesky.mention(handle)
    ben, other = sorted(look(stage, own).mentions, key=lambda mention: mention.asker.handle)
    assert (refuses_bots(ben.asker.bio), ben.by_bot, other.by_bot) == (True, False, True)


def test_who_blocks_the_bot_is_not_heard(stage: Stage, own: Person) -> None:
    call = stage.world.bluesky.mention("ben.example")
    stage.world.bluesky.block(call.author, stage.world.bluesky.bot)
    assert look(stage, own).mentions == ()
