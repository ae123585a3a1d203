"""What the pretend X makes of a post: text, entities, long posts, media, both vocabularies."""

from typing import Any

import httpx
import pytest

from tests.sandbox import World
from tests.sandbox.cases import x as cases
from tests.sandbox.media import Card, Clip, Picture, Poll
from tests.sandbox.x.model import Post

ALL_FIELDS = (
    "id,text,author_id,created_at,conversation_id,in_reply_to_user_id,referenced_tweets,entities,attachments,"
    "note_tweet,article,lang,possibly_sensitive,withheld,public_metrics,edit_history_tweet_ids,edit_controls,"
    "display_text_range,reply_settings,card_uri,community_id,paid_partnership"
)
EXPANSIONS = (
    "attachments.media_keys,attachments.poll_ids,referenced_tweets.id,referenced_tweets.id.attachments.media_keys,"
    "referenced_tweets.id.author_id,author_id,article.cover_media,article.media_entities"
)
MEDIA = "media_key,type,url,preview_image_url,variants,width,height,alt_text,duration_ms"
LEGACY = {"tweet.fields": ALL_FIELDS, "expansions": EXPANSIONS, "media.fields": MEDIA}
NEW = {
    "post.fields": "text,note_post,entities,public_metrics,author_id,conversation_id,withheld",
    "expansions": "author_id,referenced_posts,in_reply_to_user_id,edit_history_post_ids,attachments.media_keys",
    "user.fields": "public_metrics",
}


def looked_up(x: httpx.Client, post: Post, params: dict[str, str] = LEGACY) -> dict[str, Any]:
    body: dict[str, Any] = x.get("tweets", params={"ids": str(post.id), **params}).json()
    return body


def field(x: httpx.Client, post: Post, name: str) -> Any:
    return looked_up(x, post)["data"][0][name]


def slices(post: dict[str, Any], kind: str) -> list[str]:
    return [post["text"][entity["start"] : entity["end"]] for entity in post["entities"][kind]]


def test_entities_are_counted_in_code_points_of_the_escaped_text(x: httpx.Client, world: World) -> None:
    ben = world.x.person("ben")
    post = world.x.post("ada", "👩🏾‍🚀 R&D <3 https://example.org/a?b=1&c=2, #tides $SEA @ben @nobody_here 🏴‍☠️")
    data = looked_up(x, post)["data"][0]
    assert data["text"].startswith("👩🏾‍🚀 R&amp;D &lt;3 https://t.co/")
    assert slices(data, "hashtags") == ["#tides"]
    assert slices(data, "cashtags") == ["$SEA"]
    assert slices(data, "mentions") == ["@ben"]
    assert data["entities"]["mentions"][0]["id"] == ben.id
    (link,) = data["entities"]["urls"]
    assert slices(data, "urls") == [link["url"]]
    assert link["expanded_url"] == "https://example.org/a?b=1&c=2"
    assert link["display_url"] == "example.org/a?b=1&c=2"
    assert len(link["url"]) == 23


def test_a_long_path_is_cut_in_the_display_url(x: httpx.Client, world: World) -> None:
    post = world.x.post("ada", "https://www.example.org/one/two/three/four")
    assert field(x, post, "entities")["urls"][0]["display_url"] == "example.org/one/two/three/…"


def test_media_share_one_link_behind_the_text_that_is_not_displayed(x: httpx.Client, world: World) -> None:
    post = world.x.post("ada", "Two", media=[Picture("coast", 900, 600, "A coast"), Picture("hills")])
    body = looked_up(x, post)
    data = body["data"][0]
    first, second = data["entities"]["urls"]
    assert (first["start"], first["end"]) == (second["start"], second["end"]) == (4, 27)
    assert first["expanded_url"].endswith(f"/ada/status/{post.id}/photo/1")
    assert first["display_url"].startswith("pic.x.com/")
    assert data["display_text_range"] == [0, 3]
    assert data["attachments"]["media_keys"] == [first["media_key"], second["media_key"]]
    photo = body["includes"]["media"][0]
    assert (photo["type"], photo["width"], photo["height"], photo["alt_text"]) == ("photo", 900, 600, "A coast")
    assert photo["url"].startswith(world.ground.addresses.media)


def test_a_post_of_a_picture_only_has_no_displayed_text(x: httpx.Client, world: World) -> None:
    post = world.x.post("ada", "", media=[Picture("coast")])
    data = looked_up(x, post)["data"][0]
    assert data["text"].startswith("https://t.co/")
    assert data["display_text_range"] == [0, 0]


