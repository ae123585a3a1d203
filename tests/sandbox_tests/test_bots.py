"""The bot's half of the pretend networks: signing in, hearing of mentions, answering once."""

import httpx
import pytest

from tests.sandbox import Sandbox, World
from tests.sandbox.bots import answers_of_bot
from tests.sandbox.shelf import stock

NOW = "2026-11-22T12:00:00.000Z"


def renew(sandbox: Sandbox, token: str) -> httpx.Response:
    form = {"grant_type": "refresh_token", "refresh_token": token}
    env = sandbox.env()
    return httpx.post(
        f"{env['X_API_URL']}/2/oauth2/token", data=form, auth=(env["X_CLIENT_ID"], env["X_CLIENT_SECRET"])
    )


@pytest.fixture
def writer(sandbox: Sandbox, x: httpx.Client) -> httpx.Client:
    """The X API with the bot's own token."""
    token = renew(sandbox, sandbox.env()["X_BOT_REFRESH_TOKEN"]).json()["access_token"]
    x.headers["Authorization"] = f"Bearer {token}"
    return x


def say(writer: httpx.Client, text: str, under: int) -> httpx.Response:
    return writer.post("tweets", json={"text": text, "reply": {"in_reply_to_tweet_id": str(under)}})


def test_a_refresh_token_of_x_is_good_once(sandbox: Sandbox) -> None:
    first = sandbox.env()["X_BOT_REFRESH_TOKEN"]
    second = renew(sandbox, first).json()["refresh_token"]
    assert renew(sandbox, first).json()["error"] == "invalid_grant"
    assert renew(sandbox, second).status_code == 200


def test_the_bot_reads_its_mentions_and_answers_who_called(writer: httpx.Client, world: World) -> None:
    root = world.x.post("ada", "one")
    call = world.x.mention("ben", below=root)
    found = writer.get(f"users/{world.x.bot.id}/mentions").json()["data"]
    assert [post["id"] for post in found] == [str(call.id)]
    answer = say(writer, "Here: https://unroller.example/t/1", call.id)
    assert answer.status_code == 201
    assert answer.json()["data"]["edit_history_tweet_ids"] == [""]
    assert [post.parent_id for post in answers_of_bot(world.x)] == [call.id]
    assert world.x.billing.numbers()["dollars"] == 0.011


def test_x_refuses_who_was_not_called_and_who_repeats_themselves(writer: httpx.Client, world: World) -> None:
    call = world.x.mention("ben", below=world.x.post("ada", "one"))
    assert say(writer, "Here", call.id).status_code == 201
    below = world.x.post("cleo", "thanks", under=answers_of_bot(world.x)[0])
    unsummoned = say(writer, "Hm", below.id)
    assert (unsummoned.status_code, unsummoned.json()["title"]) == (403, "Authorization Error")
    assert "duplicate" in say(writer, "Here", call.id).json()["detail"]
    assert say(writer, "x" * 281, call.id).status_code == 400
    assert writer.post("tweets", json={"text": "a", "colour": "red"}).status_code == 400


def test_the_apps_own_token_cannot_write(x: httpx.Client) -> None:
    answer = x.post("tweets", json={"text": "a"})
    assert (answer.status_code, answer.json()["title"]) == (403, "Unsupported Authentication")


def test_an_answer_may_be_posted_and_its_confirmation_lost(writer: httpx.Client, world: World) -> None:
    call = world.x.mention("ben", below=world.x.post("ada", "one"))
    world.faults.add("x", "keep-and-close", method="POST", path="^/2/tweets$")
    with pytest.raises(httpx.TransportError):
        say(writer, "Here", call.id)
    assert len(answers_of_bot(world.x)) == 1


@pytest.fixture
def pds(sandbox: Sandbox) -> httpx.Client:
    """The data server, signed in as the bot."""
    env = sandbox.env()
    client = httpx.Client(base_url=f"{env['BLUESKY_BOT_PDS_URL']}/xrpc")
    said = {"identifier": env["BLUESKY_BOT_HANDLE"], "password": env["BLUESKY_BOT_PASSWORD"]}
    session = client.post("com.atproto.server.createSession", json=said).json()
    client.headers["Authorization"] = f"Bearer {session['accessJwt']}"
    return client


def test_bluesky_tells_of_a_mention_and_takes_an_answer(pds: httpx.Client, world: World) -> None:
    root = world.bluesky.post("ada.example.com", "one")
    call = world.bluesky.mention("ben.example.com", below=root)
    (told,) = pds.get("app.bsky.notification.listNotifications").json()["notifications"]
    assert (told["reason"], told["uri"], told["cid"]) == ("mention", call.uri, call.cid)
    reply = {"root": told["record"]["reply"]["root"], "parent": {"uri": told["uri"], "cid": told["cid"]}}
    record = {"$type": "app.bsky.feed.post", "text": "Here", "createdAt": NOW, "reply": reply}
    said = {"repo": world.bluesky.bot.did, "collection": "app.bsky.feed.post", "record": record}
    assert pds.post("com.atproto.repo.createRecord", json=said).status_code == 200
    (answer,) = answers_of_bot(world.bluesky)
    assert answer.parent is call
    record["text"] = "x" * 301
    assert pds.post("com.atproto.repo.createRecord", json=said).status_code == 400
    record |= {"text": "Here", "reply": {**reply, "root": reply["parent"]}}
    assert pds.post("com.atproto.repo.createRecord", json=said).status_code == 400
    pds.close()


