"""Libraries that become files, for tests."""

import io
import zipfile
from pathlib import Path

from django.core.files.storage import default_storage

from accounts.models import User
from tests.threads import a_thread
from unroller.actions import library, library_exports
from unroller.core.posts import Person
from unroller.models import LibraryExport, LibraryPart, Thread

ANA = Person(id="did:plc:ana", handle="ana.example", name="Ana", url="https://bsky.app/profile/ana.example")


def keep(user: User, count: int, *, first: int = 1, posts: int = 1, source: str = "bluesky") -> list[Thread]:
    """So many saved threads; those of Bluesky are free of X's rule."""
    found = []
    for number in range(first, first + count * 1_000, 1_000):
        changes = {"author": ANA} if source == "bluesky" else {}
        thread = a_thread(posts, first=number, source=source, text=f"About {number}.", **changes)
        library.save(user, thread)
        found.append(thread)
    return found


def made(user: User, kind: LibraryExport.Kind = LibraryExport.Kind.MARKDOWN) -> LibraryExport:
    """An export after as many runs as it takes."""
    export = library_exports.ask(user, kind)
    for _ in range(20):
        library_exports.run(str(export.id))
        export.refresh_from_db()
        if export.finished_at or export.not_before:
            break
    return export


def contents(part: LibraryPart) -> dict[str, bytes]:
    with default_storage.open(part.file) as file, zipfile.ZipFile(io.BytesIO(file.read())) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def stored(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in (folder / "libraries").rglob("*.zip"))
