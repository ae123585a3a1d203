"""getAuthorFeed: an author's posts and reposts, with the filters as the AppView applies them."""

from dataclasses import dataclass
from datetime import datetime

from ..clock import zulu
from ..wire import Json
from .model import Person, Post, Repost
from .network import BlueskyNetwork
from .views import Views

FILTERS = (
    "posts_with_replies",
    "posts_no_replies",
    "posts_with_media",
    "posts_and_author_threads",
    "posts_with_video",
)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a feed; `repost` is set when the author only passed it on."""

    post: Post
    at: datetime
    repost: Repost | None = None

    @property
    def cursor(self) -> str:
        return f"{zulu(self.at)}::{self.post.rkey}"


def author_feed(
    network: BlueskyNetwork, views: Views, person: Person, *, limit: int, cursor: str | None, kind: str
) -> Json:
    """One page, newest first. The page is cut before self-threads are looked for, so they break at borders."""
    items = [Item(post, post.at) for post in network.written_by(person) if post.exists]
    items += [Item(each.post, each.at, each) for each in network.reposts if each.by is person]
    items = [item for item in items if item.post.exists and kept_by_kind(item, kind)]
    items.sort(key=lambda item: item.cursor, reverse=True)
    rest = [item for item in items if cursor is None or item.cursor < cursor]
    page, more = rest[:limit], len(rest) > limit
    shown = own_threads(page) if kind == "posts_and_author_threads" else page
    feed: Json = {"feed": [feed_item(item, views, network) for item in shown]}
    return {**feed, "cursor": page[-1].cursor} if more else feed


def kept_by_kind(item: Item, kind: str) -> bool:
    post = item.post
    if kind == "posts_no_replies":
        return post.parent is None or item.repost is not None
    if kind == "posts_with_media":
        return bool(post.images or post.gallery or post.video) and item.repost is None
    if kind == "posts_with_video":
        return post.video is not None and item.repost is None
    if kind == "posts_and_author_threads":
        return post.parent is None or item.repost is not None or post.parent.author is post.author
    return True


def own_threads(page: list[Item]) -> list[Item]:
    """A reply stays only when all its ancestors are on the same page."""
    present = {item.post for item in page if item.repost is None}

    def unbroken(post: Post) -> bool:
        above: Post | None = post
        while above is not None:
            if above not in present:
                return False
            above = above.parent
        return True

    return [item for item in page if item.repost is not None or unbroken(item.post)]


def feed_item(item: Item, views: Views, network: BlueskyNetwork) -> Json:
    line: Json = {"post": views.post(item.post)}
    parent = item.post.parent
    if parent is not None:
        line["reply"] = {"root": maybe(item.post.root, item.post, views, network)}
        line["reply"]["parent"] = maybe(parent, item.post, views, network)
        if parent.parent is not None:
            line["reply"]["grandparentAuthor"] = views.person(parent.parent.author)
    if item.repost is not None:
        reason = {"$type": "app.bsky.feed.defs#reasonRepost", "by": views.person(item.repost.by)}
        line["reason"] = {**reason, "indexedAt": zulu(item.at)}
    return line


def maybe(post: Post, seen_from: Post, views: Views, network: BlueskyNetwork) -> Json:
    """A post, or why it is not shown."""
    if not post.exists:
        return views.not_found(post.uri)
    if network.blocked(post.author, seen_from.author):
        return views.blocked(post)
    return {**views.post(post), "$type": "app.bsky.feed.defs#postView"}
