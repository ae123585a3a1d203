"""How attachments stand on a page: every size known before anything loads, photos in rows of equal height."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from math import ceil
from typing import NamedTuple

from unroller.core.posts import Media
from unroller.core.text import is_web

MOST_WIDTH = 1000
MOST_HEIGHT = 720
"""CSS pixels. Wider than any column, and about as tall as a window."""
LEGIBLE_WIDTH = 320
"""A very tall picture (a screenshot of a page) is allowed to be taller than a window rather than narrower than this."""
ROW_RATIO = 3.6
"""How wide a row of photos is at most, in multiples of its height: two of 16:9."""
ROW_LENGTH = 3
UNKNOWN_PHOTO = (800, 600)
UNKNOWN_RECORDING = (800, 450)
SHORT_DESCRIPTION = 120
"""Characters of a description that can stand below its picture as a caption."""


class Frame(NamedTuple):
    """One attachment and its box in CSS pixels; `known` is false for a box that is a guess."""

    media: Media
    width: int
    height: int
    known: bool


class Figure(NamedTuple):
    """Photos that stand together, in rows, or one recording. `descriptions` are those a reader may unfold."""

    rows: tuple[tuple[Frame, ...], ...] = ()
    recording: Frame | None = None
    caption: str = ""
    descriptions: tuple[str, ...] = ()


def figures(items: Sequence[Media]) -> list[Figure]:
    """A post's attachments in their order, neighboring photos together; none whose address is no web address."""
    found: list[Figure] = []
    shown = [media for media in items if is_web(media.url)]
    for is_photo, run in groupby(shown, key=lambda media: media.type == "photo"):
        if is_photo:
            found.append(_photos(list(run)))
        else:
            found += [_recording(media) for media in run]
    return found


def _photos(photos: list[Media]) -> Figure:
    rows = tuple(_row(row) for row in _split(photos))
    return _described(Figure(rows=rows), [photo.alt for photo in photos])


def _recording(media: Media) -> Figure:
    return _described(Figure(recording=_frame(media, UNKNOWN_RECORDING)), [media.alt])


def _described(figure: Figure, alts: list[str]) -> Figure:
    """A single short description is a caption; anything longer or more is folded."""
    if len(alts) == 1 and len(alts[0]) <= SHORT_DESCRIPTION:
        return figure._replace(caption=alts[0])
    return figure._replace(descriptions=tuple(filter(None, alts)))


def _split(photos: list[Media]) -> Iterable[list[Media]]:
    """Into as many rows as their proportions need, the shorter rows first."""
    breadth = sum(min(ROW_RATIO, _ratio(photo)) for photo in photos)
    count = min(len(photos), max(ceil(breadth / ROW_RATIO), ceil(len(photos) / ROW_LENGTH)))
    start = 0
    for index in range(count):
        end = start + (len(photos) - start) // (count - index)
        yield photos[start:end]
        start = end


def _row(photos: list[Media]) -> tuple[Frame, ...]:
    """Equal heights: the style sheet shrinks all of a row alike, so widths that are in proportion stay so."""
    if len(photos) == 1:
        return (_frame(photos[0], UNKNOWN_PHOTO),)
    return tuple(
        Frame(photo, max(1, round(MOST_HEIGHT * _ratio(photo))), MOST_HEIGHT, _is_known(photo)) for photo in photos
    )


def _frame(media: Media, unknown: tuple[int, int]) -> Frame:
    if not _is_known(media):
        return Frame(media, *unknown, known=False)
    width = min(media.width, MOST_WIDTH, max(LEGIBLE_WIDTH, MOST_HEIGHT * _ratio(media)))
    return Frame(media, max(1, round(width)), max(1, round(width / _ratio(media))), known=True)


def _ratio(media: Media) -> float:
    width, height = (media.width, media.height) if _is_known(media) else UNKNOWN_PHOTO
    return width / height


def _is_known(media: Media) -> bool:
    return media.width > 0 and media.height > 0
