"""The pretend Bluesky: author feeds, identities, repositories."""

from typing import Any

import httpx
import pytest

from tests.sandbox import Sandbox, World
from tests.sandbox.cases import bluesky as cases
from tests.sandbox.media import Picture

from .asking import view

COLLECTION = "app.bsky.feed.post"


def records(world: World, repo: str, **params: str | int) -> dict[str, Any]:
    url = f"{world.ground.addresses.pds}/xrpc/com.atproto.repo.listRecords"
    answer = httpx.get(url, params={"repo": repo, "collection": COLLECTION, **params})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


# Feeds


def feed(appview: httpx.Client, **params: str | int) -> dict[str, Any]:
    found: dict[str, Any] = appview.get("app.bsky.feed.getAuthorFeed", params={"actor": "ada.example", **params}).json()
    return found


def uris(body: dict[str, Any]) -> list[str]:
    return [item["post"]["uri"] for item in body["feed"]]


def test_self_threads_break_at_the_borders_of_pages(appview: httpx.Client, world: World) -> None:
    posts = world.bluesky.thread("ada.example", map(str, range(8)))
    assert uris(feed(appview, limit=5, filter="posts_and_author_threads")) == []
    assert len(uris(feed(appview, limit=10, filter="posts_and_author_threads"))) == 8
    first = feed(appview, limit=5)
    rest = feed(appview, limit=5, cursor=first["cursor"])
    assert uris(first) + uris(rest) == [post.uri for post in reversed(posts)]
    assert "cursor" not in rest


def test_feeds_are_filtered_by_kind_and_hold_reposts(appview: httpx.Client, world: World) -> None:
    root = world.bluesky.post("ada.example", "one", images=[Picture("coast")])
    answer = world.bluesky.post("ada.example", "to ben", under=world.bluesky.post("ben.example", "hi"))
    shared = world.bluesky.repost(root.author, world.bluesky.post("ben.example", "look"))
    assert uris(feed(appview, filter="posts_with_media")) == [root.uri]
    assert set(uris(feed(appview, filter="posts_no_replies"))) == {root.uri, shared.post.uri}
    assert answer.uri not in uris(feed(appview, filter="posts_and_author_threads"))
    items = {item["post"]["uri"]: item for item in feed(appview)["feed"]}
    assert items[shared.post.uri]["reason"]["by"]["did"] == root.author.did
    assert items[answer.uri]["reply"]["parent"]["author"]["handle"] == "ben.example"


# Identity and repositories


def test_handles_lead_to_dids_and_dids_to_the_data_server(
    appview: httpx.Client, world: World, sandbox: Sandbox
) -> None:
    ada = world.bluesky.person("ada.example")
    answer = appview.get("com.atproto.identity.resolveHandle", params={"handle": "ada.example"})
    assert answer.json() == {"did": ada.did}
    document = httpx.get(f"{sandbox.env()['BLUESKY_PLC_URL']}/{ada.did}").json()
    assert document["alsoKnownAs"] == ["at://ada.example"]
    assert document["service"][0]["serviceEndpoint"] == world.ground.addresses.pds
    assert httpx.get(f"{sandbox.env()['BLUESKY_PLC_URL']}/did:plc:nobody").status_code == 404


@pytest.mark.parametrize("handle", ["nobody.example", "no handle", "word"])
def test_unknown_and_impossible_handles_are_400(appview: httpx.Client, handle: str) -> None:
    answer = appview.get("com.atproto.identity.resolveHandle", params={"handle": handle})
    assert (answer.status_code, answer.json()["error"]) == (400, "InvalidRequest")


def test_a_former_handle_leads_nowhere(appview: httpx.Client, world: World) -> None:
    case = cases.renamed(world)
    assert case.links["old"] != case.links["new"]
    answer = appview.get("com.atproto.identity.resolveHandle", params={"handle": cases.AUTHOR})
    assert answer.status_code == 400


def test_a_did_web_has_its_document_on_its_own_host(world: World, sandbox: Sandbox) -> None:
    person = world.bluesky.person("web.example", web=True)
    host = person.did.removeprefix("did:web:").replace("%3A", ":")
    document = httpx.get(f"http://{host}/.well-known/did.json").json()
    assert document["id"] == person.did
    assert httpx.get(f"{sandbox.env()['BLUESKY_PLC_URL']}/{person.did}").status_code == 404


def test_records_are_listed_newest_first_until_a_page_is_empty(world: World, sandbox: Sandbox) -> None:
    posts = world.bluesky.thread("ada.example", map(str, range(7)))
    world.bluesky.delete(posts[2])
    left = [post.uri for post in posts if post is not posts[2]]
    listed: list[str] = []
    page = records(world, posts[0].author.did, limit=4)
    while page["records"]:
        listed += [each["uri"] for each in page["records"]]
        assert page["cursor"] == listed[-1].rsplit("/", 1)[-1]
        page = records(world, posts[0].author.did, limit=4, cursor=page["cursor"])
    assert listed == left[::-1]
    assert page == {"records": []}
    assert [each["uri"] for each in records(world, "ada.example", reverse="true")["records"]] == left


def test_a_record_is_the_same_in_the_repository_and_in_the_view(
    appview: httpx.Client, world: World, sandbox: Sandbox
) -> None:
    root, post = world.bluesky.thread("ada.example", ["one", "two #tags"])
    listed = records(world, post.author.did)["records"][0]
    shown = view(appview, post)
    assert (listed["value"], listed["cid"]) == (shown["record"], shown["cid"])
    assert listed["value"]["reply"]["root"] == {"uri": root.uri, "cid": root.cid}


@pytest.mark.parametrize("limit", [0, 101])
def test_the_data_server_lists_one_to_a_hundred(world: World, sandbox: Sandbox, limit: int) -> None:
    world.bluesky.person("ada.example")
    url = f"{world.ground.addresses.pds}/xrpc/com.atproto.repo.listRecords"
    answer = httpx.get(url, params={"repo": "ada.example", "collection": COLLECTION, "limit": limit})
    assert answer.status_code == 400
    assert "ratelimit-remaining" in answer.headers


def test_what_became_of_an_account_is_told_by_every_server(
    appview: httpx.Client, world: World, sandbox: Sandbox
) -> None:
    post = world.bluesky.post("ada.example", "one")
    world.bluesky.leave(post.author, "deleted")
    assert appview.get("app.bsky.feed.getPostThread", params={"uri": post.uri}).json()["error"] == "NotFound"
    assert appview.get("com.atproto.identity.resolveHandle", params={"handle": "ada.example"}).status_code == 400
    assert httpx.get(f"{sandbox.env()['BLUESKY_PLC_URL']}/{post.author.did}").status_code == 410
    url = f"{world.ground.addresses.pds}/xrpc/com.atproto.repo.listRecords"
    answer = httpx.get(url, params={"repo": post.author.did, "collection": COLLECTION})
    assert answer.json()["error"] == "RepoNotFound"


def test_methods_that_are_not_there_say_so(appview: httpx.Client) -> None:
    answer = appview.get("app.bsky.unspecced.getPostThreadV2")
    assert (answer.status_code, answer.json()["error"]) == (501, "MethodNotImplemented")
