"""The pages of a book: every part of a thread and of a post in its place, and a line for what could not be had."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from tests.core.piles import ALICE, BOB, post, tombstone
from tests.exports.books import FIRST, OURS, PICTURES, book, picture, said
from tests.exports.sample import PIER, QUOTE, THREAD, WAVES, single
from unroller.core.posts import Card, Emoji, Gap, Media, Option, Poll, Quote, Thread
from unroller.exports.pictures import Picture


def shown(path: str, pictures: Mapping[str, Picture] = PICTURES, **changes: Any) -> list[str]:
    """What a book of one post says at a path."""
    return book(single(**changes), pictures).words(FIRST, f".//h:section[@id='post-1']{path}")


# A thread’s parts


def test_the_head_tells_who_when_how_long_and_what_is_missing() -> None:
    avatar = "https://social.example/alice.jpg"
    thread = replace(THREAD, line=(replace(THREAD.head, author=replace(ALICE, avatar=avatar)), *THREAD.line[1:]))
    head = book(thread, {**PICTURES, avatar: picture()}).one(FIRST, ".//h:header")
    assert said(head) == (
        "Alice Moreau @alice on Mastodon The keeper of the lamp Mar 1, 2026 · 4 posts · 1 min read · Read on Mastodon "
        "3 posts of this thread were deleted.Only the first 8 posts are here."
    )
    assert [image.attrib["src"] for image in head.findall(".//{*}img")] == ["pictures/1.jpg"]


def test_what_the_thread_answers_comes_first() -> None:
    made = book(replace(single(), context=QUOTE))
    assert made.words(FIRST, ".//h:section[@aria-label='In reply to']//h:blockquote") == ["Salt & fogand more"]


def test_a_post_is_a_section_with_its_number_and_its_date_linked() -> None:
    made = book()
    section = made.one(FIRST, ".//h:section[@id='post-4-1']")
    assert section.attrib["aria-label"] == "Post 4-1"
    link = made.one(FIRST, ".//h:section[@id='post-4-1']/h:p[@class='foot']//h:a")
    assert (said(link), link.attrib["href"]) == ("4-1 · Mar 1, 2026, 12:20", "https://social.example/alice/20")
    assert shown("/h:p[@class='foot']", edited=True) == ["1 · Mar 1, 2026, 12:01 · Edited"]


def test_deleted_posts_branches_and_additions_are_marked() -> None:
    made = book(replace(THREAD, updates=("5",)))
    assert made.words(FIRST, ".//h:p[@class='gap']") == ["[2 posts were deleted]", "[1 post was deleted]"]
    assert made.words(FIRST, ".//h:p[@class='label']") == [
        *("A side branch of 3 posts", "A side branch of 1 post", "A side branch of 1 post"),
    ]
    assert made.words(FIRST, ".//h:p[@class='added']") == ["Added on Mar 1, 2026"]


def test_a_thread_may_end_in_a_gap() -> None:
    made = book(Thread(source="x", line=(post(1), Gap(posts=(tombstone(2),)))))
    assert made.words("nav.xhtml", ".//h:nav[@id='toc']//h:a") == ["1. Post 1.", "[1 post was deleted]"]


def test_the_end_names_the_source_and_our_address() -> None:
    told = book(address=OURS).one(FIRST, ".//h:div[@class='source']")
    assert said(told).endswith(f"Source: https://social.example/alice/1Unrolled at {OURS}")
    assert [link.attrib["href"] for link in told.findall(".//{*}a")] == ["https://social.example/alice/1", OURS]
    assert "Unrolled" not in said(book().one(FIRST, ".//h:div[@class='source']"))


# What hangs on a post


def test_photos_are_figures_with_their_description() -> None:
    made = book(single(media=(PIER,)))
    image = made.one(FIRST, ".//h:figure/h:img")
    assert (image.attrib["src"], image.attrib["alt"]) == ("pictures/1.jpg", "The pier at night")
    assert made.files["pictures/1.jpg"] == PICTURES[PIER.url].data
    assert made.words(FIRST, ".//h:figcaption") == ["The pier at night"]
    assert shown("//h:figcaption", media=(replace(PIER, alt="x" * 121),)) == []


def test_a_picture_that_is_shown_twice_is_in_the_book_once() -> None:
    made = book(single(media=(PIER, PIER), quote=QUOTE))
    assert [name for name in made.names if "pictures/" in name] == ["EPUB/pictures/1.jpg"]
    assert len(made.find(FIRST, ".//h:img")) == 3


def test_a_photo_that_could_not_be_had_is_a_line_with_its_description_and_a_link() -> None:
    made = book(single(media=(PIER, replace(PIER, alt="", url="javascript:x"))), {})
    lost = made.find(FIRST, ".//h:p[@class='lost']")
    assert [said(line) for line in lost] == [
        "A photo that is not in this file: The pier at night",
        "A photo that is not in this file: no description",
    ]
    assert [link.attrib["href"] for line in lost for link in line.findall(".//{*}a")] == [PIER.url]
    assert not made.find(FIRST, ".//h:img")


def test_a_video_is_its_poster_with_a_link_and_a_stream_leads_to_its_post() -> None:
    stream = replace(WAVES, seconds=83, streamed=True, alt="Waves")
    made = book(single(media=(WAVES, stream)))
    links = made.find(FIRST, ".//h:figure//h:a")
    assert [link.attrib["href"] for link in links] == [WAVES.url] * 2 + ["https://social.example/alice/1"] * 2
    assert [image.attrib["alt"] for image in made.find(FIRST, ".//h:figure//h:img")] == ["Video", "Video: Waves"]
    assert made.words(FIRST, ".//h:p[@class='play']") == ["Watch the video", "Watch the video (1:23)"]
    assert shown("//h:div[@class='recording']", {}, media=(stream,)) == ["Watch the video (1:23)Waves"]
    assert shown("//h:p[@class='play']", media=(Media(type="audio", url="https://a.example/a"),)) == ["Listen"]


def test_a_poll_shows_its_votes_as_bars_where_the_network_tells() -> None:
    options = (Option(label="Lamp :blob:", votes=30), Option(label="Bell", votes=10), Option(label=""))
    poll = Poll(options=options, ends_at=datetime(2026, 3, 4, tzinfo=UTC), multiple=True)
    emoji = Emoji(shortcode="blob", url="https://a.example/b.png")
    made = book(single(poll=poll, emojis=(emoji,)), {emoji.url: picture("red", "png", 20, 20)})
    assert made.words(FIRST, ".//h:li") == ["Lamp 75%", "Bell 25%", "…"]
    assert [bar.attrib["width"] for bar in made.find(FIRST, ".//svg:rect")] == ["75", "25"]
    assert made.one(FIRST, ".//h:li//h:img").attrib["alt"] == ":blob:"
    assert made.words(FIRST, ".//h:div[@class='poll']/h:p") == [
        "40 votes · more than one answer allowed · until Mar 4, 2026",
    ]
    assert made.one("package.opf", ".//opf:item[@id='page-1']").attrib["properties"] == "svg"
    assert "properties" not in book(single()).one("package.opf", ".//opf:item[@id='page-1']").attrib


def test_a_card_shows_title_words_site_and_picture() -> None:
    card = Card(url="https://www.pier.example/a", title="Pier & lamp", description="On both", image=PIER.url)
    assert shown("/h:div[@class='card']/h:p", card=card) == ["Pier & lamp", "On both", "pier.example"]
    made = book(single(card=card))
    assert made.one(FIRST, ".//h:div[@class='card']//h:a").attrib["href"] == card.url
    assert made.one(FIRST, ".//h:div[@class='card']/h:img").attrib["alt"] == ""


def test_a_quoted_post_is_a_card_with_its_author_and_its_warning() -> None:
    quote = replace(QUOTE, warning="Heights", created_at=datetime(2026, 2, 1, tzinfo=UTC), lang="en")
    made = book(single(quote=quote))
    assert made.words(FIRST, ".//h:figure[@class='quote']/h:figcaption") == ["Bob Okafor @bob Feb 1, 2026"]
    assert made.words(FIRST, ".//h:figure[@class='quote']/h:p") == ["Content warning: Heights"]
    assert made.one(FIRST, ".//h:blockquote").attrib["lang"] == "en"
    assert len(made.find(FIRST, ".//h:figure[@class='quote']/h:figure/h:img")) == 1


@pytest.mark.parametrize("author", [None, BOB])
def test_a_quote_that_cannot_be_shown_says_only_why(author: Any) -> None:
    quote = Quote(author=author, text="Secret", html="<p>Secret</p>", unavailable="It was deleted.")
    assert shown("/h:p[@class='quote gone']", quote=quote) == ["It was deleted."]
    assert "Secret" not in "".join(shown("", quote=quote))


def test_warnings_are_said_before_what_they_warn_of() -> None:
    (told,) = shown("", warning="Heights", text="Fog", html="<p>Fog</p>")
    assert told.startswith("Content warning: Heights Fog")
    assert shown("/h:p[@class='warning']", sensitive=True, media=(PIER,)) == ["Sensitive media"]
    assert shown("/h:p[@class='warning']", sensitive=True) == []


def test_custom_emoji_are_small_pictures_or_their_names() -> None:
    html = '<p>Hi <img class="emoji" alt=":b:" title=":b:" src="https://a.example/b.png"></p>'
    assert shown("/h:div[@class='text']", html=html) == ["Hi :b:"]
    image = book(single(html=html), {"https://a.example/b.png": picture()}).one(FIRST, ".//h:p/h:img")
    assert (image.attrib["class"], image.attrib["alt"]) == ("emoji", ":b:")
