"""What files say in our own words: headings, dates, what is missing. A file stays as it is, so nothing is "soon"."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from unroller.core.posts import Poll, Post, Reason, Thread
from unroller.core.text import one_line, without_direction_marks
from unroller.core.titles import SHORTCODE, cut, title

MOST_GLANCE = 60
"""Graphemes of a post that a table of contents shows."""
NETWORKS = {"x": "X", "bluesky": "Bluesky", "mastodon": "Mastodon"}
INCOMPLETE: dict[Reason, str] = {
    "gap": "Some posts of this thread are gone.",
    "cap": "Only the first {posts} are here.",
    "window": "{network} shows only an author’s latest posts, so older ones of this thread may be missing.",
    "source-limit": "{network} showed us only a part of this thread, so some posts may be missing.",
    "branch-depth": "{network} does not show side branches to their end, so their last posts may be missing.",
    "numbering": "The author’s own numbering counts more posts than we found.",
    "search-lag": "This thread was fresh when we read it, so its newest posts may be missing.",
    "file-limit": "{network} allows 500 of its posts in files a day, so this file holds the first 500.",
}


def network(thread: Thread) -> str:
    """The network as readers call it."""
    return NETWORKS.get(thread.source, thread.source)


def counted(number: int, noun: str) -> str:
    """1 post, 1,204 posts."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def heading(thread: Thread) -> str:
    """The thread's title on one line, or what it is and whose where its words hold none."""
    kind = "A post" if sum(1 for _ in thread.posts_of_line) == 1 else "A thread"
    return one_line(title(thread.head.opening)) or f"{kind} by {author(thread)}"


def author(thread: Thread) -> str:
    """The author's name for places that hold text only; the handle where nothing is left of it."""
    name = one_line(without_direction_marks(SHORTCODE.sub("", thread.author.name)))
    return name or f"@{one_line(thread.author.handle)}"


def glance(post: Post) -> str:
    """The first words of a post, at most 60 graphemes on one line; empty for a post without words."""
    return cut(one_line(without_direction_marks(SHORTCODE.sub("", post.opening))), MOST_GLANCE)


def incompleteness(thread: Thread) -> list[str]:
    """One sentence for each thing that is missing; empty for a complete thread."""
    posts = counted(sum(1 for _ in thread.posts), "post")
    said = {reason: INCOMPLETE[reason].format(network=network(thread), posts=posts) for reason in thread.reasons}
    deleted = sum(1 for _ in thread.tombstones)
    if deleted:
        said["gap"] = f"{counted(deleted, 'post')} of this thread {'was' if deleted == 1 else 'were'} deleted."
    return list(said.values())


def day(moment: datetime) -> str:
    """Nov 14, 2026, in UTC."""
    moment = moment.astimezone(UTC)
    return f"{moment:%b} {moment.day}, {moment.year}"


def minute(moment: datetime) -> str:
    """Nov 14, 2026, 10:23, in UTC."""
    return f"{day(moment)}, {moment.astimezone(UTC):%H:%M}"


def playing_time(seconds: float) -> str:
    """1:23, or 1:02:03; empty when unknown."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if not seconds:
        return ""
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def percents(poll: Poll) -> list[int | None]:
    """Each answer's share of the votes; None while the network hides them."""
    return [
        None if option.votes is None else round(100 * max(0, option.votes) / max(1, poll.votes))
        for option in poll.options
    ]


def host(url: str) -> str:
    """The site a link leads to, as a reader says it."""
    try:
        return one_line((urlsplit(url).hostname or "").removeprefix("www."))
    except ValueError:
        return ""
