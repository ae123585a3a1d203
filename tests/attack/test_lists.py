"""Lists that readers bring, spoiled in every way: each is read as a list, or said to be none, and soon."""

import io
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.attack.depth import examples
from tests.attack.mutations import GIANT, Spoiled, spoiled
from tests.sources.keyless_nonsense import NONSENSE
from unroller.core.link_files import texts
from unroller.core.link_lists import LinkList, NoList, read_parts

EXAMPLES = 100
MOST_SECONDS = 3.0
"""Of the processor."""
POST = "https://x.com/maralind/status/190000000000000000"
OTHER = "https://bsky.app/profile/mara.example/post/3kabcdefghi2x"
OPML = f"""<?xml version="1.0"?><opml version="2.0"><body><outline text="Sea" title="Sea">
<outline type="rss" text="Mara" xmlUrl="https://mara.example/feed" htmlUrl="{POST}2"/></outline></body></opml>"""
BOOKMARKS = f"""<!DOCTYPE NETSCAPE-Bookmark-file-1><DL><p><DT><H3 ADD_DATE="1677925211">Read later</H3><DL><p>
<DT><A HREF="{POST}1" ADD_DATE="1677925211" TAGS="sea,old maps">A thread</A><DD>A note &amp; more
<DT><A HREF='{OTHER}' PRIVATE=1>Another</A></DL><p></DL>"""
POCKET = f"<!DOCTYPE html><h1>Unread</h1><ul><li><a href='{POST}3' time_added='1677925211' tags='a,b'>T</a></ul>"
TEXTS = {
    "text": f"To read:\n- {POST}1, and <{OTHER}>\n\n1900000000000000001\nx.com/a/status/5 !",
    "bookmarks": BOOKMARKS,
    "Pocket, before": POCKET,
    "Pocket": f'title,url,time_added,tags,status\n"A, ""B""",{POST}1,1677925211,sea|old maps,archive\n,{OTHER},,,\n',
    "Readwise": "Highlight,Book Title,Book Author,Note,Tags,Highlighted at,Document tags,URL\n"
    f'"Words, words","A title",@mara,"Mine",sea,2023-03-04 10:20:11,,{POST}1\n',
    "OPML": OPML,
}
ITEMS: dict[str, Any] = {
    "Omnivore": [
        {"id": "a", "slug": "a", "title": "A", "url": f"{POST}1", "labels": ["sea"], "state": "Active"}
        | {"savedAt": "2023-03-04T10:20:11Z", "publishedAt": None, "description": "A note"},
        {"url": OTHER, "labels": [{"name": "b"}], "state": "Archived", "savedAt": "x"},
    ],
    "Readwise": {
        "count": 1,
        "results": [{"source_url": f"{POST}1", "title": "A", "highlights": [{"text": "Words", "note": "Mine"}]}],
    },
    "ours": {
        "library": [
            {"url": f"{POST}1", "tags": ["sea"], "note": "Mine", "saved_at": "2023-03-04T10:20:11Z", "archived": True}
            | {"highlights": [{"post_id": "1", "quote": "Words", "color": "blue", "start": 0, "note": "x"}]},
        ]
    },
}
ODD = ("\x00", '"', "'", ",", "\t", "\r", "<a href=", "<", ">", "\\", "]]", "://")
CHUNKS = (*map(str, (*GIANT, *NONSENSE)), *ODD)


@st.composite
def cut_up(draw: st.DrawFn, text: str) -> str:
    """A text with pieces left out, doubled, exchanged, or with something else put between."""
    for _ in range(draw(st.integers(1, 4))):
        one, two = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
        between = draw(st.one_of(st.sampled_from(CHUNKS), st.text(max_size=20), st.just(text[one:two] * 30)))
        text = text[:one] + between + text[draw(st.sampled_from((one, two))) :]
    return text[:2_000_000]


def outcome(body: bytes) -> str:
    """What became of a file."""
    begun = time.thread_time()
    try:
        found = read_parts(texts(body))
    except NoList:
        return "none"
    finally:
        assert time.thread_time() - begun < MOST_SECONDS
    keepable(found)
    return "list"


def keepable(found: LinkList) -> None:
    """As text of UTF-8 without NUL, which PostgreSQL takes."""
    for entry in found.entries:
        words = json.dumps(entry, default=str, ensure_ascii=False)
        assert "\\u0000" not in words
        words.encode()
    repr(found.marks).encode()


def attacked(make: st.SearchStrategy[bytes]) -> None:
    became = []

    @examples(EXAMPLES)
    @given(body=make)
    def attack(body: bytes) -> None:
        became.append(outcome(body))

    attack()
    assert "list" in became


def zipped(words: bytes, name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, words)
    return out.getvalue()


CODES: tuple[Callable[[str], bytes], ...] = (
    lambda text: text.encode("utf-8", "surrogatepass"),
    lambda text: text.encode("utf-16", "surrogatepass"),
    lambda text: text.encode("cp1252", "replace"),
    lambda text: zipped(text.encode("utf-8", "surrogatepass"), "pocket/part_000000.csv"),
)


@pytest.mark.parametrize("form", TEXTS)
def test_spoiled_texts_are_lists_or_none(form: str) -> None:
    assert outcome(TEXTS[form].encode()) == "list"
    attacked(st.builds(lambda text, code: code(text), cut_up(TEXTS[form]), st.sampled_from(CODES)))


def written(bad: Spoiled) -> bytes:
    return json.dumps(bad.document, default=str).encode()


@pytest.mark.parametrize("form", ITEMS)
def test_spoiled_items_are_lists_or_none(form: str) -> None:
    assert outcome(json.dumps(ITEMS[form]).encode()) == "list"
    plain = spoiled(ITEMS[form]).map(written)
    attacked(st.one_of(plain, plain.map(lambda body: zipped(body, "metadata_0_to_20.json"))))


def test_spoiled_zips_are_lists_or_none() -> None:
    sound = zipped(TEXTS["Pocket"].encode(), "pocket/part_000000.csv")
    places = st.lists(st.tuples(st.integers(0, len(sound) - 1), st.integers(0, 255)), min_size=1, max_size=4)

    def bent(changes: list[tuple[int, int]]) -> bytes:
        body = bytearray(sound)
        for place, value in changes:
            body[place] = value
        return bytes(body)

    attacked(places.map(bent))
