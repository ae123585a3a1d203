"""Which media a thread's page shows: every address that goes through the proxy, and that copies are kept of."""

from collections.abc import Iterable, Iterator
from html import unescape

import regex

from unroller.core.posts import Media, Post, Quote, Thread

EMOJI = regex.compile(r'<img class="emoji"[^>]* src="([^"]+)"')
"""The one kind of picture that stands inside a post's words (core.markup)."""


def addresses(thread: Thread | None) -> list[str]:
    """The addresses in the order of the posts, some of them more than once; none of a thread that is no more."""
    if thread is None:
        return []
    found = [address for post in thread.posts for address in _of_post(post)]
    return [address for address in (*found, *_of_media((), thread.context)) if address]


def own(thread: Thread) -> set[str]:
    """The addresses of what its posts brought themselves: no faces, and nothing of pages and posts on their cards."""
    media = (medium for post in thread.posts for medium in post.media)
    return {address for medium in media for address in (medium.url, medium.poster) if address}


def _of_post(post: Post) -> Iterator[str]:
    yield from (post.card.image if post.card else "", post.author.avatar)
    yield from (emoji.url for emoji in (*post.emojis, *post.author.emojis))
    yield from (unescape(source) for source in EMOJI.findall(post.html))
    yield from _of_media(post.media, post.quote)


def _of_media(media: Iterable[Media], quote: Quote | None) -> Iterator[str]:
    for medium in (*media, *(quote.media if quote else ())):
        yield from (medium.url, medium.poster)
    if quote and quote.author:
        yield quote.author.avatar
