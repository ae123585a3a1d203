"""A thread as its author's blog is sent it: their words, and their pictures put there where the blog takes some."""

import hashlib
import time
from collections.abc import Callable, Mapping

from unroller import media as addresses
from unroller import networks
from unroller.actions import media, taking
from unroller.actions.blogs import keys
from unroller.core.errors import UnrollError
from unroller.core.posts import Media, Thread
from unroller.exports import blog as exports
from unroller.exports.json import moment
from unroller.exports.wording import heading
from unroller.models import Blog
from unroller.sources.blog import micropub
from unroller.sources.blog.errors import NoScope, NotKept, NotPublic, NotTaken
from unroller.sources.blog.micropub import Entry

MOST_PICTURES = 200
"""Of a thread that are put on a blog; the others are shown from their network."""
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp", "image/avif": "avif"}

SECONDS_AT_ONCE = 60.0
"""That pictures are put on a blog before it is somebody else's turn."""

Keep = Callable[[Mapping[str, str]], None]
"""Writes down where pictures are by now, by their digests: on the blog, or at their network (empty)."""


def entry(thread: Thread, slug: str, uploads: Mapping[str, str]) -> Entry:
    """What is published of a thread; of X as many posts as its rules let into one file."""
    content = taking.allowed(thread)
    shown = {photo.url: uploads.get(_digest(photo), "") or _origin(photo) for photo in exports.photos(content)}
    return Entry(
        name=heading(content),
        html=exports.content(content, shown),
        published=moment(content.head.created_at),
        origin=content.head.url,
        categories=exports.categories(content),
        slug=slug,
    )


def put_pictures(blog: Blog, thread: Thread, uploads: Mapping[str, str], keep: Keep) -> bool:
    """Put a thread's pictures on the blog that are not there yet, and keep where, after each; False when there are more
    to put. One that the blog does not want, or its network does not show, stays where it is. Raises Later, BlogError.
    """
    if not blog.media_endpoint:
        return True
    found, until = dict(uploads), time.monotonic() + SECONDS_AT_ONCE
    photos = {_digest(photo): photo for photo in exports.photos(taking.allowed(thread))[:MOST_PICTURES]}
    waiting = [digest for digest in photos if digest not in found]
    for count, digest in enumerate(waiting):
        if count and time.monotonic() > until:
            return False
        found[digest] = _put(blog, photos[digest])
        keep(dict(found))
    return True


def _put(blog: Blog, photo: Media) -> str:
    """Where it is now; empty where it stays. Raises Later, BlogError."""
    try:
        with (opened := media.opened(photo.url)).file:
            body = opened.file.read(media.MOST_BYTES)
    except UnrollError:
        return ""
    ending = ENDINGS.get(opened.type)
    if ending is None:
        return ""

    def send(token: str) -> str:
        name = f"{_digest(photo)}.{ending}"
        http = networks.webhooks()
        return micropub.upload(http, blog.media_endpoint, token, name=name, kind=opened.type, body=body)

    try:
        return keys.opened(blog, send)
    except (NoScope, NotKept, NotPublic, NotTaken):
        return ""


def _digest(photo: Media) -> str:
    return hashlib.sha256(photo.url.encode()).hexdigest()[:32]


def _origin(photo: Media) -> str:
    """Its address at its network."""
    return addresses.brought_from(photo.url)[0]
