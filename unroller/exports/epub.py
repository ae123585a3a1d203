"""Threads as a book: EPUB 3, written by ourselves: every word escaped, and the same bytes for the same thread."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from io import BytesIO
from itertools import chain
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from unroller.core.posts import Thread
from unroller.core.text import clean, one_line, without_direction_marks
from unroller.core.titles import excerpt
from unroller.exports.album import Album, Print
from unroller.exports.chapters import Chapter, Entry, chapters
from unroller.exports.package import (
    CONTAINER,
    Facts,
    contents,
    cover_page,
    items,
    old_contents,
    package,
    page,
)
from unroller.exports.pictures import Picture
from unroller.exports.wording import author, heading
from unroller.exports.xhtml import language_tag, uri

STYLE = Path(__file__).with_name("book.css")
FIRST_YEAR, LAST_YEAR = 1980, 2107
"""What a zip file can tell as a year."""
JPEG = b"\xff\xd8\xff"


def export(thread: Thread, pictures: Mapping[str, Picture], *, cover: bytes = b"", address: str = "") -> bytes:
    """One thread as a book. `pictures`: network's address → picture, each asked for once; where one is missing there is
    a line of text. `cover`: PNG or JPEG. `address`: where we show the thread."""
    return _book([(thread, address)], pictures, title=heading(thread), cover=cover)


def bundle(
    threads: Sequence[tuple[Thread, str]], pictures: Mapping[str, Picture], *, title: str, cover: bytes = b""
) -> bytes:
    """Several threads, at least one, as one book: each with its address on our site, a chapter each."""
    return _book(threads, pictures, title=one_line(title) or "Threads", cover=cover, is_bundle=True)


def _book(
    threads: Sequence[tuple[Thread, str]],
    pictures: Mapping[str, Picture],
    *,
    title: str,
    cover: bytes,
    is_bundle: bool = False,
) -> bytes:
    book = BytesIO()
    with ZipFile(book, "w") as archive:
        binding = _Binding(archive, threads[0][0].head.created_at)
        album = Album(pictures, binding.put)
        written = [
            chapters(thread, album, name=f"thread-{number}", address=address)
            for number, (thread, address) in enumerate(threads, 1)
        ]
        pages = list(chain.from_iterable(written))
        for chapter in pages:
            binding.put(chapter.file, page(chapter.title, chapter.content, direction=chapter.direction))
        front = _cover(cover)
        if front:
            binding.put(front.href, cover)
            binding.put("cover.xhtml", cover_page(front.href, title))
        entries = [_whole(parts) for parts in written] if is_bundle else _single(written[0])
        facts = _facts([thread for thread, _ in threads], title, is_described=album.is_described)
        nav = contents(entries, title=title, has_cover=bool(front), first=pages[0].file, is_folded=is_bundle)
        binding.put("nav.xhtml", nav)
        binding.put("toc.ncx", old_contents(entries, facts))
        binding.put("book.css", STYLE.read_bytes())
        binding.put("package.opf", package(facts, items(pages, album.prints, cover=front, is_bundle=is_bundle)))
    return book.getvalue()


class _Binding:
    """Puts files into a zip file. All of them have one time, the first thread's."""

    def __init__(self, archive: ZipFile, moment: datetime) -> None:
        self._archive = archive
        moment = moment.astimezone(UTC)
        year = min(max(moment.year, FIRST_YEAR), LAST_YEAR)
        self._time = (year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
        # The first file of the zip, and not compressed: so programs know an EPUB by its first bytes.
        self._write("mimetype", b"application/epub+zip", is_packed=False)
        self._write("META-INF/container.xml", CONTAINER.encode())

    def put(self, name: str, content: bytes | str) -> None:
        """A file of the book. Pictures are packed already."""
        data = content.encode() if isinstance(content, str) else content
        self._write(f"EPUB/{name}", data, is_packed=not name.startswith("pictures/"))

    def _write(self, name: str, data: bytes, *, is_packed: bool = True) -> None:
        info = ZipInfo(name, self._time)
        info.compress_type = ZIP_DEFLATED if is_packed else ZIP_STORED
        info.create_system = 3
        info.external_attr = 0o644 << 16
        self._archive.writestr(info, data)


def _cover(cover: bytes) -> Print | None:
    if not cover:
        return None
    is_jpeg = cover.startswith(JPEG)
    return Print(
        "pictures/cover.jpg" if is_jpeg else "pictures/cover.png", "image/jpeg" if is_jpeg else "image/png", 0, 0
    )


def _single(parts: Sequence[Chapter]) -> list[Entry]:
    """The contents of one thread: its posts, below the files they are in where there are several."""
    if len(parts) == 1:
        return list(parts[0].entries)
    return [Entry(part.label, part.file, part.entries) for part in parts]


def _whole(parts: Sequence[Chapter]) -> Entry:
    """One thread in a bundle's contents."""
    return Entry(parts[0].title, parts[0].file, tuple(chain.from_iterable(part.entries for part in parts)))


def _facts(threads: Sequence[Thread], title: str, *, is_described: bool) -> Facts:
    heads = [thread.head for thread in threads]
    languages = [language_tag(head.lang) for head in heads]
    names = " ".join(f"{thread.source}:{thread.head.id}" for thread in threads)
    is_rtl = all(head.direction == "rtl" for head in heads)
    return Facts(
        identifier=f"urn:uuid:{uuid5(NAMESPACE_URL, clean(names))}",
        title=without_direction_marks(title),
        creators=tuple(dict.fromkeys(author(thread) for thread in threads)),
        language=max(filter(None, languages), key=languages.count, default="en"),
        published=min(head.created_at for head in heads),
        modified=max(post.created_at for thread in threads for post in thread.posts),
        sources=tuple(filter(None, (uri(head.url) for head in heads))),
        description=excerpt(heads[0].opening) if len(threads) == 1 else "; ".join(map(heading, threads)),
        is_described=is_described,
        direction="rtl" if is_rtl else "ltr",
    )
