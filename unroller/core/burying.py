"""A thread without posts that are gone: nothing is asked, nobody else's words are touched."""

from collections.abc import Collection

from msgspec.structs import replace

from unroller.core.assemble import assemble
from unroller.core.errors import Gone
from unroller.core.merge import merge, tombstone
from unroller.core.posts import Branch, Gap, Pile, Post, Quote, Reason, Thread

FOUND_ANEW: frozenset[Reason] = frozenset({"gap", "numbering"})
"""Reasons for being partial that are read off the posts themselves."""
UNAVAILABLE = "This post is no longer available."


def bury(thread: Thread, ids: Collection[str]) -> Thread:
    """The thread with a gap for each post of these ids, and no words on cards of them. The same thread when it shows
    none of them. Raises Gone where its head is one of them.

    `ids`: the network's own, as `Post.id`, `Post.aliases` and `Quote.id` have them.
    """
    wanted = frozenset(filter(None, ids))
    gone = [post for post in thread.posts if not wanted.isdisjoint((post.id, *post.aliases))]
    if thread.head in gone:
        raise Gone
    if gone:
        pile = Pile(
            source=thread.source,
            anchor_id=thread.head.id,
            gone=tuple(map(tombstone, gone)),
            limits=frozenset(thread.reasons) - FOUND_ANEW,
        )
        made = assemble(merge(thread, pile)).thread
        thread = replace(made, context=thread.context)
    return _without_cards(thread, wanted)


def _without_cards(thread: Thread, ids: frozenset[str]) -> Thread:
    shown = [thread.context, *(post.quote for post in thread.posts)]
    if not any(quote and quote.id in ids and not quote.unavailable for quote in shown):
        return thread
    return replace(
        thread,
        line=tuple(_entry(entry, ids) for entry in thread.line),
        branches=tuple(_branch(branch, ids) for branch in thread.branches),
        context=_card(thread.context, ids),
    )


def _branch(branch: Branch, ids: frozenset[str]) -> Branch:
    return replace(branch, entries=tuple(_entry(entry, ids) for entry in branch.entries))


def _entry(entry: Post | Gap, ids: frozenset[str]) -> Post | Gap:
    if isinstance(entry, Gap) or entry.quote is None or entry.quote.id not in ids:
        return entry
    return replace(entry, quote=_card(entry.quote, ids))


def _card(quote: Quote | None, ids: frozenset[str]) -> Quote | None:
    """A card of something that is gone keeps its place, and none of its words."""
    return Quote(id=quote.id, unavailable=UNAVAILABLE) if quote and quote.id in ids else quote
