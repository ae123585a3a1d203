"""Zips as X gives them to people, with every oddity on request. The words are ours."""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

Json = dict[str, Any]

OWNER = "4400000000000000001"
HANDLE = "harbour_ana"
STRANGER = "4400000000000000002"
EMAIL = "ana@harbour.example"
EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657_000, tzinfo=UTC)
NOON = datetime(2024, 3, 5, 12, tzinfo=UTC)
JPEG = b"\xff\xd8\xff\xe0 a picture of a boat \xff\xd9"

PRIVATE = {
    "direct-messages.js": b'window.YTD.direct_messages.part0 = [ {"dmConversation": "a secret"} ]',
    "contact.js": b'window.YTD.contact.part0 = [ {"contact": "a secret"} ]',
    "ip-audit.js": b'window.YTD.ip_audit.part0 = [ {"ipAudit": "a secret"} ]',
    "ad-impressions.js": b'window.YTD.ad_impressions.part0 = [ {"ad": "a secret"} ]',
    "deleted-tweets.js": b'window.YTD.deleted_tweets.part0 = [ {"tweet": "a secret"} ]',
    "direct_messages_media/1-secret.jpg": JPEG,
}
"""What lies beside the posts and is nobody's business."""


def id_at(time: datetime, number: int = 0) -> str:
    """An id of X that was made then."""
    return str((int((time - EPOCH).total_seconds() * 1000) << 22) + number)


def after(seconds: float, number: int = 0) -> str:
    """An id made so many seconds after noon of the day."""
    return id_at(NOON + timedelta(seconds=seconds), number)


def time_of(own: str) -> datetime:
    return EPOCH + timedelta(milliseconds=int(own) >> 22)


def post(own: str, text: str, *, above: str = "", of: str = OWNER, **more: Any) -> Json:
    """An entry. `above`: the post it answers, `of`: whose that is; `more`: fields that are set as they are."""
    entry: Json = {
        "edit_info": {"initial": {"editTweetIds": [own], "editsRemaining": "5", "isEditEligible": False}},
        "retweeted": False,
        "source": '<a href="https://mobile.twitter.com" rel="nofollow">Twitter Web App</a>',
        "entities": {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []},
        "display_text_range": ["0", str(len(text))],
        "favorite_count": "3",
        "id_str": own,
        "truncated": False,
        "retweet_count": "0",
        "id": own,
        "created_at": more.get("created_at") or f"{time_of(own):%a %b %d %H:%M:%S +0000 %Y}",
        "favorited": False,
        "full_text": text,
        "lang": "en",
    }
    if above:
        entry |= {"in_reply_to_status_id": above, "in_reply_to_status_id_str": above}
        entry |= {"in_reply_to_user_id": of, "in_reply_to_user_id_str": of, "in_reply_to_screen_name": HANDLE}
    return {"tweet": entry | more}


def chain(texts: Iterable[str], *, start: float = 0, every: float = 60) -> list[Json]:
    """A thread: each post answers the one before."""
    posts: list[Json] = []
    for number, text in enumerate(texts):
        above = posts[-1]["tweet"]["id_str"] if posts else ""
        posts.append(post(after(start + every * number, number), text, above=above))
    return posts


def edited(entry: Json, *ids: str) -> Json:
    """An entry that says of itself that it is one of these versions."""
    control: Json = {"editTweetIds": list(ids), "editsRemaining": "4"}
    is_first = entry["tweet"]["id_str"] == ids[0]
    info: Json = (
        {"initial": control} if is_first else {"edit": {"initialTweetId": ids[0], "editControlInitial": control}}
    )
    return {"tweet": entry["tweet"] | {"edit_info": info}}


def link(text: str, short: str, full: str, **more: Any) -> Json:
    """The entity of a shortened link in a text."""
    start = text.index(short)
    indices = [str(start), str(start + len(short))]
    return {"url": short, "expanded_url": full, "display_url": full.partition("//")[2], "indices": indices, **more}


def photo(text: str, short: str, own: str, name: str) -> Json:
    """The entity of a picture."""
    address = f"https://pbs.twimg.com/media/{name}"
    sizes: Json = {
        "large": {"w": "1536", "h": "1024", "resize": "fit"},
        "thumb": {"w": "150", "h": "150", "resize": "crop"},
    }
    more: Json = {"id_str": id_at(NOON, len(name)), "media_url_https": address, "type": "photo", "sizes": sizes}
    return link(text, short, f"https://x.com/{HANDLE}/status/{own}/photo/1", **more)


