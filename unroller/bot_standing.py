"""Reads of how the bot fares: on each network what it is set up with, what waits, what it did, and what that cost."""

from datetime import UTC, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, Sum
from django.utils import timezone

from unroller.core import errors
from unroller.core.errors import UnrollError
from unroller.models import BotAccount, BotDay, Mention
from unroller.models.threads import SourceKey

NEEDED = {
    SourceKey.X: ("X_BOT_HANDLE", "X_CLIENT_ID", "X_BOT_REFRESH_TOKEN"),
    SourceKey.BLUESKY: ("BLUESKY_BOT_HANDLE", "BLUESKY_BOT_PASSWORD"),
    SourceKey.MASTODON: ("MASTODON_BOT_URL", "MASTODON_BOT_TOKEN"),
}
KEPT_HERE = "X_BOT_REFRESH_TOKEN"
"""Not needed any more once the bot has signed in: X gives a new one with every use, which the database keeps."""
MONTH = timedelta(days=30)


class Done(NamedTuple):
    """What the bot did in a time. `micros` are millionths of a US dollar."""

    looks: int = 0
    mentions: int = 0
    answers: int = 0
    micros: int = 0


class Standing(NamedTuple):
    """The bot on one network. `missing` are settings; without any it is on. `silent` counts by reason, of the last
    month, as does `failed`."""

    source: SourceKey
    missing: tuple[str, ...]
    account: BotAccount | None
    waiting: int
    today: Done
    month: Done
    silent: dict[str, int]
    failed: dict[str, int]

    @property
    def error(self) -> str:
        """Why the last look brought nothing, as a sentence; empty when it went well."""
        code = self.account.error if self.account else ""
        known = getattr(errors, code, UnrollError) if code else None
        if known is None:
            return ""
        known = known if isinstance(known, type) and issubclass(known, UnrollError) else UnrollError
        return f"{known.sentence.format(network=self.source.label)} ({code})"


def standings() -> list[Standing]:
    """All networks; six queries."""
    accounts = BotAccount.objects.defer("sealed").in_bulk()
    kept = set(BotAccount.objects.exclude(sealed="").values_list("source", flat=True))
    today = timezone.now().astimezone(UTC).date()
    waiting = _counts(Mention.objects.filter(finished_at=None).values_list("source").annotate(Count("id")))
    ended = Mention.objects.filter(created_at__gt=timezone.now() - MONTH, state__in=["silent", "failed"])
    reasons = list(ended.values_list("source", "state", "reason").annotate(Count("id")).order_by("-id__count"))
    days = {"today": _done(since=today), "month": _done(since=today - MONTH)}
    return [
        Standing(
            source=source,
            missing=missing(source, is_kept=source.value in kept),
            account=accounts.get(source.value),
            waiting=waiting.get(source.value, 0),
            today=days["today"].get(source.value, Done()),
            month=days["month"].get(source.value, Done()),
            silent={reason: count for key, state, reason, count in reasons if (key, state) == (source, "silent")},
            failed={reason: count for key, state, reason, count in reasons if (key, state) == (source, "failed")},
        )
        for source in SourceKey
    ]


def missing(source: SourceKey, *, is_kept: bool) -> tuple[str, ...]:
    """The settings without which the bot is off on a network."""
    wanted = (name for name in NEEDED[source] if not (is_kept and name == KEPT_HERE))
    return tuple(name for name in wanted if not getattr(settings, name))


def _done(*, since: object) -> dict[str, Done]:
    rows = BotDay.objects.filter(day__gte=since).values("source")
    summed = rows.annotate(**{f"sum_{name}": Sum(name) for name in Done._fields})
    return {row["source"]: Done(*(row[f"sum_{name}"] for name in Done._fields)) for row in summed}


def _counts(rows: object) -> dict[str, int]:
    return dict(rows)  # type: ignore[call-overload, no-any-return]
