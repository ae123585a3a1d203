"""What the bot did on one day on one network, and what that cost."""

from datetime import UTC, timedelta

from django.db.models import F
from django.utils import timezone

from accounts import slices
from unroller.models import BotDay
from unroller.models.threads import SourceKey

KEPT = timedelta(days=400)


def count(source: str, *, looks: int = 0, mentions: int = 0, answers: int = 0, micros: int = 0) -> None:
    """Add to today's numbers (UTC), in the caller's transaction, so that they say what the other rows say. The practice
    page costs nothing and is not counted."""
    if source not in SourceKey.values:
        return
    more = {"looks": looks, "mentions": mentions, "answers": answers, "micros": micros}
    today, _ = BotDay.objects.get_or_create(source=source, day=timezone.now().astimezone(UTC).date())
    BotDay.objects.filter(id=today.id).update(**{name: F(name) + value for name, value in more.items()})


def tidy() -> int:
    """Delete the days of more than a year ago; how many there were."""
    return slices.delete(BotDay.objects.filter(day__lt=(timezone.now() - KEPT).date()))
