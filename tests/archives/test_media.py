"""Pictures and videos out of an archive: kept for members, shown in their own thread alone."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.archives.bringing import a_zip, proves, read
from tests.follows import a_reader
from tests.x_archives import JPEG, Json, after, chain, photo
from unroller import kept, media
from unroller.actions import cases, copies, copying, keeping, moderating, threads
from unroller.actions import media as pictures
from unroller.actions.archives import publishing, reading
from unroller.core.errors import UnrollError
from unroller.models import ArchivedThread, Case, Copies, Hiding, Keeping, KeptMedium, Thread

pytestmark = pytest.mark.django_db

ADDRESS = "https://pbs.twimg.com/media/boat.jpg"
NAME = f"tweets_media/{after(0, 0)}-boat.jpg"


def with_a_picture() -> list[Json]:
    text = "A boat https://t.co/boat"
    posts = chain((text, "It sails.", "It is gone."))
    posts[0]["tweet"]["extended_entities"] = {"media": [photo(text, "https://t.co/boat", after(0, 0), "boat.jpg")]}
    return posts


@pytest.fixture
def member() -> User:
    return a_reader("alice", premium=True)


def pages_address(thread: Thread) -> str:
    """Where the thread's page has its picture from."""
    content = threads.content(thread)
    assert content is not None
    return kept.with_own_recordings(thread, content).head.media[0].url


def bytes_at(address: str) -> bytes:
    with pictures.opened(address).file as file:
        return file.read()


def test_a_members_pictures_are_kept_and_shown_from_here(member: User, tmp_path: Path) -> None:
    archive = read(member, a_zip(tmp_path, with_a_picture(), files={NAME: JPEG}))
    thread = Thread.objects.get()
    assert archive.report["media"] == 1
    assert bytes_at(pages_address(thread)) == JPEG
    assert kept.used(member) == len(JPEG)
    assert copies.check() == (0, 0)
    assert copies.collect_unused() == 0
    assert keeping.drop_unkept() == 0


def test_no_other_page_shows_what_a_zip_claims_of_an_address(member: User, tmp_path: Path) -> None:
    read(member, a_zip(tmp_path, with_a_picture(), files={NAME: JPEG}))
    thread = Thread.objects.get()
    assert kept.copy(ADDRESS) is None
    signed = pages_address(thread)
    forged = signed.replace(f"brought-{thread.pk}", f"brought-{thread.pk + 1}")
    assert media.brought_from(signed) == (ADDRESS, thread.pk)
    assert media.brought_from(forged) == (forged, None)
    with pytest.raises(UnrollError):
        pictures.opened(ADDRESS)


def test_who_reads_for_free_has_none_kept(ana: User, tmp_path: Path) -> None:
    read(ana, a_zip(tmp_path, with_a_picture(), files={NAME: JPEG}))
    assert not KeptMedium.objects.exists()
    assert pages_address(Thread.objects.get()) == ADDRESS


def test_what_finds_no_room_is_counted(member: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "quota", lambda user: 3)
    archive = read(member, a_zip(tmp_path, with_a_picture(), files={NAME: JPEG}))
    assert (archive.report["media"], archive.report["without_room"]) == (0, 1)
    assert ArchivedThread.objects.get().copies == Copies.NO_ROOM
    assert not KeptMedium.objects.exists()


def test_what_is_no_picture_is_left_out(member: User, tmp_path: Path) -> None:
    archive = read(member, a_zip(tmp_path, with_a_picture(), files={NAME: b"<svg onload=alert(1)>" * 9}))
    assert (archive.threads_stored, archive.report["media"]) == (1, 0)


def test_an_unproved_zip_puts_no_picture_into_a_public_thread(member: User, tmp_path: Path) -> None:
    owner = a_reader("owner")
    proves(owner)
    read(owner, a_zip(tmp_path, with_a_picture()))
    read(member, a_zip(tmp_path, with_a_picture(), "forged.zip", files={NAME: JPEG}))
    assert not KeptMedium.objects.exists()
    assert pages_address(Thread.objects.get()) == ADDRESS


def test_published_threads_keep_their_pictures(member: User, tmp_path: Path, client: Client) -> None:
    archive = read(member, a_zip(tmp_path, with_a_picture(), files={NAME: JPEG}))
    proves(member)
    publishing.publish(archive)
    reading.run(str(archive.pk))
    thread = Thread.objects.get(private=False)
    copying.run(str(thread.pk))
    assert keeping.drop_unkept() == 0
    assert bytes_at(pages_address(thread)) == JPEG
    assert media.address(pages_address(thread)) in client.get(thread.get_absolute_url()).content.decode()


def published(member: User, tmp_path: Path) -> Thread:
    """A thread with its author's picture, for everybody."""
    proves(member)
    read(member, a_zip(tmp_path, with_a_picture(), files={NAME: JPEG}))
    return Thread.objects.get(private=False)


def hide(thread: Thread) -> None:
    moderating.hide(thread.pk, "threats")


def ban(thread: Thread) -> None:
    cases.decide_author(thread.author, Case.Decision.BANNED, "threats")


def show(thread: Thread) -> None:
    moderating.show_again(thread.pk)


def lift(thread: Thread) -> None:
    cases.lift(thread.author, "a mistake")


@pytest.mark.parametrize(("away", "back"), [(hide, show), (ban, lift)])
@pytest.mark.parametrize("is_published", [True, False])
def test_a_hidden_thread_comes_back_with_the_pictures_of_its_author(
    member: User, tmp_path: Path, away: Callable[[Thread], None], back: Callable[[Thread], None], is_published: bool
) -> None:
    if is_published:
        thread = published(member, tmp_path)
    else:
        read(member, a_zip(tmp_path, with_a_picture(), files={NAME: JPEG}))
        thread = Thread.objects.get()
    address = pages_address(thread)
    away(thread)
    with pytest.raises(UnrollError):
        pictures.opened(address)
    assert keeping.drop_unkept() == copying.sweep() == 0
    copies.collect_unused()
    back(thread)
    assert bytes_at(pages_address(Thread.objects.get(pk=thread.pk))) == bytes_at(address) == JPEG


def test_pictures_of_a_hidden_thread_go_with_its_words(member: User, tmp_path: Path) -> None:
    thread = published(member, tmp_path)
    hide(thread)
    Hiding.objects.update(hidden_at=timezone.now() - timedelta(hours=25))
    assert moderating.go_on() == 1
    assert not Keeping.objects.exists()
    assert kept.used(member) == 0


def test_removed_for_good_they_go_too(member: User, tmp_path: Path) -> None:
    thread = published(member, tmp_path)
    hide(thread)
    moderating.remove(thread.pk)
    assert not KeptMedium.objects.exists()


def test_a_deleted_archive_lets_go_of_its_pictures(member: User, tmp_path: Path) -> None:
    archive = read(member, a_zip(tmp_path, with_a_picture(), files={NAME: JPEG}))
    proves(member)
    publishing.publish(archive)
    reading.run(str(archive.pk))
    ArchivedThread.objects.all().delete()
    assert keeping.drop_unkept() == 1
    assert not Keeping.objects.exists()
    assert kept.used(member) == 0
