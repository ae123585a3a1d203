"""Files with lists of links: texts, zips of them, and zips that mean harm."""

import io
import json
import zipfile
from collections.abc import Mapping

import pytest

from unroller.core import link_files
from unroller.core.link_files import BROKEN_ZIP, NO_TEXT, texts
from unroller.core.link_lists import NoList, read_parts

POST = "https://x.com/maralind/status/1900000000000000001"


def a_zip(files: Mapping[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return out.getvalue()


def items(*links: str) -> str:
    return json.dumps([{"url": link, "labels": [], "state": "Active"} for link in links])


def test_a_text_is_one_text() -> None:
    assert texts(POST.encode("utf-16")) == [POST]


def test_of_an_omnivore_export_the_metadata_count_in_their_order() -> None:
    body = a_zip(
        {
            "metadata_20_to_40.json": items(f"{POST}2"),
            "metadata_0_to_20.json": items(POST),
            "content/some-article.html": "<a href='https://x.com/other/status/1'>no</a>",
            "highlights/some-article.md": "https://x.com/other/status/2",
        }
    )
    found = read_parts(texts(body))
    assert found.form == "Omnivore"
    assert [entry.links[0] for entry in found.entries] == [POST, f"{POST}2"]


def test_of_other_zips_the_tables_count_and_else_a_page() -> None:
    table = f"title,url,time_added,tags,status\nA,{POST},1677925211,,unread"
    csv = a_zip({"pocket/part_000000.csv": table, "annotations/part_000000.csv": "x", "__MACOSX/._a.csv": b"\0\1"})
    assert texts(csv) == [table]
    assert texts(a_zip({"ril_export.html": f"<a href='{POST}'>", "folder/other.html": "no"})) == [f"<a href='{POST}'>"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x01" * 99, NO_TEXT),
        (a_zip({"list.csv": b"\x89PNG\r\n\x1a\n\x00\x01" * 99}), NO_TEXT),
        (b"PK\x03\x04 and then nothing", BROKEN_ZIP),
        (a_zip({"list.csv": POST * 99})[:-30], BROKEN_ZIP),
        (a_zip({"picture.png": b"png"}), "There is no list of links in this zip."),
        (
            a_zip({f"metadata_{number}.json": b"0" * 20 * 1024 * 1024 for number in range(3)}),
            "This zip is far larger unpacked than any list of links, so it is not opened.",
        ),
    ],
)
def test_what_holds_no_list_is_refused_in_a_sentence(body: bytes, sentence: str) -> None:
    with pytest.raises(NoList) as refused:
        texts(body)
    assert refused.value.sentence == sentence


def test_a_zip_that_lies_about_its_size_gives_no_more_than_it_said() -> None:
    body = bytearray(a_zip({"list.csv": b"0" * 1_000_000}))
    for place in (body.find(b"PK\x03\x04") + 22, body.find(b"PK\x01\x02") + 24):
        body[place : place + 4] = (10).to_bytes(4, "little")
    with pytest.raises(NoList, match="cannot be opened"):
        texts(bytes(body))


def test_damaged_zips_are_refused_wherever_the_damage_is() -> None:
    whole = a_zip({"list.csv": f"url\n{POST}"})
    for place in range(4, len(whole)):
        try:
            found = texts(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        except NoList:
            continue
        assert len(found) == 1


def test_no_more_files_of_a_zip_are_read_than_there_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_files, "MOST_FILES", 2)
    assert len(texts(a_zip({f"{number}.csv": POST for number in range(5)}))) == 2


@pytest.mark.parametrize("packed", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_zips_that_say_how_much_memory_to_take_are_not_unpacked(packed: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packed) as archive:
        archive.writestr("list.csv", f"url\n{POST}\n" * 50)
    body = bytearray(out.getvalue())
    for broken in (b"", b"\xff" * 22):
        body[48 : 48 + len(broken)] = broken
        with pytest.raises(NoList, match="cannot be opened"):
            texts(bytes(body))


def test_a_zip_that_names_very_many_files_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_files, "MOST_NAMED", 3)
    with pytest.raises(NoList, match="far larger"):
        texts(a_zip({f"{number}.csv": POST for number in range(4)}))
