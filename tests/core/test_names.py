"""Names of files: whose, when, what, in any script and on any system."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from unroller.core.names import MOST_BYTES, MOST_GRAPHEMES, attachment, file_name

MARCH = datetime(2026, 3, 1, 12, tzinfo=UTC)


def named(title: str, handle: str = "maralind", ending: str = "pdf") -> str:
    return file_name(handle, MARCH, title=title, ending=ending)


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("How bread rises", "how-bread-rises"),
        ("Don’t panic: it's 5.30!", "dont-panic-its-5-30"),
        ("Über Äpfel", "über-äpfel"),
        ("كيف يرتفع الخبز؟", "كيف-يرتفع-الخبز"),
        ("רוח ומים", "רוח-ומים"),
        ("हिन्दी में रोटी", "हिन्दी-में-रोटी"),
        ("ขนมปังขึ้นฟู", "ขนมปังขึ้นฟู"),
        ("パンの話。続き", "パンの話-続き"),
        ("می‌خواهم", "میخواهم"),
        ("../../etc/passwd", "etc-passwd"),
        ("a\u202egpj.exe", "agpj-exe"),
        ("line\r\nX-Evil: 1", "line-x-evil-1"),
    ],
)
def test_a_title_becomes_words_with_hyphens(title: str, slug: str) -> None:
    assert named(title) == f"maralind-2026-03-01-{slug}.pdf"


@pytest.mark.parametrize("title", ["", "🧵👇", "…!?", "\u202e", "\ud800"])
def test_a_title_without_letters_is_left_out(title: str) -> None:
    assert named(title) == "maralind-2026-03-01.pdf"


def test_the_author_may_have_no_letters_either() -> None:
    assert named("", handle="🍞") == "2026-03-01.pdf"


def test_handles_of_all_networks_are_names() -> None:
    assert named("Hi", handle="alice.example.social").startswith("alice-example-social-2026")
    assert named("Hi", handle="bob@town.example").startswith("bob-town-example-2026")


def test_the_day_is_the_day_in_utc() -> None:
    evening = datetime(2026, 2, 28, 22, tzinfo=timezone(timedelta(hours=-5)))
    assert file_name("a", evening, title="", ending="md") == "a-2026-03-01.md"


def test_a_long_title_is_cut_between_words() -> None:
    name = named("word " * 60)
    assert len(name) <= MOST_GRAPHEMES
    assert name.endswith("-word.pdf")


def test_a_long_word_is_cut_anywhere() -> None:
    assert len(named("x" * 10_000)) == MOST_GRAPHEMES


def test_a_long_handle_leaves_room_for_the_title() -> None:
    assert named("How bread rises", handle="h" * 300).endswith("-how-bread-rises.pdf")


def test_marks_without_end_on_one_letter_do_not_make_a_name_longer() -> None:
    assert named("a" + "\u0301" * 5_000) == "maralind-2026-03-01.pdf"


@given(st.text(), st.text(), st.sampled_from(["pdf", "epub", "md", "txt", "json", "zip"]))
def test_any_words_make_a_name_that_every_system_takes(handle: str, title: str, ending: str) -> None:
    name = file_name(handle, MARCH, title=title, ending=ending)
    assert name.endswith(f".{ending}")
    assert name.count(".") == 1
    assert len(name.encode()) <= MOST_BYTES
    assert len(regex.findall(r"\X", name)) <= MOST_GRAPHEMES
    assert not regex.search(r"[^\p{L}\p{N}\p{M}.-]|--", name)
    assert name[0] not in ".-"
    assert unicodedata.normalize("NFC", name) == name


@given(st.text(), st.text())
def test_any_name_goes_into_a_header(handle: str, title: str) -> None:
    header = attachment(file_name(handle, MARCH, title=title, ending="pdf"))
    assert re.fullmatch(
        r"attachment; filename=\"[\w-]*2026-03-01[\w-]*\.pdf\"(; filename\*=UTF-8''[\w.%~-]+)?", header, re.ASCII
    )


def test_a_header_says_a_name_in_ascii_and_in_full() -> None:
    assert attachment("a-2026-03-01-b.pdf") == 'attachment; filename="a-2026-03-01-b.pdf"'
    assert attachment("a-2026-03-01-über-パン.pdf") == (
        "attachment; filename=\"a-2026-03-01-uber.pdf\"; filename*=UTF-8''a-2026-03-01-%C3%BCber-%E3%83%91%E3%83%B3.pdf"
    )
