"""Windows in time and pages with tokens, and the ways in which pages misbehave on request."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..clock import parse_moment
from ..wire import Request
from .model import Post
from .problems import invalid, not_a_value

BEGINNING = datetime(2006, 3, 21, tzinfo=UTC)
FRESHEST = timedelta(seconds=30)
NOT_YET = timedelta(seconds=10)


@dataclass(slots=True)
class Paging:
    """What the next pages do wrong; each number counts down as it is used."""

    empty_pages: int = 0
    """Pages with no `data` but a `next_token`, before the real one."""
    short_pages: int = 0
    """Pages with half of what was asked for, and a token for the rest."""
    looping: bool = False
    """The last page gives a token that leads to itself, for ever."""

    def reset(self) -> None:
        self.empty_pages = self.short_pages = 0
        self.looping = False


@dataclass(frozen=True, slots=True)
class Window:
    """Which posts a request looks at; ids exclusive at both ends, times: start inclusive, end exclusive."""

    start: datetime | None = None
    end: datetime | None = None
    since_id: int | None = None
    until_id: int | None = None

    def holds(self, post: Post) -> bool:
        return (
            (self.start is None or post.at >= self.start)
            and (self.end is None or post.at < self.end)
            and (self.since_id is None or post.id > self.since_id)
            and (self.until_id is None or post.id < self.until_id)
        )


@dataclass(frozen=True, slots=True)
class Page:
    posts: list[Post]
    next_token: str | None


def read_window(request: Request) -> Window:
    """The four bounds of a request. Raises RefusalError for a bad value or for two bounds at one end."""
    for one, other in (("start_time", "since_id"), ("end_time", "until_id")):
        if request.first(one) and request.first(other):
            raise invalid(other, request.first(other) or "", f"`{one}` and `{other}` cannot be used together")
    return Window(
        read_moment(request, "start_time"),
        read_moment(request, "end_time"),
        read_number(request, "since_id"),
        read_number(request, "until_id"),
    )


def search_window(request: Request, now: datetime, *, back: timedelta, reaches: timedelta | None) -> Window:
    """Search's defaults: `back` from now to 30 seconds ago; nothing older than `reaches` may be asked for."""
    asked = read_window(request)
    if asked.end is not None and asked.end > now - NOT_YET:
        text = request.first("end_time") or ""
        raise invalid("end_time", text, "'end_time' must be a minimum of 10 seconds prior to the request time")
    oldest = now - reaches if reaches else BEGINNING
    if asked.start is not None and asked.start < oldest:
        text = request.first("start_time") or ""
        raise invalid("start_time", text, f"'start_time' must be on or after {oldest:%Y-%m-%dT%H:%MZ}")
    start = asked.start or (now - back if asked.since_id is None else oldest)
    end = asked.end or now - FRESHEST
    return Window(start, end, asked.since_id, asked.until_id)


def read_moment(request: Request, name: str) -> datetime | None:
    text = request.first(name)
    if text is None:
        return None
    try:
        return parse_moment(text)
    except ValueError as error:
        raise not_a_value(name, text, "is not a valid date-time (RFC 3339)") from error


def read_number(request: Request, name: str) -> int | None:
    text = request.first(name)
    if text is not None and not (text.isdecimal() and text.isascii() and len(text) <= 19):
        raise not_a_value(name, text, "does not match ^[0-9]{1,19}$")
    return int(text) if text is not None else None


def read_size(request: Request, *, least: int, most: int) -> int:
    text = request.first("max_results")
    if text is None:
        return 10
    if not (text.isdecimal() and least <= int(text) <= most):
        raise not_a_value("max_results", text, f"is not between {least} and {most}")
    return int(text)


def read_token(request: Request, *names: str) -> str | None:
    """The one page token of a request, under any of the names its endpoint takes."""
    given = [(name, value) for name in names if (value := request.first(name))]
    if len(given) > 1:
        raise invalid(given[1][0], given[1][1], f"`{given[0][0]}` and `{given[1][0]}` cannot be used together")
    return given[0][1] if given else None


def cut_page(
    posts: list[Post], token: str | None, *, size: int, fingerprint: str, faults: Paging, parameter: str
) -> Page:
    """The page behind the token, newest first. Tokens hold the id they continue below, and a checksum."""
    below, skips = read_position(token, fingerprint, parameter)
    rest = posts if below is None else [post for post in posts if post.id < below]
    if faults.empty_pages > skips:
        return Page([], write_token(below, skips + 1, fingerprint))
    faults.empty_pages = 0 if skips else faults.empty_pages
    if faults.short_pages and len(rest) > 1:
        faults.short_pages -= 1
        size = max(1, size // 2)
    page, more = rest[:size], len(rest) > size
    if more:
        return Page(page, write_token(page[-1].id, 0, fingerprint))
    return Page(page, write_token(below, 0, fingerprint) if faults.looping else None)


def write_token(below: int | None, skips: int, fingerprint: str) -> str:
    position = f"{below or 0:x}z{skips}"
    return f"{position}y{checksum(position, fingerprint)}"


def read_position(token: str | None, fingerprint: str, parameter: str) -> tuple[int | None, int]:
    if token is None:
        return None, 0
    position, _, given = token.partition("y")
    if given != checksum(position, fingerprint):
        raise not_a_value(parameter, token, "is not a valid token for this request")
    below, _, skips = position.partition("z")
    return int(below, 16) or None, int(skips)


def checksum(position: str, fingerprint: str) -> str:
    return hashlib.sha256(f"{position} {fingerprint}".encode()).hexdigest()[:12]
