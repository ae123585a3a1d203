"""One entry of the archive: what the trees are made of, and the same post in the words of X's API.

Everything is a string there, also numbers; nothing is vouched for. Posts are put into the words of the API so that a
thread out of an archive is rendered by the code, and becomes the thread, that the API would have led to.
"""

from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
import regex

from unroller.sources.fields import LARGEST_NUMBER, LONGEST_WORDS, address, record, records, string, usable
from unroller.sources.x.links import LARGEST
from unroller.sources.x.payload import Json, person_id, time_of
from unroller.sources.x.words import HANDLE_BEFORE, target

MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DATE = regex.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d\d) (\d\d):(\d\d):(\d\d) \+0000 (\d{4})", regex.ASCII)
MOST_VERSIONS = 20
MOST_ENTITIES = 500


class Tweet(msgspec.Struct, omit_defaults=True):
    """What is kept of an entry; every value is checked where it is used."""

    id_str: Any = None
    id: Any = None
    created_at: Any = None
    full_text: Any = None
    text: Any = None
    lang: Any = None
    entities: Any = None
    extended_entities: Any = None
    display_text_range: Any = None
    in_reply_to_status_id_str: Any = None
    in_reply_to_status_id: Any = None
    in_reply_to_user_id_str: Any = None
    in_reply_to_user_id: Any = None
    in_reply_to_screen_name: Any = None
    edit_info: Any = None
    possibly_sensitive: Any = None
    withheld_in_countries: Any = None


class Entry(Tweet):
    """An entry of the list: a wrapped post, or, before 2020, a bare one."""

    tweet: Tweet | None = None


class Facts(NamedTuple):
    """What decides where a post stands. `id` and `parent` are 0 where there is none; `seconds` since 1970."""

    id: int
    parent: int
    answers_owner: bool
    greets: bool
    """It begins with somebody's handle: if it is an answer, it stands in a conversation with others."""
    seconds: float
    versions: tuple[int, ...]


def words_of(tweet: Tweet) -> str:
    return (string(tweet.full_text) or string(tweet.text))[:LONGEST_WORDS]


def is_retweet(tweet: Tweet) -> bool:
    """The archive's `retweeted` is always false; a repost is known by its words, and answers nobody."""
    return words_of(tweet).startswith("RT @") and not parent_of(tweet)


def parent_of(tweet: Tweet) -> int:
    return number(tweet.in_reply_to_status_id_str) or number(tweet.in_reply_to_status_id)


def answered(tweet: Tweet) -> str:
    """Whom a post answers; an answer to nobody's post in particular (rare) is none."""
    found = tweet.in_reply_to_user_id_str or tweet.in_reply_to_user_id
    return person_id(str(found)) if parent_of(tweet) and isinstance(found, str | int) else ""


def facts(tweet: Tweet, owner: str, handle: str) -> Facts | None:
    """None for a post without a time, neither its own nor that of its id."""
    own = number(tweet.id_str) or number(tweet.id)
    made = moment(tweet.created_at) or time_of(str(own))
    if made is None:
        return None
    greeted = HANDLE_BEFORE.match(words_of(tweet))
    return Facts(
        id=own,
        parent=parent_of(tweet),
        answers_owner=answered(tweet) == owner,
        greets=greeted is not None and greeted.group(1).lower() != handle.lower(),
        seconds=made.timestamp(),
        versions=versions(tweet, own),
    )


def number(value: object) -> int:
    """An id as a number; 0 for what is none (the archive has -1 for what is gone)."""
    if isinstance(value, str):
        return _within(int(value)) if len(value) < 20 and value.isdecimal() and value.isascii() else 0
    return _within(value) if isinstance(value, int) and not isinstance(value, bool) else 0


def _within(found: int) -> int:
    return found if 0 < found <= LARGEST else 0


def whole(value: object) -> int:
    """A count or an offset, written as a string or not; 0 for what is none."""
    found = number(value)
    return found if found <= LARGEST_NUMBER else 0


def span(value: object) -> tuple[int, int]:
    """A pair of offsets in code points, half-open."""
    return (whole(value[0]), whole(value[1])) if isinstance(value, list) and len(value) == 2 else (0, 0)


def moment(value: object) -> datetime | None:
    """A point in time as posts have it: `Wed Oct 10 20:19:24 +0000 2018`."""
    found = DATE.fullmatch(string(value)[:40])
    if found is None or found[1] not in MONTHS:
        return None
    day, hour, minute, second, year = map(int, found.group(2, 3, 4, 5, 6))
    try:
        return usable(datetime(year, MONTHS.index(found[1]), day, hour, minute, min(second, 59), tzinfo=UTC))
    except ValueError:
        return None


