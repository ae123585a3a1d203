"""The handles at the beginning of a reply that X puts there and does not show.

The API tells where a post's own words begin; the archive says 0 (measured) also where handles come first. So it is
found out: an answer to somebody begins with their handle and those of their company; the answers to oneself below it
carry the same company on. What else the author wrote to somebody by name stays.
"""

from datetime import UTC, datetime

from unroller.sources.fields import string
from unroller.sources.x.words import HANDLE_BEFORE
from unroller.sources.x_archive.shelf import Shelf
from unroller.sources.x_archive.tweets import Tweet, parent_of, words_of

HIDDEN_SINCE = datetime(2017, 3, 30, tzinfo=UTC).timestamp()
"""Before that day people wrote those handles themselves, and X shows them."""


class Greetings:
    """Of one thread; its posts are asked about parents first."""

    def __init__(self, shelf: Shelf, handle: str) -> None:
        self._shelf = shelf
        self._handle = handle.lower()
        self._company: dict[int, set[str]] = {}

    def lead(self, row: int, tweet: Tweet) -> int:
        """Where the own words of a post begin, in code points."""
        if not parent_of(tweet) or self._shelf.seconds[row] < HIDDEN_SINCE:
            return 0
        text, named = words_of(tweet), string(tweet.in_reply_to_screen_name).lower()
        greeted = handles(text)
        if self._shelf.answers_owner(row):
            known = self._company.get(self._shelf.row(self._shelf.parents[row]), set()) | {self._handle}
        else:
            known = set(greeted) if named in greeted else set()
        end = 0
        for handle, behind in greeted.items():
            if handle not in known:
                break
            end = behind
        self._company[row] = {handle for handle, behind in greeted.items() if behind <= end}
        return end


def handles(text: str) -> dict[str, int]:
    """The handles that a text begins with, in lower case, and where each ends."""
    found: dict[str, int] = {}
    end = 0
    while (match := HANDLE_BEFORE.match(text, end)) is not None:
        end = match.end()
        found[match.group(1).lower()] = end
    return found
