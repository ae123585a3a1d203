"""Bluesky: links, fetching and parsing over the public AppView and the authors' own servers. No key is needed."""

from datetime import datetime
from typing import ClassVar

from unroller.core.errors import UnrollError
from unroller.core.posts import Person, Pile
from unroller.sources.base import HARD_CAP, PostRef, Wish
from unroller.sources.bluesky import following, links
from unroller.sources.bluesky.links import PostUri
from unroller.sources.bluesky.parse import pile_of
from unroller.sources.bluesky.plan import Plan, resolve
from unroller.sources.following import ProfileRef, Recent
from unroller.sources.recording import Raw, Recorder, named


class Bluesky:
    """The source for bsky.app. `appview_url`: where posts are read; `plc_url`: where DID documents are."""

    key: ClassVar[str] = links.KEY
    label: ClassVar[str] = "Bluesky"
    cap: ClassVar[int] = HARD_CAP
    examples: ClassVar[tuple[str, ...]] = (
        "https://bsky.app/profile/alice.example.com/post/3lbq2wsxk5c2f",
        "https://bsky.app/profile/did:plc:ewvi7nxzyoun6zhxrhs64oiz/post/3lbq2wsxk5c2f?ref=share",
        "bsky.app/profile/alice.bsky.social/post/3lbq2wsxk5c2f/",
        "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3lbq2wsxk5c2f",
    )

    def __init__(self, appview_url: str, plc_url: str) -> None:
        self._appview_url = appview_url.rstrip("/")
        self._plc_url = plc_url.rstrip("/")

    def match(self, link: str) -> PostRef | None:
        """The post a link to bsky.app or an at-URI names."""
        return links.match(link)

    def fetch(self, ref: PostRef, web: Recorder, wish: Wish) -> None:
        """Ask for everything the thread needs. Raises UnrollError."""
        actor, _, rkey = ref.key.partition("/")
        try:
            anchor = PostUri(resolve(web, self._appview_url, actor), rkey)
            Plan(web, self._appview_url, self._plc_url, wish=wish).run(anchor)
        except UnrollError as error:
            named(error, self.label)
            raise

    def parse(self, raw: Raw) -> Pile:
        """The pile of posts in a finished recording. Raises UnrollError when the linked post cannot be shown."""
        try:
            return pile_of(raw)
        except UnrollError as error:
            named(error, self.label)
            raise

    def match_profile(self, text: str) -> ProfileRef | None:
        """The account that a handle, a DID or a link to a profile names."""
        return following.match(text)

    def look_up(self, ref: ProfileRef, web: Recorder) -> Person:
        """The account behind a name. Raises UnrollError."""
        try:
            return following.look_up(web, self._appview_url, ref.key)
        except UnrollError as error:
            named(error, self.label)
            raise

    def recent(self, person_id: str, web: Recorder, *, cursor: str, since: datetime) -> Recent:
        """What an account wrote since the last look. Raises UnrollError."""
        try:
            return following.recent(web, self._appview_url, person_id, cursor=cursor, since=since)
        except UnrollError as error:
            named(error, self.label)
            raise
