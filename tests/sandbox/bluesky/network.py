"""The pretend Bluesky: how tests and the shelf put people and posts into it and change them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote as percent

from ..clock import SETTLED
from ..ground import Ground
from ..ids import Sequences, base32_digest, tid
from ..limits import Windows
from ..media import Card, Clip, Picture, avatar
from ..wire import Json
from .events import Events
from .model import Person, Post, Repost, Standing
from .sessions import Sessions

BETWEEN_POSTS = timedelta(seconds=40)
BOT_HANDLE = "unroller.bsky.social"
BOT_PASSWORD = "abcd-efgh-ijkl-mnop"


class BlueskyNetwork:
    """State of the pretend Bluesky. Every method may be called while the servers are running."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.people: dict[str, Person] = {}
        self.posts: dict[str, Post] = {}
        self.reposts: list[Repost] = []
        self.windows = Windows(ground.clock)
        self.most_depth = 1000
        """The AppView's own cap on `depth`, which it does not tell."""
        self.taken_key_status = 400
        """What the data server answers to a record under a key that it has already; older ones say 500."""
        self._written: dict[Person, list[Post]] = {}
        self._blocks: set[frozenset[Person]] = set()
        self._detached: set[tuple[Post, Post]] = set()
        self._sequences = Sequences()
        self.sessions = Sessions(ground.clock)
        self.events = Events(ground.clock)

    # The bot

    @property
    def bot(self) -> Person:
        """The account that the site's bot writes as, labelled as one; made when somebody first asks for it."""
        person = self.resolve(BOT_HANDLE)
        if person is None:
            person = self.person(BOT_HANDLE, name="Unroller", bio="Automated. Mention me with the word unroll.")
            person.self_labels.append("bot")
            self.sessions.passwords[person.did] = BOT_PASSWORD
        return person

    def mention(
        self,
        by: Person | str,
        text: str = f"@{BOT_HANDLE} unroll",
        *,
        below: Post | None = None,
        quoting: Post | None = None,
        at: datetime | None = None,
    ) -> Post:
        """Somebody calls the bot, now, below a post or by quoting one."""
        assert self.bot
        return self.post(by, text, under=below, quote=quoting, at=at or self.ground.clock.now())

    # People

    def person(
        self,
        handle: str,
        *,
        name: str = "",
        bio: str = "",
        joined: datetime = datetime(2023, 7, 1, 12, tzinfo=UTC),
        web: bool = False,
        face: str = "",
    ) -> Person:
        """With `web` the DID is a did:web of the data server, so the sandbox's ports must be bound."""
        with self.ground.lock:
            if self.resolve(handle) is not None:
                raise ValueError(f"{handle} is taken")
            did = self._web_did() if web else f"did:plc:{base32_digest(f'did {handle}', 24)}"
            if did in self.people:
                raise ValueError(f"there is a {did} already")
            self.people[did] = Person(did, handle, name, bio, joined, avatar(face or handle))
            return self.people[did]

    def resolve(self, identifier: str) -> Person | None:
        """By handle or DID. Former handles lead nowhere."""
        if identifier in self.people:
            return self.people[identifier]
        found = (each for each in self.people.values() if each.handle.lower() == identifier.lower())
        return next(found, None)

    def rename(self, person: Person, handle: str) -> None:
        person.handle = handle
        self.events.identity(person)

    def leave(self, person: Person, standing: Standing) -> None:
        """Takes an account down, deactivates or deletes it; `""` brings it back."""
        person.standing = standing
        self.events.account(person, standing)

    def block(self, one: Person, other: Person) -> None:
        """A block of two others, which a reader without an account sees as `blockedPost`."""
        self._blocks.add(frozenset((one, other)))

    def blocked(self, one: Person, other: Person) -> bool:
        return frozenset((one, other)) in self._blocks

    # Posts

    def post(
        self,
        author: Person | str,
        text: str,
        *,
        under: Post | None = None,
        quote: Post | None = None,
        at: datetime | None = None,
        claimed_at: datetime | None = None,
        images: Sequence[Picture] = (),
        gallery: Sequence[Picture] = (),
        video: Clip | None = None,
        external: Card | None = None,
        links: Mapping[str, str] | None = None,
        langs: Sequence[str] = ("en",),
        self_labels: Sequence[str] = (),
        tags: Sequence[str] = (),
        likes: int = 0,
        rkey: str = "",
    ) -> Post:
        """A post, with `under` a reply. `links` turns words of the text into links; `rkey` is a key of the author's."""
        with self.ground.lock:
            writer = self._person(author)
            moment = at or self._moment(under)
            post = Post(rkey or tid(moment, self._sequences), writer, text, moment, claimed_at or moment, under)
            post.langs, post.links = tuple(langs), dict(links or {})
            post.images, post.gallery, post.video = tuple(images), tuple(gallery), video
            post.external, post.quote, post.likes = external, quote, likes
            post.self_labels, post.tags = tuple(self_labels), tuple(tags)
            self.posts[post.uri] = post
            self._written.setdefault(writer, []).append(post)
            if under is not None:
                under.replies.append(post)
            self.events.commit(post, "create")
            return post

    def thread(
        self,
        author: Person | str,
        texts: Iterable[str],
        *,
        start: datetime | None = None,
        every: timedelta = BETWEEN_POSTS,
        under: Post | None = None,
        langs: Sequence[str] = ("en",),
    ) -> list[Post]:
        """Posts of one author, each below the one before; without `start` the last is an hour old."""
        written = list(texts)
        after = under.at if under else None
        moments = self.ground.clock.moments(len(written), every, start=start, after=after)
        posts: list[Post] = []
        for text, moment in zip(written, moments, strict=True):
            under = self.post(author, text, under=under, at=moment, langs=langs)
            posts.append(under)
        return posts

    def repost(self, by: Person, post: Post, *, at: datetime | None = None) -> Repost:
        with self.ground.lock:
            repost = Repost(by, post, at or self._moment(post))
            self.reposts.append(repost)
            return repost

    def delete(self, *posts: Post, still_counted: bool = True) -> None:
        """Gone, and with each the whole tree below it; `replyCount` of the parent may still count it."""
        with self.ground.lock:
            for post in posts:
                post.deleted, post.still_counted = True, still_counted
                self.events.commit(post, "delete")

    def replace(self, post: Post, text: str) -> None:
        """Another record under the same key: the CID changes, nothing says that it was edited."""
        with self.ground.lock:
            post.text, post.revision = text, post.revision + 1
            self.events.commit(post, "update")

    def detach(self, quoted: Post, quoting: Post) -> None:
        """The quoted author takes their post out of somebody's quote."""
        self._detached.add((quoted, quoting))

    def detached(self, quoted: Post, quoting: Post) -> bool:
        return (quoted, quoting) in self._detached

    def show_instead(self, post: Post, *, facets: list[Json] | None = None, embed: Json | None = None) -> None:
        """Facets or an embed no well-behaved client would write."""
        post.raw_facets, post.raw_embed = facets, embed

    def link(self, post: Post, *, by_did: bool = False) -> str:
        who = post.author.did if by_did else post.author.handle
        return f"https://bsky.app/profile/{who}/post/{post.rkey}"

    # What the servers ask

    def written_by(self, person: Person) -> list[Post]:
        """Oldest record key first."""
        return sorted(self._written.get(person, []), key=lambda post: post.rkey)

    def find(self, uri: str) -> Post | None:
        """By at-URI; its authority may be a handle."""
        authority, _, rest = uri.removeprefix("at://").partition("/")
        person = self.resolve(authority)
        return self.posts.get(f"at://{person.did}/{rest}") if person else None

    def reply_count(self, post: Post) -> int:
        return sum(reply.exists or reply.still_counted for reply in post.replies)

    def _person(self, author: Person | str) -> Person:
        if isinstance(author, Person):
            return author
        return self.resolve(author) or self.person(author)

    def _web_did(self) -> str:
        host = self.ground.addresses.pds.removeprefix("http://")
        if not host:
            raise ValueError("a did:web needs the address of the data server: make the Sandbox first")
        return f"did:web:{percent(host, safe='')}"

    def _moment(self, before: Post | None) -> datetime:
        now = self.ground.clock.now()
        return now - SETTLED if before is None else min(before.at + BETWEEN_POSTS, now)
