"""Mastodon and servers that speak its API, on any host, read as somebody who is not signed in."""

from datetime import datetime
from typing import ClassVar

from unroller.core.errors import UnrollError
from unroller.core.posts import Person, Pile
from unroller.sources.base import HARD_CAP, PostRef, Wish
from unroller.sources.following import ProfileRef, Recent
from unroller.sources.mastodon import following, links
from unroller.sources.mastodon.parse import pile_of
from unroller.sources.mastodon.plan import Plan
from unroller.sources.recording import Raw, Recorder, named


class Mastodon:
    """The source for every host of the fediverse whose links look like Mastodon's. Ask it last: any host may be one."""

    key: ClassVar[str] = links.KEY
    label: ClassVar[str] = "Mastodon"
    cap: ClassVar[int] = HARD_CAP
    examples: ClassVar[tuple[str, ...]] = (
        "https://mastodon.example/@alice/113456789012345678",
        "https://mastodon.example/@alice@social.example.org/113456789012345678",
        "https://mastodon.example/users/alice/statuses/113456789012345678",
        "mastodon.example/web/@alice/113456789012345678",
        "https://mastodon.example/web/statuses/113456789012345678",
        "https://mastodon.example/deck/@alice/113456789012345678",
        "https://akkoma.example/notice/AqR7vJ2mXkT0bLh9sS",
        "https://gotosocial.example/@alice/statuses/01JD3Q2W7V5K8ZR4T6Y9XBCDEF",
    )

    def __init__(self) -> None:
        self._manners = following.Manners()

    def match(self, link: str) -> PostRef | None:
        """The post a link names on the host it stands on."""
        return links.match(link)

    def fetch(self, ref: PostRef, web: Recorder, wish: Wish) -> None:
        """Ask for everything the thread needs. Raises UnrollError."""
        try:
            Plan(web, wish=wish).run(*links.split_key(ref.key))
        except UnrollError as error:
            named(error, links.split_key(ref.key)[0])
            raise

    def parse(self, raw: Raw) -> Pile:
        """The pile of posts in a finished recording. Raises UnrollError when the linked post cannot be shown."""
        try:
            return pile_of(raw)
        except UnrollError as error:
            named(error, self.label)
            raise

    def match_profile(self, text: str) -> ProfileRef | None:
        """The account that `@user@host` or a link to a profile on any host names."""
        return following.match(text)

    def look_up(self, ref: ProfileRef, web: Recorder) -> Person:
        """The account behind a name, on its own host. Raises UnrollError."""
        host, user = links.split_key(ref.key)
        try:
            return following.look_up(web, host, user)
        except UnrollError as error:
            named(error, host)
            raise

    def recent(self, person_id: str, web: Recorder, *, cursor: str, since: datetime) -> Recent:
        """What an account wrote since the last look. Raises UnrollError."""
        host, account = links.split_key(person_id)
        try:
            return following.recent(web, host, account, cursor=cursor, since=since, manners=self._manners)
        except UnrollError as error:
            named(error, host)
            raise
