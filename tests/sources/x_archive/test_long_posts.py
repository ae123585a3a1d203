"""Long posts get the whole of their words back, each its own."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.sources.x_archive.reading import Found, reading
from tests.x_archives import NOON, Json, chain, note
from unroller.sources.x_archive.shelf import Shelf, Slip

LONG = "The tide tables of this harbour were kept by hand for ninety years. " * 6
SHORT = "https://t.co/abcdefghij"


def cut(text: str, *, letters: int = 270, more: str = "") -> str:
    """As the archive has a long post, escaped and cut."""
    text = text[:letters].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"{text}… {SHORT}{more}"


def texts(found: Found) -> list[str]:
    return [post.text for post in found.thread.posts]


def notes(*texts: str, late: float = 0, **core: Any) -> list[Json]:
    return [note(text, NOON + timedelta(seconds=late), **core) for text in texts]


def test_all_long_posts_of_a_thread_that_was_posted_at_once(tmp_path: Path) -> None:
    whole = [f"{number}. {LONG}" + "So it was." * number for number in range(1, 12)]
    found = reading(tmp_path, chain(map(cut, whole), every=0), notes=notes(*reversed(whole), late=2))
    assert texts(found) == whole
    assert found.report.long_posts == 11
    assert found.report.skipped == {}


def test_a_post_without_its_words_stays_cut_and_is_counted(tmp_path: Path) -> None:
    whole = f"A. {LONG}"
    found = reading(tmp_path, chain([cut(whole), "Two."]), notes=notes(f"B. {LONG}"))
    assert texts(found)[0].startswith("A. The tide")
    assert "…" in texts(found)[0]
    assert found.report.long_posts == 0
    assert found.report.skipped == {"cut-long-post": 1}


def test_words_of_another_time_are_not_taken(tmp_path: Path) -> None:
    found = reading(tmp_path, chain([cut(LONG), "Two."]), notes=notes(LONG, late=6))
    assert found.report.long_posts == 0


def test_a_text_that_ends_in_an_ellipsis_of_its_own_is_whole(tmp_path: Path) -> None:
    found = reading(tmp_path, chain(["Wait for it…", "Now."]), notes=notes("Something else entirely."))
    assert texts(found)[0] == "Wait for it…"
    assert found.report.skipped == {}


def test_of_two_that_begin_alike_each_is_given_out_once(tmp_path: Path) -> None:
    whole = [LONG + "The first end.", LONG + "The second end."]
    found = reading(tmp_path, chain(map(cut, whole), every=0), notes=notes(*whole))
    assert sorted(texts(found)) == sorted(whole)


def test_raw_characters_and_their_codes_in_long_words_are_shown_as_written(tmp_path: Path) -> None:
    whole = f"🌊 a < b && c > d, and to write & one types &amp; by hand. {LONG} {SHORT} #Fog @bo"
    at = {part: {"fromIndex": str(whole.index(part)), "toIndex": str(whole.index(part) + len(part))} for part in
          (SHORT, "#Fog", "@bo")}  # fmt: skip
    core: dict[str, Any] = {
        "urls": [{"shortUrl": SHORT, "expandedUrl": "https://a.example/b", "displayUrl": "a.example/b", **at[SHORT]}],
        "hashtags": [{"text": "Fog", **at["#Fog"]}],
        "mentions": [{"screenName": "bo", **at["@bo"]}],
    }
    found = reading(tmp_path, chain([cut(whole), "Two."]), notes=notes(whole, **core))
    assert texts(found)[0] == whole.replace(SHORT, "a.example/b")
    html = found.thread.head.html
    for address in (SHORT, "https://x.com/hashtag/Fog", "https://x.com/bo"):
        assert f'href="{address}"' in html
    assert "a &lt; b &amp;&amp; c" in html


def test_codes_alone_are_not_undone_in_long_words(tmp_path: Path) -> None:
    whole = f"In HTML one writes &amp; and &lt;. {LONG}"
    found = reading(tmp_path, chain([cut(whole), "Two."]), notes=notes(whole))
    assert texts(found)[0].startswith("In HTML one writes &amp; and &lt;.")


def test_a_long_answer_begins_with_handles_that_its_long_words_do_not_have(tmp_path: Path) -> None:
    first, second = chain(["One.", f"@harbour_ana {cut(LONG)}"], every=0)
    found = reading(tmp_path, [first, second], notes=notes(LONG))
    assert texts(found)[1] == LONG.strip()


def test_words_that_are_not_a_posts_own_are_not_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred long texts of one second, all of which begin alike."""
    read: list[int] = []
    unwatched = Shelf._read

    def watched(self: Shelf, slip: Slip) -> bytes:
        read.append(slip.length)
        return unwatched(self, slip)

    monkeypatch.setattr(Shelf, "_read", watched)
    whole = [f"{LONG}{number}" + " So it was." * 2_000 for number in range(40)]
    found = reading(tmp_path, chain([cut(whole[0]), "Two."]), notes=notes(*whole))
    assert found.report.long_posts == 1
    assert sum(read) < 3 * len(whole[0])  # and not forty times


def test_broken_entries_of_long_words_are_passed_by(tmp_path: Path) -> None:
    broken = [{"noteTweet": 7}, {}, {"noteTweet": {"core": {"text": 7}}}, {"noteTweet": {"core": [], "createdAt": "x"}}]
    found = reading(tmp_path, chain([cut(LONG), "Two."]), notes=[*broken, *notes(LONG)])
    assert texts(found)[0] == LONG.strip()
