"""What the network's answers say about a conversation: which posts there are, who answers whom, what is missing.

The same forest is grown while fetching (to decide what to ask next) and while parsing. Trees come as deep JSON; they
are walked with a stack, never by recursion.
"""

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from unroller.sources.bluesky.links import PostUri, post_uri
from unroller.sources.fields import count, record, records, string
from unroller.sources.recording import Exchange

View = dict[str, Any]
"""A post as the network shows it: `app.bsky.feed.defs#postView`."""

THREAD = "app.bsky.feed.getPostThread"
POSTS = "app.bsky.feed.getPosts"


class Forest:
    """Posts by at-URI, from any number of trees and look-ups. What came later stands for what came before."""

    def __init__(self, exchanges: Iterable[Exchange] = ()) -> None:
        self.views: dict[PostUri, View] = {}
        self.missing: set[PostUri] = set()
        """The network said that they do not exist (any more)."""
        self.blocked: set[PostUri] = set()
        """Somebody's block hides them from a signed-out reader."""
        self._parents: dict[PostUri, PostUri] = {}
        self._children: dict[PostUri, set[PostUri]] = {}
        self._opened: set[PostUri] = set()
        self._counts: dict[str, int] = {}
        for exchange in exchanges:
            self.add(exchange)

    def add(self, exchange: Exchange) -> None:
        """Take in a tree or a look-up; any other answer says nothing about posts."""
        method = urlsplit(exchange.url).path.rpartition("/")[2]
        if method == THREAD:
            self._add_tree(exchange)
        elif method == POSTS and exchange.status == 200:
            asked = filter(None, map(post_uri, parameters(exchange, "uris")))
            found = {self._add_view(view) for view in records(record(exchange.body).get("posts"))}
            for uri in asked:
                if uri not in found:
                    self._miss(uri)

    def parent(self, uri: PostUri) -> PostUri | None:
        return self._parents.get(uri)

    def root(self, uri: PostUri) -> PostUri:
        """The first post of the conversation, as the post itself says."""
        reply = record(record(self.views.get(uri, {}).get("record")).get("reply"))
        return reference(reply, "root") or uri

    def own_children(self, uri: PostUri) -> list[PostUri]:
        """The answers of the same author, as far as they are known to exist, by age."""
        return sorted(
            (child for child in self._children.get(uri, ()) if child.did == uri.did and child in self.views),
            key=lambda child: child.order,
        )

    def count(self, did: str) -> int:
        """How many posts of an author were seen."""
        return self._counts.get(did, 0)

    def own(self, did: str) -> Iterator[PostUri]:
        return (uri for uri in self.views if uri.did == did)

    def is_unknown(self, uri: PostUri) -> bool:
        """Whether nothing was said about a post: it may be there."""
        return uri not in self.views and uri not in self.missing and uri not in self.blocked

    def is_cut_off(self, uri: PostUri) -> bool:
        """Whether a tree ended here, so that asking for the post's own tree may show more."""
        return uri not in self._opened and self._has_unseen_answers(uri)

    def hides_answers(self, uri: PostUri) -> bool:
        """Whether no tree shows all that hangs from a post: the network counts more, or the post itself is deleted."""
        return uri in self.missing or self._has_unseen_answers(uri)

    def owner(self, anchor: PostUri) -> PostUri:
        """The post whose author's thread it is: the linked one, or its parent for a lone answer by a stranger (R2)."""
        parent, root = self.parent(anchor), self.root(anchor)
        alone = (
            parent is not None
            and parent.did != anchor.did
            and not (root.did == anchor.did and root in self.views)
            and not self.own_children(anchor)
        )
        return parent if alone and parent in self.views and parent is not None else anchor

    def _has_unseen_answers(self, uri: PostUri) -> bool:
        return count(self.views.get(uri, {}).get("replyCount")) > len(self._children.get(uri, ()))

    def _add_tree(self, exchange: Exchange) -> None:
        asked = next(filter(None, map(post_uri, parameters(exchange, "uri"))), None)
        if exchange.status == 200:
            self._walk(record(record(exchange.body).get("thread")))
        elif asked and string(record(exchange.body).get("error")) == "NotFound":
            self._miss(asked)
        if asked:
            self._opened.add(asked)

    def _walk(self, thread: View) -> None:
        stack: list[tuple[View, PostUri | None]] = [(thread, None)]
        while stack:
            node, above = stack.pop()
            uri = self._add_node(node)
            if uri and above:
                self._children.setdefault(above, set()).add(uri)
            replies = records(node.get("replies"))
            if uri and replies:
                self._opened.add(uri)
            stack.extend((reply, uri) for reply in replies)
            if "parent" in node:
                stack.append((record(node["parent"]), None))

    def _add_node(self, node: View) -> PostUri | None:
        if "post" in node:
            return self._add_view(record(node["post"]))
        uri = post_uri(string(node.get("uri")))
        if uri and node.get("notFound") is True:
            self._miss(uri)
        elif uri and node.get("blocked") is True and uri not in self.views:
            self.blocked.add(uri)
        return uri

    def _add_view(self, view: View) -> PostUri | None:
        """A view whose author is not the owner of its record is a lie and left out."""
        uri = post_uri(string(view.get("uri")))
        if uri is None or record(view.get("author")).get("did") != uri.did or not record(view.get("record")):
            return None
        if uri not in self.views:
            self._counts[uri.did] = self._counts.get(uri.did, 0) + 1
        self.views[uri] = view
        self.missing.discard(uri)
        self.blocked.discard(uri)
        parent = reference(record(record(view["record"]).get("reply")), "parent")
        if parent and parent != uri:
            self._parents[uri] = parent
            self._children.setdefault(parent, set()).add(uri)
        return uri

    def _miss(self, uri: PostUri) -> None:
        self.missing.add(uri)
        if self.views.pop(uri, None) is not None:
            self._counts[uri.did] -= 1


def reference(reply: View, name: str) -> PostUri | None:
    """The `root` or `parent` that a record's reply names."""
    return post_uri(string(record(reply.get(name)).get("uri")))


def parameters(exchange: Exchange, name: str) -> list[str]:
    """Values of a parameter of the question."""
    return parse_qs(urlsplit(exchange.url).query).get(name, [])
