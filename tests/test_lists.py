"""Reading and writing lists of authors: CSV, OPML, plain lines, in whatever encoding they come."""

import csv
import io
from contextlib import suppress
from random import Random
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.follows import a_reader, an_author
from unroller import my_authors
from unroller.actions import follows, lists
from unroller.actions.lists import Unreadable
from unroller.models import Cadence, Follow

pytestmark = pytest.mark.django_db

DID = "did:plc:" + "a" * 24


def read(text: str) -> list[str]:
    """The names a list holds; what names nobody in quotes."""
    return [f"{ref.source}/{ref.key}" if ref else f"'{text}'" for text, ref, _ in lists.read(text, Cadence.DAILY)]


def followed() -> list[Follow]:
    """Authors of all networks, one of them with a hostile name."""
    bob = a_reader("bob")
    authors = [
        an_author("maralind", name='=HYPERLINK("https://evil.example")'),
        an_author("dot.example", source="bluesky", url="https://bsky.app/profile/dot.example", name="Ö, “quoted”\n<b>"),
        an_author("ali@social.example", source="mastodon", url="https://social.example/@ali", name="\x0b+1 Ali & Co"),
    ]
    wanted = dict(zip([author.id for author in authors], [Cadence.WEEKLY, Cadence.HERE, Cadence.DAILY], strict=True))
    follows.follow_all(bob, wanted)
    return list(my_authors.all_of(bob))


SAME = {
    ("x", "maralind", Cadence.WEEKLY),
    ("bluesky", "dot.example", Cadence.HERE),
    ("mastodon", "social.example/ali", Cadence.DAILY),
}


def test_our_own_csv_comes_back_as_it_was() -> None:
    entries = lists.read(lists.decoded(lists.as_csv(followed())), Cadence.INSTANT)
    assert {(ref.source, ref.key, cadence) for _, ref, cadence in entries if ref} == SAME
    assert len(entries) == len(SAME)


def test_our_own_opml_comes_back_as_it_was() -> None:
    body = lists.as_opml(followed())
    entries = lists.read(lists.decoded(body), Cadence.INSTANT)
    assert {(ref.source, ref.key, cadence) for _, ref, cadence in entries if ref} == SAME
    outlines = ElementTree.fromstring(body).findall("body/outline")
    assert {outline.get("xmlUrl") for outline in outlines} >= {"http://localhost:8000/author/x/maralind/feed"}
    assert {outline.get("type") for outline in outlines} == {"rss"}


def test_no_cell_of_our_csv_is_a_formula() -> None:
    rows = list(csv.reader(io.StringIO(lists.as_csv(followed()).decode("utf-8-sig"))))
    assert rows[0] == list(lists.COLUMNS)
    assert not [cell for row in rows for cell in row if cell.startswith(lists.FORMULA)]
    assert any(cell.startswith("'=HYPERLINK") for row in rows for cell in row)


def test_an_author_whose_profile_page_nobody_knows_is_found_by_our_own_address() -> None:
    an_author("odd@pleroma.example", source="mastodon", url="https://pleroma.example/odd")
    row = "network,handle,name,profile,threads\nmastodon,'@odd@pleroma.example,Odd,https://pleroma.example/odd,http://localhost:8000/author/mastodon/odd@pleroma.example"
    assert read(row) == ["mastodon/pleroma.example/odd"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@maralind\n@ali", ["x/maralind", "x/ali"]),
        ("maralind\r\nali\r\n\r\n", ["x/maralind", "x/ali"]),
        ("  @maralind , @ali;\n", ["x/maralind", "x/ali"]),
        ("@maralind @ali dot.example", ["x/maralind", "x/ali", "bluesky/dot.example"]),
        ("https://x.com/maralind\n<https://bsky.app/profile/dot.example>", ["x/maralind", "bluesky/dot.example"]),
        ("ali@social.example\n@ali@social.example", ["mastodon/social.example/ali"]),
        ("@maralind\n@MARALIND\nhttps://twitter.com/maralind", ["x/maralind"]),
        ("hello world\n@maralind", ["'hello world'", "x/maralind"]),
        ("https://social.example/@ali.rss\nhttps://x.com/maralind/", ["mastodon/social.example/ali", "x/maralind"]),
        ('a "quoted" name,"https://x.com/maralind" or so', ["x/maralind"]),
        ("handle\nmaralind\nali", ["x/maralind", "x/ali"]),
        ("name,screen_name\nMara Lindqvist,maralind\nAli,ali", ["x/maralind", "x/ali"]),
        ("Account address,Show boosts\nali@social.example,true\n", ["mastodon/social.example/ali"]),
        ("Mara;2024-03-01;https://x.com/maralind;4", ["x/maralind"]),
        ("Mara\t@maralind\tdaily", ["x/maralind"]),
        ('"Lindqvist, Mara","https://x.com/maralind"', ["x/maralind"]),
        ("Mara Lindqvist,true,daily", ["'Mara Lindqvist, true, daily'"]),
        ("'@maralind,Mara", ["x/maralind"]),
        (f"{DID},dot", [f"bluesky/{DID}"]),
        ("@a_b, @c_d; @e_f @g_h", ["x/a_b", "x/c_d", "x/e_f", "x/g_h"]),
        ("@a_b; @c_d, @e_f\n@g_h|@i_j", ["x/a_b", "x/c_d", "x/e_f", "x/g_h", "x/i_j"]),
        ("https://x.com/a_b,https://social.example/@ali", ["x/a_b", "mastodon/social.example/ali"]),
        ("friends: @a_b, Bob & (@c_d).", ["x/a_b", "x/c_d", "'friends'", "'Bob'"]),
        ("@a_b, c_d, https://news.example/today", ["x/a_b", "'c_d'", "'https://news.example/today'"]),
        ("handle\n@a_b, @c_d Bob", ["x/a_b", "x/c_d", "'Bob'"]),
        ("Mara is here: @maralind", ["x/maralind"]),
        ('@maralind\n"never closed\n@ali', ["x/maralind", "'never closed'", "x/ali"]),
    ],
)
def test_a_table_or_lines_are_read(text: str, names: list[str]) -> None:
    assert read(text) == names


