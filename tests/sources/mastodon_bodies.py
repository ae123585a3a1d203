"""Bodies as a Mastodon host sends them, and what they are parsed to."""

from typing import Any

from unroller.core.posts import Pile, Post
from unroller.sources.mastodon import Mastodon
from unroller.sources.recording import Exchange, Raw

Json = dict[str, Any]
HOST = "mastodon.example"
MASTODON = Mastodon()
HEAD, NEXT, LAST = "113456789012345678", "113456789012345679", "113456789012345680"


def account(id_: str = "7", **more: object) -> Json:
    username = "alice" if id_ == "7" else "bob"
    return {
        "id": id_,
        "username": username,
        "acct": username,
        "display_name": username.title(),
        "url": f"https://{HOST}/@{username}",
        "avatar": f"https://{HOST}/avatars/{id_}.png",
        "note": "",
        "noindex": False,
        "indexable": True,
        "emojis": [],
        **more,
    }


def status(id_: str = HEAD, content: str = "<p>Words.</p>", *, parent: str | None = None, **more: object) -> Json:
    return {
        "id": id_,
        "created_at": "2024-11-10T08:00:00.000Z",
        "in_reply_to_id": parent,
        "in_reply_to_account_id": "7" if parent else None,
        "sensitive": False,
        "spoiler_text": "",
        "visibility": "public",
        "language": "en",
        "uri": f"https://{HOST}/users/alice/statuses/{id_}",
        "url": f"https://{HOST}/@alice/{id_}",
        "replies_count": 0,
        "edited_at": None,
        "content": content,
        "reblog": None,
        "account": account(),
        "media_attachments": [],
        "emojis": [],
        "quote": None,
        "card": None,
        "poll": None,
        **more,
    }


def single(body: object, *, id_: str = HEAD, code: int = 200) -> Exchange:
    return Exchange(url=f"https://{HOST}/api/v1/statuses/{id_}", status=code, body=body)


def context(*descendants: Json, ancestors: tuple[Json, ...] = (), id_: str = HEAD) -> Exchange:
    body = {"ancestors": list(ancestors), "descendants": list(descendants)}
    return Exchange(url=f"https://{HOST}/api/v1/statuses/{id_}/context", status=200, body=body)


def recording(*exchanges: Exchange, anchor: str = HEAD, **facts: str) -> Raw:
    return Raw(source="mastodon", key=f"{HOST}/{anchor}", exchanges=list(exchanges), facts=facts)


def pile_of(*exchanges: Exchange, anchor: str = HEAD) -> Pile:
    return MASTODON.parse(recording(*exchanges, anchor=anchor))


def post_of(**more: Any) -> Post:
    return pile_of(single(status(**more))).posts[0]


def attachment(kind: str, **more: object) -> Json:
    return {
        "type": kind,
        "url": f"https://files.example/{kind}",
        "preview_url": f"https://files.example/{kind}.small",
        "description": f"A {kind}",
        "meta": {"original": {"width": 640, "height": 360, "duration": 7.3}},
        **more,
    }
