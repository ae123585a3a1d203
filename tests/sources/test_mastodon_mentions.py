"""The bot's mentions on Mastodon: none missed or held back by another, and a token that may do too little."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.bots import answers_of_bot
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.mastodon.network import BOT_TOKEN
from tests.sources.mentioning_reading import Stage
from tests.sources.test_mentioning import LINK, asked
from unroller.core.errors import NotConfigured, RateLimited, Unreachable
from unroller.core.posts import Person
from unroller.sources.mentioning import Mentions

TOLD = "/notifications$"
ABOVE = r"/statuses/\d+$"


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as running:
        yield running


@pytest.fixture
def own(stage: Stage) -> Person:
    return stage.bots["mastodon"].who(stage.web())


def look(stage: Stage, own: Person, cursor: str = "") -> Mentions:
    return stage.bots["mastodon"].mentions(own, stage.web(), cursor=cursor)


def names(found: Mentions) -> list[str]:
    return [mention.asker.handle.partition("@")[0] for mention in found.mentions]


def call(stage: Stage, by: str, *, minutes_ago: int = 0) -> None:
    """Somebody calls the bot below a story of their own."""
    at = stage.world.clock.now() - timedelta(minutes=minutes_ago)
    story = stage.world.mastodon.one.post("ada", "A story")
    stage.world.mastodon.mention(by, below=story, at=at)


def lose(stage: Stage, *scopes: str) -> None:
    tokens = stage.world.mastodon.one.tokens
    tokens[BOT_TOKEN] = replace(tokens[BOT_TOKEN], scopes=tokens[BOT_TOKEN].scopes - set(scopes))


def test_many_pages_are_read_look_by_look_and_none_is_missed(stage: Stage, own: Person) -> None:
    stage.world.mastodon.mention("first")
    cursor, seen = look(stage, own).cursor, set[str]()
    start = stage.world.clock.now()
    for number in range(190):
        stage.world.mastodon.mention("ben", at=start + timedelta(milliseconds=number))
    for _ in range(4):
        found = look(stage, own, cursor)
        cursor = found.cursor
        seen |= {mention.key for mention in found.mentions}
    assert len(seen) == 190
    assert look(stage, own, cursor).mentions == ()


def test_an_error_on_the_way_keeps_what_came_before_and_the_next_look_begins_there(stage: Stage, own: Person) -> None:
    for number, who in enumerate(("ben", "cara", "dora")):
        call(stage, who, minutes_ago=3 - number)
    stage.world.faults.add("mastodon_one", "rate-limited", path=ABOVE, skip=1)
    first = look(stage, own)
    assert names(first) == ["ben"]
    assert names(look(stage, own, first.cursor)) == ["cara", "dora"]


def test_an_error_at_once_is_told(stage: Stage, own: Person) -> None:
    call(stage, "ben")
    stage.world.faults.add("mastodon_one", "error", path=ABOVE, times=2)
    with pytest.raises(Unreachable):
        look(stage, own)
    assert names(look(stage, own)) == ["ben"]


def test_a_status_that_never_comes_does_not_make_the_bot_deaf(stage: Stage, own: Person) -> None:
    call(stage, "ben", minutes_ago=12)
    stage.world.mastodon.mention("cara")
    stage.world.faults.add("mastodon_one", "error", path=ABOVE, times=FOR_EVER)
    assert names(look(stage, own)) == ["ben", "cara"]


@pytest.mark.parametrize("scope", ["read:notifications", "read:statuses"])
def test_a_token_that_may_not_read_is_the_operators_matter(stage: Stage, own: Person, scope: str) -> None:
    call(stage, "ben")
    lose(stage, scope)
    with pytest.raises(NotConfigured, match="scope"):
        look(stage, own)


def test_a_token_that_may_not_write_is_the_operators_matter(stage: Stage, own: Person) -> None:
    call(stage, "ben")
    mention = asked(stage, "mastodon")
    lose(stage, "write:statuses")
    with pytest.raises(NotConfigured, match="scope"):
        stage.bots["mastodon"].answer(mention, "Here.", LINK, stage.web())
    assert answers_of_bot(stage.world.mastodon) == []


def test_the_limit_of_the_server_says_when_it_ends(stage: Stage, own: Person) -> None:
    call(stage, "ben")
    mention = asked(stage, "mastodon")
    one = stage.world.mastodon.one
    while one.windows.take("token unroller", 300, seconds=300).allowed:
        pass
    with pytest.raises(RateLimited) as told:
        stage.bots["mastodon"].answer(mention, "Here.", LINK, stage.web())
    assert timedelta(seconds=200) < told.value.until - datetime.now(UTC) < timedelta(seconds=310)


def test_its_own_answer_is_found_behind_short_pages(stage: Stage, own: Person) -> None:
    """A server may leave statuses out of a page."""
    call(stage, "ben")
    mention = asked(stage, "mastodon")
    sent = stage.bots["mastodon"].answer(mention, "Here.", LINK, stage.web())
    for number in range(50):
        stage.world.mastodon.one.post(stage.world.mastodon.bot, f"more {number}", at=stage.world.clock.now())
    stage.world.mastodon.one.short_pages = 1
    assert stage.bots["mastodon"].own_answer(own, mention, stage.web()) == sent


def test_a_quote_tells_whom_it_quotes(stage: Stage, own: Person) -> None:
    one = stage.world.mastodon.one
    quoted = one.post("ada", "A story")
    stage.world.mastodon.mention("ben", quoting=quoted)
    [mention] = look(stage, own).mentions
    assert mention.quoted_author_id == f"{one.host}/{one.account_ids[quoted.author]}"