def versions(tweet: Tweet, own: int) -> tuple[int, ...]:
    """The ids of all its versions, oldest first; empty where it was never edited. Each version is an entry."""
    info = record(tweet.edit_info)
    edit = record(info.get("edit"))
    named = record(info.get("initial")).get("editTweetIds") or record(edit.get("editControlInitial")).get(
        "editTweetIds"
    )
    if not edit and isinstance(named, list) and len(named) < 2:
        return ()
    found = [number(each) for each in (named if isinstance(named, list) else [])[:MOST_VERSIONS]]
    ids = {*found, number(edit.get("initialTweetId"))} - {0}
    return tuple(sorted(ids)) if own in ids and len(ids) > 1 else ()


def payload(tweet: Tweet, own: str, owner: str, *, note: Json, conversation: str, lead: int) -> Json:
    """The post as X's API would tell it. `note`: the whole of a long post, if it is one; `lead`: where its own words
    begin."""
    made = moment(tweet.created_at)
    media = _media(tweet)
    spoken = _entities(record(tweet.entities), media=media)
    history = [str(version) for version in versions(tweet, int(own))]
    references = [{"type": "replied_to", "id": str(parent_of(tweet))}] if parent_of(tweet) else []
    links = [link for link in spoken.get("urls", []) if not link.get("media_key")]
    links += record(note.get("entities")).get("urls", [])
    hidden = {own, *history, ""}
    quoted = next((named for link in reversed(links) if (named := target(link)) not in hidden), "")
    if quoted:
        references.append({"type": "quoted", "id": quoted})
    return {
        "id": own,
        "text": words_of(tweet),
        "display_text_range": [max(lead, span(tweet.display_text_range)[0]), len(words_of(tweet))],
        "author_id": owner,
        "created_at": made.isoformat() if made else "",
        "lang": string(tweet.lang),
        "entities": spoken,
        "referenced_tweets": references,
        "in_reply_to_user_id": answered(tweet),
        "edit_history_tweet_ids": history or [own],
        "attachments": {"media_keys": [medium_key(each) for each in media]},
        "possibly_sensitive": tweet.possibly_sensitive in (True, "true"),
        "conversation_id": conversation,
        "withheld": {"country_codes": tweet.withheld_in_countries},
        "note_tweet": note,
    }


def _entities(spoken: Json, *, media: list[Json]) -> Json:
    """Entities by the API's names; without those that are empty, as the API leaves them out."""
    links = [_placed(each, "url", "expanded_url", "display_url") for each in records(spoken.get("urls"))]
    links += [{**_placed(each, "url", "expanded_url", "display_url"), "media_key": medium_key(each)} for each in media]
    found = {
        "urls": sorted(links, key=lambda link: (link["start"], link["end"])),
        "mentions": [_placed(each, username="screen_name") for each in records(spoken.get("user_mentions"))],
        "hashtags": [_placed(each, tag="text") for each in records(spoken.get("hashtags"))],
        "cashtags": [_placed(each, tag="text") for each in records(spoken.get("symbols"))],
    }
    return {kind: entries[:MOST_ENTITIES] for kind, entries in found.items() if entries}


def _placed(entity: Json, *same: str, **renamed: str) -> Json:
    start, end = span(entity.get("indices"))
    names = {**{name: name for name in same}, **renamed}
    return {"start": start, "end": end, **{new: string(entity.get(old)) for new, old in names.items()}}


def _media(tweet: Tweet) -> list[Json]:
    """`entities` holds the first only."""
    for source in (tweet.extended_entities, tweet.entities):
        if found := records(record(source).get("media")):
            return found
    return []


def medium_key(entry: Json) -> str:
    return str(number(entry.get("id_str")) or number(entry.get("id")) or string(entry.get("media_url_https")))


def media_of(tweet: Tweet) -> list[Json]:
    """What hangs on it, by the API's names."""
    return [
        {
            "media_key": medium_key(each),
            "type": string(each.get("type")),
            "url": address(each.get("media_url_https")),
            "preview_image_url": address(each.get("media_url_https")),
            "width": whole(record(record(each.get("sizes")).get("large")).get("w")),
            "height": whole(record(record(each.get("sizes")).get("large")).get("h")),
            "duration_ms": whole(record(each.get("video_info")).get("duration_millis")),
            "variants": [
                {**variant, "bit_rate": whole(variant.get("bitrate"))}
                for variant in records(record(each.get("video_info")).get("variants"))
            ],
        }
        for each in _media(tweet)
    ]
