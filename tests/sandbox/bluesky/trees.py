"""getPostThread's tree as JSON text, written without recursion: threads are deeper than json can nest."""

import json

from ..wire import Json
from .model import Post
from .network import BlueskyNetwork
from .views import Views

NODE = '{"$type":"app.bsky.feed.defs#threadViewPost","post":'
CONTEXT = ',"threadContext":{}}'


class Tree:
    """Writes the tree around one anchor."""

    def __init__(self, network: BlueskyNetwork, views: Views) -> None:
        self._network = network
        self._views = views

    def text(self, anchor: Post, *, depth: int, height: int) -> str:
        """`{"thread": …}` with `depth` levels of replies below and `height` parents above the anchor."""
        parts = ['{"thread":', NODE, written(self._views.post(anchor))]
        parts += self._above(anchor, height)
        parts += self._below(anchor, depth)
        parts += [CONTEXT, "}"]
        return "".join(parts)

    def _above(self, anchor: Post, height: int) -> list[str]:
        """Nested parents up to the root, to a gap or to a block."""
        parts: list[str] = []
        child, opened = anchor, 0
        while child.parent is not None and opened < height:
            parent = child.parent
            parts.append(',"parent":')
            if self._network.blocked(parent.author, child.author):
                parts.append(written(self._views.blocked(parent)))
                break
            if not parent.exists:
                parts.append(written(self._views.not_found(parent.uri)))
                break
            parts += [NODE, written(self._views.post(parent))]
            child, opened = parent, opened + 1
        return [*parts, CONTEXT * opened]

    def _below(self, anchor: Post, depth: int) -> list[str]:
        """Replies, newest first. What was deleted is missing with all that hangs below it."""
        parts: list[str] = []
        waiting: list[str | tuple[Post, int]] = [*self._children(anchor, depth)]
        while waiting:
            item = waiting.pop()
            if isinstance(item, str):
                parts.append(item)
                continue
            post, left = item
            if post.parent is not None and self._network.blocked(post.author, post.parent.author):
                parts.append(written(self._views.blocked(post)))
                continue
            parts += [NODE, written(self._views.post(post))]
            waiting.append(CONTEXT)
            waiting += self._children(post, left)
        return parts

    def _children(self, post: Post, left: int) -> list[str | tuple[Post, int]]:
        """What to write for a post's `replies`, in the order of a stack; nothing at the lowest level."""
        if left < 1:
            return []
        replies = [reply for reply in post.replies if reply.exists]
        items: list[str | tuple[Post, int]] = ["]"]
        for position, reply in enumerate(sorted(replies, key=lambda each: each.rkey)):
            items += [","] * (position > 0) + [(reply, left - 1)]
        return [*items, ',"replies":[']


def written(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
