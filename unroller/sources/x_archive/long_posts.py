"""The whole words of long posts: kept in a list of their own, under ids that no post has.

Measured: a long post and its entry in that list agree in the second within five, and in the words up to the "…" that
cuts the post. Time alone does not tell, since a thread is often posted at once.
"""

from bisect import bisect_left, bisect_right
from typing import Any, NamedTuple

import msgspec
import regex

from unroller.core.text import unescape
from unroller.sources.fields import moment, record, records, string
from unroller.sources.x.payload import Json
from unroller.sources.x_archive.shelf import NOWHERE, Shelf, Slip
from unroller.sources.x_archive.tweets import Tweet, whole, words_of

APART = 5
"""Seconds between the times of a post and its long words, at most."""
MOST_CANDIDATES = 50
"""Entries before and after the time of a post that are looked at; a thread posted at once has 25 posts."""
LONGEST_OPENING = 1_000
"""Characters of a post before it is cut, and of long words that are compared with them; X cuts at 280."""
SHORT = 250
"""Bytes; a text of less that ends in an ellipsis was written so."""
CUT = regex.compile(r"(.*)…(?:\s*https?://t\.co/\w{1,20})*\s*", regex.DOTALL)
HANDLES = regex.compile(r"(?:[@＠]\w{1,20}\s+)*")
CODES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


class Note(msgspec.Struct):
    """An entry's content; every value is checked where it is used."""

    createdAt: Any = None  # noqa: N815  (X's name)
    core: Any = None


class NoteEntry(msgspec.Struct):
    noteTweet: Note | None = None  # noqa: N815  (X's name)


class _Placed(NamedTuple):
    seconds: float
    slip: Slip
    beginning: Slip


class LongPosts:
    """All of them: added first, then asked for, each given out once as long as others fit as well."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._notes: list[_Placed] = []
        self._is_sorted = True
        self._given: set[int] = set()

    def add(self, note: Note) -> bool:
        """False for one without words or time."""
        core, made = record(note.core), moment(note.createdAt)
        if made is None or not string(core.get("text")):
            return False
        kept = {name: core.get(name) for name in ("text", "urls", "mentions", "hashtags", "cashtags")}
        beginning = {"text": _bare(string(core.get("text")))[:LONGEST_OPENING]}
        self._notes.append(_Placed(made.timestamp(), self._shelf.put(kept), self._shelf.put(beginning)))
        self._is_sorted = False
        return True

    def find(self, tweet: Tweet, seconds: float) -> Slip:
        """Where the whole words of a post lie; NOWHERE for one that is whole, or whose words are not here."""
        opening = opening_of(words_of(tweet))
        if not opening or len(opening) > LONGEST_OPENING or not self._notes:
            return NOWHERE
        if not self._is_sorted:
            self._notes.sort()
            self._is_sorted = True
        middle = bisect_left(self._notes, seconds, key=_seconds)
        first = max(middle - MOST_CANDIDATES, bisect_left(self._notes, seconds - APART, key=_seconds))
        last = min(middle + MOST_CANDIDATES, bisect_right(self._notes, seconds + APART, key=_seconds))
        near = sorted(range(first, last), key=lambda place: abs(self._notes[place].seconds - seconds))
        fitting = [place for place in near if self._fits(place, opening)]
        places = sorted(fitting, key=self._given.__contains__)
        if not places:
            return NOWHERE
        self._given.add(places[0])
        return self._notes[places[0]].slip

    def _fits(self, place: int, opening: str) -> bool:
        return string(self._shelf.json(self._notes[place].beginning).get("text")).startswith(opening)


def _seconds(placed: _Placed) -> float:
    return placed.seconds


def opening_of(text: str) -> str:
    """The words of a post before the "…" that ends it, as a long text has them; empty where nothing cuts it."""
    found = CUT.fullmatch(text)
    return _bare(unescape(found.group(1))).rstrip() if found else ""


def is_cut(tweet: Tweet) -> bool:
    """Whether a post looks like the beginning of a long one."""
    text = words_of(tweet)
    return len(text.encode("utf-8", "replace")) >= SHORT and bool(opening_of(text))


def _bare(text: str) -> str:
    return text[found.end() :] if (found := HANDLES.match(text)) else text


def as_note(kept: Json) -> Json:
    """Long words in the words of X's API. They are not escaped in the archive and are here, offsets and all."""
    text = string(kept.get("text"))
    shifts = _shifts(text)

    def placed(kind: str, **names: str) -> list[Json]:
        return [
            {
                "start": shifts[min(whole(each.get("fromIndex")), len(text))],
                "end": shifts[min(whole(each.get("toIndex")), len(text))],
                **{new: string(each.get(old)) for new, old in names.items()},
            }
            for each in records(kept.get(kind))
        ]

    found = {
        "urls": placed("urls", url="shortUrl", expanded_url="expandedUrl", display_url="displayUrl"),
        "mentions": placed("mentions", username="screenName"),
        "hashtags": placed("hashtags", tag="text"),
        "cashtags": placed("cashtags", tag="text"),
    }
    escaped = "".join(CODES.get(letter, letter) for letter in text)
    return {"text": escaped, "entities": {kind: entries for kind, entries in found.items() if entries}}


def _shifts(text: str) -> list[int]:
    """Where each letter stands once the text is escaped, and where the text ends."""
    found = [0]
    for letter in text:
        found.append(found[-1] + len(CODES.get(letter, letter)))
    return found
