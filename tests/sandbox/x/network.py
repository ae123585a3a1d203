"""The pretend X: how tests and the shelf put people and posts into it and change them."""

import bisect
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from ..clock import SETTLED
from ..ground import Ground
from ..ids import Sequences, digest_number, snowflake
from ..limits import Windows
from ..media import Attachment, Card, Poll, avatar
from .billing import Billing
from .inquests import Inquests
from .model import Bot, Person, Post
from .oauth import SignIn
from .paging import Paging
from .words import Dialect

BETWEEN_POSTS = timedelta(seconds=30)
SEARCH_AGE = timedelta(seconds=31)
BOT_HANDLE = "unroller"
BOT_BIO = "Automated. Mention me below a thread with the word unroll."
BOT_SCOPES = ("tweet.read", "tweet.write", "users.read", "offline.access")


class XNetwork:
    """State of the pretend X. Every method may be called while the server is running."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.people: dict[str, Person] = {}
        self.posts: dict[int, Post] = {}
        self.order: list[int] = []
        self.billing = Billing(ground.clock)
        self.windows = Windows(ground.clock)
        self.sign_in = SignIn(ground.clock)
        self.paging = Paging()
        self.inquests = Inquests(ground)
        self.bearer_token = "sandbox-bearer"
        self.dialect: Dialect = "legacy"
        """Which vocabulary answers a request that names no fields: `legacy` or `new`."""
        self.notes_escaped = False
        """Whether `note_tweet.text` comes with `&amp;`: both were seen."""
        self.root_in_search = False
        self.call_per_second = True
        """Whether search/all refuses a second call within one second."""
        self.last_full_search = 0.0
        self._handles: dict[str, Person] = {}
        self._sequences = Sequences()
        self._answers: dict[int, list[Post]] = {}
        self._lagging: dict[int, int] = {}
        self._searches = 0
        self._bot: Bot | None = None

    # The bot

    @property
    def bot(self) -> Person:
        """The account that the site's bot writes as; made when somebody first asks for it."""
        return self._own_bot().person

    @property
    def bot_refresh_token(self) -> str:
        """The first one: the operator's bot has signed in, with all it needs for reading mentions and answering."""
        return self._own_bot().refresh_token

    def is_bot(self, person: Person) -> bool:
        return self._bot is not None and self._bot.person is person

    def mention(
        self,
        by: Person | str,
        text: str = f"@{BOT_HANDLE} unroll",
        *,
        below: Post | None = None,
        quoting: Post | None = None,
        at: datetime | None = None,
        greet: bool = True,
    ) -> Post:
        """Somebody calls the bot, now, below a post or by quoting one."""
        self._own_bot()
        return self.post(by, text, under=below, quote=quoting, at=at or self.ground.clock.now(), greet=greet)

    def _own_bot(self) -> Bot:
        with self.ground.lock:
            if self._bot is None:
                person = self.named(BOT_HANDLE) or self.person(BOT_HANDLE, name="Unroller", bio=BOT_BIO)
                self._bot = Bot(person, self.sign_in.grant(person, BOT_SCOPES))
            return self._bot

    # People

    def person(
        self,
        username: str,
        *,
        name: str = "",
        bio: str = "",
        person_id: str = "",
        joined: datetime = datetime(2015, 4, 2, 8, 30, tzinfo=UTC),
        verified: bool = False,
        face: str = "",
    ) -> Person:
        with self.ground.lock:
            if username.lower() in self._handles:
                raise ValueError(f"@{username} is taken")
            number = person_id or str(10_000_000 + digest_number(f"x {username}", 30))
            person = Person(number, username, name or username.title(), bio, joined, avatar(face or username))
            person.verified = verified
            self.people[person.id] = person
            self._handles[username.lower()] = person
            return person

    def known(self, username: str) -> Person | None:
        """The person a handle belongs to or once belonged to."""
        return self._handles.get(username.lower())

    def named(self, username: str) -> Person | None:
        """The person who has this handle today."""
        person = self.known(username)
        return person if person and person.username.lower() == username.lower() else None

    def rename(self, person: Person, username: str) -> None:
        """Old links keep working (the number decides); `from:` the old handle finds nothing."""
        with self.ground.lock:
            person.username = username
            self._handles[username.lower()] = person

    def protect(self, person: Person) -> None:
        person.protected = True

    def suspend(self, person: Person) -> None:
        person.suspended = True

    # Posts

    def post(
        self,
        author: Person | str,
        text: str,
        *,
        under: Post | None = None,
        quote: Post | None = None,
        at: datetime | None = None,
        media: Sequence[Attachment] = (),
        poll: Poll | None = None,
        card: Card | None = None,
        article: str = "",
        lang: str = "en",
        sensitive: bool = False,
        likes: int = 0,
        greet: bool = True,
        post_id: int | None = None,
    ) -> Post:
        """A post, with `under` a reply. `greet` puts the handles of a reply to others before the text."""
        with self.ground.lock:
            writer = self._person(author)
            moment = at or self._moment(under)
            number = post_id or self._after(under, moment)
            post = Post(number, writer, text, moment, under.conversation_id if under else number)
            if under is not None:
                post.parent_id, post.parent_author = under.id, under.author
                post.greeted = greeted(writer, under) if greet else ()
            post.quoted_id = quote.id if quote else None
            post.media, post.poll, post.card, post.article = tuple(media), poll, card, article
            post.lang, post.sensitive, post.likes = lang, sensitive, likes
            post.versions = [post]
            return self._keep(post)

    def thread(
        self,
        author: Person | str,
        texts: Iterable[str],
        *,
        start: datetime | None = None,
        every: timedelta = BETWEEN_POSTS,
        under: Post | None = None,
        lang: str = "en",
    ) -> list[Post]:
        """Posts of one author, each below the one before; without `start` the last is an hour old."""
        written = list(texts)
        after = under.at if under else None
        moments = self.ground.clock.moments(len(written), every, start=start, after=after)
        posts: list[Post] = []
        for text, moment in zip(written, moments, strict=True):
            under = self.post(author, text, under=under, at=moment, lang=lang)
            posts.append(under)
        return posts

    def retweet(self, author: Person | str, post: Post, *, at: datetime | None = None) -> Post:
        with self.ground.lock:
            text = f"RT @{post.author.username}: {post.text}"
            shared = self.post(author, text, at=at or self._moment(post), lang=post.lang)
            shared.retweeted_id = post.id
            return shared

    def edit(self, post: Post, text: str, *, at: datetime | None = None) -> Post:
        """A new version under a new id; an edited root is the root of a conversation of its own."""
        with self.ground.lock:
            before = post.latest
            moment = at or min(before.at + timedelta(minutes=4), self.ground.clock.now() - SEARCH_AGE)
            number = self._after(before, moment)
            own_root = before.conversation_id == before.id
            version = Post(number, before.author, text, moment, number if own_root else before.conversation_id)
            version.parent_id, version.parent_author = before.parent_id, before.parent_author
            version.greeted, version.quoted_id = before.greeted, before.quoted_id
            version.media, version.poll, version.card = before.media, before.poll, before.card
            version.lang, version.likes, version.versions = before.lang, before.likes, before.versions
            before.versions.append(version)
            return self._keep(version)

    def delete(self, *posts: Post) -> None:
        """Deleting any version deletes the whole chain."""
        with self.ground.lock:
            for post in posts:
                for version in post.versions:
                    version.deleted = True

    def obstruct(self, post: Post, problem: str) -> None:
        """The lookup answers this problem: `resource-unavailable` or `disallowed-resource`."""
        post.obstructed = problem

    def withhold(self, post: Post, *countries: str) -> None:
        post.withheld_in = countries

    def show_instead(self, post: Post, **fields: Any) -> None:
        """Replaces computed fields of a post, e.g. by the notice on a violated policy."""
        post.shown = fields

    def lag(self, posts: Iterable[Post], *, until_calls: int) -> None:
        """Search finds these posts only from its call number `until_calls` on (first pages count)."""
        with self.ground.lock:
            for post in posts:
                self._lagging[post.id] = self._searches + until_calls

    def link(self, post: Post) -> str:
        return f"https://x.com/{post.path()}"

    # What the servers ask

    def begin_search(self) -> None:
        self._searches += 1

    def indexed(self, post: Post) -> bool:
        """Whether search has seen the post yet."""
        return self._lagging.get(post.id, 0) <= self._searches

    def visible(self, post: Post) -> bool:
        return not (post.deleted or post.obstructed or post.author.protected or post.author.suspended)

    def answers_to(self, numbers: Iterable[int]) -> list[Post]:
        """Replies to and quotes of any of these posts that still exist, each latest version once."""
        found = (post for number in numbers for post in self._answers.get(number, ()))
        return [post for post in dict.fromkeys(found) if post.is_latest and not post.deleted]

    def newest_first(self) -> list[Post]:
        """Every latest version that a stranger may see."""
        found = (self.posts[number] for number in reversed(self.order))
        return [post for post in found if post.is_latest and self.visible(post)]

    def _person(self, author: Person | str) -> Person:
        if isinstance(author, Person):
            return author
        return self.known(author) or self.person(author)

    def _moment(self, before: Post | None) -> datetime:
        now = self.ground.clock.now()
        return now - SETTLED if before is None else min(before.at + BETWEEN_POSTS, now - SEARCH_AGE)

    def _after(self, before: Post | None, moment: datetime) -> int:
        """An id made of the moment, but never older than the post it answers."""
        number = snowflake(moment, self._sequences)
        if before is not None:
            number = max(number, before.id + 1)
        while number in self.posts:
            number += 1
        return number

    def _keep(self, post: Post) -> Post:
        if post.id in self.posts:
            raise ValueError(f"there is a post {post.id} already")
        self.posts[post.id] = post
        for number in {post.parent_id, post.quoted_id}:
            if number is not None:
                self._answers.setdefault(number, []).append(post)
        bisect.insort(self.order, post.id)
        return post


def greeted(author: Person, parent: Post) -> tuple[Person, ...]:
    """Whom X names before the text of a reply: the parent's author and whoever the parent names."""
    names = (parent.author, *parent.greeted)
    return tuple(person for person in dict.fromkeys(names) if person is not author)
