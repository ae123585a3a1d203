"""Several threads as one book that is small enough for a mail, and the process that binds it."""

import zipfile
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.leases import LostLease
from tests.exports.books import check
from tests.sandbox.faults import FOR_EVER
from tests.sandbox.server import Sandbox
from tests.sandbox.world import World
from tests.sending.post import ANA
from tests.thread_files import own_place, photos
from tests.threads import a_thread
from unroller.actions import books, threads
from unroller.actions.books import Chapters, TooLarge
from unroller.exports import workshop

pytestmark = pytest.mark.django_db

LINES = ("2 threads", "Saved and not read yet")


@pytest.fixture(autouse=True)
def place(settings: Settings, tmp_path: Path) -> Path:
    return own_place(tmp_path, settings)


def quiet(_done: int, _total: int) -> None:
    """Nobody is told."""


def two(sandbox: Sandbox) -> Chapters:
    """Two threads with pictures, one of them in Arabic."""
    rows = [
        a_thread(2, media=photos(sandbox, 2)),
        a_thread(2, first=50, author=ANA, source="bluesky", text="عن البحر", lang="ar", direction="rtl"),
    ]
    found = [(threads.content(row), f"https://unroller.example{row.get_absolute_url()}") for row in rows]
    return [(content, address) for content, address in found if content]


def bound(chapters: Chapters, folder: Path, *, most: int = 25_000_000) -> Path:
    folder.mkdir()
    return books.bind(chapters, folder, title="Your week", lines=LINES, most=most, tell=quiet)


def pictures(book: Path) -> int:
    with zipfile.ZipFile(book) as archive:
        return sum("pictures/" in name and "cover" not in name for name in archive.namelist())


def test_the_book_holds_every_thread(sandbox: Sandbox, tmp_path: Path) -> None:
    book = bound(two(sandbox), tmp_path / "work")
    with zipfile.ZipFile(book) as archive:
        package = archive.read("EPUB/package.opf").decode()
        pages = " ".join(archive.read(name).decode() for name in archive.namelist() if name.endswith(".xhtml"))
    assert "Your week" in package
    assert "عن البحر" in pages
    assert "This is post 2." in pages
    assert "https://unroller.example/thread/x/1" in pages
    assert pictures(book) == 2


def test_the_book_is_valid(sandbox: Sandbox, tmp_path: Path) -> None:
    check(bound(two(sandbox), tmp_path / "work").read_bytes(), tmp_path)


def test_the_same_threads_make_the_same_bytes(sandbox: Sandbox, tmp_path: Path) -> None:
    chapters = two(sandbox)
    assert bound(chapters, tmp_path / "one").read_bytes() == bound(chapters, tmp_path / "two").read_bytes()


def test_pictures_that_do_not_fit_are_left_out(sandbox: Sandbox, tmp_path: Path) -> None:
    chapters = two(sandbox)
    whole = bound(chapters, tmp_path / "whole").stat().st_size
    plain = bound(chapters, tmp_path / "plain", most=whole - 1)
    assert plain.stat().st_size < whole
    assert pictures(plain) < 2


def test_a_book_that_is_too_large_even_so_is_none(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        bound(two(sandbox), tmp_path / "work", most=1_000)


def test_pictures_that_cannot_be_had_leave_a_book(sandbox: Sandbox, world: World, tmp_path: Path) -> None:
    chapters = two(sandbox)
    world.faults.add("media", "error", status=500, times=FOR_EVER)
    assert pictures(bound(chapters, tmp_path / "work")) == 0


def test_whoever_lost_the_lease_stops(sandbox: Sandbox, tmp_path: Path) -> None:
    def tell(_done: int, _total: int) -> None:
        raise LostLease

    with pytest.raises(LostLease):
        books.bind(two(sandbox), tmp_path, title="Your week", lines=LINES, most=25_000_000, tell=tell)


def test_a_book_that_takes_too_long_or_too_much_is_given_up(sandbox: Sandbox, tmp_path: Path) -> None:
    chapters = two(sandbox)
    with pytest.raises(workshop.Failed, match="longer than"):
        workshop.bind(chapters, {}, tmp_path / "book", title="Your week", seconds=0.05)
    with pytest.raises(workshop.Failed):
        workshop.bind(chapters, {}, tmp_path / "book", title="Your week", memory=60_000_000)
