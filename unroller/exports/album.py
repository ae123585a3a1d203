"""The pictures of one book: each is put into the file once, when a page first shows it."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from unroller.exports.pictures import Picture

ENDINGS = {"image/jpeg": "jpg", "image/png": "png"}


class Print(NamedTuple):
    """A picture that is in the book: its file, relative to the pages, and its type and size in pixels."""

    href: str
    type: str
    width: int
    height: int


class Album:
    """Looks a picture up once, so that pictures may be made while they are asked for, and keeps no more than names."""

    def __init__(self, pictures: Mapping[str, Picture], put: Callable[[str, bytes], None]) -> None:
        self._pictures = pictures
        self._put = put
        self._prints: dict[str, Print | None] = {}
        self._count = 0
        self.is_described = True
        """Whether every photo shown so far has words for those who cannot see it."""

    @property
    def prints(self) -> list[Print]:
        """What is in the book, in the order of its pages."""
        return [found for found in self._prints.values() if found]

    def print(self, address: str) -> Print | None:
        """The picture at a network's address; None where it could not be had."""
        if address not in self._prints:
            self._prints[address] = self._add(self._pictures.get(address))
        return self._prints[address]

    def _add(self, picture: Picture | None) -> Print | None:
        if picture is None or picture.type not in ENDINGS:
            return None
        self._count += 1
        href = f"pictures/{self._count}.{ENDINGS[picture.type]}"
        self._put(href, picture.data)
        return Print(href, picture.type, picture.width, picture.height)
