"""What hangs on a post: photos, recordings, polls, cards, quotes, and what is folded."""

from datetime import UTC, datetime

import pytest

from tests.pages.cast import (
    BEGINNING,
    a_page,
    a_photo,
    a_post,
    a_thread,
)
from unroller import media
from unroller.core.posts import Card, Media, Option, Person, Poll, Quote

NOW = datetime(2026, 3, 9, tzinfo=UTC)


def test_a_quoted_post_is_a_card_with_author_words_and_pictures() -> None:
    museum = Person(id="2", handle="museum", name="Harbor Museum", url="https://x.com/museum")
    quote = Quote(
        id="9",
        url="https://x.com/museum/status/9",
        author=museum,
        created_at=BEGINNING,
        text="المنارة",
        html="<p>المنارة</p>",
        lang="ar",
        media=(a_photo(alt="A page of the log"),),
    )
    figure = a_page(a_thread(a_post(quote=quote))).one("figure", kind="quote")
    assert figure["dir"] == "rtl"
    assert figure.one("blockquote")["lang"] == "ar"
    assert "Harbor Museum @museum" in figure.text
    assert figure.one("img")["alt"] == "A page of the log"


def test_an_unavailable_quote_is_one_plain_line() -> None:
    post = a_post(quote=Quote(unavailable="The quoted post is not available."))
    assert a_page(a_thread(post)).one(kind="quote").text == "The quoted post is not available."


def test_a_photo_has_its_alt_text_its_size_and_a_link_to_the_whole_picture() -> None:
    photo = a_photo(1600, 1000, alt="The outer light at dusk")
    figure = a_page(a_thread(a_post(media=(photo,)))).one("figure", kind="media")
    image = figure.one("img")
    assert image["alt"] == "The outer light at dusk"
    assert int(image["width"]) / int(image["height"]) == pytest.approx(1.6, abs=0.01)
    assert image["src"] == figure.one("a")["href"] == media.address(photo.url)
    assert figure.one("figcaption").text == "The outer light at dusk"


def test_long_descriptions_and_those_of_several_photos_can_be_unfolded() -> None:
    long = "A keeper. " * 30
    page = a_page(a_thread(a_post(media=(a_photo(alt=long), a_photo(alt="Short.")))))
    fold = page.one("details", kind="alt")
    assert fold.one("summary").text == "Descriptions"
    assert [each.text for each in fold.all("p")] == [long.strip(), "Short."]


def test_a_video_is_a_poster_that_links_to_the_film() -> None:
    film = Media(
        type="video",
        url="https://video.twimg.com/a.mp4",
        poster="https://pbs.twimg.com/a.jpg",
        width=1280,
        height=720,
        seconds=83,
        alt="The lamp turns",
    )
    link = a_page(a_thread(a_post(media=(film,)))).one("a", kind="play")
    assert link["href"] == film.url
    assert link["aria-label"] == "Play the video (1:23): The lamp turns"
    assert link.one("img")["src"] == media.address(film.poster)
    assert (link["data-width"], link["data-height"]) == (link.one("img")["width"], link.one("img")["height"])


def test_a_streamed_video_links_to_the_post_until_a_script_finds_that_it_can_be_played() -> None:
    film = Media(type="video", url="https://video.bsky.app/a/playlist.m3u8", streamed=True)
    post = a_post(media=(film,))
    link = a_page(a_thread(post)).one("a", kind="play")
    assert (link["href"], link["data-stream"]) == (post.url, film.url)
    assert link.all("svg", kind="blank")


def test_an_animation_comes_through_this_site_muted_and_waits_for_a_wish() -> None:
    animation = Media(type="gif", url="https://video.twimg.com/g.mp4", width=480, height=300)
    video = a_page(a_thread(a_post(media=(animation,)))).one("video")
    assert video["src"] == media.address(animation.url)
    assert {"muted", "loop", "playsinline", "controls"} <= set(video.attributes)
    assert "autoplay" not in video.attributes
    assert video["preload"] == "none"


def test_a_recording_of_sound_has_controls_and_loads_nothing_by_itself() -> None:
    sound = Media(type="audio", url="https://files.example/rain.mp3", alt="Rain on the roof")
    audio = a_page(a_thread(a_post(media=(sound,)))).one("audio")
    assert (audio["src"], audio["preload"], audio["aria-label"]) == (sound.url, "none", "Rain on the roof")
    assert "controls" in audio.attributes


def test_sensitive_media_are_folded_and_the_words_are_not() -> None:
    page = a_page(a_thread(a_post("The wreck.", sensitive=True, media=(a_photo(),))))
    assert page.one("details", kind="fold").one("summary").text == "Sensitive media"
    assert page.one(kind="text").text == "The wreck."
    assert not page.one(kind="text").inside("details")
    assert page.one("details", kind="fold").all("img")


def test_everything_behind_a_content_warning_is_folded_once() -> None:
    post = a_post(
        "Noodles.", warning="food", sensitive=True, media=(a_photo(),), card=Card(url="https://a.example", title="Menu")
    )
    fold = a_page(a_thread(post)).one("details", kind="fold")
    assert fold.one("summary").text == "Content warning: food"
    assert fold.all(kind="text")
    assert fold.all("img")
    assert fold.all(kind="link-card")


def test_a_poll_shows_shares_as_bars_and_as_words() -> None:
    poll = Poll(options=(Option(label="Yes", votes=1), Option(label="No", votes=2)), ends_at=BEGINNING)
    shown = a_page(a_thread(a_post(poll=poll))).one(kind="poll")
    assert [item.text for item in shown.all("li")] == ["Yes 33%", "No 67%"]
    assert [bar["width"] for bar in shown.all("rect")] == ["33", "67"]
    assert [item.get("class") for item in shown.all("li")] == ["", "leads"]
    assert "3 votes" in shown.text


def test_a_poll_whose_votes_are_hidden_shows_none() -> None:
    shown = a_page(a_thread(a_post(poll=Poll(options=(Option(label="Yes"), Option(label="No")))))).one(kind="poll")
    assert [item.text for item in shown.all("li")] == ["Yes", "No"]
    assert "%" not in shown.text


def test_a_link_card_shows_what_the_page_says_of_itself_and_where_it_is() -> None:
    card = Card(url="https://www.tides.example/tables", title="Tables that lie", description="In pencil.")
    shown = a_page(a_thread(a_post(card=card))).one("a", kind="link-card")
    assert shown["href"] == card.url
    assert shown.text == "Tables that lie In pencil. tides.example"


def test_custom_emoji_come_through_this_site_and_other_pictures_in_texts_are_left_out() -> None:
    cat = "https://files.example/cat.png?a=1&amp;b=2"
    words = (
        f'<p>Hi <img class="emoji" alt=":cat:" title=":cat:" src="{cat}"> <img src="https://evil.example/x.png"></p>'
    )
    image = a_page(a_thread(a_post(html=words))).one(kind="text").one("img")
    assert image["src"] == media.address("https://files.example/cat.png?a=1&b=2")
    assert (image["alt"], image["width"], image["height"]) == (":cat:", "20", "20")
