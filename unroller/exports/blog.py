"""A thread as an entry of its author's own blog: HTML of their own words. What others wrote is only linked."""

import html
from collections.abc import Iterator, Mapping

import regex

from unroller.core.layout import places
from unroller.core.posts import Gap, Media, Poll, Post, Quote, Thread
from unroller.core.text import is_web, one_line
from unroller.exports.article import CALLS
from unroller.exports.text import votes
from unroller.exports.xhtml import element, flow, language_tag, link, text

HASHTAG = regex.compile(r'<a class="hashtag"[^>]*>(.*?)</a>', regex.DOTALL)
MOST_CATEGORIES = 20


def content(thread: Thread, pictures: Mapping[str, str]) -> str:
    """The posts one below the other, side branches behind the post they hang from, and nothing where a post is gone.

    `pictures`: where a photo is shown from, by its address in the thread; the others stay where they are.
    """
    page = _Page(thread, pictures)
    parts = [page.context(thread.context)] if thread.context else []
    for place in places(thread):
        inner = (each.entry for branch in place.side for each in branch)
        parts += [page.post(entry) for entry in (place.entry, *inner) if not isinstance(entry, Gap)]
    return "\n".join(filter(None, parts))


def photos(thread: Thread) -> list[Media]:
    """The author's own pictures, each once."""
    found = {media.url: media for post in thread.posts for media in post.media if media.type == "photo"}
    return list(found.values())


def categories(thread: Thread) -> tuple[str, ...]:
    """The author's hashtags, without their sign, each once, as first written."""
    found: dict[str, str] = {}
    for post in thread.posts:
        for label in HASHTAG.findall(post.html):
            tag = one_line(html.unescape(regex.sub(r"<[^>]*>", "", label))).lstrip("#＃")
            found.setdefault(tag.casefold(), tag)
    return tuple(filter(None, found.values()))[:MOST_CATEGORIES]


class _Page:
    def __init__(self, thread: Thread, pictures: Mapping[str, str]) -> None:
        self._author, self._lang = thread.author, thread.head.lang
        self._pictures = pictures

    def context(self, answered: Quote) -> str:
        """What the thread answers, as a link."""
        return self._named("In reply to", answered)

    def post(self, post: Post) -> str:
        shown = [
            flow(post.html, lambda _, name: text(name)),
            *self._media(post),
            _poll(post.poll) if post.poll else "",
            element("p", link(post.card.url, text(one_line(post.card.title or post.card.url)))) if post.card else "",
            self._quote(post.quote) if post.quote else "",
        ]
        whole = "\n".join(filter(None, shown))
        if post.warning:
            whole = _folded(f"Content warning: {one_line(post.warning)}", whole)
        if whole and (post.direction == "rtl" or post.lang != self._lang):
            lang = f' lang="{tag}"' if (tag := language_tag(post.lang)) else ""
            whole = f'<div{lang} dir="{post.direction or "auto"}">{whole}</div>'
        return whole

    def _media(self, post: Post) -> Iterator[str]:
        found = "\n".join(self._medium(media, post.url) for media in post.media)
        yield _folded("Sensitive media", found) if found and post.sensitive and not post.warning else found

    def _medium(self, media: Media, post_url: str) -> str:
        if media.type == "photo":
            address = self._pictures.get(media.url, media.url)
            picture = element("img", src=address, alt=one_line(media.alt)) if is_web(address) else ""
            return element("figure", picture) if picture else ""
        said = f"{CALLS[media.type]}{': ' if media.alt else ''}{one_line(media.alt)}"
        return element("p", link(post_url if media.streamed else media.url, text(said)))

    def _quote(self, quote: Quote) -> str:
        """Words of the author themselves are repeated, those of others are linked."""
        if quote.author is None or quote.unavailable:
            return ""
        if quote.author.id != self._author.id:
            return self._named("Quoting", quote)
        words = flow(quote.html, lambda _, name: text(name))
        return element("blockquote", words + element("p", link(quote.url, text(quote.url)))) if words else ""

    def _named(self, verb: str, quote: Quote) -> str:
        if quote.author is None or quote.unavailable:
            return ""
        return element("p", f"{verb} {link(quote.url, text(f'@{one_line(quote.author.handle)}'))}")


def _poll(poll: Poll) -> str:
    options = (element("li", text(f"{one_line(option.label)}{votes(option)}")) for option in poll.options)
    return element("ul", "".join(options))


def _folded(summary: str, content: str) -> str:
    return element("details", element("summary", text(summary)) + content) if content else ""
