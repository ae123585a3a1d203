"""A thread as Markdown: read back by a parser of CommonMark, it says what was written and obeys nobody's words."""

import json
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from msgspec.structs import replace

from tests.core.browser import Page
from tests.core.piles import ALICE
from tests.exports.sample import QUOTE, THREAD, WAVES, single
from unroller.core.markup import safe
from unroller.core.posts import Card, Media, Option, Poll, Quote
from unroller.core.text import Entity, compose, is_web
from unroller.exports.markdown import export
from unroller.exports.markup import from_html, link

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
LINK = "https://social.example/a"

HOSTILE = [
    "# Fog",
    "- Fog",
    "+ Fog",
    "1. Fog",
    "1) Fog",
    "> Fog",
    "***",
    "- - -",
    "===",
    "Fog\n===",
    "Fog\n---",
    "Fog\n-",
    "```\nFog\n```",
    "    Fog",
    "Fog\n\n    salt",
    "\tFog",
    "*Fog* _salt_ **a** __b__ ~~c~~",
    "`Fog`",
    "[Fog](https://evil.example)",
    "![Fog](https://evil.example/pixel.png)",
    "[Fog]: https://evil.example",
    "[[Fog]]",
    "<script>alert(1)</script>",
    "<https://evil.example>",
    "<!-- Fog",
    "&copy; &amp; &#42;Fog&#42; &lt;b&gt;",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "a | b\n:- | -:\n1 | 2",
    "\\*Fog\\* \\",
    "Fog\\\nsalt",
    "Term\n: Fog",
    "Fog\u2028- salt\u2028# a",
    "Fog\x0b- salt\x0c# a\x85# b",
    "Fog!",
    "$x$ ==a== %%b%% ^c [^1]",
]

mark = st.sampled_from([*"#-+=*_`~[]()<>!&|\\:;.1 \n", "\n\n", "    ", "```", "&amp;", "](", "](https://a.example)"])
words = st.lists(mark | st.text(max_size=3), max_size=20).map("".join)
tags = ["p", "em", "strong", "del", "code", "pre", "ul", "ol", "li", "blockquote", "span", "a"]
pieces = st.sampled_from(
    [
        *(f"<{tag}>" for tag in tags),
        *(f"</{tag}>" for tag in tags),
        *["<br>", "<ol start=3>", ":blob:", "&lt;b&gt;", "&amp;copy;"],
        '<a href="https://a.example/`(x)?a&amp;copy;=1">',
    ]
)
pages = st.lists(pieces | words, max_size=16).map("".join)


class Reading(NamedTuple):
    """What a reader of the Markdown sees. `kinds`: the types of the parser's tokens."""

    text: str
    kinds: set[str]
    addresses: list[str]


def read(markdown: str) -> Reading:
    text: list[str] = []
    kinds: set[str] = set()
    addresses: list[str] = []
    for block in PARSER.parse(markdown):
        for token in block.children or [block]:
            kinds.add(token.type)
            text.append(" " if token.type in {"softbreak", "hardbreak", "paragraph_close"} else token.content)
            addresses += [str(token.attrs[name]) for name in ("href", "src") if name in token.attrs]
    return Reading("".join(text), kinds, addresses)


def letters(said: str, *, without: str = "") -> str:
    return "".join(letter for letter in said if not letter.isspace() and letter not in without)


# What networks' words cannot do


def check_plain(said: str) -> None:
    """Shown as it is: paragraphs and line breaks, nothing else."""
    found = read(from_html(compose(said, [], escaped=False).html))
    assert found.kinds <= {"paragraph_open", "paragraph_close", "text", "softbreak", "hardbreak"}
    assert letters(found.text) == letters(compose(said, [], escaped=False).text)


@pytest.mark.parametrize("said", HOSTILE)
def test_words_never_become_marks(said: str) -> None:
    check_plain(said)
    check_plain(f"Salt\n{said}\nand so on")


@settings(deadline=None)
@given(words)
def test_any_words_are_shown_as_they_are(said: str) -> None:
    check_plain(said)


