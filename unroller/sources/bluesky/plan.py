"""The fetch plan: climb from the linked post to the head, go down from it, then ask for what trees cannot show."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable
from urllib.parse import urlencode

from unroller.core.errors import BadAnswer, Gone, Later, NotPublic, OutOfTime, Refused
from unroller.sources.base import Wish
from unroller.sources.bluesky import repository
from unroller.sources.bluesky.forest import POSTS, THREAD, Forest
from unroller.sources.bluesky.labels import refuse_hidden
from unroller.sources.bluesky.links import PostUri, is_did, post_uri
from unroller.sources.bluesky.repository import GLANCE_PAGES, MOST_PAGES, Answer, Listing
from unroller.sources.fields import record, string
from unroller.sources.recording import Exchange, Recorder

BUCKET = "bluesky"
DEPTH = 90
"""Levels of answers in one tree. JSON deeper than about 490 levels cannot be read, and an answer costs two of them."""
HEIGHT = DEPTH - 1
"""Levels of parents. The parent above them is asked next, and its tree just reaches down to where this one began."""
MOST_CLIMBS = 300
"""Trees that are asked for on the way up, so that no server keeps us climbing for ever."""
POSTS_AT_ONCE = 25
WITHOUT_REPOSITORY = "repository"
"""The fact that the author's own server could not be read; written down, so that a resumed fetch decides alike."""


def resolve(web: Recorder, appview_url: str, actor: str) -> str:
    """The DID of a handle. Raises Gone when nobody has it."""
    if is_did(actor):
        return actor
    exchange = web.ask(f"{appview_url}/xrpc/com.atproto.identity.resolveHandle", {"handle": actor}, bucket=BUCKET)
    return resolved(exchange)


def resolved(exchange: Exchange) -> str:
    did = string(record(exchange.body).get("did"))
    if exchange.status in {400, 404}:
        raise Gone("nobody has this handle")
    if exchange.status != 200 or not is_did(did):
        raise BadAnswer(f"resolveHandle: status {exchange.status}")
    return did


def refuse_absent(forest: Forest, anchor: PostUri) -> None:
    """Raises Gone, NotPublic or BadAnswer when the linked post itself is not there to be shown, or not to everybody."""
    if anchor in forest.missing:
        raise Gone
    if anchor in forest.blocked:
        raise NotPublic("hidden by a block")
    if anchor not in forest.views:
        raise BadAnswer("the tree does not hold the post it was asked for")
    refuse_hidden(forest.views[anchor])
    refuse_hidden(forest.views[forest.owner(anchor)])


