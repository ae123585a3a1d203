"""How often anybody may do something: one place for all limits that are ours.

The numbers here are defaults. An operator sets others while the site runs (`Allowance`), for everybody or for one
visitor; whoever counts asks for what holds now.
"""

import logging
import time
from datetime import UTC, datetime
from functools import cache
from math import ceil
from typing import NamedTuple, cast

import redis
from django.conf import settings
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter

from accounts import security, visitors
from accounts.models import Allowance
from accounts.orders import Board
from accounts.security import Event

logger = logging.getLogger(__name__)


class Limit(NamedTuple):
    """`name` tells the limits apart; `item` is how much in which time; `most` is what somebody else lets us allow."""

    name: str
    item: RateLimitItem
    most: int | None = None


class Resized(RateLimitItem):
    """A limit with another number. It is counted where the limit itself is, so that a change begins no new window."""

    __slots__ = ("_item",)

    def __init__(self, item: RateLimitItem, amount: int) -> None:
        super().__init__(amount, item.multiples, item.namespace)
        self._item = item

    def get_expiry(self) -> int:
        return self._item.get_expiry()

    def key_for(self, *identifiers: bytes | str | int | float) -> str:
        return self._item.key_for(*identifiers)


def unrolls(an_hour: int) -> Limit:
    """New unrolls, as many an hour as a plan allows."""
    return Limit(UNROLL, RateLimitItemPerHour(an_hour))


UNROLL = "unroll"
"""The name of that limit. What everybody may is part of their plan, so an operator changes the plan's number."""


REFRESHES = Limit("refresh", RateLimitItemPerHour(20))
LOOKUPS = Limit("look-up", RateLimitItemPerHour(60))
IMPORTS = Limit("import", RateLimitItemPerHour(10))
TRIED_IMPORTS = Limit("tried-import", RateLimitItemPerHour(60))
"""Lists that are read, also those that turn out to be none: reading is the work that a hostile list makes."""
SEARCHES = Limit("search", RateLimitItemPerMinute(60))
CHECKOUTS = Limit("checkout", RateLimitItemPerHour(30))
RESUMED_MAIL = Limit("resumed-mail", RateLimitItemPerDay(3))
"""Mail to an address that bounced may be tried again so often; providers count bounces against us."""
READS = Limit("read", RateLimitItemPerMinute(60))
"""Pages that say they were looked at, from one address: what is beyond it is not counted."""
CONTACTS = Limit("contact", RateLimitItemPerDay(10))
REPORTS = Limit("report", RateLimitItemPerDay(20))
CLAIMS = Limit("claim", RateLimitItemPerHour(20))
ASKED_BY_AUTHORS = Limit("asked-by-author", RateLimitItemPerDay(5))
"""Forms of authors without an account, from one address of the net, and again to one mailbox: each sends a mail."""
CLAIM_LOOKS = Limit("claim-look", RateLimitItemPerHour(30))
PRACTICE = Limit("practice", RateLimitItemPerHour(60))
X_POSTS_INTO_FILES = Limit("x-files", RateLimitItemPerDay(500), 500)
"""X allows 500 posts a day and person in files (its developer policy)."""
NEW_FILES = Limit("new-file", RateLimitItemPerHour(120))
"""Files that a worker has to make; taking one that is there already costs nothing."""
ARCHIVES = Limit("archive", RateLimitItemPerDay(10))
"""Zips of X that somebody begins to upload."""
ARCHIVE_PARTS = Limit("archive-part", RateLimitItemPerHour(6000))
"""Of four megabytes: a zip of the largest size takes 1,250."""
LIBRARY_EXPORTS = Limit("library-export", RateLimitItemPerDay(4))
"""Whole libraries made into files."""

RECOMMENDATIONS = Limit("recommend", RateLimitItemPerDay(20))
RECOMMENDED = Limit("recommended", RateLimitItemPerDay(5))
"""To one friend, from everybody together."""
KINDLE_BOOKS = Limit("kindle", RateLimitItemPerDay(50))

