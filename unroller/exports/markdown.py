"""A thread as Markdown with YAML front matter, for notebooks such as Obsidian.

The words come from networks, so everything that Markdown or YAML would read as its own is escaped. Addresses of links
stand at the foot, each once; pictures stay where they are, since notebooks show no others while one writes.
"""

import json
from collections.abc import Iterable, Iterator, Sequence

from unroller.core.layout import Place, places
from unroller.core.posts import Gap, Media, Post, Quote, Thread
from unroller.core.reading import measure
from unroller.core.text import is_web, one_line
from unroller.core.titles import title
from unroller.exports.json import moment
from unroller.exports.markup import address, from_html, indented, line, link
from unroller.exports.notes import Notes
from unroller.exports.text import missing, votes
from unroller.exports.wording import heading, incompleteness


def export(thread: Thread, *, tags: Sequence[str] = ()) -> str:
    """The whole thread, ending with a newline. `tags`: the reader's own words for it."""
    page = _Page()
    parts = [_front(thread, tags), f"# {line(heading(thread))}"]
    parts += [f"*{line(sentence)}*" for sentence in incompleteness(thread)]
    if thread.context:
        parts.append(f"In reply to:\n\n{indented(page.quote(thread.context))}")
    for place in places(thread):
        parts.append(page.block(place))
        parts += ["\n>\n".join(indented(page.block(inner)) for inner in branch) for branch in place.side]
    return "\n\n".join(filter(None, [*parts, page.notes.rows("[{}]: {}")])) + "\n"


def _front(thread: Thread, tags: Sequence[str]) -> str:
    length = measure(thread.posts_of_line)
    values = {
        "title": title(thread.head.opening),
        "author": one_line(thread.author.name),
        "handle": f"@{one_line(thread.author.handle)}",
        "source": thread.head.url,
        "network": thread.source,
        "date": moment(thread.head.created_at),
        "posts": len(list(thread.posts_of_line)),
        "minutes": length.minutes,
        "complete": not thread.reasons,
    }
    names = list(filter(None, map(_tag, tags)))
    if names:
        values["tags"] = names
    # JSON on one line is YAML.
    lines = [f"{name}: {_inert(json.dumps(value, ensure_ascii=False))}" for name, value in values.items()]
    return "\n".join(["---", *lines, "---"])


def _inert(value: str) -> str:
    """A value that says the same to YAML, and holds neither tags nor links for who takes the front for Markdown."""
    return value.replace("<", "\\u003c").replace("](", "]\\u0028")


def _tag(words: str) -> str:
    """Notebooks know no tags with spaces, and add the # themselves."""
    return "-".join(one_line(words).lstrip("#").split())


class _Page:
    """Writes posts, and collects the addresses of their links."""

    def __init__(self) -> None:
        self.notes = Notes()

    def block(self, place: Place) -> str:
        if isinstance(place.entry, Gap):
            return f"*{line(missing(place.entry))}*"
        return f"**{link(place.number, place.entry.url)}**\n\n{self._post(place.entry)}".rstrip()

    def _link(self, label: str, url: str) -> str:
        """A link by the number of its address; only the label where no browser may follow it."""
        return f"[{label}][{self.notes.number(address(url))}]" if is_web(url) else label

    def _post(self, post: Post) -> str:
        parts = [_warning(post.warning), from_html(post.html, self._link), *self._media(post.media, post.url)]
        if post.poll:
            parts.append("\n".join(f"- {line(option.label)}{votes(option)}" for option in post.poll.options))
        if post.card:
            parts.append(self._link(line(post.card.title) or line(post.card.url), post.card.url))
        if post.quote:
            parts.append(indented(self.quote(post.quote)))
        return "\n\n".join(filter(None, parts))

    def quote(self, quote: Quote) -> str:
        if quote.unavailable or quote.author is None:
            return line(quote.unavailable)
        who = f"{self._link(line(quote.author.name or quote.author.handle), quote.url)} @{line(quote.author.handle)}"
        words = from_html(quote.html, self._link)
        return "\n\n".join(filter(None, [who, _warning(quote.warning), words, *self._media(quote.media, quote.url)]))

    def _media(self, items: Iterable[Media], post_url: str) -> Iterator[str]:
        """Photos as pictures, recordings as links: to the post where there is no file that a browser plays."""
        for media in items:
            alt = line(media.alt)
            if media.type == "photo":
                yield link(alt, media.url, sign="!")
            else:
                label = f"{media.type.capitalize()}{': ' if alt else ''}{alt}"
                yield self._link(label, post_url if media.streamed else media.url)


def _warning(warning: str) -> str:
    return f"*Content warning: {line(warning)}*" if warning else ""
