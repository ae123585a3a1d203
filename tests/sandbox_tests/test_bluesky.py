"""The pretend Bluesky: trees and posts, against the lexicons and the contract."""

from typing import Any

import httpx
import pytest

from tests.sandbox import World
from tests.sandbox.cases import bluesky as cases

from .asking import view

COLLECTION = "app.bsky.feed.post"


def thread(appview: httpx.Client, uri: str, **params: int) -> dict[str, Any]:
    answer = appview.get("app.bsky.feed.getPostThread", params={"uri": uri, **params})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["thread"]
    return found


def line(node: dict[str, Any]) -> list[str]:
    """The record keys of a chain, following the first reply."""
    keys = []
    while True:
        keys.append(node["post"]["uri"].rsplit("/", 1)[-1])
        if not node.get("replies"):
            return keys
        node = node["replies"][0]


# Trees


def test_a_tree_has_six_levels_unless_asked_and_no_replies_key_below(appview: httpx.Client, world: World) -> None:
    posts = world.bluesky.thread("ada.example", map(str, range(10)))
    tree = thread(appview, posts[0].uri)
    assert line(tree) == [post.rkey for post in posts[:7]]
    node = tree
    while node.get("replies"):
        node = node["replies"][0]
    assert "replies" not in node
    assert node["post"]["replyCount"] == 1


def test_the_last_post_has_an_empty_list_of_replies(appview: httpx.Client, world: World) -> None:
    posts = world.bluesky.thread("ada.example", ["one", "two"])
    assert thread(appview, posts[0].uri)["replies"][0]["replies"] == []


def test_the_servers_own_cap_on_depth_is_not_told(appview: httpx.Client, world: World) -> None:
    case = cases.capped_depth(world, depth=10)
    assert len(line(thread(appview, case.main[0] or "", depth=90))) == 11


def test_parents_go_up_as_far_as_asked(appview: httpx.Client, world: World) -> None:
    posts = world.bluesky.thread("ada.example", map(str, range(9)))
    above, node = [], thread(appview, posts[8].uri, parentHeight=3)
    while "parent" in node:
        node = node["parent"]
        above.append(node["post"]["uri"])
        assert "replies" not in node
    assert above == [post.uri for post in posts[7:4:-1]]


def test_a_thousand_levels_are_written_in_one_go(appview: httpx.Client, world: World) -> None:
    case = cases.deep(world, 1100)
    answer = appview.get("app.bsky.feed.getPostThread", params={"uri": case.main[0] or "", "depth": 1000})
    assert answer.status_code == 200
    assert answer.text.count('"$type":"app.bsky.feed.defs#threadViewPost"') == 1001
    assert answer.text.count("{") == answer.text.count("}")


def test_a_deleted_post_takes_its_tree_with_it_but_is_still_counted(appview: httpx.Client, world: World) -> None:
    case = cases.deleted_middle(world)
    tree = thread(appview, case.main[0] or "", depth=20)
    assert len(line(tree)) == 4
    before = thread(appview, case.main[3] or "")
    assert (before["replies"], before["post"]["replyCount"]) == ([], 1)
    cut = thread(appview, case.main[5] or "")
    assert cut["parent"] == {
        "$type": "app.bsky.feed.defs#notFoundPost",
        "uri": case.side["deleted"],
        "notFound": True,
    }


def test_a_missing_anchor_is_a_400_that_says_not_found(appview: httpx.Client, world: World) -> None:
    case = cases.deleted_head(world)
    gone = world.bluesky.posts[case.main[1] or ""].parent
    assert gone is not None
    answer = appview.get("app.bsky.feed.getPostThread", params={"uri": gone.uri})
    assert answer.status_code == 400
    assert answer.json() == {"error": "NotFound", "message": f"Post not found: {gone.uri}"}


def test_a_block_between_others_shows_as_a_blocked_post(appview: httpx.Client, world: World) -> None:
    case = cases.blocked_parent(world)
    parent = thread(appview, case.main[0] or "")["parent"]
    assert parent["$type"] == "app.bsky.feed.defs#blockedPost"
    assert (parent["blocked"], parent["author"]["did"]) == (True, case.side["root"].split("/")[2])
    reply = thread(appview, case.side["root"])["replies"][0]
    assert reply["$type"] == "app.bsky.feed.defs#blockedPost"


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"uri": "https://bsky.app"},
        {"uri": "at://a.example/x.y/z", "depth": "1001"},
        {"uri": "at://a.b/c/d", "depth": "x"},
    ],
)
def test_bad_parameters_of_a_tree_are_refused(appview: httpx.Client, params: dict[str, str]) -> None:
    answer = appview.get("app.bsky.feed.getPostThread", params=params)
    assert answer.status_code == 400
    assert answer.json()["error"] == "InvalidRequest"


def test_an_at_uri_may_hold_a_handle(appview: httpx.Client, world: World) -> None:
    post = world.bluesky.post("ada.example", "one")
    tree = thread(appview, f"at://ada.example/{COLLECTION}/{post.rkey}")
    assert tree["post"]["uri"] == post.uri


