"""A thread as a book: its files, what it says of itself, its contents; the same bytes each time."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from tests.core.piles import ALICE, BOB, chain, post, thread_of
from tests.exports.books import COVER, FIRST, OURS, PICTURES, book, opened, said
from tests.exports.sample import PIER, THREAD, single
from unroller.core.posts import Branch, Media, Thread
from unroller.exports.epub import bundle, export
from unroller.exports.pictures import Picture

# The files


def test_a_book_says_what_it_is_in_its_first_bytes() -> None:
    data = export(THREAD, PICTURES)
    assert data[30:58] == b"mimetypeapplication/epub+zip"


def test_every_file_is_in_the_manifest_and_every_page_in_the_spine() -> None:
    made = book(cover=COVER)
    items = made.find("package.opf", ".//opf:item")
    listed = {item.attrib["href"] for item in items}
    assert listed == set(made.files) - {"mimetype", "META-INF/container.xml", "package.opf"}
    pages = [item.attrib["id"] for item in items if item.attrib["media-type"] == "application/xhtml+xml"]
    assert [ref.attrib["idref"] for ref in made.find("package.opf", ".//opf:itemref")] == pages
    assert pages == ["cover", "page-1", "nav"]


def test_the_same_thread_gives_the_same_bytes() -> None:
    assert export(THREAD, PICTURES, cover=COVER) == export(THREAD, dict(reversed(PICTURES.items())), cover=COVER)


def test_a_refreshed_thread_is_another_edition_of_the_same_book() -> None:
    longer = replace(THREAD, line=(*THREAD.line, post(50, 6)))
    before, after = book(), book(longer)
    identifier = ".//dc:identifier"
    assert before.words("package.opf", identifier) == after.words("package.opf", identifier)
    assert before.meta("dcterms:modified") < after.meta("dcterms:modified")


@pytest.mark.parametrize("year", [1, 1969, 2108, 9999])
def test_a_date_that_a_zip_file_cannot_tell_is_no_trouble(year: int) -> None:
    made = book(single(created_at=datetime(year, 2, 28, 5, 6, 7, 890_000, UTC)))
    assert made.meta("dcterms:modified") == [f"{year:04}-02-28T05:06:07Z"]


# What it says of itself


def test_the_package_tells_title_author_source_and_language() -> None:
    thread = replace(THREAD, line=(replace(THREAD.head, lang="pt-br"), *THREAD.line[1:]))
    made = book(thread)
    told = {
        name: made.words("package.opf", f".//dc:{name}") for name in ("title", "creator", "language", "source", "date")
    }
    assert told == {
        "title": ["The keeper of the lamp"],
        "creator": ["Alice Moreau"],
        "language": ["pt-BR"],
        "source": ["https://social.example/alice/1"],
        "date": ["2026-03-01T12:01:00Z"],
    }
    assert made.meta("dcterms:modified") == ["2026-03-01T12:40:00Z"]


def test_a_thread_without_title_name_and_language_makes_a_book_too() -> None:
    made = book(single(text="", html="", author=replace(ALICE, name=" \u202e:blob:")))
    assert made.words("package.opf", ".//dc:title") == ["A post by @alice"]
    assert made.words("package.opf", ".//dc:creator") == ["@alice"]
    assert made.words("package.opf", ".//dc:language") == ["en"]


def test_it_promises_descriptions_only_when_every_photo_has_one() -> None:
    bare = replace(PIER, alt="")
    described, undescribed, missing = (
        book(single(media=media), pictures).meta("schema:accessibilityFeature")
        for media, pictures in (((PIER,), PICTURES), ((PIER, bare), PICTURES), ((bare,), {}))
    )
    assert "alternativeText" in described
    assert "alternativeText" not in undescribed
    assert "alternativeText" in missing


@pytest.mark.parametrize(("direction", "turns"), [("rtl", "rtl"), ("ltr", "ltr"), ("", "ltr")])
def test_pages_turn_as_the_thread_is_read(direction: Any, turns: str) -> None:
    made = book(single(direction=direction, lang="ar"))
    assert made.one("package.opf", "opf:spine").attrib["page-progression-direction"] == turns
    assert made.trees[FIRST].attrib.get("dir", "") == direction
    words = made.one(FIRST, ".//h:div[@class='text']").attrib
    assert (words["lang"], words["dir"]) == ("ar", direction or "auto")


# Contents


def test_every_post_is_in_both_tables_of_contents_and_every_entry_leads_somewhere() -> None:
    made = book()
    toc = made.find("nav.xhtml", ".//h:nav[@id='toc']//h:a")
    assert [said(entry) for entry in toc] == [
        "1. The keeper of the lamp. A thread",
        "[2 posts were deleted]",
        *("4. Post 4.", "4-1. Post 20.", "[1 post was deleted]", "4-3. Post 22.", "4-4. Post 30."),
        *("5. Post 5.", "5-1. Post 40."),
        "6. Content warning: Heights",
    ]
    assert made.words("toc.ncx", ".//ncx:navPoint/ncx:navLabel") == [said(entry) for entry in toc]
    for entry in toc:
        file, _, anchor = entry.attrib["href"].partition("#")
        assert len(made.find(file, f".//*[@id='{anchor}']")) == 1


def test_long_threads_are_cut_into_files_of_a_hundred_posts() -> None:
    made = book(thread_of(chain(1, 250)), {})
    counts = {
        name: len(made.find(name, ".//h:section[@class='post']")) for name in made.files if name.startswith("thread")
    }
    assert counts == {"thread-1-1.xhtml": 100, "thread-1-2.xhtml": 100, "thread-1-3.xhtml": 50}
    assert made.words("nav.xhtml", ".//h:nav[@id='toc']/h:ol/h:li/h:a") == [
        *("Posts 1 to 100", "Posts 101 to 200", "Posts 201 to 250"),
    ]
    assert len(made.find("nav.xhtml", ".//h:nav[@id='toc']/h:ol/h:li/h:ol/h:li")) == 250
    assert len(made.find("thread-1-1.xhtml", ".//h:h1")) == 1
    assert not made.find("thread-1-2.xhtml", ".//h:h1")


def test_a_long_branch_and_long_posts_are_cut_too() -> None:
    branch = Branch(parent_id="1", entries=tuple(chain(2, 230)))
    made = book(Thread(source="x", line=(post(1),), branches=(branch,)), {})
    labels = [
        label for number in (1, 2, 3, 4) for label in made.words(f"thread-1-{number}.xhtml", ".//h:p[@class='label']")
    ]
    assert labels == ["A side branch of 229 posts", *["A side branch of 229 posts, continued"] * 2]
    long = book(thread_of(chain(1, 20, html=f"<p>{'fog ' * 10_000}</p>")), {})
    assert max(len(data) for data in long.files.values()) < 200_000


# Several threads, and many pictures


def test_a_bundle_has_a_chapter_for_each_thread_and_begins_with_its_contents() -> None:
    other = Thread(source="x", line=(post(7, text="What the tide left", by=BOB, lang="fr"),))
    made = opened(bundle([(THREAD, OURS), (other, ""), (other, "")], PICTURES, title="Your\nweek", cover=COVER))
    assert made.words("package.opf", ".//dc:title") == ["Your week"]
    assert made.words("package.opf", ".//dc:creator") == ["Alice Moreau", "Bob Okafor"]
    assert made.words("nav.xhtml", ".//h:nav[@id='toc']/h:ol/h:li/h:a") == [
        *("The keeper of the lamp", "What the tide left", "What the tide left"),
    ]
    assert {nested.attrib["hidden"] for nested in made.find("nav.xhtml", ".//h:nav[@id='toc']/h:ol/h:li/h:ol")} == {
        "hidden"
    }
    spine = [ref.attrib["idref"] for ref in made.find("package.opf", ".//opf:itemref")]
    assert spine == ["cover", "nav", "page-1", "page-2", "page-3"]
    assert not made.find("package.opf", ".//opf:itemref[@linear]")


class Shelf(Mapping[str, Picture]):
    """Pictures that are made while they are asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getitem__(self, address: str) -> Picture:
        self.asked.append(address)
        if not address.startswith("https://a.example/"):
            raise KeyError(address)
        return Picture(address.encode() * 100, "image/jpeg", 8, 6)

    def __iter__(self) -> Iterator[str]:
        return iter(self.asked)

    def __len__(self) -> int:
        return len(self.asked)


def test_three_thousand_posts_with_two_thousand_pictures_make_one_book() -> None:
    photos = {number: (Media(type="photo", url=f"https://a.example/{number}"),) for number in range(1, 2_001)}
    line = tuple(replace(each, media=photos.get(int(each.id), ())) for each in chain(1, 3_000))
    shelf = Shelf()
    made = book(Thread(source="x", line=line), shelf)
    assert len([name for name in made.names if "pictures/" in name]) == 2_000
    assert made.files["pictures/2000.jpg"].startswith(b"https://a.example/2000")
    assert sorted(filter(None, shelf.asked)) == sorted(media.url for (media,) in photos.values())
    assert len(made.find("nav.xhtml", ".//h:nav[@id='toc']//h:a")) == 3_030
