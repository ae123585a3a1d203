"""Finding all that one author wrote in one conversation: by search where it reaches, else on their timeline."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from unroller.core.errors import NotConfigured
from unroller.sources.recording import Recorder
from unroller.sources.x.desk import Desk, Page, zulu
from unroller.sources.x.payload import Json, conversation_id, created_at, history, time_of
from unroller.sources.x.problems import ERRORS
from unroller.sources.x.searching import Search, read_pages

BEGINNING = datetime(2006, 3, 21, tzinfo=UTC)
"""Search refuses any earlier time."""
TIMELINES_BEGIN = datetime(2010, 11, 6, tzinfo=UTC)
RECENT = timedelta(days=6, hours=12)
"""How old a root may be for search/recent, which holds seven days, to be asked for the whole thread."""
RECENT_ONLY = timedelta(days=6, hours=22)
"""The same where the full archive is not ours to ask: as much as leaves time for waiting."""
EDITABLE = timedelta(hours=1)
"""How long a post can be edited; replies to its first version may be older than the latest."""
WINDOW = timedelta(hours=48)
MOST_WINDOWS = 15


class Scope(NamedTuple):
    """`full_archive`: search/all is ours to ask. `narrow`: search leaves out the author's answers to others."""

    full_archive: bool = True
    narrow: bool = False


class Collector:
    """Reads the author's posts of the conversation that `anchor` is in.

    `listed` are the posts that search gave of the author collected last; `read_until` is the moment before which none
    of theirs was left out, None when none was at all. Ages are those of the recording's beginning, so that a later
    run of it decides the same.
    """

    def __init__(self, desk: Desk, web: Recorder, anchor: Json, *, scope: Scope, most: int) -> None:
        self.listed: set[str] = set()
        self.read_until: datetime | None = None
        self.conversations = desk.gathered.conversations(anchor)
        self._desk = desk
        self._note = web.note
        self._facts = web.raw.facts
        self._scope = scope
        self._most = most
        self._root = desk.gathered.post(conversation_id(anchor)) or {}
        self._asked_at = datetime.fromisoformat(self._facts.setdefault("asked_at", datetime.now(UTC).isoformat()))

    @property
    def started(self) -> datetime:
        """No later than the first post of the conversation: by its date, since old ids hold no time."""
        moment = created_at(self._root) or time_of(self.conversations[0]) or BEGINNING
        edited = self._root and len(history(self._root)) > 1
        return max(moment - EDITABLE if edited else moment, BEGINNING)

    @property
    def by_timeline(self) -> bool:
        return self._reach == "timeline"

    @property
    def is_fresh(self) -> bool:
        """Whether search may not yet have listed everything."""
        return self._asked_at - self.started < WINDOW

    def collect(self, author: str, since: Json | None = None) -> None:
        """An author's posts in the conversation, all of them or those newer than one. Raises UnrollError."""
        self._desk.count(author, self.conversations)
        self.listed.clear()
        self.read_until = None
        if self.by_timeline:
            return self._read_windows(author, since)
        try:
            return self._search(author, since["id"] if since else "")
        except NotConfigured:
            if self._reach != "all":
                raise
            # The same key reads posts and recent searches, so it is only the full archive that is not ours.
            self._facts["reach"] = "timeline"
            return self._read_windows(author, since)

    def read_tail(self, author: str, newest: Json) -> None:
        """What stands on the author's timeline after a post."""
        self._read_timeline(author, {"since_id": newest["id"]})

    @property
    def _reach(self) -> str:
        age = self._asked_at - self.started
        if age < (RECENT if self._scope.full_archive else RECENT_ONLY):
            return "recent"
        return self._facts.get("reach") or ("all" if self._scope.full_archive else "timeline")

    def _search(self, author: str, since: str) -> None:
        gathered = self._desk.gathered
        handle = gathered.handle(author) or author
        narrow = f" to:{handle}" if self._scope.narrow else ""
        for conversation in self.conversations:
            query = f"conversation_id:{conversation} from:{handle}{narrow} -is:retweet"
            search = Search(self._desk, self._reach, query, start=self.started, most=self._most)
            search.read(since)
            self.listed.update(map(gathered.latest, search.found))
            if search.unfinished:
                self._note("source-limit")
            self.read_until = min(filter(None, (self.read_until, search.read_until)), default=None)

    def _read_windows(self, author: str, since: Json | None) -> None:
        """Two days of the author's timeline from the root on, and two more for as long as the thread goes on."""
        begin = (created_at(since) if since else None) or self.started
        within = {"since_id": since["id"] if since else self.conversations[0]}
        for _ in range(MOST_WINDOWS):
            end = begin + WINDOW
            if begin < TIMELINES_BEGIN or end > self._asked_at:
                return
            self._read_timeline(author, {**within, "end_time": zulu(end)})
            found = (created_at(post) for post in self._desk.gathered.by(author) if self.holds(post))
            if max(filter(None, found), default=begin) < end - WINDOW / 4:
                return
            begin, within = end, {"start_time": zulu(end)}

    def holds(self, post: Json) -> bool:
        return conversation_id(post) in self.conversations

    def _read_timeline(self, author: str, within: Mapping[str, str]) -> None:
        def ask(token: str) -> Page:
            return self._desk.timeline(author, within, token=token)

        for _ in read_pages(ask, set()):
            if why := self._desk.gathered.why_person.get(author):
                raise ERRORS[why](f"timeline of {author}: {why}")
