"""What the networks allow, kept in Redis so that all workers share it."""

import logging
import time
from datetime import UTC, datetime, timedelta
from typing import cast

from django.conf import settings

from accounts import limits, tallies
from unroller import store
from unroller.core.errors import OutOfCredits, RateLimited
from unroller.sources.budget import LONGEST_PACE

logger = logging.getLogger(__name__)

PAID = {"x": "X_DAILY_BUDGET"}
"""Networks that charge for each post read, and the setting that limits a day (UTC) of it."""

CLOSURES = "budget:closures"
"""Until when which buckets are closed, for who watches over the site."""

PACES = ("x", "bluesky", "mastodon")
"""Networks that an operator may have asked more slowly: `pace-<network>` calls a minute of one bucket at most."""

TAKE_TURN = """
local now = tonumber(redis.call('time')[1]) + tonumber(redis.call('time')[2]) / 1e6
local next = math.max(now, tonumber(redis.call('get', KEYS[1]) or 0))
if next - now > tonumber(ARGV[2]) then return tostring(next - now) .. ' full' end
redis.call('set', KEYS[1], string.format('%.6f', next + tonumber(ARGV[1])), 'ex', 60)
return tostring(next - now)
"""


def daily(network: str) -> int:
    """Posts that may be paid for in a day (UTC)."""
    return limits.amount(f"budget-{network}", getattr(settings, PAID[network]))


def pace(network: str, every: float) -> float:
    """Seconds between two calls of a bucket: the network's own, or more where an operator wants it slower."""
    a_minute = limits.amount(f"pace-{network}", 0)
    return max(every, 60 / a_minute) if a_minute else every


class SharedBudget:
    """The budget of all workers (sources.budget.Budget). With Redis away it allows everything: the networks' own
    limits then speak for themselves, and a reader's request is not lost."""

    def enter(self, bucket: str, *, every: float) -> None:
        network = bucket.partition(":")[0]
        try:
            self._refuse_closed(bucket)
            self._refuse_spent(network)
            every = pace(network, every)
            pause = self._turn(bucket, every) if every else 0.0
        except store.Unavailable as error:
            logger.warning("budget of %s not checked: %s", bucket, error)
            pause = min(every, LONGEST_PACE)
        if pause:
            tallies.note("paced", network, by=pause)
            time.sleep(pause)

    def close(self, bucket: str, until: datetime, *, unpaid: bool) -> None:
        seconds = max(1, int((until - datetime.now(UTC)).total_seconds()))
        network = bucket.partition(":")[0]
        name = f"budget:closed:{network if unpaid and network in PAID else bucket}"
        try:
            with store.client().pipeline() as pipe:
                pipe.set(name, f"{'credits' if unpaid else 'rate'} {until.isoformat()}", ex=seconds)
                pipe.zremrangebyscore(CLOSURES, 0, time.time())
                pipe.zadd(CLOSURES, {bucket: until.timestamp()})
                pipe.expire(CLOSURES, timedelta(days=2))
                pipe.execute()
        except store.Unavailable as error:
            logger.warning("budget of %s not closed: %s", bucket, error)

    def spend(self, bucket: str, posts: int) -> None:
        name = _spent_today(bucket.partition(":")[0])
        try:
            with store.client().pipeline() as pipe:
                pipe.incrby(name, posts)
                pipe.expire(name, timedelta(days=2))
                pipe.execute()
        except store.Unavailable as error:
            logger.warning("%d paid reads of %s not counted: %s", posts, bucket, error)

    def _refuse_closed(self, bucket: str) -> None:
        for name in {bucket, bucket.partition(":")[0]}:
            closed = store.get(f"budget:closed:{name}")
            if closed:
                kind, _, until = closed.decode().partition(" ")
                raise OutOfCredits if kind == "credits" else RateLimited(datetime.fromisoformat(until))

    def _refuse_spent(self, network: str) -> None:
        if network not in PAID:
            return
        if spent_today(network) >= daily(network):
            tomorrow = datetime.now(UTC).replace(hour=0, minute=0, second=0) + timedelta(days=1)
            raise RateLimited(tomorrow, "the day's budget of paid reads is used up")

    def _turn(self, bucket: str, every: float) -> float:
        """Seconds to pause for one's turn. Raises RateLimited when too many wait already."""
        answer = store.client().eval(TAKE_TURN, 1, f"budget:turn:{bucket}", every, LONGEST_PACE)
        pause, _, full = cast("bytes", answer).decode().partition(" ")
        if full:
            raise RateLimited(datetime.now(UTC) + timedelta(seconds=float(pause)), "waiting for a turn")
        return float(pause)


def spent_today(network: str) -> int:
    """Paid reads of today (UTC). Raises store.Unavailable."""
    return int(store.get(_spent_today(network)) or 0)


def closures(most: int) -> list[tuple[str, float]]:
    """Buckets that are closed now, and until when (Unix time), at most so many. Raises store.Unavailable."""
    found = store.client().zrevrangebyscore(CLOSURES, "+inf", time.time(), start=0, num=most, withscores=True)
    return [(bucket.decode(), until) for bucket, until in cast("list[tuple[bytes, float]]", found)]


def _spent_today(network: str) -> str:
    return f"budget:spent:{network}:{datetime.now(UTC):%Y-%m-%d}"
