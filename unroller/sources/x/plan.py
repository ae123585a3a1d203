"""The order in which X is asked for a thread: as few calls and paid reads as its completeness allows.

Linked post → root of its conversation → the author's posts in it → posts that an earlier fetch knew → parents that
search did not list → the timeline where search is late → quoted posts.
"""

from unroller.core.assemble import numbered
from unroller.sources.base import HARD_CAP, Wish
from unroller.sources.recording import Recorder
from unroller.sources.x.collecting import Collector, Scope
from unroller.sources.x.desk import Desk
from unroller.sources.x.kinship import answers_own, has_own_answer, head, members, parent
from unroller.sources.x.payload import (
    Json,
    answered_id,
    author_id,
    conversation_id,
    created_at,
    media_keys,
    order,
    parent_id,
    post_id,
    quoted_id,
    repeated_id,
    replies,
    written,
)


def follow(desk: Desk, web: Recorder, wish: Wish, *, key: str, scope: Scope) -> None:
    """Asks everything about the thread around post `key`. Raises UnrollError.

    Run again over the same recording it asks the same, so it goes on where it was interrupted.
    """
    anchor = _find_anchor(desk, key)
    _find_root(desk, anchor)
    Plan(desk, web, wish, anchor=anchor, scope=scope).run()


def _find_anchor(desk: Desk, key: str) -> Json:
    """The linked post (R1): a repost stands for what it repeats, an old version for the latest."""
    post = desk.first(key)
    if repeated_id(post):
        post = desk.first(repeated_id(post))
    newest = desk.gathered.latest(post["id"])
    return post if newest in desk.gathered.posts else desk.first(newest)


def _find_root(desk: Desk, anchor: Json) -> None:
    """The root of the conversation, and what a reply to somebody else answers."""
    wanted = {conversation_id(anchor)}
    if answered_id(anchor) != author_id(anchor):
        wanted.add(parent_id(anchor))
    unknown = {desk.gathered.latest(each) for each in wanted if each and not desk.gathered.settled(each)}
    desk.lookup(unknown, people=True)


