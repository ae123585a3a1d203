"""Idempotency keys: the first answer is given again for a day, other parameters and simultaneous calls are refused."""

import hashlib
import threading
from dataclasses import dataclass

from .errors import ApiError

KEPT_SECONDS = 24 * 3600
LONGEST = 255


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer under a key, and a digest of what was asked."""

    asked: str
    status: int
    body: bytes
    request_id: str
    at: int


class Keys:
    """Has a lock of its own: two calls with one key must be able to meet while one of them is being answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, Kept] = {}
        self._busy: set[str] = set()

    def claim(self, key: str, asked: str, now: int) -> Kept | None:
        """The kept answer, or None when the caller is the first and must `release` the key.

        Raises `ApiError`: 400 for other parameters than the first time, 409 while the first call goes on.
        """
        if len(key) > LONGEST:
            raise refusal(400, f"Idempotency keys may have at most {LONGEST} characters.")
        with self._lock:
            kept = self._kept.get(key)
            if kept and now - kept.at < KEPT_SECONDS:
                if kept.asked != asked:
                    raise refusal(400, different(key))
                return kept
            if key in self._busy:
                raise refusal(
                    409,
                    f"There is currently another in-progress request using this Idempotent Key ({key}). Please try "
                    "again later.",
                    code="idempotency_key_in_use",
                )
            self._busy.add(key)
            return None

    def release(self, key: str, answer: Kept | None) -> None:
        """Ends a claim; None forgets that it was: nothing had begun."""
        with self._lock:
            self._busy.discard(key)
            if answer:
                self._kept[key] = answer


def refusal(status: int, message: str, code: str = "") -> ApiError:
    return ApiError(status, message, type="idempotency_error", code=code)


def different(key: str) -> str:
    return (
        "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a "
        f"key other than '{key}' if you meant to execute a different request."
    )


def digest(method: str, path: str, pairs: list[tuple[str, str]]) -> str:
    """What was asked, whatever the order of the parameters."""
    return hashlib.sha256(repr((method, path, sorted(pairs))).encode()).hexdigest()
