"""What concerns security, a line of the log each: who came in or did not, whose ways in changed, what was refused."""

import logging
from enum import StrEnum

from prometheus_client import Counter

logger = logging.getLogger("accounts.security")


class Event(StrEnum):
    """All there are: they are labels of a number, too."""

    SIGNED_IN = "signed-in"
    SIGN_IN_FAILED = "sign-in-failed"
    SIGNED_OUT = "signed-out"
    SESSIONS_ENDED = "sessions-ended"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105  # nosec B105  # a name
    ADDRESS_CHANGED = "address-changed"
    PASSKEY_ADDED = "passkey-added"
    PASSKEY_REMOVED = "passkey-removed"
    CONNECTION_ADDED = "connection-added"
    CONNECTION_REMOVED = "connection-removed"
    SECOND_FACTOR_SET_UP = "second-factor-set-up"
    SECOND_FACTOR_SHOWN = "second-factor-shown"
    SECOND_FACTOR_FAILED = "second-factor-failed"
    SECOND_FACTOR_REMOVED = "second-factor-removed"
    SECOND_FACTOR_RESET = "second-factor-reset"
    RECOVERY_CODES_MADE = "recovery-codes-made"
    TOKEN_MADE = "token-made"  # noqa: S105  # nosec B105
    TOKEN_REVOKED = "token-revoked"  # noqa: S105  # nosec B105
    TOKEN_REFUSED = "token-refused"  # noqa: S105  # nosec B105
    ACCESS_REFUSED = "access-refused"
    NOT_FOUND = "not-found"
    LIMIT_HIT = "limit-hit"
    ACCOUNT_BANNED = "account-banned"
    ACCOUNT_CLOSED = "account-closed"


REFUSALS = frozenset(
    {
        Event.SIGN_IN_FAILED,
        Event.SECOND_FACTOR_FAILED,
        Event.TOKEN_REFUSED,
        Event.ACCESS_REFUSED,
        Event.LIMIT_HIT,
    }
)
"""What somebody wanted and did not get."""
WHY = "REFUSED_BECAUSE"
"""Where in a request's META a refusal leaves its reason; no header of a request gets there."""
COUNTED = Counter("unroller_security_events", "What concerns security, by event.", ["event"], registry=None)


def note(event: Event, person: int | None = None, **facts: str | int) -> None:
    """One line. `person` is an account's number. Facts come from short lists of ours: nothing that a visitor typed or
    sent stands here, so nobody writes lines of their own, and no secret comes in."""
    known = facts if person is None else {"person": person, **facts}
    COUNTED.labels(event.value).inc()
    words = " ".join([event.value, *(f"{name}={value}" for name, value in known.items())])
    logger.log(logging.WARNING if event in REFUSALS else logging.INFO, words, extra={"security": event.value, **known})
