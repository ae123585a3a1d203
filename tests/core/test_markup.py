"""HTML that came from a network: what a reader sees is kept, what acts is not."""

import html
import re

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.browser import Page
from unroller.core.markup import MOST_MARKUP, RENAMED, TAGS, emoji, plain, safe, with_emojis
from unroller.core.text import REL, is_web

BLOB = "https://social.example/blob.png"
EMOJIS = {"blob": BLOB, "evil": "javascript:alert(1)"}
ALLOWED: dict[str, set[str]] = {tag: set() for tag in (TAGS | {"bdi"}) - RENAMED.keys() - {"span"}} | {
    "a": {"class", "href", "rel"},
    "img": {"class", "alt", "title", "src"},
    "ol": {"start", "reversed"},
    "li": {"value"},
}

SCRIPTS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<p onclick=alert(1) style='background:url(javascript:alert(1))'>x</p>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<style>@import 'https://x.example'</style>",
    "<object data='https://x.example'></object><embed src='https://x.example'>",
    "<form action='https://x.example'><input name=q autofocus onfocus=alert(1)></form>",
    "<base href='https://x.example'><meta http-equiv=refresh content='0;url=https://x.example'>",
    "<a href='https://x.example' target=_top rel=opener id=a name=b>x</a>",
    "<p class='overlay' id='post-1'>x</p>",
    "<!--<p>--><script>x</script>",
    "<ol start='1\" onclick=alert(1) a=\"'><li value='x'>x</li></ol>",
    "<ol reversed='\" onclick=\"alert(1)'><li>x</li></ol>",
]

piece = st.one_of(
    st.sampled_from(
        [f"<{tag}>" for tag in sorted(TAGS)]
        + [f"</{tag}>" for tag in sorted(TAGS)]
        + [
            "<span class=invisible>",
            "<span class=ellipsis>",
            '<a href="https://x.example/?a=1&amp;b=<">',
            "<ol start=7>",
        ]
        + [
            "<p class=quote-inline>",
            ":blob:",
            ":evil:",
            "&lt;script&gt;",
            "&amp;lt;",
            "&",
            "<",
            "\n",
            "  ",
            "\x00",
            "\u2028",
        ]
        + SCRIPTS
    ),
    st.text(max_size=6),
)
pages = st.lists(piece, max_size=14).map("".join)


# What a reader sees


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>One<br>two</p><p>three</p>", "One\ntwo\n\nthree"),
        ("<p>One<br/><br/><br/>two</p>", "One\n\ntwo"),
        ("<p>Fog\n  and\tsalt</p>\n\n<p>too</p>", "Fog and salt\n\ntoo"),
        ("<pre>  a\n    b</pre>", "a\n    b"),
        ("<p>Buy:</p><ul><li>rope</li><li>lamp<ul><li>oil</li></ul></li></ul>", "Buy:\n\n• rope\n• lamp\n• oil"),
        ("Fog<blockquote><p>said the keeper</p></blockquote>and salt", "Fog\n\nsaid the keeper\n\nand salt"),
        ("<h1>Fog</h1>and salt", "Fog\n\nand salt"),
        ("&lt;b&gt; &amp; &amp;lt; &quot;", '<b> & &lt; "'),
        ("<p>Salt <strong> and </strong> fog</p>", "Salt and fog"),
        ("R&amp;D", "R&D"),
        ("plain words", "plain words"),
        ("", ""),
    ],
)
def test_the_text_is_what_a_browser_shows(source: str, text: str) -> None:
    assert safe(source).text == text
    assert plain(source) == text


def test_a_link_that_is_split_for_the_eye_is_one_again() -> None:
    source = (
        '<p>See <a href="https://pier.example/a/very/long/way" rel="nofollow"><span class="invisible">https://</span>'
        '<span class="ellipsis">pier.example/a/very/lo</span><span class="invisible">ng/way</span></a>!</p>'
    )
    made = safe(source)
    assert made.text == "See pier.example/a/very/lo…!"
    assert Page(made.html).text == made.text
    assert Page(made.html).values("href") == ["https://pier.example/a/very/long/way"]


def test_mentions_and_hashtags_are_told_apart_from_other_links() -> None:
    made = safe(
        '<p><span class="h-card"><a href="https://social.example/@bob" class="u-url mention">@<span>bob</span></a>'
        '</span> <a href="https://social.example/tags/fog" class="mention hashtag" rel="tag">#<span>fog</span></a></p>'
    )
    assert made.text == "@bob #fog"
    assert Page(made.html).values("class") == ["mention", "hashtag"]
    assert Page(made.html).values("rel") == [REL, REL]


