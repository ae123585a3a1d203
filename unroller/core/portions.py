"""The beginning of a thread, so many posts long, for files in which a network allows no more."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from unroller.core.layout import places
from unroller.core.posts import Gap, Post, Quote, Thread

Entry = Post | Gap


def count(thread: Thread) -> int:
    """How many posts stand in a thread: main line, side branches, quoted posts, and the one that it answers.

    A post that stands in several places counts each time.
    """
    return sum(map(_cost, thread.posts)) + _shown(thread.context)


def portion(thread: Thread, most: int) -> Thread:
    """The thread itself, or what of it stands first on its page and makes up `most` posts, at least 2.

    The last post may lose what it quotes. A thread that was cut has the reason `file-limit`.
    """
    if count(thread) <= most:
        return thread
    kept = dict(_first(thread, most - _shown(thread.context)))
    branches = [msgspec.structs.replace(branch, entries=_of(branch.entries, kept)) for branch in thread.branches]
    line = _of(thread.line, kept)
    begun = {entry.id for entry in line if isinstance(entry, Post)}
    return msgspec.structs.replace(
        thread,
        line=line,
        branches=tuple(branch for branch in branches if branch.entries),
        updates=tuple(each for each in thread.updates if each in begun),
        reasons=(*thread.reasons, "file-limit"),
    )


def _first(thread: Thread, room: int) -> Iterator[tuple[Entry, Entry]]:
    """Entries in the order of the page until nothing more has room, each with what becomes of it."""
    for entry in _in_order(thread):
        kept = entry
        if isinstance(entry, Post):
            if room == 0:
                return
            kept = entry if _cost(entry) <= room else msgspec.structs.replace(entry, quote=None)
            room -= _cost(kept)
        yield entry, kept


def _in_order(thread: Thread) -> Iterator[Entry]:
    for place in places(thread):
        yield place.entry
        yield from (inner.entry for branch in place.side for inner in branch)


def _of(entries: Iterable[Entry], kept: Mapping[Entry, Entry]) -> tuple[Entry, ...]:
    return tuple(kept[entry] for entry in entries if entry in kept)


def _cost(post: Entry) -> int:
    return 1 + _shown(post.quote) if isinstance(post, Post) else 0


def _shown(quote: Quote | None) -> int:
    return int(quote is not None and quote.author is not None and not quote.unavailable)
