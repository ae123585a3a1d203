"""Lists of links in all the forms in which readers bring them."""

import contextlib
import gc
import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unroller.core import link_lists
from unroller.core.decoding import NoText, decoded
from unroller.core.link_columns import Entry, moment
from unroller.core.link_lists import LinkList, NoList, read

POST = "https://x.com/maralind/status/1900000000000000001"
OTHER = "https://bsky.app/profile/mara.example/post/3kabcdefghi2x"
DAY = datetime(2023, 3, 4, 10, 20, 11, tzinfo=UTC)
SECONDS = int(DAY.timestamp())


def links(found: LinkList) -> list[str]:
    return [entry.links[0] for entry in found.entries if entry.links]


def told(found: LinkList) -> list[Entry]:
    """Without the names of the entries."""
    return [entry._replace(title="", address="") for entry in found.entries]


def test_in_a_text_every_link_counts_wherever_it_stands() -> None:
    found = read(
        f"To read:\n- {POST}, and <{OTHER}>\n\n* [later](https://mastodon.social/@mara/113)\nx.com/a/status/5 !"
    )
    assert found.form == "text"
    assert links(found) == [f"{POST},", OTHER, "https://mastodon.social/@mara/113)", "x.com/a/status/5"]


def test_links_that_stick_together_are_parted() -> None:
    assert links(read(f"{POST}{OTHER}")) == [POST, OTHER]
    assert links(read(f"https://web.archive.org/web/2020/{POST}"))[-1] == POST


def test_a_line_with_the_number_of_a_post_counts_and_other_numbers_do_not() -> None:
    assert links(read("1900000000000000001\n2026\n 1900000000000000002,\n12 apples")) == [
        "1900000000000000001",
        "1900000000000000002",
    ]


@pytest.mark.parametrize(
    "link",
    [
        "https://unrolls.example/thread/1900000000000000001.html",
        "http://WWW.Other.example/thread/1900000000000000001.html?utm=1",
        "https://unrolls.example/thread/1900000000000000001",
    ],
)
def test_links_of_older_unrollers_mean_the_post_of_that_number(link: str) -> None:
    assert links(read(link)) == ["1900000000000000001"]
    assert links(read(f"Title,Link\nA,{link}")) == ["1900000000000000001"]


def test_threads_of_forums_are_no_posts_on_x() -> None:
    assert links(read("https://forum.example/thread/12345")) == ["https://forum.example/thread/12345"]


def test_pocket_comes_as_a_table() -> None:
    found = read(
        f"title,url,time_added,tags,status\nA,{POST},{SECONDS},history|Long Read,unread\nB,{OTHER},{SECONDS},,archive"
    )
    assert (found.form, found.beyond) == ("Pocket", 0)
    assert told(found) == [Entry((POST,), DAY, ("history", "long read")), Entry((OTHER,), DAY, archived=True)]


def test_pocket_comes_as_a_page_too() -> None:
    found = read(
        "<!DOCTYPE html><html><head><title>Pocket Export</title></head><body><h1>Unread</h1>"
        f'<ul><li><a href="{POST}?a=1&amp;b=2" time_added="{SECONDS}" tags="history,sea">A &amp; B</a></li></ul>'
        f'<h1>Read Archive</h1><ul><li><a href="{OTHER}" time_added="{SECONDS}" tags="">C</a></li></ul></body></html>'
    )
    assert told(found) == [
        Entry((f"{POST}?a=1&b=2",), DAY, ("history", "sea")),
        Entry((OTHER,), DAY, archived=True),
    ]


def test_bookmarks_of_a_browser_come_with_tags_and_notes() -> None:
    found = read(
        "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<TITLE>Bookmarks</TITLE>\n<DL><p>\n<DT><H3>Sea</H3>\n"
        f'<DT><A HREF="{POST}" ADD_DATE="{SECONDS}" ICON="data:image/png;base64,AAAA" TAGS="sea,old">A</A>\n'
        "<DD>Look again\n"
        f"<DT><A HREF='{OTHER}'>B</A>\n</DL>"
    )
    assert found.form == "bookmarks"
    assert told(found) == [Entry((POST,), DAY, ("sea", "old"), "Look again"), Entry((OTHER,))]


