"""Bodies of X's API, written by hand for the tests of parsing."""

from typing import Any

from unroller.core.posts import Pile, Post
from unroller.sources.recording import Exchange, Raw
from unroller.sources.x import X

Json = dict[str, Any]

SOURCE = X("https://api.example", "token")
ANA, BO = "501", "502"
HEAD = "1849000000000000000"
"""An id of October 2024."""

PEOPLE: list[Json] = [
    {
        "id": ANA,
        "username": "ana",
        "name": "Ana ⚓",
        "profile_image_url": "https://pbs.example/profile_images/7/face_normal.jpg",
        "description": "Harbour & sea",
        "protected": False,
    },
    {"id": BO, "username": "bo_b", "name": "Bo"},
]


def post(text: str, own: str = HEAD, /, **fields: Any) -> Json:
    return {
        "id": own,
        "text": text,
        "author_id": ANA,
        "conversation_id": HEAD,
        "created_at": "2024-10-23T09:00:00.000Z",
        "edit_history_tweet_ids": [own],
        **fields,
    }


def reply(text: str, own: str, above: str = HEAD, /, **fields: Any) -> Json:
    answered = {"in_reply_to_user_id": ANA, "referenced_tweets": [{"type": "replied_to", "id": above}]}
    return post(text, own, **{**answered, **fields})


def link(text: str, short: str, full: str, shown: str, **facts: Any) -> Json:
    """The entity of a link, found in its text."""
    start = text.index(short)
    place = {"start": start, "end": start + len(short)}
    return {**place, "url": short, "expanded_url": full, "display_url": shown, **facts}


def spot(text: str, shown: str, **facts: Any) -> Json:
    """The entity of a mention or a tag, found in its text."""
    start = text.index(shown)
    return {"start": start, "end": start + len(shown), **facts}


def raw(*posts: Json, key: str = HEAD, errors: list[Json] | None = None, **includes: list[Json]) -> Raw:
    body: Json = {"data": list(posts), "includes": {"users": PEOPLE, **includes}}
    if errors:
        body["errors"] = errors
    return Raw(source="x", key=key, exchanges=[Exchange("https://api.example/2/tweets?ids=1", 200, body)])


def pile(*posts: Json, key: str = HEAD, errors: list[Json] | None = None, **includes: list[Json]) -> Pile:
    return SOURCE.parse(raw(*posts, key=key, errors=errors, **includes))


def shown(*posts: Json, key: str = HEAD, **includes: list[Json]) -> Post:
    """The linked post as it is read."""
    found = pile(*posts, key=key, **includes)
    return next(each for each in found.posts if each.id == found.anchor_id)


def missing(own: str, *, parameter: str = "ids", kind: str = "resource-not-found", title: str = "Not Found") -> Json:
    return {
        "value": own,
        "resource_id": own,
        "resource_type": "tweet",
        "parameter": parameter,
        "title": title,
        "detail": f"Could not find tweet with {parameter}: [{own}].",
        "type": f"https://api.twitter.com/2/problems/{kind}",
    }
