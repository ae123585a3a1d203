"""Where files lie: the storage can be written and read, and the disks have room (docs/operating.md, "The disk")."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from .finding import Finding, broken, in_words, ok, warning

LEAST_FREE, ENOUGH_FREE = 200_000_000, 3_000_000_000
"""Bytes: below the first nothing can be relied on; the second is what one large thread may take while it is made."""


def storage() -> Iterator[Finding]:
    """Write a small file, read it back, delete it."""
    words = secrets.token_bytes(32)
    mend = "See that the folder or the bucket is there, has room, and that this user may write to it."
    try:
        name = default_storage.save(f"doctor/{secrets.token_hex(8)}", ContentFile(words))
        try:
            with default_storage.open(name) as file:
                same = file.read() == words
        finally:
            default_storage.delete(name)
    except OSError as error:
        yield broken("storage", in_words(error), mend)
        return
    if same:
        yield ok("storage", "a small file was written, read and deleted")
    else:
        yield broken("storage", "what is read is not what was written", mend)


def disks() -> Iterator[Finding]:
    """Room in the data folder and in the one for temporary files, and that both can be written to."""
    folders = {"DATA_DIR": Path(settings.DATA_DIR), "temporary files": Path(tempfile.gettempdir())}
    for name, folder in folders.items():
        yield _room(name, folder)


def _room(name: str, folder: Path) -> Finding:
    try:
        free = shutil.disk_usage(folder).free
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(os.urandom(4096))
    except OSError as error:
        return broken(name, f"{folder}: {in_words(error)}", "Make the folder, and let this user write to it.")
    sentence = f"{free / 1e9:,.1f} GB free in {folder}"
    if free < LEAST_FREE:
        return broken(name, sentence, "Make room: nothing can be written soon.")
    if free < ENOUGH_FREE:
        return warning(name, sentence, f"Make room: {ENOUGH_FREE / 1e9:.0f} GB for each process of `export`.")
    return ok(name, sentence)


LOOKS = (storage, disks)