def test_readwise_reader_is_known_by_its_headings() -> None:
    found = read(
        "Title,URL,ID,Document tags,Saved date,Reading progress,Location,Seen\n"
        f"\"A, or\nB\",{POST},01h,\"['sea', 'Old maps']\",2023-03-04 10:20:11+00:00,0.5,archive,True\n"
    )
    assert found.form == "Readwise Reader"
    assert told(found) == [Entry((POST,), DAY, ("sea", "old maps"), archived=True)]


def test_of_readwises_highlights_the_links_in_any_cell_count() -> None:
    found = read(
        "Highlight,Book Title,Book Author,Amazon Book ID,Note,Color,Tags,Location Type,Location,Highlighted at,"
        "Document tags\n"
        f'"As she says ({POST})",Tweets From Mara,Mara,,"mine",,,order,1,2023-03-04 10:20:11+00:00,sea\n'
        "A line of a book,Dune,Herbert,B00,,,,page,9,2023-03-04 10:20:11+00:00,\n"
    )
    assert found.form == "Readwise"
    assert told(found) == [
        Entry((f"{POST})",), DAY, ("sea",), "mine"),
        Entry((), DAY),
    ]


def test_omnivore_comes_as_json_and_as_a_table() -> None:
    item = {"title": "A", "url": POST, "state": "Archived", "labels": ["sea"], "savedAt": "2023-03-04T10:20:11.000Z"}
    wanted = [Entry((POST,), DAY, ("sea",), archived=True)]
    table = f'url,state,labels,saved_at,published_at\n{POST},ARCHIVED,"[sea]",{SECONDS}000,\n'
    for found in (read(json.dumps([item])), read(table)):
        assert (found.form, found.beyond, told(found)) == ("Omnivore", 0, wanted)


def test_instapapers_folders_say_where_an_entry_lies() -> None:
    head = "URL,Title,Selection,Folder,Timestamp"
    found = read(f"{head}\n{POST},A,a passage,Starred,{SECONDS}\n{OTHER},B,,Archive,{SECONDS}")
    assert found.form == "Instapaper"
    assert told(found) == [
        Entry((POST,), DAY, note="a passage", favorite=True),
        Entry((OTHER,), DAY, archived=True),
    ]


def test_our_own_file_comes_back_as_it_was() -> None:
    own = {
        "site": "Unroller",
        "saved": [{"link": POST, "tags": ["sea"], "note": "n", "favorite": True}],
        "highlights": [],
    }
    assert told(read(json.dumps(own))) == [Entry((POST,), tags=("sea",), note="n", favorite=True)]


@pytest.mark.parametrize("delimiter", [";", "\t", ","])
def test_tables_may_be_parted_by_anything(delimiter: str) -> None:
    found = read(delimiter.join(["Name", "Thread URL"]) + "\n" + delimiter.join(["A", POST]))
    assert (found.form, links(found)) == ("table", [POST])


def test_a_row_offers_all_its_links_the_likeliest_first() -> None:
    found = read(f"Title,Url,Thread\n{OTHER},https://news.example/a,{POST}")
    assert found.entries[0].links == ("https://news.example/a", POST)


