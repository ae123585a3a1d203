"""A thread as its author's blog is sent it: their words, and their pictures put there where the blog takes some."""

import hashlib
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
from unroller.sources.blog.errors import ConnectAgain, NoScope, NotTaken
from unroller.sources.blog.micropub import Entry

MOST_PICTURES = 200
"""Of a thread that are put on a blog; the others are shown from their network."""
ENDINGS = {"image/jpeg": "jpg", "image/png": "png", "image/gif": "gif", "image/webp": "webp", "image/avif": "avif"}

Keep = Callable[[Mapping[str, str]], None]
"""Writes down which pictures are on the blog by now."""


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


def put_pictures(blog: Blog, thread: Thread, uploads: Mapping[str, str], keep: Keep) -> Mapping[str, str]:
    """Put a thread's pictures on the blog that are not there yet, and keep where. One that the blog does not want, or
    its network does not show, stays where it is. Raises Later, BlogError."""
    found = dict(uploads)
    if not blog.media_endpoint:
        return found
    for photo in exports.photos(taking.allowed(thread))[:MOST_PICTURES]:
        if _digest(photo) not in found and (address := _put(blog, photo)):
            found[_digest(photo)] = address
            keep(found)
    return found


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
    except ConnectAgain:
        raise
    except (NoScope, NotTaken):
        return ""


def _digest(photo: Media) -> str:
    return hashlib.sha256(photo.url.encode()).hexdigest()[:32]


def _origin(photo: Media) -> str:
    """Its address at its network."""
    return addresses.brought_from(photo.url)[0]
