"""The connection to Redis. Nothing that must not be lost lives there: pages, limits, budgets, the doorbell."""

import logging
from functools import cache

import redis
from django.conf import settings

logger = logging.getLogger(__name__)

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
