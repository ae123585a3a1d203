"""Recordings and the posts that are in them, as pairs of files: a new case is a folder, not a line of code."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from unroller.sources.base import Source
from unroller.sources.bluesky import Bluesky
from unroller.sources.mastodon import Mastodon
from unroller.sources.recording import Raw
from unroller.sources.x import X

CASES = Path(__file__).resolve().parent.parent / "cases"
NOWHERE = "https://nowhere.example"
SOURCES: dict[str, Source] = {
    source.key: source for source in (X(NOWHERE, "token"), Bluesky(NOWHERE, NOWHERE), Mastodon())
}
HOW = f"""A case is a folder {CASES.name}/<source>/<case>/ of three files: url.txt (a link into the thread), raw.json
(a Raw of unroller.sources.recording, with texts and names of our own invention) and posts.json (the Pile that parse
makes of it). Leave posts.json out at first: the test then says what it would be. Read that before you keep it."""

FOLDERS = sorted(path for path in CASES.glob("*/*") if path.is_dir())


def read(folder: Path, name: str) -> str:
    path = folder / name
    if not path.is_file():
        pytest.fail(f"{path.relative_to(CASES.parent)} is missing. {HOW}")
    return path.read_text("utf-8")


def recording(folder: Path) -> Raw:
    return msgspec.convert(json.loads(read(folder, "raw.json")), Raw)


def printed(folder: Path) -> str:
    """The pile of a recording as the text of a posts.json."""
    raw = recording(folder)
    return json.dumps(msgspec.to_builtins(SOURCES[raw.source].parse(raw)), indent=2, ensure_ascii=False)


def named(folder: Path) -> str:
    return str(folder.relative_to(CASES))


@pytest.mark.parametrize("folder", FOLDERS, ids=named)
def test_a_recording_holds_the_expected_posts(folder: Path) -> None:
    found = printed(folder)
    if not (folder / "posts.json").is_file():
        pytest.fail(f"{named(folder)}/posts.json is missing. It would be:\n{found}\n{HOW}")
    expected: Any = json.loads(read(folder, "posts.json"))
    assert json.loads(found) == expected


@pytest.mark.parametrize("folder", FOLDERS, ids=named)
def test_the_link_of_a_case_leads_to_its_recording(folder: Path) -> None:
    raw = recording(folder)
    assert raw.source == folder.parent.name
    owners = [source.match(read(folder, "url.txt").strip()) for source in SOURCES.values()]
    assert [(ref.source, ref.key) for ref in owners if ref is not None][:1] == [(raw.source, raw.key)]


@pytest.mark.parametrize("source", SOURCES)
def test_every_network_has_cases(source: str) -> None:
    assert any(folder.parent.name == source for folder in FOLDERS), HOW


def test_a_case_without_its_posts_says_what_they_would_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = FOLDERS[0]
    folder = tmp_path / "cases" / model.parent.name / "new"
    folder.mkdir(parents=True)
    (folder / "raw.json").write_text(read(model, "raw.json"), "utf-8")
    monkeypatch.setitem(globals(), "CASES", tmp_path / "cases")
    with pytest.raises(pytest.fail.Exception, match=r"new/posts\.json is missing\. It would be:\n\{"):
        test_a_recording_holds_the_expected_posts(folder)
    with pytest.raises(pytest.fail.Exception, match=r"url\.txt is missing\. A case is a folder"):
        test_the_link_of_a_case_leads_to_its_recording(folder)
