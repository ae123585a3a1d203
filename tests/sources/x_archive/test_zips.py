"""Zips that are none, are another's, are broken, or mean harm: each is refused in one sentence, quickly."""

import stat
import struct
import time
from collections.abc import Callable
from copy import copy
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

import pytest

from tests.sources.x_archive.reading import ids, read, refused
from tests.x_archives import HANDLE, JPEG, OWNER, Shape, chain, script, zipped
from unroller.core.errors import (
    BadArchive,
    Damaged,
    Encrypted,
    NotAZip,
    NotFromX,
    Oversized,
    PartOfArchive,
    Tampered,
    ZipInZip,
)
from unroller.sources.x_archive import container
from unroller.sources.x_archive import reader as reading_room

POSTS = chain(["One.", "Two.", "Three."])


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return zipped(tmp_path / "archive.zip", POSTS)


def added(path: Path, name: str | ZipInfo, body: bytes = b"x", *, method: int = ZIP_DEFLATED) -> Path:
    with ZipFile(path, "a", method) as file:
        file.writestr(name, body, method)
    return path


def changed(path: Path, change: Callable[[bytes], bytes]) -> Path:
    path.write_bytes(change(path.read_bytes()))
    return path


class TestNoArchive:
    @pytest.mark.parametrize(
        "body", [b"", b"PK", b"\x00" * 100_000, b"<html>Sign in to X</html>", b"Rar!\x1a\x07", b"PK\x05\x06" * 3]
    )
    def test_what_is_no_zip_says_so(self, tmp_path: Path, body: bytes) -> None:
        path = tmp_path / "archive.zip"
        path.write_bytes(body)
        refused(path, NotAZip)

    def test_an_empty_zip_is_not_from_x(self, tmp_path: Path) -> None:
        ZipFile(tmp_path / "a.zip", "w").close()
        refused(tmp_path / "a.zip", NotFromX)

    def test_somebodys_holiday_pictures_are_not_from_x(self, tmp_path: Path) -> None:
        refused(added(tmp_path / "a.zip", "beach.jpg", JPEG), NotFromX)

    def test_a_zip_in_a_zip_is_named(self, archive: Path) -> None:
        refused(added(archive.with_name("outer.zip"), "twitter.zip", archive.read_bytes()), ZipInZip)

    @pytest.mark.parametrize(
        "account",
        [
            {"accountId": "-1"},
            {"accountId": ""},
            {"accountId": None},
            {"username": ""},
            {"username": "../../x"},
            {"username": 7},
        ],
        ids=str,
    )
    def test_an_account_without_number_or_name_is_none(self, tmp_path: Path, account: dict[str, object]) -> None:
        refused(zipped(tmp_path / "a.zip", POSTS, shape=Shape(account=account)), NotFromX)

    @pytest.mark.parametrize(
        "body", [b"", b"[", b"window.YTD.account.part0 = []", b"null", b"window.a = {}", b"\xff\xfe"]
    )
    def test_an_account_that_cannot_be_read(self, tmp_path: Path, body: bytes) -> None:
        with pytest.raises(BadArchive):
            read(zipped(tmp_path / "a.zip", POSTS, files={"account.js": body}))

    def test_code_in_a_small_script_is_refused(self, tmp_path: Path) -> None:
        body = script("account", [{"account": {"accountId": OWNER, "username": HANDLE}}]) + b"; alert(1)"
        refused(zipped(tmp_path / "a.zip", POSTS, files={"account.js": body}), Tampered)


