"""From a finished recording to the pile of posts: nothing here asks, and nothing that X sends can break it."""

from collections.abc import Iterable

import regex

from unroller.core.errors import BadAnswer, Protected, Withheld
from unroller.core.posts import Person, Pile, Post, Quote, Tombstone
from unroller.core.text import direction, language, one_line
from unroller.sources.fields import address, words
from unroller.sources.recording import Raw
from unroller.sources.x.attachments import card, media, poll
from unroller.sources.x.gathered import Gathered
from unroller.sources.x.payload import (
    Json,
    answered_id,
    author_id,
    conversation_id,
    created_at,
    handle,
    history,
    order,
    parent_id,
    post_id,
    quoted_id,
    repeated_id,
    replies,
    string,
    time_of,
)
from unroller.sources.x.problems import WORDS, Why, withheld
from unroller.sources.x.words import render

MOST_NAME = 200
MOST_BIO = 2_000
UNKNOWN: Why = "unavailable"


def parse(raw: Raw) -> Pile:
    """Every post that may matter, and what is gone. Raises UnrollError when the linked post is not shown."""
    gathered = Gathered()
    for exchange in raw.exchanges:
        if exchange.status == 200 and isinstance(exchange.body, dict):
            gathered.absorb(exchange.body)
    _take_out_withheld(gathered)
    anchor = _anchor(gathered, raw.key)
    author = raw.facts.get("author") or author_id(anchor)
    _check_access(gathered, {author, author_id(anchor)})
    reader = Reader(gathered)
    cut = post_id(raw.facts.get("cut", ""))
    shown = [post for post in _related(gathered, anchor) if not _is_cut(post, author, cut)]
    posts = tuple(filter(None, map(reader.post, shown)))
    named = gathered.post(raw.facts.get("anchor", "")) or anchor
    if all(post.id != named["id"] for post in posts):
        raise BadAnswer(f"post {named['id']} has no author or no time")
    return Pile(
        source="x",
        anchor_id=named["id"],
        posts=posts,
        gone=tuple(_gone(gathered, posts)),
        limits=frozenset(raw.limits),
    )


def _take_out_withheld(gathered: Gathered) -> None:
    """X sends what it withholds from everybody with a notice in the place of its words."""
    for own in [own for own, post in gathered.posts.items() if withheld(post)]:
        gathered.why[own] = "withheld"
        gathered.lost[own] = gathered.posts.pop(own)


def _anchor(gathered: Gathered, key: str) -> Json:
    """The linked post, or what it repeats (R1). Raises why it is not shown."""
    post = gathered.post(key)
    if post is not None and repeated_id(post):
        key = repeated_id(post)
        post = gathered.post(key)
    if post is None:
        raise gathered.absence(key)
    return post


def _check_access(gathered: Gathered, people: Iterable[str]) -> None:
    """R13: nothing of a person who shows their posts to some only."""
    for person in people:
        found = gathered.people.get(person, {})
        if found.get("protected") is True:
            raise Protected(f"{person} is protected")
        if withheld(found):
            raise Withheld(f"{person} is withheld")


def _related(gathered: Gathered, anchor: Json) -> list[Json]:
    """The latest versions of the posts of the anchor's conversation, and the anchor, oldest first."""
    conversations = {*gathered.conversations(anchor), string(anchor, "id")}
    found = [post for own, post in gathered.posts.items() if gathered.post(own) is post]
    related = [
        post
        for post in found
        if post is anchor or conversation_id(post) in conversations or post["id"] in conversations
    ]
    return sorted(related, key=lambda post: order(post["id"]))


def _is_cut(post: Json, author: str, cut: str) -> bool:
    """Whether a post lies beyond the cap that fetch kept to."""
    return bool(cut) and author_id(post) == author and order(post["id"]) > order(cut)


