"""Records as they lie in a repository: text with facets by UTF-8 byte, replies, embeds with blobs."""

import re

from ..clock import zulu
from ..ids import cid, digest_number
from ..media import Card, Clip, Picture
from ..wire import Json, filled
from .model import Post
from .network import BlueskyNetwork

COLLECTION = "app.bsky.feed.post"
PIECE = re.compile(
    r"(?P<url>https?://[^\s<>\"]+)"
    r"|(?<![\w@/.])@(?P<mention>[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)+)"
    r"|(?<![\w&/])[#＃](?P<tag>\w*[^\W\d_]\w*)"
)
AFTER_URL = ".,;:!?)'\"、。）」』"
LONGEST_PATH = 15
KEPT_PATH = 13


def record(post: Post, network: BlueskyNetwork) -> Json:
    """The value of the record, `$type` and all."""
    if post.raw_record is not None:
        return post.raw_record
    text, facets = facetted(post, network)
    reply = {"root": strong_ref(post.root), "parent": strong_ref(post.parent)} if post.parent else None
    labels = [{"val": value} for value in post.self_labels]
    optional = {
        "facets": facets if post.raw_facets is None else post.raw_facets,
        "reply": reply,
        "embed": post.raw_embed or embed(post),
        "langs": list(post.langs),
        "labels": {"$type": "com.atproto.label.defs#selfLabels", "values": labels} if labels else None,
        "tags": list(post.tags),
    }
    return {"$type": COLLECTION, "text": text, "createdAt": zulu(post.claimed_at), **filled(optional)}


def facetted(post: Post, network: BlueskyNetwork) -> tuple[str, list[Json]]:
    """The text as the app stores it, links shortened to what is shown, and the facets that tell the rest."""
    stored, facets, position = "", [], 0
    pattern = re.compile("|".join([*map(re.escape, post.links), PIECE.pattern])) if post.links else PIECE
    for found in pattern.finditer(post.text):
        stored += post.text[position : found.start()]
        position = found.end()
        shown, feature = found.group(), feature_of(found, post, network)
        if found["url"]:
            url = found["url"].rstrip(AFTER_URL)
            position, shown = found.start() + len(url), short_url(url)
        if feature is not None:
            start = len(stored.encode())
            index = {"byteStart": start, "byteEnd": start + len(shown.encode())}
            facets.append({"$type": "app.bsky.richtext.facet", "index": index, "features": [feature]})
        stored += shown
    return stored + post.text[position:], facets


def feature_of(found: re.Match[str], post: Post, network: BlueskyNetwork) -> Json | None:
    """What a piece of text is a facet of; a handle nobody has is none."""
    kind = "app.bsky.richtext.facet"
    if found.group() in post.links:
        return {"$type": f"{kind}#link", "uri": post.links[found.group()]}
    if found["url"]:
        return {"$type": f"{kind}#link", "uri": found["url"].rstrip(AFTER_URL)}
    if found["tag"]:
        return {"$type": f"{kind}#tag", "tag": found["tag"]}
    person = network.resolve(found["mention"])
    return {"$type": f"{kind}#mention", "did": person.did} if person else None


def short_url(url: str) -> str:
    """Host and the beginning of the path, as the app shows links."""
    host, slash, path = re.sub(r"^https?://", "", url).partition("/")
    path = slash + path if path else ""
    return host + (path if len(path) <= LONGEST_PATH else path[:KEPT_PATH] + "...")


def strong_ref(post: Post) -> Json:
    """The CID is that of the time of writing: later revisions change it, replies do not follow."""
    return {"uri": post.uri, "cid": cid(f"{post.uri} 0")}


def embed(post: Post) -> Json | None:
    media = media_embed(post)
    if post.quote is None:
        return media
    quoted = {"$type": "app.bsky.embed.record", "record": strong_ref(post.quote)}
    if media is None:
        return quoted
    return {"$type": "app.bsky.embed.recordWithMedia", "record": quoted, "media": media}


def media_embed(post: Post) -> Json | None:
    if post.images:
        images = [{"alt": each.alt, "image": blob(each), "aspectRatio": aspect_ratio(each)} for each in post.images]
        return {"$type": "app.bsky.embed.images", "images": images}
    if post.gallery:
        return {"$type": "app.bsky.embed.gallery", "items": [gallery_item(each) for each in post.gallery]}
    if post.video:
        return video_embed(post.video)
    return external_embed(post.external) if post.external else None


def gallery_item(picture: Picture) -> Json:
    kind = "app.bsky.embed.gallery#image"
    return {"$type": kind, "alt": picture.alt, "image": blob(picture), "aspectRatio": aspect_ratio(picture)}


def video_embed(video: Clip) -> Json:
    found = {"$type": "app.bsky.embed.video", "video": blob(video.poster, kind="video/mp4"), "alt": video.alt}
    ratio = aspect_ratio(video.poster)
    return filled({**found, "aspectRatio": ratio, "presentation": "gif" if video.looped else None})


def external_embed(card: Card) -> Json:
    facts: Json = {"uri": card.url, "title": card.title, "description": card.description}
    if card.picture is not None:
        facts["thumb"] = blob(card.picture)
    return {"$type": "app.bsky.embed.external", "external": facts}


def blob(picture: Picture, *, kind: str = "image/png") -> Json:
    size = 20_000 + digest_number(picture.path(), 17)
    link = {"$link": cid(f"{kind} {picture.path()}")}
    return {"$type": "blob", "ref": link, "mimeType": kind, "size": size}


def aspect_ratio(picture: Picture) -> Json:
    return {"width": picture.width, "height": picture.height}
