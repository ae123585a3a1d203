"""The connection to Redis. Nothing that must not be lost lives there: pages, limits, budgets, the doorbell."""

from functools import cache
from typing import cast

import redis
from django.conf import settings

Unavailable = redis.RedisError
"""What every call raises when Redis is away; callers go on without it."""


@cache
def client() -> "redis.Redis":
    """One pool per process, with short time-outs: Redis being away must not hang a request."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=settings.REDIS_TIMEOUT,
        socket_connect_timeout=settings.REDIS_TIMEOUT,
        health_check_interval=30,
    )


def get(name: str) -> bytes | None:
    """The value under a name. Raises Unavailable."""
    return cast("bytes | None", client().get(name))
