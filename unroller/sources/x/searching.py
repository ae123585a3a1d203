"""Reading a search to its end: page by page from the newest, or forward from the head where the cap is in sight.

Thread rule R9. Search gives the newest first, but what a capped thread may lose is its end, never its beginning.
"""

from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from unroller.sources.x.desk import PAGE, Desk, Page, zulu
from unroller.sources.x.payload import created_at, order

MOST_BARREN = 2
"""Pages in a row without a new post: some of X's endpoints give out tokens for ever."""
MOST_PAGES = 120
SECOND = timedelta(seconds=1)


def read_pages(ask: Callable[[str], Page], seen: set[str]) -> Iterator[Page]:
    """Pages from the first to the last worth reading, each with only the ids that were not in `seen` before."""
    token, barren = "", 0
    for _ in range(MOST_PAGES):
        page = ask(token)
        token = page.token
        fresh = [found for found in dict.fromkeys(page.ids) if found not in seen]
        seen.update(fresh)
        yield Page(fresh, token)
        barren = 0 if fresh else barren + 1
        if not token or barren == MOST_BARREN:
            return


class Span(NamedTuple):
    """A stretch of time to read; `until` names the post it ends before, where it ends at one."""

    start: datetime
    end: datetime
    until: str = ""

    @property
    def limits(self) -> dict[str, str]:
        ends = {"until_id": self.until} if self.until else {"end_time": zulu(self.end)}
        return {"start_time": zulu(self.start), **ends}

    def split(self, step: timedelta) -> "tuple[Span, Span | None]":
        """The first `step` of it, and the rest if there is any."""
        middle = self.start + step
        if middle >= self.end:
            return self, None
        return Span(self.start, middle), Span(middle, self.end, self.until)


class Search:
    """One query, read once. `start`: when the conversation began; `most`: the number of posts that is the cap."""

    def __init__(self, desk: Desk, reach: str, query: str, *, start: datetime, most: int) -> None:
        self.found: list[str] = []
        self.read_until: datetime | None = None
        """Everything before this moment was read; None when everything was."""
        self.unfinished = False
        """Whether pages went on beyond what anybody reads."""
        self._desk = desk
        self._reach = reach
        self._query = query
        self._start = start.replace(microsecond=0)
        self._most = most
        self._seen: set[str] = set()

    def read(self, since: str = "") -> None:
        """Everything from the beginning of the conversation, or only what is newer than the post `since`."""
        within = {"since_id": since} if since else {"start_time": zulu(self._start)}
        for page in self._pages(within):
            self.unfinished = bool(page.token and page.ids)
            if self.unfinished and not since and 2 * len(self.found) >= self._most:
                self.unfinished = False
                self._read_forward()
                return

    def _read_forward(self) -> None:
        """From the head towards what was read already; the oldest unread stretch lies on top of the stack."""
        oldest, newest = min(self.found, key=order), max(self.found, key=order)
        step = self._step(len(self.found), self._time(newest) - self._time(oldest), before=self._start)
        stack = [Span(self._start, self._time(oldest), oldest)]
        for _ in range(MOST_PAGES):
            if not stack or self._before(stack[-1].start) >= self._most:
                break
            part, rest = stack.pop().split(step)
            stack += [rest] if rest else []
            pages = self._pages(part.limits)
            page = next(pages)
            read_from = part.start
            if page.token and page.ids and part.end - part.start > 2 * SECOND:
                oldest = min(page.ids, key=order)
                read_from = self._time(oldest)
                stack.append(Span(part.start, read_from, oldest))
            else:
                deque(pages, maxlen=0)
            if stack:
                step = self._step(len(page.ids), part.end - read_from, before=stack[-1].start)
        self.read_until = stack[-1].start if stack else None

    def _step(self, count: int, length: timedelta, *, before: datetime) -> timedelta:
        """How long a stretch will hold about as many posts as still fit, and not quite a page, at the author's pace.

        `count` posts were read over `length`; a stretch is at most four times as long as that one.
        """
        wanted = max(10, min(0.9 * PAGE[self._reach], 1.1 * (self._most - self._before(before))))
        return max(SECOND, timedelta(seconds=length // SECOND * wanted // max(count, wanted / 4)))

    def _pages(self, within: dict[str, str]) -> Iterator[Page]:
        def ask(token: str) -> Page:
            return self._desk.search(self._reach, self._query, within, token=token)

        for page in read_pages(ask, self._seen):
            self.found += page.ids
            yield page

    def _time(self, found: str) -> datetime:
        moment = created_at(self._desk.gathered.posts.get(found, {})) or self._start
        return moment.replace(microsecond=0)

    def _before(self, moment: datetime) -> int:
        """How many posts are older than a moment: all there are, once everything before it was read."""
        return sum(self._time(found) < moment for found in self.found)
