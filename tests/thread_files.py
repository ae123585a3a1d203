"""Files of threads for tests: a place of their own, pictures of the sandbox, and a file that is made."""

from datetime import timedelta
from pathlib import Path

from django.utils import timezone
from pytest_django import Settings

from tests.sandbox.media import Picture
from tests.sandbox.server import Sandbox
from tests.threads import a_thread
from tests.whole_person import keep_files_in
from unroller.actions import thread_files
from unroller.core.posts import Media
from unroller.models import Thread, ThreadFile

Kind = ThreadFile.Kind


def own_place(folder: Path, settings: Settings) -> Path:
    """Where this test alone stores files and keeps pictures; answers the folder of stored files."""
    settings.DATA_DIR = folder
    keep_files_in(folder / "files", settings)
    return folder / "files"


def photos(sandbox: Sandbox, count: int, *, scene: str = "coast") -> tuple[Media, ...]:
    """Small pictures on the sandbox's media server, each another."""
    drawn = [Picture(scene, 60, 40, seed=str(number)) for number in range(count)]
    return tuple(Media(type="photo", url=sandbox.urls()["media"] + each.path(), alt="A coast") for each in drawn)


def made(thread: Thread, kind: ThreadFile.Kind = Kind.PDF_A4) -> ThreadFile:
    """A thread's file, as its worker leaves it."""
    file = thread_files.ask(thread, kind)
    thread_files.run(str(file.pk))
    file.refresh_from_db()
    return file


def stored(place: Path) -> list[str]:
    """What lies in the storage, by the names of the files alone."""
    return sorted(path.name for path in place.rglob("*") if path.is_file())


def expire_lease(file: ThreadFile) -> None:
    """As if its worker had been silent for too long."""
    ThreadFile.objects.filter(pk=file.pk).update(leased_until=timezone.now() - timedelta(seconds=1))


def changed(thread: Thread) -> Thread:
    """A newer version of a thread: it has grown by a post."""
    return a_thread(thread.post_count + 1, first=int(thread.path))
