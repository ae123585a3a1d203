"""What hangs on posts on X: media, polls, cards."""

from typing import Any

import pytest

from tests.sources.x_bodies import Json, link, post, shown
from unroller.core.posts import Media

SHORT = "https://t.co/AbCdEfGhIj"


class TestMedia:
    def test_photos_stand_in_the_authors_order_with_size_and_description(self) -> None:
        media: list[Json] = [
            {"media_key": "3_1", "type": "photo", "url": "https://pbs.example/1.jpg", "width": 800, "height": 600},
            {"media_key": "3_2", "type": "photo", "url": "https://pbs.example/2.jpg", "alt_text": "A crane\x07"},
        ]
        found = shown(post("", attachments={"media_keys": ["3_2", "3_9", "3_1"]}), media=media)
        assert found.media == (
            Media(type="photo", url="https://pbs.example/2.jpg", alt="A crane"),
            Media(type="photo", url="https://pbs.example/1.jpg", width=800, height=600),
        )

    @pytest.mark.parametrize(
        ("files", "chosen", "streamed"),
        [
            (["480x270", "m3u8", "1280x720", "640x360"], "1280x720", False),
            (["480x270", "1920x1080", "1280x720"], "1280x720", False),
            (["3840x2160", "1920x1080"], "3840x2160", False),
            (["720x1280", "1080x1920", "360x640"], "1080x1920", False),
            (["m3u8"], "m3u8", True),
        ],
    )
    def test_a_video_gives_its_best_file_that_is_not_too_wide(
        self, files: list[str], chosen: str, streamed: bool
    ) -> None:
        video = {
            "media_key": "7_1",
            "type": "video",
            "preview_image_url": "https://pbs.example/poster.jpg",
            "duration_ms": 71_292,
            "width": 1280,
            "height": 720,
            "variants": [variant(size) for size in files],
        }
        (found,) = shown(post("", attachments={"media_keys": ["7_1"]}), media=[video]).media
        assert (found.type, found.streamed, found.seconds) == ("video", streamed, 71.292)
        assert found.poster == "https://pbs.example/poster.jpg"
        assert chosen in found.url

    def test_an_animated_gif_is_a_gif(self) -> None:
        variants = [{"bit_rate": 0, "content_type": "video/mp4", "url": "https://video.example/tweet_video/G.mp4"}]
        loop = {"media_key": "16_1", "type": "animated_gif", "variants": variants}
        (found,) = shown(post("", attachments={"media_keys": ["16_1"]}), media=[loop]).media
        assert (found.type, found.url) == ("gif", "https://video.example/tweet_video/G.mp4")

    def test_a_video_of_which_only_the_picture_is_known_is_a_picture(self) -> None:
        video = {"media_key": "7_1", "type": "video", "preview_image_url": "https://pbs.example/poster.jpg"}
        (found,) = shown(post("", attachments={"media_keys": ["7_1"]}), media=[video]).media
        assert (found.type, found.url) == ("photo", "https://pbs.example/poster.jpg")

    @pytest.mark.parametrize("url", ["javascript:alert(1)", "data:image/png;base64,AA", "", None, 7])
    def test_only_web_addresses_are_media(self, url: object) -> None:
        photo = {"media_key": "3_1", "type": "photo", "url": url}
        assert shown(post("", attachments={"media_keys": ["3_1"]}), media=[photo]).media == ()


def variant(size: str) -> Json:
    if size == "m3u8":
        return {"content_type": "application/x-mpegURL", "url": "https://video.example/pl/m3u8.m3u8"}
    height = int(size.partition("x")[2])
    return {"bit_rate": height * 1000, "content_type": "video/mp4", "url": f"https://video.example/vid/{size}/v.mp4"}


def test_a_poll_shows_its_answers_in_order() -> None:
    options = [{"position": 2, "label": "Coffee", "votes": 5}, {"position": 1, "label": "Tea", "votes": 3}]
    polls = [{"id": "9", "options": options, "end_datetime": "2024-10-24T09:00:00.000Z"}]
    found = shown(post("Which?", attachments={"poll_ids": ["9"]}), polls=polls).poll
    assert found is not None
    assert [(option.label, option.votes) for option in found.options] == [("Tea", 3), ("Coffee", 5)]
    assert found.votes == 8
    assert found.ends_at is not None
    assert found.ends_at.isoformat() == "2024-10-24T09:00:00+00:00"


class TestCards:
    TEXT = f"Tide tables {SHORT}"
    FACTS = {
        "title": "Tides  of\nthe year",
        "description": "High and low.",
        "images": [{"url": "https://pbs.example/card.jpg", "width": 1200, "height": 600}],
    }

    def described(self, **fields: Any) -> Json:
        links = [link(self.TEXT, SHORT, "https://tide.example/t", "tide.example/t", **self.FACTS)]
        return post(self.TEXT, entities={"urls": links}, **fields)

    def test_a_link_whose_page_is_described_gets_one(self) -> None:
        card = shown(self.described()).card
        assert card is not None
        assert (card.url, card.label) == (SHORT, "tide.example/t")
        assert (card.title, card.description) == ("Tides of the year", "High and low.")
        assert card.image == "https://pbs.example/card.jpg"

    def test_but_not_beside_media_or_a_quote(self) -> None:
        media = [{"media_key": "3_1", "type": "photo", "url": "https://pbs.example/1.jpg"}]
        assert shown(self.described(attachments={"media_keys": ["3_1"]}), media=media).card is None
        assert shown(self.described(referenced_tweets=[{"type": "quoted", "id": "1848000000000000000"}])).card is None

    @pytest.mark.parametrize("fields", [{"article": {"title": "On tides"}}, {"article_title": {"title": "On tides"}}])
    def test_an_article_is_its_title_and_its_link(self, fields: Json) -> None:
        links = [link(SHORT, SHORT, "https://x.com/i/article/1849", "x.com/i/article/1849")]
        card = shown(post(SHORT, entities={"urls": links}, **fields)).card
        assert card is not None
        assert (card.title, card.url) == ("On tides", SHORT)
