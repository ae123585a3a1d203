"""Safe HTML as XHTML: well-formed and nested as books want it, with the words and links it had."""

from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.core.browser import Page
from tests.exports.test_markdown import pages
from unroller.core.markup import safe
from unroller.core.text import clean
from unroller.exports.xhtml import element, flow, language_tag, link, phrase, text, uri

INLINE = {"a", "bdi", "strong", "em", "del", "u", "code", "br", "img"}
IN_BLOCKS = {"p", "pre", "ul", "ol", "blockquote"}
MAY_HOLD = {
    "div": IN_BLOCKS,
    "blockquote": IN_BLOCKS,
    "ul": {"li"},
    "ol": {"li"},
    "li": IN_BLOCKS | INLINE,
    **dict.fromkeys(("p", "pre", "a", "bdi", "strong", "em", "del", "u", "code"), INLINE),
}
TO_A = '<a href="https://a.example">'
anything = st.text(st.characters(), max_size=40)
tags = st.sampled_from(
    [
        *(f"<{slash}{tag}>" for tag in [*sorted(MAY_HOLD), "script", "style", "h1"] for slash in ("", "/")),
        '<a href="https://a.example/?a=1&b">',
        '<a href="javascript:alert(1)">',
        '<img class="emoji" alt=":a:" src="https://a.example/a.png">',
        *["<br>", "<!", "<![CDATA[", "]]>", "<!--", "-->", "<?xml", "&#0;", "&#xD800;", "&#xFFFF;", "&lt;", "&", "<"],
        *["\x00", "\x0b", "\ud800", "\uffff", "\u202e", '<ol start="3" reversed>', '<li value="x">'],
    ]
)
soup = st.lists(tags | anything, max_size=25).map("".join)


def draw(address: str, name: str) -> str:
    return element("img", src=address, alt=name)


def read(markup: str) -> ET.Element:
    return ET.fromstring(f"<div>{markup}</div>")


def shown(markup: str) -> str:
    return "".join("".join(read(markup).itertext()).split())


def check(found: ET.Element) -> None:
    """Every element may stand where it stands, and words stand in something that is made for words."""
    for child in found:
        assert child.tag in MAY_HOLD[found.tag], f"{child.tag} in {found.tag}"
        if "br" != child.tag != "img":
            check(child)
    if found.tag in {"div", "ul", "ol", "blockquote"}:
        assert not "".join([found.text or "", *(child.tail or "" for child in found)]).strip()
    assert not (found.tag == "a" and found.findall(".//a"))


@settings(deadline=None, max_examples=400)
@given(soup)
def test_whatever_goes_in_what_comes_out_is_well_formed_and_well_nested(source: str) -> None:
    check(read(flow(source, draw)))
    assert {each.tag for each in read(phrase(source, draw)).iter()} <= {"div", *INLINE}


@settings(deadline=None, max_examples=200)
@given(pages)
def test_safe_markup_keeps_its_words_and_its_links(source: str) -> None:
    page = safe(source, emojis={"blob": "https://a.example/b.png"})
    made = flow(page.html, lambda _, name: text(name))
    assert shown(made) == "".join(Page(page.html).text.split())
    assert {each.attrib["href"] for each in read(made).iter("a")} <= {"https://a.example/%60(x)?a&copy;=1"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>One<br>two</p><p>three</p>", "<p>One<br/>two</p><p>three</p>"),
        ("One <b>x</b>", "<p>One x</p>"),
        ("<em>a<ul><li>b<li>c</ul></em>d", "<p><em>a</em></p><ul><li><em>b</em></li><li><em>c</em></li></ul><p>d</p>"),
        ("<strong>a<em>b</strong>c</em>", "<p><strong>a<em>b</em></strong><em>c</em></p>"),
        (f"{TO_A}<p>a</p>b</a>c", f"<p>{TO_A}a</a></p><p>{TO_A}b</a>c</p>"),
        ('<ol start="3" reversed><li value="7">a</ol>', '<ol start="3" reversed="reversed"><li value="7">a</li></ol>'),
        ("<pre>a<br>  b<p>c</p></pre>", "<pre>a\n  bc</pre>"),
        ("<blockquote>a<p>b</p></blockquote>", "<blockquote><p>a</p><p>b</p></blockquote>"),
        ("<li>a</li>", "<p>a</p>"),
        ("<ul>a</ul>", "<ul><li>a</li></ul>"),
        ("<p>&lt;b&gt; &amp;amp; ]]></p>", "<p>&lt;b&gt; &amp;amp; ]]&gt;</p>"),
        (" <br> ", ""),
    ],
)  # fmt: skip
def test_tags_are_brought_in_order(source: str, expected: str) -> None:
    assert flow(source, draw) == expected


def test_deep_markup_ends_soon_and_not_deep() -> None:
    for tag in ("em", "blockquote", "ul", "ol><li", "pre", "p", "a href='https://a.example'"):
        made = flow(f"<{tag}>" * 20_000 + "Fog", draw)
        assert shown(made) == "Fog"
        assert made.count("<") < 100 or tag == "p"


def test_a_picture_among_words_is_drawn_where_it_stands() -> None:
    made = phrase('a <img class="emoji" alt=":b:" src="https://a.example/b.png"> c', draw)
    assert made == 'a <img src="https://a.example/b.png" alt=":b:"/> c'


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://日本.example/灯台?q=é#ß", "https://xn--wgv71a.example/%E7%81%AF%E5%8F%B0?q=%C3%A9#%C3%9F"),
        ("HTTPS://A.example:8443/%zz%20|[x]", "https://a.example:8443/%25zz%20%7C%5Bx%5D"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]/x"),
        ("https://name:word@a.example/", "https://a.example/"),
        ("https://a.example/\"'<>&", "https://a.example/%22'%3C%3E&"),
        *((wrong, "") for wrong in ("https://a..b/", "https:///x", "https://a:b/", "https://[x", 'https://a"b/')),
        *((wrong, "") for wrong in ("javascript:alert(1)", "", "ftp://a", "https://a b", f"https://{'a' * 64}.a/")),
        ("https://\u202e/", ""),
    ],
)  # fmt: skip
def test_addresses_are_ascii_or_nothing(address: str, expected: str) -> None:
    assert uri(address) == expected


@settings(deadline=None)
@given(anything.map(lambda end: f"https://{end}") | anything.map(lambda end: f"https://a.example/{end}"))
def test_any_address_is_ascii_or_nothing(address: str) -> None:
    assert uri(address).isascii()
    assert "://" in uri(address) or not uri(address)


def test_what_is_no_address_is_no_link() -> None:
    assert link("javascript:alert(1)", "Fog") == "Fog"
    assert link("https://a.example/?a&b", "Fog") == '<a href="https://a.example/?a&amp;b">Fog</a>'


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        *(("en", "en"), ("pt-br", "pt-BR"), ("zh-hans-cn", "zh-Hans-CN"), ("es-419", "es-419"), ("iw", "he")),
        *(("en-a", "en"), ("en-x-y", "en"), ("sl-nedis", "sl"), ("und", ""), ("", ""), ("x' y", "")),
    ],
)
def test_languages_are_what_every_reader_of_books_knows(tag: str, expected: str) -> None:
    assert language_tag(tag) == expected


@given(anything)
def test_any_words_are_words_in_text_and_attributes(words: str) -> None:
    found: Any = ET.fromstring(element("p", text(words), title=words, lang="en"))
    assert (found.text or "") == clean(words)
    assert found.attrib.get("title", "").split() == clean(words).split()
    assert "\n" not in found.attrib.get("title", "")
