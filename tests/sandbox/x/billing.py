"""What the calls would have cost: resources returned, and those billed once per UTC day."""

from collections.abc import Iterable
from datetime import date

from ..clock import Clock

POST_READ = 0.005
USER_READ = 0.010
OWNED_READ = 0.001
"""Of what belongs to the account that owns the app, such as its own mentions."""
POST_CREATED = 0.015
POST_WITH_URL_CREATED = 0.200
SUMMONED_REPLY = 0.010


class Billing:
    """Counts posts and people read, raw and billed, and posts written. Prices in US dollars: X API v2, pay per use."""

    def __init__(self, clock: Clock) -> None:
        self.raw_posts = 0
        self.raw_users = 0
        self.billed_posts = 0
        self.billed_users = 0
        self.owned_posts = 0
        self.summoned_replies = 0
        self.created_posts = 0
        self.created_posts_with_url = 0
        self._clock = clock
        self._seen: set[tuple[date, str, str]] = set()

    def count(self, *, posts: Iterable[str] = (), users: Iterable[str] = (), owned: Iterable[str] = ()) -> None:
        """Takes the ids one response returned, includes counted as data is; `owned` posts have a price of their own."""
        self.owned_posts += self._new("owned", set(owned))
        post_ids, user_ids = set(posts), set(users)
        self.raw_posts += len(post_ids)
        self.raw_users += len(user_ids)
        self.billed_posts += self._new("post", post_ids)
        self.billed_users += self._new("user", user_ids)

    def count_created(self, *, summoned: bool, with_url: bool) -> None:
        """A post was made: a reply to somebody who named us has one price, elsewhere a link is dear."""
        if summoned:
            self.summoned_replies += 1
        elif with_url:
            self.created_posts_with_url += 1
        else:
            self.created_posts += 1

    def dollars(self) -> float:
        read = self.billed_posts * POST_READ + self.billed_users * USER_READ + self.owned_posts * OWNED_READ
        written = self.created_posts * POST_CREATED + self.created_posts_with_url * POST_WITH_URL_CREATED
        return read + written + self.summoned_replies * SUMMONED_REPLY

    def numbers(self) -> dict[str, float]:
        return {
            "raw_posts": self.raw_posts,
            "raw_users": self.raw_users,
            "billed_posts": self.billed_posts,
            "billed_users": self.billed_users,
            "owned_posts": self.owned_posts,
            "summoned_replies": self.summoned_replies,
            "created_posts": self.created_posts,
            "created_posts_with_url": self.created_posts_with_url,
            "dollars": round(self.dollars(), 4),
        }

    def reset(self) -> None:
        """Back to zero, and nothing counts as paid today."""
        self.raw_posts = self.raw_users = self.billed_posts = self.billed_users = 0
        self.owned_posts = self.summoned_replies = self.created_posts = self.created_posts_with_url = 0
        self._seen.clear()

    def _new(self, kind: str, ids: set[str]) -> int:
        today = self._clock.now().date()
        keys = {(today, kind, number) for number in ids} - self._seen
        self._seen |= keys
        return len(keys)