def test_films_have_variants_and_loops_a_bit_rate_of_zero(x: httpx.Client, world: World) -> None:
    post = world.x.post("ada", "Film", media=[Clip(Picture("coast"))])
    loop = world.x.post("ada", "Loop", media=[Clip(Picture("coast"), looped=True)])
    film, gif = (looked_up(x, each)["includes"]["media"][0] for each in (post, loop))
    assert (film["type"], film["duration_ms"], "url" in film) == ("video", 4000, False)
    playlists = [variant for variant in film["variants"] if "bit_rate" not in variant]
    assert [variant["content_type"] for variant in playlists] == ["application/x-mpegURL"]
    assert len(film["variants"]) == 4
    assert gif["type"] == "animated_gif"
    assert [variant["bit_rate"] for variant in gif["variants"]] == [0]


def test_a_reply_to_others_begins_with_handles_that_are_not_displayed(x: httpx.Client, world: World) -> None:
    question = world.x.post("ben", "Why?", under=world.x.post("ada", "one"))
    answer = world.x.post("ada", "Because.", under=question)
    more = world.x.post("ada", "And also.", under=answer)
    data = looked_up(x, more)["data"][0]
    assert data["text"] == "@ben And also."
    assert data["display_text_range"] == [5, 14]
    assert field(x, answer, "in_reply_to_user_id") == question.author.id


def test_a_self_reply_begins_with_no_handle(x: httpx.Client, world: World) -> None:
    post = world.x.thread("ada", ["one", "two"])[1]
    assert field(x, post, "text") == "two"
    assert field(x, post, "in_reply_to_user_id") == post.author.id


def test_a_long_post_is_cut_near_280_and_whole_in_the_note(x: httpx.Client, world: World) -> None:
    text = "Long & <wide>. " * 40 + "https://example.org/end"
    post = world.x.post("ada", text, media=[Picture("coast")])
    data = looked_up(x, post)["data"][0]
    assert 240 <= len(data["text"]) <= 290
    assert "… https://t.co/" in data["text"]
    assert data["note_tweet"]["text"].startswith("Long & <wide>. Long & <wide>.")
    (link,) = data["note_tweet"]["entities"]["urls"]
    assert data["note_tweet"]["text"][link["start"] : link["end"]] == link["url"]
    media = [entity for entity in data["entities"]["urls"] if "media_key" in entity]
    assert media[0]["start"] > len(data["text"])


def test_a_note_may_come_escaped_too(x: httpx.Client, world: World) -> None:
    world.x.notes_escaped = True
    post = world.x.post("ada", "Long & <wide>. " * 40 + "https://example.org/end")
    note = field(x, post, "note_tweet")
    assert note["text"].startswith("Long &amp; &lt;wide&gt;.")
    (link,) = note["entities"]["urls"]
    assert note["text"][link["start"] : link["end"]] == link["url"]


def test_posts_of_up_to_280_have_no_note(x: httpx.Client, world: World) -> None:
    short = [
        world.x.post("ada", "a" * 280),
        world.x.post("ada", "駅" * 140),
        world.x.post("ada", "https://example.org/" + "a" * 300),
    ]
    long = [world.x.post("ada", "a" * 281), world.x.post("ada", "駅" * 141)]
    assert ["note_tweet" in looked_up(x, post)["data"][0] for post in [*short, *long]] == [False] * 3 + [True] * 2


def test_a_quote_is_a_reference_a_link_and_an_include_with_its_media(x: httpx.Client, world: World) -> None:
    quoted = world.x.post("ben", "Mine", media=[Picture("coast")])
    body = looked_up(x, world.x.post("ada", "His:", quote=quoted))
    assert body["data"][0]["referenced_tweets"] == [{"type": "quoted", "id": str(quoted.id)}]
    assert body["data"][0]["entities"]["urls"][0]["expanded_url"] == f"https://x.com/ben/status/{quoted.id}"
    assert body["includes"]["tweets"][0]["id"] == str(quoted.id)
    assert body["includes"]["media"][0]["type"] == "photo"
    assert {user["username"] for user in body["includes"]["users"]} == {"ada", "ben"}


def test_the_quote_of_a_deleted_post_keeps_its_link_and_has_an_error(x: httpx.Client, world: World) -> None:
    quoted = world.x.post("ben", "Mine")
    post = world.x.post("ada", "His:", quote=quoted)
    world.x.delete(quoted)
    body = looked_up(x, post)
    assert "tweets" not in body["includes"]
    assert body["errors"][0]["resource_id"] == str(quoted.id)
    assert len(body["data"][0]["entities"]["urls"]) == 1