def test_a_record_key_of_bluesky_is_a_tid_and_taken_once(pds: httpx.Client, world: World) -> None:
    record = {"$type": "app.bsky.feed.post", "text": "Here", "createdAt": NOW}
    said = {"repo": world.bluesky.bot.did, "collection": "app.bsky.feed.post", "record": record}

    def create(rkey: str) -> httpx.Response:
        return pds.post("com.atproto.repo.createRecord", json={**said, "rkey": rkey})

    assert create("3mabcdefghijk").json()["uri"].endswith("/app.bsky.feed.post/3mabcdefghijk")
    taken = create("3mabcdefghijk")
    assert (taken.status_code, taken.json()["error"]) == (400, "InvalidRequest")
    for wrong in ("", "self", "3MABCDEFGHIJK", "zmabcdefghijk", "3mabcdefghijk2"):
        assert create(wrong).status_code == 400
    world.bluesky.taken_key_status = 500
    assert create("3mabcdefghijk").status_code == 500
    assert [post.rkey for post in answers_of_bot(world.bluesky)] == ["3mabcdefghijk"]
    world.bluesky.delete(*answers_of_bot(world.bluesky))
    assert create("3mabcdefghijk").status_code == 200
    pds.close()


def test_bluesky_takes_as_many_posts_an_hour_as_their_points_allow(pds: httpx.Client, world: World) -> None:
    record = {"$type": "app.bsky.feed.post", "text": "Here", "createdAt": NOW}
    said = {"repo": world.bluesky.bot.did, "collection": "app.bsky.feed.post", "record": record}
    for _ in range(1_666):
        world.bluesky.windows.take(f"writes {world.bluesky.bot.did} 3600", 5_000, seconds=3_600, cost=3)
    refused = pds.post("com.atproto.repo.createRecord", json=said)
    assert (refused.status_code, refused.json()["error"]) == (429, "RateLimitExceeded")
    assert (refused.headers["ratelimit-policy"], refused.headers["ratelimit-remaining"]) == ("5000;w=3600", "2")
    assert not answers_of_bot(world.bluesky)
    world.bluesky.windows.forget()
    assert pds.post("com.atproto.repo.createRecord", json=said).status_code == 200
    pds.close()


def test_bluesky_signs_in_thirty_times_in_five_minutes(sandbox: Sandbox, pds: httpx.Client) -> None:
    env = sandbox.env()
    said = {"identifier": env["BLUESKY_BOT_HANDLE"], "password": env["BLUESKY_BOT_PASSWORD"]}
    tried = [pds.post("com.atproto.server.createSession", json=said) for _ in range(30)]
    assert [each.status_code for each in tried] == [200] * 29 + [429]  # the first one was the fixture's
    assert tried[-1].headers["ratelimit-policy"] == "30;w=300"
    pds.close()


@pytest.mark.parametrize("asker", ["ben", "ben@two"])
def test_mastodon_tells_of_a_mention_and_answers_once_for_a_key(one: httpx.Client, world: World, asker: str) -> None:
    root = world.mastodon.one.post("ada", "one")
    call = world.mastodon.mention(asker, below=root, visibility="direct")
    one.headers["Authorization"] = "Bearer sandbox-mastodon-bot"
    assert one.get("/api/v1/accounts/verify_credentials").json()["bot"] is True
    (told,) = one.get("/api/v1/notifications", params={"types[]": "mention"}).json()
    assert told["status"]["visibility"] == "direct"
    said = {"status": "Here", "in_reply_to_id": told["status"]["id"], "visibility": "direct"}
    made = [one.post("/api/v1/statuses", data=said, headers={"Idempotency-Key": "1"}).json()["id"] for _ in range(2)]
    assert made[0] == made[1]
    assert [answer.parent for answer in answers_of_bot(world.mastodon)] == [call]
    assert one.get("/api/v1/notifications", params={"min_id": told["id"]}).json() == []
    mine = one.get(f"/api/v1/accounts/{world.mastodon.one.know(world.mastodon.bot)}/statuses").json()
    assert [status["id"] for status in mine] == [made[0]]
    assert one.post("/api/v1/statuses", data={"status": " "}).status_code == 422


@pytest.mark.parametrize("network", ["x", "bluesky", "mastodon"])
@pytest.mark.parametrize("way", ["reply", "quote"])
def test_on_the_stage_somebody_calls_the_bot(sandbox: Sandbox, world: World, network: str, way: str) -> None:
    stage = sandbox.urls()["stage"]
    link = next(link for each, _, link in [(s.network, s.title, s.url) for s in stock(world)] if each == network)
    assert "Quote" in httpx.get(f"{stage}/thread", params={"link": link}).text
    said = {"link": link, "by": "nobody.example.com", "text": "@unroller <unroll>", "way": way}
    talk = httpx.post(f"{stage}/say", data=said if network != "x" else {**said, "by": "nobody"}, follow_redirects=True)
    assert talk.status_code == 200
    assert "@unroller &lt;unroll&gt;" in talk.text
    assert "No answer yet" in talk.text
