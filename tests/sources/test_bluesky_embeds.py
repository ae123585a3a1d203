"""What stands beside the words of a Bluesky post: media, cards, quotes, and the gates before them."""

import pytest

from tests.sources.bluesky_bodies import ALICE, BOB, NEXT, PICTURE, Json, person, post_of, quoted_view, uri, view
from unroller.core.posts import Post


def test_pictures_keep_their_words_and_sizes() -> None:
    images = [
        {"fullsize": "https://cdn.example/1", "thumb": "https://cdn.example/t", "alt": "A lamp", "aspectRatio": ratio}
        for ratio in ({"width": 1600, "height": 900}, {"width": 4, "height": 3}, {"width": 0, "height": 9}, None)
    ]
    post = post_of(view(embed={"$type": "app.bsky.embed.images#view", "images": images}))
    assert [(media.width, media.height) for media in post.media] == [(1600, 900), (1000, 750), (0, 0), (0, 0)]
    assert {media.alt for media in post.media} == {"A lamp"}


def test_a_video_is_streamed_from_its_playlist() -> None:
    embed = {
        "$type": "app.bsky.embed.video#view",
        "playlist": "https://video.example/p.m3u8",
        "thumbnail": "https://video.example/t.jpg",
        "alt": "The lamp turns",
        "aspectRatio": {"width": 1080, "height": 1920},
    }
    video = post_of(view(embed=embed)).media[0]
    assert (video.type, video.streamed, video.poster) == ("video", True, "https://video.example/t.jpg")
    assert (video.width, video.height, video.alt) == (1080, 1920, "The lamp turns")


def test_an_embed_from_the_future_is_a_card_that_leads_to_the_post() -> None:
    post = post_of(view(embed={"$type": "app.bsky.embed.hologram#view", "beams": 7}))
    assert post.card is not None
    assert post.card.url == post.url


def quoting(quoted: Json) -> Post:
    return post_of(view(embed={"$type": "app.bsky.embed.record#view", "record": quoted}))


def test_a_quote_is_one_level_deep() -> None:
    inner = {"$type": "app.bsky.embed.record#view", "record": quoted_view()}
    picture = {"$type": "app.bsky.embed.images#view", "images": [{"fullsize": "https://cdn.example/1", "alt": "A"}]}
    quote = quoting(quoted_view(embeds=[inner, picture])).quote
    assert quote is not None
    assert (quote.text, quote.lang, quote.id) == ("Quoted words", "de", uri(NEXT, BOB))
    assert [media.url for media in quote.media] == ["https://cdn.example/1"]


@pytest.mark.parametrize(
    ("quoted", "why"),
    [
        ({"$type": "app.bsky.embed.record#viewNotFound", "uri": uri(NEXT, BOB), "notFound": True}, "deleted"),
        ({"$type": "app.bsky.embed.record#viewRecord", "uri": uri(NEXT, BOB), "notFound": True}, "deleted"),
        ({"$type": "app.bsky.embed.record#viewBlocked", "uri": uri(NEXT, BOB), "blocked": True}, "not available"),
        ({"$type": "app.bsky.embed.record#viewDetached", "uri": uri(NEXT, BOB), "detached": True}, "taken it out"),
        (quoted_view(author=person(BOB, labels=[{"val": "!no-unauthenticated"}])), "signed in"),
        (quoted_view(labels=[{"val": "!hide"}]), "withholds"),
        (quoted_view(author=person(ALICE)), "not available"),
    ],
)
def test_a_quote_that_may_not_be_shown_says_why(quoted: Json, why: str) -> None:
    quote = quoting(quoted).quote
    assert quote is not None
    assert why in quote.unavailable
    assert not quote.text
    assert quote.author is None


def test_a_quoted_feed_is_a_card() -> None:
    feed = {
        "$type": "app.bsky.feed.defs#generatorView",
        "uri": f"at://{BOB}/app.bsky.feed.generator/lamps",
        "displayName": "Only lamps",
        "description": "Nothing else",
    }
    card = quoting(feed).card
    assert card is not None
    assert (card.url, card.title) == (f"https://bsky.app/profile/{BOB}/feed/lamps", "Only lamps")


def test_a_quote_beside_media_keeps_both() -> None:
    embed = {
        "$type": "app.bsky.embed.recordWithMedia#view",
        "record": {"record": quoted_view()},
        "media": {"$type": "app.bsky.embed.external#view", "external": {"uri": "https://a.example", "title": "A"}},
    }
    post = post_of(view(embed=embed))
    assert post.quote is not None
    assert post.card is not None
    assert (post.quote.text, post.card.title) == ("Quoted words", "A")


def test_quotes_inside_quotes_without_end_are_no_trap() -> None:
    embed: Json = {"$type": "app.bsky.embed.images#view", "images": []}
    for _ in range(3000):
        embed = {"$type": "app.bsky.embed.recordWithMedia#view", "record": {"record": quoted_view()}, "media": embed}
    assert post_of(view(embed=embed)).quote is not None


@pytest.mark.parametrize("label", ["porn", "sexual", "nudity", "graphic-media"])
def test_adult_labels_fold_pictures_and_leave_words(label: str) -> None:
    post = post_of(view(labels=[{"val": label}], embed=PICTURE))
    assert (post.sensitive, post.warning) == (True, "")


def test_a_label_of_the_author_on_words_alone_folds_the_words() -> None:
    post = post_of(view(record={"labels": {"values": [{"val": "graphic-media"}]}}))
    assert (post.sensitive, post.warning) == (False, "Graphic media")


def test_adult_labels_of_an_account_concern_its_pictures_only() -> None:
    adult = person(labels=[{"val": "porn"}])
    words, pictures = post_of(view(author=adult)), post_of(view(author=adult, embed=PICTURE))
    assert (words.warning, words.sensitive) == ("", False)
    assert (pictures.warning, pictures.sensitive) == ("", True)


def test_a_quoted_adult_picture_is_folded_with_its_words() -> None:
    quote = quoting(quoted_view(embeds=[PICTURE], author=person(BOB, labels=[{"val": "nudity"}]))).quote
    assert quote is not None
    assert quote.warning == "Nudity"


def test_a_warning_label_folds_everything_and_a_lifted_one_nothing() -> None:
    assert post_of(view(labels=[{"val": "!warn"}])).warning == "Bluesky has put a warning on this post."
    assert post_of(view(labels=[{"val": "!warn", "neg": True}])).warning == ""