class TestBroken:
    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
    def test_a_download_that_was_cut_off(self, archive: Path, share: float) -> None:
        refused(changed(archive, lambda body: body[: int(len(body) * share)]), Damaged)

    def test_bytes_that_flipped(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "a.zip", chain(f"Post {number}." for number in range(200)))
        with ZipFile(path) as file:
            at = file.getinfo("data/tweets.js").header_offset + 400
        changed(path, lambda body: body[:at] + bytes(each ^ 0xFF for each in body[at : at + 40]) + body[at + 40 :])
        refused(path, Damaged)

    def test_one_zip_of_several_disks(self, archive: Path) -> None:
        refused(changed(archive, lambda body: body[:-18] + struct.pack("<H", 3) + body[-16:]), Damaged)

    def test_a_comment_at_the_end_is_no_harm(self, archive: Path) -> None:
        with ZipFile(archive, "a") as file:
            file.comment = b"PK and more" * 5_000
        assert read(archive).lines == [ids(POSTS)]

    def test_every_byte_of_the_list_of_entries_may_be_wrong(self, archive: Path) -> None:
        body = archive.read_bytes()
        start = body.index(b"PK\x01\x02")
        for at in range(start, len(body), 3):
            archive.write_bytes(body[:at] + bytes([body[at] ^ 0x55]) + body[at + 1 :])
            try:
                read(archive)
            except BadArchive:
                continue


