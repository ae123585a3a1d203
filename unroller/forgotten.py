"""News of pictures that were taken away, for the picture caches of other machines (docs/decisions/0021).

Redis carries them at once. What Redis loses costs no more than a day: no machine that is one of several shows a picture
from its cache for longer without asking for it again.
"""

import logging
from collections.abc import Iterable
from time import time

from django.conf import settings

from unroller import file_store, store

logger = logging.getLogger(__name__)

TRUST_SECONDS = 23 * 3600
"""How long a cached picture is believed; browsers show it for another hour, and a day is the promise."""
SKEW_SECONDS = 60
"""Between the clocks of machines, and for a fetch that was under way when the news came."""


def are_told() -> bool:
    """Whether there are other machines: those of a site with one place for its files."""
    return file_store.is_shared(settings.STORAGES["default"])


def tell(names: Iterable[str]) -> None:
    """Cached pictures by these names are not to be shown again by anybody."""
    if not are_told():
        return
    pipe = store.client().pipeline(transaction=False)
    for name in names:
        pipe.set(_key(name), int(time()), ex=TRUST_SECONDS + SKEW_SECONDS)
    try:
        pipe.execute()
    except store.Unavailable:
        logger.warning("other machines may show a picture that was taken away until a day is over: Redis is away")


def is_stale(name: str, cached_at: float) -> bool:
    """Whether what was put into this machine's cache at a time (seconds) must not be shown any more; one question to
    Redis."""
    if time() - cached_at > TRUST_SECONDS:
        return True
    try:
        told = store.get(_key(name))
    except store.Unavailable:
        return False
    return told is not None and cached_at <= int(told) + SKEW_SECONDS


def _key(name: str) -> str:
    return f"media:forgotten:{name}"
