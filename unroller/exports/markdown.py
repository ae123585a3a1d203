"""A thread as Markdown with YAML front matter, for notebooks such as Obsidian.

The words come from networks, so everything that Markdown or YAML would read as its own is escaped.
"""

import json
from html.parser import HTMLParser

import regex

from unroller.core.layout import Place, places
from unroller.core.posts import Gap, Media, Post, Quote, Thread
from unroller.core.reading import measure
from unroller.core.titles import title
from unroller.exports.json import moment
from unroller.exports.text import missing

SPECIAL = regex.compile(r"([\\`*_\[\]<>#|~$])")
LINE_START = regex.compile(r"^(\s*)([-+=:]|\d+[.)])(?=\s|[-+=:]|$)", regex.MULTILINE)


def export(thread: Thread) -> str:
    """The whole thread, ending with a newline."""
    parts = [_front(thread), f"# {escape(title(thread.head.opening) or f'A thread by {thread.author.name}')}"]
    for place in places(thread):
        parts.append(_block(place))
        for branch in place.side:
            parts.append("\n>\n".join(_indented(_block(inner)) for inner in branch))
    return "\n\n".join(parts) + "\n"


def escape(words: str) -> str:
    """Text that Markdown shows as it is."""
    escaped = SPECIAL.sub(r"\\\1", words)
    return LINE_START.sub(lambda match: f"{match[1]}{match[2][:-1]}\\{match[2][-1]}", escaped)


def _front(thread: Thread) -> str:
    length = measure(thread.posts_of_line)
    values = {
        "title": title(thread.head.opening),
        "author": thread.author.name,
        "handle": f"@{thread.author.handle}",
        "source": thread.head.url,
        "network": thread.source,
        "date": moment(thread.head.created_at),
        "posts": len(list(thread.posts_of_line)),
        "minutes": length.minutes,
        "complete": not thread.reasons,
    }
    # A JSON scalar is a YAML scalar.
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    return "\n".join(["---", *lines, "---"])


def _block(place: Place) -> str:
    if isinstance(place.entry, Gap):
        return f"*{escape(missing(place.entry))}*"
    return f"**[{place.number}]({_address(place.entry.url)})**\n\n{_post(place.entry)}"


def _post(post: Post) -> str:
    parts = [f"*Content warning: {escape(post.warning)}*"] if post.warning else []
    parts.append(from_html(post.html))
    parts += [_media(media) for media in post.media]
    if post.poll:
        parts.append("\n".join(f"- {escape(option.label)}" for option in post.poll.options))
    if post.card:
        parts.append(f"[{escape(post.card.title)}]({_address(post.card.url)})")
    if post.quote:
        parts.append(_indented(_quote(post.quote)))
    return "\n\n".join(filter(None, parts))


def _quote(quote: Quote) -> str:
    if quote.author is None:
        return escape(quote.unavailable)
    who = f"[{escape(quote.author.name)}]({_address(quote.url)}) @{escape(quote.author.handle)}"
    return "\n\n".join(filter(None, [who, from_html(quote.html), *map(_media, quote.media)]))


def _media(media: Media) -> str:
    alt = escape(" ".join(media.alt.split()))
    if media.type == "photo":
        return f"![{alt}]({_address(media.url)})"
    return f"[{escape(media.type.capitalize())}{': ' if alt else ''}{alt}]({_address(media.url)})"


def _address(url: str) -> str:
    return regex.sub(r"[\s()<>\\]", lambda match: f"%{ord(match[0]):02X}", url)


def _indented(words: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in words.splitlines())


def from_html(html: str) -> str:
    """Our own safe HTML as Markdown."""
    walk = _Walk()
    walk.feed(html)
    walk.close()
    return regex.sub(r"\n{3,}", "\n\n", "".join(walk.parts)).strip()


class _Walk(HTMLParser):
    AROUND = {"strong": "**", "em": "*", "del": "~~", "code": "`"}

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hrefs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "br":
            self.parts.append("  \n")
        elif tag == "a":
            self._hrefs.append(values.get("href") or "")
            self.parts.append("[" if self._hrefs[-1] else "")
        elif tag == "img":
            self.parts.append(escape(values.get("alt") or ""))
        elif tag == "li":
            self.parts.append("- ")
        else:
            self.parts.append(self.AROUND.get(tag, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._hrefs:
            href = self._hrefs.pop()
            self.parts.append(f"]({_address(href)})" if href else "")
        elif tag in {"p", "pre", "blockquote", "ul", "ol"}:
            self.parts.append("\n\n")
        elif tag == "li":
            self.parts.append("\n")
        else:
            self.parts.append(self.AROUND.get(tag, ""))

    def handle_data(self, data: str) -> None:
        self.parts.append(escape(data))
