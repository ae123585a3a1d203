"""Ancestors and descendants, cut as Mastodon's SQL cuts them for somebody who is not signed in."""

from .model import Status
from .network import Instance, id_order


def ancestors(status: Status, viewer: Instance, *, limit: int) -> list[Status]:
    """The nearest `limit` ancestors, the oldest first; what may not be seen counts before it is left out."""
    found: list[Status] = []
    above = viewer.parent_of(status)
    while above is not None and not above.deleted and len(found) < limit:
        found.append(above)
        above = viewer.parent_of(above)
    return [each for each in reversed(found) if each.readable]


def descendants(status: Status, viewer: Instance, *, limit: int, depth: int) -> list[Status]:
    """Depth first in the order of ids, cut at `limit`; only then are self-replies brought to the top."""
    found: list[Status] = []
    waiting = [(reply, 1) for reply in reversed(replies(status, viewer))]
    while waiting and len(found) < limit:
        each, level = waiting.pop()
        found.append(each)
        if level < depth:
            waiting += [(reply, level + 1) for reply in reversed(replies(each, viewer))]
    return promoted([each for each in found if each.readable])


def replies(status: Status, viewer: Instance) -> list[Status]:
    known = (reply for reply in status.replies if reply in viewer.status_ids and reply not in viewer.late)
    kept = [reply for reply in known if not reply.deleted and not reply.parent_forgotten]
    return sorted(kept, key=lambda reply: id_order(viewer.status_ids[reply]))


def promoted(statuses: list[Status]) -> list[Status]:
    """Self-replies move up behind the leading ones, the rest keeps its order.

    "Self-reply" goes by `in_reply_to_account_id`, so below a stranger's post there are none.
    """
    own = [status.reply_account is status.author for status in statuses]
    if all(own):
        return statuses
    insert_at, moved = own.index(False), list(statuses)
    for index, status in enumerate(statuses):
        if index > insert_at and own[index]:
            moved.remove(status)
            moved.insert(insert_at, status)
            insert_at += 1
    return moved
