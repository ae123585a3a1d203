"""Whether a network makes readers wait, in a sentence for each; nothing when all is well."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from django.core.cache import cache
from django.db.models import Count, Max
from django.utils import timezone

from unroller.core.errors import OutOfCredits, OutOfTime, RateLimited, Unreachable
from unroller.models import Job
from unroller.models.threads import SourceKey

REMEMBERED = 30
"""Seconds: every page with a paste box asks."""
UNREACHABLE_FROM = 3
"""Requests that wait because nobody answered: fewer may be one server's own trouble."""


class Outage(NamedTuple):
    """A network, and what is the matter with it."""

    network: str
    sentence: str


def outages() -> list[Outage]:
    """What readers should know before they wait, one line for each network."""
    found: Iterable[Iterable[str]] = cache.get_or_set("outages", _looked_up, REMEMBERED)  # type: ignore[assignment]
    return [Outage(*each) for each in found]


def _looked_up() -> list[Outage]:
    """Read off the requests that wait: one query, whatever went wrong."""
    waiting = Job.objects.filter(state=Job.State.QUEUED, not_before__gt=timezone.now()).order_by()
    rows = waiting.values("source", "error").annotate(count=Count("pk"), until=Max("not_before"))
    by_source: dict[str, dict[str, tuple[int, datetime]]] = defaultdict(dict)
    for row in rows:
        by_source[row["source"]][row["error"]] = (row["count"], row["until"])
    told = ((SourceKey(source).label, _sentence(errors)) for source, errors in sorted(by_source.items()))
    return [Outage(network, sentence) for network, sentence in told if sentence]


def _sentence(errors: dict[str, tuple[int, datetime]]) -> str:
    if OutOfCredits.__name__ in errors:
        return "we have used up what we may read there. New threads wait; threads that are here can be read."
    if RateLimited.__name__ in errors:
        until = errors[RateLimited.__name__][1].astimezone(UTC)
        return f"it asks us to slow down. New threads wait until {until:%H:%M} UTC at the latest."
    if sum(errors.get(each.__name__, (0,))[0] for each in (Unreachable, OutOfTime)) >= UNREACHABLE_FROM:
        return "it does not answer at the moment. New threads wait, and go on by themselves."
    return ""
