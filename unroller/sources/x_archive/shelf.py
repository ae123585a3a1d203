"""All posts of an archive, so that a million of them need little memory: their places in arrays, their words in a file.

The file has no name and vanishes with the process. A row is a number; once settled, rows are in the order of their ids.
"""

from array import array
from bisect import bisect_left
from pathlib import Path
from tempfile import TemporaryFile
from typing import NamedTuple

import msgspec

from unroller.sources.x.payload import Json
from unroller.sources.x_archive.tweets import Facts, Tweet

OWN, GREETS, OLDER = 1, 2, 4


class Slip(NamedTuple):
    """Where something lies in the file; nowhere with a length of 0."""

    at: int
    length: int


NOWHERE = Slip(0, 0)


class Shelf:
    """Write all posts, settle, then ask."""

    def __init__(self, workspace: Path | None) -> None:
        self._file = TemporaryFile(dir=workspace)  # noqa: SIM115  (lives as long as the shelf)
        self._end = 0
        self._decoder = msgspec.json.Decoder(tuple[Tweet, int, int])
        self._versions: dict[int, tuple[int, ...]] = {}
        self._latest: dict[int, int] = {}
        self.ids = array("q")
        self.parents = array("q")
        self.seconds = array("d")
        self._marks = array("B")
        self._places = array("q")
        self._lengths = array("l")

    def __len__(self) -> int:
        return len(self.ids)

    def close(self) -> None:
        self._file.close()

    def put(self, value: object) -> Slip:
        """Keep plain data."""
        body = msgspec.json.encode(value)
        self._file.seek(self._end)
        self._file.write(body)
        slip = Slip(self._end, len(body))
        self._end += len(body)
        return slip

    def json(self, slip: Slip) -> Json:
        """Plain data that was kept."""
        found: Json = msgspec.json.decode(self._read(slip)) if slip.length else {}
        return found

    def _read(self, slip: Slip) -> bytes:
        self._file.seek(slip.at)
        return self._file.read(slip.length)

    def add(self, tweet: Tweet, known: Facts, *, note: Slip = NOWHERE) -> None:
        """`note`: where the whole of a long post lies."""
        slip = self.put((tweet, note.at, note.length))
        self.ids.append(known.id)
        self.parents.append(known.parent)
        self.seconds.append(known.seconds)
        self._marks.append(OWN * known.answers_owner | GREETS * known.greets)
        self._places.append(slip.at)
        self._lengths.append(slip.length)
        if known.versions:
            self._versions[known.id] = known.versions

    def tweet(self, row: int) -> tuple[Tweet, Json]:
        """The post, and the whole of a long one."""
        tweet, at, length = self._decoder.decode(self._read(Slip(self._places[row], self._lengths[row])))
        return tweet, self.json(Slip(at, length))

    def settle(self) -> tuple[int, int]:
        """Bring the rows into order and the versions of edited posts together; how many posts were there twice, and
        how many are older versions."""
        ids = self.ids
        rows = sorted(range(len(ids)), key=ids.__getitem__)
        kept = [row for place, row in enumerate(rows) if not place or ids[row] != ids[rows[place - 1]]]
        for name in ("ids", "parents", "seconds", "_marks", "_places", "_lengths"):
            old = getattr(self, name)
            setattr(self, name, array(old.typecode, [old[row] for row in kept]))
        for own in sorted(self._versions, reverse=True):
            newest = self._latest.get(own, own)
            for version in self._versions[own]:
                if version != newest and (version < newest or not self._has(version)):
                    self._latest.setdefault(version, newest)
        older = [row for version in self._latest if (row := self._place(version)) >= 0]
        for row in older:
            self._marks[row] |= OLDER
        return len(rows) - len(kept), len(older)

    def row(self, any_id: int) -> int:
        """Where the latest version of a post stands; -1 where the archive does not hold it."""
        return self._place(self._latest.get(any_id, any_id))

    def _place(self, own: int) -> int:
        place = bisect_left(self.ids, own)
        return place if place < len(self.ids) and self.ids[place] == own else -1

    def _has(self, own: int) -> bool:
        return self._place(own) >= 0

    def answers_owner(self, row: int) -> bool:
        return bool(self._marks[row] & OWN)

    def greets(self, row: int) -> bool:
        return bool(self._marks[row] & GREETS)

    def is_older(self, row: int) -> bool:
        """Whether it was edited later."""
        return bool(self._marks[row] & OLDER)