class Plan:
    """One thread, once its linked post and its root are known."""

    def __init__(self, desk: Desk, web: Recorder, wish: Wish, *, anchor: Json, scope: Scope) -> None:
        self._desk = desk
        self._gathered = desk.gathered
        self._note = web.note
        self._facts = web.raw.facts
        self._known = {known for known in wish.known if post_id(known)}
        self._most = max(1, min(wish.most, HARD_CAP))
        self._anchor = anchor
        self._root = desk.gathered.post(conversation_id(anchor))
        self._collector = Collector(desk, web, anchor, scope=scope, most=self._most)
        self._author = author_id(anchor)
        self._cut = ""

    def run(self) -> None:
        start = self._find_author()
        self._facts["author"] = self._author
        self._search_again_if_renamed()
        start = self._cut_end(start)
        self._verify_known()
        self._close(start)
        self._read_tail(start)
        self._look_if_hidden()
        self._fetch_cards(start)
        self._note_what_is_missing()

    def _find_author(self) -> Json:
        """Collects the author's posts (R2); the post to climb from is the linked one or what a lone reply answers."""
        anchor, own = self._anchor, self._author
        if not parent_id(anchor) or answers_own(self._gathered, anchor) or own == author_id(self._root or {}):
            self._collector.collect(own)
            return anchor
        self._collector.collect(own, since=anchor)
        above = parent(self._gathered, anchor)
        if above is None or has_own_answer(self._gathered, anchor):
            return anchor
        self._author = author_id(above)
        self._collector.collect(self._author)
        return above

    def _search_again_if_renamed(self) -> None:
        """A search that finds nothing where there must be something asked for a handle that is no longer used."""
        expected = self._anchor if author_id(self._anchor) == self._author else self._root
        if self._collector.by_timeline or self._collector.listed or expected is None:
            return
        if parent_id(expected) or replies(expected):
            before = self._gathered.handle(self._author)
            self._look_again()
            if self._gathered.handle(self._author) != before:
                self._collector.collect(self._author)

    def _look_again(self) -> None:
        """Asks for the linked post again. Raises what X says when it is no longer shown."""
        self._desk.look_again(self._anchor["id"])
        if self._gathered.post(self._anchor["id"]) is None:
            raise self._gathered.absence(self._anchor["id"])

    def _cut_end(self, start: Json) -> Json:
        """R9: posts beyond the cap are left out; the thread is then shown from its beginning, not from the link."""
        own, until = self._own(), self._collector.read_until
        kept = [post for post in own if until is None or (created_at(post) or until) < until][: self._most]
        if len(kept) == len(own) or not kept:
            return start
        self._note("cap")
        self._cut = self._facts["cut"] = kept[-1]["id"]
        if self._is_cut(start["id"]):
            start = kept[0]
            if self._root and author_id(self._root) == self._author:
                start = self._root
            self._facts["anchor"] = start["id"]
        return start

    def _own(self) -> list[Json]:
        """The author's posts in the conversation up to the cut, oldest first."""
        found = filter(self._collector.holds, self._gathered.by(self._author))
        return [post for post in found if not self._is_cut(post["id"])]

    def _is_cut(self, any_id: str) -> bool:
        return bool(self._cut) and order(any_id) > order(self._cut)

    def _members(self) -> list[Json]:
        return members(self._gathered, self._own())

    def _verify_known(self) -> None:
        """R12: only a lookup tells a deleted post from one that the index lost."""
        unseen = {each for each in self._known if not self._gathered.settled(each) and not self._is_cut(each)}
        self._desk.lookup(unseen, people=False)

    def _close(self, start: Json) -> None:
        """Parents by id until none is unknown: replies seconds old are in no index, and some never get there."""
        for _ in range(self._most):
            wanted = self._unknown(start)
            if not wanted:
                return
            self._desk.lookup(wanted, people=not all(wanted.values()), above=True)
        self._note("source-limit")

    def _unknown(self, start: Json) -> dict[str, bool]:
        """Ids to look up, and whether each is the author's own as far as known.

        What the author answered of others is not worth its price, but for what the head of the thread answers.
        """
        wanted: dict[str, bool] = {}
        own = self._own()
        for post in own:
            wanted[post["id"]] = True
            if answered_id(post) in {"", self._author}:
                wanted[parent_id(post)] = bool(answered_id(post))
        top = head(self._gathered, start, own)
        wanted.setdefault(parent_id(top), answered_id(top) == self._author)
        newest = {self._gathered.latest(each): mine for each, mine in wanted.items() if each}
        asked = self._desk.looked_up
        return {each: mine for each, mine in newest.items() if each not in asked and not self._gathered.settled(each)}

    def _read_tail(self, start: Json) -> None:
        """Where the author's numbering promises more than a fresh index holds, the timeline may have it already."""
        found = self._members()
        if self._collector.by_timeline or not self._collector.is_fresh or self._cut or not found:
            return
        if numbered([written(post) for post in found]) > len(found):
            self._collector.read_tail(self._author, found[-1])
            self._close(start)

    def _look_if_hidden(self) -> None:
        """One post of the author's may be limited; when all of them are, the linked one no longer shows either."""
        hidden = {each for each, why in self._gathered.why.items() if why in {"protected", "suspended"}}
        if any(parent_id(post) in hidden and answered_id(post) == self._author for post in self._own()):
            self._look_again()

    def _fetch_cards(self, start: Json) -> None:
        """Quoted posts, and what the head answers, with their authors and media."""
        top = head(self._gathered, start, self._own())
        wanted = {quoted_id(post) for post in (top, *self._members())} | {parent_id(top)}
        self._desk.lookup({each for each in wanted if each and not self._is_whole(each)}, people=True)

    def _is_whole(self, any_id: str) -> bool:
        post = self._gathered.post(any_id)
        if post is None:
            return any_id in self._gathered.why
        has_media = all(key in self._gathered.media for key in media_keys(post))
        return has_media and author_id(post) in self._gathered.people

    def _note_what_is_missing(self) -> None:
        if self._collector.by_timeline:
            self._note("window")
            return
        found = (post for post in self._members() if answers_own(self._gathered, post))
        if any(post["id"] not in self._collector.listed for post in found):
            self._note("search-lag")
