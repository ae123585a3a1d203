"""A thread as Markdown with YAML front matter, for notebooks such as Obsidian.

The words come from networks, so everything that Markdown or YAML would read as its own is escaped.
"""

import json

from unroller.core.layout import Place, places
from unroller.core.posts import Gap, Media, Post, Quote, Thread
from unroller.core.reading import measure
from unroller.core.text import one_line
from unroller.core.titles import title
from unroller.exports.json import moment
from unroller.exports.markup import from_html, indented, line, link
from unroller.exports.text import missing, votes


def export(thread: Thread) -> str:
    """The whole thread, ending with a newline."""
    parts = [_front(thread), f"# {line(title(thread.head.opening) or f'A thread by {thread.author.name}')}"]
    for place in places(thread):
        parts.append(_block(place))
        parts += ["\n>\n".join(indented(_block(inner)) for inner in branch) for branch in place.side]
    return "\n\n".join(parts) + "\n"


def _front(thread: Thread) -> str:
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
    # A JSON scalar is a YAML scalar.
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()]
    return "\n".join(["---", *lines, "---"])


def _block(place: Place) -> str:
    if isinstance(place.entry, Gap):
        return f"*{line(missing(place.entry))}*"
    return f"**{link(place.number, place.entry.url)}**\n\n{_post(place.entry)}".rstrip()


def _post(post: Post) -> str:
    parts = [_warning(post.warning), from_html(post.html), *map(_media, post.media)]
    if post.poll:
        parts.append("\n".join(f"- {line(option.label)}{votes(option)}" for option in post.poll.options))
    if post.card:
        parts.append(link(line(post.card.title), post.card.url))
    if post.quote:
        parts.append(indented(_quote(post.quote)))
    return "\n\n".join(filter(None, parts))


def _quote(quote: Quote) -> str:
    if quote.unavailable or quote.author is None:
        return line(quote.unavailable)
    who = f"{link(line(quote.author.name), quote.url)} @{line(quote.author.handle)}"
    return "\n\n".join(filter(None, [who, _warning(quote.warning), from_html(quote.html), *map(_media, quote.media)]))


def _warning(warning: str) -> str:
    return f"*Content warning: {line(warning)}*" if warning else ""


def _media(media: Media) -> str:
    alt = line(media.alt)
    if media.type == "photo":
        return link(alt, media.url, sign="!")
    return link(f"{media.type.capitalize()}{': ' if alt else ''}{alt}", media.url)
