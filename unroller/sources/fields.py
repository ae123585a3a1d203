"""Typed reading of JSON that nobody vouches for: every function answers a value of its type, whatever it is given."""

import re
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from unroller.core.text import clean, is_web

LONGEST_WORDS = 100_000
"""Characters of any text or markup that are kept; some servers allow posts of 50,000."""
LONGEST_ADDRESS = 4_000
LARGEST_NUMBER = 10**9
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def record(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def records(value: object) -> list[dict[str, Any]]:
    """The objects of a list; what is no object is skipped."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def string(value: object) -> str:
    return value if isinstance(value, str) else ""


def words(value: object) -> str:
    """Text for readers: of bearable length, without what nobody can store or see."""
    return clean(string(value)[:LONGEST_WORDS])


def address(value: object) -> str:
    """A web address that can be taken apart, or nothing; a long one is dropped, since a cut one leads elsewhere."""
    found = string(value)
    if len(found) > LONGEST_ADDRESS or not is_web(found):
        return ""
    try:
        return found if urlsplit(found).hostname else ""
    except ValueError:
        return ""


def identifier(value: object) -> str:
    """An id as servers of the fediverse make them: digits on Mastodon, letters too on others."""
    found = string(value)
    return found if ID.fullmatch(found) else ""


def count(value: object) -> int:
    """A whole number; 0 for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_NUMBER else 0


def number(value: object) -> float:
    """A count or a measure; 0 for what is none."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LARGEST_NUMBER:
        return value
    return 0


def moment(value: object) -> datetime | None:
    """A point in time in UTC; without a zone it is taken as UTC."""
    try:
        found = datetime.fromisoformat(string(value)[:40])
        return usable(found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC))
    except (ValueError, OverflowError):
        return None


def usable(found: datetime) -> datetime | None:
    """None at the ends of the calendar, where a step, or a reader's time zone, leads out of it."""
    return found if MINYEAR < found.year < MAXYEAR else None
