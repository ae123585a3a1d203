"""What Bluesky's answers become: words, media, quotes, gates, dates; and what is left of hostile ones."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.sources.keyless_nonsense import spoiled
from unroller.core.assemble import assemble
from unroller.core.errors import BadAnswer, Gone, NotPublic, SignInOnly, Suspended, UnrollError, Withheld
from unroller.core.posts import Pile, Post
from unroller.sources.bluesky import Bluesky
from unroller.sources.recording import Exchange, Raw

Json = dict[str, Any]

APPVIEW = "https://appview.example"
BLUESKY = Bluesky(APPVIEW, "https://plc.example")
ALICE = "did:plc:aliceaaaaaaaaaaaaaaaaaaa"
BOB = "did:plc:bobbbbbbbbbbbbbbbbbbbbbb"
HEAD = "3lbq2wsxk5c2f"
NEXT = "3lbq2wsxk5c2g"
LAST = "3lbq2wsxk5c2h"
WRITTEN = "2024-11-24T22:34:51.000Z"


def uri(rkey: str, did: str = ALICE) -> str:
    return f"at://{did}/app.bsky.feed.post/{rkey}"


def person(did: str = ALICE, **more: object) -> Json:
    name = "alice.example" if did == ALICE else "bob.example"
    return {"did": did, "handle": name, "displayName": name.title(), "labels": [], **more}


def view(
    rkey: str = HEAD,
    text: str = "Words.",
    *,
    did: str = ALICE,
    parent: str = "",
    record: Json | None = None,
    **more: object,
) -> Json:
    """A postView; `record` is added to what is usual in one."""
    value: Json = {"$type": "app.bsky.feed.post", "text": text, "createdAt": WRITTEN, "langs": ["en"]}
    if parent:
        value["reply"] = {"parent": {"uri": parent, "cid": "c"}, "root": {"uri": uri(HEAD), "cid": "c"}}
    return {
        "uri": uri(rkey, did),
        "cid": "bafyone",
        "author": person(did),
        "record": value | (record or {}),
        "replyCount": 0,
        "indexedAt": "2024-11-24T22:34:52.000Z",
        "labels": [],
        **more,
    }


def node(post: Json, *replies: Json, **more: object) -> Json:
    return {"$type": "app.bsky.feed.defs#threadViewPost", "post": post, "replies": list(replies), **more}


def answer(thread: Json, *, anchor: str = HEAD, status: int = 200) -> Exchange:
    query = urlencode({"uri": uri(anchor), "depth": "90", "parentHeight": "89"})
    body = {"thread": thread} if status == 200 else thread
    return Exchange(url=f"{APPVIEW}/xrpc/app.bsky.feed.getPostThread?{query}", status=status, body=body)


def recording(*exchanges: Exchange, anchor: str = HEAD) -> Raw:
    return Raw(source="bluesky", key=f"{ALICE}/{anchor}", exchanges=list(exchanges))


def pile_of(thread: Json, *, anchor: str = HEAD) -> Pile:
    return BLUESKY.parse(recording(answer(thread, anchor=anchor), anchor=anchor))


def post_of(post: Json) -> Post:
    return pile_of(node(post)).posts[0]


def facet(start: object, end: object, kind: str, **feature: object) -> Json:
    return {
        "index": {"byteStart": start, "byteEnd": end},
        "features": [{"$type": f"app.bsky.richtext.facet#{kind}", **feature}],
    }


def test_facets_count_bytes_not_characters() -> None:
    text = "🧵👇 naïve café → lamp.example/oil und #öl"
    raw = text.encode()
    link, tag = raw.index(b"lamp"), raw.index("#öl".encode())
    facets = [
        facet(link, link + len("lamp.example/oil"), "link", uri="https://lamp.example/oil/of/the/day"),
        facet(tag, tag + len("#öl".encode()), "tag", tag="öl"),
    ]
    post = post_of(view(text=text, record={"facets": facets}))
    assert post.text == text
    assert 'href="https://lamp.example/oil/of/the/day"' in post.html
    assert ">lamp.example/oil<" in post.html
    assert 'href="https://bsky.app/hashtag/%C3%B6l"' in post.html


def test_a_mention_leads_to_the_did() -> None:
    post = post_of(view(text="@bob.example hello", record={"facets": [facet(0, 12, "mention", did=BOB)]}))
    assert f'href="https://bsky.app/profile/{BOB}"' in post.html


@pytest.mark.parametrize(
    "broken",
    [
        facet(0, 9999, "link", uri="https://a.example"),
        facet(-3, 4, "link", uri="https://a.example"),
        facet(4, 4, "link", uri="https://a.example"),
        facet("0", "4", "link", uri="https://a.example"),
        facet(True, 4, "link", uri="https://a.example"),
        facet(0, 4, "link", uri="javascript:alert(1)"),
        facet(0, 4, "link", uri=None),
        facet(0, 4, "mention", did="alice"),
        facet(0, 4, "sparkle", colour="red"),
        {"index": None, "features": None},
    ],
)
def test_a_facet_that_makes_no_sense_leaves_plain_text(broken: Json) -> None:
    post = post_of(view(text="Words and more", record={"facets": [broken]}))
    assert post.text == "Words and more"
    assert "<a" not in post.html


def test_of_overlapping_facets_the_first_counts() -> None:
    facets = [facet(0, 5, "link", uri="https://one.example"), facet(3, 8, "link", uri="https://two.example")]
    post = post_of(view(text="Words and more", record={"facets": facets}))
    assert "one.example" in post.html
    assert "two.example" not in post.html
    assert post.text == "Words and more"


def test_a_facet_behind_a_broken_character_stays_in_place() -> None:
    post = post_of(view(text="\ud800 see here", record={"facets": [facet(8, 12, "link", uri="https://a.example")]}))
    assert ">here<" in post.html


def test_markup_in_text_and_names_is_only_text() -> None:
    author = person(displayName="<script>alert(1)</script>\nEve", avatar="javascript:alert(1)")
    post = post_of(view(text="<img src=x onerror=alert(1)> & so on", author=author))
    assert post.text == "<img src=x onerror=alert(1)> & so on"
    assert "<img" not in post.html
    assert post.author.name == "<script>alert(1)</script> Eve"
    assert post.author.avatar == ""


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


def quoted_view(**more: object) -> Json:
    return {
        "$type": "app.bsky.embed.record#viewRecord",
        "uri": uri(NEXT, BOB),
        "author": person(BOB),
        "value": {"text": "Quoted words", "createdAt": WRITTEN, "langs": ["de"]},
        "indexedAt": WRITTEN,
        "labels": [],
        **more,
    }


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


PICTURE = {"$type": "app.bsky.embed.images#view", "images": [{"fullsize": "https://cdn.example/1", "alt": ""}]}


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


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"author": person(labels=[{"val": "!no-unauthenticated"}])}, SignInOnly),
        ({"author": person(labels=[{"val": "!takedown"}])}, Withheld),
        ({"author": person(labels=[{"val": "!suspend"}])}, Suspended),
        ({"labels": [{"val": "!hide"}]}, Withheld),
    ],
)
def test_what_must_not_be_shown_ends_the_unroll(more: Json, error: type[UnrollError]) -> None:
    with pytest.raises(error) as caught:
        post_of(view(**more))
    assert "Bluesky" in caught.value.for_reader


def test_a_strangers_wish_for_signed_in_readers_only_hides_the_stranger() -> None:
    shy = view(HEAD, "Shy words", did=BOB, author=person(BOB, labels=[{"val": "!no-unauthenticated"}]))
    below_shy = {"parent": {"uri": uri(HEAD, BOB)}, "root": {"uri": uri(HEAD, BOB)}}
    below_own = {"parent": {"uri": uri(NEXT)}, "root": {"uri": uri(HEAD, BOB)}}
    going_on = node(view(LAST, record={"reply": below_own}))
    pile = pile_of(node(view(NEXT, record={"reply": below_shy}), going_on, parent=node(shy)), anchor=NEXT)
    assert [post.id for post in pile.posts] == [uri(NEXT), uri(LAST)]
    assert "Shy" not in repr(pile)
    context = assemble(pile).thread.context
    assert context is not None
    assert context.unavailable


def test_a_strangers_lone_answer_to_somebody_who_wants_signed_in_readers_is_refused() -> None:
    shy = view(HEAD, author=person(labels=[{"val": "!no-unauthenticated"}]))
    lone = view(NEXT, "What a thread", did=BOB, parent=uri(HEAD))
    exchange = answer(node(lone, parent=node(shy)), anchor=NEXT)
    exchange.url = exchange.url.replace(ALICE.replace(":", "%3A"), BOB.replace(":", "%3A"))
    with pytest.raises(SignInOnly):
        BLUESKY.parse(Raw(source="bluesky", key=f"{BOB}/{NEXT}", exchanges=[exchange]))


def test_a_hidden_post_of_the_thread_leaves_a_gap() -> None:
    hidden = node(view(NEXT, "Hidden words", parent=uri(HEAD), labels=[{"val": "!hide"}]))
    hidden["replies"] = [node(view(LAST, "Last", parent=uri(NEXT)))]
    pile = pile_of(node(view(), hidden))
    assert "Hidden words" not in repr(pile)
    assert [gone.id for gone in pile.gone] == [uri(NEXT)]
    assembly = assemble(pile)
    assert len(assembly.thread.line) == 3
    assert assembly.thread.reasons == ("gap",)


@pytest.mark.parametrize(
    ("exchange", "error"),
    [
        (answer({"error": "NotFound", "message": "Post not found"}, status=400), Gone),
        (answer({"$type": "app.bsky.feed.defs#notFoundPost", "uri": uri(HEAD), "notFound": True}), Gone),
        (answer({"$type": "app.bsky.feed.defs#blockedPost", "uri": uri(HEAD), "blocked": True}), NotPublic),
        (answer({"error": "InternalServerError"}, status=400), BadAnswer),
        (answer({}), BadAnswer),
        (answer(node({})), BadAnswer),
        (answer(node(view(NEXT))), BadAnswer),
        (answer(node(view(author=person(BOB)))), BadAnswer),
    ],
)
def test_a_linked_post_that_is_not_there_has_its_error(exchange: Exchange, error: type[UnrollError]) -> None:
    with pytest.raises(error):
        BLUESKY.parse(recording(exchange))


def test_a_post_without_any_date_is_a_bad_answer() -> None:
    dateless = view("self", record={"createdAt": 7}, indexedAt=None)
    with pytest.raises(BadAnswer):
        pile_of(node(dateless), anchor="self")


def test_an_empty_recording_is_a_bad_answer() -> None:
    with pytest.raises(BadAnswer):
        BLUESKY.parse(recording())


def test_a_block_elsewhere_does_not_hide_the_linked_post() -> None:
    blocked = {"$type": "app.bsky.feed.defs#blockedPost", "uri": uri(HEAD), "blocked": True, "author": {"did": ALICE}}
    raw = recording(answer(node(view())), answer(node(view(NEXT, did=BOB), blocked), anchor=NEXT))
    assert len(BLUESKY.parse(raw).posts) == 1


@pytest.mark.parametrize(
    ("created", "indexed", "shown"),
    [
        (WRITTEN, "2024-11-24T22:34:52.000Z", datetime(2024, 11, 24, 22, 34, 51, tzinfo=UTC)),
        ("2031-01-01T00:00:00Z", "2024-11-24T22:34:52.000Z", datetime(2024, 11, 24, 22, 34, 52, tzinfo=UTC)),
        ("1970-01-01T00:00:00Z", "2024-11-24T22:34:52.000Z", datetime(2024, 11, 24, 22, 34, 52, tzinfo=UTC)),
        (WRITTEN, "2026-02-01T00:00:00.000Z", datetime(2024, 11, 24, 22, 34, 51, tzinfo=UTC)),
        ("soon", "2024-11-24T22:34:52.000Z", datetime(2024, 11, 24, 22, 34, 52, tzinfo=UTC)),
        ("2024-11-25T00:34:51+02:00", None, datetime(2024, 11, 24, 22, 34, 51, tzinfo=UTC)),
        ("0001-01-01T00:00:00+14:00", None, None),
    ],
)
def test_a_date_that_lies_is_not_shown(created: str, indexed: str | None, shown: datetime | None) -> None:
    post = post_of(view(record={"createdAt": created}, indexedAt=indexed))
    if shown is None:
        shown = post.time
    assert post.created_at == shown


def test_order_and_time_come_from_the_record_key_whatever_the_date_says() -> None:
    later = node(view(NEXT, "Later", parent=uri(HEAD), record={"createdAt": "2019-01-01T00:00:00Z"}))
    posts = assemble(pile_of(node(view(), later))).thread.line
    assert [post.id for post in posts if isinstance(post, Post)] == [uri(HEAD), uri(NEXT)]
    assert posts[1].order == (13, NEXT) if isinstance(posts[1], Post) else False


def test_a_name_that_is_not_valid_any_more_is_the_did() -> None:
    post = post_of(view(author=person(handle="handle.invalid")))
    assert post.author.handle == ALICE
    assert post.url == f"https://bsky.app/profile/{ALICE}/post/{HEAD}"


def test_a_replaced_record_counts_as_it_is_now() -> None:
    raw = recording(answer(node(view(text="Before"))), answer(node(view(text="After")), anchor=HEAD))
    assert BLUESKY.parse(raw).posts[0].text == "After"


def test_a_tree_of_nine_thousand_levels_is_walked() -> None:
    thread = node(view())
    deepest = thread
    keys = [HEAD]
    for number in range(9000):
        keys.append(f"3m{number:011d}".replace("0", "z").replace("1", "y").replace("8", "x").replace("9", "w"))
        deepest["replies"] = [node(view(keys[-1], parent=uri(keys[-2])))]
        deepest = deepest["replies"][0]
    assert len(pile_of(thread).posts) == len(set(keys))


def rich_thread() -> Json:
    facets = [facet(0, 5, "link", uri="https://a.example"), facet(6, 9, "tag", tag="and")]
    pictured = {"$type": "app.bsky.embed.recordWithMedia#view", "record": {"record": quoted_view(embeds=[PICTURE])}}
    first = view(text="Words and more", record={"facets": facets}, embed=pictured | {"media": PICTURE})
    second = view(NEXT, parent=uri(HEAD), labels=[{"val": "porn"}], embed=PICTURE)
    stranger = view(LAST, did=BOB, parent=uri(NEXT))
    missing = {"$type": "app.bsky.feed.defs#notFoundPost", "uri": uri("3lbq2wsxk5c2k"), "notFound": True}
    return node(first, node(second, node(stranger)), missing)


def test_whatever_stands_where_the_network_lies_nothing_but_typed_errors() -> None:
    survived = 0
    for thread in spoiled(rich_thread(), each=8):
        try:
            pile = pile_of(thread)
        except UnrollError:
            continue
        survived += 1
        assert_harmless(pile)
    assert survived > 100


def assert_harmless(pile: Pile) -> None:
    """It assembles, can be stored, and executes nothing."""
    assemble(pile)
    for post in pile.posts:
        assert "<script" not in post.html
        assert 'href="javascript' not in post.html
        (post.text + post.author.name + post.url).encode()
