"""A thread on paper."""

import io
from typing import Any

import pikepdf
import pytest
from msgspec.structs import replace
from PIL import Image, ImageChops

from tests.core.piles import ALICE, post
from tests.exports.reading import bare, drawn, read, tags
from tests.exports.sample import PIER, QUOTE, THREAD, WAVES, single
from unroller.core.posts import Card, Media, Option, Poll, Quote, Thread
from unroller.exports import pdf, pictures
from unroller.exports.pictures import Picture

HERE = "https://unroller.example/thread/x/1"
HOSTILE = [
    '#panic("x")',
    '#import "/etc/passwd": *',
    "$x^2$ $",
    "*bold* _it_ `code` ```raw```",
    "@ref <label> = Heading",
    "\\ \\u{41} // comment /* comment",
    "[a](b) #[ ] { }",
    "- item\n+ item\n/ term: x",
    "\"quoted\" 'single' --- ... ~",
    "#(1+1) #let x = 1",
]


def photo(width: int, height: int, color: str = "steelblue") -> Picture:
    written = io.BytesIO()
    Image.new("RGB", (width, height), color).save(written, "JPEG")
    return Picture(written.getvalue(), "image/jpeg", width, height)


def made(thread: Thread, **found: Picture) -> bytes:
    (file,) = pdf.export(thread, found, address=HERE)
    return file


def posts(count: int, **more: Any) -> Thread:
    return Thread(source="x", line=tuple(post(number, number - 1 or None, **more) for number in range(1, count + 1)))


def test_everything_stands_in_its_place() -> None:
    found = read(made(THREAD, **{PIER.url: photo(800, 600), WAVES.poster: photo(640, 360)}))
    expected = [
        "Alice Moreau",
        "@alice on Mastodon",
        "The keeper of the lamp",
        "Mar 1, 2026 · 4 posts · 1 min read · Read on Mastodon",
        "3 posts of this thread were deleted.",
        "2 posts were deleted",
        "Post 4.",
        "Video",
        "Bob Okafor",
        "Salt & fog",
        "4-1",
        "Post 20.",
        "1 post was deleted",
        "5-1",
        "Content warning: Heights",
        "Pier & lamp",
        "pier.example",
        f"Source: {THREAD.head.url}",
        f"Unrolled at {HERE}",
    ]
    position = 0
    words = bare(found.text)
    for each in expected:
        position = words.index(bare(each), position)


def test_links_are_live() -> None:
    found = read(made(THREAD, **{PIER.url: photo(800, 600), WAVES.poster: photo(640, 360)}))
    assert found.links == {
        HERE,
        ALICE.url,
        *(each.url for each in THREAD.posts),
        PIER.url,
        WAVES.url,
        QUOTE.url.replace("/90", ""),
        "https://pier.example/a",
    }


def test_bookmarks_lead_to_title_and_posts() -> None:
    assert read(made(THREAD)).bookmarks == [
        (0, "The keeper of the lamp"),
        (1, "1. The keeper of the lamp. A thread"),
        (1, "4. Post 4."),
        (2, "4-1. Post 20."),
        (2, "4-3. Post 22."),
        (2, "4-4. Post 30."),
        (1, "5. Post 5."),
        (2, "5-1. Post 40."),
        (1, "6. Content warning: Heights"),
    ]


def test_it_says_what_it_is_and_keeps_to_the_rules_of_accessible_files() -> None:
    file = made(single(lang="pt-BR", text="Farol", html="<p>Farol</p>", direction="ltr"))
    with pikepdf.open(io.BytesIO(file)) as document, document.open_metadata() as facts:
        assert document.Root.Lang == "pt-BR"
        assert document.Root.MarkInfo.Marked
        assert facts["dc:title"] == "Farol"
        assert facts["dc:creator"] == ["Alice Moreau"]
        assert facts["pdfuaid:part"] == "1"
        assert facts["xmp:CreateDate"] == "2026-03-01T12:01:00Z"
        assert document.Root.ViewerPreferences.DisplayDocTitle


