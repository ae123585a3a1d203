"""What the calls would have cost: resources returned, and those billed once per UTC day."""

from collections.abc import Iterable
from datetime import date

from ..clock import Clock

POST_READ = 0.005
USER_READ = 0.010


class Billing:
    """Counts post and user reads, raw and billed. Prices in US dollars: X API v2, pay per use."""

    def __init__(self, clock: Clock) -> None:
        self.raw_posts = 0
        self.raw_users = 0
        self.billed_posts = 0
        self.billed_users = 0
        self._clock = clock
        self._seen: set[tuple[date, str, str]] = set()

    def count(self, *, posts: Iterable[str] = (), users: Iterable[str] = ()) -> None:
        """Takes the ids one response returned, includes counted as data is."""
        post_ids, user_ids = set(posts), set(users)
        self.raw_posts += len(post_ids)
        self.raw_users += len(user_ids)
        self.billed_posts += self._new("post", post_ids)
        self.billed_users += self._new("user", user_ids)

    def dollars(self) -> float:
        return self.billed_posts * POST_READ + self.billed_users * USER_READ

    def numbers(self) -> dict[str, float]:
        return {
            "raw_posts": self.raw_posts,
            "raw_users": self.raw_users,
            "billed_posts": self.billed_posts,
            "billed_users": self.billed_users,
            "dollars": round(self.dollars(), 4),
        }

    def reset(self) -> None:
        """Back to zero, and nothing counts as paid today."""
        self.raw_posts = self.raw_users = self.billed_posts = self.billed_users = 0
        self._seen.clear()

    def _new(self, kind: str, ids: set[str]) -> int:
        today = self._clock.now().date()
        keys = {(today, kind, number) for number in ids} - self._seen
        self._seen |= keys
        return len(keys)