class TestHarm:
    @pytest.mark.parametrize(
        "name", ["../../etc/cron.d/x", "/etc/passwd", "data/../../x", "data\\..\\x", "C:/x", "..", "a/.."]
    )
    def test_names_that_lead_elsewhere(self, archive: Path, name: str) -> None:
        refused(added(archive, name), Tampered)

    def test_an_entry_without_a_name(self, archive: Path) -> None:
        def nameless(body: bytes) -> bytes:
            at = body.index(b"PK\x01\x02")
            name, extra, comment = struct.unpack("<HHH", body[at + 28 : at + 34])
            return body[: at + 28] + struct.pack("<HHH", 0, extra, name + comment) + body[at + 34 :]

        refused(changed(archive, nameless), Tampered)

    def test_links(self, archive: Path) -> None:
        link = ZipInfo("data/tweets-part1.js")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        refused(added(archive, link, b"/etc/passwd"), Tampered)

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_a_name_twice(self, archive: Path) -> None:
        refused(added(archive, "data/tweets.js"), Tampered)

    def test_two_archives_in_one(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "a.zip", POSTS, shape=Shape(top="one/"))
        refused(added(path, "two/data/account.js"), Tampered)

    def test_a_password(self, archive: Path) -> None:
        def locked(body: bytes) -> bytes:
            at = body.index(b"PK\x01\x02")
            while (at := body.find(b"PK\x01\x02", at)) >= 0:
                body = body[: at + 8] + bytes([body[at + 8] | 1]) + body[at + 9 :]
                at += 4
            return body

        refused(changed(archive, locked), Encrypted)

    def test_another_kind_of_packing(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "a.zip", POSTS, files={}, shape=Shape(manifest=False))
        refused(added(path, "data/tweets-part1.js", script("tweets", POSTS), method=ZIP_BZIP2), Tampered)

    def test_a_bomb_of_posts_is_not_even_begun(self, tmp_path: Path) -> None:
        bomb = b"window.YTD.tweets.part0 = [" + b" " * 60_000_000
        path = zipped(tmp_path / "a.zip", POSTS, files={"tweets.js": bomb})
        before = time.monotonic()
        refused(path, Tampered)
        assert time.monotonic() - before < 1

    def test_an_account_of_a_gigabyte(self, tmp_path: Path) -> None:
        refused(zipped(tmp_path / "a.zip", POSTS, files={"account.js": b" " * 6_000_000}), Oversized)

    def test_an_entry_that_claims_to_be_small_gives_no_more_than_that(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "a.zip", chain(f"Post {number}." for number in range(100)))
        with ZipFile(path) as file:
            size = file.getinfo("data/tweets.js").file_size
        refused(changed(path, lambda body: body.replace(struct.pack("<L", size), struct.pack("<L", 5_000))), Damaged)

    def test_a_list_of_entries_without_end(self, archive: Path) -> None:
        def claimed(body: bytes) -> bytes:
            return body[:-14] + struct.pack("<HH", 0xFFFF, 0xFFFF) + body[-10:]

        with_large = struct.pack("<LQHHLLQQQQ", 0x06064B50, 44, 45, 45, 0, 0, 10**9, 10**9, 10**11, 0)

        def large(body: bytes) -> bytes:
            locator = struct.pack("<LLQL", 0x07064B50, 0, len(body) - 22, 1)
            return body[:-22] + with_large + locator + claimed(body)[-22:]

        refused(changed(archive, large), Oversized)

    def test_a_list_of_entries_is_looked_over_where_it_is_read(self, archive: Path) -> None:
        """Two large end records: a harmless one where the locator points, another where the standard library looks."""
        record = struct.Struct("<LQHHLLQQQQ")

        def doubled(body: bytes) -> bytes:
            files, length, start = struct.unpack("<HLL", body[-12:-2])
            harmless = record.pack(0x06064B50, 44, 45, 45, 0, 0, files, files, length, start)
            greedy = record.pack(0x06064B50, 44, 45, 45, 0, 0, 9, 9, 10**11, 0)
            locator = struct.pack("<LLQL", 0x07064B50, 0, len(body) - 22, 1)
            end = body[-22:-14] + b"\xff" * 12 + body[-2:]
            return body[:-22] + harmless + greedy + locator + end

        refused(changed(archive, doubled), Oversized)

    def test_a_list_of_more_entries_than_it_says_is_not_read(
        self, archive: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(container, "MOST_ENTRIES", 8)
        refused(changed(archive, lambda body: body[:-14] + struct.pack("<HH", 5, 5) + body[-10:]), Oversized)

    def test_many_small_bombs_are_one(self, tmp_path: Path) -> None:
        """Each is small enough for its ratio not to matter."""
        bomb = b"window.YTD.tweets.part0 = [" + b" " * 19_000_000 + b"]"
        parts = {f"tweets-part{number}.js": bomb for number in range(1, 5)}
        path = zipped(tmp_path / "a.zip", POSTS, files=parts, shape=Shape(manifest=False))
        before = time.monotonic()
        refused(path, Tampered)
        assert time.monotonic() - before < 1

    def test_files_of_posts_are_bounded_together(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = zipped(tmp_path / "a.zip", POSTS, shape=Shape(parts=3))
        with ZipFile(path) as file:
            largest = max(file.getinfo(f"data/tweets{part}.js").file_size for part in ("", "-part1", "-part2"))
        monkeypatch.setattr(reading_room, "MOST_SCRIPTS", largest + 10)
        refused(path, Oversized)

    def test_entries_that_lie_over_each_other_are_not_read_twice(self, tmp_path: Path) -> None:
        """The list names the same bytes as every one of a thousand parts."""
        posts = chain(f"Post {number}." for number in range(2_000))
        path = zipped(tmp_path / "a.zip", posts, shape=Shape(manifest=False))
        with ZipFile(path, "a") as file:
            real = file.getinfo("data/tweets.js")
            for number in range(1, 1_000):
                other = copy(real)
                other.filename = f"data/tweets-part{number}.js"
                file.filelist.append(other)
            file._didModify = True  # type: ignore[attr-defined]
        refused(path, Tampered)

    def test_more_posts_than_we_read(self, archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reading_room, "MOST_POSTS", 2)
        monkeypatch.setattr(reading_room, "STEP", 1)
        refused(archive, Oversized)


class TestParts:
    def test_a_part_without_posts_says_which_is_wanted(self, archive: Path, tmp_path: Path) -> None:
        part = tmp_path / "part.zip"
        with ZipFile(archive) as whole, ZipFile(part, "w", ZIP_STORED) as file:
            for name in whole.namelist():
                if name != "data/tweets.js":
                    file.writestr(name, whole.read(name))
        refused(part, PartOfArchive)

    def test_a_part_with_posts_is_read_and_says_what_is_missing(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "a.zip", POSTS, shape=Shape(parts=2, partial=True))
        part = tmp_path / "part.zip"
        with ZipFile(path) as whole, ZipFile(part, "w", ZIP_STORED) as file:
            for name in whole.namelist():
                if name != "data/tweets-part1.js":
                    file.writestr(name, whole.read(name))
        found = read(part)
        assert found.lines == [ids(POSTS[:2])]
        assert (found.report.is_partial, found.report.missing_files) == (True, ["tweets-part1.js"])

    def test_a_whole_one_is_not_called_a_part(self, archive: Path) -> None:
        report = read(archive).report
        assert (report.is_partial, report.missing_files) == (False, [])