def test_headings_figures_and_links_are_tagged() -> None:
    found = tags(made(THREAD, **{PIER.url: photo(800, 600), WAVES.poster: photo(640, 360)}))
    kinds = [kind for kind, _ in found]
    assert [kind for kind in kinds if kind.startswith("H")] == ["H1", "H2", "H2", "H3", "H3", "H3", "H2", "H3", "H2"]
    assert [alt for kind, alt in found if kind == "Figure"] == [
        "The pier at night",
        "Video without a description",
        "The pier at night",
    ]
    assert "Link" in kinds


def test_pages_are_numbered_and_tell_author_and_source() -> None:
    found = read(made(posts(40)))
    for number, page in enumerate(found.words, 1):
        assert f"{number} / {len(found.words)}" in page
        assert "https://social.example/alice/1" in page
        assert number == 1 or page.strip().startswith("Alice Moreau")


@pytest.mark.parametrize(("paper", "size"), [("a4", (596, 842)), ("letter", (612, 792))])
def test_both_papers(paper: pdf.Paper, size: tuple[int, int]) -> None:
    (file,) = pdf.export(single(), {}, paper=paper)
    assert drawn(file).size == size


def test_the_same_thread_gives_the_same_bytes() -> None:
    found = {PIER.url: photo(800, 600)}
    assert made(THREAD, **found) == made(THREAD, **found)


def test_a_thread_of_words_is_a_small_file() -> None:
    words = "Stand on the pier at night and count the seconds between two flashes: every light keeps a rhythm. " * 2
    file = made(posts(72, text=words, html=f"<p>{words}</p>"))
    assert len(file) < 100_000


# What networks say never becomes markup


@pytest.mark.parametrize("word", HOSTILE)
def test_no_word_is_read_as_markup(word: str) -> None:
    html = f"<p>{word.replace('&', '&amp;').replace('<', '&lt;')}</p>"
    evil = replace(ALICE, name=word, handle="x")
    thread = single(
        author=evil,
        text=word,
        html=html,
        warning=word,
        media=(Media(type="photo", url="https://a.example/p.jpg", alt=word),),
        poll=Poll(options=(Option(label=word, votes=1),)),
        card=Card(url="https://a.example", title=word, description=word),
        quote=Quote(id="9", url="https://a.example/9", author=evil, html=html, text=word),
    )
    words = bare(read(made(thread)).text)
    assert words.count(bare(word)) >= 7
    described = tags(made(thread, **{"https://a.example/p.jpg": photo(80, 60)}))
    assert ("Figure", " ".join(word.split())) in described


@pytest.mark.parametrize(
    "words",
    [
        "",
        " ",
        "\u0000\u0007\u001b",
        "\ud800 \udfff",
        "a\u202eb\u2066c",
        "\ufeff\ufffe",
        "\U00012000 \ue000",
        "e" + "\u0301" * 300,
    ],
)
def test_strange_characters_break_nothing(words: str) -> None:
    person = replace(ALICE, name=words, handle=words)
    thread = single(
        author=person,
        text=words,
        html=f"<p>{words}</p>",
        warning=words,
        lang=words,
        media=(Media(type="photo", url="https://a.example/p.jpg", alt=words),),
        card=Card(url="https://a.example", title=words, label=words),
        poll=Poll(options=(Option(label=words),)),
    )
    assert read(made(thread)).words


def test_a_letter_without_a_glyph_is_seen_as_a_box() -> None:
    assert "salt □" in read(made(single(text="x", html="<p>salt \U00012000</p>"))).text


def test_an_empty_post_is_only_its_number() -> None:
    assert "1 Mar 1, 2026" in read(made(single(text="", html=""))).text


# Pictures


def test_a_picture_that_is_missing_leaves_a_line_of_words() -> None:
    thread = single(media=(PIER, WAVES, Media(type="audio", url="https://a.example/s.mp3", alt="Bell")))
    found = read(made(thread))
    assert "Picture: The pier at night (it could not be fetched)" in bare_lines(found.text)
    assert "Video (it could not be fetched)" in found.text
    assert "Recording: Bell" in found.text
    assert {PIER.url, WAVES.url, "https://a.example/s.mp3"} <= found.links


def bare_lines(words: str) -> str:
    return " ".join(words.split())


