"""The recording of one fetch: what was asked, what came back. It is the only thing that passes from fetch to parse."""

import json
import time
import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

import msgspec

from unroller.core.errors import BadAnswer, OutOfCredits, OutOfTime, RateLimited, Unreachable, UnrollError
from unroller.core.posts import Reason
from unroller.sources.budget import BREAKER, Budget
from unroller.sources.http import TOTAL_SECONDS, Answer, Http

MOST_BYTES = 8 * 1024 * 1024
MOST_RECORDED_BYTES = 32 * 1024 * 1024
"""Of one answer, and of all answers of a recording: a host that sends megabytes for every question is no network."""
MOST_SECONDS = 300.0
"""Of one attempt at a fetch; the next one goes on where it stopped."""
SOON = timedelta(seconds=5)
"""How long a network is left alone whose limit ends in the past."""
LONGEST_WAIT = timedelta(hours=24)
"""A network that names a later time is not believed."""
TELL_SECONDS = 30.0
"""For an answer to a body that was sent: whoever sends holds a lease."""
Failure = TypeVar("Failure", bound=UnrollError)
LAST_SECONDS = 10.0
"""For an answer that was asked for in time: cut off it would be asked for, and perhaps paid for, once more."""
MOST_DIGITS = 9
"""Of a number of seconds; it is a matter of decades by then."""


class Exchange(msgspec.Struct, omit_defaults=True):
    """One question and its answer. `url` is absolute, with its query; `body` is parsed JSON, or text where so asked,
    or None where the network sent none. `link` is the Link header, for networks that page by it."""

    url: str
    status: int
    body: Any = None
    link: str = ""


class Raw(msgspec.Struct, omit_defaults=True, kw_only=True):
    """All that was said while fetching one thread, in order; plain data, so it can be kept, replayed and tested."""

    source: str
    key: str
    exchanges: list[Exchange] = msgspec.field(default_factory=list)
    limits: list[Reason] = msgspec.field(default_factory=list)
    facts: dict[str, str] = msgspec.field(default_factory=dict)
    """What fetch decided and parse must know (for example the home host of a remote copy)."""