def test_a_line_says_how_to_be_told_and_the_reader_says_it_for_the_others() -> None:
    entries = lists.read("@a,weekly\n@b,Hourly\n@c,HERE", Cadence.INSTANT)
    assert [cadence for _, _, cadence in entries] == [Cadence.WEEKLY, Cadence.INSTANT, Cadence.HERE]
    entries = lists.read("@a @b,weekly", Cadence.INSTANT)
    assert [cadence for _, _, cadence in entries] == [Cadence.WEEKLY, Cadence.WEEKLY]


OPML = """<?xml version="1.0" encoding="ISO-8859-1"?>
<opml version="1.0"><head><title>Feeds</title></head><body>
<outline text="Folder"><outline text="Mara" type="rss" xmlUrl="http://localhost:8000/author/x/maralind/feed"/>
<outline text="Ali" xmlUrl="https://social.example/@ali.rss" htmlUrl="https://social.example/@ali"/></outline>
<outline text="Dot" xmlUrl="https://bsky.app/profile/dot.example/rss"/>
<outline text="A newspaper" xmlUrl="https://news.example/feed.xml" htmlUrl="https://news.example/"/>
</body></opml>"""


def test_opml_of_a_feed_reader_is_read_and_nothing_of_it_is_lost() -> None:
    assert read(OPML) == [
        "x/maralind",
        "mastodon/social.example/ali",
        "bluesky/dot.example",
        "'A newspaper, https://news.example/feed.xml'",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no handle and no link"),
        ("\n , ;\n", "no handle and no link"),
        ("<opml><body/></opml>", "no handle and no link"),
        ("<opml><body>", "broken in line 1"),
        ('<!DOCTYPE opml [<!ENTITY a "aaaa">]><opml><body><outline url="&a;"/></body></opml>', "document type"),
        ('<?xml version="1.0"?><!DOCTYPE opml SYSTEM "file:///etc/passwd"><opml/>', "document type"),
        ("\n".join(f"@a{number}" for number in range(1_001)), "more than 1,000 lines"),
        (" ".join(f"@a{number}" for number in range(1_001)), "more than 1,000 lines"),
        (" ".join(f"@@a{number}" for number in range(10_001)), "more than 1,000 lines"),
        ("@a\n" * 1_001, "more than 1,000 lines"),
    ],
)
def test_what_is_no_list_or_too_long_is_refused_as_a_whole(text: str, sentence: str) -> None:
    with pytest.raises(Unreadable) as refused:
        lists.read(text, Cadence.DAILY)
    assert sentence in refused.value.sentence


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_every_usual_encoding_is_understood(encoding: str) -> None:
    text = "@maralind,Österreich\n@ali,é"
    assert lists.decoded(text.encode(encoding)) == text


@given(st.one_of(st.text(max_size=300), st.text("@a.,;'\"<>\t\n=x/", max_size=300)))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        entries = lists.read(text, Cadence.DAILY)
    except Unreadable:
        return
    assert all(0 < len(entry.text) <= lists.MOST_TEXT and "\x00" not in entry.text for entry in entries)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_decoder(body: bytes) -> None:
    with suppress(Unreadable):
        assert "\x00" not in lists.decoded(body)


@pytest.mark.parametrize(
    "body",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + Random(1).randbytes(2_000),
        b"\xff\xfe" + Random(2).randbytes(2_000),
        Random(3).randbytes(2_000).replace(b"\x00", b""),
        b"PK\x03\x04" + bytes(400) + Random(4).randbytes(2_000),
        b"@maralind\n\x00\x00@ali",
    ],
    ids=["picture", "marked as UTF-16", "packed", "workbook", "zeros in a text"],
)
def test_what_is_no_text_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable) as refused:
        lists.decoded(body)
    assert refused.value.sentence == lists.NO_TEXT


@pytest.mark.parametrize("unit", ["a/", "a.", "@a/", "https://x.com/a"])
def test_a_megabyte_without_a_space_names_nobody(unit: str) -> None:
    """Looked through for endings of feeds it would hold a web process for an hour."""
    (entry,) = lists.read(unit * (lists.MOST_BYTES // len(unit)), Cadence.DAILY)
    assert entry.ref is None
    assert len(entry.text) == lists.MOST_TEXT