def test_pictures_keep_their_proportions_and_are_never_cut() -> None:
    sizes = [(1400, 300), (200, 1400), (900, 900), (40, 30), (1400, 1)]
    for width, height in sizes:
        file = made(single(media=(PIER,)), **{PIER.url: photo(width, height, "#00ff00")})
        box = greens(file)
        assert box is not None
        shown = ((box[2] - box[0]) or 1) / ((box[3] - box[1]) or 1)
        assert height == 1 or shown == pytest.approx(width / height, rel=0.1)
        assert box[2] <= 595 - 80


def greens(file: bytes) -> tuple[int, int, int, int] | None:
    """Where the page is green, in points."""
    page = drawn(file)
    apart = ImageChops.difference(page, Image.new("RGB", page.size, "#00ff00")).convert("L")
    return apart.point(lambda value: 255 if value < 40 else 0).getbbox()


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 10])
def test_several_pictures_stand_in_rows(count: int) -> None:
    urls = [f"https://a.example/{number}.jpg" for number in range(count)]
    media = tuple(Media(type="photo", url=url, alt=f"Light {number}") for number, url in enumerate(urls))
    file = made(single(media=media), **{url: photo(600 + 90 * number, 500) for number, url in enumerate(urls)})
    assert [alt for kind, alt in tags(file) if kind == "Figure"] == [item.alt for item in media]


@pytest.mark.parametrize(("limit", "most"), [("MOST_PICTURES", 3), ("MOST_PIXELS", 4 * 60 * 40 - 1)])
def test_many_pictures_make_volumes(monkeypatch: pytest.MonkeyPatch, limit: str, most: int) -> None:
    monkeypatch.setattr(pdf, limit, most)
    line = [post(number, media=(Media(type="photo", url=f"https://a.example/{number}.jpg"),)) for number in range(1, 8)]
    found = {url: photo(60, 40) for url in pictures.wanted(Thread(source="x", line=tuple(line)))}
    volumes = [read(file) for file in pdf.export(Thread(source="x", line=tuple(line)), found)]
    assert [[title for level, title in volume.bookmarks if level] for volume in volumes] == [
        ["1. Post 1.", "2. Post 2.", "3. Post 3."],
        ["4. Post 4.", "5. Post 5.", "6. Post 6."],
        ["7. Post 7."],
    ]
    assert [volume.bookmarks[0][1] for volume in volumes] == [f"Post 1 ({number} of 3)" for number in (1, 2, 3)]


def test_a_volume_that_begins_in_a_branch_keeps_its_headings_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MOST_PICTURES", 1)
    item = Media(type="photo", url="https://a.example/20.jpg")
    branch = replace(THREAD.branches[0], entries=(post(20, 4, media=(item,)), post(22, 20)))
    thread = replace(THREAD, branches=(branch,))
    found = {url: photo(60, 40) for url in pictures.wanted(thread)}
    volumes = pdf.export(thread, found)
    assert len(volumes) > 1
    for file in volumes:
        kinds = [kind for kind, _ in tags(file) if kind in {"H1", "H2", "H3"}]
        assert kinds[:2] == ["H1", "H2"]


@pytest.mark.parametrize("place", ["words", "post", "author", "quote", "card", "picture", "our page"])
def test_a_link_that_is_too_long_for_a_page_stays_as_words(place: str) -> None:
    url = "https://e.example/é"
    url += "a" * (8_001 - len(url.encode()))
    thread = {
        "words": single(html=f'<p><a href="{url}">the lamp</a></p>'),
        "post": single(url=url),
        "author": single(author=replace(ALICE, url=url)),
        "quote": single(quote=replace(QUOTE, url=url)),
        "card": single(card=Card(url=url, title="A lamp")),
        "picture": single(media=(Media(type="photo", url=url, alt="A pier"),)),
        "our page": single(),
    }[place]
    (file,) = pdf.export(thread, {}, address=url if place == "our page" else HERE)
    assert url not in read(file).links


def test_a_link_that_just_fits_is_one() -> None:
    url = "https://e.example/" + "a" * 7_982
    assert url in read(made(single(html=f'<p><a href="{url}">the lamp</a></p>'))).links