def _gone(gathered: Gathered, posts: tuple[Post, ...]) -> Iterable[Tombstone]:
    """What X said is missing, with all that is known of its place; but for posts that were only quoted."""
    answered = {post.parent_id: post.parent_author_id for post in posts if post.parent_id}
    quoted = {post.quote.id for post in posts if post.quote} - answered.keys()
    for own in sorted(gathered.why, key=order):
        if own in quoted or gathered.post(own) is not None:
            continue
        lost = gathered.lost.get(own, {})
        yield Tombstone(
            id=own,
            order=order(own),
            author_id=author_id(lost) or answered.get(own, ""),
            parent_id=parent_id(lost),
            path=own,
            aliases=tuple(version for version in history({**lost, "id": own}) if version != own),
        )


class Reader:
    """Turns X's posts into ours."""

    def __init__(self, gathered: Gathered) -> None:
        self._gathered = gathered
        self._people: dict[str, Person] = {}

    def post(self, post: Json) -> Post | None:
        """None for a post without an author or a time."""
        own, made = post["id"], created_at(post)
        if not author_id(post) or made is None:
            return None
        author = self.person(author_id(post))
        above = self._gathered.post(parent_id(post)) or {}
        quote = self._quote(post)
        hidden = {quoted_id(post), *history(self._gathered.post(quoted_id(post)) or {})} if quote else set()
        text = render(post, greeted=self._greeted(post), hidden=hidden - {""})
        url = _url(author, own)
        pictures, asked = media(self._gathered, post), poll(self._gathered, post)
        has_more = pictures or quote or asked
        return Post(
            id=own,
            path=own,
            url=url,
            author=author,
            created_at=made,
            order=order(own),
            time=time_of(own) or made,
            parent_id=parent_id(post),
            parent_author_id=answered_id(post) or author_id(above),
            parent_order=order(parent_id(post)) if parent_id(post) else None,
            root_id=conversation_id(post),
            repost_of=repeated_id(post),
            aliases=tuple(version for version in history(post) if version != own),
            text=text.text,
            html=text.html,
            lang=language(string(post, "lang")),
            direction=direction(text.text),
            media=pictures,
            poll=asked,
            card=None if has_more else card(self._gathered, post, url=url),
            quote=quote,
            sensitive=post.get("possibly_sensitive") is True,
            edited=len(history(post)) > 1,
            replies=replies(post),
        )

    def _quote(self, post: Json) -> Quote | None:
        """The quoted post as a card, one level (R14)."""
        own = quoted_id(post)
        if not own:
            return None
        quoted = self._gathered.post(own)
        made = created_at(quoted) if quoted else None
        if quoted is None or made is None or not author_id(quoted):
            why = self._gathered.why.get(own, UNKNOWN)
            return Quote(id=own, url=f"https://x.com/i/status/{own}", unavailable=WORDS[why])
        author = self.person(author_id(quoted))
        text = render(quoted, greeted=self._greeted(quoted))
        return Quote(
            id=quoted["id"],
            url=_url(author, quoted["id"]),
            author=author,
            created_at=made,
            text=text.text,
            html=text.html,
            lang=language(string(quoted, "lang")),
            media=media(self._gathered, quoted),
        )

    def _greeted(self, post: Json) -> set[str]:
        """The author and whom they answer; in a thread of one's own that is the author alone."""
        people = (self.person(own) for own in (author_id(post), answered_id(post)) if own)
        return {person.handle.lower() for person in people} - {""}

    def person(self, own: str) -> Person:
        """An author as last seen; known by number alone where X left them out."""
        if own not in self._people:
            self._people[own] = person_of(own, self._gathered.people.get(own, {}))
        return self._people[own]


def person_of(own: str, found: Json) -> Person:
    """Somebody as X describes them; by number alone where it does not."""
    name = handle(found)
    picture = regex.sub(r"_normal(\.\w{1,5})$", r"_200x200\1", string(found, "profile_image_url"))
    return Person(
        id=own,
        handle=name,
        name=one_line(string(found, "name"))[:MOST_NAME] or name,
        url=f"https://x.com/{name}" if name else f"https://x.com/i/user/{own}",
        avatar=address(picture),
        bio=words(found.get("description"))[:MOST_BIO].strip(),
    )


def _url(author: Person, own: str) -> str:
    return f"https://x.com/{author.handle or 'i'}/status/{own}"
