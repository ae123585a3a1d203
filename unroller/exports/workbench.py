"""What `workshop` runs as a process of its own: pictures scaled one at a time, then the file.

It reads its task as JSON and says on its standard output, a line each, `pictures 3 72` and at the end `made pdf`.
"""

import json
import os
import resource
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import regex

from unroller.core.posts import Thread, from_document
from unroller.exports import epub, pdf
from unroller.exports.cover import cover
from unroller.exports.pictures import Picture, Unusable, scaled
from unroller.exports.typeset import Data
from unroller.exports.wording import author, heading, network
from unroller.lifeline import die_with_parent

MOST_FILE = 2_000_000_000
NICENESS = 10


class Shelf(Mapping[str, Picture]):
    """Pictures on disk, each of them read when it is asked for: two thousand do not fit in memory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._facts: dict[str, tuple[Path, str, int, int]] = {}

    def put(self, url: str, picture: Picture) -> None:
        path = self._folder / str(len(self._facts))
        path.write_bytes(picture.data)
        self._facts[url] = (path, picture.type, picture.width, picture.height)

    def __getitem__(self, url: str) -> Picture:
        path, kind, width, height = self._facts[url]
        return Picture(path.read_bytes(), kind, width, height)

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def __contains__(self, url: object) -> bool:
        return url in self._facts


def main() -> None:
    """Do one task."""
    task = json.load(sys.stdin)
    _limit(task)
    with tempfile.TemporaryDirectory() as folder:
        shelf = Shelf(Path(folder))
        _fill(shelf, task["files"])
        if task["kind"] == "bundle":
            _say("made", _bundle(task, shelf))
        else:
            _say("made", _write(task, from_document(task["thread"]), shelf))


def _limit(task: Mapping[str, Any]) -> None:
    """Before anything is read that came from a network."""
    die_with_parent(signal.SIGKILL, parent=task["parent"])
    os.nice(NICENESS)
    seconds = max(1, round(task["seconds"]))
    for what, most in (
        (resource.RLIMIT_AS, task["memory"]),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, MOST_FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _fill(shelf: Shelf, files: Mapping[str, str]) -> None:
    """Scale the pictures. What is none is left out."""
    for number, (url, path) in enumerate(files.items(), 1):
        try:
            shelf.put(url, scaled(Path(path).read_bytes()))
        except (Unusable, OSError) as error:
            sys.stderr.write(f"{url}: {error}\n")
        _say("pictures", number, len(files))


def _write(task: Mapping[str, Any], thread: Thread, pictures: Shelf) -> str:
    """The ending of the file that was written."""
    out, address = Path(task["out"]), str(task["address"])
    if task["kind"] == "epub":
        out.write_bytes(epub.export(thread, pictures, cover=_cover(thread), address=address))
        return "epub"
    paper: pdf.Paper = "a4" if task["kind"] == "pdf-a4" else "letter"
    with tempfile.TemporaryDirectory() as folder:
        paths: list[Path] = []
        for volume in pdf.volumes(thread, pictures, paper=paper, address=address, typeset=_apart):
            paths.append(Path(folder) / str(len(paths)))
            paths[-1].write_bytes(volume)
        if len(paths) == 1:
            out.write_bytes(paths[0].read_bytes())
            return "pdf"
        _bind(paths, out, thread)
        return "zip"


def _bundle(task: Mapping[str, Any], pictures: Shelf) -> str:
    """Several threads as one book; the ending of its file."""
    threads = [(from_document(document), str(address)) for document, address in task["threads"]]
    title, (first, second) = str(task["title"]), task["lines"]
    book = epub.bundle(threads, pictures, title=title, cover=cover(title, str(first), str(second), lang="en"))
    Path(task["out"]).write_bytes(book)
    return "epub"


def _apart(document: Data, paper: str, folder: str) -> bytes:
    """One volume by a process of its own: Typst keeps the pictures of one for the next, until memory is full."""
    out, parent = Path(folder) / "volume.pdf", os.getpid()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            die_with_parent(signal.SIGKILL, parent=parent)
            out.write_bytes(pdf.typeset_here(document, paper, folder))
            status = 0
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status:
        sys.exit(f"A volume ended with exit status {status}.")
    return out.read_bytes()


def _bind(volumes: list[Path], out: Path, thread: Thread) -> None:
    """Several files as one, in which a PDF file, being compressed already, is stored as it is."""
    stem = f"{regex.sub(r'[^A-Za-z0-9_]+', '-', thread.author.handle).strip('-')}-{thread.head.created_at:%Y-%m-%d}"
    with ZipFile(out, "w", ZIP_STORED) as bound:
        for number, path in enumerate(volumes, 1):
            bound.writestr(ZipInfo(f"{stem.lstrip('-')}-{number}-of-{len(volumes)}.pdf"), path.read_bytes())


def _cover(thread: Thread) -> bytes:
    head = thread.head
    where = f"A thread on {network(thread)}"
    return cover(heading(thread), author(thread), where, lang=head.lang, direction=head.direction)


def _say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
