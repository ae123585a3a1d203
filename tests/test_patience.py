"""How long work waits for others."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone

from unroller.actions.patience import LONGEST, next_try
from unroller.core.errors import RateLimited


def test_who_asks_us_to_wait_for_ever_is_asked_once_more_after_a_day() -> None:
    began = timezone.now()
    then = next_try(began, 1, RateLimited(datetime(9999, 12, 31, tzinfo=UTC)))
    assert then is not None
    assert (then.at, then.counts) == (began + LONGEST, False)
    assert next_try(began - LONGEST - timedelta(seconds=1), 1, RateLimited(timezone.now())) is None


def test_a_wait_of_minutes_is_kept() -> None:
    until = timezone.now() + timedelta(minutes=15)
    then = next_try(timezone.now(), 1, RateLimited(until))
    assert then is not None
    assert then.at == until
