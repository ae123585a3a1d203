"""What Bluesky's stream tells, and what is made of nonsense."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.sync.server import ServerConnection

from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.sources.telling import telling, until_closed
from unroller.core.errors import BadAnswer, Refused, Unreachable
from unroller.sources.bluesky import jetstream
from unroller.sources.bluesky.jetstream import Jetstream, News

ADA, BEN = "did:plc:ada", "did:plc:ben"
SECOND = 1_000_000


@pytest.fixture
def world() -> World:
    """Where the present need not be waited for."""
    made = World()
    made.bluesky.events.is_lively = True
    return made


@pytest.fixture
def stream(world: World) -> Iterator[Jetstream]:
    with Sandbox(world) as sandbox:
        allowed = frozenset(world.ground.addresses.hosts())
        yield Jetstream(sandbox.env()["BLUESKY_JETSTREAM_URL"], agent="test", allowed=allowed)


def heard(*messages: str | bytes, dids: tuple[str, ...] = (ADA,), since: int | None = None) -> News:
    """What is made of these messages, after which nothing of consequence happens."""

    def script(connection: ServerConnection) -> None:
        for message in messages:
            connection.send(message)
        connection.send(event(BEN, ago=0))
        until_closed(connection)

    with telling(script) as teller:
        reader = Jetstream(teller.url, agent="test", allowed=teller.allowed)
        return reader.read(dids, jetstream.now() - 60 * SECOND if since is None else since)


def event(did: str = ADA, *, ago: float = 30, **facts: Any) -> str:
    return json.dumps({"did": did, "time_us": jetstream.now() - int(ago * SECOND), **facts})


def commit(operation: str = "delete", rkey: str = "3lbq2wsxk5c2f", **facts: Any) -> dict[str, Any]:
    about = {"operation": operation, "collection": "app.bsky.feed.post", "rkey": rkey}
    return {"kind": "commit", "commit": {**about, **facts}}


def account(**facts: Any) -> dict[str, Any]:
    return {"kind": "account", "account": facts}


def test_deletions_edits_and_accounts_are_told_up_to_the_present(world: World, stream: Jetstream) -> None:
    network, since = world.bluesky, world.bluesky.events.now()
    one, two, three = network.thread("ada.example", ["One.", "Two.", "Three."])
    ben = network.person("ben.example")
    network.delete(one)
    network.replace(two, "Other words.")
    network.rename(ben, "benjamin.example")
    network.leave(ben, "takendown")
    news = stream.read([one.author.did, ben.did], since)
    paths = {f"{post.author.did}/{post.rkey}": post for post in (one, two, three)}
    assert {paths[path].text: fate for path, fate in news.posts.items()} == {
        "One.": "deleted",
        "Other words.": "edited",
    }
    assert news.accounts == {ben.did: "suspended"}
    assert (news.error, news.is_whole) == (None, True)
    assert news.reached > since


def test_silence_is_the_present_too(world: World, stream: Jetstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jetstream, "SILENCE", 0.2)
    world.bluesky.events.is_lively = False
    before = jetstream.now()
    news = stream.read([world.bluesky.person("ada.example").did], before - 60 * SECOND)
    assert (news.posts, news.is_whole, news.error) == ({}, True, None)
    assert before <= news.reached <= jetstream.now() - 200_000
    assert news.first == news.reached


def test_ten_thousand_are_asked_for_on_one_connection(world: World, stream: Jetstream) -> None:
    dids = [f"did:plc:{number:024d}" for number in range(jetstream.MOST_DIDS)]
    assert stream.read(dids, jetstream.now()).error is None
    assert len(world.bluesky.events.subscribers[0].dids) == jetstream.MOST_DIDS
    assert len(json.dumps(world.log.of("jetstream")[0].query)) < 200
    with pytest.raises(ValueError, match="10000"):
        stream.read([*dids, "did:plc:onemore"], 0)


@pytest.mark.parametrize(("count", "is_said"), [(2, False), (100, False), (300, True)])
def test_few_are_named_in_the_address_and_many_in_a_message(
    world: World, stream: Jetstream, count: int, *, is_said: bool
) -> None:
    dids = [f"did:plc:{number:024d}" for number in range(count)]
    assert stream.read(dids, jetstream.now()).is_whole
    [asked] = world.log.of("jetstream")
    assert ("requireHello" in asked.query, len(asked.query.get("wantedDids", []))) == (is_said, 0 if is_said else count)
    [wish] = world.bluesky.events.subscribers
    assert (wish.dids, wish.collections) == (frozenset(dids), frozenset({"app.bsky.feed.post"}))


def test_nobody_to_ask_for_is_not_everybody(world: World, stream: Jetstream) -> None:
    assert stream.read(["no-did"], 0).is_whole
    assert world.log.of("jetstream") == []


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("deleted", "deactivated"),
        ("deactivated", "deactivated"),
        ("takendown", "suspended"),
        ("suspended", "suspended"),
    ],
)
def test_the_states_of_accounts(status: str, reason: str) -> None:
    assert heard(event(**account(active=False, status=status))).accounts == {ADA: reason}
    back = heard(event(**account(active=False, status=status)), event(**account(active=True)))
    assert back.accounts == {ADA: None}


def test_the_last_word_about_a_post_counts() -> None:
    path = f"{ADA}/3lbq2wsxk5c2f"
    assert heard(event(**commit("update")), event(**commit("delete"))).posts == {path: "deleted"}
    assert heard(event(**commit("delete")), event(**commit("create"))).posts == {path: "edited"}


@pytest.mark.parametrize(
    "facts",
    [
        {"did": BEN, **commit()},
        {"did": BEN, **account(active=False, status="deleted")},
        commit("create"),
        commit(rkey="../x"),
        commit(collection="app.bsky.feed.like"),
        commit("explode"),
        {"kind": "commit", "commit": []},
        {"kind": "identity", "identity": {"did": ADA, "handle": "x"}},
        account(active=False, status="throttled"),
        account(active="no", status="deleted"),
        {"kind": "unheard-of"},
        {"did": 7},
    ],
)
def test_what_concerns_nobody_or_is_not_known_yet_is_passed_over(facts: dict[str, Any]) -> None:
    news = heard(event(**facts), event(**commit("delete", "3lbq2wsxk5c3g")))
    assert (news.posts, news.accounts, news.error) == ({f"{ADA}/3lbq2wsxk5c3g": "deleted"}, {}, None)


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "not json",
        "[]",
        '"words"',
        "null",
        "[" * 100_000,
        '{"time_us": ' + "9" * 5000 + "}",
        "{}",
        event().replace('"time_us": ', '"time_us": -'),
        json.dumps({"did": ADA, "time_us": True, "kind": "commit"}),
        json.dumps({"did": ADA, "time_us": 1.5, "kind": "commit"}),
        json.dumps({"did": ADA, "time_us": "now", "kind": "commit"}),
        event(ago=-3600),
        b"\x00\xff",
        "x" * 2_000_000,
    ],
    ids=lambda text: repr(text[:20]),
)
def test_nonsense_is_one_clear_error_and_what_came_before_it_holds(garbage: str | bytes) -> None:
    before, after = event(**commit()), event(**commit("delete", "3lbq2wsxk5c3g"))
    news = heard(before, garbage, after)
    assert isinstance(news.error, BadAnswer)
    assert list(news.posts) == [f"{ADA}/3lbq2wsxk5c2f"]
    assert news.reached == json.loads(before)["time_us"]
    assert not news.is_whole


def test_a_connection_that_ends_in_the_middle_leaves_the_rest_for_later() -> None:
    first = event(**commit())

    def script(connection: ServerConnection) -> None:
        connection.send(first)
        connection.close(1011)

    with telling(script) as teller:
        news = Jetstream(teller.url, agent="test", allowed=teller.allowed).read([ADA], jetstream.now() - 60 * SECOND)
    assert isinstance(news.error, Unreachable)
    assert (len(news.posts), news.reached, news.is_whole) == (1, json.loads(first)["time_us"], False)


def test_a_flood_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jetstream, "SECONDS", 2.0)
    flood = event(**commit("create"))

    def script(connection: ServerConnection) -> None:
        while True:
            connection.send(flood)

    with telling(script) as teller:
        news = Jetstream(teller.url, agent="test", allowed=teller.allowed).read([ADA], 0)
    assert (news.is_whole, news.error, news.reached) == (False, None, json.loads(flood)["time_us"])


def test_a_private_host_is_refused_unless_it_is_the_one_that_is_set_up(world: World, stream: Jetstream) -> None:
    inside = Jetstream(world.ground.addresses.jetstream + "/subscribe", agent="test", allowed=frozenset())
    assert isinstance(inside.read([ADA], 0).error, Refused)
    assert world.log.of("jetstream") == []
