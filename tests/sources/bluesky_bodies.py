"""Bodies as Bluesky's AppView sends them, and what they are parsed to."""

from typing import Any
from urllib.parse import urlencode

from unroller.core.posts import Pile, Post
from unroller.sources.bluesky import Bluesky
from unroller.sources.recording import Exchange, Raw

Json = dict[str, Any]
APPVIEW = "https://appview.example"
BLUESKY = Bluesky(APPVIEW, "https://plc.example")
ALICE = "did:plc:aliceaaaaaaaaaaaaaaaaaaa"
BOB = "did:plc:bobbbbbbbbbbbbbbbbbbbbbb"
HEAD = "3lbq2wsxk5c2f"
NEXT = "3lbq2wsxk5c2g"
LAST = "3lbq2wsxk5c2h"
WRITTEN = "2024-11-24T22:34:51.000Z"
PICTURE = {"$type": "app.bsky.embed.images#view", "images": [{"fullsize": "https://cdn.example/1", "alt": ""}]}


def uri(rkey: str, did: str = ALICE) -> str:
    return f"at://{did}/app.bsky.feed.post/{rkey}"


def person(did: str = ALICE, **more: object) -> Json:
    name = "alice.example" if did == ALICE else "bob.example"
    return {"did": did, "handle": name, "displayName": name.title(), "labels": [], **more}


def view(
    rkey: str = HEAD,
    text: str = "Words.",
    *,
    did: str = ALICE,
    parent: str = "",
    record: Json | None = None,
    **more: object,
) -> Json:
    """A postView; `record` is added to what is usual in one."""
    value: Json = {"$type": "app.bsky.feed.post", "text": text, "createdAt": WRITTEN, "langs": ["en"]}
    if parent:
        value["reply"] = {"parent": {"uri": parent, "cid": "c"}, "root": {"uri": uri(HEAD), "cid": "c"}}
    return {
        "uri": uri(rkey, did),
        "cid": "bafyone",
        "author": person(did),
        "record": value | (record or {}),
        "replyCount": 0,
        "indexedAt": "2024-11-24T22:34:52.000Z",
        "labels": [],
        **more,
    }


def node(post: Json, *replies: Json, **more: object) -> Json:
    return {"$type": "app.bsky.feed.defs#threadViewPost", "post": post, "replies": list(replies), **more}


def answer(thread: Json, *, anchor: str = HEAD, status: int = 200) -> Exchange:
    query = urlencode({"uri": uri(anchor), "depth": "90", "parentHeight": "89"})
    body = {"thread": thread} if status == 200 else thread
    return Exchange(url=f"{APPVIEW}/xrpc/app.bsky.feed.getPostThread?{query}", status=status, body=body)


def recording(*exchanges: Exchange, anchor: str = HEAD) -> Raw:
    return Raw(source="bluesky", key=f"{ALICE}/{anchor}", exchanges=list(exchanges))


def pile_of(thread: Json, *, anchor: str = HEAD) -> Pile:
    return BLUESKY.parse(recording(answer(thread, anchor=anchor), anchor=anchor))


def post_of(post: Json) -> Post:
    return pile_of(node(post)).posts[0]


def quoted_view(**more: object) -> Json:
    return {
        "$type": "app.bsky.embed.record#viewRecord",
        "uri": uri(NEXT, BOB),
        "author": person(BOB),
        "value": {"text": "Quoted words", "createdAt": WRITTEN, "langs": ["de"]},
        "indexedAt": WRITTEN,
        "labels": [],
        **more,
    }