# Posts


def test_facets_are_counted_in_bytes_and_links_are_shortened(appview: httpx.Client, world: World) -> None:
    ben = world.bluesky.person("ben.example")
    text = "👩🏾‍🚀 Ä https://example.org/a/rather/long/path, #Tide @ben.example @nobody.example here"
    post = world.bluesky.post("ada.example", text, links={"here": "https://example.net/"})
    record = view(appview, post)["record"]
    raw = record["text"].encode()
    found = [
        (raw[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode(), facet["features"][0])
        for facet in record["facets"]
    ]
    kind = "app.bsky.richtext.facet"
    assert found == [
        ("example.org/a/rather/lon...", {"$type": f"{kind}#link", "uri": "https://example.org/a/rather/long/path"}),
        ("#Tide", {"$type": f"{kind}#tag", "tag": "Tide"}),
        ("@ben.example", {"$type": f"{kind}#mention", "did": ben.did}),
        ("here", {"$type": f"{kind}#link", "uri": "https://example.net/"}),
    ]


def test_embeds_have_the_shapes_of_the_lexicons(appview: httpx.Client, world: World) -> None:
    case = cases.rich(world)
    embeds = [view(appview, world.bluesky.posts[uri or ""]).get("embed", {}) for uri in case.main]
    kinds = [embed.get("$type", "").removeprefix("app.bsky.embed.") for embed in embeds]
    assert kinds == [
        "",
        "images#view",
        "gallery#view",
        "video#view",
        "external#view",
        *["record#view"] * 4,
        "recordWithMedia#view",
        "",
        "hologram#view",
    ]
    assert set(embeds[1]["images"][0]) == {"thumb", "fullsize", "alt", "aspectRatio"}
    assert set(embeds[2]["items"][0]) == {"$type", "thumbnail", "fullsize", "alt", "aspectRatio"}
    assert len(embeds[2]["items"]) == 6
    assert embeds[3]["playlist"].endswith(".m3u8")
    assert set(embeds[4]["external"]) == {"uri", "title", "description", "thumb"}
    assert embeds[9]["media"]["$type"] == "app.bsky.embed.images#view"
    assert embeds[9]["record"]["record"]["$type"] == "app.bsky.embed.record#viewRecord"


def test_quotes_are_shown_missing_blocked_or_detached(appview: httpx.Client, world: World) -> None:
    case = cases.rich(world)
    quotes = [view(appview, world.bluesky.posts[uri or ""])["embed"]["record"] for uri in case.main[5:9]]
    kinds = [quote["$type"].removeprefix("app.bsky.embed.record#") for quote in quotes]
    assert kinds == ["viewRecord", "viewNotFound", "viewBlocked", "viewDetached"]
    assert quotes[0]["value"]["text"] == "Wicks."
    assert quotes[0]["embeds"][0]["$type"] == "app.bsky.embed.images#view"


def test_labels_come_from_the_author_and_from_the_default_labeler(appview: httpx.Client, world: World) -> None:
    post = world.bluesky.post("ada.example", "one", self_labels=["nudity"])
    post.labels.append("porn")
    post.author.self_labels.append("!no-unauthenticated")
    found = view(appview, post)
    assert {label["val"] for label in found["labels"]} == {"nudity", "porn"}
    assert [label["val"] for label in found["author"]["labels"]] == ["!no-unauthenticated"]
    others = {"atproto-accept-labelers": "did:plc:somebodyelse"}
    asked = appview.get("app.bsky.feed.getPosts", params={"uris": post.uri}, headers=others).json()["posts"][0]
    assert [label["val"] for label in asked["labels"]] == ["nudity"]


def test_created_at_may_lie_and_record_keys_do_not(appview: httpx.Client, world: World) -> None:
    case = cases.lying_clock(world)
    posts = [view(appview, world.bluesky.posts[uri or ""]) for uri in case.main]
    claimed = [post["record"]["createdAt"] for post in posts]
    assert claimed == sorted(claimed, reverse=True)
    assert case.main == sorted(case.main, key=str)
    assert [post["indexedAt"] for post in posts] == sorted(post["indexedAt"] for post in posts)


def test_a_replaced_record_has_another_cid(appview: httpx.Client, world: World) -> None:
    post = world.bluesky.post("ada.example", "frist")
    before = view(appview, post)
    world.bluesky.replace(post, "first")
    after = view(appview, post)
    assert (before["uri"], after["record"]["text"]) == (after["uri"], "first")
    assert before["cid"] != after["cid"]


def test_get_posts_leaves_out_what_is_gone_and_takes_25(appview: httpx.Client, world: World) -> None:
    posts = world.bluesky.thread("ada.example", map(str, range(26)))
    world.bluesky.delete(posts[1])
    answer = appview.get("app.bsky.feed.getPosts", params={"uris": [post.uri for post in posts[:25]]})
    assert [post["uri"] for post in answer.json()["posts"]] == [post.uri for post in posts[:25] if post is not posts[1]]
    assert appview.get("app.bsky.feed.getPosts", params={"uris": [post.uri for post in posts]}).status_code == 400
