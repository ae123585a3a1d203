"""Highlights out of a library's file: marked again where their threads are here, and what became of them is told.

Each is placed by the rules for marking one by hand, so it is here once however often its file is brought.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.utils import timezone

from accounts.models import User
from billing.entitlements import plan_for
from billing.plans import Feature
from unroller import networks
from unroller.actions import highlights, import_rows
from unroller.actions.highlights import AlreadyMarked
from unroller.actions.refusals import Refused
from unroller.core import passages
from unroller.core.errors import NotAPost
from unroller.core.marked_lists import Mark
from unroller.models import Color, Highlight, Thread
from unroller.sources.base import PostRef

MOST_AT_ONCE = 1_000
"""Passages that are looked for with one file, while its reader waits."""

Key = tuple[int, str, str]
"""Thread, post, and the digest of the words."""


class Brought(NamedTuple):
    """How many highlights of a file became what."""

    made: int = 0
    known: int = 0
    away: int = 0
    """Their threads are not here."""
    gone: int = 0
    """Their words are not in the file, or not in the thread."""
    held_back: int = 0
    """Highlights are not part of the reader's plan."""
    later: int = 0
    """More than are looked for at once."""

    @property
    def sentence(self) -> str:
        """What became of them, for their reader; empty when there were none."""
        told = (
            (self.made, "brought in"),
            (self.known, "here already"),
            (self.away, "not brought in, since their threads are not here yet: import this file again once they are"),
            (self.gone, "left out, since their words are not in the file or no longer in the thread"),
            (self.held_back, "left out, since highlights are part of premium: import this file again with premium"),
            (self.later, "more than one import takes: import this file again for them"),
        )
        parts = [f"{number:,} {words}" for number, words in told if number]
        return f"Highlights: {'; '.join(parts)}." if parts else ""


def bring_in(user: User, marks: Iterable[Mark]) -> Brought:
    """Mark what a file says was marked. What the reader marked already stays as it is."""
    marks = list(marks)
    if not plan_for(user).allows(Feature.LIBRARY_TOOLS):
        return Brought(held_back=len(marks))
    return Brought(**Counter(_became(user, marks)))


def _became(user: User, marks: list[Mark]) -> Iterator[str]:
    """The field of Brought for each."""
    refs = [_ref(mark) for mark in marks]
    here = import_rows.known(user, [ref for ref in refs if ref])
    threads = Thread.objects.defer("document").in_bulk(set(here.values()))
    starts = _starts(user)
    tried = 0
    for mark, ref in zip(marks, refs, strict=True):
        thread = threads.get(here[ref]) if ref in here else None
        quote = passages.bare(mark.quote).strip()
        if not quote:
            yield "gone"
        elif thread is None:
            yield "away"
        elif _is_known(mark, starts.get((thread.pk, mark.post_id, passages.digest(quote)), [])):
            yield "known"
        elif tried == MOST_AT_ONCE:
            yield "later"
        else:
            tried += 1
            yield _mark(user, thread, mark)


def _ref(mark: Mark) -> PostRef | None:
    for link in mark.links:
        try:
            return networks.find(link)
        except NotAPost:
            continue
    return None


def _starts(user: User) -> dict[Key, list[int]]:
    """Where the reader's highlights stand."""
    found: dict[Key, list[int]] = {}
    rows = Highlight.objects.filter(user=user, lost_at=None).values_list("thread_id", "post_id", "digest", "start")
    for thread_id, post_id, digest, start in rows.iterator():
        found.setdefault((thread_id, post_id, digest), []).append(start)
    return found


def _is_known(mark: Mark, starts: list[int]) -> bool:
    return bool(starts) if mark.start is None else mark.start in starts


def _mark(user: User, thread: Thread, mark: Mark) -> str:
    quote, now = passages.bare(mark.quote), timezone.now()
    color = Color(mark.color) if mark.color in Color.values else Color.YELLOW
    made_at = min(mark.made_at or now, now)
    given = {"post_id": mark.post_id, "start": mark.start or 0, "length": len(quote), "quote": quote}
    try:
        highlights.add(user, thread, **given, color=color, note=mark.note, made_at=made_at)  # type: ignore[arg-type]
    except AlreadyMarked:
        return "known"
    except Refused:
        return "gone"
    return "made"
