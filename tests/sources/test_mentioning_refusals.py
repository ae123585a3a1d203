"""What a network refuses the bot, and what that means: sign-ins that end, limits, money, answers nobody wants."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.sandbox.bots import answers_of_bot
from tests.sources.mentioning_reading import Stage
from tests.sources.test_mentioning import LINK, NETWORKS, POSTING, asked
from unroller.core.errors import NotConfigured, OutOfCredits, RateLimited
from unroller.sources.mentioning import NotSure, NotWelcome, keep
from unroller.sources.x.session import Client, Session

WORDS = "Here are 12 posts."
SIGNED_IN = ["x", "bluesky"]
TWO_HOURS = timedelta(seconds=7_300)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as running:
        yield running


def call(stage: Stage, key: str, by: str = "ben", **how: object) -> None:
    stage.network(key).mention(f"{by}.example" if key == "bluesky" else by, **how)


@pytest.mark.parametrize("key", SIGNED_IN)
def test_a_token_that_ended_is_renewed_and_the_question_asked_again(stage: Stage, key: str) -> None:
    call(stage, key)
    mention = asked(stage, key)
    stage.world.ground.clock.advance(TWO_HOURS)
    written = stage.pockets[key].written
    stage.bots[key].answer(mention, WORDS, LINK, stage.web())
    assert stage.pockets[key].written == written + 1
    assert len(answers_of_bot(stage.network(key))) == 1


@pytest.mark.parametrize("key", SIGNED_IN)
def test_a_look_goes_on_with_a_new_token(stage: Stage, key: str) -> None:
    call(stage, key)
    bot = stage.bots[key]
    own = bot.who(stage.web())
    stage.world.ground.clock.advance(TWO_HOURS)
    call(stage, key, "cara")
    found = bot.mentions(own, stage.web(), cursor="").mentions
    assert found[-1].asker.handle.startswith("cara")


def test_the_token_of_the_settings_stands_in_for_one_that_x_no_longer_takes(stage: Stage) -> None:
    first = stage.env["X_BOT_REFRESH_TOKEN"]
    pocket = stage.pockets["x"]
    keep(pocket, first, {"access": "gone", "refresh": "gone", "until": "2020-01-01T00:00:00+00:00"})
    assert stage.bots["x"].who(stage.web()).handle == "unroller"
    assert "gone" not in pocket.kept


def test_another_token_in_the_settings_is_another_sign_in(stage: Stage) -> None:
    keep(stage.pockets["x"], "of a sandbox before", {"access": "gone", "refresh": "gone", "until": "2999-01-01"})
    assert stage.bots["x"].who(stage.web()).handle == "unroller"


def test_no_token_that_x_takes_needs_the_operator(stage: Stage) -> None:
    client = Client(stage.env["X_CLIENT_ID"], stage.env["X_CLIENT_SECRET"])
    session = Session(stage.env["X_API_URL"], client, "none of ours", stage.pockets["x"])
    with pytest.raises(NotConfigured, match="bot_connect"):
        session.access(stage.web())


@pytest.mark.parametrize("key", NETWORKS)
def test_a_limit_says_when_and_nothing_was_posted(stage: Stage, key: str) -> None:
    call(stage, key)
    mention = asked(stage, key)
    server, path = POSTING[key]
    stage.world.faults.add(server, "rate-limited", method="POST", path=path)
    with pytest.raises(RateLimited):
        stage.bots[key].answer(mention, WORDS, LINK, stage.web())
    assert answers_of_bot(stage.network(key)) == []


@pytest.mark.parametrize("key", NETWORKS)
def test_a_server_that_fails_may_have_posted(stage: Stage, key: str) -> None:
    call(stage, key)
    mention = asked(stage, key)
    server, path = POSTING[key]
    stage.world.faults.add(server, "error", method="POST", path=path, status=503)
    with pytest.raises(NotSure):
        stage.bots[key].answer(mention, WORDS, LINK, stage.web())


def test_x_wants_money_first(stage: Stage) -> None:
    call(stage, "x")
    mention = asked(stage, "x")
    stage.world.faults.add("x", "out-of-credits", method="POST", path="^/2/tweets$")
    with pytest.raises(OutOfCredits):
        stage.bots["x"].answer(mention, WORDS, LINK, stage.web())


def test_the_same_words_again_on_x_may_be_ours(stage: Stage) -> None:
    call(stage, "x")
    mention = asked(stage, "x")
    stage.bots["x"].answer(mention, WORDS, LINK, stage.web())
    with pytest.raises(NotSure):
        stage.bots["x"].answer(mention, WORDS, LINK, stage.web())


def test_who_did_not_name_the_bot_on_x_is_not_answered(stage: Stage) -> None:
    """X lets it answer only those who did; that is about this one mention, not about the bot."""
    call(stage, "x")
    answer = stage.bots["x"].answer(asked(stage, "x"), WORDS, LINK, stage.web())
    [standing] = answers_of_bot(stage.world.x)
    assert str(standing.id) == answer.key
    stage.world.x.post("cleo", "thanks, unroll", under=standing)
    bot = stage.bots["x"]
    last = bot.mentions(bot.who(stage.web()), stage.web(), cursor="").mentions[-1]
    assert not last.is_explicit
    with pytest.raises(NotWelcome):
        bot.answer(last, "Other words.", LINK, stage.web())


@pytest.mark.parametrize("visibility", ["private", "direct"])
def test_what_is_not_public_on_mastodon_is_not_read(stage: Stage, visibility: str) -> None:
    call(stage, "mastodon", visibility=visibility)
    call(stage, "mastodon", "cara", visibility="unlisted")
    assert asked(stage, "mastodon").asker.handle.startswith("cara")


@pytest.mark.parametrize("key", NETWORKS)
def test_a_quote_says_what_it_quotes(stage: Stage, key: str) -> None:
    home = stage.world.mastodon.one if key == "mastodon" else stage.network(key)
    quoted = home.post("ada.example" if key == "bluesky" else "ada", "A story")
    call(stage, key, quoting=quoted)
    mention = asked(stage, key)
    assert (mention.is_explicit, mention.parent_key) == (True, "")
    assert mention.quoted_key
    assert str(getattr(quoted, "rkey", "") or getattr(quoted, "id", "")) in mention.quoted_key


def test_a_taken_token_of_mastodon_is_the_operators_matter(stage: Stage) -> None:
    call(stage, "mastodon")
    mention = asked(stage, "mastodon")
    stage.world.faults.add("mastodon_one", "error", method="POST", path="/statuses$", status=401)
    with pytest.raises(NotConfigured):
        stage.bots["mastodon"].answer(mention, WORDS, LINK, stage.web())
