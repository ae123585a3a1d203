"""Sentences and counts made of a thread's data."""

from collections.abc import Mapping

from unroller.core.layout import Place
from unroller.core.posts import Post, Thread
from unroller.exports import wording
from unroller.exports.wording import counted

FOUND = ("added", "edited", "removed")
INCOMPLETE = wording.INCOMPLETE | {
    "search-lag": "This thread is fresh, so its newest posts may not be here yet. We look again soon."
}
"""What a page says, which is made anew when more is found."""


def incompleteness(content: Thread, network: str) -> list[str]:
    """One sentence for each thing that is missing; empty for a complete thread."""
    posts = counted(sum(1 for _ in content.posts), "post")
    said = {reason: INCOMPLETE[reason].format(network=network, posts=posts) for reason in content.reasons}
    deleted = sum(1 for _ in content.tombstones)
    if deleted:
        said["gap"] = f"{counted(deleted, 'post')} of this thread {'was' if deleted == 1 else 'were'} deleted."
    return list(said.values())


def later(content: Thread, update: Place) -> str:
    """How long after the post before it an addition was written: Added 3 days later."""
    before = update.entry
    for entry in content.line:
        if entry is update.entry:
            break
        before = entry if isinstance(entry, Post) else before
    if not isinstance(before, Post) or not isinstance(update.entry, Post):
        return "Added later"
    hours = (update.entry.time - before.time).total_seconds() / 3600
    for size, noun in ((24 * 365.25, "year"), (24 * 30.44, "month"), (24, "day")):
        if hours >= 2 * size or (noun == "day" and hours >= size):
            return f"Added {counted(int(hours / size), noun)} later"
    return f"Added {counted(max(1, int(hours)), 'hour')} later"


def found(outcome: Mapping[str, int]) -> str:
    """What a refresh found, as one sentence; empty when nothing changed."""
    counts = [(outcome[what], what) for what in FOUND if outcome.get(what)]
    if not counts:
        return ""
    (first, what), *more = counts
    said = [f"{counted(first, 'post')} {what}", *(f"{number} {what}" for number, what in more)]
    return f"We looked again: {', '.join(said)}."
