"""A thread out of its author's archive is the thread that X's API leads to: same head, same places, same words."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.media import Picture
from tests.sandbox.x.model import Post as Written
from tests.sources.x_archive.reading import branches, line, reading
from tests.sources.x_reading import LONG_AGO, Visitor
from tests.x_archives import Json, Shape, note
from unroller.core.posts import Post, Thread

NAMES = {"mentions": ("user_mentions", "username", "screen_name"), "hashtags": ("hashtags", "tag", "text")}


@pytest.fixture
def visitor() -> Iterator[Visitor]:
    with Visitor() as visitor:
        yield visitor


def both(visitor: Visitor, folder: Path, post: Written) -> tuple[Thread, Thread]:
    """The thread of a link, and that of an archive of the same posts."""
    read = visitor.read(post)
    bodies = [each.body for each in read.raw.exchanges if each.status == 200 and isinstance(each.body, dict)]
    posts, media = dict[str, Json](), dict[str, Json]()
    for body in bodies:
        includes = body.get("includes", {})
        data = body.get("data", [])
        found = [*includes.get("tweets", []), *(data if isinstance(data, list) else [data])]
        posts |= {each["id"]: each for each in found if each["author_id"] == post.author.id}
        media |= {each["media_key"]: each for each in includes.get("media", [])}
    entries = [entry(each, media) for each in posts.values()]
    notes = [long_words(each) for each in posts.values() if "note_tweet" in each]
    account = {"accountId": post.author.id, "username": post.author.username, "accountDisplayName": post.author.name}
    return read.thread, reading(folder, entries, notes=notes, shape=Shape(account=account)).thread


def entry(told: Json, media: dict[str, Json]) -> Json:
    """A post as the archive has it, out of what the API told."""
    own, spoken = told["id"], told.get("entities", {})
    links = [renamed(each) | {"url": each["url"]} | full(each) for each in spoken.get("urls", [])]
    pictures = [
        each | {"media_url_https": media[key]["url"], "type": "photo", "id_str": key.partition("_")[2]}
        | {"sizes": {"large": {"w": str(media[key]["width"]), "h": str(media[key]["height"])}}}
        for each, link in zip(links, spoken.get("urls", []), strict=True)
        if (key := link.get("media_key"))
    ]  # fmt: skip
    entities: Json = {"urls": [each for each in links if not each.get("media")], "symbols": []}
    for kind, (name, old, new) in NAMES.items():
        entities[name] = [renamed(each) | {new: each[old]} for each in spoken.get(kind, [])]
    versions = told.get("edit_history_tweet_ids", [own])
    control: Json = {"editTweetIds": versions}
    above = [each["id"] for each in told.get("referenced_tweets", []) if each["type"] == "replied_to"]
    made = datetime.fromisoformat(told["created_at"])
    return {
        "tweet": {
            "id_str": own,
            "full_text": told["text"],
            "created_at": f"{made:%a %b %d %H:%M:%S +0000 %Y}",
            "display_text_range": ["0", str(len(told["text"]))],
            "lang": told["lang"],
            "entities": entities | {"media": pictures[:1]},
            "extended_entities": {"media": pictures},
            "edit_info": {"initial": control}
            if own == versions[0]
            else {"edit": {"initialTweetId": versions[0], "editControlInitial": control}},
            **({"in_reply_to_status_id_str": above[0]} if above else {}),
            **({"in_reply_to_user_id_str": told["in_reply_to_user_id"]} if "in_reply_to_user_id" in told else {}),
            **({"in_reply_to_screen_name": spoken["mentions"][0]["username"]} if spoken.get("mentions") else {}),
        }
    }


def renamed(entity: Json) -> Json:
    return {"indices": [str(entity["start"]), str(entity["end"])]}


def full(link: Json) -> Json:
    return {name: link[name] for name in ("expanded_url", "display_url")} | {"media": "media_key" in link}


def long_words(told: Json) -> Json:
    words = told["note_tweet"]
    links = [
        {"shortUrl": each["url"], "expandedUrl": each["expanded_url"], "displayUrl": each["display_url"],
         "fromIndex": str(each["start"]), "toIndex": str(each["end"])}
        for each in words.get("entities", {}).get("urls", [])
    ]  # fmt: skip
    return note(words["text"], datetime.fromisoformat(told["created_at"]), urls=links)


def facts(post: Post) -> dict[str, Any]:
    """What has to be equal, down to the markup."""
    names = (
        *("id", "path", "url", "created_at", "order", "time", "parent_id", "parent_author_id", "parent_order"),
        *("aliases", "text", "html", "lang", "direction", "edited"),
    )
    return {name: getattr(post, name) for name in names} | {
        "media": [(each.type, each.url, each.width, each.height) for each in post.media],
        "author": (post.author.id, post.author.handle, post.author.name, post.author.url),
    }


def equal(told: Thread, kept: Thread) -> None:
    assert (line(kept), branches(kept)) == (line(told), branches(told))
    assert kept.head.path == told.head.path
    assert kept.reasons == told.reasons
    assert (kept.context and kept.context.id) == (told.context and told.context.id)
    assert [facts(post) for post in kept.posts] == [facts(post) for post in told.posts]


def test_words_links_names_and_signs(visitor: Visitor, tmp_path: Path) -> None:
    visitor.x.person("bo")
    texts = [
        "🌊 Tea & salt < 3 > 2 https://harbour.example/a/long/way?x=1&y=2 and on",
        "#Fog over the harbour, says @bo",
        "الميناء هادئ هذا الصباح #ميناء",
        "Two lines\n\nand a third &amp; last",
    ]
    posts = visitor.x.thread("ana", texts, start=LONG_AGO)
    equal(*both(visitor, tmp_path, posts[0]))


def test_pictures(visitor: Visitor, tmp_path: Path) -> None:
    first = visitor.x.post("ana", "The harbour.", at=LONG_AGO, media=[Picture("harbour"), Picture("harbour", seed="2")])
    visitor.x.post("ana", "And again.", under=first, media=[Picture("harbour", seed="3")])
    told, kept = both(visitor, tmp_path, first)
    equal(told, kept)
    assert len(kept.head.media) == 2


def test_long_posts(visitor: Visitor, tmp_path: Path) -> None:
    words = "The tide tables & their keeper: " + "ninety years by hand. " * 20 + "https://harbour.example/tides"
    posts = visitor.x.thread("ana", [words, "Two.", words.replace("ninety", "another ninety")], start=LONG_AGO)
    told, kept = both(visitor, tmp_path, posts[0])
    equal(told, kept)
    assert "harbour.example/tides" in kept.head.text


def test_forks_edits_and_a_deleted_middle(visitor: Visitor, tmp_path: Path) -> None:
    posts = visitor.x.thread("ana", ["One.", "Tow.", "Three.", "Four.", "Five."], start=LONG_AGO)
    visitor.x.post("ana", "Aside.", under=posts[0])
    visitor.x.edit(posts[1], "Two.")
    visitor.x.delete(posts[3])
    equal(*both(visitor, tmp_path, posts[0]))


def test_a_deleted_first_post(visitor: Visitor, tmp_path: Path) -> None:
    posts = visitor.x.thread("ana", ["One.", "Two.", "Three."], start=LONG_AGO)
    visitor.x.delete(posts[0])
    equal(*both(visitor, tmp_path, posts[1]))


def test_a_thread_below_a_strangers_post(visitor: Visitor, tmp_path: Path) -> None:
    root = visitor.x.post("bo", "Tell me.", at=LONG_AGO)
    first = visitor.x.post("ana", "It is long.", under=root)
    visitor.x.thread("ana", ["It goes on.", "It ends."], under=first, start=first.at)
    equal(*both(visitor, tmp_path, first))
