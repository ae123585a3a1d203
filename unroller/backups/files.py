"""The site's files, wherever they are kept: all that is asked of the storage is what every storage can do."""

from collections.abc import Iterator
from typing import IO

from django.core.files.storage import default_storage

from unroller.actions.archives import in_store

from .container import CHUNK

PASSING = frozenset({in_store.FOLDER})
"""Folders of what only passes through: whole zips of X, private messages included, of which nothing may stay."""


def names(folder: str = "") -> Iterator[str]:
    """The files below a folder, one folder after another. One that vanishes meanwhile has nothing in it."""
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in filter(None, sorted(files)):
        yield f"{folder}/{name}" if folder else name
    for name in filter(None, sorted(folders)):
        below = f"{folder}/{name}" if folder else name
        if below not in PASSING:
            yield from names(below)


def chunks(file: IO[bytes]) -> Iterator[bytes]:
    """The bytes of an opened file, which is closed afterwards."""
    with file:
        while chunk := file.read(CHUNK):
            yield chunk


def opened(name: str) -> IO[bytes] | None:
    """A file; None where it was deleted since it was listed."""
    try:
        return default_storage.open(name)
    except FileNotFoundError:
        return None