class Recorder:
    """Asks a network and writes down every answer; what its Raw already holds is not asked again.

    A fetch that a rate limit interrupted therefore goes on where it stopped: the same plan runs over the same Raw.
    There are `seconds` for all that is asked anew. `on_answer(seen)` is told after each new answer how many posts the
    plan has seen so far (`seen` is set by it).
    """

    def __init__(
        self,
        raw: Raw,
        http: Http,
        *,
        budget: Budget,
        on_answer: Callable[[int], None] = lambda seen: None,
        seconds: float = MOST_SECONDS,
    ) -> None:
        self.raw = raw
        self.http = http
        self.seen = 0
        self._bytes = sum(len(json.dumps(exchange.body, ensure_ascii=False)) for exchange in raw.exchanges)
        self._budget = budget
        self._on_answer = on_answer
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._answers = {exchange.url: exchange for exchange in raw.exchanges}

    def ask(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        *,
        bucket: str,
        headers: Mapping[str, str] | None = None,
        every: float = 0,
        text: bool = False,
    ) -> Exchange:
        """GET `url`, at most once per recording, at most once in `every` seconds over all workers of `bucket`.

        Returns any 2xx and 4xx with its body. Raises RateLimited (429), OutOfCredits (402), OutOfTime, Unreachable,
        BadAnswer; a 429 or 402 closes the bucket for everybody.
        """
        full = f"{url}?{urlencode(params, errors='replace')}" if params else url
        exchange = self._answers.get(full)
        if exchange is None:
            if time.monotonic() > self._end:
                raise OutOfTime(f"not done after {self._seconds:.0f} s")
            self._budget.enter(bucket, every=every)
            exchange = self._ask(full, bucket, headers, text)
            self._answers[full] = exchange
            self.raw.exchanges.append(exchange)
        return exchange

    def tell(self, url: str, body: bytes, *, bucket: str, headers: Mapping[str, str]) -> Exchange:
        """POST `body`, once, and record nothing of it: a secret may be in it, and it is never to be replayed.

        Returns any 2xx and 4xx with its body. Raises RateLimited and OutOfCredits as `ask` does, NotConnected when
        nothing was sent, and Unreachable or BadAnswer when the network may have done what it was told.
        """
        self._budget.enter(bucket, every=0)
        answer = self.http.send("POST", url, body, headers=headers, most_bytes=MOST_BYTES, total_seconds=TELL_SECONDS)
        self._on_answer(self.seen)
        self._refuse(answer, bucket)
        return Exchange(url=url, status=answer.status, body=parsed(answer))

    def forget(self, exchange: Exchange) -> None:
        """Take an answer out of the recording, so that the same question is asked again."""
        self._answers.pop(exchange.url, None)
        if exchange in self.raw.exchanges:
            self.raw.exchanges.remove(exchange)

    def progress(self, seen: int) -> None:
        """Tell whoever waits how many posts there are by now."""
        self.seen = seen
        self._on_answer(seen)

    def spend(self, bucket: str, posts: int) -> None:
        """Count paid reads."""
        self._budget.spend(bucket, posts)

    def break_circuit(self, bucket: str) -> None:
        """The network wants money: nobody asks it for five minutes."""
        self._budget.close(bucket, datetime.now(UTC) + BREAKER, unpaid=True)

    def note(self, reason: Reason) -> None:
        """Write down, once, why the thread may not be complete."""
        if reason not in self.raw.limits:
            self.raw.limits.append(reason)

    def _ask(self, url: str, bucket: str, headers: Mapping[str, str] | None, text: bool) -> Exchange:
        answer = self._get(url, headers)
        self._bytes += len(answer.body)
        if self._bytes > MOST_RECORDED_BYTES:
            raise BadAnswer(f"more than {MOST_RECORDED_BYTES} bytes in all")
        self._on_answer(self.seen)
        self._refuse(answer, bucket)
        body = answer.body.decode("utf-8", "replace") if text else parsed(answer)
        return Exchange(url=url, status=answer.status, body=body, link=answer.headers.get("link", ""))

    def _get(self, url: str, headers: Mapping[str, str] | None) -> Answer:
        """An answer while there is time. One that is not whole by then may be for whoever has more."""
        left = max(self._end - time.monotonic(), LAST_SECONDS)
        try:
            return self.http.get(url, headers=headers, most_bytes=MOST_BYTES, total_seconds=min(left, TOTAL_SECONDS))
        except Unreachable as error:
            if isinstance(error, BadAnswer) or time.monotonic() < self._end:
                raise
            raise OutOfTime(f"cut off after {self._seconds:.0f} s") from error

    def _refuse(self, answer: Answer, bucket: str) -> None:
        if answer.status == 429:
            until = reopening(answer.headers, datetime.now(UTC))
            self._budget.close(bucket, until, unpaid=False)
            raise RateLimited(until)
        if answer.status == 402:
            self.break_circuit(bucket)
            raise OutOfCredits(answer.body[:500].decode("utf-8", "replace"))
        if answer.status >= 500:
            raise Unreachable(f"status {answer.status}")


def pack(raw: Raw) -> bytes:
    """A recording as compressed JSON, for the time between two attempts. Any text survives, lone surrogates too."""
    return zlib.compress(json.dumps(msgspec.to_builtins(raw)).encode())


def unpack(packed: bytes) -> Raw:
    """The recording that `pack` made this of."""
    return msgspec.convert(json.loads(zlib.decompress(packed)), Raw)


def parsed(answer: Answer) -> Any:
    """The JSON of an answer; None for a refusal (4xx) without any. Raises BadAnswer for a success without any."""
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        if answer.status >= 400:
            return None
        raise BadAnswer(f"status {answer.status}, no JSON: {answer.body[:80]!r}") from error


def reopening(headers: Mapping[str, str], now: datetime) -> datetime:
    """When a 429 ends: X sends Unix seconds, Mastodon an ISO time, Bluesky Unix seconds under another name, anybody
    Retry-After. Without any of them, one minute; never more than a day."""
    for name in ("x-rate-limit-reset", "ratelimit-reset", "x-ratelimit-reset"):
        until = _moment(headers.get(name, ""), now)
        if until is not None:
            return until
    after = headers.get("retry-after", "")[:MOST_DIGITS]
    return _believed(now + timedelta(seconds=int(after) if after.isdecimal() else 60), now)


def _moment(value: str, now: datetime) -> datetime | None:
    try:
        if value.isdecimal() and len(value) <= MOST_DIGITS:
            until = now + timedelta(seconds=int(value))
        else:
            until = datetime.fromtimestamp(int(value), UTC) if value.isdecimal() else datetime.fromisoformat(value)
    except (ValueError, OverflowError, OSError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return _believed(until, now)


def _believed(until: datetime, now: datetime) -> datetime:
    return (min(until, now + LONGEST_WAIT) if until > now else now + SOON).astimezone(UTC)


def named(error: Failure, network: str) -> Failure:
    """The same error, knowing the network's name for its sentence."""
    error.network = error.network or network
    return error
