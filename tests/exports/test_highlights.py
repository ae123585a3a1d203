"""Highlights as Markdown: whose, where, in what words; and nothing of it becomes a mark."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from tests.core.browser import Page
from tests.exports.test_markdown import HOSTILE
from unroller.exports.highlights import Marked, Passage, export

PARSER = MarkdownIt("commonmark", {"xhtmlOut": False})
THREAD = "https://u.example/thread/x/1"
NOW = datetime(2026, 11, 22, 13, tzinfo=UTC)


def a_passage(words: str = "Bread is patience.", **changes: object) -> Passage:
    values = {"note": "", "color": "yellow", "address": f"{THREAD}#post-3", "number": "3"}
    return Passage(words=words, **(values | {"marked_at": NOW} | changes))  # type: ignore[arg-type]


def exported(*passages: Passage, **changes: object) -> str:
    values = {"title": "On bread", "author": "Mara", "handle": "maralind", "network": "X"}
    marked = Marked(passages=passages, **(values | {"address": THREAD} | changes))  # type: ignore[arg-type]
    return export([marked], made_at=NOW)


def test_a_highlight_is_a_block_quote_with_its_note_and_its_place() -> None:
    assert exported(a_passage(note="So true.")) == (
        '---\ntitle: "Highlights"\ndate: "2026-11-22T13:00:00Z"\nthreads: 1\nhighlights: 1\n---\n\n'
        "# Highlights\n\n"
        "## [On bread](https://u.example/thread/x/1)\n\n"
        "Mara @maralind on X\n\n"
        "> Bread is patience.\n\n"
        "So true.\n\n"
        "[Post 3](https://u.example/thread/x/1#post-3), yellow, 2026-11-22\n"
    )


def test_lines_stay_lines_and_paragraphs_paragraphs() -> None:
    page = exported(a_passage("One\ntwo\n\nthree", note="four\nfive"))
    assert "> One\\\n> two\n>\n> three\n" in page
    assert "four\\\nfive\n" in page


def test_a_lost_highlight_keeps_its_note() -> None:
    page = exported(a_passage("", note="Why I marked it.", number=""))
    assert "*These words are no longer in the thread.*\n\nWhy I marked it.\n\n[The thread](" in page


def test_a_removed_thread_is_named_by_its_author() -> None:
    assert "## [A thread by Mara](https://u.example/thread/x/1)" in exported(a_passage(), title="")


@given(st.sampled_from(HOSTILE) | st.text(st.sampled_from("ab1 \n#>*_`~[]()!<&;:-+=.|\\$^%"), min_size=1))
def test_a_parser_of_markdown_reads_back_what_was_said_and_obeys_none_of_it(hostile: str) -> None:
    page = exported(a_passage(f"x{hostile}", note=f"y{hostile}"), title=hostile, author=hostile, handle=hostile)
    shown = Page(PARSER.render(page.split("---", 2)[2]))
    assert shown.names <= {"h1", "h2", "a", "blockquote", "p", "br"}
    assert {attributes.get("href", "").partition("#")[0] for _, attributes in shown.tags} <= {"", THREAD}
    said = "".join(shown.text.split())
    for words in (f"x{hostile}", f"y{hostile}"):
        assert "".join(words.split()) in said


def test_nothing_at_all_is_a_file_too() -> None:
    assert export([], made_at=NOW).endswith("highlights: 0\n---\n\n# Highlights\n")
