"""The archive as a whole: whose it is, its pictures, how far the reading is, and reading it again."""

from pathlib import Path

import pytest

from tests.sources.x_archive.reading import ids, line
from tests.x_archives import HANDLE, JPEG, OWNER, Shape, after, chain, edited, photo, post, video, zipped
from unroller.core.errors import Damaged
from unroller.core.posts import Post, from_document, to_document
from unroller.sources.x_archive import WORDS, ArchiveReader, open_archive

SHORT = "https://t.co/abcdefghij"
FILM = b"\x00\x00\x00\x18ftypmp42 waves"


def test_the_account_is_described_as_the_network_would(tmp_path: Path) -> None:
    with open_archive(zipped(tmp_path / "a.zip", chain(["One.", "Two."]))) as archive:
        account = archive.account
        assert (account.id, account.handle, account.name) == (OWNER, HANDLE, "Ana of the harbour")
        assert (account.url, account.bio) == (f"https://x.com/{HANDLE}", "Boats & weather")
        assert account.avatar.endswith("/boat_200x200.jpg")
        assert next(archive.threads()).author == account


@pytest.mark.parametrize("body", [None, b"window.YTD.profile.part0 = []", b'window.a = [{"profile": 7}]'])
def test_a_profile_may_be_missing_or_odd(tmp_path: Path, body: bytes | None) -> None:
    files = {"profile.js": body or b"window.a = []"}
    with open_archive(zipped(tmp_path / "a.zip", chain(["One.", "Two."]), files=files)) as archive:
        assert (archive.account.handle, archive.account.bio, archive.account.avatar) == (HANDLE, "", "")


def test_progress_is_told_while_posts_are_read_and_after_each_thread(tmp_path: Path) -> None:
    posts = [*chain(map(str, range(2_500)), every=1), *chain(["One.", "Two."], start=90_000)]
    with open_archive(zipped(tmp_path / "a.zip", posts)) as archive:
        told: list[int] = []
        assert archive.announced == 2_502
        assert len(list(archive.threads(told.append))) == 2
        assert told == [1_000, 2_000, 2_502, 2_502]


def test_a_reading_may_be_given_up_and_begun_anew(tmp_path: Path) -> None:
    def give_up(posts: int) -> None:
        raise InterruptedError(posts)

    posts = [each for day in range(4) for each in chain(map(str, range(300)), start=86_400 * day, every=1)]
    with open_archive(zipped(tmp_path / "a.zip", posts)) as archive:
        with pytest.raises(InterruptedError):
            list(archive.threads(give_up))
        begun = archive.threads()
        first = next(begun)
        begun.close()
        again = list(archive.threads())
        assert again[0] == first
        assert [line(thread)[0] for thread in again] == sorted(line(thread)[0] for thread in again)
        assert (archive.report.posts_read, archive.report.threads, archive.report.posts_in_threads) == (1_200, 4, 1_200)
        assert archive.report.skipped == {}


def test_every_post_is_in_a_thread_or_counted_with_a_reason(tmp_path: Path) -> None:
    posts = [*chain(["One.", "Two."]), post(after(9_000), "Alone."), post(after(9_500), "RT @bo: Hello.")]
    posts += [edited(post(after(9_700, number), "E."), after(9_700, 0), after(9_700, 1)) for number in range(2)]
    with open_archive(zipped(tmp_path / "a.zip", posts)) as archive:
        list(archive.threads())
        report = archive.report
        assert report.posts_in_threads + sum(report.skipped.values()) == report.posts_read == 6
        assert set(report.skipped) <= set(WORDS)


def test_threads_survive_being_stored(tmp_path: Path) -> None:
    with open_archive(zipped(tmp_path / "a.zip", chain(["One \ud83d.", "Two \x00."]))) as archive:
        thread = next(archive.threads())
        assert from_document(to_document(thread)) == thread
        assert [each.text for each in thread.posts] == ["One ?.", "Two ."]


