"""What people say about themselves."""

from functools import cache
from zoneinfo import available_timezones

from accounts.models import User

REGIONS = frozenset(
    {
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    }
)


@cache
def zones() -> frozenset[str]:
    """The time zones a person may choose: UTC and those named region/city.

    Others are names of this machine alone (`localtime`) or say less than a city does (`EST`). PostgreSQL knows
    each of them too, so that a statement may count with them; a test compares.
    """
    return frozenset(name for name in available_timezones() if name.partition("/")[0] in REGIONS) | {"UTC"}


def change(user: User, *, name: str, time_zone: str) -> None:
    """What a person is called, and when their morning is. Raises ValueError for a zone that is not one of `zones()`."""
    if time_zone not in zones():
        raise ValueError(f"not a time zone: {time_zone}")
    user.name, user.time_zone = " ".join(name.split()), time_zone
    user.save(update_fields=["name", "time_zone"])


def choose_reading(user: User, reading: str) -> None:
    """How pages look for a person, in the words of the cookie `reading`."""
    user.reading = reading
    user.save(update_fields=["reading"])
