"""Threads bound into one EPUB that is small enough for a mail: with their pictures where they fit."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Event

from unroller.actions.gathering import Tell, gather
from unroller.actions.making import attended
from unroller.core.posts import Thread as Content
from unroller.exports import pictures, workshop
from unroller.exports.workshop import Failed

MOST_PICTURES = 300
SECONDS = 180.0
"""For the binding; with the pictures' two minutes, and a second binding without them, it stays within a task's time."""

Chapters = Sequence[tuple[Content, str]]
"""Threads with their addresses here."""


class TooLarge(Exception):
    """Even without pictures."""


def bind(
    chapters: Chapters, folder: Path, *, title: str, lines: tuple[str, str], most: int, tell: Tell, plain: bool = False
) -> Path:
    """A book of at most `most` bytes, in `folder`; `plain` is one without pictures.

    `tell` is called all the while, and what it raises is raised. Raises workshop.Failed and TooLarge.
    """
    found = {} if plain else _within(gather(_wanted(chapters), folder, tell=tell), most)
    for files in [found, {}] if found else [{}]:
        out = folder / ("book" if files else "plain-book")
        try:
            _bind(chapters, files, out, title=title, lines=lines, tell=tell)
        except Failed:
            if not files:
                raise
        else:
            if out.stat().st_size <= most:
                return out
    raise TooLarge


def _bind(
    chapters: Chapters, files: Mapping[str, Path], out: Path, *, title: str, lines: tuple[str, str], tell: Tell
) -> None:
    def work(over: Event) -> str:
        workshop.bind(chapters, files, out, title=title, lines=lines, over=over, seconds=SECONDS)
        return "epub"

    attended(work, lambda: tell(len(files), len(files)))


def _wanted(chapters: Chapters) -> list[str]:
    addresses = (address for content, _ in chapters for address in pictures.wanted(content))
    return list(dict.fromkeys(addresses))[:MOST_PICTURES]


def _within(found: Mapping[str, Path], most: int) -> dict[str, Path]:
    """As many of the pictures, in their order, as fit; scaling makes nearly all of them smaller than they came."""
    kept: dict[str, Path] = {}
    room = most
    for address, path in found.items():
        size = path.stat().st_size
        if size <= room:
            kept[address] = path
            room -= size
    return kept