INTEGRATIONS = Limit("integrations", RateLimitItemPerHour(60))
"""What somebody orders other services to be told, and tokens of theirs that are tried."""
BLOGS = Limit("blog", RateLimitItemPerHour(20))
"""Addresses of blogs that are looked at."""
PUBLISHED = Limit("publish", RateLimitItemPerHour(60))
"""Threads that somebody has published on their blogs, or changed there."""
API_REQUESTS = Limit("api", RateLimitItemPerMinute(600))
"""By all of a person's tokens together."""


ACCOUNTS = frozenset({"person", "member", "reader"})
"""What stands before the number of an account where a limit is counted: some count it under several names."""


class Left(NamedTuple):
    """How many uses there are still, and in how many seconds there is one more."""

    uses: int
    seconds: int


def amount(name: str, default: int, who: str = "") -> int:
    """The number that holds now: an operator's for this visitor, an operator's for everybody, or the default."""
    ordered = BOARD.now()
    return ordered.get((name, visitor(who))) or ordered.get((name, "")) or default


def visitor(who: str) -> str:
    """Whom an operator means: an account by its number, however a limit counts it, and an address as we know it."""
    kind, _, number = who.strip().rpartition(" ")
    return number if kind in ACCOUNTS else visitors.spelled(who.strip())


def everybodys(limit: Limit) -> int:
    """The number that holds now for whoever has none of their own: what pages say."""
    return amount(limit.name, limit.item.amount)


def current(limit: Limit, who: str) -> RateLimitItem:
    """What a limit allows a visitor now."""
    allowed = amount(limit.name, limit.item.amount, who)
    return limit.item if allowed == limit.item.amount else Resized(limit.item, allowed)


def spend(limit: Limit, who: str, *, cost: int = 1) -> bool:
    """Count one use (or `cost` of them); False when that would be too much. With Redis away everybody may."""
    try:
        is_allowed = _limiter().hit(current(limit, who), limit.name, who, cost=cost)
    except redis.RedisError as error:
        logger.warning("limit %s not checked: %s", limit.name, error)
        return True
    if not is_allowed:
        security.note(Event.LIMIT_HIT, _account(who), limit=limit.name)
    return is_allowed


def wait_until(limit: Limit, who: str, *, cost: int = 1) -> datetime | None:
    """When a use (or `cost` of them) is possible; None for now. `cost` is at most what the limit allows."""
    item = current(limit, who)
    # Of so many that are counted, the oldest has to be forgotten first.
    newest = max(1, item.amount - cost + 1)
    try:
        storage = cast("RedisStorage", _limiter().storage)
        oldest, count = storage.get_moving_window(item.key_for(limit.name, who), newest, item.get_expiry())
    except redis.RedisError as error:
        logger.warning("limit %s not checked: %s", limit.name, error)
        return None
    return datetime.fromtimestamp(oldest + item.get_expiry(), UTC) if count >= newest else None


def left(limit: Limit, who: str) -> Left:
    """What is left now; everything while Redis is away."""
    item = current(limit, who)
    try:
        stats = _limiter().get_window_stats(item, limit.name, who)
    except redis.RedisError as error:
        logger.warning("limit %s not looked up: %s", limit.name, error)
        return Left(item.amount, 0)
    return Left(stats.remaining, max(0, ceil(stats.reset_time - time.time())))


def _account(who: str) -> int | None:
    """The number of the account that is counted; None for an address of the net, a mailbox, and the like."""
    kind, _, number = who.strip().rpartition(" ")
    return int(number) if kind in ACCOUNTS and number.isdecimal() else None


def _ordered() -> dict[tuple[str, str], int]:
    return {(row.name, visitor(row.who)): row.amount for row in Allowance.objects.all()}


BOARD: Board[dict[tuple[str, str], int]] = Board("allowances", _ordered, none={})
"""What operators allow in the place of the numbers above, by limit and visitor."""


@cache
def _limiter() -> MovingWindowRateLimiter:
    pool = redis.ConnectionPool.from_url(
        settings.REDIS_URL, socket_timeout=settings.REDIS_TIMEOUT, socket_connect_timeout=settings.REDIS_TIMEOUT
    )
    return MovingWindowRateLimiter(RedisStorage(settings.REDIS_URL, connection_pool=pool))