def test_the_paragraph_that_repeats_a_quoted_posts_address_can_be_left_out() -> None:
    source = '<p class="quote-inline">RE: <a href="https://x.example/1">x.example/1</a><br></p><p>Look at this</p>'
    assert safe(source, without_quote_link=True) == ("Look at this", "<p>Look at this</p>")
    assert safe(source).text.startswith("RE: x.example/1")


def test_numbers_of_lists_are_kept() -> None:
    made = safe('<ol start="3" reversed><li value="5">rope</li></ol><ol start="x"><li value="1e9">lamp</li></ol>')
    assert made.html.startswith('<ol start="3" reversed=""><li value="5">rope</li></ol><ol><li>lamp</li></ol>')


def test_headings_become_paragraphs_and_old_names_new_ones() -> None:
    assert safe("<h2>Fog</h2><p><b>a</b><i>b</i><del>c</del></p>").html == (
        "<p>Fog</p><p><strong>a</strong><em>b</em><del>c</del></p>"
    )


# Custom emoji


def test_custom_emoji_are_pictures_in_html_and_names_in_text() -> None:
    made = safe("<p>Hello :blob: &amp; :nobody:</p>", emojis=EMOJIS)
    assert made.text == "Hello :blob: & :nobody:"
    assert Page(made.html).text == made.text
    assert Page(made.html).values("src") == [BLOB]


def test_an_emoji_in_an_address_or_a_name_of_a_tag_is_left_alone() -> None:
    made = safe('<a href="https://x.example/:blob:">:blob:</a>', emojis=EMOJIS)
    assert Page(made.html).values("href") == ["https://x.example/:blob:"]
    assert Page(made.html).values("src") == [BLOB]


def test_an_emoji_without_a_web_address_is_its_name() -> None:
    assert emoji("evil", "javascript:alert(1)") == ":evil:"
    assert with_emojis("<b> :evil: :blob:", EMOJIS).startswith("&lt;b&gt; :evil: <img ")


def test_a_picture_cannot_leave_its_attribute() -> None:
    made = with_emojis(":blob:", {"blob": 'https://x.example/"onload="alert(1)'})
    assert Page(made).tags[0][1].keys() == {"class", "alt", "title", "src"}


# Hostile markup


@pytest.mark.parametrize("source", SCRIPTS)
def test_nothing_that_acts_gets_through(source: str) -> None:
    check(source)
    check(f"<p>Fog {source} and salt</p>")


@settings(deadline=None)
@given(pages, st.booleans())
def test_only_our_tags_and_attributes_are_left_of_any_markup(source: str, without_quote_link: bool) -> None:
    check(source, without_quote_link=without_quote_link)


def check(source: str, *, without_quote_link: bool = False) -> None:
    """Only what is allowed; read twice as the same words; and a second sanitizer finds nothing to take out."""
    made = safe(source, emojis=EMOJIS, without_quote_link=without_quote_link)
    page = Page(made.html)
    for name, attributes in page.tags:
        assert attributes.keys() <= ALLOWED[name], source
    assert all(is_web(address) for address in (*page.values("href"), *page.values("src")))
    assert letters(page.text) == letters(made.text.replace("•", "")) or "•" in page.text
    again = nh3.clean(made.html, tags=set(ALLOWED), attributes=ALLOWED, url_schemes={"http", "https"}, link_rel=None)
    assert letters(Page(again).text) == letters(page.text)
    assert Page(again).values("href") == page.values("href")
    assert not re.search(r"\n{3}|[\x00-\x08]", made.text)


def letters(words: str) -> str:
    return "".join(words.split())


@settings(deadline=None)
@given(st.text())
def test_escaped_text_reads_as_itself(words: str) -> None:
    shown = safe(f"<p>{html.escape(words)}</p>").text
    assert letters(shown) == letters(re.sub(r"[\x00-\x1f\x7f-\x9f\ufffe\uffff]", " ", words))


def test_deep_and_long_markup_ends_soon() -> None:
    for tag in ("b", "blockquote", "ul", "span", "ol><li", "a href=https://x.example", "p"):
        safe(f"<{tag}>" * 5_000 + "x")
    assert safe("<p>" + "x" * 2 * MOST_MARKUP).text == "x" * (MOST_MARKUP - 3)