@settings(deadline=None, max_examples=300)
@given(pages)
def test_any_markup_keeps_its_words_and_links_lead_only_where_they_led(source: str) -> None:
    shown = Page(safe(source, emojis={"blob": LINK}).html)
    found = read(from_html(safe(source, emojis={"blob": LINK}).html))
    assert letters(found.text, without="*~") == letters(shown.text, without="*~")
    assert not {kind for kind in found.kinds if kind.startswith(("html", "image", "heading", "hr", "table"))}
    assert len(found.addresses) <= len(shown.values("href"))
    assert set(found.addresses) <= {"https://a.example/%60%28x%29?a&copy;=1"}


@pytest.mark.parametrize(
    "html",
    [
        "<p>1<bdi>. Fog</bdi></p>",
        "<p>1<em></em>. Fog</p>",
        "<p>-<strong> </strong>Fog</p>",
        "<p>&amp;<em></em>copy; &amp;c<em></em>opy;</p>",
        "<p>Salt</p><em> </em>* Fog",
        "<p>#<a></a># Fog</p>",
        f'<p>\\!<a href="{LINK}">Fog</a></p>',
        f'<p>!<em></em><a href="{LINK}">Fog</a>(https://evil.example)</p>',
        f'<p><a href="{LINK}/`">Fog</a> and salt`</p>',
    ],
)
def test_two_harmless_pieces_do_not_meet_as_a_mark(html: str) -> None:
    found = read(from_html(html))
    assert letters(found.text) == letters(Page(html).text)
    assert not found.kinds & {"ordered_list_open", "bullet_list_open", "image", "code_inline", "em_open"}


@pytest.mark.parametrize("said", HOSTILE)
def test_hostile_names_labels_and_warnings_stay_in_their_place(said: str) -> None:
    evil = replace(ALICE, name=said, handle=said)
    thread = single(
        author=evil,
        text="",
        html="",
        warning=said,
        media=(Media(type="video", url=LINK, alt=said),),
        poll=Poll(options=(Option(label=said),)),
        card=Card(url=LINK, title=said),
        quote=Quote(id="9", url=LINK, author=evil, html="<p>x</p>"),
    )
    found = read(export(thread).split("\n---\n", 1)[1])
    assert not {kind for kind in found.kinds if kind.startswith(("html", "table", "code", "fence", "ordered", "image"))}
    assert set(found.addresses) == {LINK, thread.head.url}


@pytest.mark.parametrize("address", ["javascript:alert(1)", "", "data:text/html,x", "https://a b"])
def test_what_is_no_web_address_is_no_link(address: str) -> None:
    assert link("Fog", address) == "Fog"
    assert not is_web(address)


@pytest.mark.parametrize(
    "address", ["https://a.example/x)y", "https://a.example/(", "https://a.example/<`>", "https://日本.example/灯台"]
)
def test_addresses_stay_whole(address: str) -> None:
    found = read(link("Fog", address) + " and salt")
    assert (found.text.strip(), len(found.addresses)) == ("Fog and salt", 1)


# What is kept


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>One<br>two</p><p>three</p>", "One  \ntwo\n\nthree"),
        ("<p><strong>Fog</strong> <em>salt </em>and <del>sea</del></p>", "**Fog** *salt* and ~~sea~~"),
        (f'<p>See <a href="{LINK}" rel="x"><bdi>the pier</bdi></a>!</p>', f"See [the pier]({LINK})!"),
        ("<p>Buy:</p><ul><li>rope</li><li>lamp</li></ul><p>Go</p>", "Buy:\n\n- rope\n- lamp\n\nGo"),
        ('<ol start="3"><li>rope</li><li>lamp</li></ol>', "3. rope\n4. lamp"),
        (
            "<p>Fog</p><blockquote><p>One<br>two</p><p>three</p></blockquote>salt",
            "Fog\n\n> One  \n> two\n>\n> three\n\nsalt",
        ),
        ("<p><code>a_b*c*</code> <code>x`y</code></p>", "`a_b*c*` `` x`y ``"),
        ("<pre><code>if x:\n  *y*</code></pre>", "```\nif x:\n  *y*\n```"),
        ('<p>Hi <img class="emoji" alt=":a_b:" src="https://a.example/b.png"></p>', "Hi :a\\_b:"),
    ],
)
def test_our_tags_become_the_marks_that_mean_the_same(html: str, markdown: str) -> None:
    assert from_html(html) == markdown


