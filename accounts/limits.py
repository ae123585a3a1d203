"""How often anybody may do something: one place for all limits that are ours."""

import logging
import time
from datetime import UTC, datetime
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from math import ceil
from typing import NamedTuple, cast

import redis
from django.conf import settings
from django.http import HttpRequest
from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter

logger = logging.getLogger(__name__)


class Limit(NamedTuple):
    """`name` tells the limits apart; `item` is how much in which time."""

    name: str
    item: RateLimitItem


def unrolls(an_hour: int) -> Limit:
    """New unrolls, as many an hour as a plan allows."""
    return Limit("unroll", RateLimitItemPerHour(an_hour))


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
CLAIMS = Limit("claim", RateLimitItemPerHour(20))
ASKED_BY_AUTHORS = Limit("asked-by-author", RateLimitItemPerDay(5))
"""Forms of authors without an account, from one address of the net, and again to one mailbox: each sends a mail."""
CLAIM_LOOKS = Limit("claim-look", RateLimitItemPerHour(30))
PRACTICE = Limit("practice", RateLimitItemPerHour(60))
X_POSTS_INTO_FILES = Limit("x-files", RateLimitItemPerDay(500))
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


class Left(NamedTuple):
    """How many uses there are still, and in how many seconds there is one more."""

    uses: int
    seconds: int


def spend(limit: Limit, who: str, *, cost: int = 1) -> bool:
    """Count one use (or `cost` of them); False when that would be too much. With Redis away everybody may."""
    try:
        return _limiter().hit(limit.item, limit.name, who, cost=cost)
    except redis.RedisError as error:
        logger.warning("limit %s not checked: %s", limit.name, error)
        return True


def wait_until(limit: Limit, who: str, *, cost: int = 1) -> datetime | None:
    """When a use (or `cost` of them) is possible; None for now. `cost` is at most what the limit allows."""
    item = limit.item
    # Of so many that are counted, the oldest has to be forgotten first.
    newest = item.amount - cost + 1
    try:
        storage = cast("RedisStorage", _limiter().storage)
        oldest, count = storage.get_moving_window(item.key_for(limit.name, who), newest, item.get_expiry())
    except redis.RedisError as error:
        logger.warning("limit %s not checked: %s", limit.name, error)
        return None
    return datetime.fromtimestamp(oldest + item.get_expiry(), UTC) if count >= newest else None


def left(limit: Limit, who: str) -> Left:
    """What is left now; everything while Redis is away."""
    try:
        stats = _limiter().get_window_stats(limit.item, limit.name, who)
    except redis.RedisError as error:
        logger.warning("limit %s not looked up: %s", limit.name, error)
        return Left(limit.item.amount, 0)
    return Left(stats.remaining, max(0, ceil(stats.reset_time - time.time())))


def client_address(request: HttpRequest) -> str:
    """Who is asking; an IPv6 visitor is their /64. `X-Forwarded-For` is believed as far as TRUSTED_PROXIES wrote it."""
    address: str = request.META.get("REMOTE_ADDR", "")
    for hop in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        parsed = _parsed(address)
        if parsed is None or not any(parsed in proxy for proxy in settings.TRUSTED_PROXIES):
            break
        address = hop.strip() or address
    parsed = _parsed(address)
    if parsed is None:
        return address[:64]
    return str(ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    """An address, IPv4 also where it comes in IPv6's clothes; None for anything else."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return parsed.ipv4_mapped or parsed if isinstance(parsed, IPv6Address) else parsed


@cache
def _limiter() -> MovingWindowRateLimiter:
    pool = redis.ConnectionPool.from_url(
        settings.REDIS_URL, socket_timeout=settings.REDIS_TIMEOUT, socket_connect_timeout=settings.REDIS_TIMEOUT
    )
    return MovingWindowRateLimiter(RedisStorage(settings.REDIS_URL, connection_pool=pool))
