"""What Bluesky's answers become: words, authors, dates, errors; and what is left of hostile ones."""

from datetime import UTC, datetime

import pytest

from tests.sources.bluesky_bodies import (
    ALICE,
    BLUESKY,
    BOB,
    HEAD,
    LAST,
    NEXT,
    PICTURE,
    WRITTEN,
    Json,
    answer,
    node,
    person,
    pile_of,
    post_of,
    quoted_view,
    recording,
    uri,
    view,
)
from tests.sources.keyless_nonsense import spoiled
from unroller.core.assemble import assemble
from unroller.core.errors import BadAnswer, Gone, NotPublic, SignInOnly, Suspended, UnrollError, Withheld
from unroller.core.posts import Pile, Post
from unroller.sources.recording import Exchange, Raw


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
        (WRITTEN, "9999-12-31T23:59:59.999999+23:59", datetime(2024, 11, 24, 22, 34, 51, tzinfo=UTC)),
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