class TestMedia:
    def archive(self, folder: Path, *, shape: Shape | None = None) -> ArchiveReader:
        first, second = chain(["One.", f"Look. {SHORT}"])
        own, text = ids([second])[0], second["tweet"]["full_text"]
        media = [
            photo(text, SHORT, own, "one.jpg"),
            video(text, SHORT, own, "small.mp4", "large.mp4") | {"id_str": "7"},
        ]
        media.append(photo(text, SHORT, own, "lost.png") | {"id_str": "8"})
        second["tweet"]["extended_entities"] = {"media": media}
        shape = shape or Shape()
        base = "tweet_media" if shape.old_names else "tweets_media"
        files = {
            f"{base}/{own}-one.jpg": JPEG,
            f"{base}/{own}-small.mp4": FILM,
            f"{base}/{own}9-lost.png": b"of another post",
            f"{own}-lost.png": b"of no folder",
        }
        return open_archive(zipped(folder / "a.zip", [first, second], files=files, shape=shape))

    @pytest.mark.parametrize("shape", [Shape(), Shape(old_names=True), Shape(top="x/", manifest=False)], ids=str)
    def test_each_medium_has_its_file_or_none(self, tmp_path: Path, shape: Shape) -> None:
        with self.archive(tmp_path, shape=shape) as archive:
            last = list(next(archive.threads()).posts)[1]
            names = archive.media(last)
            assert [name.rpartition("-")[2] for name in names] == ["one.jpg", "small.mp4", ""]
            assert [archive.size_of(name) for name in names[:2]] == [len(JPEG), len(FILM)]
            for name, body in zip(names, (JPEG, FILM), strict=False):
                with archive.open_medium(name) as file:
                    assert file.read() == body

    @pytest.mark.parametrize("name", ["data/direct-messages.js", "data/direct_messages_media/1-secret.jpg", "x", ""])
    def test_nothing_else_is_given_out_as_a_medium(self, tmp_path: Path, name: str) -> None:
        with self.archive(tmp_path) as archive, pytest.raises(KeyError):
            archive.open_medium(name)

    def test_a_medium_under_the_number_of_an_earlier_version_is_found(self, tmp_path: Path) -> None:
        first, second = chain(["One.", f"Look. {SHORT}"])
        newer = post(after(61, 7), second["tweet"]["full_text"], above=ids([first])[0])
        versions = ids([second, newer])
        for entry in (second, newer):
            picture = photo(entry["tweet"]["full_text"], SHORT, versions[0], "one.jpg")
            entry["tweet"]["extended_entities"] = {"media": [picture]}
        posts = [first, edited(second, *versions), edited(newer, *versions)]
        path = zipped(tmp_path / "a.zip", posts, files={f"tweets_media/{versions[0]}-one.jpg": JPEG})
        with open_archive(path) as archive:
            last: Post = list(next(archive.threads()).posts)[1]
            assert archive.media(last) == (f"data/tweets_media/{versions[0]}-one.jpg",)

    def test_files_without_end_under_one_number_are_not_all_looked_at(self, tmp_path: Path) -> None:
        first, second = chain(["One.", f"Look. {SHORT}"])
        own, text = ids([second])[0], second["tweet"]["full_text"]
        media = [photo(text, SHORT, own, "a.jpg"), photo(text, SHORT, own, "z.jpg") | {"id_str": "9"}]
        second["tweet"]["extended_entities"] = {"media": media}
        names = ["a", *(f"m{number:03}" for number in range(100)), "z"]
        files = {f"tweets_media/{own}-{name}.jpg": JPEG for name in names}
        with open_archive(zipped(tmp_path / "a.zip", [first, second], files=files)) as archive:
            last = list(next(archive.threads()).posts)[1]
            assert archive.media(last) == (f"data/tweets_media/{own}-a.jpg", "")

    def test_a_damaged_medium_says_so_while_it_is_read(self, tmp_path: Path) -> None:
        first, second = chain(["One.", f"Look. {SHORT}"])
        own = ids([second])[0]
        second["tweet"]["extended_entities"] = {"media": [photo(second["tweet"]["full_text"], SHORT, own, "one.jpg")]}
        noise = bytes(range(256)) * 40
        path = zipped(tmp_path / "a.zip", [first, second], files={f"tweets_media/{own}-one.jpg": noise})
        body = path.read_bytes()
        at = body.index(b"-one.jpg") + 40
        path.write_bytes(body[:at] + b"\xff\x00\xff\x00" * 8 + body[at + 32 :])
        with open_archive(path) as archive:
            (name,) = archive.media(list(next(archive.threads()).posts)[1])
            with pytest.raises(Damaged), archive.open_medium(name) as file:
                file.read()
