"""How long work waits for others."""

from datetime import UTC, datetime, timedelta

from django.utils import timezone

from unroller.actions.patience import LONGEST, MOST_ATTEMPTS, next_try
from unroller.core.errors import OutOfCredits, RateLimited


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


def test_who_takes_long_to_say_wait_and_brings_nothing_uses_up_tries() -> None:
    until = timezone.now() + timedelta(minutes=15)
    for error in (RateLimited(until), OutOfCredits()):
        then = next_try(timezone.now(), 1, error, in_vain=True)
        assert then is not None
        assert then.counts
        assert next_try(timezone.now(), MOST_ATTEMPTS, error, in_vain=True) is None
        assert next_try(timezone.now(), MOST_ATTEMPTS, error) is not None
