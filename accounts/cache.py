"""Redis as Django's cache, where sign-in attempts are counted: with Redis away nobody counts, and sign-in goes on.

Values are JSON: a tuple comes back as a list, and whoever puts one in makes it a tuple again.
"""

from collections.abc import Callable
from time import monotonic
from typing import Any, ClassVar

from django_redis.cache import RedisCache
from django_redis.exceptions import ConnectionInterrupted

PAUSE_SECONDS = 5.0
"""So long Redis is left alone after it did not answer: one sign-in asks a dozen times, and each would wait in vain."""


class ForgivingCache(RedisCache):  # type: ignore[misc]  # django-redis is not typed for us
    """Out of reach it holds nothing and takes everything, so whoever counts here finds nothing counted. What is no
    JSON is nothing, too.

    With IGNORE_EXCEPTIONS alone `add` would answer "not added", which allauth reads as "somebody holds the lock": it
    would wait for a second and then turn everybody away.
    """

    away_until: ClassVar[float] = 0.0

    @property
    def client(self) -> Any:
        if monotonic() < ForgivingCache.away_until:
            raise ConnectionInterrupted(connection=None)
        return super().client

    def get(self, key: Any, default: Any = None, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().get(key, default, *args, **kwargs)
        except (ValueError, RecursionError):
            return default

    def add(self, *args: Any, **kwargs: Any) -> bool:
        return self._noticing(super().add, *args, **kwargs) is not False

    def set(self, *args: Any, **kwargs: Any) -> Any:
        return self._noticing(super().set, *args, **kwargs)

    def _noticing(self, write: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """A write answers None only when Redis was away."""
        answer = write(*args, **kwargs)
        if answer is None and monotonic() >= ForgivingCache.away_until:
            ForgivingCache.away_until = monotonic() + PAUSE_SECONDS
        return answer