def video(text: str, short: str, own: str, *names: str) -> Json:
    """The entity of a video, a file for each of its sizes, the best last."""
    address = "https://video.twimg.com/ext_tw_video/1/pu/vid"
    variants = [
        {
            "bitrate": str(100_000 * (at + 1)),
            "content_type": "video/mp4",
            "url": f"{address}/{320 * (at + 1)}x180/{name}",
        }
        for at, name in enumerate(names)
    ]
    return photo(text, short, own, "poster.jpg") | {
        "type": "video",
        "video_info": {"duration_millis": "12500", "variants": variants},
    }


def note(text: str, time: datetime, **core: Any) -> Json:
    """The whole words of a long post; its id is no post's."""
    said = f"{time:%Y-%m-%dT%H:%M:%S.000Z}"
    words = {"text": text, "urls": [], "mentions": [], "hashtags": [], "cashtags": [], "styletags": [], **core}
    return {"noteTweet": {"noteTweetId": "1999999999999999999", "createdAt": said, "updatedAt": said, "core": words}}


class Shape(NamedTuple):
    """How a zip is laid out. `top`: a folder around everything; `parts`: files that the posts are spread over."""

    top: str = ""
    parts: int = 1
    old_names: bool = False
    wrapped: bool = True
    indent: int | None = 2
    manifest: bool = True
    partial: bool = False
    tail: str = ""
    """Follows the list of the last file of posts."""
    account: Mapping[str, Any] = {}
    """Replaces what the account says of itself."""


def script(name: str, data: Any, *, part: int = 0, indent: int | None = 2) -> bytes:
    return f"window.YTD.{name}.part{part} = {json.dumps(data, indent=indent)}".encode("utf-8", "surrogatepass")


def zipped(
    path: Path,
    posts: Iterable[Json],
    *,
    notes: Iterable[Json] = (),
    files: Mapping[str, bytes] | None = None,
    shape: Shape = Shape(),  # noqa: B008  (immutable)
) -> Path:
    """Write a whole archive. `files`: more files by their names below `data/`, or in place of its own."""
    data = _files(list(posts), list(notes), shape) | dict(files or {})
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr(f"{shape.top}Your archive.html", "<p>Your archive</p>")
        for name, body in data.items():
            archive.writestr(f"{shape.top}data/{name}", body)
    return path


def _files(posts: list[Json], notes: list[Json], shape: Shape) -> dict[str, bytes]:
    entries = posts if shape.wrapped else [entry["tweet"] for entry in posts]
    base, data = ("tweet", "tweet") if shape.old_names else ("tweets", "tweets")
    size = -(-len(entries) // shape.parts) or 1
    found = dict(PRIVATE)
    names = [f"{base}-part{part}.js" if part else f"{base}.js" for part in range(shape.parts)]
    for part, name in enumerate(names):
        some = entries[part * size : (part + 1) * size]
        found[name] = script(data, some, part=part, indent=shape.indent)
    found[names[-1]] += shape.tail.encode()
    found["note-tweet.js"] = script("note_tweet", notes, indent=shape.indent)
    account = {"email": EMAIL, "username": HANDLE, "accountId": OWNER, "accountDisplayName": "Ana of the harbour"}
    found["account.js"] = script("account", [{"account": account | dict(shape.account)}])
    avatar = "https://pbs.twimg.com/profile_images/1/boat_normal.jpg"
    profile = {"description": {"bio": "Boats & weather", "website": ""}, "avatarMediaUrl": avatar}
    found["profile.js"] = script("profile", [{"profile": profile}])
    if shape.manifest:
        found["manifest.js"] = _manifest(names, len(entries), len(notes), shape)
    return found


def _manifest(names: list[str], posts: int, notes: int, shape: Shape) -> bytes:
    base = "tweet" if shape.old_names else "tweets"
    counts = [str(posts if not part else 0) for part in range(len(names))]
    files = [
        {"fileName": f"data/{name}", "globalName": f"YTD.{base}.part{part}", "count": counts[part]}
        for part, name in enumerate(names)
    ]
    long = {"fileName": "data/note-tweet.js", "globalName": "YTD.note_tweet.part0", "count": str(notes)}
    config = {
        "archiveInfo": {"sizeBytes": "1000", "isPartialArchive": shape.partial},
        "dataTypes": {
            base: {"mediaDirectory": f"data/{base}_media", "files": files},
            "noteTweet": {"files": [long]},
            "directMessages": {"files": [{"fileName": "data/direct-messages.js", "count": "1"}]},
        },
    }
    return f"window.__THAR_CONFIG = {json.dumps(config, indent=2)};\n".encode()