def test_code_is_shown_as_it_is() -> None:
    found = read(from_html("<pre>```\n&lt;b&gt; &amp;copy; \\*\n```</pre><p><code>``</code></p>"))
    assert found.kinds >= {"fence", "code_inline"}
    assert found.text.split() == ["```", "<b>", "&copy;", "\\*", "```", "``"]


def test_links_of_a_composed_post_keep_label_and_address() -> None:
    made = compose("see @bob now", [Entity(4, 8, "mention", LINK)], escaped=False)
    assert from_html(made.html) == f"see [@bob]({LINK}) now"


def test_deep_markup_ends_soon() -> None:
    for tag in ("b", "blockquote", "ul", "ol><li", "em", "pre", "p"):
        assert "Fog" in from_html(safe(f"<{tag}>" * 3_000 + "Fog").html)


# The whole thread


def front(markdown: str) -> dict[str, Any]:
    """The front matter. Every value is a JSON scalar on one line, which YAML reads as the same."""
    _, matter, _ = markdown.split("---\n", 2)
    rows = (row.split(": ", 1) for row in matter.splitlines())
    return {name: json.loads(value) for name, value in rows}


def test_the_front_matter_says_what_it_is() -> None:
    assert front(export(THREAD)) == {
        "title": "The keeper of the lamp",
        "author": "Alice Moreau",
        "handle": "@alice",
        "source": "https://social.example/alice/1",
        "network": "mastodon",
        "date": "2026-03-01T12:01:00Z",
        "posts": 4,
        "minutes": 1,
        "complete": False,
    }


@pytest.mark.parametrize("name", ['"\ncomplete: true\n---\n# Evil', "a: b # c", "- x", "\u2028\x85x", "'&*!%@`{", "🧵"])
def test_a_name_cannot_leave_the_front_matter(name: str) -> None:
    found = front(export(single(author=replace(ALICE, name=name))))
    assert found["author"].split() == name.replace("\x85", "").split()
    assert found["complete"] is True


def test_everything_stands_in_its_place() -> None:
    body = export(THREAD).split("\n---\n\n", 1)[1]
    branch = (
        "> **[4-1](https://social.example/alice/20)**\n>\n> Post 20.\n>\n> *\\[1 post was deleted\\]*\n>\n"
        "> **[4-3](https://social.example/alice/22)**\n>\n> Post 22."
    )
    pier = "![The pier at night](https://social.example/pier.jpg)"
    assert body == "\n\n".join(
        [
            "# The keeper of the lamp",
            "*3 posts of this thread were deleted.*\n\n*Only the first 8 posts are here.*",
            "**[1](https://social.example/alice/1)**",
            "The keeper of the lamp. A thread",
            "*\\[2 posts were deleted\\]*",
            "**[4](https://social.example/alice/4)**",
            "Post 4.",
            pier,
            "[Video][1]",
            f"> [Bob Okafor][2] @bob\n>\n> Salt & fog  \n> and more\n>\n> {pier}",
            branch,
            "> **[4-4](https://social.example/alice/30)**\n>\n> Post 30.",
            "**[5](https://social.example/alice/5)**",
            "Post 5.\n\n- Lamp\n- Bell",
            "> **[5-1](https://social.example/alice/40)**\n>\n> Post 40.",
            "**[6](https://social.example/alice/6)**",
            "*Content warning: Heights*",
            "Post 6.",
            "[Pier & lamp][3]",
            f"[1]: {WAVES.url}\n[2]: {QUOTE.url}\n[3]: https://pier.example/a\n",
        ]
    )


def test_without_a_title_it_is_headed_by_its_author() -> None:
    assert "\n# A post by Alice Moreau\n" in export(single(text="", html=""))


def test_a_quote_keeps_its_warning() -> None:
    assert "\n> *Content warning: Heights*\n" in export(single(quote=replace(QUOTE, warning="Heights")))


def test_a_quote_that_cannot_be_shown_says_only_why() -> None:
    told = export(single(quote=replace(QUOTE, unavailable="It was deleted.")))
    assert told.endswith("\n\n> It was deleted.\n")
    assert "Salt" not in told