def test_polls_cards_articles_and_withholding_are_told(x: httpx.Client, world: World) -> None:
    card = Card("https://example.org/", "Tides", "A page.", Picture("chart"))
    poll = world.x.post("ada", "Vote", poll=Poll((("In", 4), ("Out", 3)), minutes=30))
    linked, article = (
        world.x.post("ada", "https://example.org/", card=card),
        world.x.post("ada", "Read", article="Long"),
    )
    world.x.withhold(article, "DE")
    options = looked_up(x, poll)["includes"]["polls"][0]["options"]
    assert options == [{"position": 1, "label": "In", "votes": 4}, {"position": 2, "label": "Out", "votes": 3}]
    entity = field(x, linked, "entities")["urls"][0]
    assert (entity["title"], entity["images"][0]["width"], entity["unwound_url"]) == (
        "Tides",
        1200,
        "https://example.org/",
    )
    assert field(x, article, "article") == {"title": "Long"}
    assert field(x, article, "withheld") == {"copyright": False, "country_codes": ["DE"], "scope": "tweet"}


def test_only_what_was_asked_for_comes_with_the_defaults(x: httpx.Client, world: World) -> None:
    post = world.x.thread("ada", ["one", "two"])[1]
    assert list(looked_up(x, post, {})["data"][0]) == ["id", "text", "edit_history_tweet_ids"]
    body = looked_up(x, post, {"tweet.fields": "lang,no_such_field", "expansions": "author_id,no_such_expansion"})
    assert set(body["data"][0]) == {"id", "text", "edit_history_tweet_ids", "lang"}
    assert [set(user) for user in body["includes"]["users"]] == [{"id", "name", "username"}]


def test_empty_fields_are_left_out_and_never_null(x: httpx.Client, world: World) -> None:
    data = looked_up(x, world.x.post("ada", "plain"))["data"][0]
    assert None not in data.values()
    assert not {"entities", "attachments", "referenced_tweets", "note_tweet", "withheld"} & set(data)


def test_created_at_holds_whole_seconds_and_ids_stay_in_order(x: httpx.Client, world: World) -> None:
    case = cases.same_second(world)
    posts = [world.x.posts[int(number or 0)] for number in case.main]
    assert [post.id for post in posts] == sorted(post.id for post in posts)
    assert len({field(x, post, "created_at") for post in posts[::8]}) == 1
    assert field(x, posts[0], "created_at").endswith(".000Z")


def test_the_new_vocabulary_has_its_own_keys(x: httpx.Client, world: World) -> None:
    parent, post = world.x.thread("ada", ["one", "Long & <wide>. " * 40])
    body = looked_up(x, post, NEW)
    data = body["data"][0]
    assert data["note_post"]["text"].startswith("Long & <wide>.")
    assert data["referenced_posts"] == [{"type": "replied_to", "id": str(parent.id)}]
    assert (data["author_id"], data["in_reply_to_user_id"]) == (post.author.id, post.author.id)
    assert data["edit_history_post_ids"] == [str(post.id)]
    assert "repost_count" in data["public_metrics"]
    assert str(parent.id) in {each["id"] for each in body["includes"]["posts"]}
    assert "post_count" in body["includes"]["users"][0]["public_metrics"]
    assert not {"note_tweet", "referenced_tweets", "edit_history_tweet_ids"} & set(data)


def test_in_the_new_vocabulary_references_and_authors_come_by_expansion_only(x: httpx.Client, world: World) -> None:
    post = world.x.thread("ada", ["one", "two"])[1]
    asked = {"post.fields": "author_id,referenced_posts,referenced_tweets,conversation_id"}
    assert set(looked_up(x, post, asked)["data"][0]) == {"id", "text", "conversation_id"}


def test_mixing_the_vocabularies_loses_the_old_one(x: httpx.Client, world: World) -> None:
    body = looked_up(
        x, world.x.post("ada", "one"), {"tweet.fields": "author_id,lang", "post.fields": "conversation_id"}
    )
    assert set(body["data"][0]) == {"id", "text", "conversation_id"}


@pytest.mark.parametrize("params", [LEGACY, NEW])
def test_one_of_everything_can_be_read_in_both_vocabularies(
    x: httpx.Client, world: World, params: dict[str, str]
) -> None:
    case = cases.rich(world)
    body = x.get("tweets", params={"ids": ",".join(number or "" for number in case.main), **params}).json()
    assert [post["id"] for post in body["data"]] == case.main
    assert len(body["includes"]["media"]) >= 5
    assert any(error["resource_id"] == case.side["gone"] for error in body["errors"])


def test_a_notice_of_x_can_stand_in_the_place_of_a_text(x: httpx.Client, world: World) -> None:
    case = cases.policy_placeholder(world)
    data = looked_up(x, world.x.posts[int(case.main[1] or 0)])["data"][0]
    assert slices(data, "urls") == ["Learn more"]
    assert "violates" in data["text"]
