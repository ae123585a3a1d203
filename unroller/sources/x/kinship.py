"""Who hangs from whom among the posts gathered so far, as far as the next question depends on it.

The thread itself is put together elsewhere, the same way for every network; here it only decides what is worth paying
for.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from unroller.sources.x.gathered import Gathered
from unroller.sources.x.payload import Json, answered_id, author_id, order, parent_id, string


def parent(gathered: Gathered, post: Json) -> Json | None:
    return gathered.post(parent_id(post)) if parent_id(post) else None


def answers_own(gathered: Gathered, post: Json) -> bool:
    """Whether a post answers its own author, as far as anybody knows, the parent being there or not."""
    above = parent(gathered, post)
    return bool(parent_id(post)) and (author_id(above) if above else answered_id(post)) == author_id(post)


def head(gathered: Gathered, start: Json, own: Sequence[Json]) -> Json:
    """The top of the chain of the author's own posts above `start` (thread rule R3).

    A post that is gone is bridged to the latest of `own` (oldest first) before it, as when the thread is assembled.
    """
    post, seen = start, {string(start, "id")}
    while answers_own(gathered, post):
        above = parent(gathered, post) or _before(own, parent_id(post))
        if above is None or string(above, "id") in seen:
            break
        seen.add(string(above, "id"))
        post = above
    return post


def _before(own: Sequence[Json], missing: str) -> Json | None:
    at = bisect_left(own, order(missing), key=lambda post: order(post["id"]))
    return own[at - 1] if at else None


def members(gathered: Gathered, own: Iterable[Json]) -> list[Json]:
    """Those of an author's posts that may be in the thread: not the answers to others, unless something is below."""
    kept = list(own)
    carrying = {gathered.latest(parent_id(post)) for post in kept}
    return [post for post in kept if answers_own(gathered, post) or not parent_id(post) or post["id"] in carrying]


def has_own_answer(gathered: Gathered, post: Json) -> bool:
    """Whether the author goes on below this post (thread rule R2)."""
    return any(
        gathered.latest(parent_id(other)) == gathered.latest(post["id"]) for other in gathered.by(author_id(post))
    )
