"""Records of posts as clients write them: what a data server takes.

Strong references that do not fit are refused here; the real server takes them and the AppView hides the post.
"""

from dataclasses import dataclass
from typing import Any

import regex

from ..clock import parse_moment
from ..ids import cid
from ..wire import Json
from .model import Post
from .network import BlueskyNetwork
from .records import COLLECTION
from .sessions import refusal

MOST_GRAPHEMES, MOST_BYTES, MOST_LANGS = 300, 3000, 3
FEATURES = {"link": "uri", "mention": "did", "tag": "tag"}
KNOWN = frozenset({"$type", "text", "createdAt", "facets", "reply", "langs", "labels", "tags", "embed"})


@dataclass(frozen=True, slots=True)
class Checked:
    """A record in order, and the posts that it points at."""

    value: Json
    parent: Post | None
    quoted: Post | None


def checked_record(network: BlueskyNetwork, value: Any) -> Checked:
    """Raises RefusalError with the rule that a record breaks."""
    if not isinstance(value, dict) or value.get("$type") != COLLECTION or not value.keys() <= KNOWN:
        raise bad("Record must be a post without unknown properties")
    text = value.get("text")
    if not isinstance(text, str) or len(text.encode()) > MOST_BYTES or len(regex.findall(r"\X", text)) > MOST_GRAPHEMES:
        raise bad(f"Record/text must not be longer than {MOST_GRAPHEMES} graphemes")
    try:
        parse_moment(value["createdAt"])
    except (KeyError, TypeError, ValueError):
        raise bad("Record/createdAt must be an valid atproto datetime") from None
    if len(value.get("langs", [])) > MOST_LANGS:
        raise bad(f"Record/langs must not have more than {MOST_LANGS} elements")
    for facet in value.get("facets", []):
        check_facet(facet, text.encode())
    embed = value.get("embed")
    quoted = None
    if embed is not None:
        if embed.get("$type") != "app.bsky.embed.record":
            raise bad("Record/embed is of a kind that nobody asks of this data server")
        quoted = referred(network, embed.get("record"), "embed/record")
    return Checked(value, checked_reply(network, value.get("reply")), quoted)


def check_facet(facet: Any, text: bytes) -> None:
    """Bytes within the text and between its characters; features of known kinds with what they need."""
    try:
        start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
        features = [(each["$type"], each) for each in facet["features"]]
    except (KeyError, TypeError):
        raise bad("Record/facets must have index and features") from None
    if not 0 <= start < end <= len(text):
        raise bad("Record/facets index is out of bounds")
    try:
        text[start:end].decode()
    except UnicodeDecodeError:
        raise bad("Record/facets index cuts a character") from None
    for kind, feature in features:
        needed = FEATURES.get(kind.removeprefix("app.bsky.richtext.facet#"))
        if needed is None or not isinstance(feature.get(needed), str):
            raise bad(f"Record/facets has a feature that is none: {kind}")


def checked_reply(network: BlueskyNetwork, reply: Any) -> Post | None:
    """The post a reply answers; its root has to be the root of that one."""
    if reply is None:
        return None
    if not isinstance(reply, dict) or reply.keys() != {"root", "parent"}:
        raise bad("Record/reply must have root and parent")
    root, parent = (referred(network, reply[name], f"reply/{name}") for name in ("root", "parent"))
    if parent.root is not root:
        raise bad("Record/reply/root is not the root of the parent")
    return parent


def referred(network: BlueskyNetwork, reference: Any, where: str) -> Post:
    """The post behind a strong reference, by the CID of any of its revisions."""
    found = isinstance(reference, dict) and isinstance(reference.get("uri"), str)
    post = network.posts.get(reference["uri"]) if found else None
    if post is None:
        raise bad(f"Record/{where} leads to no post")
    if reference.get("cid") not in {cid(f"{post.uri} {number}") for number in range(post.revision + 1)}:
        raise bad(f"Record/{where} has the CID of another record")
    return post


def bad(message: str) -> Exception:
    return refusal(400, "InvalidRequest", f"Invalid {COLLECTION} record: {message}")
