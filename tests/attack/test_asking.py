"""Whatever networks and blogs answer beside threads: it becomes what can be kept, or an error of ours, and soon."""

import contextlib
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from hypothesis import given

from tests.attack.depth import examples
from tests.attack.journeys import JOURNEYS, Ground, Journey
from tests.attack.mutations import Spoiled, spoiled
from tests.attack.tapes import Kept, Tape, spoilings, with_things
from tests.bot.networks import begin
from tests.sources.mentioning_reading import Stage
from tests.sources.test_jetstream import ADA, account, commit, event
from unroller.core.errors import NoSuchAccount, UnrollError
from unroller.sources.blog.errors import BlogError
from unroller.sources.bluesky import jetstream
from unroller.sources.bluesky.jetstream import Jetstream
from unroller.sources.http import MOST_BYTES, Answer, Http
from unroller.sources.mastodon import Mastodon

EXAMPLES = 40
MOST_SECONDS = 3.0
"""Of the processor."""
NETWORKS = {"x", "bluesky", "mastodon"}


@pytest.fixture
def stage() -> Iterator[Stage]:
    with Stage() as running:
        yield running


def ground_of(stage: Stage, key: str) -> Ground:
    """A thread below which the bot is mentioned."""
    talk = begin(stage.world, key if key in NETWORKS else "x")
    talk.ask("ana.example" if key == "bluesky" else "ana")
    blogs = {urlsplit(blog.address).netloc for blog in stage.world.blogs.all.values()}
    stage.http.close()
    stage.http = Http("test", allowed=frozenset({*stage.world.ground.addresses.hosts(), *blogs}))
    return Ground(stage, talk.posts, {})


def keepable(found: Any) -> None:
    """As text of UTF-8 without NUL, which PostgreSQL takes."""
    told = msgspec.json.encode(found)
    assert b"\\u0000" not in told
    told.decode()


def taped(ground: Ground, key: str, journey: Journey) -> Tape:
    """What is answered when nothing is wrong."""
    ground.stage.http = tape = Tape(ground.http)
    keepable(journey(ground, key))
    assert tape.kept
    return tape


@pytest.mark.parametrize("name", JOURNEYS)
def test_a_thing_in_the_place_of_any_text_is_no_error_of_ours(stage: Stage, name: str) -> None:
    journey, key = JOURNEYS[name]
    ground = ground_of(stage, key)
    tape = taped(ground, key, journey)
    for broken in with_things(tape):
        tape.play(broken)
        with contextlib.suppress(UnrollError, BlogError):
            keepable(journey(ground, key))


@pytest.mark.parametrize("name", JOURNEYS)
def test_spoiled_answers_become_values_or_errors_of_ours(stage: Stage, name: str) -> None:
    journey, key = JOURNEYS[name]
    ground = ground_of(stage, key)
    tape = taped(ground, key, journey)
    became = {"value": 0, "error": 0}

    @examples(EXAMPLES)
    @given(broken=spoilings(tape))
    def attack(broken: list[Answer]) -> None:
        tape.play(broken)
        begun = time.thread_time()
        try:
            keepable(journey(ground, key))
        except (UnrollError, BlogError):
            became["error"] += 1
        else:
            became["value"] += 1
        assert time.thread_time() - begun < MOST_SECONDS

    attack()
    assert became["value"]
    assert became["error"]


def test_a_home_that_is_told_in_another_shape_is_none(stage: Stage) -> None:
    """Where the name of an account is not that of its host, one that is not found is asked for by WebFinger."""
    host = stage.world.mastodon.one.host
    stage.http = tape = Tape(stage.http)
    for path, status, body in (
        ("/robots.txt", 404, b""),
        ("/api/v1/accounts/lookup", 404, b"{}"),
        ("/.well-known/webfinger", 200, b'{"links": [7, {"rel": {}}, {"rel": ["self"], "href": []}]}'),
    ):
        url = f"{tape.base(host)}{path}"
        tape.kept.append(Kept("GET", url, Answer(status, {}, body, url)))
    tape.play([kept.answer for kept in tape.kept])
    ref = Mastodon().match_profile(f"@mara@{host}")
    assert ref is not None
    with pytest.raises(NoSuchAccount):
        Mastodon().look_up(ref, stage.web())


@pytest.mark.parametrize("kind", ["commit", "account"])
def test_spoiled_events_of_a_stream_are_news_or_an_error_of_ours(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    about = commit() if kind == "commit" else account(active=False, status="deleted")
    events = [json.loads(event(**about)), json.loads(event(ago=20, **commit("update"))), json.loads(event(ago=-1))]

    @examples(EXAMPLES)
    @given(broken=spoiled(events))
    def attack(broken: Spoiled) -> None:
        told = [json.dumps(each, default=str) for each in broken.document if len(str(each)) < MOST_BYTES]
        monkeypatch.setattr(jetstream, "opened", lambda *_, **__: contextlib.nullcontext(Mouth(told)))
        begun = time.thread_time()
        news = Jetstream("ws://nowhere.example", agent="test", allowed=frozenset()).read([ADA], 1)
        assert news.error is None or isinstance(news.error, UnrollError)
        keepable((news.posts, news.accounts, news.reached))
        assert time.thread_time() - begun < MOST_SECONDS

    attack()


class Mouth:
    """In the place of a connection: says these messages, and then nothing."""

    def __init__(self, told: list[str]) -> None:
        self._told = iter(told)

    def hear(self, _: float) -> str | None:
        return next(self._told, None)
