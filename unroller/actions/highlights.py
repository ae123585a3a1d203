"""Writing highlights: a passage is marked, kept in place when its thread changes, let go.

A place holds one highlight of a reader. Rows are locked in one order: the thread, then the reader, then the services
that are told.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from unroller.actions import integrations, library
from unroller.actions.integrations import Event
from unroller.actions.refusals import Refused
from unroller.core import passages
from unroller.core.passages import Place
from unroller.core.posts import Thread as Content
from unroller.core.posts import from_document
from unroller.models import Color, Highlight, Thread

MOST_WORDS = 5_000
"""Characters of a passage; it is an excerpt, also of a post that is as long as an article."""
MOST_NOTE = 10_000
MOST_IN_A_THREAD = 1_000
AT_ONCE = 1_000
"""Rows that are written with one statement where each has values of its own."""
CHANGED = "These words are no longer here: the thread has changed. Please load the page again."
TOO_MANY = f"You have {MOST_IN_A_THREAD:,} highlights in this thread, as many as it can hold. Remove one to make room."
TOO_LONG = f"This is longer than {MOST_WORDS:,} characters. Please select less."
ALREADY = "You have marked these words already."
NOTHING = "There are no words in this selection."
NOTE_TOO_LONG = f"A note holds {MOST_NOTE:,} characters. Please shorten it."

Spot = tuple[int, str, int, int]
"""Whose, in which post, from where, how long."""


class CannotHighlight(Refused):
    """A passage cannot be marked so."""


class WordsGone(CannotHighlight):
    """The passage is not, or no longer, in the thread."""


class NoSuchPost(WordsGone):
    """The thread has no post with that id, or no longer."""


class AlreadyMarked(CannotHighlight):
    """A passage that comes out of a file is marked already."""


class _Text(NamedTuple):
    """A post under its id of today, and its words."""

    post_id: str
    words: passages.Words


def add(
    user: User,
    thread: Thread,
    *,
    post_id: str,
    start: int,
    length: int,
    quote: str,
    color: Color,
    note: str = "",
    made_at: datetime | None = None,
) -> Highlight:
    """Mark a passage of one post, and save its thread. `quote` is what the reader saw at `start`; when it stands
    elsewhere now, that is marked. Marking it twice gives the same row the new color, and the note when there is one;
    but what was `made_at` some time elsewhere changes nothing that is here.

    Raises CannotHighlight, WordsGone, NoSuchPost, AlreadyMarked, library.CannotSave.
    """
    place, quote = passages.trimmed(Place(start, length), passages.selected(quote))
    _check(quote, note)
    with transaction.atomic():
        locked = Thread.objects.select_for_update(no_key=True).filter(id=thread.id).first()
        if locked is None or locked.document is None:
            raise WordsGone(CHANGED)
        text = _text_in(from_document(locked.document), post_id)
        if text is None:
            raise NoSuchPost(CHANGED)
        found = passages.locate(text.words.text, quote, near=place.start)
        if found is None:
            raise WordsGone(CHANGED)
        library.save(user, locked)
        mine = Highlight.objects.filter(user=user, thread=locked)
        row = mine.filter(post_id=text.post_id, start=found.start, length=found.length, lost_at=None).first()
        if row is None:
            if mine.count() >= MOST_IN_A_THREAD:
                raise CannotHighlight(TOO_MANY)
            row = Highlight(user=user, thread=locked, post_id=text.post_id, start=found.start, length=found.length)
            row.created_at = made_at or row.created_at
        elif made_at:
            raise AlreadyMarked(ALREADY)
        row.quote, row.digest = passages.quoted(text.words, found), passages.digest(quote)
        row.color, row.note = color, note.strip() or row.note
        row.save()
        integrations.news(user, Event.HIGHLIGHTED, row.id)
    return row


def recolor(row: Highlight, color: Color) -> None:
    """Show a highlight in another color."""
    _set(row, color=color)


def annotate(row: Highlight, note: str) -> None:
    """What the reader thinks of the passage; empty takes the note away. Raises CannotHighlight."""
    if len(note) > MOST_NOTE:
        raise CannotHighlight(NOTE_TOO_LONG)
    _set(row, note=note.strip())


def remove(row: Highlight) -> None:
    """No longer marked; its note goes too."""
    Highlight.objects.filter(id=row.id).delete()


def replace(thread: Thread, content: Content) -> None:
    """Find all passages of a thread again after its words changed, in the caller's transaction, which has locked it.

    A passage stays where it was, or goes to the nearest place in its post where the same words stand. The words of all
    others are let go, as their author let them go; a passage that was lost is back when its words are back in place.
    """
    rows = Highlight.objects.filter(thread=thread).select_for_update(no_key=True).order_by("id")
    _write(list(_moved(list(rows), content)))


def forget_words(thread: Thread) -> None:
    """The words of a thread were removed, and of its passages with them; what readers noted stays theirs."""
    now = timezone.now()
    Highlight.objects.filter(thread=thread, lost_at=None).update(lost_at=now, changed_at=now, quote="")


def inherit(thread: Thread, parts: Iterable[Thread]) -> None:
    """Threads turned out to be parts of this one, and are about to go: their passages are marked here from now on.

    What a reader marked on both pages becomes one highlight with both notes.
    """
    mine = Highlight.objects.filter(thread=thread, lost_at=None).select_for_update(no_key=True).order_by("id")
    known = {_spot(row): row for row in mine}
    moving: list[int] = []
    united: list[Highlight] = []
    for row in Highlight.objects.filter(thread__in=list(parts)).select_for_update(no_key=True).order_by("id"):
        twin = known.get(_spot(row)) if row.lost_at is None else None
        if twin is None:
            moving.append(row.id)
            if row.lost_at is None:
                known[_spot(row)] = row
        elif row.note and row.note not in twin.note.split("\n\n"):
            twin.note = f"{twin.note}\n\n{row.note}".strip()
            united.append(twin)
    Highlight.objects.bulk_update(united, ["note"], batch_size=AT_ONCE)
    Highlight.objects.filter(id__in=moving).update(thread=thread)


def _check(quote: str, note: str) -> None:
    """Raises CannotHighlight for what is nothing or too much."""
    if not quote:
        raise CannotHighlight(NOTHING)
    if len(quote) > MOST_WORDS:
        raise CannotHighlight(TOO_LONG)
    if len(note) > MOST_NOTE:
        raise CannotHighlight(NOTE_TOO_LONG)


def _set(row: Highlight, **values: str) -> None:
    """Write into a row that may have been deleted meanwhile."""
    with transaction.atomic():
        if Highlight.objects.filter(id=row.id).update(**values, changed_at=timezone.now()):
            integrations.news(row.user, Event.HIGHLIGHTED, row.id)


def _text_in(content: Content, post_id: str) -> _Text | None:
    return _texts(content, {post_id}).get(post_id)


def _texts(content: Content, post_ids: set[str]) -> dict[str, _Text]:
    """The words of some posts by id; an id may be that of an earlier version."""
    posts = list(content.posts)
    known = {old: post for post in posts for old in post.aliases} | {post.id: post for post in posts}
    return {name: _Text(known[name].id, passages.read(known[name].html)) for name in post_ids & known.keys()}


def _spot(row: Highlight) -> Spot:
    return row.user_id, row.post_id, row.start, row.length


def _moved(rows: list[Highlight], content: Content) -> Iterator[Highlight]:
    """The rows that change. Who stands where they stood comes first, then who moves, then who comes back: of two whose
    words are now in one place, one is lost."""
    texts = _texts(content, {row.post_id for row in rows})
    places = {row.id: _place_now(row, texts.get(row.post_id)) for row in rows}
    taken: set[Spot] = set()

    def rank(row: Highlight) -> tuple[bool, bool, int]:
        return row.lost_at is not None, places[row.id] != Place(row.start, row.length), row.id

    for row in sorted(rows, key=rank):
        text, place, before = texts.get(row.post_id), places[row.id], (_spot(row), row.quote)
        if text and place and (row.user_id, text.post_id, *place) not in taken:
            row.post_id, row.start, row.length, row.lost_at = text.post_id, *place, None
            row.quote = passages.quoted(text.words, place)
            taken.add(_spot(row))
        else:
            row.quote, row.lost_at = "", row.lost_at or timezone.now()
        if (_spot(row), row.quote) != before:
            yield row


def _place_now(row: Highlight, text: _Text | None) -> Place | None:
    if text is None:
        return None
    place = Place(row.start, row.length)
    if row.lost_at is None:
        return passages.locate(text.words.text, passages.bare(row.quote), near=row.start)
    return place if passages.standing(text.words.text, place, row.digest) else None


def _write(rows: list[Highlight]) -> None:
    """All at once: rows step out of the constraint first, since one may move to where another one still stands."""
    Highlight.objects.filter(id__in=[row.id for row in rows], lost_at=None).update(lost_at=timezone.now())
    Highlight.objects.bulk_create(  # they are all there, so each is an update; a bulk_update takes far longer
        rows,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["post_id", "start", "length", "quote", "lost_at", "changed_at"],
        batch_size=AT_ONCE,
    )
