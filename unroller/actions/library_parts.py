"""One part of a library as files: a zip with a file for each thread, and a page that lists them."""

import shutil
import zipfile
from collections.abc import Sequence
from typing import IO, Any, NamedTuple, Self

from django.conf import settings
from django.utils import timezone

from unroller.core.names import file_name
from unroller.core.text import one_line
from unroller.exports.markup import indented, line, link
from unroller.models import Saved, Thread

MOST_THREADS = 500
MOST_BYTES = 200 * 1024 * 1024
"""Of a part, so that it can be downloaded, and a killed worker loses no more."""
COPIED_AT_ONCE = 1024 * 1024
README = "README.md"


class Content(NamedTuple):
    """What goes into the zip for a thread: an open file, how many bytes, and what its name ends with."""

    body: IO[bytes]
    size: int
    ending: str


class Part:
    """A zip that is being written to a file."""

    def __init__(self, file: IO[bytes]) -> None:
        self.seen: set[int] = set()
        """Saved threads that were dealt with, or have to wait."""
        self.waiting: list[int] = []
        """Those of them that have to wait."""
        self.thread_ids: list[int] = []
        self.threads = 0
        self.size = 0
        self.left_out: list[dict[str, str]] = []
        self._archive = zipfile.ZipFile(file, "w")
        self._names = {README.lower()}
        self._rows: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    @property
    def dealt_with(self) -> int:
        return self.threads + len(self.left_out)

    @property
    def is_full(self) -> bool:
        return self.dealt_with >= MOST_THREADS

    def has_room(self, size: int) -> bool:
        """Whether so many bytes more fit; a part that is empty takes a file of any size."""
        return self.threads == 0 or self.size + size <= MOST_BYTES

    def add(self, saved: Saved, content: Content) -> None:
        """A thread's file, under a name that no other has."""
        thread = saved.thread
        name = self._free(file_name(thread.author.handle, thread.posted_at, title=thread.title, ending=content.ending))
        entry = _entry(name, compressed=content.ending in {"pdf", "epub", "zip"})
        with self._archive.open(entry, "w", force_zip64=True) as out:
            shutil.copyfileobj(content.body, out, COPIED_AT_ONCE)
        self._rows.append(_row(saved, name))
        self.threads += 1
        self.size += content.size
        self.thread_ids.append(thread.pk)
        self.seen.add(saved.pk)

    def leave_out(self, saved: Saved, why: str) -> None:
        """A thread of which there is no file."""
        thread = saved.thread
        self.left_out.append(left_out(thread, why))
        self.seen.add(saved.pk)

    def wait(self, saved: Saved) -> None:
        """A thread that is tried again later."""
        self.waiting.append(saved.pk)
        self.seen.add(saved.pk)

    def list_contents(self, number: int, left_out: Sequence[dict[str, Any]]) -> None:
        """The last file of the zip: a list of the others, and of everything that was left out so far."""
        heading = f"# Your library on {line(settings.SITE_NAME)}, part {number}"
        made = f"{self.threads} threads, put together on {timezone.now():%B %-d, %Y}."
        blocks = [heading, made.replace("1 threads", "1 thread") if self.threads == 1 else made, "\n".join(self._rows)]
        if left_out:
            rows = [f"- {link(line(each['address']), each['address'])}: {line(each['why'])}" for each in left_out]
            blocks += ["## Without a file", "\n".join(rows)]
        self._archive.writestr(_entry(README), "\n\n".join(filter(None, blocks)) + "\n")

    def _free(self, name: str) -> str:
        """A name that is not taken, also for systems that see no difference between A and a."""
        stem, _, ending = name.rpartition(".")
        number = 1
        while name.lower() in self._names:
            number += 1
            name = f"{stem}-{number}.{ending}"
        self._names.add(name.lower())
        return name


def title(thread: Thread) -> str:
    """What a thread is called where it has no title."""
    return one_line(thread.title) or f"A thread by {one_line(thread.author.name)}"


def address(thread: Thread) -> str:
    """Of its page here."""
    return f"{settings.SITE_URL}{thread.get_absolute_url()}"


def left_out(thread: Thread, why: str) -> dict[str, str]:
    """A thread in the list of those without a file. `thread` tells whose the title is, which goes with its thread."""
    return {"title": title(thread), "thread": thread.get_absolute_url(), "address": address(thread), "why": why}


def _row(saved: Saved, name: str) -> str:
    """A thread in the list: a link to its file, whose it is, the reader's tags and note."""
    thread = saved.thread
    about = [f"{line(thread.author.name)}, {thread.posted_at:%B %-d, %Y}"]
    about += [f"Tags: {line(', '.join(saved.tags))}"] if saved.tags else []
    row = f"- [{line(title(thread))}](<{name}>) · {' · '.join(about)}"
    if not saved.note:
        return row
    note = indented("\n".join(map(line, saved.note.splitlines())))
    return row + "\n" + "\n".join(f"  {each}" for each in note.split("\n"))


def _entry(name: str, *, compressed: bool = False) -> zipfile.ZipInfo:
    """A file of now. What is compressed by itself is stored as it is."""
    entry = zipfile.ZipInfo(name, timezone.now().timetuple()[:6])
    entry.compress_type = zipfile.ZIP_STORED if compressed else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
