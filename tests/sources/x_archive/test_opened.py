"""What is opened of an archive, and what never is."""

from pathlib import Path
from zipfile import ZipFile, ZipInfo

import pytest

from tests.sources.x_archive.reading import ids, read
from tests.x_archives import EMAIL, PRIVATE, chain, script, zipped
from unroller.sources.x_archive import open_archive

POSTS = chain(["One.", "Two.", "Three."])


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return zipped(tmp_path / "archive.zip", POSTS)


def test_only_the_entries_of_posts_account_profile_and_pictures_are_ever_opened(
    archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: set[str] = set()
    unwatched = ZipFile.open

    def watched(self: ZipFile, name: str | ZipInfo, *more: object, **others: object) -> object:
        opened.add(name if isinstance(name, str) else name.filename)
        return unwatched(self, name, *more, **others)  # type: ignore[arg-type]

    monkeypatch.setattr(ZipFile, "open", watched)
    assert read(archive).lines == [ids(POSTS)]
    names = ("account.js", "profile.js", "manifest.js", "tweets.js", "note-tweet.js")
    assert opened == {f"data/{name}" for name in names}


def test_a_manifest_that_calls_messages_posts_is_not_believed(tmp_path: Path) -> None:
    secret = script("tweets", POSTS)
    files = {name: secret for name in PRIVATE if name.endswith(".js")}
    named = ",".join(f'{{"fileName":"data/{name}","count":"1"}}' for name in files)
    manifest = f'window.__THAR_CONFIG = {{"dataTypes":{{"tweets":{{"files":[{named}]}}}}}}'.encode()
    found = read(zipped(tmp_path / "a.zip", POSTS, files=files | {"manifest.js": manifest}))
    assert found.report.posts_read == len(POSTS)


def test_the_mail_address_is_nowhere(archive: Path) -> None:
    with open_archive(archive) as opened:
        assert EMAIL not in f"{opened.account} {list(opened.threads())} {opened.report} {vars(opened)}"


def test_nothing_is_left_on_the_disk(archive: Path, tmp_path: Path) -> None:
    (workspace := tmp_path / "work").mkdir()
    with open_archive(archive, workspace=workspace) as opened:
        for _ in opened.threads():
            assert list(workspace.iterdir()) == []
    assert list(workspace.iterdir()) == []
