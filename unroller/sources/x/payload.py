"""What X's answers hold, read with distrust: every value typed or empty, in the words of either vocabulary.

X is mid-way through renaming its fields ("tweet" to "post"); both namings are read everywhere, whichever was asked for.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import regex

from unroller.sources.fields import LONGEST_WORDS, count, moment, record, records

Json = dict[str, Any]

EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)
FIRST_TIMED_ID = 30_000_000_000
"""Ids before November 2010 are a plain count and hold no time."""

ID = regex.compile(r"[0-9]{1,19}")
PERSON_ID = regex.compile(r"[A-Za-z0-9_-]{1,40}")
HANDLE = regex.compile(r"[A-Za-z0-9_]{1,20}")
TOKEN = regex.compile(r"[!-~]{1,1000}")


def objects(value: object) -> list[Json]:
    """The objects of a list; a lone object stands for a list of one."""
    return [value] if isinstance(value, dict) else records(value)


def string(source: Mapping[str, Any], *names: str) -> str:
    """The first of these fields that holds any text."""
    for name in names:
        value = source.get(name)
        if isinstance(value, str) and value:
            return value[:LONGEST_WORDS]
    return ""


def strings(value: object) -> list[str]:
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []


def span(source: Mapping[str, Any]) -> tuple[int, int]:
    """`start` and `end` of an entity, in code points; (0, 0) where they make no span."""
    return (start, end) if (start := count(source.get("start"))) < (end := count(source.get("end"))) else (0, 0)


def post_id(value: object) -> str:
    return value if isinstance(value, str) and ID.fullmatch(value) else ""


def person_id(value: object) -> str:
    return value if isinstance(value, str) and PERSON_ID.fullmatch(value) else ""


def handle(person: Json) -> str:
    """A person's handle; empty unless it is one."""
    found = string(person, "username")
    return found if HANDLE.fullmatch(found) else ""


def next_token(body: Json) -> str:
    found = string(record(body.get("meta")), "next_token")
    return found if TOKEN.fullmatch(found) else ""


def order(any_id: str) -> tuple[int, str]:
    """Sorts ids by age: they grow, and are never compared as text across lengths."""
    return (len(any_id), any_id)


def time_of(any_id: str) -> datetime | None:
    """When an id was made; None for ids of before November 2010."""
    value = int(any_id) if ID.fullmatch(any_id) else 0
    return EPOCH + timedelta(milliseconds=value >> 22) if value >= FIRST_TIMED_ID else None


# A post


def author_id(post: Json) -> str:
    return person_id(post.get("author_id"))


def conversation_id(post: Json) -> str:
    return post_id(post.get("conversation_id"))


def created_at(post: Json) -> datetime | None:
    """What X shows as its time, else what its id tells."""
    return moment(post.get("created_at")) or time_of(string(post, "id"))


def history(post: Json) -> list[str]:
    """The ids of all its versions, oldest first; its own alone where it was never edited."""
    named = post.get("edit_history_tweet_ids") or post.get("edit_history_post_ids")
    found = {entry for entry in strings(named) if post_id(entry)}
    own = string(post, "id")
    return sorted(found, key=order) if own in found else [own]


def references(post: Json) -> list[Json]:
    return objects(post.get("referenced_tweets") or post.get("referenced_posts"))


def _referenced(post: Json, kind: str) -> str:
    return next((post_id(each.get("id")) for each in references(post) if each.get("type") == kind), "")


def parent_id(post: Json) -> str:
    return _referenced(post, "replied_to")


def quoted_id(post: Json) -> str:
    return _referenced(post, "quoted")


def repeated_id(post: Json) -> str:
    """The post that a pure repost repeats."""
    return _referenced(post, "retweeted")


def answered_id(post: Json) -> str:
    """Whom a reply answers: known even when the post it answers is gone."""
    return person_id(post.get("in_reply_to_user_id"))


def note(post: Json) -> Json:
    """The whole of a long post, whose `text` is cut."""
    return record(post.get("note_tweet") or post.get("note_post"))


def written(post: Json) -> str:
    return string(note(post), "text") or string(post, "text")


def replies(post: Json) -> int:
    return count(record(post.get("public_metrics")).get("reply_count"))


def media_keys(post: Json) -> list[str]:
    return strings(record(post.get("attachments")).get("media_keys"))


def poll_ids(post: Json) -> list[str]:
    return strings(record(post.get("attachments")).get("poll_ids"))
