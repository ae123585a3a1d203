"""The bot on every network: its mentions are found, it answers once, and it knows its own answers again."""

from collections.abc import Iterator

import pytest

from tests.sandbox.bots import answers_of_bot
from tests.sources.mentioning_reading import Stage
from unroller.sources.mentioning import Mention, NotSure

NETWORKS = ["x", "bluesky", "mastodon"]
POSTING = {
    "x": ("x", "^/2/tweets$"),
    "bluesky": ("pds", "createRecord"),
    "mastodon": ("mastodon_one", "^/api/v1/statuses$"),
}
LINK = "https://unroller.example/thread/x/1900000000000000001#post-1"


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as running:
        yield running


def asked(stage: Stage, key: str) -> Mention:
    """The one mention there is, read off the network."""
    bot = stage.bots[key]
    found = bot.mentions(bot.who(stage.web()), stage.web(), cursor="")
    assert len(found.mentions) == 1
    return found.mentions[0]


@pytest.mark.parametrize("key", NETWORKS)
def test_a_mention_is_found_answered_and_known_again(stage: Stage, key: str) -> None:
    bot = stage.bots[key]
    written = stage.network(key).mention("ben.example" if key == "bluesky" else "ben")
    own = bot.who(stage.web())
    mention = asked(stage, key)
    assert mention.is_explicit
    assert mention.asker.handle.startswith("ben")
    assert "unroll" in mention.text
    assert bot.own_answer(own, mention, stage.web()) is None
    sent = bot.answer(mention, "Here are 12 posts, 3 minutes.", LINK, stage.web())
    assert bot.own_answer(own, mention, stage.web()) == sent
    answers = answers_of_bot(stage.network(key))
    assert len(answers) == 1
    assert "12 posts" in answers[0].text
    assert written is not None


@pytest.mark.parametrize("key", NETWORKS)
def test_a_lost_answer_is_looked_for_and_found(stage: Stage, key: str) -> None:
    bot = stage.bots[key]
    stage.network(key).mention("ben.example" if key == "bluesky" else "ben")
    own, mention = bot.who(stage.web()), asked(stage, key)
    server, path = POSTING[key]
    stage.world.faults.add(server, "keep-and-close", method="POST", path=path)
    with pytest.raises(NotSure):
        bot.answer(mention, "Here are 12 posts.", LINK, stage.web())
    assert bot.own_answer(own, mention, stage.web()) is not None
    assert len(answers_of_bot(stage.network(key))) == 1


@pytest.mark.parametrize("key", ["bluesky", "mastodon"])
def test_the_same_answer_sent_again_stands_once(stage: Stage, key: str) -> None:
    bot = stage.bots[key]
    stage.network(key).mention("ben.example" if key == "bluesky" else "ben")
    mention = asked(stage, key)
    first = bot.answer(mention, "Here are 12 posts.", LINK, stage.web())
    assert bot.answer(mention, "Here are 12 posts.", LINK, stage.web()) == first
    assert len(answers_of_bot(stage.network(key))) == 1


def test_a_data_server_that_knows_no_word_for_a_taken_key_leaves_one_answer(stage: Stage) -> None:
    bot = stage.bots["bluesky"]
    stage.world.bluesky.mention("ben.example")
    own, mention = bot.who(stage.web()), asked(stage, "bluesky")
    first = bot.answer(mention, "Here are 12 posts.", LINK, stage.web())
    stage.world.bluesky.taken_key_status = 500
    with pytest.raises(NotSure):
        bot.answer(mention, "Here are 12 posts.", LINK, stage.web())
    assert bot.own_answer(own, mention, stage.web()) == first
    assert len(answers_of_bot(stage.world.bluesky)) == 1


@pytest.mark.parametrize("key", NETWORKS)
def test_the_next_look_begins_where_the_last_one_ended(stage: Stage, key: str) -> None:
    bot, own = stage.bots[key], stage.bots[key].who(stage.web())
    stage.network(key).mention("ben.example" if key == "bluesky" else "ben")
    cursor = bot.mentions(own, stage.web(), cursor="").cursor
    stage.network(key).mention("cara.example" if key == "bluesky" else "cara")
    found = bot.mentions(own, stage.web(), cursor=cursor)
    assert found.mentions[-1].asker.handle.startswith("cara")
    assert len(found.mentions) - found.again == 1
