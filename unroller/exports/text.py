"""A thread as plain text: a heading, the posts, separated by empty lines, and the addresses of links as notes."""

from unroller.core.layout import Place, places
from unroller.core.posts import Gap, Option, Post, Quote, Thread
from unroller.core.titles import title
from unroller.exports.notes import Notes, noted
from unroller.exports.wording import incompleteness


def export(thread: Thread) -> str:
    """The whole thread as a reader sees it, ending with a newline."""
    author, notes = thread.author, Notes()
    blocks = [f"{title(thread.head.opening) or author.name}\n{author.name} @{author.handle}\n{thread.head.url}"]
    blocks.append("\n".join(incompleteness(thread)))
    if thread.context:
        said = quoted(thread.context, notes).splitlines()
        blocks.append("\n".join(["In reply to:", *(f"> {line}" for line in said)]))
    for place in places(thread):
        blocks.append(_block(place, notes, indent=""))
        blocks += [_block(inner, notes, indent="    ") for branch in place.side for inner in branch]
    return "\n\n".join(filter(None, [*blocks, notes.rows("[{}] {}")])) + "\n"


def _block(place: Place, notes: Notes, *, indent: str) -> str:
    words = missing(place.entry) if isinstance(place.entry, Gap) else _post(place.entry, notes)
    return "\n".join(f"{indent}{line}".rstrip() for line in words.splitlines())


def missing(gap: Gap) -> str:
    """The line that stands for deleted posts."""
    return "[1 post was deleted]" if len(gap.posts) == 1 else f"[{len(gap.posts)} posts were deleted]"


def _post(post: Post, notes: Notes) -> str:
    lines = [_warning(post.warning), noted(post.text, post.html, notes)]
    lines += [f"[{media.type}: {media.alt or media.url}]" for media in post.media]
    if post.poll:
        lines += [f"( ) {option.label}{votes(option)}" for option in post.poll.options]
    if post.card:
        lines.append(f"[link: {post.card.title} {post.card.url}]")
    if post.quote:
        lines += [f"> {line}" for line in quoted(post.quote, notes).splitlines()]
    return "\n".join(filter(None, lines))


def votes(option: Option) -> str:
    """What follows an answer of a poll: how many chose it, where the network tells."""
    return "" if option.votes is None else f" ({option.votes})"


def quoted(quote: Quote, notes: Notes) -> str:
    """A quoted post in words."""
    if quote.unavailable or quote.author is None:
        return quote.unavailable
    said = f"{quote.author.name} @{quote.author.handle}: {noted(quote.text, quote.html, notes)}"
    return "\n".join(filter(None, [_warning(quote.warning), said]))


def _warning(warning: str) -> str:
    return f"Content warning: {warning}" if warning else ""