class Plan:
    """One fetch. It asks nothing twice and depends on nothing but the answers, so it can be run again over them."""

    def __init__(self, web: Recorder, appview_url: str, plc_url: str, *, wish: Wish) -> None:
        self._web = web
        self._appview_url = appview_url
        self._plc_url = plc_url
        self._wish = wish
        self._forest = Forest()
        self._did = ""

    def run(self, anchor: PostUri) -> None:
        self._did = anchor.did
        self._tree(anchor, height=HEIGHT)
        if anchor in self._forest.views:
            self._look_up(filter(None, (self._forest.root(anchor), self._forest.parent(anchor))))
        refuse_absent(self._forest, anchor)
        owner = self._forest.owner(anchor)
        self._did = owner.did
        head = self._climb(owner)
        members = self._descend(head)
        if self._is_hole(head):
            root = self._forest.root(head)
            if root.did == self._did:
                members |= self._descend(root)
            self._consult(members, since=root, everything=True)
            head = self._head_over_holes(head)
        elif len(members) < self._wish.most:
            self._consult(members, since=head, everything=False)
        self._look_up(filter(None, (self._forest.parent(head), self._forest.parent(anchor))))
        self._look_up(filter(None, map(post_uri, self._wish.known)))

    def _tree(self, uri: PostUri, *, height: int) -> None:
        url = f"{self._appview_url}/xrpc/{THREAD}"
        params = {"uri": str(uri), "depth": str(DEPTH), "parentHeight": str(height)}
        try:
            exchange = self._web.ask(url, params, bucket=BUCKET)
        except BadAnswer:
            # Too many strangers answered for one body: take the post alone; the repository knows the author's answers.
            exchange = self._web.ask(url, {**params, "depth": "0"}, bucket=BUCKET)
        self._take(exchange)

    def _look_up(self, uris: Iterable[PostUri]) -> None:
        """Single posts that no tree has shown; those that do not come back are gone."""
        unknown = [uri for uri in dict.fromkeys(uris) if self._forest.is_unknown(uri)]
        for start in range(0, len(unknown), POSTS_AT_ONCE):
            query = urlencode([("uris", str(uri)) for uri in unknown[start : start + POSTS_AT_ONCE]])
            exchange = self._web.ask(f"{self._appview_url}/xrpc/{POSTS}?{query}", bucket=BUCKET)
            if exchange.status != 200:
                self._web.note("source-limit")
            self._take(exchange)

    def _take(self, exchange: Exchange) -> None:
        self._forest.add(exchange)
        self._web.progress(self._forest.count(self._did))

    def _climb(self, start: PostUri) -> PostUri:
        """The topmost post that is reached through parents of the same author (R3)."""
        forest, post, climbs = self._forest, start, 0
        passed = {start}
        while (parent := forest.parent(post)) and parent.did == post.did and parent not in passed:
            if forest.is_unknown(parent) and climbs < MOST_CLIMBS:
                climbs += 1
                self._tree(parent, height=HEIGHT)
            if forest.is_unknown(parent):
                self._web.note("source-limit")
            if parent not in forest.views:
                break
            passed.add(parent)
            post = parent
        return post

    def _is_hole(self, post: PostUri) -> bool:
        """Whether a post answers one of its author's own that cannot be had."""
        parent = self._forest.parent(post)
        return parent is not None and parent.did == post.did and parent not in self._forest.views

    def _descend(self, head: PostUri) -> set[PostUri]:
        """The head and every answer of its author below it (R4), level by level, so that a cap cuts the end (R9)."""
        found = {head}
        queue = deque([head])
        while queue:
            post = queue.popleft()
            if self._forest.is_unknown(post) or self._forest.is_cut_off(post):
                if len(found) >= self._wish.most:
                    self._web.note("cap")
                    continue
                self._tree(post, height=0)
            below = [child for child in self._forest.own_children(post) if child not in found]
            found.update(below)
            queue.extend(below)
        return found

    def _consult(self, members: set[PostUri], *, since: PostUri, everything: bool) -> None:
        """Ask the author's own server for answers that the trees do not show, and look those up."""
        answers = self._answers(since, thorough=everything or any(map(self._forest.hides_answers, members)))
        wanted = [answer.uri for answer in answers] if everything else self._below(members, answers)
        unknown = [uri for uri in wanted if uri not in self._forest.views]
        room = max(0, self._wish.most - len(members))
        if len(unknown) > room:
            self._web.note("cap")
        parents = {answer.uri: answer.parent for answer in answers}
        chosen = unknown[:room]
        self._look_up([*chosen, *(parents[uri] for uri in chosen if parents[uri].did == self._did)])

    def _answers(self, since: PostUri, *, thorough: bool) -> list[Answer]:
        """What the repository holds of the conversation, oldest first. What it cannot tell is only a loss where the
        trees are known to hide something (`thorough`)."""
        listing = Listing([], whole=False)
        if WITHOUT_REPOSITORY not in self._web.raw.facts:
            pages = MOST_PAGES if thorough else GLANCE_PAGES
            try:
                listing = repository.answers(self._web, self._plc_url, self._did, since=since.order, pages=pages)
            except OutOfTime:
                raise  # the repository may answer whoever has more time
            except (Later, Refused) as error:
                self._web.raw.facts[WITHOUT_REPOSITORY] = error.code
        if thorough and not listing.whole:
            self._web.note("source-limit")
        root = self._forest.root(since)
        return sorted((each for each in listing.answers if each.root == root), key=lambda each: each.uri.order)

    def _below(self, members: set[PostUri], answers: list[Answer]) -> list[PostUri]:
        """Answers below a member, or below a deleted post: one that is neither in the repository nor shown (R5)."""
        there = {answer.uri for answer in answers} | self._forest.views.keys()
        below: dict[PostUri, list[PostUri]] = {}
        queue = deque(members)
        for answer in answers:
            below.setdefault(answer.parent, []).append(answer.uri)
            if answer.parent.did == self._did and answer.parent not in there:
                queue.append(answer.parent)
        found: set[PostUri] = set()
        while queue:
            for uri in below.pop(queue.popleft(), ()):
                found.add(uri)
                queue.append(uri)
        return sorted(found, key=lambda uri: uri.order)

    def _head_over_holes(self, post: PostUri) -> PostUri:
        """The head, going on at the latest older post of the conversation where the parent is deleted (R5)."""
        root = self._forest.root(post)
        own = [uri for uri in self._forest.own(post.did) if uri == root or self._forest.root(uri) == root]
        own.sort(key=lambda uri: uri.order)
        passed: set[PostUri] = set()
        while self._is_hole(post) and post not in passed:
            passed.add(post)
            missing = self._forest.parent(post) or post
            place = bisect_left(own, missing.order, key=lambda uri: uri.order)
            if place == 0:
                break
            post = self._climb(own[place - 1])
        return post
