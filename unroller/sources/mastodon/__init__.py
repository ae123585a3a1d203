"""Mastodon and servers that speak its API, on any host, read as somebody who is not signed in."""

from typing import ClassVar

from unroller.core.errors import UnrollError
from unroller.core.posts import Pile
from unroller.sources.base import HARD_CAP, PostRef, Wish
from unroller.sources.mastodon import links
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
