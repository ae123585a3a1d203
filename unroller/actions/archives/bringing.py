"""Pictures and videos out of an archive, kept here for members: their threads show them when X no longer does.

They count as what a member keeps, within the same room. They are shown in their own thread alone
(`KeptMedium.brought`): a zip can claim any address, and no other page shows what it brought for one.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from django.utils import timezone

from accounts.models import User
from billing.entitlements import plan_for
from billing.plans import Feature
from unroller import kept
from unroller.actions import copies, keeping, media
from unroller.actions.archives import files
from unroller.actions.copying import MOST_BYTES_A_PICTURE, MOST_BYTES_A_RECORDING, MOST_BYTES_A_THREAD
from unroller.core.errors import BadArchive, UnrollError
from unroller.core.posts import Media
from unroller.core.posts import Thread as Content
from unroller.models import Archive, ArchivedThread, Copies, Keeper, Keeping, KeptMedium, Medium, Thread
from unroller.sources.x_archive import ArchiveReader


class Brought(NamedTuple):
    """Files of one thread that are in the storage, by their addresses; how many found no room."""

    media: dict[str, Medium]
    without_room: int = 0


class Bringing:
    """Brings the files of threads, one thread after the other, as far as a reader's room goes."""

    def __init__(self, user: User, reader: ArchiveReader, *, tell: Callable[[], None]) -> None:
        self._reader, self._tell = reader, tell
        self._is_member = plan_for(user).allows(Feature.KEPT_MEDIA)
        self._left = kept.quota(user) - kept.used(user) if self._is_member else 0

    def files_of(self, content: Content) -> Brought:
        """What the archive has of a thread's media, in the storage; nothing for who reads for free. Broken files and
        what is no picture, film or sound are left out. Raises whatever a storage raises."""
        found: dict[str, Medium] = {}
        without_room = weight = 0
        for medium, name in self._named(content) if self._is_member else ():
            size = self._reader.size_of(name)
            if medium.url in found or size > _most(medium) or weight + size > MOST_BYTES_A_THREAD:
                continue
            if size > self._left:
                without_room += 1
                continue
            self._tell()
            stored = self._bring(name)
            if stored is not None:
                found[medium.url] = stored
                weight += stored.size
                self._left -= stored.size
        return Brought(found, without_room)

    def _named(self, content: Content) -> list[tuple[Media, str]]:
        pairs = [
            (medium, name)
            for post in content.posts
            for medium, name in zip(post.media, self._reader.media(post), strict=True)
        ]
        return [(medium, name) for medium, name in pairs if name and not medium.streamed]

    def _bring(self, name: str) -> Medium | None:
        """A file of the zip into the storage, through one on the disk; None for what is broken or is no medium."""
        with tempfile.NamedTemporaryFile(dir=files.folder(), suffix=".medium") as file:
            try:
                with self._reader.open_medium(name) as source:
                    shutil.copyfileobj(source, file)
                file.seek(0)
                kind = media.kind(file.read(16))
            except (BadArchive, UnrollError):
                return None
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return copies.put(Path(file.name), digest=digest, kind=kind)


def point(archive: Archive, thread: Thread, brought: Brought) -> int:
    """The thread shows these files from now on, in the caller's transaction, its row locked; how many.

    Nothing is shown in a thread that everybody reads unless the account is proved to be the reader's.
    """
    if not (thread.private or archive.is_public):
        return 0
    owned = ArchivedThread.objects.filter(user=archive.user_id, thread=thread)
    if not brought.media:
        if brought.without_room:
            owned.filter(copies=Copies.UNDECIDED).update(copies=Copies.NO_ROOM)
        return 0
    done = {"finished_at": timezone.now(), "changed_at": thread.changed_at}
    row, _ = Keeping.objects.get_or_create(thread=thread, defaults=done)
    here = Medium.objects.select_for_update(no_key=True).filter(pk__in=[each.pk for each in brought.media.values()])
    alive = set(here.values_list("pk", flat=True))
    wanted = {address: each for address, each in brought.media.items() if each.pk in alive}
    for address, each in wanted.items():
        values = {"address": address, "medium": each, "brought": True}
        KeptMedium.objects.get_or_create(keeping=row, address_digest=kept.digest_of(address), defaults=values)
    Keeper.objects.get_or_create(user=archive.user)
    owned.update(copies=Copies.KEPT)
    keeping.weigh(thread.pk)
    keeping.forget_page(thread)
    return len(wanted)


def _most(medium: Media) -> int:
    return MOST_BYTES_A_PICTURE if medium.type == "photo" else MOST_BYTES_A_RECORDING