@pytest.mark.parametrize("encode", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings_are_found_out(encode: str) -> None:
    text = f"url,note\n{POST},“Dvořák” for breakfast".replace("ř", "r")
    assert read(decoded(text.encode(encode))).entries[0].note == "“Dvorák” for breakfast"


def test_what_is_no_text_is_no_list() -> None:
    with pytest.raises(NoText):
        decoded(b"\x89PNG\r\n\x1a\n\x00\x01" * 99)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is no link in this list."),
        ("Nothing here.", "There is no link in this list."),
        ("[]", "There is no link in this list."),
        ('[{"url": 5}, null]', "There is no link in this list."),
        ("Name,Age\nMara,40", "There is no link in this table. Its columns are: name, age."),
        ("title,tags\nA,b", "There is no link in this table. Its columns are: title, tags."),
    ],
)
def test_what_holds_no_link_is_told_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(NoList) as refused:
        read(text)
    assert refused.value.sentence == sentence


@pytest.mark.parametrize(
    "broken",
    [
        f'url,note\n{POST},"never closed\n{OTHER},b',
        f'[{{"url": "{POST}"}}, {{"url": "{OTHER}"',
        "[" * 100_000 + POST + " " + OTHER,
        f"<a href={POST}><a href='{OTHER}'",
        f"url\n{'x' * 200_000}\n{POST}\n{OTHER}",
    ],
)
def test_broken_files_give_what_can_be_read(broken: str) -> None:
    found = {link.strip("[]\"'>,;{}") for entry in read(broken).entries for link in entry.links}
    assert POST in {link.split(",")[0] for link in found}


def test_no_more_entries_are_looked_at_than_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_lists, "MOST_ENTRIES", 3)
    found = read("\n".join(f"https://x.com/a/status/{n}" for n in range(1, 6)))
    assert (len(found.entries), found.beyond) == (3, 2)
    parts = link_lists.read_parts([POST, f"{OTHER}\n{POST}", f"{POST} {POST}", "nothing"])
    assert (len(parts.entries), parts.beyond) == (3, 2)


@pytest.mark.parametrize(
    "piece",
    [
        "a-" * 50,
        "a.",
        "https://",
        "<a ",
        '<a href="',
        '"",',
        "<h1>",
        "[",
        "x.com/a/status/1\n",
        "a=",
        "\u200f",
    ],
)
def test_the_time_it_takes_grows_with_the_text_and_no_faster(piece: str) -> None:
    """Sixteen times the text in at most sixty times the time: what grows with the square would take 256."""

    def taken(count: int) -> float:
        text = piece * count
        start = time.process_time()
        for form in ("{}", "url,note\n{}", "<{}", "[{}"):
            with contextlib.suppress(NoList):
                read(form.format(text))
        return time.process_time() - start

    small = 12_800 // len(piece)
    gc.collect()
    gc.disable()  # which walks through all that other tests left behind
    try:
        least = max(taken(small), 0.005)
        assert any(taken(small * 16) < 60 * least for _ in range(3))
    finally:
        gc.enable()


@given(st.text())
def test_whatever_it_is_it_is_read_or_refused(text: str) -> None:
    for form in (
        "{}",
        "url,tags,saved_at\n{}",
        "<a href='https://x.com/a/status/1' {}>",
        '[{{"url": "https://x.com", "tags": "{}"}}]',
    ):
        try:
            found = read(form.format(text))
        except NoList:
            continue
        assert all(len(link) <= link_lists.LONGEST for entry in found.entries for link in entry.links)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (SECONDS, DAY),
        (f"{SECONDS}000", DAY),
        ("2023-03-04T10:20:11Z", DAY),
        ("2023-03-04 11:20:11+01:00", DAY),
        ("2023-03-04", datetime(2023, 3, 4, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
        (None, None),
        ("99999999999999", None),
        ("0001-01-01T00:00:00+23:59", None),
        ("9999-12-31T23:59:59-23:59", None),
        (True, None),
    ],
)
def test_times_are_read_as_exports_write_them(written: object, wanted: datetime | None) -> None:
    assert moment(written) == wanted


def test_a_link_without_its_scheme_needs_a_host_and_a_path() -> None:
    assert list(link_lists.links_in("mail bob@x.com or a/b, x.com, or (www.x.com/a)")) == ["(www.x.com/a)"]
