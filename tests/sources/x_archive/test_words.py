"""The words of archived posts: entities, escaping, handles, quotes, and what hangs on them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.sources.x_archive.reading import ids, reading
from tests.x_archives import HANDLE, STRANGER, Json, after, chain, id_at, link, photo, post, video
from unroller.core.posts import Post

SHORT = "https://t.co/abcdefghij"
OTHER = "https://t.co/klmnopqrst"


def shown(folder: Path, text: str, *, answers: bool = False, **more: object) -> Post:
    """The post with this text, once it was read as part of a thread."""
    first, second = chain(["One.", "Two."])
    entry = (second if answers else first)["tweet"]
    entry |= {"full_text": text, **more}
    return list(reading(folder, [first, second]).thread.posts)[1 if answers else 0]


def entities(**kinds: list[Json]) -> Json:
    return {"hashtags": [], "symbols": [], "user_mentions": [], "urls": [], **kinds}


def place(text: str, part: str) -> list[str]:
    return [str(text.index(part)), str(text.index(part) + len(part))]


def test_offsets_count_letters_and_not_bytes_and_come_before_unescaping(tmp_path: Path) -> None:
    text = f"🌊🌊 Tea &amp; salt &lt;3 {SHORT} said #Fog and @bo about $TIDE"
    found = shown(
        tmp_path,
        text,
        entities=entities(
            urls=[link(text, SHORT, "https://harbour.example/a-long-way")],
            hashtags=[{"text": "Fog", "indices": place(text, "#Fog")}],
            user_mentions=[{"screen_name": "bo", "id_str": STRANGER, "indices": place(text, "@bo")}],
            symbols=[{"text": "TIDE", "indices": place(text, "$TIDE")}],
        ),
    )
    assert found.text == "🌊🌊 Tea & salt <3 harbour.example/a-long-way said #Fog and @bo about $TIDE"
    for address in (SHORT, "https://x.com/hashtag/Fog", "https://x.com/bo", "https://x.com/search?q=%24TIDE"):
        assert f'href="{address}"' in found.html


def test_markup_in_a_text_stays_text(tmp_path: Path) -> None:
    found = shown(tmp_path, "&lt;script&gt;alert(1)&lt;/script&gt; <b>no</b> &amp;lt;")
    assert found.text == "<script>alert(1)</script> <b>no</b> &lt;"
    assert "<script" not in found.html
    assert "<b>" not in found.html


def test_a_picture_takes_the_place_of_its_link(tmp_path: Path) -> None:
    own = after(0, 0)
    text = f"The harbour. {SHORT}"
    pictures = [photo(text, SHORT, own, "one.jpg"), photo(text, SHORT, own, "two.png") | {"id_str": "77"}]
    found = shown(tmp_path, text, entities=entities(media=pictures[:1]), extended_entities={"media": pictures})
    assert found.text == "The harbour."
    assert [(each.type, each.url, each.width, each.height, each.alt) for each in found.media] == [
        ("photo", "https://pbs.twimg.com/media/one.jpg", 1536, 1024, ""),
        ("photo", "https://pbs.twimg.com/media/two.png", 1536, 1024, ""),
    ]


def test_a_video_has_a_file_and_a_poster(tmp_path: Path) -> None:
    text = f"Waves. {SHORT}"
    found = shown(tmp_path, text, extended_entities={"media": [video(text, SHORT, after(0), "small.mp4", "large.mp4")]})
    assert [(each.type, each.seconds, each.streamed) for each in found.media] == [("video", 12.5, False)]
    assert found.media[0].url.endswith("/large.mp4")
    assert found.media[0].poster == "https://pbs.twimg.com/media/poster.jpg"
    assert found.text == "Waves."


class TestQuotes:
    def test_a_strangers_post_is_a_card_that_says_so(self, tmp_path: Path) -> None:
        text = f"Look at this. {SHORT}"
        quoted = link(text, SHORT, f"https://twitter.com/bo/status/{after(-900)}")
        found = shown(tmp_path, text, entities=entities(urls=[quoted]))
        assert found.text == "Look at this."
        assert found.quote is not None
        assert (found.quote.id, found.quote.url) == (after(-900), f"https://x.com/i/status/{after(-900)}")
        assert found.quote.unavailable == "The archive does not hold it."

    def test_the_authors_own_post_is_shown(self, tmp_path: Path) -> None:
        earlier = post(after(-90_000), "It was &amp; is so.")
        first, second = chain([f"As I said {SHORT}", "Two."])
        address = f"https://x.com/{HANDLE}/status/{ids([earlier])[0]}"
        first["tweet"]["entities"] = entities(urls=[link(first["tweet"]["full_text"], SHORT, address)])
        found = reading(tmp_path, [first, second, earlier]).thread
        assert len(list(found.posts)) == 2
        assert found.head.quote is not None
        assert (found.head.quote.text, found.head.quote.unavailable) == ("It was & is so.", "")
        assert found.head.quote.author is not None

    def test_a_link_to_a_profile_is_no_quote(self, tmp_path: Path) -> None:
        text = f"Read {SHORT}"
        assert shown(tmp_path, text, entities=entities(urls=[link(text, SHORT, "https://x.com/bo")])).quote is None


class TestHandles:
    def test_the_company_of_an_answer_is_not_shown_and_is_carried_on(self, tmp_path: Path) -> None:
        named = {"in_reply_to_screen_name": "Someone"}
        first = post(after(0), "@someone @bo It is so.", above=after(-9), of=STRANGER, **named)
        second = post(after(60), "@someone @bo And so on.", above=ids([first])[0])
        third = post(after(90), "@someone @cy You too.", above=ids([second])[0])
        found = reading(tmp_path, [first, second, third]).thread
        assert [each.text for each in found.posts] == ["It is so.", "And so on.", "@cy You too."]

    def test_somebody_spoken_to_in_a_thread_of_ones_own_is_shown(self, tmp_path: Path) -> None:
        assert shown(tmp_path, "@bo is right.", answers=True).text == "@bo is right."
        assert shown(tmp_path, f"@{HANDLE} as I said", answers=True).text == "as I said"
        assert shown(tmp_path, "@bo is right.").text == "@bo is right."

    def test_before_2017_people_wrote_them_themselves(self, tmp_path: Path) -> None:
        then = datetime(2015, 5, 5, tzinfo=UTC)
        first, second = post(id_at(then), "One."), post(id_at(then, 9), f"@{HANDLE} Two.", above=id_at(then))
        found = reading(tmp_path, [first, second]).thread
        assert [each.text for each in found.posts] == ["One.", f"@{HANDLE} Two."]

    def test_where_the_archive_tells_where_the_words_begin_it_is_believed(self, tmp_path: Path) -> None:
        text = "@bo Yes."
        assert shown(tmp_path, text, answers=True, display_text_range=["4", "8"]).text == "Yes."


@pytest.mark.parametrize(
    "nonsense",
    [
        {"entities": None},
        {"entities": [1, "x"]},
        {"entities": {"urls": {"0": 1}, "user_mentions": [None, 7, {"indices": "0"}]}},
        {"entities": {"urls": [{"url": 1, "expanded_url": None, "indices": ["9999", "-1"]}]}},
        {"entities": {"hashtags": [{"text": "One", "indices": ["0", "99999999999999999999"]}]}},
        {"extended_entities": {"media": [{"id_str": [], "sizes": 7, "video_info": "x", "type": None}]}},
        {"extended_entities": {"media": "x"}},
        {"display_text_range": ["a", None]},
        {"display_text_range": "0,4"},
        {"lang": 7},
        {"edit_info": {"initial": {"editTweetIds": ["-1", None, 3]}}},
        {"edit_info": "x"},
        {"possibly_sensitive": []},
        {"withheld_in_countries": "XX"},
        {"in_reply_to_status_id_str": "-1", "in_reply_to_user_id_str": "-1"},
        {"in_reply_to_status_id": {}, "in_reply_to_user_id": []},
        {"favorite_count": {"x": [1]}, "unheard": "of"},
        {"possibly_sensitive": 10**30, "lang": -(10**30), "withheld_in_countries": [1e300]},
    ],
)
def test_nonsense_in_one_field_costs_that_field_alone(tmp_path: Path, nonsense: Json) -> None:
    assert shown(tmp_path, "One.", **nonsense).text == "One."


def test_dates_that_are_none_are_read_off_the_number(tmp_path: Path) -> None:
    for said in ("", "yesterday", "Wed Foo 10 20:19:24 +0000 2018", "Wed Feb 31 20:19:24 +0000 2018", None, 7):
        assert shown(tmp_path, "One.", created_at=said).created_at == shown(tmp_path, "One.").time


def test_a_post_that_x_withholds_everywhere_is_not_taken(tmp_path: Path) -> None:
    posts = chain(["One.", "Two.", "Three."])
    posts[2]["tweet"]["withheld_in_countries"] = ["XX"]
    posts[1]["tweet"]["withheld_in_countries"] = ["DE"]
    found = reading(tmp_path, posts)
    assert found.lines == [ids(posts[:2])]
    assert found.report.skipped == {"withheld": 1}
